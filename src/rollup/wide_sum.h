/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup/exact_sum.c only: an exact sum of any finite doubles, as an array of signed 64-bit chunks that
 * overlap by 32 bits, so that carries are handled once in a million additions. Only the chunks that were touched are held
 * (at most 69: 560 bytes), in one block of the budget. Source: R. M. Neal, "Fast exact summation using small and large
 * superaccumulators", arXiv:1505.05571.
 *
 * Positions count bits from 2^-1074, the lowest bit of a double. NULL is an empty sum. Functions that return false had no
 * memory: *sum is then good for nothing but wide_sum_free.
 */
#pragma once

#include "rollup/budget.h"
#include <stdbool.h>
#include <stdint.h>

struct wide_sum;

/* The budget is the one that the sum was made with. */
void wide_sum_free(struct rollup_budget *budget, struct wide_sum *sum);

/* Adds (negative ? -1 : 1) * magnitude * 2^position; position is that of a double's bit, or of a window's. */
bool wide_sum_add(struct rollup_budget *budget, struct wide_sum **sum, bool negative,
                  uint64_t magnitude, unsigned position) __attribute__((warn_unused_result));
/* The source stays as it is; it may be *target. */
bool wide_sum_merge(struct rollup_budget *budget, struct wide_sum **target,
                    const struct wide_sum *source) __attribute__((warn_unused_result));
double wide_sum_result(const struct wide_sum *sum);

/* magnitude * 2^position, with a bit more below if sticky, rounded to the nearest double, ties to even; magnitude has its
 * highest bit set, position may be negative for what is exact. */
double wide_sum_round(bool negative, uint64_t magnitude, int position, bool sticky);
