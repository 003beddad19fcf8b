/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/exact_sum.h"
#include "rollup/wide_sum.h"
#include <math.h>
#include <stdbool.h>
#include <string.h>

#define COUNT_MASK        ((UINT64_C(1) << 48) - 1)
#define BASE_SHIFT        48
#define EXACT_SUM_WIDE    0x4000u
#define EXACT_SUM_SPECIAL 0x8000u
#define EXACT_SUM_LOST    0xc000u

#define FRACTION_BITS 52
#define FRACTION_MASK ((UINT64_C(1) << FRACTION_BITS) - 1)
#define SPECIAL       0x7ffu
#define WINDOW_BITS   127 /* without the sign */
#define FIT_SHIFT     73  /* most that 53 bits can be shifted up and stay below 2^126 */
#define ROOM_BELOW    32  /* where the first value is put in the window: bits left free below it */
#define ROOM_CARRY    6   /* bits left free above when a window is moved */

__extension__ typedef __int128 int128;
__extension__ typedef unsigned __int128 uint128;

static unsigned
base_of(const struct exact_sum *sum)
{
  return (unsigned)(sum->tag >> BASE_SHIFT);
}

static void
set_base(struct exact_sum *sum, unsigned base)
{
  sum->tag = (sum->tag & COUNT_MASK) | (uint64_t)base << BASE_SHIFT;
}

static int128
window_of(const struct exact_sum *sum)
{
  return (int128)((uint128)sum->high << 64 | sum->low);
}

static void
set_window(struct exact_sum *sum, int128 window)
{
  sum->low = (uint64_t)window;
  sum->high = (uint64_t)((uint128)window >> 64);
}

static struct wide_sum *
wide_of(const struct exact_sum *sum)
{
  return (struct wide_sum *)(uintptr_t)sum->low;
}

static struct rollup_budget *
budget_of(const struct exact_sum *sum)
{
  return ((struct exact_sum_memory *)(uintptr_t)sum->high)->budget;
}

static double
special_of(const struct exact_sum *sum)
{
  double value;
  memcpy(&value, &sum->low, sizeof value);
  return value;
}

static uint128
magnitude_of(int128 window)
{
  return window < 0 ? -(uint128)window : (uint128)window;
}

static unsigned
trailing_zeros(uint128 value)
{
  uint64_t low = (uint64_t)value;
  return (unsigned)(low != 0 ? __builtin_ctzll(low)
                             : 64 + __builtin_ctzll((uint64_t)(value >> 64)));
}

static unsigned
bit_length(uint128 value)
{
  uint64_t high = (uint64_t)(value >> 64);
  return 64 +
         (unsigned)(high != 0 ? 64 - __builtin_clzll(high) : -__builtin_clzll((uint64_t)value));
}

/* value * 2^(from - to), exact by the caller's choice of to. */
static int128
move_window(int128 value, unsigned from, unsigned to)
{
  if (from < to)
    return value >> (to - from);
  return (int128)((uint128)value << (from - to));
}

/* There was no memory for it. */
static void
lose(struct exact_sum *sum, struct exact_sum_memory *memory)
{
  if (base_of(sum) == EXACT_SUM_WIDE)
    wide_sum_free(budget_of(sum), wide_of(sum));
  sum->low = sum->high = 0;
  set_base(sum, EXACT_SUM_LOST);
  atomic_store_explicit(&memory->has_lost, true, memory_order_relaxed);
}

/* Lets an infinity or NaN stand for the whole sum from now on. */
static void
add_special(struct exact_sum *sum, double value)
{
  if (base_of(sum) == EXACT_SUM_SPECIAL)
    value += special_of(sum);
  else if (base_of(sum) == EXACT_SUM_WIDE)
    wide_sum_free(budget_of(sum), wide_of(sum));
  if (isnan(value))
    value = (double)NAN;
  memcpy(&sum->low, &value, sizeof value);
  sum->high = 0;
  set_base(sum, EXACT_SUM_SPECIAL);
}

static void
add_to_wide(struct exact_sum *sum, bool negative, uint64_t magnitude, unsigned position,
            struct exact_sum_memory *memory)
{
  if (base_of(sum) != EXACT_SUM_WIDE || magnitude == 0)
    return;
  struct wide_sum *wide = wide_of(sum);
  bool added = wide_sum_add(budget_of(sum), &wide, negative, magnitude, position);
  sum->low = (uint64_t)(uintptr_t)wide;
  if (!added)
    lose(sum, memory);
}

