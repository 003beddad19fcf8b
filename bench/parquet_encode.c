/* SPDX-License-Identifier: Apache-2.0
 *
 * What encoding costs, column by column, in ns of CPU a value: a micro-benchmark of src/parquet, built by hand:
 *
 *     cc -O2 -Isrc bench/parquet_encode.c build/libroom_parquet.a -lzstd -lm -o /tmp/parquet_encode
 *     /tmp/parquet_encode [none|snappy|zstd]
 *
 * The columns are those of the daily activity of the generated events: 40,000 rows a day, users in order.
 */
#include "parquet/parquet.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS = 40000, ROUNDS = 25, KINDS = 12 };

static void *
resize(void *user, void *old, size_t old_bytes, size_t new_bytes)
{
  (void)user;
  (void)old_bytes;
  if (new_bytes != 0)
    return realloc(old, new_bytes);
  free(old);
  return NULL;
}

static double
cpu_seconds(void)
{
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t seed = 42;

static double
at_random(void)
{
  seed = seed * 6364136223846793005ull + 1442695040888963407ull;
  return (double)(seed >> 11) / 9007199254740992.0;
}

struct data {
  struct parquet_string user13[ROWS], user12[ROWS], event[ROWS];
  int64_t day[ROWS], count[ROWS], time[ROWS], number[ROWS], place[ROWS];
  double sum[ROWS], mean[ROWS];
  int32_t small[ROWS];
  uint64_t validity[ROWS / 64 + 1];
  char texts[ROWS][16];
};

static void
fill(struct data *data)
{
  static const char *const events[] = {"click", "view", "purchase"};
  double user = 0;
  for (unsigned i = 0; i < ROWS; i++) {
    int length = snprintf(data->texts[i], sizeof data->texts[i], "user_%08.0f", floor(user));
    data->user13[i].length = (uint32_t)length;
    memcpy(data->user13[i].pointer.prefix, data->texts[i], 4);
    data->user13[i].pointer.address = data->texts[i];
    data->user12[i].length = 12;
    memcpy(data->user12[i].inlined, data->texts[i] + 1, 12);
    user += at_random() < 0.55 ? 1 + 40 * at_random() * at_random() : 0;
    const char *event = events[(unsigned)(3 * at_random())];
    data->event[i].length = (uint32_t)strlen(event);
    memcpy(data->event[i].inlined, event, strlen(event));
    data->number[i] = (int64_t)user;
    data->place[i] = (int64_t)(at_random() * 5e6);
    data->day[i] = 17;
    data->count[i] = 1 + (int64_t)(-log(1 - at_random()) / 1.2);
    double cents = 0;
    for (int64_t k = 0; k < data->count[i]; k++)
      cents += round(pow(at_random(), 3) * 50000);
    data->sum[i] = cents / 100;
    data->mean[i] = cents / 100 / (double)data->count[i];
    data->time[i] = 1704067200000000 + (int64_t)(at_random() * 86400e6);
    data->small[i] = (int32_t)(at_random() * 1000);
    if (at_random() < 0.9)
      data->validity[i / 64] |= 1ull << i % 64;
  }
}

static void
measure(const char *what, const struct parquet_column *columns, const struct parquet_values *values,
        unsigned count, const struct parquet_options *options)
{
  double best = 1e9;
  uint64_t bytes = 0;
  for (unsigned round = 0; round < ROUNDS; round++) {
    double start = cpu_seconds();
    struct parquet_group *group = parquet_encode(columns, count, values, ROWS, options);
    double seconds = cpu_seconds() - start;
    best = seconds < best ? seconds : best;
    bytes = parquet_group_bytes(group);
    parquet_group_free(group);
  }
  printf("%-28s %7.2f ns a row %7.2f bytes a row\n", what, best / ROWS * 1e9, (double)bytes / ROWS);
}

int
main(int argc, char **argv)
{
  const struct parquet_allocator allocator = {resize, NULL};
  struct parquet_options options = {.codec = PARQUET_SNAPPY, .allocator = &allocator};
  if (argc > 1)
    options.codec = strcmp(argv[1], "none") == 0   ? PARQUET_UNCOMPRESSED
                    : strcmp(argv[1], "zstd") == 0 ? PARQUET_ZSTD
                                                   : PARQUET_SNAPPY;
  options.scratch = parquet_scratch_new(&allocator);
  struct data *data = calloc(1, sizeof *data);
  fill(data);
  const struct parquet_column columns[KINDS] = {{"user, 13 bytes", PARQUET_STRING, 0, 0},
                                                {"day, constant", PARQUET_INT64, 0, 0},
                                                {"event, 3 kinds", PARQUET_STRING, 0, 0},
                                                {"count, few kinds", PARQUET_INT64, 0, 0},
                                                {"sum", PARQUET_DOUBLE, 0, 0},
                                                {"mean", PARQUET_DOUBLE, 0, 0},
                                                {"user, 12 bytes", PARQUET_STRING, 0, 0},
                                                {"time, random", PARQUET_TIMESTAMP, 0, 0},
                                                {"integer, 1000 kinds", PARQUET_INT32, 0, 0},
                                                {"sum, a tenth NULL", PARQUET_DOUBLE, 0, 0},
                                                {"user, a sorted number", PARQUET_INT64, 0, 0},
                                                {"number, random", PARQUET_INT64, 0, 0}};
  const struct parquet_values values[KINDS] = {
      {data->user13, NULL}, {data->day, NULL},           {data->event, NULL},  {data->count, NULL},
      {data->sum, NULL},    {data->mean, NULL},          {data->user12, NULL}, {data->time, NULL},
      {data->small, NULL},  {data->sum, data->validity}, {data->number, NULL}, {data->place, NULL}};
  for (unsigned i = 0; i < KINDS; i++)
    measure(columns[i].name, &columns[i], &values[i], 1, &options);
  measure("the first six", columns, values, 6, &options);
  free(data);
  parquet_scratch_free(options.scratch);
  return 0;
}
