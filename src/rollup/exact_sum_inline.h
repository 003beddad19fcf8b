/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: the common cases of exact_sum.h in the caller's loop; all others call it. The layout of a state is
 * that of exact_sum.c.
 */
#pragma once

#include "rollup/exact_sum.h"
#include <string.h>

#define EXACT_SUM_BASE_SHIFT 48
#define EXACT_SUM_COUNT_MASK ((UINT64_C(1) << EXACT_SUM_BASE_SHIFT) - 1)
#define EXACT_SUM_MARKS      0x4000u /* bases from here on are marks: no window */
#define EXACT_SUM_SHIFT_MOST 73u

/* An empty sum whose window is placed in advance, so that sums of one column can be merged without moving windows. */
static inline struct exact_sum
exact_sum_at(unsigned base)
{
  return (struct exact_sum){.tag = (uint64_t)base << EXACT_SUM_BASE_SHIFT};
}

static inline void
exact_sum_add_inline(struct exact_sum *sum, double value, struct exact_sum_memory *memory)
{
  __extension__ typedef __int128 int128;
  __extension__ typedef unsigned __int128 uint128;
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  unsigned exponent = (unsigned)(bits >> 52) & 0x7ffu;
  unsigned shift = exponent - (unsigned)(sum->tag >> EXACT_SUM_BASE_SHIFT);
  if (__builtin_expect(exponent - 1 < 0x7fe && shift <= EXACT_SUM_SHIFT_MOST, 1)) {
    uint64_t mantissa = (bits & ((UINT64_C(1) << 52) - 1)) | UINT64_C(1) << 52;
    uint128 sign = (uint128) - (int128)(bits >> 63);
    int128 term = (int128)((((uint128)mantissa << shift) ^ sign) - sign);
    int128 window = (int128)((uint128)sum->high << 64 | sum->low);
    if (__builtin_expect(!__builtin_add_overflow(window, term, &window), 1)) {
      sum->low = (uint64_t)window;
      sum->high = (uint64_t)((uint128)window >> 64);
      sum->tag++;
      return;
    }
  }
  exact_sum_add(sum, value, memory);
}

static inline void
exact_sum_merge_inline(struct exact_sum *target, const struct exact_sum *source,
                       struct exact_sum_memory *memory)
{
  __extension__ typedef __int128 int128;
  __extension__ typedef unsigned __int128 uint128;
  uint64_t base = source->tag >> EXACT_SUM_BASE_SHIFT;
  if (__builtin_expect(base < EXACT_SUM_MARKS, 1)) {
    if (target->tag >> EXACT_SUM_BASE_SHIFT == base) {
      int128 window = (int128)((uint128)target->high << 64 | target->low);
      int128 other = (int128)((uint128)source->high << 64 | source->low);
      if (__builtin_expect(!__builtin_add_overflow(window, other, &window), 1)) {
        target->low = (uint64_t)window;
        target->high = (uint64_t)((uint128)window >> 64);
        target->tag += source->tag & EXACT_SUM_COUNT_MASK;
        return;
      }
    } else if (target->tag == 0) {
      *target = *source;
      return;
    }
  }
  exact_sum_merge(target, source, memory);
}
