/* SPDX-License-Identifier: Apache-2.0
 *
 * The page index of files whose chunks have several pages. kit_check holds every entry to the values; here it is seen that the
 * cases are what they are meant to be.
 */
#include "parquet/kit.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MOST = 2400000, NONE = -1, UNORDERED = 0, ASCENDING = 1 };

static int64_t integers[MOST];
static int32_t narrow[MOST];
static double reals[MOST];
static struct parquet_string strings[MOST];
static uint64_t validity[MOST / 64 + 1];
static char texts[MOST][24];

/* Of a file of one column: what must be true of the first group. order NONE: there is no ColumnIndex. */
struct wanted {
  uint32_t pages;
  bool has_dictionary;
  int order;
};

static void
check(enum parquet_type type, const struct parquet_values *values, const uint32_t *rows,
      unsigned groups, const struct wanted *wanted)
{
  const struct parquet_column column = {"x", type, 0, 0};
  const struct kit_table table = {&column, 1, values, rows, groups};
  struct kit_memory memory;
  kit_memory_init(&memory);
  const struct parquet_options options = {.codec = PARQUET_SNAPPY, .allocator = &memory.allocator};
  const char *path = kit_path();
  assert_true(kit_write(&table, &options, path));
  assert_int_equal(memory.live_blocks, 0);
  kit_check(&table, path);
  struct reader_file file = reader_open(path);
  struct reader_chunk *chunk = reader_read(&file, 0, 0);
  assert_int_equal(chunk->pages, wanted->pages);
  assert_int_equal(chunk->has_dictionary, wanted->has_dictionary);
  struct reader_span columns = reader_index_columns(&file, 0, 0);
  assert_int_equal(columns.at == NULL ? NONE : reader_number(columns, 4), wanted->order);
  reader_chunk_free(chunk);
  reader_close(&file);
}

static void
check_one(enum parquet_type type, const void *values, const uint64_t *valid, uint32_t rows,
          struct wanted wanted)
{
  const struct parquet_values of_group = {values, valid};
  check(type, &of_group, &rows, 1, &wanted);
}

static void
test_sorted_and_not(void **state)
{
  (void)state;
  enum { ROWS = 400000 };
  for (uint32_t i = 0; i < ROWS; i++)
    integers[i] = (int64_t)i * 3 - 100000;
  check_one(PARQUET_INT64, integers, NULL, ROWS, (struct wanted){4, false, ASCENDING});
  integers[ROWS - 1] = -1000000;
  check_one(PARQUET_INT64, integers, NULL, ROWS, (struct wanted){4, false, UNORDERED});
  integers[ROWS - 1] = INT64_MAX;
  integers[10] = 5000000;
  check_one(PARQUET_INT64, integers, NULL, ROWS, (struct wanted){4, false, UNORDERED});
}

static void
test_texts(void **state)
{
  (void)state;
  enum { ROWS = 200000 };
  for (uint32_t i = 0; i < ROWS; i++) {
    int length = snprintf(texts[i], sizeof texts[i], "user_%08u", i);
    strings[i] = kit_string(texts[i], (uint32_t)length);
  }
  check_one(PARQUET_STRING, strings, NULL, ROWS, (struct wanted){4, false, ASCENDING});
  static const char longest[] =
      "user_00000000_and_more_than_a_file_tells_of_any_of_its_bounds_in_all";
  strings[1] = kit_string(longest, (uint32_t)strlen(longest));
  check_one(PARQUET_STRING, strings, NULL, ROWS, (struct wanted){4, false, ASCENDING});
  strings[0] = strings[1];
  check_one(PARQUET_STRING, strings, NULL, ROWS, (struct wanted){4, false, NONE});
}

/* What codes of a page there are is known from the page alone. */
static void
test_dictionary(void **state)
{
  (void)state;
  enum { ROWS = 1200000, KINDS = 60000 };
  for (uint32_t i = 0; i < ROWS; i++) {
    narrow[i] = (int32_t)(i / (ROWS / KINDS)) - 30000;
    int length = snprintf(texts[i], sizeof texts[i], "%010d", narrow[i] + 30000);
    strings[i] = kit_string(texts[i], (uint32_t)length);
  }
  check_one(PARQUET_STRING, strings, NULL, ROWS, (struct wanted){3, true, ASCENDING});
  memset(validity, 0x77, sizeof validity);
  check_one(PARQUET_STRING, strings, validity, ROWS, (struct wanted){2, true, ASCENDING});
  for (uint32_t i = 0; i < ROWS; i++)
    integers[i] = (int64_t)narrow[ROWS - 1 - i] * 1000000007;
  check_one(PARQUET_INT64, integers, NULL, ROWS, (struct wanted){3, true, UNORDERED});
}