/* A window's lowest bit is position base - 1; base 0 only occurs with an even window. */
static void
add_window_to_wide(struct exact_sum *sum, int128 window, unsigned base,
                   struct exact_sum_memory *memory)
{
  uint128 magnitude = magnitude_of(window);
  if (base == 0) {
    magnitude >>= 1;
    base = 1;
  }
  add_to_wide(sum, window < 0, (uint64_t)magnitude, base - 1, memory);
  add_to_wide(sum, window < 0, (uint64_t)(magnitude >> 64), base - 1 + 64, memory);
}

static void
make_wide(struct exact_sum *sum, struct exact_sum_memory *memory)
{
  int128 window = window_of(sum);
  unsigned base = base_of(sum);
  sum->low = 0;
  sum->high = (uint64_t)(uintptr_t)memory;
  set_base(sum, EXACT_SUM_WIDE);
  add_window_to_wide(sum, window, base, memory);
}

/* Adds window * 2^(base - 1075) to a window, neither zero, by placing both around their common bits; false when they do not fit. */
static bool
join_windows(struct exact_sum *sum, int128 window, unsigned base)
{
  int128 own = window_of(sum);
  unsigned own_base = base_of(sum);
  uint128 magnitude = magnitude_of(window);
  unsigned low = base + trailing_zeros(magnitude);
  unsigned high = base + bit_length(magnitude);
  unsigned own_low = own_base + trailing_zeros(magnitude_of(own));
  unsigned own_high = own_base + bit_length(magnitude_of(own));
  low = own_low < low ? own_low : low;
  high = own_high > high ? own_high : high;
  if (high - low > WINDOW_BITS - ROOM_CARRY)
    return false;
  unsigned below = (WINDOW_BITS - ROOM_CARRY - (high - low)) / 2;
  below = below < ROOM_BELOW ? below : ROOM_BELOW;
  unsigned new_base = low > below ? low - below : 1;
  set_window(sum, move_window(own, own_base, new_base) + move_window(window, base, new_base));
  set_base(sum, new_base);
  return true;
}

/* Adds window * 2^(base - 1075) to a sum that is neither special nor lost. */
static void
add_window(struct exact_sum *sum, int128 window, unsigned base, struct exact_sum_memory *memory)
{
  if (window == 0)
    return;
  if (base_of(sum) != EXACT_SUM_WIDE) {
    if (window_of(sum) == 0) {
      set_window(sum, window);
      set_base(sum, base);
      return;
    }
    if (join_windows(sum, window, base))
      return;
    make_wide(sum, memory);
  }
  add_window_to_wide(sum, window, base, memory);
}

/* Everything but a normal number that fits the window as it stands; the count is the caller's. */
static void
add_unusual(struct exact_sum *sum, uint64_t bits, struct exact_sum_memory *memory)
{
  unsigned exponent = (unsigned)(bits >> FRACTION_BITS) & SPECIAL;
  uint64_t mantissa = bits & FRACTION_MASK;
  if (base_of(sum) == EXACT_SUM_LOST)
    return;
  if (exponent == SPECIAL) {
    double value;
    memcpy(&value, &bits, sizeof value);
    add_special(sum, value);
    return;
  }
  if (base_of(sum) == EXACT_SUM_SPECIAL)
    return;
  if (exponent == 0)
    exponent = 1;
  else
    mantissa |= UINT64_C(1) << FRACTION_BITS;
  bool negative = bits >> 63 != 0;
  if (base_of(sum) == EXACT_SUM_WIDE) {
    add_to_wide(sum, negative, mantissa, exponent - 1, memory);
    return;
  }
  unsigned below = exponent > ROOM_BELOW ? ROOM_BELOW : exponent - 1;
  int128 window = (int128)mantissa << below;
  add_window(sum, negative ? -window : window, exponent - below, memory);
}

