/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include <stdlib.h>
#include <string.h>

static int
place_set(struct rollup_pass *pass, unsigned column, struct measure *measure)
{
  measure->code = slot_of_code(pass, column);
  measure->kind.type = ELEMENT_SET;
  measure->kind.set_words = pass->knowledge.columns[column].set_words;
  measure->kind.bytes = measure->kind.set_words * (uint32_t)sizeof(uint64_t);
  return measure->code < 0 ? PLACE_NO_MEMORY : 0;
}

/* A window has no count of its own: the group's rows are its count, so it takes neither NULLs nor filters. */
static bool
fits_window(const struct column_knowledge *known, const struct rollup_aggregate *aggregate)
{
  return known->window_base != 0 && aggregate->filter < 0;
}

static int
place_sum(struct rollup_pass *pass, unsigned rollup, const struct rollup_aggregate *aggregate,
          struct measure *measure)
{
  unsigned column = (unsigned)aggregate->argument;
  enum rollup_type type = pass->spec.columns[column];
  if (type == ROLLUP_STRING)
    return place_give_up(pass, rollup, "it sums texts");
  if (type == ROLLUP_INT128) {
    measure->kind.type = ELEMENT_INTEGER_128;
    measure->kind.bytes = sizeof(struct integer_sum);
    return place_argument(pass, rollup, NUMBER_ORDERED, measure);
  }
  bool real = type == ROLLUP_FLOAT || type == ROLLUP_DOUBLE;
  measure->kind.type = real ? ELEMENT_REAL : ELEMENT_INTEGER;
  measure->kind.sum_base = pass->knowledge.columns[column].sum_base;
  measure->kind.sum_memory = &pass->sum_memory;
  measure->kind.bytes = sizeof(struct element_integer);
  if (real)
    measure->kind.bytes = sizeof(struct exact_sum);
  if (real && fits_window(&pass->knowledge.columns[column], aggregate)) {
    measure->kind.type = ELEMENT_WINDOW;
    measure->kind.bytes = sizeof(struct element_window);
    measure->kind.sum_base = pass->knowledge.columns[column].window_base;
  }
  measure->is_unsigned = type == ROLLUP_UINT64;
  measure->number = slot_of_number(pass, column, real ? NUMBER_REAL : NUMBER_INTEGER);
  return measure->number < 0 ? PLACE_NO_MEMORY : 0;
}

static int
place_extreme(struct rollup_pass *pass, unsigned rollup, const struct rollup_aggregate *aggregate,
              struct measure *measure)
{
  bool wide = pass->spec.columns[measure->column] == ROLLUP_INT128;
  if (aggregate->function == ROLLUP_MIN)
    measure->kind.type = wide ? ELEMENT_MIN_128 : ELEMENT_MIN;
  else
    measure->kind.type = wide ? ELEMENT_MAX_128 : ELEMENT_MAX;
  measure->kind.bytes = wide ? sizeof(struct element_extreme) : sizeof(uint64_t);
  const struct column_knowledge *known = &pass->knowledge.columns[measure->column];
  bool is_text = pass->spec.columns[measure->column] == ROLLUP_STRING && known->is_large;
  if (known->has_extreme || is_text)
    return place_extreme_as_first(pass, rollup, aggregate, measure);
  return place_argument(pass, rollup, NUMBER_ORDERED, measure);
}

static int
place(struct rollup_pass *pass, unsigned rollup, const struct rollup_aggregate *aggregate,
      struct measure *measure)
{
  measure->number = measure->valid = measure->code = -1;
  measure->kind.type = ELEMENT_COUNT;
  measure->kind.bytes = sizeof(uint64_t);
  if (aggregate->function == ROLLUP_COUNT_ROWS)
    return 0;
  unsigned column = (unsigned)aggregate->argument;
  measure->column = column;
  measure->valid = slot_of_valid(pass, column);
  if (measure->valid < 0)
    return PLACE_NO_MEMORY;
  switch (aggregate->function) {
  case ROLLUP_SUM:
  case ROLLUP_AVERAGE:
    return place_sum(pass, rollup, aggregate, measure);
  case ROLLUP_MIN:
  case ROLLUP_MAX:
    return place_extreme(pass, rollup, aggregate, measure);
  case ROLLUP_FIRST:
    return place_first(pass, rollup, aggregate, measure);
  case ROLLUP_COUNT_DISTINCT:
    return place_set(pass, column, measure);
  default:
    return 0;
  }
}

static bool
same_order(const struct measure *a, const struct measure *b)
{
  if (a->order_count != b->order_count)
    return false;
  for (unsigned i = 0; i < a->order_count; i++) {
    const struct first_order *x = &a->order[i], *y = &b->order[i];
    if (x->number != y->number || x->is_text != y->is_text || x->code != y->code ||
        x->descending != y->descending || x->nulls_first != y->nulls_first)
      return false;
  }
  return true;
}

static bool
same_measure(const struct measure *a, const struct measure *b)
{
  return a->kind.type == b->kind.type && a->number == b->number && a->valid == b->valid &&
         a->code == b->code && a->is_text == b->is_text && a->marks == b->marks &&
         a->skip_null_argument == b->skip_null_argument &&
         a->skip_null_order == b->skip_null_order && same_order(a, b);
}

static int
add_measure(struct family *family, struct measure *measure)
{
  for (unsigned i = 0; i < family->measure_count; i++)
    if (same_measure(&family->measures[i], measure)) {
      free(measure->order);
      return (int)i;
    }
  struct measure *measures =
      realloc(family->measures, (family->measure_count + 1) * sizeof *measures);
  if (measures == NULL) {
    free(measure->order);
    return PLACE_NO_MEMORY;
  }
  measure->kind.order = measure->order;
  measure->kind.order_count = measure->order_count;
  family->measures = measures;
  measures[family->measure_count] = *measure;
  return (int)family->measure_count++;
}

int
measure_of(struct rollup_pass *pass, struct family *family, unsigned rollup,
           const struct rollup_aggregate *aggregate)
{
  struct measure measure = {0};
  int placed = place(pass, rollup, aggregate, &measure);
  if (placed < 0) {
    free(measure.order);
    return placed;
  }
  if (measure.code >= 0)
    measure.kind.dictionary = pass->dictionaries[measure.column];
  return add_measure(family, &measure);
}

int
measure_of_marks(struct family *family, const struct unit *distinct)
{
  struct measure measure = {.kind = {.type = ELEMENT_COUNT, .bytes = sizeof(uint64_t)},
                            .column = (unsigned)distinct->counted->argument,
                            .number = -1,
                            .valid = -1,
                            .code = -1,
                            .marks = distinct->number + 1};
  return add_measure(family, &measure);
}
