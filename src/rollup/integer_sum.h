/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums of 128-bit integers that are the same in any order. The sum of integers of up to 64 bits cannot leave 128; that of 128-bit ones
 * can, and come back: it is held in 192 bits, so that only the sum of all values decides whether it fits its type.
 *
 * Plain C on values: no memory of its own, nothing to free. A state of zeros is the sum of no values.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* In memory as DuckDB has its HUGEINT (duckdb_hugeint), and DECIMAL of 19 to 38 digits. */
struct integer_128 {
  uint64_t low;
  int64_t high;
};

struct integer_sum {
  uint64_t low, middle;
  int64_t high;
  uint64_t count;
};

/* At most 2^63 values. */
void integer_sum_add(struct integer_sum *sum, struct integer_128 value);

/* Adds source to target; source may be target. */
void integer_sum_merge(struct integer_sum *target, const struct integer_sum *source);

/* False when the sum does not fit 128 bits or, when is_decimal, has more than 38 digits. */
bool integer_sum_result(const struct integer_sum *sum, bool is_decimal,
                        struct integer_128 *ret_value);

/* The average of count integers, of decimals by their scale (10^digits): as DuckDB 1.5 divides, in long double. */
static inline double
integer_average(long double sum, uint64_t count, double scale)
{
  return (double)(sum / ((long double)count * (long double)scale));
}

/* The same of a sum beyond 128 bits too. NaN of no values. */
double integer_sum_average(const struct integer_sum *sum, double scale);