static inline void
add_one(struct exact_sum *sum, double value, struct exact_sum_memory *memory)
{
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  unsigned exponent = (unsigned)(bits >> FRACTION_BITS) & SPECIAL;
  unsigned shift = exponent - base_of(sum);
  sum->tag++;
  if (__builtin_expect(exponent - 1 < SPECIAL - 1 && shift <= FIT_SHIFT, 1)) {
    uint64_t mantissa = (bits & FRACTION_MASK) | UINT64_C(1) << FRACTION_BITS;
    uint128 sign = (uint128) - (int128)(bits >> 63);
    int128 term = (int128)((((uint128)mantissa << shift) ^ sign) - sign);
    int128 window;
    if (__builtin_expect(!__builtin_add_overflow(window_of(sum), term, &window), 1)) {
      set_window(sum, window);
      return;
    }
  }
  add_unusual(sum, bits, memory);
}

void
exact_sum_add(struct exact_sum *sum, double value, struct exact_sum_memory *memory)
{
  add_one(sum, value, memory);
}

void
exact_sum_add_many(struct exact_sum *sum, const double *values, size_t count,
                   struct exact_sum_memory *memory)
{
  struct exact_sum local = *sum;
  for (size_t i = 0; i < count; i++)
    add_one(&local, values[i], memory);
  *sum = local;
}

void
exact_sum_add_each(struct exact_sum *const *sums, const double *values, size_t count,
                   struct exact_sum_memory *memory)
{
  for (size_t i = 0; i < count; i++)
    add_one(sums[i], values[i], memory);
}

static void
merge_wide(struct exact_sum *target, const struct exact_sum *source,
           struct exact_sum_memory *memory)
{
  if (base_of(target) != EXACT_SUM_WIDE)
    make_wide(target, memory);
  if (base_of(target) == EXACT_SUM_LOST)
    return;
  struct wide_sum *wide = wide_of(target);
  bool merged = wide_sum_merge(budget_of(target), &wide, wide_of(source));
  target->low = (uint64_t)(uintptr_t)wide;
  if (!merged)
    lose(target, memory);
}

void
exact_sum_merge(struct exact_sum *target, const struct exact_sum *source,
                struct exact_sum_memory *memory)
{
  target->tag += source->tag & COUNT_MASK;
  unsigned base = base_of(source);
  if (base_of(target) == EXACT_SUM_LOST)
    return;
  if (base == EXACT_SUM_LOST) {
    lose(target, memory);
    return;
  }
  if (base == EXACT_SUM_SPECIAL) {
    add_special(target, special_of(source));
    return;
  }
  if (base_of(target) == EXACT_SUM_SPECIAL)
    return;
  if (base != EXACT_SUM_WIDE) {
    int128 window;
    if (base == base_of(target) &&
        !__builtin_add_overflow(window_of(target), window_of(source), &window))
      set_window(target, window);
    else
      add_window(target, window_of(source), base, memory);
    return;
  }
  merge_wide(target, source, memory);
}

bool
exact_sum_is_lost(const struct exact_sum *sum)
{
  return base_of(sum) == EXACT_SUM_LOST;
}

double
exact_sum_result(const struct exact_sum *sum)
{
  unsigned base = base_of(sum);
  if (base == EXACT_SUM_SPECIAL)
    return special_of(sum);
  if (base == EXACT_SUM_WIDE)
    return wide_sum_result(wide_of(sum));
  if (base == EXACT_SUM_LOST)
    return (double)NAN;
  int128 window = window_of(sum);
  if (window == 0)
    return 0.0;
  uint128 magnitude = magnitude_of(window);
  unsigned empty = 128 - bit_length(magnitude);
  magnitude <<= empty;
  int position = (int)base - 1 + 64 - (int)empty;
  return wide_sum_round(window < 0, (uint64_t)(magnitude >> 64), position,
                        (uint64_t)magnitude != 0);
}

uint64_t
exact_sum_count(const struct exact_sum *sum)
{
  return sum->tag & COUNT_MASK;
}

double
exact_sum_average(const struct exact_sum *sum)
{
  uint64_t count = exact_sum_count(sum);
  return count == 0 ? (double)NAN : exact_sum_result(sum) / (double)count;
}

void
exact_sum_clear(struct exact_sum *sum)
{
  if (base_of(sum) == EXACT_SUM_WIDE)
    wide_sum_free(budget_of(sum), wide_of(sum));
  *sum = (struct exact_sum){0};
}
