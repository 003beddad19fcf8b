/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/bounds.h"
#include "parquet/kit.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MOST = 64 };

static uint64_t seed = 1;

static uint32_t
roll(uint32_t sides)
{
  seed = seed * 6364136223846793005ull + 1442695040888963407ull;
  return (uint32_t)((seed >> 32) * sides >> 32);
}

static int
order(const char *a, size_t a_length, const char *b, size_t b_length)
{
  int first = memcmp(a, b, a_length < b_length ? a_length : b_length);
  return first != 0 ? first : (a_length > b_length) - (a_length < b_length);
}

static void
check_bound(const struct parquet_bound *bound, const struct parquet_string *wanted)
{
  assert_true(bound->is_known);
  assert_int_equal(bound->string.length, wanted->length);
  assert_memory_equal(bound->string.text, kit_text(wanted), wanted->length);
}

/* Lengths around every border (inlined or not, 16 bytes decided at once), bytes of few kinds, among them 0 and 255; sometimes
 * sorted, often equal. */
static void
test_texts(void **state)
{
  (void)state;
  static char texts[MOST][48];
  for (unsigned round = 0; round < 20000; round++) {
    struct kit_memory memory;
    kit_memory_init(&memory);
    struct parquet_string strings[MOST];
    uint32_t count = 1 + roll(roll(2) ? 4 : MOST), low = 0, high = 0, most = 1 + roll(40);
    for (uint32_t i = 0; i < count; i++) {
      uint32_t length = roll(3) == 0 ? roll(most) : most, changes = roll(most);
      for (uint32_t k = 0; k < length; k++)
        texts[i][k] = "aab\0\xff"[k < changes ? 0 : roll(5)];
      strings[i] = kit_string(texts[i], length);
      if (order(texts[i], length, texts[low], strings[low].length) < 0)
        low = i;
      if (order(texts[i], length, texts[high], strings[high].length) > 0)
        high = i;
    }
    const struct parquet_dense dense = {PARQUET_SHAPE_STRING, strings, count};
    struct parquet_statistics told;
    assert_true(parquet_bounds_make(&dense, 3, &memory.allocator, &told));
    assert_int_equal(told.null_count, 3);
    check_bound(&told.min, &strings[low]);
    check_bound(&told.max, &strings[high]);
    parquet_bounds_clear(&told, PARQUET_SHAPE_STRING, &memory.allocator);
    assert_int_equal(memory.live_blocks, 0);
  }
}

static struct parquet_statistics
bounds_of(enum parquet_shape shape, const void *values, uint32_t count)
{
  const struct parquet_dense dense = {shape, values, count};
  struct parquet_statistics told;
  assert_true(parquet_bounds_make(&dense, 0, /* allocator= */ NULL, &told));
  return told;
}

static void
test_reals(void **state)
{
  (void)state;
  static const struct {
    uint32_t count;
    double values[6];
    bool has_nan, is_known;
    double min, max;
  } table[] = {
      {1, {-0.0}, false, true, 0.0, 0.0},
      {2, {0.0, -0.0}, false, true, 0.0, 0.0},
      {6, {3, -1, 2, 9, -7, 4}, false, true, -7, 9},
      {5, {NAN, 2, NAN, 1, NAN}, true, true, 1, 2},
      {3, {NAN, NAN, NAN}, true, false, 0, 0},
      {2, {(double)INFINITY, (double)INFINITY}, false, true, (double)INFINITY, (double)INFINITY},
      {2, {-(double)INFINITY, 0}, false, true, -(double)INFINITY, 0},
      {5, {1, 1, 1, 1, NAN}, true, true, 1, 1},
      {2, {5e-324, -5e-324}, false, true, -5e-324, 5e-324},
  };
  for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
    struct parquet_statistics told =
        bounds_of(PARQUET_SHAPE_DOUBLE, table[i].values, table[i].count);
    float narrow[6];
    for (unsigned k = 0; k < 6; k++)
      narrow[k] = (float)table[i].values[k];
    struct parquet_statistics single = bounds_of(PARQUET_SHAPE_FLOAT, narrow, table[i].count);
    assert_int_equal(told.has_nan, table[i].has_nan);
    assert_int_equal(told.min.is_known, table[i].is_known);
    assert_int_equal(told.max.is_known, table[i].is_known);
    assert_int_equal(single.has_nan, table[i].has_nan);
    if (!table[i].is_known)
      continue;
    assert_true(told.min.real == table[i].min && told.max.real == table[i].max);
    assert_false(told.min.real == 0 && signbit(told.min.real));
    assert_false(told.max.real == 0 && signbit(told.max.real));
    assert_true(single.min.real == (double)(float)table[i].min);
    assert_true(single.max.real == (double)(float)table[i].max);
  }
}

