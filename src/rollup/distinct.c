/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/cells.h"
#include "rollup/kernel.h"
#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* Distinct values, and distinct rows of columns, that presence bits cannot hold are counted by marks: a row of each value that a group has not had before is
 * marked, and the group's count is the number of its marked rows, which is added up like any other count. Rows are sorted by
 * the group's large keys and the argument, so within a run a value's rows are neighbours. What has been met in other runs says
 * a table without states, unless every group is within one run. */

/* A record's key: the entity's words without those that only say NULL; the codes of the small keys, and behind them the NULLs as
 * bits, of the keys alone where NULL arguments do not count. */
struct packing {
  unsigned word_count, flag_count, key_words;
  unsigned words[WORDS_MOST], flags[WORDS_MOST];
};

bool
distinct_lay_out(const struct rollup_pass *pass, const struct family *family, struct unit *unit)
{
  struct packing *packing = unit->packing = calloc(1, sizeof *packing);
  if (packing == NULL)
    return false;
  unsigned at = 0;
  for (unsigned i = 0; i < family->entity_count; i++) {
    unsigned column = family->entity[i], end = at + pass->knowledge.columns[column].words;
    if (pass->spec.columns[column] != ROLLUP_STRING) {
      if (unit->counted->other_count > 0 || column != (unsigned)unit->counted->argument)
        packing->flags[packing->flag_count++] = at;
      at++;
    }
    while (at < end)
      packing->words[packing->word_count++] = at++;
  }
  packing->key_words = packing->word_count + unit->key_words + (packing->flag_count + 63) / 64;
  unit->table = rollup_table_new(pass->spec.budget, packing->key_words, family->word_count, 0);
  return unit->table != NULL;
}

static void
pack_key(const struct unit *unit, const uint64_t *words, const uint64_t *codes, uint64_t *ret_key)
{
  const struct packing *packing = unit->packing;
  uint64_t *key = ret_key;
  for (unsigned w = 0; w < packing->word_count; w++)
    *key++ = words[packing->words[w]];
  for (unsigned w = 0; w < unit->key_words; w++)
    *key++ = codes[w];
  uint64_t flags = 0;
  for (unsigned f = 0; f < packing->flag_count; f++)
    flags |= words[packing->flags[f]] << f;
  if (packing->flag_count > 0)
    *key = flags;
}

/* A number for the unit's small keys in each combination, the same in all runs of the worker; NONE where the predicates do not
 * hold. */
static bool
number_keys(struct rollup_worker *worker, const struct unit *unit, const struct grouping *grouping)
{
  struct rollup_budget *budget = worker->pass->spec.budget;
  struct cells **cells = &worker->cells[unit->number];
  if (*cells == NULL && (*cells = cells_new(budget, unit->key_words, 0)) == NULL)
    return false;
  if (!scratch_need(budget, &worker->sub_of_combo, grouping->combo_count * sizeof(uint32_t)))
    return false;
  uint32_t *number = worker->sub_of_combo.data;
  uint64_t key[KEY_WORDS_MOST + 1];
  for (uint32_t c = 0; c < grouping->combo_count; c++) {
    number[c] = NONE;
    if (!flag_is_true(worker->pass, grouping, unit->where, c) ||
        !flag_is_true(worker->pass, grouping, unit->filter, c))
      continue;
    unit_key(unit, grouping, c, key);
    if ((number[c] = cells_find(*cells, key)) == NO_CELL)
      return false;
  }
  return true;
}

static bool
reserve(struct rollup_worker *worker, const struct unit *unit, const struct grouping *grouping)
{
  struct rollup_budget *budget = worker->pass->spec.budget;
  struct unit_groups *groups = &worker->groups[unit->number];
  size_t bytes = grouping->segment_count * sizeof(uint32_t);
  const struct cells *cells = worker->cells[unit->number];
  bool is_first = grouping->order == NULL || grouping->segment_start[0] == 0;
  if ((is_first && !scratch_need(budget, &groups->marks, grouping->piece->rows)) ||
      !scratch_need(budget, &worker->stamps, (cells->count + UINT64_C(1)) * sizeof(uint32_t)))
    return false;
  if (is_first)
    memset(groups->marks.data, 0, grouping->piece->rows);
  memset(worker->stamps.data, 0, cells->count * sizeof(uint32_t));
  return unit->table == NULL ||
         (scratch_need(budget, &groups->segment_group, bytes) &&
          scratch_need(budget, &groups->entity, bytes) &&
          scratch_need(budget, &worker->filtered, bytes) &&
          scratch_need(budget, &worker->keys,
                       TABLE_BATCH * unit->table->key_words * sizeof(uint64_t)));
}

/* The values of the run's groups: their entities, the numbers of their small keys, and a row of each. */
struct values {
  const struct unit *unit;
  const struct grouping *grouping;
  const struct cells *cells;
  uint32_t *entity, *number, *row;
  uint8_t *marks;
  uint32_t count;
};

