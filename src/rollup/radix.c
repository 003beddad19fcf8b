/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/radix.h"
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__)
#define HAS_BMI2_TWIN 1
#else
#define HAS_BMI2_TWIN 0
#endif

/* Below SMALL_COUNT clearing large tables costs more than a pass; above LARGE_COUNT keys are not in the cache, and many
 * places to write to cost more than a pass. */
enum {
  KEY_BITS = 64,
  SMALL_COUNT = 4096,
  LARGE_COUNT = 1 << 17,
  SMALL_DIGIT = 8,
  LARGE_DIGIT = 10,
  MOST_DIGIT = 11,
  DIGITS_MOST = KEY_BITS / SMALL_DIGIT,
};

/* tables[d << width | digit]: how many keys have the digit; then where the next one of them goes. */
INLINE void
count_digits_of(const uint64_t *keys, uint32_t count, unsigned low, unsigned width, unsigned digits,
                uint32_t *tables)
{
  const uint64_t mask = ((uint64_t)1 << width) - 1;
  memset(tables, 0, ((size_t)digits << width) * sizeof *tables);
  for (uint32_t i = 0; i < count; i++) {
    uint64_t rest = keys[i] >> low;
#pragma GCC unroll 8
    for (unsigned d = 0; d < digits; d++, rest >>= width)
      tables[((size_t)d << width) + (rest & mask)]++;
  }
}

static void
count_digits(const uint64_t *keys, uint32_t count, unsigned low, unsigned width, unsigned digits,
             uint32_t *tables)
{
  switch (digits) { /* known to the compiler, which unrolls: 1 ns a row */
  case 2:
    count_digits_of(keys, count, low, width, 2, tables);
    break;
  case 3:
    count_digits_of(keys, count, low, width, 3, tables);
    break;
  case 4:
    count_digits_of(keys, count, low, width, 4, tables);
    break;
  case 5:
    count_digits_of(keys, count, low, width, 5, tables);
    break;
  default:
    count_digits_of(keys, count, low, width, digits, tables);
  }
}

static void
starts_of_counts(uint32_t *table, uint32_t size)
{
  uint32_t start = 0;
  for (uint32_t digit = 0; digit < size; digit++) {
    uint32_t count = table[digit];
    table[digit] = start;
    start += count;
  }
}

uint64_t *
radix_sort(uint64_t *keys, uint64_t *other, uint32_t count, unsigned low, unsigned bits)
{
  uint32_t tables[(KEY_BITS / MOST_DIGIT + 1) << MOST_DIGIT];
  _Static_assert((DIGITS_MOST << SMALL_DIGIT) * sizeof *tables <= sizeof tables &&
                     ((KEY_BITS / LARGE_DIGIT + 1) << LARGE_DIGIT) * sizeof *tables <=
                         sizeof tables,
                 "digits of any width fit");
  if (bits == 0)
    return keys;
  const unsigned most = count < SMALL_COUNT   ? SMALL_DIGIT
                        : count > LARGE_COUNT ? LARGE_DIGIT
                                              : MOST_DIGIT;
  const unsigned digits = (bits + most - 1) / most, width = (bits + digits - 1) / digits;
  const uint64_t mask = ((uint64_t)1 << width) - 1;
  count_digits(keys, count, low, width, digits, tables);
  for (unsigned d = 0; d < digits; d++) {
    uint32_t *next = tables + ((size_t)d << width);
    unsigned shift = low + d * width;
    starts_of_counts(next, (uint32_t)1 << width);
    for (uint32_t i = 0; i < count; i++)
      other[next[keys[i] >> shift & mask]++] = keys[i];
    uint64_t *sorted = other;
    other = keys;
    keys = sorted;
  }
  return keys;
}

/* A mask as its runs of ones: bits move down together. */
struct moves {
  unsigned count;
  uint64_t target[KEY_BITS / 2];
  unsigned shift[KEY_BITS / 2];
};

static struct moves
moves_of(uint64_t mask)
{
  struct moves moves;
  unsigned done = 0;
  moves.count = 0;
  while (mask != 0) {
    unsigned start = (unsigned)__builtin_ctzll(mask);
    uint64_t from = mask >> start;
    unsigned length = from == UINT64_MAX ? KEY_BITS : (unsigned)__builtin_ctzll(~from);
    uint64_t ones = length == KEY_BITS ? UINT64_MAX : ((uint64_t)1 << length) - 1;
    moves.target[moves.count] = ones << done;
    moves.shift[moves.count++] = start - done;
    mask &= ~(ones << start);
    done += length;
  }
  return moves;
}

INLINE uint64_t
moved(const struct moves *moves, uint64_t word)
{
  uint64_t bits = 0;
  for (unsigned m = 0; m < moves->count; m++)
    bits |= word >> moves->shift[m] & moves->target[m];
  return bits;
}

INLINE uint64_t
shifted(uint64_t key, unsigned width)
{
  return width < KEY_BITS ? key << width : 0;
}

static void
append_plain(uint64_t *keys, const uint64_t *words, uint64_t mask, const uint32_t *rows,
             uint32_t count, bool is_first)
{
  const struct moves moves = moves_of(mask);
  const unsigned width = (unsigned)__builtin_popcountll(mask);
  for (uint32_t i = 0; i < count; i++) {
    uint64_t bits = moved(&moves, words[rows == NULL ? i : rows[i]]);
    keys[i] = is_first ? bits : shifted(keys[i], width) | bits;
  }
}

#if HAS_BMI2_TWIN
#include <immintrin.h>

__attribute__((target("bmi2"))) static void
append_bmi2(uint64_t *keys, const uint64_t *words, uint64_t mask, const uint32_t *rows,
            uint32_t count, bool is_first)
{
  const unsigned width = (unsigned)__builtin_popcountll(mask);
  if (rows != NULL) {
    for (uint32_t i = 0; i < count; i++) {
      uint64_t before = is_first ? 0 : shifted(keys[i], width);
      keys[i] = before | _pext_u64(words[rows[i]], mask);
    }
    return;
  }
  if (is_first) {
    for (uint32_t i = 0; i < count; i++)
      keys[i] = _pext_u64(words[i], mask);
    return;
  }
  for (uint32_t i = 0; i < count; i++)
    keys[i] = shifted(keys[i], width) | _pext_u64(words[i], mask);
}

/* Zen 1 and 2 (family 17h) and the family before them have it in microcode, tens of times slower.
 * Source: Agner Fog, "Instruction tables". */
static bool
extracts_fast(void)
{
  return __builtin_cpu_supports("bmi2") && !__builtin_cpu_is("amdfam17h") &&
         !__builtin_cpu_is("amdfam15h");
}
#endif

void
radix_append_bits(uint64_t *keys, const uint64_t *words, uint64_t mask, const uint32_t *rows,
                  uint32_t count, bool is_first, bool plain)
{
#if HAS_BMI2_TWIN
  if (!plain && extracts_fast()) {
    append_bmi2(keys, words, mask, rows, count, is_first);
    return;
  }
#else
  (void)plain;
#endif
  append_plain(keys, words, mask, rows, count, is_first);
}

uint64_t
radix_leading_bits(uint64_t mask, unsigned count)
{
  for (unsigned bits = (unsigned)__builtin_popcountll(mask); bits > count; bits--)
    mask &= mask - 1;
  return mask;
}
