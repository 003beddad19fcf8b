/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/codes.h"
#include "parquet/kit.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MOST = 2000 };

static void
check(const uint16_t *codes, uint32_t count, unsigned width, bool seek_runs)
{
  struct kit_memory memory;
  kit_memory_init(&memory);
  struct parquet_bytes page = {.allocator = &memory.allocator};
  parquet_codes_append(&page, codes, count, width, seek_runs);
  assert_false(page.is_broken);
  assert_int_equal(page.at[0], width);
  uint32_t read[MOST];
  struct reader_span span = {page.at + 1, page.at + page.size};
  assert_ptr_equal(reader_hybrid(span, width, read, count), span.end);
  for (uint32_t i = 0; i < count; i++)
    assert_int_equal(read[i], codes[i]);
  parquet_bytes_free(&page);
  assert_int_equal(memory.live_blocks, 0);
}

static void
test_width(void **state)
{
  (void)state;
  static const uint32_t table[][2] = {{1, 1},   {2, 1},   {3, 2},      {4, 2},      {5, 3},
                                      {256, 8}, {257, 9}, {32769, 16}, {65535, 16}, {65536, 16}};
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
    assert_int_equal(parquet_codes_width(table[i][0]), table[i][1]);
}

/* Every width, around every boundary of 8, with the largest code next to the smallest. */
static void
test_packed(void **state)
{
  (void)state;
  static uint16_t codes[MOST + PARQUET_CODES_PADDING];
  for (unsigned width = 1; width <= PARQUET_CODES_WIDTH_MOST; width++) {
    uint32_t most = (1u << width) - 1;
    memset(codes, 0, sizeof codes);
    for (uint32_t i = 0; i < MOST; i++)
      codes[i] = (uint16_t)(i % 5 == 0 ? most : i % 5 == 1 ? 0 : i * 2654435761u % (most + 1));
    for (uint32_t count = 0; count < 34; count++)
      check(codes + 3, count, width, false);
    check(codes, MOST, width, false);
    check(codes, MOST, width, true);
  }
}

/* Runs of every length around 8 and 16, at every place. */
static void
test_runs(void **state)
{
  (void)state;
  static uint16_t codes[MOST + PARQUET_CODES_PADDING];
  for (uint32_t before = 0; before < 20; before++)
    for (uint32_t run = 1; run < 40; run++)
      for (uint32_t after = 0; after < 12; after += 3) {
        uint32_t count = before + run + after;
        memset(codes, 0, sizeof codes);
        for (uint32_t i = 0; i < count; i++)
          codes[i] = (uint16_t)(i >= before && i < before + run ? 777 : i * 37 % 1000);
        check(codes, count, 10, true);
      }
}

static void
test_long_run_is_short(void **state)
{
  (void)state;
  static uint16_t codes[MOST + PARQUET_CODES_PADDING];
  struct kit_memory memory;
  kit_memory_init(&memory);
  struct parquet_bytes page = {.allocator = &memory.allocator};
  for (uint32_t i = 0; i < MOST; i++)
    codes[i] = (uint16_t)(i / 1000);
  parquet_codes_append(&page, codes, MOST, 1, true);
  assert_int_equal(page.size, 1 + 3 + 3);
  parquet_bytes_free(&page);
}

static void
test_constant(void **state)
{
  (void)state;
  static const uint32_t counts[] = {1, 7, 8, MOST};
  for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
    struct kit_memory memory;
    kit_memory_init(&memory);
    struct parquet_bytes page = {.allocator = &memory.allocator};
    parquet_codes_append_constant(&page, counts[i]);
    uint32_t read[MOST];
    struct reader_span span = {page.at + 1, page.at + page.size};
    assert_ptr_equal(reader_hybrid(span, page.at[0], read, counts[i]), span.end);
    assert_int_equal(read[counts[i] - 1], 0);
    parquet_bytes_free(&page);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_width),    cmocka_unit_test(test_packed),
      cmocka_unit_test(test_runs),     cmocka_unit_test(test_long_run_is_short),
      cmocka_unit_test(test_constant),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
