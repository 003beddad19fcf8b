/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/dictionary.h"
#include "rollup/dictionary_table.h"
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

enum { INDEX_BITS = 10, ENTRIES = 1 << INDEX_BITS };

/* Where nothing is known yet there is a key that belongs to another entry: no value is ever compared with it. */
struct entry {
  struct dictionary_key key;
  uint64_t code;
};

struct dictionary_memo {
  struct dictionary *dictionary;
  struct entry entries[ENTRIES];
};

INLINE uint32_t
index_of(struct dictionary_key key)
{
  return (uint32_t)((key.words[0] * 0x9e3779b97f4a7c15u + key.words[1] * 0xd1b54a32d192ed03u) >>
                    (64 - INDEX_BITS));
}

struct dictionary_memo *
dictionary_memo_new(struct dictionary *dictionary)
{
  struct dictionary_memo *memo = budget_alloc(dictionary->budget, sizeof *memo);
  if (memo == NULL)
    return NULL;
  memo->dictionary = dictionary;
  uint64_t elsewhere = 1;
  while (index_of((struct dictionary_key){{elsewhere, 0}}) == 0)
    elsewhere++;
  memo->entries[0].key.words[0] = elsewhere; /* all others keep key 0, which belongs to the first */
  return memo;
}

void
dictionary_memo_free(struct dictionary_memo *memo)
{
  if (memo != NULL)
    budget_free(memo->dictionary->budget, memo, sizeof *memo);
}

/* How a type's values become keys. */
enum shape { BYTES_1, BYTES_2, BYTES_4, BYTES_8, BYTES_16, FLOATS, DOUBLES, STRINGS };

static enum shape
shape_of(enum rollup_type type)
{
  if (type == ROLLUP_STRING)
    return STRINGS;
  if (type == ROLLUP_FLOAT)
    return FLOATS;
  if (type == ROLLUP_DOUBLE)
    return DOUBLES;
  switch (rollup_type_bytes(type)) {
  case 1:
    return BYTES_1;
  case 2:
    return BYTES_2;
  case 4:
    return BYTES_4;
  case 8:
    return BYTES_8;
  default:
    return BYTES_16;
  }
}

INLINE bool
has_two_words(enum shape shape)
{
  return shape == BYTES_16 || shape == STRINGS;
}

static uint64_t
text_hash(const char *text, uint32_t length)
{
  struct dictionary_key step = {{length, 0}};
  for (uint32_t done = 0; done + 8 < length; done += 8) {
    memcpy(&step.words[1], text + done, 8);
    step.words[0] = dictionary_hash(step);
  }
  memcpy(&step.words[1], text + length - 8, 8);
  return dictionary_hash(step);
}

INLINE uint64_t
double_key(uint64_t bits)
{
  uint64_t magnitude = bits & (UINT64_MAX >> 1);
  if (magnitude > 0x7ff0000000000000u)
    return 0x7ff8000000000000u;
  return magnitude != 0 ? bits : 0;
}

INLINE uint64_t
float_key(uint32_t bits)
{
  uint32_t magnitude = bits & (UINT32_MAX >> 1);
  if (magnitude > 0x7f800000u)
    return 0x7fc00000u;
  return magnitude != 0 ? bits : 0;
}

INLINE struct dictionary_key
key_of(enum shape shape, const unsigned char *values, size_t row)
{
  struct dictionary_key key = {{0, 0}};
  uint32_t bits;
  switch (shape) {
  case BYTES_1:
    key.words[0] = values[row];
    break;
  case BYTES_2:
    memcpy(key.words, values + row * 2, 2);
    break;
  case BYTES_4:
    memcpy(key.words, values + row * 4, 4);
    break;
  case BYTES_8:
    memcpy(key.words, values + row * 8, 8);
    break;
  case BYTES_16:
  case STRINGS:
    memcpy(key.words, values + row * 16, 16);
    break;
  case FLOATS:
    memcpy(&bits, values + row * 4, 4);
    key.words[0] = float_key(bits);
    break;
  case DOUBLES:
    memcpy(key.words, values + row * 8, 8);
    key.words[0] = double_key(key.words[0]);
    break;
  }
  return key;
}

static __attribute__((noinline)) enum dictionary_status
ask(struct dictionary_memo *memo, struct dictionary_key key, const struct rollup_string *string,
    struct entry *entry)
{
  uint16_t code;
  enum dictionary_status status = dictionary_find(memo->dictionary, key, string, &code);
  if (status == DICTIONARY_OK)
    *entry = (struct entry){key, code};
  return status;
}

