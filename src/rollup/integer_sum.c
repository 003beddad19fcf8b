/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/integer_sum.h"
#include <math.h>

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

#define TEN_TO_19 UINT64_C(10000000000000000000)

static void
add(struct integer_sum *sum, uint64_t low, uint64_t middle, uint64_t high)
{
  uint64_t carry = __builtin_add_overflow(sum->low, low, &sum->low);
  uint64_t carries = __builtin_add_overflow(sum->middle, middle, &sum->middle);
  carries += __builtin_add_overflow(sum->middle, carry, &sum->middle);
  sum->high = (int64_t)((uint64_t)sum->high + high + carries);
}

void
integer_sum_add(struct integer_sum *sum, struct integer_128 value)
{
  add(sum, value.low, (uint64_t)value.high, value.high < 0 ? UINT64_MAX : 0);
  sum->count++;
}

void
integer_sum_merge(struct integer_sum *target, const struct integer_sum *source)
{
  uint64_t count = source->count;
  add(target, source->low, source->middle, (uint64_t)source->high);
  target->count += count;
}

static bool
fits(const struct integer_sum *sum)
{
  return sum->high == ((int64_t)sum->middle < 0 ? -1 : 0);
}

static int128
value_of(const struct integer_sum *sum)
{
  return (int128)((uint128)sum->middle << 64 | sum->low);
}

bool
integer_sum_result(const struct integer_sum *sum, bool is_decimal, struct integer_128 *ret_value)
{
  const int128 limit = (int128)((uint128)TEN_TO_19 * TEN_TO_19);
  *ret_value = (struct integer_128){.low = sum->low, .high = (int64_t)sum->middle};
  return fits(sum) && (!is_decimal || (value_of(sum) < limit && value_of(sum) > -limit));
}

double
integer_sum_average(const struct integer_sum *sum, double scale)
{
  if (sum->count == 0)
    return (double)NAN;
  long double value = fits(sum) ? (long double)value_of(sum)
                                : ldexpl((long double)sum->high, 128) +
                                      (long double)((uint128)sum->middle << 64 | sum->low);
  return integer_average(value, sum->count, scale);
}
