/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/table.h"
#include "rollup/hash.h"
#include <string.h>

/* A part's slots come from the shared room up to so many; the room holds all sizes up to that of all parts. */
#define SHARED_MOST   UINT64_C(65536)
#define SHARED_SLOTS  (TABLE_PARTS * SHARED_MOST * 2)
#define FIRST_SLOTS   UINT64_C(2048)
#define BLOCK_RECORDS 256u
#define CACHE_LINE    64u
#define RECORD_UNIT                                                                                \
  32u /* records with states touch fewer cache lines than if they began anywhere */
#define TAG_SHIFT 32
#define TAG_MASK  UINT64_C(0xffffffff00000000)

/* Slots of all parts stand together as long as they are few: those that a part has outgrown are left there. */
static uint64_t *
take_slots(struct table *table, uint64_t count)
{
  if (count > SHARED_MOST)
    return budget_alloc(table->budget, count * sizeof(uint64_t));
  if (!budget_take(table->budget, count * sizeof(uint64_t)))
    return NULL;
  return table->slots + atomic_fetch_add(&table->slots_taken, count);
}

static void
give_slots(struct table *table, struct table_part *part)
{
  if (part->slot_count > SHARED_MOST)
    budget_free(table->budget, part->slots, part->slot_count * sizeof *part->slots);
}

/* All that the budget could ever hold, within the numbers of records. */
static size_t
reserve_bytes(const struct rollup_budget *budget, uint32_t record_bytes)
{
  uint64_t most = (uint64_t)(UINT32_MAX / 2) * record_bytes;
  return (size_t)(budget->limit_bytes < most ? budget->limit_bytes : most);
}

static size_t
border_bytes(const struct table *table)
{
  return (TABLE_PARTS * table->entity_words + 1) * sizeof(uint64_t);
}

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
  uint32_t bytes = key_words * (uint32_t)sizeof(uint64_t) + state_bytes;
  table->record_bytes =
      state_bytes == 0 ? bytes : (bytes + RECORD_UNIT - 1) / RECORD_UNIT * RECORD_UNIT;
  (void)pthread_mutex_init(&table->border_lock, NULL);
  for (unsigned p = 0; p < TABLE_PARTS; p++)
    (void)pthread_mutex_init(&table->parts[p].lock, NULL);
  table->borders = budget_alloc(budget, border_bytes(table));
  table->reserved_bytes = reserve_bytes(budget, table->record_bytes);
  table->records = budget_reserve(table->reserved_bytes);
  table->slots = budget_reserve(SHARED_SLOTS * sizeof *table->slots);
  if (table->borders != NULL && table->records != NULL && table->slots != NULL)
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
    give_slots(table, part);
    (void)pthread_mutex_destroy(&part->lock);
  }
  budget_give(budget, (uint64_t)table->next * table->record_bytes);
  budget_unreserve(table->records, table->reserved_bytes);
  budget_give(budget, table->slots_taken * sizeof *table->slots);
  budget_unreserve(table->slots, SHARED_SLOTS * sizeof *table->slots);
  budget_free(budget, table->borders, border_bytes(table));
  (void)pthread_mutex_destroy(&table->border_lock);
  budget_free(budget, table, sizeof *table);
}

static const uint64_t *
key_at(const struct table *table, const uint64_t *words, const uint32_t *entity, uint32_t i)
{
  return words + (size_t)(entity == NULL ? i : entity[i]) * table->entity_words;
}

void
table_choose_borders(struct table *table, const uint64_t *words, uint32_t count)
{
  (void)pthread_mutex_lock(&table->border_lock);
  bool is_wanted = !table->has_borders && table->entity_words > 0;
  for (unsigned p = 1; p < TABLE_PARTS && is_wanted; p++)
    memcpy(table->borders + p * table->entity_words,
           key_at(table, words, NULL, (uint32_t)((uint64_t)count * p / TABLE_PARTS)),
           table->entity_words * sizeof *words);
  table->has_borders = true;
  (void)pthread_mutex_unlock(&table->border_lock);
}

static bool
is_below(const struct table *table, const uint64_t *key, const uint64_t *border)
{
  for (unsigned w = 0; w < table->entity_words; w++)
    if (key[w] != border[w])
      return key[w] < border[w];
  return false;
}

void
table_cut(const struct table *table, const uint64_t *words, const uint32_t *entity, uint32_t count,
          uint32_t ret_cuts[TABLE_PARTS + 1])
{
  ret_cuts[0] = 0;
  ret_cuts[TABLE_PARTS] = count;
  for (unsigned p = 1; p < TABLE_PARTS; p++) {
    uint32_t low = ret_cuts[p - 1], high = table->entity_words == 0 ? low : count;
    while (low < high) {
      uint32_t middle = low + (high - low) / 2;
      if (is_below(table, key_at(table, words, entity, middle),
                   table->borders + p * table->entity_words))
        low = middle + 1;
      else
        high = middle;
    }
    ret_cuts[p] = low;
  }
}

static const uint64_t *
record_key(const struct table *table, uint32_t record)
{
  return (const uint64_t *)(const void *)table_record(table, record);
}

