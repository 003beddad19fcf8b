/* SPDX-License-Identifier: Apache-2.0
 *
 * Whole row groups: every type, with NULLs of every kind, written with every codec and read by reader.h; and what happens
 * when memory ends, at every single request for it.
 */
#include "parquet/kit.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { TYPES = 15, MOST = 300000 };

static const struct parquet_column columns[TYPES] = {
    {"bool", PARQUET_BOOL, 0, 0},
    {"int8", PARQUET_INT8, 0, 0},
    {"int16", PARQUET_INT16, 0, 0},
    {"int32", PARQUET_INT32, 0, 0},
    {"int64", PARQUET_INT64, 0, 0},
    {"float", PARQUET_FLOAT, 0, 0},
    {"double", PARQUET_DOUBLE, 0, 0},
    {"date", PARQUET_DATE, 0, 0},
    {"timestamp", PARQUET_TIMESTAMP, 0, 0},
    {"timestamp utc", PARQUET_TIMESTAMP_UTC, 0, 0},
    {"decimal16", PARQUET_DECIMAL16, 4, 1},
    {"decimal32", PARQUET_DECIMAL32, 9, 2},
    {"decimal64", PARQUET_DECIMAL64, 18, 3},
    {"decimal128", PARQUET_DECIMAL128, 38, 4},
    {"string", PARQUET_STRING, 0, 0},
};

static uint64_t seed = 1;

static uint32_t
roll(uint32_t sides)
{
  seed = seed * 6364136223846793005ull + 1442695040888963407ull;
  return (uint32_t)((seed >> 32) * sides >> 32);
}

static uint64_t *
make_validity(uint32_t rows, unsigned percent)
{
  uint64_t *validity = calloc(rows / 64 + 1, sizeof *validity);
  assert_non_null(validity);
  for (uint32_t i = 0; i < rows; i++)
    validity[i / 64] |= (uint64_t)(roll(100) < percent) << (i % 64);
  return validity;
}

static char texts[1 << 16][40];

static struct parquet_string
make_string(uint32_t kind)
{
  kind &= 0xffff;
  (void)snprintf(texts[kind], sizeof texts[kind], "%0*u", (int)(kind % 37), kind);
  uint32_t length = kind == 0 ? 0 : (uint32_t)strlen(texts[kind]);
  return kit_string(texts[kind], length);
}

/* Values of `kinds` kinds. Exactly as large as rows says, so that a read beyond shows under ASan. */
static void *
make_values(enum parquet_type type, uint32_t rows, uint32_t kinds)
{
  static const uint8_t sizes[TYPES] = {1, 1, 2, 4, 8, 4, 8, 4, 8, 8, 2, 4, 8, 16, 16};
  uint8_t *values = malloc((size_t)sizes[type] * rows);
  assert_non_null(values);
  for (uint32_t i = 0; i < rows; i++) {
    uint32_t kind = roll(kinds);
    int64_t wide[2] = {(int64_t)(kind * 0x123456789ull - 77), kind % 3 - 1};
    int32_t narrow = (int32_t)(kind * 2654435761u);
    struct parquet_string string;
    float single = (float)narrow / 7;
    double real = kind % 100 == 99 ? (double)INFINITY : narrow / 100.0;
    const void *from = wide;
    if (type == PARQUET_BOOL)
      narrow = kind & 1;
    if (type == PARQUET_STRING)
      string = make_string(kind), from = &string;
    else if (type == PARQUET_FLOAT)
      from = &single;
    else if (type == PARQUET_DOUBLE)
      from = &real;
    else if (sizes[type] < 8)
      from = &narrow;
    memcpy(values + (size_t)sizes[type] * i, from, sizes[type]);
  }
  return values;
}

