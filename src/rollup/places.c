/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include <stdlib.h>

int
place_give_up(struct rollup_pass *pass, unsigned rollup, const char *reason)
{
  pass_give_up(pass, rollup, "%s", reason);
  return PLACE_GIVEN_UP;
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
    return slots->code < 0 ? PLACE_NO_MEMORY : 0;
  }
  if (known->words == 0)
    return place_give_up(pass, rollup, "texts of a min, max or first are too long");
  slots->is_text = true;
  slots->words = known->words;
  slots->number = slots_of_words(pass, column);
  return slots->number < 0 ? PLACE_NO_MEMORY : 0;
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
    return PLACE_NO_MEMORY;
  if (pass->spec.columns[column] != ROLLUP_INT128)
    return 0;
  ret_slots->words = 2; /* nothing has the one without the other, so they are neighbours */
  return slot_of_number(pass, column, NUMBER_LOW) < 0 ? PLACE_NO_MEMORY : 0;
}

int
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
    return PLACE_NO_MEMORY;
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

int
place_first(struct rollup_pass *pass, unsigned rollup, const struct rollup_aggregate *aggregate,
            struct measure *measure)
{
  measure->kind.type = ELEMENT_FIRST;
  if (aggregate->order_count > ROLLUP_ORDER_MOST)
    return place_give_up(pass, rollup, "its order has more keys than the kernel compares");
  measure->skip_null_argument = aggregate->skip_null_argument;
  measure->skip_null_order = aggregate->skip_null_order;
  enum rollup_type type = pass->spec.columns[aggregate->argument];
  bool is_real = type == ROLLUP_FLOAT || type == ROLLUP_DOUBLE;
  enum number_form form = is_real ? NUMBER_REAL : NUMBER_ORDERED;
  int placed = place_argument(pass, rollup, form, measure);
  if (placed >= 0)
    placed = place_order(pass, rollup, aggregate, measure);
  if (placed >= 0)
    place_words(measure);
  return placed;
}

int
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