static void
add_value(struct values *values, uint32_t entity, uint32_t number, uint32_t row)
{
  if (values->unit->table == NULL) {
    values->marks[row] = 1;
    return;
  }
  values->entity[values->count] = entity;
  values->number[values->count] = number;
  values->row[values->count++] = row;
}

/* Without an entity the small keys are all of a value. */
static void
find_small_values(const struct rollup_worker *worker, struct values *values)
{
  const struct grouping *grouping = values->grouping;
  const uint32_t *number = worker->sub_of_combo.data;
  uint32_t *stamp = worker->stamps.data;
  for (uint32_t c = 0; c < grouping->combo_count; c++) {
    uint32_t own = number[c];
    if (own == NONE || stamp[own] == 1)
      continue;
    stamp[own] = 1;
    add_value(values, 0, own, grouping->representative[c]);
  }
}

static void
find_values(const struct rollup_worker *worker, struct values *values)
{
  const struct grouping *grouping = values->grouping;
  const uint32_t *number = worker->sub_of_combo.data;
  uint32_t *stamp = worker->stamps.data;
  for (uint32_t e = 0; e < grouping->entity_count; e++)
    for (uint32_t s = grouping->entity_segment[e]; s < grouping->entity_segment[e + 1]; s++) {
      uint32_t own = number[grouping->segment_combo[s]];
      if (own == NONE || stamp[own] == e + 1)
        continue;
      stamp[own] = e + 1;
      uint32_t row = grouping->order[grouping->segment_start[s]];
      if (piece_is_valid(grouping->piece, values->unit->valid, row))
        add_value(values, e, own, row);
    }
}

static bool
add_part(struct rollup_worker *worker, const void *user, struct table *table,
         struct table_part *part, uint32_t first, uint32_t end)
{
  const struct values *values = user;
  const struct grouping *grouping = values->grouping;
  uint64_t *keys = worker->keys.data;
  bool is_new[TABLE_BATCH];
  for (uint32_t at = first; at < end; at += TABLE_BATCH) {
    uint32_t count = end - at < TABLE_BATCH ? end - at : TABLE_BATCH;
    for (uint32_t i = 0; i < count; i++)
      pack_key(values->unit,
               table->entity_words == 0
                   ? NULL
                   : grouping->entity_words + (size_t)values->entity[at + i] * table->entity_words,
               cells_key(values->cells, values->number[at + i]),
               keys + (size_t)i * table->key_words);
    if (!table_add(table, part, keys, count, is_new))
      return false;
    for (uint32_t i = 0; i < count; i++)
      values->marks[values->row[at + i]] = is_new[i];
  }
  return true;
}

enum rollup_status
distinct_take(struct rollup_worker *worker, struct unit *unit, const struct grouping *grouping)
{
  if (!number_keys(worker, unit, grouping) || !reserve(worker, unit, grouping))
    return pass_no_memory(worker->pass);
  const struct unit_groups *groups = &worker->groups[unit->number];
  struct values values = {.unit = unit,
                          .grouping = grouping,
                          .cells = worker->cells[unit->number],
                          .entity = groups->entity.data,
                          .number = groups->segment_group.data,
                          .row = worker->filtered.data,
                          .marks = groups->marks.data};
  if (grouping->order == NULL)
    find_small_values(worker, &values);
  else
    find_values(worker, &values);
  if (unit->table == NULL)
    return ROLLUP_DONE;
  uint32_t cuts[TABLE_PARTS + 1];
  table_cut(unit->table, grouping->entity_words, values.entity, values.count, cuts);
  return table_merge_parts(worker, unit->table, cuts, add_part, &values)
             ? ROLLUP_DONE
             : pass_no_memory(worker->pass);
}

void
distinct_free_tables(struct rollup_pass *pass)
{
  for (unsigned u = 0; u < pass->unit_count; u++) {
    struct unit *unit = &pass->units[u];
    if (unit->kind != UNIT_DISTINCT || unit->table == NULL)
      continue;
    unit->distinct_bytes = table_bytes(unit->table);
    rollup_table_free(unit->table);
    unit->table = NULL;
  }
}

static uint64_t
bytes_of_rollup(const struct rollup_pass *pass, unsigned rollup)
{
  uint64_t bytes = 0;
  for (unsigned u = 0; u < pass->unit_count; u++) {
    const struct unit *unit = &pass->units[u];
    if (unit->rollup == rollup && unit->kind == UNIT_DISTINCT && unit->table != NULL)
      bytes += table_bytes(unit->table);
  }
  return bytes;
}

bool
distinct_give_up(struct rollup_pass *pass)
{
  uint64_t most = 0;
  unsigned found = 0;
  for (unsigned r = 0; r < pass->spec.rollup_count; r++) {
    uint64_t bytes = bytes_of_rollup(pass, r);
    if (bytes > most) {
      most = bytes;
      found = r;
    }
  }
  if (most == 0 || most < pass->spec.budget->limit_bytes / 8)
    return false;
  pass_give_up(pass, found, "its distinct values need more memory than the kernel has");
  pass->knowledge.ran_out[found] = true;
  return true;
}
