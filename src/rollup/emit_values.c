/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/exact_sum_inline.h"
#include "rollup/integer_sum.h"
#include "rollup/kernel.h"
#include "rollup/words.h"
#include <math.h>
#include <string.h>

/* A window's lowest bit is worth 2 to its base less this (exact_sum.h). */
#define EXPONENT_OFFSET 1075

struct target {
  struct emitter *emitter;
  const struct unit_aggregate *aggregate;
  unsigned column;
  const char *base;
  size_t stride;
  const uint32_t *index;
  uint32_t count;
  const struct emit_rows *rows;
};

static const void *
element_at(const struct target *target, uint32_t i)
{
  return target->base + (target->index == NULL ? i : target->index[i]) * target->stride;
}

static void
emit_counts(const struct target *target)
{
  uint64_t *out = target->emitter->values[target->column];
  for (uint32_t i = 0; i < target->count; i++) {
    out[i] = *(const uint64_t *)element_at(target, i);
  }
}

static void
emit_reals(const struct target *target)
{
  double *out = target->emitter->values[target->column];
  bool average = target->aggregate->spec->function == ROLLUP_AVERAGE;
  for (uint32_t i = 0; i < target->count; i++) {
    const struct exact_sum *sum = element_at(target, i);
    if (exact_sum_count(sum) == 0)
      emit_null(target->emitter, target->column, i);
    else
      out[i] = average ? exact_sum_average(sum) : exact_sum_result(sum);
  }
}

/* Where the power of two of a window's lowest bit is a normal number and so are all results, the conversion of 128 bits to
 * the nearest double is the only rounding. */
static bool
is_plain_base(unsigned base)
{
  return base > EXPONENT_OFFSET - 1022 && base + WINDOW_SHIFTS + 64 < EXPONENT_OFFSET + 1023 - 53;
}

static double
window_sum(const struct element_window *window, const struct element_kind *kind, uint64_t rows)
{
  struct exact_sum sum = exact_sum_at(kind->sum_base);
  sum.low = window->low;
  sum.high = window->high;
  sum.tag += rows;
  return exact_sum_result(&sum);
}

/* A group's rows are the count of a window: none of its values is NULL. */
static void
emit_windows(const struct target *target)
{
  __extension__ typedef __int128 int128;
  __extension__ typedef unsigned __int128 uint128;
  const struct element_kind *kind = &target->aggregate->kind;
  double *out = target->emitter->values[target->column];
  bool average = target->aggregate->spec->function == ROLLUP_AVERAGE;
  bool plain = is_plain_base(kind->sum_base);
  double unit = plain ? ldexp(1, (int)kind->sum_base - EXPONENT_OFFSET) : 0;
  for (uint32_t i = 0; i < target->count; i++) {
    const struct element_window *window = element_at(target, i);
    size_t at = target->index == NULL ? i : target->index[i];
    uint64_t rows =
        *(const uint64_t *)(const void *)(target->rows->base + at * target->rows->stride);
    if (rows == 0) {
      emit_null(target->emitter, target->column, i);
      continue;
    }
    double sum = plain ? (double)(int128)((uint128)window->high << 64 | window->low) * unit
                       : window_sum(window, kind, rows);
    out[i] = average ? sum / (double)rows : sum;
  }
}

/* As DuckDB 1.5 divides: SMALLINT and decimals of its width in double, all others in long double. */
static double
average_of(const struct element_integer *sum, double scale, bool narrow)
{
  __extension__ typedef __int128 int128;
  __extension__ typedef unsigned __int128 uint128;
  int128 value = (int128)((uint128)(uint64_t)sum->high << 64 | sum->low);
  if (narrow)
    return (double)value / ((double)sum->count * scale);
  return integer_average((long double)value, sum->count, scale);
}

