/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/table.h"
#include "rollup/hash.h"
#include <string.h>

#define FIRST_RECORDS 1024u
#define TAG_MASK      UINT64_C(0xffffffff00000000)

struct table *
rollup_table_new(struct rollup_budget *budget, unsigned key_words, unsigned entity_words,
                 uint32_t state_bytes)
{
  struct table *table = budget_alloc(budget, sizeof *table);
  if (table == NULL)
    return NULL;
  table->budget = budget;
  table->key_words = key_words;
  table->entity_words = entity_words;
  table->record_bytes = key_words * (uint32_t)sizeof(uint64_t) + state_bytes;
  (void)pthread_mutex_init(&table->border_lock, NULL);
  for (unsigned p = 0; p < TABLE_PARTS; p++)
    (void)pthread_mutex_init(&table->parts[p].lock, NULL);
  table->borders = budget_alloc(budget, TABLE_PARTS * entity_words * sizeof(uint64_t));
  if (table->borders != NULL)
    return table;
  rollup_table_free(table);
  return NULL;
}

void
rollup_table_free(struct table *table)
{
  if (table == NULL)
    return;
  struct rollup_budget *budget = table->budget;
  for (unsigned p = 0; p < TABLE_PARTS; p++) {
    struct table_part *part = &table->parts[p];
    budget_free(budget, part->records, part->capacity * table->record_bytes);
    budget_free(budget, part->slots, part->slot_count * sizeof *part->slots);
    (void)pthread_mutex_destroy(&part->lock);
  }
  budget_free(budget, table->borders, TABLE_PARTS * table->entity_words * sizeof(uint64_t));
  (void)pthread_mutex_destroy(&table->border_lock);
  budget_free(budget, table, sizeof *table);
}

static void
choose_borders(struct table *table, const uint64_t *const *words, const uint32_t *rows,
               uint32_t count)
{
  for (unsigned p = 1; p < TABLE_PARTS; p++) {
    uint32_t row = rows[(uint64_t)count * p / TABLE_PARTS];
    for (unsigned w = 0; w < table->entity_words; w++)
      table->borders[p * table->entity_words + w] = words[w][row];
  }
}

static bool
is_below(const struct table *table, const uint64_t *const *words, uint32_t row,
         const uint64_t *border)
{
  for (unsigned w = 0; w < table->entity_words; w++)
    if (words[w][row] != border[w])
      return words[w][row] < border[w];
  return false;
}

void
table_cut(struct table *table, const uint64_t *const *words, const uint32_t *rows, uint32_t count,
          uint32_t ret_cuts[TABLE_PARTS + 1])
{
  if (!table->has_borders) {
    (void)pthread_mutex_lock(&table->border_lock);
    if (!table->has_borders && count > 0) {
      choose_borders(table, words, rows, count);
      table->has_borders = true;
    }
    (void)pthread_mutex_unlock(&table->border_lock);
  }
  ret_cuts[0] = 0;
  ret_cuts[TABLE_PARTS] = count;
  for (unsigned p = 1; p < TABLE_PARTS; p++) {
    uint32_t low = ret_cuts[p - 1], high = count;
    while (low < high) {
      uint32_t middle = low + (high - low) / 2;
      if (is_below(table, words, rows[middle], table->borders + p * table->entity_words))
        low = middle + 1;
      else
        high = middle;
    }
    ret_cuts[p] = low;
  }
}

static const uint64_t *
record_key(const struct table *table, const struct table_part *part, uint64_t record)
{
  return (const uint64_t *)(const void *)(part->records + record * table->record_bytes);
}

static bool
grow_records(struct table *table, struct table_part *part, size_t need)
{
  if (need <= part->capacity)
    return true;
  size_t capacity = part->capacity == 0 ? FIRST_RECORDS : part->capacity + part->capacity / 2;
  capacity = capacity < need ? need : capacity;
  char *records = budget_resize(table->budget, part->records, part->capacity * table->record_bytes,
                                capacity * table->record_bytes);
  if (records == NULL)
    return false;
  part->records = records;
  part->capacity = capacity;
  return true;
}

