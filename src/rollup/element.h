/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: what an aggregate keeps of the rows of a group, a few bytes in an array or in a table's state. All zeros
 * is the element of no rows. Elements are merged in any order with the same result.
 *
 *     COUNT     uint64_t
 *     REAL      struct exact_sum
 *     WINDOW    struct element_window: an exact sum of doubles that are never NULL and have exponents near each other
 *     INTEGER   struct element_integer
 *     INTEGER_128
 *               struct integer_sum, of 128-bit integers
 *     MIN, MAX  uint64_t, 0 for none: of a number extreme_of its ordered word (words.h), whose largest is kept; of a small
 *               column its code + 1, compared by rank
 *     MIN_128, MAX_128
 *               struct element_extreme, 0 for none: extreme_of_128 a 128-bit integer, whose largest is kept
 *     FIRST     words: marks, the argument and the keys of its order (struct first_place); while a run is grouped the row's
 *               number, uint32_t
 *     SET       set_words uint64_t: a bit a code of a small column
 */
#pragma once

#include "rollup/dictionary.h"
#include "rollup/exact_sum.h"
#include "rollup/integer_sum.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum element_type {
  ELEMENT_COUNT,
  ELEMENT_REAL,
  ELEMENT_WINDOW,
  ELEMENT_INTEGER,
  ELEMENT_INTEGER_128,
  ELEMENT_MIN,
  ELEMENT_MAX,
  ELEMENT_MIN_128,
  ELEMENT_MAX_128,
  ELEMENT_FIRST,
  ELEMENT_SET,
};

struct element_integer {
  uint64_t low;
  int64_t high;
  uint64_t count;
};
/* Two's complement; the lowest bit is worth 2^(sum_base - 1075), as in exact_sum.h. Exponents up to WINDOW_SHIFTS above the
 * base leave room for 2^40 values. */
struct element_window {
  uint64_t low, high;
};
enum { WINDOW_SHIFTS = 33 };

/* 0 only of the one word that is at the end of its type. */
static inline uint64_t
extreme_of(enum element_type type, uint64_t word)
{
  return type == ELEMENT_MAX ? word + 1 : -word;
}
static inline uint64_t
extreme_word(enum element_type type, uint64_t extreme)
{
  return type == ELEMENT_MAX ? extreme - 1 : -extreme;
}

__extension__ typedef unsigned __int128 element_word_128;
/* The high word first in order, as in words.h. */
struct element_extreme {
  uint64_t low, high;
};
static inline element_word_128
element_extreme_get(const struct element_extreme *extreme)
{
  return (element_word_128)extreme->high << 64 | extreme->low;
}
/* As extreme_of: a word of 128 bits is the value with its sign bit flipped. */
static inline element_word_128
extreme_of_128(enum element_type type, element_word_128 word)
{
  return type == ELEMENT_MAX_128 ? word + 1 : -word;
}
static inline element_word_128
extreme_word_128(enum element_type type, element_word_128 extreme)
{
  return type == ELEMENT_MAX_128 ? extreme - 1 : -extreme;
}
/* The value of the two words that are kept of a 128-bit integer. */
static inline struct integer_128
element_integer_of(uint64_t ordered, uint64_t low)
{
  return (struct integer_128){.low = low, .high = (int64_t)(ordered ^ UINT64_C(1) << 63)};
}

/* Where a value stands in the words of FIRST's element: numbers have a word, 128-bit ones two, the high one first, large texts those
 * of their column (words.h), codes 16 bits of one. The first word's lowest 16 bits are marks: 0: there is a row; 1: its argument is
 * NULL; 2 + i: order key i is NULL. */
struct first_place {
  uint16_t word;
  uint8_t shift;
  bool is_code;
};
#define FIRST_HAS_ROW       UINT64_C(1)
#define FIRST_NULL_ARGUMENT UINT64_C(2)
#define FIRST_NULL_KEY      UINT64_C(4)
static inline uint64_t
first_get(const uint64_t *words, struct first_place place)
{
  uint64_t word = words[place.word] >> place.shift;
  return place.is_code ? word & 0xffff : word;
}
static inline void
first_put(uint64_t *words, struct first_place place, uint64_t value)
{
  words[place.word] |= value << place.shift;
}

/* One word of a key of FIRST's order, or its code. */
struct first_order {
  struct dictionary *dictionary; /* NULL: words are ordered by themselves */
  bool descending, nulls_first;
  bool is_text;            /* number is a word slot of a piece, not a number slot */
  uint8_t mark;            /* the key's number, the same for all its words */
  int number, valid, code; /* slots of a piece, or -1 */
  struct first_place place;
};

struct element_kind {
  enum element_type type;
  uint32_t bytes;                /* in a state */
  struct dictionary *dictionary; /* of the argument, when its codes are kept */
  const struct first_order *order;
  unsigned order_count; /* words and codes */
  struct first_place argument;
  unsigned argument_words; /* FIRST */
  unsigned set_words;
  unsigned sum_base;
  struct exact_sum_memory *sum_memory; /* REAL */
};

/* Bytes of an element while a run is grouped. */
uint32_t element_run_bytes(const struct element_kind *kind);

/* Makes count elements empty; sums get their windows placed. */
void element_clear(const struct element_kind *kind, void *elements, size_t count);

/* sources[i], elements of a run but FIRST's, is merged into the element at base + index[i] * stride; an index of
 * UINT32_MAX is left out. source_stride: 0 for the kind's bytes. */
void element_merge(const struct element_kind *kind, void *base, size_t stride,
                   const uint32_t *index, const void *sources, size_t count);

/* The same into an array of a run's elements, with 16-bit indexes. */
void element_merge_narrow(const struct element_kind *kind, void *base, const uint16_t *index,
                          const void *sources, size_t count);

/* One state into another of the same kind: all kinds. */
void element_merge_state(const struct element_kind *kind, void *target, const void *source);

/* Frees what sums hold. */
void element_free(const struct element_kind *kind, void *element);

/* Codes compared by rank. */
struct rank_view {
  struct dictionary *dictionary;
  const uint16_t *ranks;
  uint32_t count;
};
uint64_t rank_of(struct rank_view *view, uint64_t code);
