/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/words.h"
#include "rollup/words_text.h"
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

#define SIGN_8       0x80u
#define SIGN_16      0x8000u
#define SIGN_32      0x80000000u
#define SIGN_64      0x8000000000000000u
#define INFINITE_32  0x7f800000u
#define INFINITE_64  0x7ff0000000000000u
#define QUIET_NAN_32 0xffc00000u /* ordered */
#define QUIET_NAN_64 0xfff8000000000000u

INLINE uint32_t
load_32(const void *bytes)
{
  uint32_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

INLINE uint64_t
load_64(const void *bytes)
{
  uint64_t word;
  memcpy(&word, bytes, sizeof word);
  return word;
}

INLINE uint64_t
ordered_float(uint32_t bits)
{
  uint32_t magnitude = bits & ~SIGN_32;
  uint32_t word = bits ^ ((bits & SIGN_32) != 0 ? UINT32_MAX : SIGN_32);
  word = magnitude == 0 ? SIGN_32 : word;
  return magnitude > INFINITE_32 ? QUIET_NAN_32 : word;
}

INLINE uint64_t
ordered_double(uint64_t bits)
{
  uint64_t magnitude = bits & ~SIGN_64;
  uint64_t word = bits ^ ((bits & SIGN_64) != 0 ? UINT64_MAX : SIGN_64);
  word = magnitude == 0 ? SIGN_64 : word;
  return magnitude > INFINITE_64 ? QUIET_NAN_64 : word;
}

/* A narrow value's own sign bit is flipped, not the word's: fewer bits vary. */
INLINE uint64_t
ordered(enum rollup_type type, const unsigned char *values, size_t row)
{
  uint16_t half;
  switch (type) {
  case ROLLUP_BOOL:
  case ROLLUP_UINT8:
    return values[row];
  case ROLLUP_INT8:
    return values[row] ^ SIGN_8;
  case ROLLUP_UINT16:
  case ROLLUP_INT16:
    memcpy(&half, values + row * 2, sizeof half);
    return type == ROLLUP_INT16 ? half ^ SIGN_16 : half;
  case ROLLUP_UINT32:
    return load_32(values + row * 4);
  case ROLLUP_INT32:
    return load_32(values + row * 4) ^ SIGN_32;
  case ROLLUP_FLOAT:
    return ordered_float(load_32(values + row * 4));
  case ROLLUP_INT64:
    return load_64(values + row * 8) ^ SIGN_64;
  case ROLLUP_DOUBLE:
    return ordered_double(load_64(values + row * 8));
  case ROLLUP_UINT64:
    return load_64(values + row * 8);
  case ROLLUP_INT128:
  case ROLLUP_STRING:
    break;
  }
  return 0;
}

uint64_t
words_ordered(enum rollup_type type, const void *values, uint32_t row)
{
  return ordered(type, values, row);
}

unsigned
words_of_type(enum rollup_type type, uint32_t longest)
{
  if (type == ROLLUP_INT128)
    return 3;
  if (type != ROLLUP_STRING)
    return 2;
  return longest < WORDS_STRING_MOST * 8 ? longest / 8 + 1 : 0;
}

uint32_t
words_longest(enum rollup_type type, const struct rollup_column *column, uint32_t rows)
{
  if (type != ROLLUP_STRING)
    return 0;
  const struct rollup_string *strings = column->values;
  uint32_t longest = 0;
  for (uint32_t row = 0; row < rows;) {
    uint32_t end = rollup_validity_end(column, row, rows);
    if (!rollup_is_valid(column, row))
      row = end;
    for (; row < end; row++)
      longest = strings[row].length > longest ? strings[row].length : longest;
  }
  return longest;
}

static void
encode_nulls(const struct rollup_column *column, uint32_t rows, uint64_t *nulls)
{
  memset(nulls, 0, rows * sizeof *nulls);
  if (column->validity == NULL)
    return;
  for (uint32_t row = 0; row < rows; row++)
    nulls[row] = !rollup_is_valid(column, row);
}

/* nulls says which values count, so that what stands under a NULL does not matter. */
INLINE void
encode_values(enum rollup_type type, const struct rollup_column *column, uint32_t rows,
              const uint64_t *nulls, uint64_t *words)
{
  if (column->validity == NULL) {
    for (uint32_t row = 0; row < rows; row++)
      words[row] = ordered(type, column->values, row);
    return;
  }
  for (uint32_t row = 0; row < rows; row++)
    words[row] = ordered(type, column->values, row) & (nulls[row] - 1);
}

static void
encode_wide(const struct rollup_column *column, uint32_t rows, const uint64_t *nulls,
            uint64_t *high, uint64_t *low)
{
  const unsigned char *values = column->values;
  for (uint32_t row = 0; row < rows; row++) {
    uint64_t kept = nulls[row] - 1;
    low[row] = load_64(values + (size_t)row * 16) & kept;
    high[row] = (load_64(values + (size_t)row * 16 + 8) ^ SIGN_64) & kept;
  }
}

static void
encode_fixed(enum rollup_type type, const struct rollup_column *column, uint32_t rows,
             uint64_t *const *words)
{
#define ENCODE(kind)                                                                               \
  case kind:                                                                                       \
    encode_values(kind, column, rows, words[0], words[1]);                                         \
    break
  encode_nulls(column, rows, words[0]);
  switch (type) {
    ENCODE(ROLLUP_BOOL);
    ENCODE(ROLLUP_INT8);
    ENCODE(ROLLUP_INT16);
    ENCODE(ROLLUP_INT32);
    ENCODE(ROLLUP_INT64);
    ENCODE(ROLLUP_UINT8);
    ENCODE(ROLLUP_UINT16);
    ENCODE(ROLLUP_UINT32);
    ENCODE(ROLLUP_UINT64);
    ENCODE(ROLLUP_FLOAT);
    ENCODE(ROLLUP_DOUBLE);
  case ROLLUP_INT128:
    encode_wide(column, rows, words[0], words[1], words[2]);
    break;
  case ROLLUP_STRING:
    break;
  }
#undef ENCODE
}

static uint64_t
differing_bits(const uint64_t *words, uint32_t rows, uint64_t first)
{
  uint64_t bits[4] = {0};
  uint32_t row = 0;
  for (; row + 4 <= rows; row += 4) {
    bits[0] |= words[row] ^ first;
    bits[1] |= words[row + 1] ^ first;
    bits[2] |= words[row + 2] ^ first;
    bits[3] |= words[row + 3] ^ first;
  }
  for (; row < rows; row++)
    bits[0] |= words[row] ^ first;
  return bits[0] | bits[1] | bits[2] | bits[3];
}

bool
words_encode(enum rollup_type type, const struct rollup_column *column, uint32_t rows,
             unsigned word_count, uint64_t *const *words, uint64_t *first, bool has_first,
             uint64_t *vary, bool plain)
{
  if (rows == 0)
    return true;
  if (type != ROLLUP_STRING)
    encode_fixed(type, column, rows, words);
  else if (!words_encode_texts(column, rows, word_count, words, plain))
    return false;
  for (unsigned w = 0; w < word_count; w++) {
    if (!has_first)
      first[w] = words[w][0];
    vary[w] |= differing_bits(words[w], rows, first[w]);
  }
  return true;
}
