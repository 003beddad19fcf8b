/* SPDX-License-Identifier: Apache-2.0
 *
 * Random columns of every type, with all that is special about them, and their order by the book. Texts over 12 bytes stand in
 * blocks of exactly their length, and what stands under a NULL is rubbish: who reads too much is caught by AddressSanitizer.
 */
#pragma once

#include "rollup/batch.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const enum rollup_type every_type[] = {
    ROLLUP_BOOL,   ROLLUP_INT8,   ROLLUP_INT16,  ROLLUP_INT32,  ROLLUP_INT64,
    ROLLUP_INT128, ROLLUP_UINT8,  ROLLUP_UINT16, ROLLUP_UINT32, ROLLUP_UINT64,
    ROLLUP_FLOAT,  ROLLUP_DOUBLE, ROLLUP_STRING,
};
enum { TYPES = sizeof every_type / sizeof *every_type };

/* xorshift64; Source: G. Marsaglia, "Xorshift RNGs", 2003. */
static inline uint64_t
random_next(uint64_t *state)
{
  *state ^= *state << 13;
  *state ^= *state >> 7;
  *state ^= *state << 17;
  return *state;
}

static inline uint32_t
random_below(uint64_t *state, uint32_t bound)
{
  return (uint32_t)((random_next(state) >> 16) % bound);
}

static inline uint64_t
bits_of(double value)
{
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  return bits;
}

/* Room for a value of any type. */
union value {
  unsigned char bytes[16];
  uint64_t words[2];
  float single;
  double number;
  struct rollup_string string;
};

struct kit_column {
  enum rollup_type type;
  uint32_t rows;
  unsigned char *values;
  uint64_t *validity;
  char **texts;
  struct rollup_column column;
};

/* Many texts share a long beginning; some hold NUL bytes. */
static inline uint32_t
random_text(uint64_t *state, uint32_t longest, char *text)
{
  static const char beginning[] = "https://example.com/a/path/that/all/of/them/share/";
  uint32_t length = random_below(state, 8) == 0 ? 0 : random_below(state, longest + 1);
  uint32_t shared = random_below(state, 2) == 0 ? 0 : (uint32_t)sizeof beginning - 1;
  for (uint32_t i = 0; i < length; i++) {
    if (i < shared)
      text[i] = beginning[i];
    else
      text[i] = (char)(random_below(state, 3) == 0 ? 0 : "ab\x01\xf4"[random_below(state, 4)]);
  }
  return length;
}

static inline union value
random_number(uint64_t *state, enum rollup_type type)
{
  static const double numbers[] = {
      0.0,  -0.0,  1.0, -1.0, INFINITY, -INFINITY, 0x1p-1074, -0x1p-1074, 0x1.fffffffffffffp1023,
      1e30, -1e-30};
  union value value = {.words = {random_next(state), random_next(state)}};
  unsigned kind = random_below(state, 6);
  if (type == ROLLUP_BOOL)
    value.words[0] &= 1;
  else if (type == ROLLUP_DOUBLE && kind < 3)
    value.number = numbers[random_below(state, sizeof numbers / sizeof *numbers)];
  else if (type == ROLLUP_DOUBLE && kind == 3)
    value.words[0] |= 0x7ff0000000000000u; /* mostly NaN, of both signs and many kinds */
  else if (type == ROLLUP_FLOAT && kind < 3)
    value.single = (float)numbers[random_below(state, sizeof numbers / sizeof *numbers)];
  else if (type == ROLLUP_FLOAT && kind == 3)
    value.words[0] |= 0x7f800000u;
  else if (type != ROLLUP_DOUBLE && type != ROLLUP_FLOAT && kind < 2) /* near both ends and 0 */
    value = (union value){.words = {random_below(state, 3) - 1u, 0 - (uint64_t)(kind == 0)}};
  else if (type == ROLLUP_INT128 && kind == 2)
    value.words[1] = (uint64_t)1 << 63;
  else if (type == ROLLUP_INT128 && kind == 3)
    value = (union value){.words = {UINT64_MAX, UINT64_MAX >> 1}};
  return value;
}

static inline void
kit_set_text(struct kit_column *kit, uint32_t row, const char *text, uint32_t length)
{
  struct rollup_string string = rollup_string_of(text, length);
  if (length > 12) {
    kit->texts[row] = malloc(length);
    memcpy(kit->texts[row], text, length);
    string.pointer.address = kit->texts[row];
  }
  memcpy(kit->values + row * sizeof string, &string, sizeof string);
}