static void
test_integers(void **state)
{
  (void)state;
  static const int64_t wide[] = {0, INT64_MIN, 5, INT64_MAX};
  static const int32_t narrow[] = {-1, INT32_MAX, INT32_MIN};
  static const uint8_t bools[] = {1, 1, 0};
  struct parquet_statistics told = bounds_of(PARQUET_SHAPE_INT64, wide, 4);
  assert_true(told.min.integer == INT64_MIN && told.max.integer == INT64_MAX);
  told = bounds_of(PARQUET_SHAPE_INT64, wide, 1);
  assert_true(told.min.integer == 0 && told.max.integer == 0);
  told = bounds_of(PARQUET_SHAPE_INT32, narrow, 3);
  assert_true(told.min.integer == INT32_MIN && told.max.integer == INT32_MAX);
  told = bounds_of(PARQUET_SHAPE_BOOL, bools, 3);
  assert_true(told.min.integer == 0 && told.max.integer == 1);
  told = bounds_of(PARQUET_SHAPE_BOOL, bools, 2);
  assert_true(told.min.integer == 1 && told.max.integer == 1);
  told = bounds_of(PARQUET_SHAPE_INT32, narrow, 0);
  assert_false(told.min.is_known || told.max.is_known);
}

static void
test_wide(void **state)
{
  (void)state;
  static const uint64_t values[][2] = {{5, 0}, {0, 1}, {1, UINT64_MAX}, {0, UINT64_MAX}, {9, 0}};
  struct parquet_statistics told = bounds_of(PARQUET_SHAPE_WIDE, values, 5);
  assert_memory_equal(told.min.wide, values[3], 16);
  assert_memory_equal(told.max.wide, values[1], 16);
  uint8_t memory[PARQUET_BOUND_BYTES];
  const void *at;
  assert_int_equal(parquet_bounds_plain(&told.max, PARQUET_SHAPE_WIDE, memory, &at), 16);
  static const uint8_t wanted[16] = {0, 0, 0, 0, 0, 0, 0, 1};
  assert_memory_equal(at, wanted, 16);
}

static struct parquet_statistics
text_statistics(const char *min, const char *max, const struct parquet_allocator *allocator)
{
  struct parquet_string strings[2] = {kit_string(min, (uint32_t)strlen(min)),
                                      kit_string(max, (uint32_t)strlen(max))};
  const struct parquet_dense dense = {PARQUET_SHAPE_STRING, strings, 2};
  struct parquet_statistics told;
  assert_true(parquet_bounds_make(&dense, 1, allocator, &told));
  return told;
}

static void
test_merge(void **state)
{
  (void)state;
  for (uint64_t fails_at = 0; fails_at < 12; fails_at++) {
    struct kit_memory memory;
    kit_memory_init(&memory);
    const struct parquet_allocator *allocator = &memory.allocator;
    struct parquet_statistics all = {.null_count = 0};
    struct parquet_statistics parts[3] = {text_statistics("m", "n", allocator),
                                          text_statistics("", "mm", allocator),
                                          text_statistics("b", "zebra crossing", allocator)};
    memory.fails_at = fails_at == 0 ? 0 : memory.calls + fails_at;
    bool merged = true;
    for (unsigned i = 0; i < 3 && merged; i++)
      merged = parquet_bounds_merge(&all, &parts[i], PARQUET_SHAPE_STRING, allocator);
    assert_int_equal(merged, fails_at == 0 || fails_at > 4);
    if (merged) {
      assert_int_equal(all.null_count, 3);
      assert_int_equal(all.min.string.length, 0);
      assert_int_equal(all.max.string.length, 14);
      assert_memory_equal(all.max.string.text, "zebra crossing", 14);
    }
    parquet_bounds_clear(&all, PARQUET_SHAPE_STRING, allocator);
    for (unsigned i = 0; i < 3; i++)
      parquet_bounds_clear(&parts[i], PARQUET_SHAPE_STRING, allocator);
    assert_int_equal(memory.live_blocks, 0);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_texts), cmocka_unit_test(test_reals), cmocka_unit_test(test_integers),
      cmocka_unit_test(test_wide),  cmocka_unit_test(test_merge),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
