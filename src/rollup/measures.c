/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include <stdlib.h>
#include <string.h>

enum { OUT_OF_MEMORY = -1, GIVEN_UP = -2 };

static int
give_up(struct rollup_pass *pass, unsigned rollup, const char *reason)
{
  pass_give_up(pass, rollup, "%s", reason);
  return GIVEN_UP;
}

static bool
is_real(enum rollup_type type)
{
  return type == ROLLUP_FLOAT || type == ROLLUP_DOUBLE;
}

/* The slots of a value whose order or identity matters. */
struct slots {
  int code;       /* of a small text, or -1 */
  int number;     /* else the first of its words */
  unsigned words; /* slots, one after the other */
  bool is_text;   /* they are word slots */
};

static int
place_text(struct rollup_pass *pass, unsigned rollup, unsigned column, struct slots *slots)
{
  const struct column_knowledge *known = &pass->knowledge.columns[column];
  if (!known->is_large) {
    slots->code = slot_of_code(pass, column);
    return slots->code < 0 ? OUT_OF_MEMORY : 0;
  }
  if (known->words == 0)
    return give_up(pass, rollup, "texts of a min, max or first are too long");
  slots->is_text = true;
  slots->words = known->words;
  slots->number = slots_of_words(pass, column);
  return slots->number < 0 ? OUT_OF_MEMORY : 0;
}

static int
place_value(struct rollup_pass *pass, unsigned rollup, unsigned column, enum number_form form,
            struct slots *ret_slots)
{
  *ret_slots = (struct slots){.code = -1, .number = -1, .words = 1};
  if (pass->spec.columns[column] == ROLLUP_STRING)
    return place_text(pass, rollup, column, ret_slots);
  ret_slots->number = slot_of_number(pass, column, form);
  if (ret_slots->number < 0)
    return OUT_OF_MEMORY;
  if (pass->spec.columns[column] != ROLLUP_INT128)
    return 0;
  ret_slots->words = 2; /* nothing has the one without the other, so they are neighbours */
  return slot_of_number(pass, column, NUMBER_LOW) < 0 ? OUT_OF_MEMORY : 0;
}

static int
place_argument(struct rollup_pass *pass, unsigned rollup, enum number_form form,
               struct measure *measure)
{
  struct slots slots;
  int placed = place_value(pass, rollup, measure->column, form, &slots);
  measure->number = slots.number;
  measure->words = slots.words;
  measure->is_text = slots.is_text;
  measure->code = slots.code;
  return placed;
}

static bool
grow_order(struct measure *measure, unsigned words)
{
  struct first_order *order =
      realloc(measure->order, (measure->order_count + words) * sizeof *order);
  if (order != NULL)
    measure->order = order;
  return order != NULL;
}

/* A key of the order: its words, or its code. */
static int
place_key(struct rollup_pass *pass, unsigned rollup, const struct rollup_order *wanted,
          unsigned mark, struct measure *measure)
{
  struct slots slots;
  int placed = place_value(pass, rollup, wanted->column, NUMBER_ORDERED, &slots);
  if (placed < 0)
    return placed;
  int valid = slot_of_valid(pass, wanted->column);
  if (valid < 0 || !grow_order(measure, slots.words))
    return OUT_OF_MEMORY;
  for (unsigned w = 0; w < slots.words; w++)
    measure->order[measure->order_count++] = (struct first_order){
        .dictionary = slots.code < 0 ? NULL : pass->dictionaries[wanted->column],
        .descending = wanted->descending,
        .nulls_first = wanted->nulls_first,
        .is_text = slots.is_text,
        .mark = (uint8_t)mark,
        .number = slots.code < 0 ? slots.number + (int)w : -1,
        .valid = valid,
        .code = slots.code};
  return 0;
}

static int
place_order(struct rollup_pass *pass, unsigned rollup, const struct rollup_aggregate *aggregate,
            struct measure *measure)
{
  int placed = 0;
  for (unsigned i = 0; i < aggregate->order_count && placed >= 0; i++)
    placed = place_key(pass, rollup, &aggregate->order[i], i, measure);
  return placed;
}