/* Numbers come in blocks, so that a part's neighbours share pages. */
static bool
next_block(struct table *table, struct table_part *part)
{
  uint64_t bytes = (uint64_t)BLOCK_RECORDS * table->record_bytes;
  if (!budget_take(table->budget, bytes))
    return false;
  uint32_t first = atomic_fetch_add(&table->next, BLOCK_RECORDS);
  part->next = first;
  part->end = first + BLOCK_RECORDS;
  return (uint64_t)part->end * table->record_bytes <= table->reserved_bytes;
}

/* At most two thirds of the slots are taken. A slot's place comes from the bits that it keeps. */
static bool
grow_slots(struct table *table, struct table_part *part, uint64_t need)
{
  if (need * 3 <= part->slot_count * 2)
    return true;
  uint64_t count = part->slot_count == 0 ? FIRST_SLOTS : part->slot_count * 2;
  while (need * 3 > count * 2)
    count *= 2;
  uint64_t *slots = take_slots(table, count);
  if (slots == NULL)
    return false;
  for (uint64_t i = 0; i < part->slot_count; i++) {
    if (part->slots[i] == 0)
      continue;
    uint64_t at = part->slots[i] >> TAG_SHIFT;
    while (slots[at & (count - 1)] != 0)
      at++;
    slots[at & (count - 1)] = part->slots[i];
  }
  give_slots(table, part);
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

static bool
add_record(struct table *table, struct table_part *part, const uint64_t *key, uint64_t hash,
           uint64_t *slot, uint32_t *ret_record)
{
  if (part->next == part->end && !next_block(table, part))
    return false;
  uint32_t record = part->next++;
  part->count++;
  *slot = (hash & TAG_MASK) | (record + 1);
  memcpy(table_record(table, record), key, table->key_words * sizeof *key);
  *ret_record = record;
  return true;
}

static inline bool
find_one(struct table *table, struct table_part *part, const uint64_t *key, uint64_t hash,
         uint32_t *ret_record)
{
  uint64_t mask = part->slot_count - 1;
  for (uint64_t at = hash >> TAG_SHIFT;; at++) {
    uint64_t slot = part->slots[at & mask];
    if (slot == 0)
      return add_record(table, part, key, hash, &part->slots[at & mask], ret_record);
    uint32_t record = table_slot_record(slot);
    if (((slot ^ hash) & TAG_MASK) == 0 &&
        keys_equal(record_key(table, record), key, table->key_words)) {
      *ret_record = record;
      return true;
    }
  }
}

/* The records that the slots' tags speak for are fetched; 0: none. Only one key in a million has another's tag. */
static void
prefetch(const struct table *table, const struct table_part *part, const uint64_t *hashes,
         uint32_t count)
{
  uint64_t mask = part->slot_count - 1;
  for (uint32_t i = 0; i < count; i++) {
    uint64_t at = hashes[i] >> TAG_SHIFT, slot;
    while ((slot = part->slots[at & mask]) != 0 && ((slot ^ hashes[i]) & TAG_MASK) != 0)
      at++;
    if (slot == 0)
      continue;
    const char *record = table_record(table, table_slot_record(slot));
    for (uint32_t byte = 0; byte < table->record_bytes; byte += CACHE_LINE)
      __builtin_prefetch(record + byte, 1);
  }
}

/* With slots enough for all of them, fetched. */
static bool
begin_batch(struct table *table, struct table_part *part, const uint64_t *keys, uint32_t count,
            uint64_t *ret_hashes)
{
  if (!grow_slots(table, part, (uint64_t)part->count + count))
    return false;
  uint64_t *hashes = ret_hashes;
  uint64_t mask = part->slot_count - 1;
  for (uint32_t i = 0; i < count; i++) {
    hashes[i] = hash_words(keys + (uint64_t)i * table->key_words, table->key_words);
    __builtin_prefetch(&part->slots[hashes[i] >> TAG_SHIFT & mask]);
  }
  prefetch(table, part, hashes, count);
  return true;
}

bool
table_find(struct table *table, struct table_part *part, const uint64_t *keys, uint32_t count,
           uint32_t *ret_records)
{
  uint64_t hashes[TABLE_BATCH];
  if (!begin_batch(table, part, keys, count, hashes))
    return false;
  for (uint32_t i = 0; i < count; i++)
    if (!find_one(table, part, keys + (uint64_t)i * table->key_words, hashes[i], &ret_records[i]))
      return false;
  return true;
}

bool
table_add(struct table *table, struct table_part *part, const uint64_t *keys, uint32_t count,
          bool *ret_is_new)
{
  uint64_t hashes[TABLE_BATCH];
  if (!begin_batch(table, part, keys, count, hashes))
    return false;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t before = part->count, record;
    if (!find_one(table, part, keys + (uint64_t)i * table->key_words, hashes[i], &record))
      return false;
    ret_is_new[i] = part->count != before;
  }
  return true;
}

uint32_t
table_end(const struct table *table)
{
  uint64_t most = table->reserved_bytes / table->record_bytes;
  return table->next < most ? table->next : (uint32_t)most;
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
  uint64_t bytes = sizeof *table + (uint64_t)table->next * table->record_bytes;
  for (unsigned p = 0; p < TABLE_PARTS; p++)
    bytes += table->parts[p].slot_count * sizeof(uint64_t);
  return bytes;
}
