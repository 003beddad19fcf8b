/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/integer_sum.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include "rollup/values_kit.h"
#include <cmocka.h>

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

#define TEN_TO_19 UINT64_C(10000000000000000000)
#define LARGEST   ((int128)(~(uint128)0 >> 1))

static void
add(struct integer_sum *sum, int128 value)
{
  integer_sum_add(sum, (struct integer_128){(uint64_t)value, (int64_t)(value >> 64)});
}

static int128
value_of(struct integer_128 value)
{
  return (int128)((uint128)(uint64_t)value.high << 64 | value.low);
}

static void
check(const struct integer_sum *sum, bool is_decimal, bool fits, int128 value)
{
  struct integer_128 result;
  assert_int_equal(integer_sum_result(sum, is_decimal, &result), fits);
  if (fits)
    assert_true(value_of(result) == value);
}

/* Beyond 128 bits on the way, in either direction, and back. */
static void
test_comes_back(void **state)
{
  (void)state;
  static const int signs[] = {1, -1};
  for (int s = 0; s < 2; s++) {
    struct integer_sum sum = {0};
    for (int i = 0; i < 1000; i++)
      add(&sum, signs[s] * LARGEST);
    check(&sum, false, false, 0);
    for (int i = 0; i < 999; i++)
      add(&sum, -signs[s] * LARGEST);
    check(&sum, false, true, signs[s] * LARGEST);
    add(&sum, -signs[s] * LARGEST);
    check(&sum, true, true, 0);
    assert_int_equal(sum.count, 2000);
  }
}

static void
test_limits(void **state)
{
  (void)state;
  int128 digits_38 = (int128)((uint128)TEN_TO_19 * TEN_TO_19) - 1;
  struct integer_sum sum = {0};
  check(&sum, true, true, 0);
  add(&sum, digits_38);
  check(&sum, true, true, digits_38);
  add(&sum, 1);
  check(&sum, true, false, 0);
  check(&sum, false, true, digits_38 + 1);
  add(&sum, LARGEST - digits_38 - 1);
  check(&sum, false, true, LARGEST);
  add(&sum, 1);
  check(&sum, false, false, 0);
  struct integer_sum negative = {0};
  add(&negative, -digits_38);
  check(&negative, true, true, -digits_38);
  add(&negative, -1);
  check(&negative, true, false, 0);
  add(&negative, -LARGEST + digits_38);
  check(&negative, false, true, -LARGEST - 1);
  add(&negative, -1);
  check(&negative, false, false, 0);
}

/* Sums of random parts, merged in random order, against the sum of those that stay within 128 bits. */
static void
test_random_merges(void **state)
{
  (void)state;
  uint64_t seed = 7;
  for (int round = 0; round < 2000; round++) {
    struct integer_sum parts[8] = {{0}};
    int128 wanted = 0;
    for (int i = 0; i < 64; i++) {
      uint128 bits = (uint128)random_next(&seed) << 64 | random_next(&seed);
      int128 value = (int128)bits >> (7 + random_next(&seed) % 110);
      wanted += value;
      add(&parts[random_next(&seed) % 8], value);
    }
    for (int left = 8; left > 1; left--)
      integer_sum_merge(&parts[random_next(&seed) % (uint64_t)(left - 1)], &parts[left - 1]);
    check(&parts[0], false, true, wanted);
    assert_int_equal(parts[0].count, 64);
    assert_int_equal(bits_of(integer_sum_average(&parts[0], 100)),
                     bits_of((double)((long double)wanted / 6400)));
  }
}

static void
test_averages(void **state)
{
  (void)state;
  struct integer_sum sum = {0};
  assert_true(isnan(integer_sum_average(&sum, 1)));
  for (int i = 0; i < 5; i++)
    add(&sum, LARGEST);
  assert_int_equal(bits_of(integer_sum_average(&sum, 1)), bits_of(0x1p127));
  for (int i = 0; i < 15; i++)
    add(&sum, -LARGEST);
  assert_int_equal(bits_of(integer_sum_average(&sum, 1)), bits_of(-0x1p126));
  integer_sum_merge(&sum, &sum);
  assert_int_equal(sum.count, 40);
  assert_int_equal(bits_of(integer_sum_average(&sum, 1)), bits_of(-0x1p126));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_comes_back),
      cmocka_unit_test(test_limits),
      cmocka_unit_test(test_random_merges),
      cmocka_unit_test(test_averages),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