/* Codes share words; the first ones stand beside the marks. */
struct packer {
  unsigned words;
  uint16_t code_word; /* where the next code goes */
  uint8_t code_shift;
};

static struct first_place
next_place(struct packer *packer, bool is_code)
{
  if (!is_code)
    return (struct first_place){.word = (uint16_t)packer->words++};
  if (packer->code_shift == 64) {
    packer->code_word = (uint16_t)packer->words++;
    packer->code_shift = 0;
  }
  struct first_place place = {packer->code_word, packer->code_shift, true};
  packer->code_shift = (uint8_t)(packer->code_shift + 16);
  return place;
}

/* A key that is the argument itself stands where that does: most orders end with it. */
static bool
is_argument(const struct measure *measure, const struct first_order *order)
{
  if (order->code >= 0)
    return order->code == measure->code;
  return measure->code < 0 && order->is_text == measure->is_text &&
         order->number >= measure->number && order->number < measure->number + (int)measure->words;
}

static void
place_words(struct measure *measure)
{
  struct packer packer = {.words = 1, .code_shift = 16};
  struct first_place argument = next_place(&packer, measure->code >= 0);
  packer.words += measure->code >= 0 ? 0 : measure->words - 1;
  for (unsigned i = 0; i < measure->order_count; i++) {
    struct first_order *order = &measure->order[i];
    order->place = argument;
    if (!is_argument(measure, order))
      order->place = next_place(&packer, order->code >= 0);
    else if (order->code < 0)
      order->place.word = (uint16_t)(argument.word + (order->number - measure->number));
  }
  measure->kind.argument = argument;
  measure->kind.argument_words = measure->words;
  measure->kind.bytes = packer.words * (uint32_t)sizeof(uint64_t);
}

static int
place_first(struct rollup_pass *pass, unsigned rollup, const struct rollup_aggregate *aggregate,
            struct measure *measure)
{
  unsigned column = (unsigned)aggregate->argument;
  measure->kind.type = ELEMENT_FIRST;
  if (aggregate->order_count > ROLLUP_ORDER_MOST)
    return give_up(pass, rollup, "its order has more keys than the kernel compares");
  measure->skip_null_argument = aggregate->skip_null_argument;
  measure->skip_null_order = aggregate->skip_null_order;
  enum number_form form = is_real(pass->spec.columns[column]) ? NUMBER_REAL : NUMBER_ORDERED;
  int placed = place_argument(pass, rollup, form, measure);
  if (placed >= 0)
    placed = place_order(pass, rollup, aggregate, measure);
  if (placed >= 0)
    place_words(measure);
  return placed;
}

/* The first value by its own order, for columns with values that have no element of MIN or MAX: ends of types, large texts. */
static int
place_extreme_as_first(struct rollup_pass *pass, unsigned rollup,
                       const struct rollup_aggregate *aggregate, struct measure *measure)
{
  const struct rollup_order order = {.column = (unsigned)aggregate->argument,
                                     .descending = aggregate->function == ROLLUP_MAX};
  const struct rollup_aggregate first = {.function = ROLLUP_FIRST,
                                         .argument = aggregate->argument,
                                         .order = &order,
                                         .order_count = 1,
                                         .skip_null_argument = true};
  return place_first(pass, rollup, &first, measure);
}

static int
place_set(struct rollup_pass *pass, unsigned column, struct measure *measure)
{
  measure->code = slot_of_code(pass, column);
  measure->kind.type = ELEMENT_SET;
  measure->kind.set_words = pass->knowledge.columns[column].set_words;
  measure->kind.bytes = measure->kind.set_words * (uint32_t)sizeof(uint64_t);
  return measure->code < 0 ? OUT_OF_MEMORY : 0;
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
    return give_up(pass, rollup, "it sums texts");
  if (type == ROLLUP_INT128) {
    measure->kind.type = ELEMENT_INTEGER_128;
    measure->kind.bytes = sizeof(struct integer_sum);
    return place_argument(pass, rollup, NUMBER_ORDERED, measure);
  }
  bool real = is_real(type);
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
  return measure->number < 0 ? OUT_OF_MEMORY : 0;
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
    return OUT_OF_MEMORY;
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
    return OUT_OF_MEMORY;
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
