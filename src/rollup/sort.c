/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/sort.h"
#include "rollup/radix.h"
#include <string.h>

enum { KEY_BITS = 64, INSERTION_ROWS = 24 };

/* Some of the varying bits of an entity word. */
struct part {
  const uint64_t *words;
  uint64_t mask;
};

/* What the sort keys of a range are made of: parts, most significant first, then minor if it is complete, then the row. */
struct layout {
  struct part parts[KEY_BITS];
  unsigned part_count, entity_bits, minor_bits, row_bits;
  unsigned next_word; /* words before it are used up */
  bool is_complete;   /* nothing that varies was left out */
};

static unsigned
bits_below(uint32_t count)
{
  return count <= 1 ? 0 : 32 - (unsigned)__builtin_clz(count - 1);
}

/* Cost: 21 bytes a row, in one block. */
static bool
scratch_reserve(struct sort_scratch *scratch, uint32_t rows)
{
  if (rows <= scratch->capacity)
    return true;
  struct rollup_budget *budget = scratch->budget;
  sort_scratch_clear(scratch);
  size_t capacity = ((size_t)rows + 7) / 8 * 8;
  uint64_t *block = budget_alloc(budget, capacity * 21);
  if (block == NULL)
    return false;
  scratch->keys = block;
  scratch->other = block + capacity;
  scratch->order = (uint32_t *)(block + 2 * capacity);
  scratch->breaks = (uint8_t *)(scratch->order + capacity);
  scratch->capacity = (uint32_t)capacity;
  return true;
}

void
sort_scratch_clear(struct sort_scratch *scratch)
{
  struct rollup_budget *budget = scratch->budget;
  budget_free(budget, scratch->keys, (size_t)scratch->capacity * 21);
  *scratch = (struct sort_scratch){.budget = budget};
}

/* The bits of word w in which the rows of order[begin, end) differ. */
static uint64_t
differing_bits(const uint64_t *words, const uint32_t *order, uint32_t begin, uint32_t end)
{
  uint64_t first = words[order[begin]], bits = 0;
  for (uint32_t i = begin + 1; i < end; i++)
    bits |= words[order[i]] ^ first;
  return bits;
}

/* Takes varying bits from word `from` on, as many as fit above the row number. order is NULL for all rows as they come. */
static void
layout_make(struct layout *layout, const struct sort_input *input, const uint32_t *order,
            uint32_t begin, uint32_t end, unsigned from)
{
  unsigned room;
  layout->row_bits = bits_below(input->rows);
  layout->minor_bits = input->minor != NULL ? bits_below(input->minor_count) : 0;
  layout->part_count = layout->entity_bits = 0;
  layout->is_complete = true;
  room = KEY_BITS - layout->row_bits;
  unsigned w = from;
  for (; w < input->word_count && layout->is_complete; w++) {
    uint64_t mask =
        order == NULL ? input->vary[w] : differing_bits(input->words[w], order, begin, end);
    unsigned bits = (unsigned)__builtin_popcountll(mask);
    layout->is_complete = bits <= room;
    mask = radix_leading_bits(mask, room);
    bits = (unsigned)__builtin_popcountll(mask);
    if (bits > 0)
      layout->parts[layout->part_count++] = (struct part){input->words[w], mask};
    layout->entity_bits += bits;
    room -= bits;
  }
  layout->next_word = layout->is_complete ? w : w - 1;
  if (layout->minor_bits > room || !layout->is_complete) {
    layout->minor_bits = 0;
    layout->is_complete = layout->is_complete && (input->minor == NULL || input->minor_count <= 1);
  }
}

static void
make_keys(uint64_t *keys, const struct layout *layout, const struct sort_input *input,
          const uint32_t *order, uint32_t count)
{
  for (unsigned p = 0; p < layout->part_count; p++)
    radix_append_bits(keys, layout->parts[p].words, layout->parts[p].mask, order, count, p == 0,
                      input->plain);
  if (layout->part_count == 0)
    memset(keys, 0, count * sizeof *keys);
  const unsigned row_bits = layout->row_bits, minor_bits = layout->minor_bits;
  if (minor_bits == 0) {
    for (uint32_t i = 0; i < count; i++)
      keys[i] = keys[i] << row_bits | (order == NULL ? i : order[i]);
    return;
  }
  for (uint32_t i = 0; i < count; i++) {
    uint32_t row = order == NULL ? i : order[i];
    keys[i] = (keys[i] << minor_bits | input->minor[row]) << row_bits | row;
  }
}