/* NULLs in null_percent of the rows; distinct: values come from as many, about; 0: any. */
static inline struct kit_column
kit_column_new(uint64_t *state, enum rollup_type type, uint32_t rows, uint32_t longest,
               unsigned null_percent, uint32_t distinct)
{
  struct kit_column kit = {.type = type, .rows = rows};
  const size_t bytes = rollup_type_bytes(type);
  char text[256];
  uint64_t pool = random_next(state);
  kit.values = malloc(rows * bytes);
  kit.texts = calloc(rows, sizeof *kit.texts);
  if (null_percent > 0)
    kit.validity = calloc((rows + 63) / 64, sizeof *kit.validity);
  for (uint32_t row = 0; row < rows; row++) {
    uint64_t own = pool + random_below(state, distinct > 0 ? distinct : 1) * 0x9e3779b97f4a7c15u;
    uint64_t *source = distinct > 0 ? &own : state;
    random_next(source);
    if (null_percent > 0 && random_below(state, 100) < null_percent) {
      memset(kit.values + row * bytes, 0xe0 + (int)random_below(state, 16), bytes);
      continue;
    }
    if (kit.validity != NULL)
      kit.validity[row / 64] |= (uint64_t)1 << (row % 64);
    if (type == ROLLUP_STRING) {
      kit_set_text(&kit, row, text, random_text(source, longest, text));
    } else {
      union value value = random_number(source, type);
      memcpy(kit.values + row * bytes, value.bytes, bytes);
    }
  }
  kit.column = (struct rollup_column){kit.values, kit.validity};
  return kit;
}

static inline void
kit_column_free(struct kit_column *kit)
{
  for (uint32_t row = 0; row < kit->rows; row++)
    free(kit->texts[row]);
  free(kit->texts);
  free(kit->values);
  free(kit->validity);
}

static inline union value
kit_value(const struct kit_column *kit, uint32_t row)
{
  union value value = {.words = {0, 0}};
  const size_t bytes = rollup_type_bytes(kit->type);
  memcpy(value.bytes, kit->values + row * bytes, bytes);
  return value;
}

static inline int
compare_doubles(double a, double b)
{
  if (isnan(a) || isnan(b))
    return (isnan(a) != 0) - (isnan(b) != 0);
  return (a > b) - (a < b);
}

static inline int
compare_texts(const struct rollup_string *a, const struct rollup_string *b)
{
  const char *of_a = rollup_string_text(a), *of_b = rollup_string_text(b);
  for (uint32_t i = 0; i < a->length && i < b->length; i++) {
    if (of_a[i] != of_b[i])
      return (unsigned char)of_a[i] < (unsigned char)of_b[i] ? -1 : 1;
  }
  return (a->length > b->length) - (a->length < b->length);
}

/* By the book, as memcmp; NULL pointers are NULLs, which come last. */
static inline int
compare_values(enum rollup_type type, const union value *a, const union value *b)
{
#define COMPARE(kind, ctype)                                                                       \
  case kind: {                                                                                     \
    ctype of_a, of_b;                                                                              \
    memcpy(&of_a, a, sizeof of_a);                                                                 \
    memcpy(&of_b, b, sizeof of_b);                                                                 \
    return (of_a > of_b) - (of_a < of_b);                                                          \
  }
  if (a == NULL || b == NULL)
    return (a == NULL) - (b == NULL);
  switch (type) {
    COMPARE(ROLLUP_BOOL, uint8_t)
    COMPARE(ROLLUP_INT8, int8_t)
    COMPARE(ROLLUP_INT16, int16_t)
    COMPARE(ROLLUP_INT32, int32_t)
    COMPARE(ROLLUP_INT64, int64_t)
    COMPARE(ROLLUP_INT128, __int128)
    COMPARE(ROLLUP_UINT8, uint8_t)
    COMPARE(ROLLUP_UINT16, uint16_t)
    COMPARE(ROLLUP_UINT32, uint32_t)
    COMPARE(ROLLUP_UINT64, uint64_t)
  case ROLLUP_FLOAT:
    return compare_doubles((double)a->single, (double)b->single);
  case ROLLUP_DOUBLE:
    return compare_doubles(a->number, b->number);
  case ROLLUP_STRING:
    break;
  }
  return compare_texts(&a->string, &b->string);
#undef COMPARE
}

static inline int
kit_compare(const struct kit_column *kit, uint32_t a, uint32_t b)
{
  union value of_a = kit_value(kit, a), of_b = kit_value(kit, b);
  return compare_values(kit->type, rollup_is_valid(&kit->column, a) ? &of_a : NULL,
                        rollup_is_valid(&kit->column, b) ? &of_b : NULL);
}