static void
emit_integers(const struct target *target)
{
  const struct rollup_aggregate *spec = target->aggregate->spec;
  bool average = spec->function == ROLLUP_AVERAGE;
  bool narrow = target->emitter->pass->spec.columns[spec->argument] == ROLLUP_INT16;
  double *averages = target->emitter->values[target->column];
  uint64_t *sums = target->emitter->values[target->column];
  for (uint32_t i = 0; i < target->count; i++) {
    const struct element_integer *sum = element_at(target, i);
    if (sum->count == 0) {
      emit_null(target->emitter, target->column, i);
    } else if (average) {
      averages[i] = average_of(sum, spec->scale == 0 ? 1 : spec->scale, narrow);
    } else {
      sums[2 * i] = sum->low;
      sums[2 * i + 1] = (uint64_t)sum->high;
    }
  }
}

static void
emit_integers_128(const struct target *target)
{
  const struct rollup_aggregate *spec = target->aggregate->spec;
  bool average = spec->function == ROLLUP_AVERAGE;
  double *averages = target->emitter->values[target->column];
  struct integer_128 *sums = target->emitter->values[target->column];
  for (uint32_t i = 0; i < target->count; i++) {
    const struct integer_sum *sum = element_at(target, i);
    if (sum->count == 0)
      emit_null(target->emitter, target->column, i);
    else if (average)
      averages[i] = integer_sum_average(sum, spec->scale == 0 ? 1 : spec->scale);
    else
      (void)integer_sum_result(sum, spec->is_decimal, &sums[i]); /* it fits (overflow.c) */
  }
}

static void
emit_word_128(const struct target *target, uint32_t row, uint64_t ordered, uint64_t low)
{
  struct integer_128 *values = target->emitter->values[target->column];
  values[row] = element_integer_of(ordered, low);
}

static void
emit_ordered(const struct target *target, uint32_t row, enum rollup_type type, uint64_t word)
{
  words_ordered_value(type, word,
                      (char *)target->emitter->values[target->column] +
                          (size_t)row * rollup_type_bytes(type));
}

/* Doubles are kept as they are. */
static void
emit_real(const struct target *target, uint32_t row, enum rollup_type type, uint64_t word)
{
  double value, *reals = target->emitter->values[target->column];
  float *narrow = target->emitter->values[target->column];
  memcpy(&value, &word, sizeof value);
  if (type == ROLLUP_FLOAT)
    narrow[row] = (float)value;
  else
    reals[row] = value;
}

static void
emit_small_text(const struct target *target, uint32_t row, uint16_t code)
{
  unsigned column = (unsigned)target->aggregate->spec->argument;
  struct rollup_string *texts = target->emitter->values[target->column];
  if (!dictionary_value(target->emitter->pass->dictionaries[column], code, &texts[row]))
    emit_null(target->emitter, target->column, row);
}

/* The words of FIRST's argument, which is no small text. */
static void
emit_argument(const struct target *target, uint32_t row, const uint64_t *words)
{
  const struct emitter *emitter = target->emitter;
  unsigned count = target->aggregate->kind.argument_words;
  enum rollup_type type = emitter->pass->spec.columns[target->aggregate->spec->argument];
  if (type == ROLLUP_INT128) {
    emit_word_128(target, row, words[0], words[1]);
  } else if (type == ROLLUP_STRING) {
    struct rollup_string *texts = emitter->values[target->column];
    char *room = emitter->texts[target->column] + row * emitter->text_bytes[target->column];
    (void)words_decode(type, words, 1, count, &texts[row], room);
  } else if (type == ROLLUP_FLOAT || type == ROLLUP_DOUBLE) {
    emit_real(target, row, type, words[0]);
  } else {
    emit_ordered(target, row, type, words[0]);
  }
}

static void
emit_extremes(const struct target *target)
{
  enum element_type type = target->aggregate->kind.type;
  bool is_code = target->aggregate->kind.dictionary != NULL;
  const struct rollup_pass *pass = target->emitter->pass;
  for (uint32_t i = 0; i < target->count; i++) {
    uint64_t extreme = *(const uint64_t *)element_at(target, i);
    if (extreme == 0)
      emit_null(target->emitter, target->column, i);
    else if (is_code)
      emit_small_text(target, i, (uint16_t)(extreme - 1));
    else
      emit_ordered(target, i, pass->spec.columns[target->aggregate->spec->argument],
                   extreme_word(type, extreme));
  }
}

