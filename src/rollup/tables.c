/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include <string.h>

/* Only when all parts that are left are busy does a thread wait. */
bool
table_merge_parts(struct rollup_worker *worker, struct table *table, const uint32_t *cuts,
                  part_merge merge, const void *user)
{
  bool done[TABLE_PARTS] = {false};
  unsigned left = TABLE_PARTS;
  unsigned offset = worker->number * TABLE_PARTS / 2;
  bool wait = false;
  while (left > 0) {
    unsigned before = left;
    for (unsigned k = 0; k < TABLE_PARTS; k++) {
      unsigned p = (k + offset) % TABLE_PARTS;
      struct table_part *part = &table->parts[p];
      if (done[p])
        continue;
      if (cuts[p] < cuts[p + 1]) {
        if (wait)
          (void)pthread_mutex_lock(&part->lock);
        else if (pthread_mutex_trylock(&part->lock) != 0)
          continue;
        bool merged = merge(worker, user, table, part, cuts[p], cuts[p + 1]);
        (void)pthread_mutex_unlock(&part->lock);
        if (!merged)
          return false;
        wait = false;
      }
      done[p] = true;
      left--;
    }
    wait = left == before;
  }
  return true;
}

static bool
has_borders(const struct table *table)
{
  return table == NULL || table->has_borders;
}

bool
tables_have_begun(const struct family *family)
{
  bool chosen = has_borders(family->entities);
  for (unsigned u = 0; u < family->unit_count; u++)
    chosen = chosen && has_borders(family->units[u]->table);
  return chosen;
}

enum rollup_status
tables_begin(struct rollup_worker *worker, struct family *family, const struct grouping *grouping)
{
  if (tables_have_begun(family) || grouping->order == NULL)
    return ROLLUP_DONE;
  uint32_t count = 0;
  const uint64_t *sample = segments_sample(worker, family, grouping, &count);
  if (sample == NULL)
    return pass_no_memory(worker->pass);
  if (!has_borders(family->entities))
    table_choose_borders(family->entities, sample, count);
  for (unsigned u = 0; u < family->unit_count; u++)
    if (!has_borders(family->units[u]->table))
      table_choose_borders(family->units[u]->table, sample, count);
  return ROLLUP_DONE;
}

/* Groups [first, first + count) of a unit into the states of records, at offset of a state. */
static void
merge_groups(struct rollup_worker *worker, const struct family *family, const struct unit *unit,
             const struct grouping *grouping, const struct table *table, uint32_t offset,
             uint32_t first, uint32_t count, const uint32_t *records)
{
  const struct unit_groups *groups = &worker->groups[unit->number];
  if (groups->count == 0)
    return;
  char *states = table_states(table) + offset;
  element_merge(&family->measures[0].kind, states, table->record_bytes, records,
                (const uint64_t *)groups->elements[unit->aggregate_count] + first, count);
  for (unsigned a = 0; a < unit->aggregate_count; a++) {
    const struct unit_aggregate *aggregate = &unit->aggregates[a];
    if (aggregate->offset == 0 || aggregate->same_as >= 0)
      continue;
    char *base = states + aggregate->offset;
    const char *elements = groups->elements[a];
    if (aggregate->kind.type != ELEMENT_FIRST) {
      element_merge(&aggregate->kind, base, table->record_bytes, records,
                    elements + (size_t)first * aggregate->kind.bytes, count);
      continue;
    }
    const struct measure *measure = &family->measures[aggregate->measure];
    measure_merge_first(measure, grouping->piece, (const uint32_t *)(const void *)elements + first,
                        base, table->record_bytes, records, count);
  }
}

struct table_merge {
  const struct family *family;
  const struct unit *unit;
  const struct grouping *grouping;
};

static bool
merge_table_part(struct rollup_worker *worker, const void *user, struct table *table,
                 struct table_part *part, uint32_t first, uint32_t end)
{
  const struct table_merge *merge = user;
  const struct unit_groups *groups = &worker->groups[merge->unit->number];
  const uint32_t *entity = groups->entity.data;
  const uint16_t *combo = groups->combo.data;
  uint64_t *keys = worker->keys.data;
  unsigned words = merge->family->word_count;
  uint32_t records[TABLE_BATCH];
  for (uint32_t at = first; at < end; at += TABLE_BATCH) {
    uint32_t count = end - at < TABLE_BATCH ? end - at : TABLE_BATCH;
    for (uint32_t i = 0; i < count; i++) {
      uint64_t *key = keys + (size_t)i * table->key_words;
      memcpy(key, merge->grouping->entity_words + (size_t)entity[at + i] * words,
             words * sizeof *key);
      unit_key(merge->unit, merge->grouping, combo[at + i], key + words);
    }
    if (!table_find(table, part, keys, count, records))
      return false;
    for (unsigned u = 0; u < merge->family->unit_count; u++) {
      const struct unit *unit = merge->family->units[u];
      if (unit->host == merge->unit->number)
        merge_groups(worker, merge->family, unit, merge->grouping, table, unit->state_at, at, count,
                     records);
    }
  }
  return true;
}

