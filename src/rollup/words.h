/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: values as order-preserving words. Comparing the words of two values, first word first, as
 * unsigned numbers gives the order of the values, NULL last; equal values have equal words.
 *
 *     fixed types    [NULL ? 1 : 0] [value, its sign bit flipped; doubles as usual, -0.0 as 0.0, one NaN, above all]
 *     INT128         [NULL ? 1 : 0] [high, sign flipped] [low]
 *     strings        text as big-endian bytes padded with zeros, in the last byte of the last word the length + 1; NULL: all ones
 *                    (which no UTF-8 text begins with)
 *
 * A value of an entity key has as many words for all rows of a pass.
 */
#pragma once

#include "rollup/batch.h"
#include <stddef.h>

enum { WORDS_STRING_MOST = 31 }; /* words: texts up to 247 bytes, whose length is in one of them */

/* Words of a value; longest: bytes of the longest text. 0: no such words (text too long). */
unsigned words_of_type(enum rollup_type type, uint32_t longest);

/* The longest text of a column, NULLs aside; 0 for other types. */
uint32_t words_longest(enum rollup_type type, const struct rollup_column *column, uint32_t rows);

/* words[w][i] for the rows [0, rows), w < word_count; adds to vary[w] the bits in which any word differs from first[w] (when
 * has_first is false first is set to row 0's words). word_count is that of words_of_type, or more for strings. False: a text
 * is too long for word_count; first and vary are then as they were. plain forces the code without newer instructions
 * (SSSE3). Cost, ns a value: text of 12 bytes in two words 1.1 (plain 1.4), of 14 bytes 2.3, INT64 1.4, DOUBLE 1.8; NULLs
 * add 0.8 to 1.2. Nothing is read beyond a text's end. */
bool words_encode(enum rollup_type type, const struct rollup_column *column, uint32_t rows,
                  unsigned word_count, uint64_t *const *words, uint64_t *first, bool has_first,
                  uint64_t *vary, bool plain);

/* The value of a single fixed-type word as words_encode makes it (without the NULL word), and back. */
uint64_t words_ordered(enum rollup_type type, const void *values, uint32_t row);
void words_ordered_value(enum rollup_type type, uint64_t word, void *ret_value);

/* The other way for one value: words at words[0], words[stride], ...; writes the value into the array's element at ret_value (texts
 * over 12 bytes go to text, which must have word_count * 8 bytes). False: NULL; ret_value is then as it was. */
bool words_decode(enum rollup_type type, const uint64_t *words, size_t stride, unsigned word_count,
                  void *ret_value, char *text);
