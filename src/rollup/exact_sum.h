/* SPDX-License-Identifier: Apache-2.0
 *
 * Exact sums of doubles: the correctly rounded (ties to even) value of the mathematical sum of all values added, so that
 * the result is the same bit for bit in every order, at any number of threads and after any merge.
 *
 *     struct exact_sum_memory memory = {.budget = &budget};
 *     struct exact_sum sum = {0};
 *     exact_sum_add(&sum, 0.1, &memory);
 *     exact_sum_merge(&sum, &other, &memory);
 *     double total = exact_sum_result(&sum);
 *     exact_sum_clear(&sum);
 *
 * A state is 24 bytes: a signed fixed-point window of 128 bits whose lowest bit is worth 2^(base - 1075), placed around
 * the first value, and a tag of base and count. Values whose exponents are within some 20 decimal orders of each other
 * stay in it. Others move the window if it can be moved without loss, else the state falls over to a wide sum on the
 * heap (rollup/wide_sum.h), which takes any double. When its budget has no room for that, the sum is lost: it takes all that
 * comes and says nothing but exact_sum_is_lost.
 *
 * Infinities, NaN and zeros are as in DuckDB's sum: NaN and +inf with -inf give NaN, one kind of infinity stays, zeros of
 * either sign sum to +0.0. Finite values overflow to an infinity only if their rounded sum does, in whatever order they
 * came. A NaN result is always the same quiet NaN.
 *
 * Up to 2^48 - 1 values a state. Needs the default rounding mode.
 * One state is used by one thread at a time. Cost: about 2 ns a value; see docs/design/exact-sums.md.
 */
#pragma once

#include "rollup/budget.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What wide sums take theirs from. Lives longer than the sums. */
struct exact_sum_memory {
  struct rollup_budget *budget;
  _Atomic bool
      has_lost; /* a sum, since this was last set to false; who adds in loops asks once at the end */
};

/* A zeroed state is an empty sum. It may be moved by memcpy, but not copied: use exact_sum_merge into an empty one. */
struct exact_sum {
  uint64_t low,
      high; /* the window, two's complement; or the addresses of the wide sum and of its memory; or the bits of a special result */
  uint64_t tag; /* bits 0-47: count of values; 48-63: base, or one of three marks above all bases */
};

void exact_sum_add(struct exact_sum *sum, double value, struct exact_sum_memory *memory);
void exact_sum_add_many(struct exact_sum *sum, const double *values, size_t count,
                        struct exact_sum_memory *memory);
/* values[i] is added to *sums[i]; the same sum may stand at several places. */
void exact_sum_add_each(struct exact_sum *const *sums, const double *values, size_t count,
                        struct exact_sum_memory *memory);

/* Adds all that source has seen to target, which is lost if source is; source stays as it is. */
void exact_sum_merge(struct exact_sum *target, const struct exact_sum *source,
                     struct exact_sum_memory *memory);

/* For want of memory; until it is cleared. */
bool exact_sum_is_lost(const struct exact_sum *sum);

/* +0.0 when empty; NaN, not to be used, when lost. */
double exact_sum_result(const struct exact_sum *sum);
uint64_t exact_sum_count(const struct exact_sum *sum);
/* The rounded sum divided by the count, as DuckDB's avg(DOUBLE) is; NaN when empty. */
double exact_sum_average(const struct exact_sum *sum);

/* Back to empty; frees what it holds. */
void exact_sum_clear(struct exact_sum *sum);