static void
check_all_types(uint32_t rows, uint32_t kinds, unsigned percent_valid)
{
  struct parquet_values values[TYPES];
  for (unsigned i = 0; i < TYPES; i++)
    values[i] =
        (struct parquet_values){make_values(columns[i].type, rows, kinds),
                                percent_valid == 101 ? NULL : make_validity(rows, percent_valid)};
  const struct kit_table table = {columns, TYPES, values, &rows, 1};
  kit_round_trip(&table);
  for (unsigned i = 0; i < TYPES; i++) {
    free((void *)(uintptr_t)values[i].values);
    free((void *)(uintptr_t)values[i].validity);
  }
}

/* 101: without a bitmap. */
static const unsigned validities[] = {101, 100, 99, 50, 1, 0};

static void
test_few_rows(void **state)
{
  (void)state;
  for (uint32_t rows = 1; rows < 40; rows++)
    check_all_types(rows, 1 + rows % 5, validities[rows % 6]);
}

static void
test_boundaries(void **state)
{
  (void)state;
  static const uint32_t sizes[] = {63, 64, 65, 127, 128, 129, 1000, 1024};
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
    for (size_t k = 0; k < 6; k++)
      check_all_types(sizes[i], 1u << i, validities[k]);
}

static void
test_many_rows(void **state)
{
  (void)state;
  static const uint32_t kinds[] = {1, 2, 3, 100, 5000, 1u << 30};
  for (size_t i = 0; i < 6; i++)
    check_all_types(20011, kinds[i], validities[(i * 5 + 1) % 6]);
}

static void
test_many_pages(void **state)
{
  (void)state;
  check_all_types(MOST, 1u << 30, 101);
  check_all_types(MOST, 1u << 30, 70);
  check_all_types(MOST, 60000, 101);
}

static uint32_t
pages_of(enum parquet_type type, uint32_t rows, uint32_t kinds)
{
  const struct parquet_column column = {"x", type, 0, 0};
  struct parquet_values values = {make_values(type, rows, kinds), NULL};
  const struct kit_table table = {&column, 1, &values, &rows, 1};
  struct kit_memory memory;
  kit_memory_init(&memory);
  const struct parquet_options options = {.codec = PARQUET_SNAPPY, .allocator = &memory.allocator};
  const char *path = kit_path();
  assert_true(kit_write(&table, &options, path));
  struct reader_file file = reader_open(path);
  struct reader_chunk *chunk = reader_read(&file, 0, 0);
  uint32_t pages = chunk->pages;
  reader_chunk_free(chunk);
  reader_close(&file);
  (void)unlink(path);
  free((void *)(uintptr_t)values.values);
  return pages;
}

static void
test_pages_of_a_mebibyte(void **state)
{
  (void)state;
  assert_int_equal(pages_of(PARQUET_INT64, 131072, UINT32_MAX), 1);
  assert_int_equal(pages_of(PARQUET_INT64, 131073, UINT32_MAX), 2);
  assert_int_equal(pages_of(PARQUET_INT64, 262145, UINT32_MAX), 3);
  assert_int_equal(pages_of(PARQUET_INT64, MOST, 2), 1);
  assert_true(pages_of(PARQUET_STRING, MOST, UINT32_MAX) > 5);
}

/* Long texts have pages of their own; none is cut. */
static void
test_long_texts(void **state)
{
  (void)state;
  enum { ROWS = 9, LONG = 5 << 20 };
  char *text = malloc(LONG);
  assert_non_null(text);
  for (size_t i = 0; i < LONG; i++)
    text[i] = (char)('a' + roll(3));
  static const uint32_t lengths[ROWS] = {0, LONG, 12, 13, LONG - 1, 1 << 20, 64, 65, 1};
  struct parquet_string strings[ROWS];
  for (unsigned i = 0; i < ROWS; i++)
    strings[i] = kit_string(text, lengths[i]);
  const uint64_t validity = 0x1bf;
  const struct parquet_column column = {"text", PARQUET_STRING, 0, 0};
  const struct parquet_values values[2] = {{strings, NULL}, {strings, &validity}};
  const uint32_t rows[2] = {ROWS, ROWS};
  const struct kit_table table = {&column, 1, values, rows, 2};
  kit_round_trip(&table);
  free(text);
}

