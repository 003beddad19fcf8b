/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/cells.h"
#include "rollup/kernel.h"
#include <string.h>

static struct cells *
own_cells(struct rollup_worker *worker, const struct unit *unit)
{
  struct cells **cells = &worker->cells[unit->number];
  if (*cells == NULL)
    *cells = cells_new(worker->pass->spec.budget, unit->key_words, unit->state_bytes);
  return *cells;
}

/* The cell of each combination; NO_CELL where the predicate does not hold. */
static bool
find_cells(struct rollup_worker *worker, const struct unit *unit, const struct grouping *grouping,
           struct cells *cells)
{
  struct rollup_budget *budget = worker->pass->spec.budget;
  size_t bytes = grouping->combo_count * sizeof(uint32_t);
  if (!scratch_need(budget, &worker->cell_of_combo, bytes) ||
      !scratch_need(budget, &worker->filtered, bytes))
    return false;
  uint32_t *cell = worker->cell_of_combo.data;
  uint64_t key[KEY_WORDS_MOST];
  for (uint32_t c = 0; c < grouping->combo_count; c++) {
    cell[c] = NO_CELL;
    if (!flag_is_true(worker->pass, grouping, unit->where, c))
      continue;
    unit_key(unit, grouping, c, key);
    cell[c] = cells_find(cells, key);
    if (cell[c] == NO_CELL)
      return false;
  }
  return true;
}

/* The cells again, without combinations that an aggregate's filter leaves out. */
static const uint32_t *
filter_cells(struct rollup_worker *worker, int filter, const struct grouping *grouping)
{
  const uint32_t *cell = worker->cell_of_combo.data;
  if (filter < 0)
    return cell;
  uint32_t *filtered = worker->filtered.data;
  for (uint32_t c = 0; c < grouping->combo_count; c++)
    filtered[c] = flag_is_true(worker->pass, grouping, filter, c) ? cell[c] : NO_CELL;
  return filtered;
}

/* Entities of a stretch in each cell, NULL aside. */
static bool
count_entities(struct rollup_worker *worker, const struct unit_aggregate *aggregate,
               struct cells *cells, const uint32_t *cell, const struct grouping *grouping)
{
  if (!scratch_need(worker->pass->spec.budget, &worker->stamps, cells->count * sizeof(uint32_t)))
    return false;
  uint32_t *stamp = worker->stamps.data;
  memset(stamp, 0, cells->count * sizeof *stamp);
  uint32_t entities = grouping->entity_count - (grouping->has_null_entity ? 1 : 0);
  for (uint32_t e = 0; e < entities; e++)
    for (uint32_t s = grouping->entity_segment[e]; s < grouping->entity_segment[e + 1]; s++) {
      uint32_t at = cell[grouping->segment_combo[s]];
      if (at == NO_CELL || stamp[at] == e + 1)
        continue;
      stamp[at] = e + 1;
      ++*(uint64_t *)(void *)((char *)cells_state(cells, at) + aggregate->offset);
    }
  return true;
}

enum rollup_status
cells_count_entities(struct rollup_worker *worker, const struct unit *unit,
                     const struct grouping *grouping)
{
  struct cells *cells = NULL;
  for (unsigned a = 0; a < unit->aggregate_count; a++) {
    const struct unit_aggregate *aggregate = &unit->aggregates[a];
    if (!aggregate->in_run)
      continue;
    if (cells == NULL &&
        ((cells = own_cells(worker, unit)) == NULL || !find_cells(worker, unit, grouping, cells)))
      return pass_no_memory(worker->pass);
    const uint32_t *cell = filter_cells(worker, aggregate->filter, grouping);
    if (cells->count > 0 && !count_entities(worker, aggregate, cells, cell, grouping))
      return pass_no_memory(worker->pass);
  }
  return ROLLUP_DONE;
}

enum rollup_status
cells_take(struct rollup_worker *worker, const struct family *family, struct unit *unit,
           const struct grouping *grouping)
{
  struct cells *cells = own_cells(worker, unit);
  if (cells == NULL || !find_cells(worker, unit, grouping, cells))
    return pass_no_memory(worker->pass);
  if (cells->count == 0)
    return ROLLUP_DONE;
  element_merge(&family->measures[0].kind, cells->states, unit->state_bytes,
                worker->cell_of_combo.data, grouping->combo_elements[0], grouping->combo_count);
  for (unsigned a = 0; a < unit->aggregate_count; a++) {
    const struct unit_aggregate *aggregate = &unit->aggregates[a];
    if (aggregate->offset == 0 || aggregate->same_as >= 0 || aggregate->measure < 0)
      continue;
    const uint32_t *cell = filter_cells(worker, aggregate->filter, grouping);
    const void *elements = grouping->combo_elements[aggregate->measure];
    if (aggregate->kind.type == ELEMENT_FIRST)
      measure_merge_first(&family->measures[aggregate->measure], grouping->piece, elements,
                          cells->states + aggregate->offset, unit->state_bytes, cell,
                          grouping->combo_count);
    else
      element_merge(&aggregate->kind, cells->states + aggregate->offset, unit->state_bytes, cell,
                    elements, grouping->combo_count);
  }
  return ROLLUP_DONE;
}

static void
merge_states(const struct unit *unit, char *target, char *source)
{
  *(uint64_t *)(void *)target += *(uint64_t *)(void *)source;
  for (unsigned a = 0; a < unit->aggregate_count; a++) {
    const struct unit_aggregate *aggregate = &unit->aggregates[a];
    if (aggregate->offset == 0 || aggregate->same_as >= 0)
      continue;
    element_merge_state(&aggregate->kind, target + aggregate->offset, source + aggregate->offset);
    element_free(&aggregate->kind, source + aggregate->offset);
  }
}

/* A rollup without keys has its one group also when no row came. */
static bool
add_empty_group(struct unit *unit)
{
  uint64_t none = 0;
  return unit->set != 0 || cells_find(unit->total, &none) != NO_CELL;
}

enum rollup_status
cells_add_up(struct rollup_pass *pass, struct unit *unit)
{
  unit->total = cells_new(pass->spec.budget, unit->key_words, unit->state_bytes);
  if (unit->total == NULL || !add_empty_group(unit))
    return pass_no_memory(pass);
  for (unsigned w = 0; w < pass->worker_count; w++) {
    struct cells *cells =
        pass->workers[w]->cells == NULL ? NULL : pass->workers[w]->cells[unit->number];
    for (uint32_t c = 0; cells != NULL && c < cells->count; c++) {
      uint32_t to = cells_find(unit->total, cells_key(cells, c));
      if (to == NO_CELL)
        return pass_no_memory(pass);
      merge_states(unit, cells_state(unit->total, to), cells_state(cells, c));
    }
  }
  return ROLLUP_DONE;
}