/* Breaks of all rows but the first; where keys are incomplete, SORT_SAME only says that the keys are equal. */
static void
read_keys(const uint64_t *keys, const struct layout *layout, uint32_t count, uint32_t *order,
          uint8_t *breaks)
{
  const unsigned row_bits = layout->row_bits, minor_bits = layout->minor_bits;
  const uint64_t row_mask = ((uint64_t)1 << row_bits) - 1;
  order[0] = (uint32_t)(keys[0] & row_mask);
  for (uint32_t i = 1; i < count; i++) {
    uint64_t differing = (keys[i] ^ keys[i - 1]) >> row_bits;
    order[i] = (uint32_t)(keys[i] & row_mask);
    breaks[i] = (uint8_t)((differing != 0) + (differing >> minor_bits != 0));
  }
}

/* As memcmp, by entity words from word `from` on. */
static int
compare_entities(const struct sort_input *input, unsigned from, uint32_t a, uint32_t b)
{
  for (unsigned w = from; w < input->word_count; w++) {
    uint64_t of_a = input->words[w][a], of_b = input->words[w][b];
    if (of_a != of_b)
      return of_a < of_b ? -1 : 1;
  }
  return 0;
}

static int
compare_rows(const struct sort_input *input, unsigned from, uint32_t a, uint32_t b)
{
  int order = compare_entities(input, from, a, b);
  if (order != 0 || input->minor == NULL)
    return order;
  return (int)input->minor[a] - (int)input->minor[b];
}

static enum sort_break
break_between(const struct sort_input *input, unsigned from, uint32_t a, uint32_t b)
{
  if (compare_entities(input, from, a, b) != 0)
    return SORT_NEW_ENTITY;
  return input->minor != NULL && input->minor[a] != input->minor[b] ? SORT_NEW_MINOR : SORT_SAME;
}

/* Rows come in the order of their numbers, so that a stable sort is all it takes. */
static void
sort_few(const struct sort_input *input, unsigned from, uint32_t *order, uint8_t *breaks,
         uint32_t count)
{
  for (uint32_t i = 1; i < count; i++) {
    uint32_t row = order[i], at = i;
    for (; at > 0 && compare_rows(input, from, order[at - 1], row) > 0; at--)
      order[at] = order[at - 1];
    order[at] = row;
  }
  for (uint32_t i = 1; i < count; i++)
    breaks[i] = (uint8_t)break_between(input, from, order[i - 1], order[i]);
}

static void sort_ties(struct sort_scratch *scratch, const struct sort_input *input, unsigned from,
                      uint32_t begin, uint32_t end);

/* rows: NULL, or the scratch's order, whose rows [begin, end) are equal before word `from`. Sets all breaks of the range
 * but the first, which is the caller's. */
static void
sort_range(struct sort_scratch *scratch, const struct sort_input *input, const uint32_t *rows,
           unsigned from, uint32_t begin, uint32_t end)
{
  struct layout layout;
  const uint32_t count = end - begin;
  layout_make(&layout, input, rows, begin, end, from);
  uint64_t *keys = scratch->keys + begin;
  make_keys(keys, &layout, input, rows == NULL ? NULL : rows + begin, count);
  keys = radix_sort(keys, scratch->other + begin, count, layout.row_bits,
                    layout.entity_bits + layout.minor_bits);
  read_keys(keys, &layout, count, scratch->order + begin, scratch->breaks + begin);
  if (!layout.is_complete)
    sort_ties(scratch, input, layout.next_word, begin, end);
}

/* Each level uses up the bits of a key, at least 32 that do vary: few levels. */
static void
sort_ties(struct sort_scratch *scratch, const struct sort_input *input, unsigned from,
          uint32_t begin, uint32_t end)
{
  const uint8_t *breaks = scratch->breaks;
  for (uint32_t first = begin, next; first < end; first = next) {
    for (next = first + 1; next < end && breaks[next] == SORT_SAME; next++)
      continue;
    if (next - first > INSERTION_ROWS)
      sort_range(scratch, input, scratch->order, from, first, next);
    else if (next - first > 1)
      sort_few(input, from, scratch->order + first, scratch->breaks + first, next - first);
  }
}

bool
sort_rows(struct sort_scratch *scratch, const struct sort_input *input)
{
  if (input->rows == 0)
    return true;
  if (!scratch_reserve(scratch, input->rows))
    return false;
  sort_range(scratch, input, NULL, 0, 0, input->rows);
  scratch->breaks[0] = SORT_NEW_ENTITY;
  return true;
}