static void
test_text_beyond_the_limit(void **state)
{
  (void)state;
  struct kit_memory memory;
  kit_memory_init(&memory);
  const struct parquet_options options = {.codec = PARQUET_SNAPPY, .allocator = &memory.allocator};
  const struct parquet_column column = {"text", PARQUET_STRING, 0, 0};
  struct parquet_string string = kit_string("never looked at", (1u << 30) + 1);
  const struct parquet_values values = {&string, NULL};
  assert_null(parquet_encode(&column, 1, &values, 1, &options));
  assert_int_equal(memory.live_blocks, 0);
}

/* The same bytes with scratch of one's own, whatever was encoded with it before. */
static void
test_scratch(void **state)
{
  (void)state;
  struct kit_memory memory;
  kit_memory_init(&memory);
  struct parquet_options plain = {.codec = PARQUET_ZSTD, .allocator = &memory.allocator};
  struct parquet_options reused = plain;
  reused.scratch = parquet_scratch_new(&memory.allocator);
  assert_non_null(reused.scratch);
  for (unsigned round = 0; round < 30; round++) {
    uint32_t rows = 1 + roll(3000);
    plain.codec = reused.codec = round % 3;
    const struct parquet_column *column = &columns[roll(TYPES)];
    struct parquet_values values = {make_values(column->type, rows, 1 + roll(200)),
                                    make_validity(rows, roll(101))};
    struct parquet_group *one = parquet_encode(column, 1, &values, rows, &plain);
    struct parquet_group *two = parquet_encode(column, 1, &values, rows, &reused);
    assert_int_equal(parquet_group_rows(two), rows);
    assert_int_equal(parquet_group_bytes(one), parquet_group_bytes(two));
    assert_int_equal(parquet_group_statistics(one)->null_count,
                     parquet_group_statistics(two)->null_count);
    parquet_group_free(one);
    parquet_group_free(two);
    free((void *)(uintptr_t)values.values);
    free((void *)(uintptr_t)values.validity);
  }
  parquet_scratch_free(reused.scratch);
  assert_int_equal(memory.live_blocks, 0);
}

/* Each request for memory fails once: NULL or ENOMEM, nothing leaks, and what needs no more memory is right. */
static void
test_out_of_memory(void **state)
{
  (void)state;
  enum { ROWS = 3000 };
  static const uint32_t rows[2] = {ROWS, 70};
  struct parquet_values values[2 * TYPES];
  for (unsigned i = 0; i < 2 * TYPES; i++)
    values[i] = (struct parquet_values){
        make_values(columns[i % TYPES].type, rows[i / TYPES], i % 2 == 0 ? 40 : 1u << 30),
        i % 3 == 0 ? make_validity(rows[i / TYPES], 80) : NULL};
  const struct kit_table table = {columns, TYPES, values, rows, 2};
  for (int codec = PARQUET_UNCOMPRESSED; codec <= PARQUET_ZSTD; codec++) {
    struct kit_memory memory;
    bool is_written = false;
    uint64_t fails_at = 0;
    while (!is_written) {
      kit_memory_init(&memory);
      memory.fails_at = ++fails_at;
      const struct parquet_options options = {.codec = (enum parquet_codec)codec,
                                              .allocator = &memory.allocator};
      is_written = kit_write(&table, &options, kit_path());
      assert_int_equal(memory.live_blocks, 0);
    }
    assert_true(fails_at > 60 && memory.calls < fails_at);
    kit_check(&table, kit_path_made());
  }
  for (unsigned i = 0; i < 2 * TYPES; i++) {
    free((void *)(uintptr_t)values[i].values);
    free((void *)(uintptr_t)values[i].validity);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_few_rows),
      cmocka_unit_test(test_boundaries),
      cmocka_unit_test(test_many_rows),
      cmocka_unit_test(test_many_pages),
      cmocka_unit_test(test_pages_of_a_mebibyte),
      cmocka_unit_test(test_long_texts),
      cmocka_unit_test(test_text_beyond_the_limit),
      cmocka_unit_test(test_scratch),
      cmocka_unit_test(test_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
