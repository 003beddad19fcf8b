/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include "rollup/words.h"
#include <string.h>

#define ALIGNMENT 16u

static size_t
aligned(size_t bytes)
{
  return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

unsigned
emitter_columns(const struct rollup_spec *spec)
{
  return spec->key_count + spec->aggregate_count + 1;
}

enum rollup_type
rollup_result_type(const struct rollup_pass_spec *pass, const struct rollup_aggregate *aggregate)
{
  enum rollup_type type =
      aggregate->argument < 0 ? ROLLUP_INT64 : pass->columns[aggregate->argument];
  switch (aggregate->function) {
  case ROLLUP_COUNT_ROWS:
  case ROLLUP_COUNT:
  case ROLLUP_COUNT_DISTINCT:
    return ROLLUP_INT64;
  case ROLLUP_SUM:
    return type == ROLLUP_FLOAT || type == ROLLUP_DOUBLE ? ROLLUP_DOUBLE : ROLLUP_INT128;
  case ROLLUP_AVERAGE:
    return ROLLUP_DOUBLE;
  default:
    return type;
  }
}

static enum rollup_type
column_type(const struct rollup_pass *pass, const struct rollup_spec *spec, unsigned column)
{
  if (column < spec->key_count)
    return pass->spec.columns[spec->keys[column]];
  if (column < spec->key_count + spec->aggregate_count)
    return rollup_result_type(&pass->spec, &spec->aggregates[column - spec->key_count]);
  return ROLLUP_INT64;
}

unsigned
entity_word(const struct rollup_pass *pass, const struct family *family, unsigned column,
            unsigned *ret_count)
{
  unsigned at = 0;
  for (unsigned i = 0; i < family->entity_count; i++) {
    unsigned words = pass->columns[family->entity[i]].words;
    *ret_count = words;
    if (family->entity[i] == column)
      return at;
    at += words;
  }
  *ret_count = 0;
  return 0;
}

/* Large texts come out of words and need room. */
static size_t
text_bytes(const struct rollup_pass *pass, const struct unit *unit, unsigned column)
{
  const struct rollup_spec *spec = &pass->spec.rollups[unit->rollup];
  if (column_type(pass, spec, column) != ROLLUP_STRING)
    return 0;
  if (column < spec->key_count)
    return pass->columns[spec->keys[column]].is_large
               ? pass->families[unit->family].word_count * sizeof(uint64_t)
               : 0;
  const struct element_kind *kind = &unit->aggregates[column - spec->key_count].kind;
  return kind->dictionary == NULL ? kind->argument_words * sizeof(uint64_t) : 0;
}

static size_t
validity_bytes(uint32_t rows)
{
  return aligned((rows + 63) / 64 * sizeof(uint64_t));
}

size_t
emitter_bytes(const struct rollup_pass *pass, const struct unit *unit, uint32_t rows)
{
  const struct rollup_spec *spec = &pass->spec.rollups[unit->rollup];
  unsigned columns = emitter_columns(spec);
  size_t bytes = aligned(columns * sizeof(struct rollup_column)) +
                 3 * aligned(columns * sizeof(void *)) + aligned(columns) +
                 aligned(columns * sizeof(size_t));
  for (unsigned c = 0; c < columns; c++)
    bytes += aligned((size_t)rows * rollup_type_bytes(column_type(pass, spec, c))) +
             validity_bytes(rows) + aligned(rows * text_bytes(pass, unit, c));
  return bytes;
}

static void *
take(char **at, size_t bytes)
{
  void *taken = *at;
  *at += aligned(bytes);
  return taken;
}

void
emitter_place(struct emitter *emitter, const struct rollup_pass *pass, const struct unit *unit,
              void *memory, uint32_t rows)
{
  const struct rollup_spec *spec = &pass->spec.rollups[unit->rollup];
  unsigned columns = emitter_columns(spec);
  char *at = memory;
  *emitter = (struct emitter){.pass = pass, .unit = unit, .spec = spec, .rows = rows};
  emitter->columns = take(&at, columns * sizeof(struct rollup_column));
  emitter->values = take(&at, columns * sizeof(void *));
  emitter->validity = take(&at, columns * sizeof(void *));
  emitter->has_null = take(&at, columns);
  emitter->texts = take(&at, columns * sizeof(char *));
  emitter->text_bytes = take(&at, columns * sizeof(size_t));
  for (unsigned c = 0; c < columns; c++) {
    emitter->values[c] = take(&at, (size_t)rows * rollup_type_bytes(column_type(pass, spec, c)));
    emitter->validity[c] = take(&at, (rows + 63) / 64 * sizeof(uint64_t));
    bool rolled_up = c < spec->key_count && (unit->set >> c & 1) == 0;
    memset(emitter->validity[c], rolled_up ? 0 : 0xff, (rows + 63) / 64 * sizeof(uint64_t));
    emitter->text_bytes[c] = text_bytes(pass, unit, c);
    emitter->texts[c] = take(&at, rows * emitter->text_bytes[c]);
  }
}

void
emit_null(struct emitter *emitter, unsigned column, uint32_t row)
{
  row += emitter->first;
  emitter->validity[column][row / 64] &= ~(UINT64_C(1) << row % 64);
}

void
emit_code(struct emitter *emitter, unsigned key, uint32_t row, uint16_t code)
{
  unsigned column = emitter->spec->keys[key];
  size_t bytes = rollup_type_bytes(emitter->pass->spec.columns[column]);
  if (!dictionary_value(emitter->pass->dictionaries[column], code,
                        (char *)emitter->values[key] + row * bytes))
    emit_null(emitter, key, row);
}

void
emit_words(struct emitter *emitter, unsigned key, uint32_t row, const uint64_t *words,
           size_t stride, unsigned count)
{
  enum rollup_type type = emitter->pass->spec.columns[emitter->spec->keys[key]];
  if (!words_decode(type, words, stride, count,
                    (char *)emitter->values[key] + row * rollup_type_bytes(type),
                    emitter->texts[key] + row * emitter->text_bytes[key]))
    emit_null(emitter, key, row);
}

static bool
all_valid(const uint64_t *validity, uint32_t count)
{
  for (uint32_t w = 0; w < count / 64; w++)
    if (validity[w] != UINT64_MAX)
      return false;
  uint64_t rest = count % 64 == 0 ? 0 : (UINT64_C(1) << count % 64) - 1;
  return rest == 0 || (validity[count / 64] & rest) == rest;
}

/* Values of NULLs are zeros, so that the same result has the same bytes. */
static void
clear_nulls(struct emitter *emitter, unsigned column, uint32_t count)
{
  size_t bytes = rollup_type_bytes(column_type(emitter->pass, emitter->spec, column));
  for (uint32_t i = 0; i < count; i++)
    if ((emitter->validity[column][i / 64] >> i % 64 & 1) == 0)
      memset((char *)emitter->values[column] + i * bytes, 0, bytes);
}

void
emitter_advance(struct emitter *emitter, uint32_t rows)
{
  for (unsigned c = 0; c < emitter_columns(emitter->spec); c++) {
    emitter->values[c] = (char *)emitter->values[c] +
                         rows * rollup_type_bytes(column_type(emitter->pass, emitter->spec, c));
    emitter->texts[c] += rows * emitter->text_bytes[c];
  }
  emitter->first += rows;
}

/* Back to the first row. */
static void
rewind_values(struct emitter *emitter)
{
  for (unsigned c = 0; c < emitter_columns(emitter->spec); c++)
    emitter->values[c] =
        (char *)emitter->values[c] -
        emitter->first * rollup_type_bytes(column_type(emitter->pass, emitter->spec, c));
  emitter->first = 0;
}

void
emitter_finish(struct emitter *emitter, uint32_t count)
{
  unsigned columns = emitter_columns(emitter->spec);
  count += emitter->first;
  rewind_values(emitter);
  uint64_t all =
      emitter->spec->key_count >= 64 ? UINT64_MAX : (UINT64_C(1) << emitter->spec->key_count) - 1;
  uint64_t *bits = emitter->values[columns - 1];
  for (uint32_t i = 0; i < count; i++)
    bits[i] = all & ~emitter->unit->set;
  for (unsigned c = 0; c < columns; c++) {
    bool valid = all_valid(emitter->validity[c], count);
    if (!valid)
      clear_nulls(emitter, c, count);
    emitter->columns[c] = (struct rollup_column){.values = emitter->values[c],
                                                 .validity = valid ? NULL : emitter->validity[c]};
  }
}