static bool
reserve_keys(struct rollup_worker *worker, const struct table *table)
{
  return scratch_need(worker->pass->spec.budget, &worker->keys,
                      (size_t)TABLE_BATCH * table->key_words * sizeof(uint64_t));
}

enum rollup_status
table_take(struct rollup_worker *worker, const struct family *family, struct unit *unit,
           const struct grouping *grouping)
{
  const struct unit_groups *groups = &worker->groups[unit->number];
  uint32_t cuts[TABLE_PARTS + 1];
  struct table_merge merge = {family, unit, grouping};
  if (!reserve_keys(worker, unit->table))
    return pass_no_memory(worker->pass);
  table_cut(unit->table, grouping->entity_words, groups->entity.data, groups->count, cuts);
  if (!table_merge_parts(worker, unit->table, cuts, merge_table_part, &merge))
    return pass_no_memory(worker->pass);
  return ROLLUP_DONE;
}

static void
set_bits(const struct family *family, const struct grouping *grouping, const uint64_t *masks,
         uint32_t entity, uint64_t *bits)
{
  for (uint32_t s = grouping->entity_segment[entity]; s < grouping->entity_segment[entity + 1];
       s++) {
    const uint64_t *mask = masks + (size_t)grouping->segment_combo[s] * family->bit_words;
    for (unsigned w = 0; w < family->bit_words; w++)
      bits[w] |= mask[w];
  }
}

/* Groups of UNIT_ENTITY units whose entities are [first, first + count): both are in ascending order. */
static void
merge_entity_unit(struct rollup_worker *worker, const struct table_merge *merge,
                  const struct unit *unit, const struct table *table, uint32_t first,
                  uint32_t count, const uint32_t *records)
{
  struct unit_groups *groups = &worker->groups[unit->number];
  const uint32_t *entity = groups->entity.data;
  uint32_t low = 0, high = groups->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (entity[middle] < first)
      low = middle + 1;
    else
      high = middle;
  }
  uint32_t own[TABLE_BATCH], found = 0;
  for (uint32_t g = low; g < groups->count && entity[g] < first + count; g++)
    own[found++] = records[entity[g] - first];
  merge_groups(worker, merge->family, unit, merge->grouping, table, unit->state_at, low, found,
               own);
}

static bool
merge_entity_part(struct rollup_worker *worker, const void *user, struct table *table,
                  struct table_part *part, uint32_t first, uint32_t end)
{
  const struct table_merge *merge = user;
  const struct family *family = merge->family;
  const struct grouping *grouping = merge->grouping;
  uint32_t records[TABLE_BATCH];
  uint32_t null_entity = grouping->has_null_entity ? grouping->entity_count - 1 : UINT32_MAX;
  for (uint32_t at = first; at < end; at += TABLE_BATCH) {
    uint32_t count = end - at < TABLE_BATCH ? end - at : TABLE_BATCH;
    if (!table_find(table, part, grouping->entity_words + (size_t)at * table->key_words, count,
                    records))
      return false;
    char *states = table_states(table);
    for (uint32_t i = 0; family->bit_words > 0 && i < count; i++)
      if (at + i != null_entity)
        set_bits(family, grouping, worker->masks.data, at + i,
                 (uint64_t *)(void *)(states + (size_t)records[i] * table->record_bytes));
    for (unsigned u = 0; u < family->unit_count; u++)
      if (family->units[u]->kind == UNIT_ENTITY)
        merge_entity_unit(worker, merge, family->units[u], table, at, count, records);
  }
  return true;
}

enum rollup_status
entities_take(struct rollup_worker *worker, struct family *family, const struct grouping *grouping)
{
  struct table *table = family->entities;
  uint32_t cuts[TABLE_PARTS + 1];
  struct table_merge merge = {.family = family, .grouping = grouping};
  table_cut(table, grouping->entity_words, NULL, grouping->entity_count, cuts);
  if (!table_merge_parts(worker, table, cuts, merge_entity_part, &merge))
    return pass_no_memory(worker->pass);
  return ROLLUP_DONE;
}
