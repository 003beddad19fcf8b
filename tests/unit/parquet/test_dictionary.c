/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/dictionary.h"
#include "parquet/kit.h"
#include "parquet/plain.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ROWS = 100000 };

static uint64_t seed = 1;

static uint32_t
roll(uint32_t sides)
{
  seed = seed * 6364136223846793005ull + 1442695040888963407ull;
  return (uint32_t)((seed >> 32) * sides >> 32);
}

struct fixture {
  struct kit_memory memory;
  struct parquet_dictionary dictionary;
};

static void
fixture_init(struct fixture *fixture)
{
  kit_memory_init(&fixture->memory);
  const struct parquet_bytes none = {.allocator = &fixture->memory.allocator};
  fixture->dictionary =
      (struct parquet_dictionary){.slots = none, .entry_bytes = none, .code_bytes = none};
}

static void
fixture_clear(struct fixture *fixture)
{
  parquet_bytes_free(&fixture->dictionary.slots);
  parquet_bytes_free(&fixture->dictionary.entry_bytes);
  parquet_bytes_free(&fixture->dictionary.code_bytes);
  assert_int_equal(fixture->memory.live_blocks, 0);
}

/* Numbers, and on YES compares every value with the entry of its code. Returns the number of entries, 0 on NO. */
static uint32_t
number(enum parquet_shape shape, const void *values, uint32_t count, size_t width)
{
  struct fixture fixture;
  fixture_init(&fixture);
  const struct parquet_dense dense = {shape, values, count};
  struct parquet_dictionary *made = &fixture.dictionary;
  uint32_t entries = 0;
  enum parquet_dictionary_outcome outcome =
      parquet_dictionary_make(made, &dense, parquet_plain_bytes(&dense));
  assert_int_not_equal(outcome, PARQUET_DICTIONARY_NO_MEMORY);
  if (outcome == PARQUET_DICTIONARY_YES) {
    entries = made->entries.count;
    assert_true(entries > 0 && (made->codes != NULL || entries == 1));
    const char *from = values, *kept = made->entries.values;
    uint32_t runs = 0;
    for (uint32_t i = 0; i < count; i++) {
      uint32_t code = made->codes == NULL ? 0 : made->codes[i];
      assert_true(code < entries);
      runs += i == 0 || (made->codes != NULL && made->codes[i - 1] != code);
      if (shape != PARQUET_SHAPE_STRING)
        assert_memory_equal(from + i * width, kept + code * width, width);
      else
        assert_string_equal(kit_text((const struct parquet_string *)values + i),
                            kit_text((const struct parquet_string *)made->entries.values + code));
    }
    assert_int_equal(runs, made->runs);
    assert_int_equal(made->bytes, parquet_plain_bytes(&made->entries));
    assert_true(made->bytes <= parquet_plain_bytes(&dense) / 2);
  }
  fixture_clear(&fixture);
  return entries;
}

static void
test_numbers(void **state)
{
  (void)state;
  static int64_t wide[ROWS];
  static int32_t narrow[ROWS];
  static const struct {
    uint32_t kinds;
    bool is_dictionary, is_dictionary_narrow;
  } table[] = {{1, true, true},       {2, true, true},         {300, true, true},
               {5000, true, true},    {10000, true, false},    {40000, false, false},
               {90000, false, false}, {1u << 31, false, false}};
  for (size_t k = 0; k < sizeof table / sizeof table[0]; k++) {
    for (uint32_t i = 0; i < ROWS; i++)
      wide[i] = narrow[i] = (int32_t)roll(table[k].kinds);
    uint32_t entries = number(PARQUET_SHAPE_INT64, wide, ROWS, 8);
    assert_int_equal(entries > 0, table[k].is_dictionary);
    assert_true(entries <= table[k].kinds);
    entries = number(PARQUET_SHAPE_INT32, narrow, ROWS, 4);
    assert_int_equal(entries > 0, table[k].is_dictionary_narrow);
  }
}

static void
test_sorted(void **state)
{
  (void)state;
  static int64_t values[ROWS];
  for (uint32_t i = 0; i < ROWS; i++)
    values[i] = i / 10;
  assert_int_equal(number(PARQUET_SHAPE_INT64, values, ROWS, 8), ROWS / 10);
  for (uint32_t i = 0; i < ROWS; i++)
    values[i] = i / 2;
  assert_int_equal(number(PARQUET_SHAPE_INT64, values, ROWS, 8), 0);
}

/* All alike but for the last one: the sample sees nothing of it. */
static void
test_nearly_constant(void **state)
{
  (void)state;
  static double values[ROWS];
  for (uint32_t count = 1000; count <= ROWS; count *= 10) {
    for (uint32_t i = 0; i < count; i++)
      values[i] = 0.0;
    values[count - 1] = -0.0;
    assert_int_equal(number(PARQUET_SHAPE_DOUBLE, values, count, 8), 2);
  }
}

/* Few kinds in the first half, a new one in every row of the second: given up at the limit. */
static void
test_late_surprise(void **state)
{
  (void)state;
  static int64_t values[ROWS];
  for (uint32_t i = 0; i < ROWS; i++)
    values[i] = i < ROWS / 2 ? i % 3 : i;
  assert_int_equal(number(PARQUET_SHAPE_INT64, values, ROWS, 8), 0);
}

static void
test_too_few_rows(void **state)
{
  (void)state;
  static const int64_t values[] = {5, 5, 5, 5, 5, 5};
  for (uint32_t count = 0; count <= 6; count++)
    assert_int_equal(number(PARQUET_SHAPE_INT64, values, count, 8), 0);
}

static void
test_wide(void **state)
{
  (void)state;
  static uint64_t values[ROWS][2];
  for (uint32_t i = 0; i < ROWS; i++) {
    values[i][0] = roll(10);
    values[i][1] = roll(10);
  }
  assert_int_equal(number(PARQUET_SHAPE_WIDE, values, ROWS, 16), 100);
}

/* Texts at other addresses are the same; those that differ in one place only are not. */
static void
test_strings(void **state)
{
  (void)state;
  static struct parquet_string values[ROWS];
  static char texts[ROWS][72];
  for (uint32_t length = 2; length < 70; length += 1 + length / 5) {
    for (uint32_t i = 0; i < ROWS; i++) {
      memset(texts[i], 'a', length);
      texts[i][length] = '\0';
      texts[i][roll(length)] = "xyz"[roll(3)];
      values[i] = kit_string(texts[i], length);
    }
    assert_int_equal(number(PARQUET_SHAPE_STRING, values, ROWS, 16), 3 * length);
  }
}

/* 64-bit numbers that fall into one slot: the chain has a limit, and nothing takes long. */
static void
test_hostile_hashes(void **state)
{
  (void)state;
  static int64_t values[ROWS];
  uint64_t inverse = 1; /* of the hash's factor, by Newton */
  for (unsigned i = 0; i < 6; i++)
    inverse *= 2 - 0x9e3779b97f4a7c15ull * inverse;
  for (uint32_t i = 0; i < ROWS; i++) {
    uint64_t mixed = inverse * (i % 4000);
    values[i] = (int64_t)(mixed ^ mixed >> 32);
  }
  (void)number(PARQUET_SHAPE_INT64, values, ROWS, 8);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_numbers),         cmocka_unit_test(test_sorted),
      cmocka_unit_test(test_nearly_constant), cmocka_unit_test(test_late_surprise),
      cmocka_unit_test(test_too_few_rows),    cmocka_unit_test(test_wide),
      cmocka_unit_test(test_strings),         cmocka_unit_test(test_hostile_hashes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