INLINE enum dictionary_status
code_of(struct dictionary_memo *memo, enum shape shape, const void *values, uint32_t row,
        uint16_t *ret_code)
{
  struct dictionary_key key = key_of(shape, values, row);
  const struct rollup_string *string = NULL;
  bool is_long = false;
  if (shape == STRINGS) {
    string = (const struct rollup_string *)values + row;
    is_long = string->length > sizeof string->inlined;
    if (is_long)
      key.words[1] = text_hash(string->pointer.address, string->length);
  }
  struct entry *entry = &memo->entries[index_of(key)];
  bool is_known = entry->key.words[0] == key.words[0] &&
                  (!has_two_words(shape) || entry->key.words[1] == key.words[1]);
  if (__builtin_expect(!is_known, 0) ||
      (is_long && !dictionary_has_text(memo->dictionary, (uint16_t)entry->code, string))) {
    enum dictionary_status status = ask(memo, key, string, entry);
    if (status != DICTIONARY_OK)
      return status;
  }
  *ret_code = (uint16_t)entry->code;
  return DICTIONARY_OK;
}

/* A column in which some rows are NULL: these take the value of a row that is not, so that no branch depends on them. */
struct rows {
  const struct rollup_column *column;
  uint32_t count;
  uint32_t valid_row;
  uint16_t null_code;
};

INLINE enum dictionary_status
codes_of_shape(struct dictionary_memo *memo, enum shape shape, const struct rows *rows,
               bool has_nulls, uint16_t *codes)
{
  const void *values = rows->column->values;
  for (uint32_t row = 0; row < rows->count; row++) {
    bool is_valid = !has_nulls || rollup_is_valid(rows->column, row);
    enum dictionary_status status =
        code_of(memo, shape, values, is_valid ? row : rows->valid_row, &codes[row]);
    if (status != DICTIONARY_OK)
      return status;
    if (has_nulls)
      codes[row] = is_valid ? codes[row] : rows->null_code;
  }
  return DICTIONARY_OK;
}

INLINE enum dictionary_status
codes_of_rows(struct dictionary_memo *memo, const struct rows *rows, bool has_nulls,
              uint16_t *codes)
{
  switch (shape_of(memo->dictionary->type)) {
  case BYTES_1:
    return codes_of_shape(memo, BYTES_1, rows, has_nulls, codes);
  case BYTES_2:
    return codes_of_shape(memo, BYTES_2, rows, has_nulls, codes);
  case BYTES_4:
    return codes_of_shape(memo, BYTES_4, rows, has_nulls, codes);
  case BYTES_8:
    return codes_of_shape(memo, BYTES_8, rows, has_nulls, codes);
  case BYTES_16:
    return codes_of_shape(memo, BYTES_16, rows, has_nulls, codes);
  case FLOATS:
    return codes_of_shape(memo, FLOATS, rows, has_nulls, codes);
  case DOUBLES:
    return codes_of_shape(memo, DOUBLES, rows, has_nulls, codes);
  case STRINGS:
    break;
  }
  return codes_of_shape(memo, STRINGS, rows, has_nulls, codes);
}

static enum dictionary_status
codes_of_values(struct dictionary_memo *memo, const struct rollup_column *column, uint32_t count,
                uint16_t *codes)
{
  return codes_of_rows(memo, &(struct rows){.column = column, .count = count}, false, codes);
}

static enum dictionary_status
codes_of_some(struct dictionary_memo *memo, const struct rollup_column *column, uint32_t count,
              uint16_t *codes)
{
  struct rows rows = {.column = column, .count = count};
  if (!rollup_is_valid(column, 0))
    rows.valid_row = rollup_validity_end(column, 0, count);
  enum dictionary_status status = dictionary_find_null(memo->dictionary, &rows.null_code);
  return status == DICTIONARY_OK ? codes_of_rows(memo, &rows, true, codes) : status;
}

static void
fill(uint16_t *codes, uint32_t count)
{
  for (uint32_t done = 1; done < count; done *= 2)
    memcpy(codes + done, codes, (count - done < done ? count - done : done) * sizeof *codes);
}

/* A block is all one value when it equals itself moved by one; the others are compared with that block, which stays in the
 * cache. */
static bool
is_one_value(const unsigned char *values, size_t value_bytes, uint32_t count)
{
  size_t bytes = count * value_bytes, block = 1024;
  if (memcmp(values + bytes - value_bytes, values, value_bytes) != 0)
    return false;
  block = bytes < block ? bytes : block;
  if (memcmp(values, values + value_bytes, block - value_bytes) != 0)
    return false;
  for (size_t done = block; done < bytes; done += block) {
    if (memcmp(values, values + done, bytes - done < block ? bytes - done : block) != 0)
      return false;
  }
  return true;
}

enum dictionary_status
dictionary_codes(struct dictionary_memo *memo, const struct rollup_column *column, uint32_t rows,
                 uint16_t *codes)
{
  if (rows == 0)
    return DICTIONARY_OK;
  if (rollup_validity_end(column, 0, rows) < rows)
    return codes_of_some(memo, column, rows, codes);
  bool is_null = !rollup_is_valid(column, 0);
  if (!is_null && !is_one_value(column->values, rollup_type_bytes(memo->dictionary->type), rows))
    return codes_of_values(memo, column, rows, codes);
  enum dictionary_status status = is_null ? dictionary_find_null(memo->dictionary, codes)
                                          : codes_of_values(memo, column, 1, codes);
  if (status == DICTIONARY_OK)
    fill(codes, rows);
  return status;
}
