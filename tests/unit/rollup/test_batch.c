/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/batch.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "rollup/values_kit.h"
#include <cmocka.h>

static void
test_type_bytes(void **state)
{
  static const unsigned bytes[TYPES] = {1, 1, 2, 4, 8, 16, 1, 2, 4, 8, 4, 8, 16};
  (void)state;
  for (unsigned t = 0; t < TYPES; t++)
    assert_int_equal(rollup_type_bytes(every_type[t]), bytes[t]);
}

static void
test_short_texts_stand_in_the_value(void **state)
{
  static const char text[] = "twelve bytes and more";
  (void)state;
  for (uint32_t length = 0; length < sizeof text; length++) {
    struct rollup_string string = rollup_string_of(text, length);
    assert_int_equal(string.length, length);
    assert_memory_equal(rollup_string_text(&string), text, length);
    assert_int_equal(rollup_string_text(&string) == text, length > 12);
    for (uint32_t i = length; length <= 12 && i < 12; i++)
      assert_int_equal(string.inlined[i], 0);
    if (length > 12)
      assert_memory_equal(string.pointer.prefix, "twel", 4);
  }
  assert_int_equal(rollup_string_of(NULL, 0).length, 0);
}

static uint32_t
naive_end(const struct rollup_column *column, uint32_t row, uint32_t rows)
{
  uint32_t end = row + 1;
  while (end < rows && rollup_is_valid(column, end) == rollup_is_valid(column, row))
    end++;
  return end;
}

static void
test_validity_end(void **state)
{
  static const uint64_t words[][3] = {
      {0, 0, 0},
      {UINT64_MAX, UINT64_MAX, UINT64_MAX},
      {UINT64_MAX, 0, UINT64_MAX},
      {1, (uint64_t)1 << 63, 5},
      {0x0123456789abcdefu, 0xfedcba9876543210u, 0xffff0000ffff0000u},
  };
  (void)state;
  for (size_t w = 0; w < sizeof words / sizeof *words; w++) {
    struct rollup_column column = {NULL, words[w]};
    for (uint32_t rows = 1; rows <= 192; rows++) {
      for (uint32_t row = 0; row < rows; row++)
        assert_int_equal(rollup_validity_end(&column, row, rows), naive_end(&column, row, rows));
    }
  }
  struct rollup_column no_nulls = {NULL, NULL};
  assert_int_equal(rollup_validity_end(&no_nulls, 3, 1000), 1000);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_type_bytes),
      cmocka_unit_test(test_short_texts_stand_in_the_value),
      cmocka_unit_test(test_validity_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
