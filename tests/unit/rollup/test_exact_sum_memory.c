/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact sums whose memory ends: exact or lost, never wrong, and nothing is left over. */
#include "rollup/exact_sum.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rollup/values_kit.h"
#include <cmocka.h>

/* Of any exponent that leaves room for a sum. */
static double
any_size(uint64_t *random)
{
  double mantissa = 1 + (double)(random_next(random) >> 12) * 0x1p-52;
  int exponent = (int)(random_next(random) % 2000) - 1000;
  return ldexp(random_next(random) % 2 == 0 ? mantissa : -mantissa, exponent);
}

static double
sum_in_order(const double *values, size_t count)
{
  struct rollup_budget budget = {.limit_bytes = UINT64_MAX};
  struct exact_sum_memory memory = {.budget = &budget};
  struct exact_sum sum = {0};
  for (size_t i = 0; i < count; i++)
    exact_sum_add(&sum, values[i], &memory);
  double result = exact_sum_result(&sum);
  exact_sum_clear(&sum);
  return result;
}

/* All that a sum does under a limit: it is exact or lost, and what is lost stays lost. Returns whether it is exact. */
static bool
sum_under_a_limit(const double *values, size_t count, uint64_t limit, uint64_t *ret_peak)
{
  struct rollup_budget little = {.limit_bytes = limit};
  struct exact_sum_memory own = {.budget = &little};
  struct exact_sum sums[3] = {{0}};
  for (size_t i = 0; i < count; i++)
    exact_sum_add(&sums[i % 2], values[i], &own);
  exact_sum_merge(&sums[2], &sums[0], &own);
  exact_sum_merge(&sums[2], &sums[1], &own);
  bool lost = exact_sum_is_lost(&sums[2]);
  bool any_lost = exact_sum_is_lost(&sums[0]) || exact_sum_is_lost(&sums[1]) || lost;
  assert_int_equal(atomic_load(&own.has_lost), any_lost);
  assert_int_equal(exact_sum_count(&sums[2]), count);
  if (lost) {
    assert_true(isnan(exact_sum_result(&sums[2])));
    exact_sum_add(&sums[2], HUGE_VAL, &own);
    exact_sum_merge(&sums[2], &sums[0], &own);
    assert_true(exact_sum_is_lost(&sums[2]));
  } else {
    assert_int_equal(bits_of(exact_sum_result(&sums[2])), bits_of(sum_in_order(values, count)));
  }
  for (int i = 0; i < 3; i++)
    exact_sum_clear(&sums[i]);
  assert_int_equal(little.used_bytes, 0);
  assert_true(little.peak_bytes <= limit);
  *ret_peak = little.peak_bytes;
  return !lost;
}

static void
sums_are_exact_or_lost_at_every_limit(void **state)
{
  (void)state;
  uint64_t random = 77;
  for (int round = 0; round < 40; round++) {
    double values[24];
    for (size_t i = 0; i < 24; i++)
      values[i] = any_size(&random);
    uint64_t peak, unused;
    assert_true(sum_under_a_limit(values, 24, UINT64_MAX, &peak));
    assert_true(peak > 100);
    bool exact = false;
    for (uint64_t limit = 0; limit < peak; limit += 8) {
      bool now = sum_under_a_limit(values, 24, limit, &unused);
      assert_true(now || !exact);
      exact = now;
    }
    assert_true(sum_under_a_limit(values, 24, peak, &unused));
    assert_false(sum_under_a_limit(values, 24, 100, &unused));
  }
}

/* Doubles a sum by merging it with itself, until its highest chunk is full. Returns whether it is exact; budget: peak_bytes
 * is what it takes before that. */
static bool
double_until_full(struct rollup_budget *little)
{
  struct exact_sum_memory own = {.budget = little};
  struct exact_sum sum = {0};
  exact_sum_add(&sum, 0x1p-200, &own);
  exact_sum_add(&sum, 0x1.fffffffffffffp-31, &own);
  assert_false(exact_sum_is_lost(&sum));
  uint64_t before = little->peak_bytes;
  for (int i = 0; i < 46; i++)
    exact_sum_merge(&sum, &sum, &own);
  bool lost = exact_sum_is_lost(&sum);
  assert_int_equal(atomic_load(&own.has_lost), lost);
  assert_true(lost || bits_of(exact_sum_result(&sum)) == bits_of(0x1.fffffffffffffp+15));
  exact_sum_clear(&sum);
  assert_int_equal(little->used_bytes, 0);
  little->peak_bytes = before;
  return !lost;
}

static void
carries_need_memory_too(void **state)
{
  (void)state;
  struct rollup_budget little = {.limit_bytes = UINT64_MAX};
  assert_true(double_until_full(&little));
  little = (struct rollup_budget){.limit_bytes = little.peak_bytes};
  assert_false(double_until_full(&little));
}

static void
ordinary_sums_need_no_memory(void **state)
{
  (void)state;
  struct rollup_budget none = {0};
  struct exact_sum_memory own = {.budget = &none};
  struct exact_sum sum = {0};
  for (int i = 0; i < 1000; i++)
    exact_sum_add(&sum, 0.01 * i, &own);
  exact_sum_add(&sum, (double)NAN, &own);
  assert_false(exact_sum_is_lost(&sum));
  assert_int_equal(none.peak_bytes, 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(sums_are_exact_or_lost_at_every_limit),
      cmocka_unit_test(carries_need_memory_too),
      cmocka_unit_test(ordinary_sums_need_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