static void
emit_extremes_128(const struct target *target)
{
  for (uint32_t i = 0; i < target->count; i++) {
    element_word_128 extreme = element_extreme_get(element_at(target, i));
    element_word_128 word = extreme_word_128(target->aggregate->kind.type, extreme);
    if (extreme == 0)
      emit_null(target->emitter, target->column, i);
    else
      emit_word_128(target, i, (uint64_t)(word >> 64), (uint64_t)word);
  }
}

static void
emit_firsts(const struct target *target)
{
  const struct element_kind *kind = &target->aggregate->kind;
  for (uint32_t i = 0; i < target->count; i++) {
    const uint64_t *first = element_at(target, i);
    if ((first[0] & (FIRST_HAS_ROW | FIRST_NULL_ARGUMENT)) != FIRST_HAS_ROW)
      emit_null(target->emitter, target->column, i);
    else if (kind->dictionary != NULL)
      emit_small_text(target, i, (uint16_t)first_get(first, kind->argument));
    else
      emit_argument(target, i, first + kind->argument.word);
  }
}

static void
emit_sets(const struct target *target)
{
  uint64_t *out = target->emitter->values[target->column];
  for (uint32_t i = 0; i < target->count; i++) {
    const uint64_t *set = element_at(target, i);
    out[i] = 0;
    for (unsigned w = 0; w < target->aggregate->kind.set_words; w++)
      out[i] += (unsigned)__builtin_popcountll(set[w]);
  }
}

void
emit_elements(struct emitter *emitter, unsigned aggregate, const void *base, size_t stride,
              const uint32_t *index, uint32_t count, const struct emit_rows *rows)
{
  const struct target target = {.emitter = emitter,
                                .aggregate = &emitter->unit->aggregates[aggregate],
                                .column = emitter->spec->key_count + aggregate,
                                .base = base,
                                .stride = stride,
                                .index = index,
                                .count = count,
                                .rows = rows};
  switch (target.aggregate->kind.type) {
  case ELEMENT_COUNT:
    emit_counts(&target);
    break;
  case ELEMENT_REAL:
    emit_reals(&target);
    break;
  case ELEMENT_WINDOW:
    emit_windows(&target);
    break;
  case ELEMENT_INTEGER:
    emit_integers(&target);
    break;
  case ELEMENT_INTEGER_128:
    emit_integers_128(&target);
    break;
  case ELEMENT_MIN_128:
  case ELEMENT_MAX_128:
    emit_extremes_128(&target);
    break;
  case ELEMENT_MIN:
  case ELEMENT_MAX:
    emit_extremes(&target);
    break;
  case ELEMENT_FIRST:
    emit_firsts(&target);
    break;
  case ELEMENT_SET:
    emit_sets(&target);
    break;
  }
}

void
emit_rows(struct emitter *emitter, unsigned aggregate, const struct measure *measure,
          const struct piece *piece, const uint32_t *rows, uint32_t count)
{
  const struct target target = {.emitter = emitter,
                                .aggregate = &emitter->unit->aggregates[aggregate],
                                .column = emitter->spec->key_count + aggregate};
  for (uint32_t i = 0; i < count; i++) {
    uint64_t words[WORDS_STRING_MOST];
    if (rows[i] == UINT32_MAX || !piece_is_valid(piece, measure->valid, rows[i])) {
      emit_null(emitter, target.column, i);
    } else if (measure->code >= 0) {
      emit_small_text(&target, i, piece_code(piece, (unsigned)measure->code, rows[i]));
    } else {
      for (unsigned w = 0; w < measure->words; w++)
        words[w] = piece_values(piece, measure->is_text)[(unsigned)measure->number + w][rows[i]];
      emit_argument(&target, i, words);
    }
  }
}