/* At most two thirds of the slots are taken. */
static bool
grow_slots(struct table *table, struct table_part *part, uint64_t need)
{
  if (need * 3 <= part->slot_count * 2)
    return true;
  uint64_t count = part->slot_count == 0 ? FIRST_RECORDS * UINT64_C(2) : part->slot_count * 2;
  while (need * 3 > count * 2)
    count *= 2;
  uint64_t *slots = budget_alloc(table->budget, count * sizeof *slots);
  if (slots == NULL)
    return false;
  for (uint32_t i = 0; i < part->count; i++) {
    uint64_t hash = hash_words(record_key(table, part, i), table->key_words);
    uint64_t at = hash;
    while (slots[at & (count - 1)] != 0)
      at++;
    slots[at & (count - 1)] = (hash & TAG_MASK) | (i + 1);
  }
  budget_free(table->budget, part->slots, part->slot_count * sizeof *slots);
  part->slots = slots;
  part->slot_count = count;
  return true;
}

static bool
keys_equal(const uint64_t *a, const uint64_t *b, unsigned count)
{
  uint64_t differ = 0;
  for (unsigned i = 0; i < count; i++)
    differ |= a[i] ^ b[i];
  return differ == 0;
}

static uint32_t
find_one(struct table *table, struct table_part *part, const uint64_t *key, uint64_t hash)
{
  uint64_t mask = part->slot_count - 1;
  for (uint64_t at = hash;; at++) {
    uint64_t slot = part->slots[at & mask];
    if (slot == 0) {
      uint32_t record = part->count++;
      part->slots[at & mask] = (hash & TAG_MASK) | (record + 1);
      memcpy(part->records + (uint64_t)record * table->record_bytes, key,
             table->key_words * sizeof *key);
      return record;
    }
    uint32_t record = (uint32_t)slot - 1;
    if (((slot ^ hash) & TAG_MASK) == 0 &&
        keys_equal(record_key(table, part, record), key, table->key_words))
      return record;
  }
}

bool
table_find(struct table *table, struct table_part *part, const uint64_t *keys, uint32_t count,
           uint32_t *ret_records)
{
  uint64_t need = (uint64_t)part->count + count;
  if (need > UINT32_MAX / 2 || !grow_records(table, part, need) || !grow_slots(table, part, need))
    return false;
  uint64_t hashes[TABLE_BATCH];
  uint64_t mask = part->slot_count - 1;
  for (uint32_t i = 0; i < count; i++) {
    hashes[i] = hash_words(keys + (uint64_t)i * table->key_words, table->key_words);
    __builtin_prefetch(&part->slots[hashes[i] & mask]);
  }
  for (uint32_t i = 0; i < count; i++) {
    uint64_t slot = part->slots[hashes[i] & mask];
    if (slot != 0) {
      const char *record = part->records + ((uint32_t)slot - 1) * (uint64_t)table->record_bytes;
      __builtin_prefetch(record, 1);
      __builtin_prefetch(record + 64, 1);
    }
  }
  for (uint32_t i = 0; i < count; i++)
    ret_records[i] = find_one(table, part, keys + (uint64_t)i * table->key_words, hashes[i]);
  return true;
}

uint64_t
table_count(const struct table *table)
{
  uint64_t count = 0;
  for (unsigned p = 0; p < TABLE_PARTS; p++)
    count += table->parts[p].count;
  return count;
}

uint64_t
table_bytes(const struct table *table)
{
  uint64_t bytes = sizeof *table;
  for (unsigned p = 0; p < TABLE_PARTS; p++)
    bytes += table->parts[p].capacity * table->record_bytes +
             table->parts[p].slot_count * sizeof(uint64_t);
  return bytes;
}