static void
test_constant(void **state)
{
  (void)state;
  for (uint32_t i = 0; i < MOST; i++)
    integers[i] = 17;
  check_one(PARQUET_INT64, integers, NULL, MOST, (struct wanted){3, true, ASCENDING});
}

static void
test_pages_of_nulls(void **state)
{
  (void)state;
  memset(validity, 0, sizeof validity);
  check_one(PARQUET_INT64, integers, validity, MOST, (struct wanted){3, false, ASCENDING});
  validity[0] = UINT64_MAX;
  validity[MOST / 64 - 1] = UINT64_MAX;
  for (uint32_t i = 0; i < 64; i++) {
    integers[i] = (int64_t)i * i - 5;
    integers[MOST - 64 + i] = 10000000 + i * i;
  }
  check_one(PARQUET_INT64, integers, validity, MOST, (struct wanted){3, false, ASCENDING});
  integers[MOST - 1] = -6;
  check_one(PARQUET_INT64, integers, validity, MOST, (struct wanted){3, false, UNORDERED});
  for (uint32_t i = 0; i < MOST; i++)
    integers[i] = 17;
  check_one(PARQUET_INT64, integers, validity, MOST, (struct wanted){3, true, ASCENDING});
}

/* A NaN in one page: the chunk tells no bounds, its other pages do, and there is no ColumnIndex. */
static void
test_not_a_number(void **state)
{
  (void)state;
  enum { ROWS = 300000 };
  for (uint32_t i = 0; i < ROWS; i++)
    reals[i] = i / 8.0;
  reals[0] = -0.0;
  check_one(PARQUET_DOUBLE, reals, NULL, ROWS, (struct wanted){3, false, ASCENDING});
  reals[ROWS - 1] = NAN;
  check_one(PARQUET_DOUBLE, reals, NULL, ROWS, (struct wanted){3, false, NONE});
}

/* All chunks of a file have an index or none has. */
static void
test_groups(void **state)
{
  (void)state;
  enum { ROWS = 140000 };
  for (uint32_t i = 0; i < ROWS; i++)
    integers[i] = (int64_t)i * i;
  const struct parquet_values values[3] = {
      {integers, NULL}, {integers + 7, NULL}, {integers, NULL}};
  static const uint32_t one_of_two_pages[3] = {100, ROWS - 7, 1}, small[3] = {100, 200, 300};
  check(PARQUET_INT64, values, one_of_two_pages, 3, &(struct wanted){1, false, ASCENDING});
  check(PARQUET_INT64, values, small, 3, &(struct wanted){1, false, NONE});
}

static void
check_out_of_memory(const struct kit_table *table)
{
  bool is_written = false;
  for (uint64_t fails_at = 1; !is_written; fails_at++) {
    struct kit_memory memory;
    kit_memory_init(&memory);
    memory.fails_at = fails_at;
    const struct parquet_options options = {.codec = PARQUET_UNCOMPRESSED,
                                            .allocator = &memory.allocator};
    is_written = kit_write(table, &options, kit_path());
    assert_int_equal(memory.live_blocks, 0);
  }
  kit_check(table, kit_path_made());
}

static void
test_out_of_memory(void **state)
{
  (void)state;
  enum { FEW = 600000, MANY = 130000 };
  for (uint32_t i = 0; i < FEW; i++) {
    int length = snprintf(texts[i], sizeof texts[i], "user_%08u", i % 40000);
    strings[i] = kit_string(texts[i], (uint32_t)length);
  }
  const struct parquet_column column = {"x", PARQUET_STRING, 0, 0};
  const struct parquet_values values = {strings, NULL};
  const uint32_t few = FEW, many = MANY;
  check_out_of_memory(&(struct kit_table){&column, 1, &values, &few, 1});
  for (uint32_t i = 0; i < MANY; i++) {
    int length = snprintf(texts[i], sizeof texts[i], "user_%08u", i);
    strings[i] = kit_string(texts[i], (uint32_t)length);
  }
  check_out_of_memory(&(struct kit_table){&column, 1, &values, &many, 1});
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sorted_and_not), cmocka_unit_test(test_texts),
      cmocka_unit_test(test_dictionary),     cmocka_unit_test(test_constant),
      cmocka_unit_test(test_pages_of_nulls), cmocka_unit_test(test_not_a_number),
      cmocka_unit_test(test_groups),         cmocka_unit_test(test_out_of_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
