/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/kit.h"
#include "parquet/levels.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ROWS = 1000 };

static uint32_t seed;

static uint32_t
roll(uint32_t sides)
{
  seed = seed * 1664525u + 1013904223u;
  return (uint32_t)(((uint64_t)seed * sides) >> 32);
}

/* Stretches of NULLs, of values and of both. */
static void
fill(uint64_t *validity, bool *valid)
{
  memset(validity, 0, ROWS / 64 * 8 + 8);
  for (uint32_t row = 0; row < ROWS;) {
    uint32_t end = row + 1 + roll(roll(2) ? 300 : 20), kind = roll(3);
    for (; row < end && row < ROWS; row++) {
      valid[row] = kind == 2 ? roll(2) : kind;
      validity[row / 64] |= (uint64_t)valid[row] << (row % 64);
    }
  }
}

static void
check_stretch(const struct parquet_stretch *stretch, const uint64_t *validity, const bool *valid)
{
  struct kit_memory memory;
  kit_memory_init(&memory);
  struct parquet_bytes page = {.allocator = &memory.allocator};
  parquet_bytes_append(&page, "before", 6);
  parquet_levels_append(&page, validity, stretch);
  uint32_t length, levels[ROWS], count = 0;
  memcpy(&length, page.at + 6, 4);
  assert_int_equal(length + 10, page.size);
  struct reader_span span = {page.at + 10, page.at + page.size};
  assert_ptr_equal(reader_hybrid(span, 1, levels, stretch->rows), span.end);
  for (uint32_t i = 0; i < stretch->rows; i++) {
    assert_int_equal(levels[i], valid[stretch->row + i]);
    count += levels[i];
  }
  assert_int_equal(count, stretch->count);
  parquet_bytes_free(&page);
}

static void
test_stretches_cover_all_rows(void **state)
{
  (void)state;
  for (seed = 1; seed < 400; seed++) {
    uint64_t validity[ROWS / 64 + 1];
    bool valid[ROWS];
    uint32_t start = seed;
    fill(validity, valid);
    uint32_t rows = 1 + roll(ROWS), most = 1 + roll(roll(2) ? 10 : 400);
    uint32_t most_rows = 1 + roll(roll(2) ? 70 : ROWS);
    struct parquet_stretch at = {0, 0, 0, 0};
    uint32_t values = 0;
    while (at.row + at.rows < rows) {
      uint32_t row = at.row + at.rows;
      at = parquet_stretch_next(validity, rows, &at, most, most_rows);
      assert_true(at.rows > 0 && at.count <= most && at.rows <= most_rows);
      assert_int_equal(at.row, row);
      assert_int_equal(at.value, values);
      check_stretch(&at, validity, valid);
      values += at.count;
    }
    assert_int_equal(at.row + at.rows, rows);
    seed = start;
  }
}

static void
test_without_bitmap(void **state)
{
  (void)state;
  struct parquet_stretch at = {0, 0, 0, 0};
  at = parquet_stretch_next(NULL, 100, &at, 64, 1000);
  assert_int_equal(at.rows, 64);
  at = parquet_stretch_next(NULL, 100, &at, 64, 1000);
  assert_int_equal(at.row, 64);
  assert_int_equal(at.rows, 36);
  assert_int_equal(at.count, 36);
}

/* Rows of one kind are a run of a few bytes, however many. */
static void
test_runs_are_short(void **state)
{
  (void)state;
  enum { MANY = 1 << 20 };
  struct kit_memory memory;
  kit_memory_init(&memory);
  struct parquet_bytes page = {.allocator = &memory.allocator};
  uint64_t *validity = calloc(MANY / 64, sizeof *validity);
  assert_non_null(validity);
  for (uint32_t i = MANY / 128; i < MANY / 64; i++)
    validity[i] = UINT64_MAX;
  validity[3] = 5;
  struct parquet_stretch all = {0, MANY, 0, MANY / 2 + 2};
  parquet_levels_append(&page, validity, &all);
  assert_true(page.size < 32);
  parquet_bytes_free(&page);
  free(validity);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_stretches_cover_all_rows),
      cmocka_unit_test(test_without_bitmap),
      cmocka_unit_test(test_runs_are_short),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
