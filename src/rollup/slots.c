/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include <stdlib.h>

/* Layouts hold a few dozen slots: their arrays are small and not the budget's. */
static void *
append(void *array, unsigned *count, size_t bytes)
{
  char *grown = realloc(array, (*count + 1) * bytes);
  if (grown != NULL)
    (*count)++;
  return grown;
}

int
slot_of_code(struct rollup_pass *pass, unsigned column)
{
  struct piece_layout *layout = &pass->layout;
  for (unsigned i = 0; i < layout->code_count; i++)
    if (layout->codes[i] == column)
      return (int)i;
  unsigned *codes = append(layout->codes, &layout->code_count, sizeof *codes);
  if (codes == NULL)
    return -1;
  layout->codes = codes;
  codes[layout->code_count - 1] = column;
  if (pass->dictionaries[column] == NULL)
    pass->dictionaries[column] =
        dictionary_new(pass->spec.budget, pass->spec.columns[column], SMALL_VALUES);
  return pass->dictionaries[column] == NULL ? -1 : (int)layout->code_count - 1;
}

int
slot_of_number(struct rollup_pass *pass, unsigned column, enum number_form form)
{
  struct piece_layout *layout = &pass->layout;
  for (unsigned i = 0; i < layout->number_count; i++)
    if (layout->numbers[i].column == column && layout->numbers[i].form == form)
      return (int)i;
  struct piece_number *numbers = append(layout->numbers, &layout->number_count, sizeof *numbers);
  if (numbers == NULL)
    return -1;
  layout->numbers = numbers;
  numbers[layout->number_count - 1] = (struct piece_number){.column = column, .form = form};
  return (int)layout->number_count - 1;
}

int
slot_of_valid(struct rollup_pass *pass, unsigned column)
{
  struct piece_layout *layout = &pass->layout;
  for (unsigned i = 0; i < layout->valid_count; i++)
    if (layout->valids[i] == column)
      return (int)i;
  unsigned *valids = append(layout->valids, &layout->valid_count, sizeof *valids);
  if (valids == NULL)
    return -1;
  layout->valids = valids;
  valids[layout->valid_count - 1] = column;
  return (int)layout->valid_count - 1;
}

int
slots_of_words(struct rollup_pass *pass, unsigned column)
{
  struct piece_layout *layout = &pass->layout;
  for (unsigned i = 0; i < layout->words_count; i++)
    if (layout->words[i].column == column)
      return (int)layout->words[i].first;
  struct piece_words *words = append(layout->words, &layout->words_count, sizeof *words);
  if (words == NULL)
    return -1;
  layout->words = words;
  unsigned count = pass->knowledge.columns[column].words;
  words[layout->words_count - 1] =
      (struct piece_words){.column = column, .first = layout->word_slots, .count = count};
  layout->word_slots += count;
  return (int)words[layout->words_count - 1].first;
}
