/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/words_text.h"
#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
               "texts are loaded as little-endian words");

_Static_assert(WORDS_STRING_MOST * 8 < UINT8_MAX, "a length and one is a byte");

enum { INLINED_BYTES = sizeof((struct rollup_string *)NULL)->inlined };

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

/* Texts over 12 bytes stand anywhere, and nothing may be read after them: the last load ends where the text ends and
 * overlaps the one before it. */
INLINE void
encode_long(const struct rollup_string *string, uint64_t *const *words, unsigned count,
            uint32_t row)
{
  const char *text = string->pointer.address;
  uint32_t length = string->length;
  unsigned whole = length / 8, rest = length % 8;
  for (unsigned w = 0; w < whole; w++)
    words[w][row] = __builtin_bswap64(load_64(text + (size_t)w * 8));
  for (unsigned w = whole; w < count; w++)
    words[w][row] = 0;
  if (rest > 0)
    words[whole][row] = __builtin_bswap64(load_64(text + length - 8) >> (8 - rest) * 8);
  words[count - 1][row] |= length + 1;
}

INLINE bool
encode_string(const struct rollup_string *string, uint64_t *const *words, unsigned count,
              uint32_t row)
{
  uint32_t length = string->length;
  if (length >= count * 8)
    return false;
  if (length > INLINED_BYTES) {
    encode_long(string, words, count, row);
    return true;
  }
  uint64_t start = __builtin_bswap64(load_64(string->inlined));
  if (count == 1) {
    words[0][row] = start | (length + 1);
    return true;
  }
  uint64_t rest = (uint64_t)__builtin_bswap32(load_32(string->inlined + 8)) << 32;
  words[0][row] = start;
  words[1][row] = count == 2 ? rest | (length + 1) : rest;
  for (unsigned w = 2; w < count; w++)
    words[w][row] = w == count - 1 ? length + 1 : 0;
  return true;
}

/* Where some rows are NULL, these take the text of a row that is not, and are then overwritten with ones: no branch depends
 * on them. */
INLINE bool
encode_strings(const struct rollup_column *column, uint32_t rows, unsigned count,
               uint64_t *const *words, bool has_nulls, uint32_t valid_row)
{
  const struct rollup_string *strings = column->values;
  for (uint32_t row = 0; row < rows; row++) {
    bool is_valid = !has_nulls || rollup_is_valid(column, row);
    if (!encode_string(&strings[is_valid ? row : valid_row], words, count, row))
      return false;
    if (!has_nulls)
      continue;
    for (unsigned w = 0; w < count; w++)
      words[w][row] |= (uint64_t)is_valid - 1;
  }
  return true;
}

INLINE bool
encode_strings_of(const struct rollup_column *column, uint32_t rows, unsigned count,
                  uint64_t *const *words)
{
  bool starts_valid = rollup_is_valid(column, 0);
  uint32_t end = rollup_validity_end(column, 0, rows);
  if (end < rows)
    return encode_strings(column, rows, count, words, true, starts_valid ? 0 : end);
  if (starts_valid)
    return encode_strings(column, rows, count, words, false, 0);
  for (unsigned w = 0; w < count; w++)
    memset(words[w], 0xff, rows * sizeof **words);
  return true;
}

#if defined(__x86_64__)
/* Texts of up to 12 bytes into two words: the whole value is turned round at once. */
__attribute__((target("ssse3"))) static bool
encode_pairs(const struct rollup_string *strings, uint32_t rows, uint64_t *const *words)
{
  const __m128i one = _mm_set_epi32(0, 0, 0, 1);
  const __m128i bytes = _mm_set_epi8(12, 13, 14, 15, -1, -1, -1, 0, 4, 5, 6, 7, 8, 9, 10, 11);
  uint64_t *high = words[0], *low = words[1];
  for (uint32_t row = 0; row < rows; row++) {
    if (strings[row].length > INLINED_BYTES) {
      if (!encode_string(&strings[row], words, 2, row))
        return false;
      continue;
    }
    __m128i value = _mm_loadu_si128((const __m128i *)&strings[row]);
    value = _mm_shuffle_epi8(_mm_add_epi32(value, one), bytes);
    _mm_storel_epi64((__m128i *)&high[row], value);
    _mm_storel_epi64((__m128i *)&low[row], _mm_unpackhi_epi64(value, value));
  }
  return true;
}

static bool
turns_fast(void)
{
  return __builtin_cpu_supports("ssse3");
}
#else
static bool
encode_pairs(const struct rollup_string *strings, uint32_t rows, uint64_t *const *words)
{
  (void)strings, (void)rows, (void)words;
  return false;
}

static bool
turns_fast(void)
{
  return false;
}
#endif

bool
words_encode_texts(const struct rollup_column *column, uint32_t rows, unsigned word_count,
                   uint64_t *const *words, bool plain)
{
  switch (word_count) {
  case 0:
    return false;
  case 1:
    return encode_strings_of(column, rows, 1, words);
  case 2:
    if (!plain && turns_fast() && rollup_is_valid(column, 0) &&
        rollup_validity_end(column, 0, rows) == rows)
      return encode_pairs(column->values, rows, words);
    return encode_strings_of(column, rows, 2, words);
  default:
    return encode_strings_of(column, rows, word_count, words);
  }
}
