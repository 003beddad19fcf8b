/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/in_order.h"
#include <stdlib.h>

#define RANKS_A_WORD 4u
#define RANK_BITS    16u

struct in_order {
  const struct rollup_pass *pass;
  const struct unit *unit;
  const struct table *table;
  const unsigned *keys;
  unsigned key_count;
  unsigned part, end; /* of the table's parts: the next one */
  struct scratch records, words;
  struct sort_scratch sort;
  uint32_t count, at; /* of the table's part at hand, in the sort's order */
};

static const struct family *
family_of(const struct in_order *in_order)
{
  return &in_order->pass->families[in_order->unit->family];
}

static unsigned
column_of(const struct rollup_pass *pass, const struct unit *unit, unsigned key)
{
  return pass->spec.rollups[unit->rollup].keys[key];
}

bool
in_order_fits(const struct rollup_pass *pass, const struct unit *unit, const unsigned *keys,
              unsigned key_count)
{
  if (unit->kind != UNIT_ENTITY && unit->kind != UNIT_TABLE)
    return false;
  const struct family *family = &pass->families[unit->family];
  for (unsigned i = 0; i < key_count; i++) {
    unsigned column = column_of(pass, unit, keys[i]);
    bool fits = i < family->entity_count
                    ? column == family->entity[i]
                    : !pass->columns[column].is_large && (unit->set >> keys[i] & 1) != 0;
    if (!fits)
      return false;
  }
  return true;
}

struct in_order *
in_order_new(const struct rollup_pass *pass, const struct unit *unit, const struct table *table,
             const unsigned *keys, unsigned key_count, unsigned part, unsigned parts)
{
  struct in_order *in_order = calloc(1, sizeof *in_order);
  if (in_order == NULL)
    return NULL;
  *in_order = (struct in_order){.pass = pass,
                                .unit = unit,
                                .table = table,
                                .keys = keys,
                                .key_count = key_count,
                                .part = TABLE_PARTS * part / parts,
                                .end = TABLE_PARTS * (part + 1) / parts,
                                .sort.budget = pass->spec.budget};
  return in_order;
}

void
in_order_free(struct in_order *in_order)
{
  if (in_order == NULL)
    return;
  struct rollup_budget *budget = in_order->pass->spec.budget;
  budget_free(budget, in_order->records.data, in_order->records.bytes);
  budget_free(budget, in_order->words.data, in_order->words.bytes);
  sort_scratch_clear(&in_order->sort);
  free(in_order);
}

/* Entities whose rows do not count in the unit are left out. */
static uint32_t
collect(const struct in_order *in_order, const struct table_part *part, uint32_t *records)
{
  const struct table *table = in_order->table;
  const char *states = table_states(table) + in_order->unit->state_at;
  uint32_t count = 0;
  for (uint64_t i = 0; i < part->slot_count; i++) {
    if (part->slots[i] == 0)
      continue;
    uint32_t record = table_slot_record(part->slots[i]);
    const char *state = states + (size_t)record * table->record_bytes;
    if (*(const uint64_t *)(const void *)state != 0)
      records[count++] = record;
  }
  return count;
}

/* The ranks of the small keys, the first one highest; word `number` of them. */
static bool
rank_word(const struct in_order *in_order, unsigned number, const uint32_t *records, uint32_t count,
          uint64_t *ret_words)
{
  const struct family *family = family_of(in_order);
  const struct unit *unit = in_order->unit;
  unsigned first = family->entity_count + number * RANKS_A_WORD;
  for (uint32_t i = 0; i < count; i++)
    ret_words[i] = 0;
  for (unsigned k = first; k < in_order->key_count && k < first + RANKS_A_WORD; k++) {
    unsigned column = column_of(in_order->pass, unit, in_order->keys[k]), place = 0;
    while (in_order->pass->layout.codes[unit->small[place]] != column)
      place++;
    const uint16_t *ranks = dictionary_ranks(in_order->pass->dictionaries[column]);
    if (ranks == NULL)
      return false;
    unsigned shift = (RANKS_A_WORD - 1 - (k - first)) * RANK_BITS;
    for (uint32_t i = 0; i < count; i++) {
      const uint64_t *key =
          (const uint64_t *)(const void *)table_record(in_order->table, records[i]);
      uint64_t codes = key[family->word_count + place / RANKS_A_WORD];
      uint16_t code = (uint16_t)(codes >> place % RANKS_A_WORD * RANK_BITS);
      ret_words[i] |= (uint64_t)ranks[code] << shift;
    }
  }
  return true;
}

static void
entity_word_of(const struct in_order *in_order, unsigned word, const uint32_t *records,
               uint32_t count, uint64_t *ret_words)
{
  for (uint32_t i = 0; i < count; i++)
    ret_words[i] =
        ((const uint64_t *)(const void *)table_record(in_order->table, records[i]))[word];
}

static uint64_t
bits_that_vary(const uint64_t *words, uint32_t count)
{
  uint64_t vary = 0;
  for (uint32_t i = 1; i < count; i++)
    vary |= words[i] ^ words[0];
  return vary;
}

static bool
sort_part(struct in_order *in_order, const uint32_t *records, uint32_t count)
{
  const struct family *family = family_of(in_order);
  unsigned entity_words = in_order->key_count == 0 ? 0 : family->word_count;
  unsigned ranks =
      in_order->key_count > family->entity_count ? in_order->key_count - family->entity_count : 0;
  unsigned word_count = entity_words + (ranks + RANKS_A_WORD - 1) / RANKS_A_WORD;
  const uint64_t *words[WORDS_MOST + KEY_WORDS_MOST];
  uint64_t vary[WORDS_MOST + KEY_WORDS_MOST];
  if (!scratch_need(in_order->pass->spec.budget, &in_order->words,
                    (size_t)count * word_count * sizeof(uint64_t)))
    return false;
  uint64_t *at = in_order->words.data;
  for (unsigned w = 0; w < word_count; w++, at += count) {
    if (w < entity_words)
      entity_word_of(in_order, w, records, count, at);
    else if (!rank_word(in_order, w - entity_words, records, count, at))
      return false;
    words[w] = at;
    vary[w] = bits_that_vary(at, count);
  }
  const struct sort_input input = {.words = words,
                                   .vary = vary,
                                   .word_count = word_count,
                                   .rows = count,
                                   .plain = in_order->pass->spec.plain};
  return sort_rows(&in_order->sort, &input);
}

static bool
next_part(struct in_order *in_order)
{
  const struct table_part *part = &in_order->table->parts[in_order->part++];
  in_order->at = in_order->count = 0;
  if (part->count == 0)
    return true;
  if (!scratch_need(in_order->pass->spec.budget, &in_order->records,
                    part->count * sizeof(uint32_t)))
    return false;
  uint32_t count = collect(in_order, part, in_order->records.data);
  if (count > 0 && !sort_part(in_order, in_order->records.data, count))
    return false;
  in_order->count = count;
  return true;
}

bool
in_order_next(struct in_order *in_order, uint32_t *ret_records, uint32_t most, uint32_t *ret_count)
{
  while (in_order->at == in_order->count && in_order->part < in_order->end)
    if (!next_part(in_order))
      return false;
  uint32_t left = in_order->count - in_order->at;
  uint32_t count = left < most ? left : most;
  const uint32_t *records = in_order->records.data;
  for (uint32_t i = 0; i < count; i++)
    ret_records[i] = records[in_order->sort.order[in_order->at + i]];
  in_order->at += count;
  *ret_count = count;
  return true;
}
