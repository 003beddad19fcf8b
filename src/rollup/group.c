/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/exact_sum_inline.h"
#include "rollup/kernel.h"

/* Of a unit whose groups are taken to be each in one run because of a column's values: that they are. */
static enum rollup_status
check_local(struct rollup_pass *pass, const struct unit *unit, const struct piece *piece,
            uint32_t run)
{
  if (unit->watched < 0 || pass->found.is_on) /* of runs found this was seen when rows were kept */
    return ROLLUP_DONE;
  unsigned column = (unsigned)unit->watched;
  bool is_local = false;
  (void)pthread_mutex_lock(&pass->lock);
  for (unsigned i = 0; i < unit->small_count; i++) {
    unsigned slot = unit->small[i];
    if (pass->layout.codes[slot] != column || piece->varies[slot])
      continue;
    uint32_t *owner = &pass->local_run[column][piece->constant[slot]];
    is_local = *owner == 0 || *owner == run + 1;
    *owner = run + 1;
  }
  if (!is_local)
    pass->knowledge.columns[column].is_not_local = true;
  (void)pthread_mutex_unlock(&pass->lock);
  return is_local ? ROLLUP_DONE
                  : pass_again(pass, "a value of column %u is in more than one part of the input",
                               column);
}

static enum rollup_status
take_unit(struct rollup_worker *worker, struct family *family, struct unit *unit,
          const struct grouping *grouping)
{
  if (unit->kind == UNIT_DISTINCT)
    return ROLLUP_DONE;
  if (unit->kind == UNIT_CELLS)
    return cells_count_entities(worker, unit, grouping);
  if (unit->host != unit->number)
    return ROLLUP_DONE; /* with its host */
  enum rollup_status status = groups_make(worker, family, unit, grouping);
  if (status != ROLLUP_DONE || unit->kind == UNIT_ENTITY)
    return status;
  if (unit->kind == UNIT_STREAM)
    return stream_take(worker, family, unit, grouping);
  return table_take(worker, family, unit, grouping);
}

static inline void
free_sum(struct exact_sum *sum)
{
  if (sum->tag >> EXACT_SUM_BASE_SHIFT >= EXACT_SUM_MARKS)
    exact_sum_clear(sum);
}

/* Sums that left their windows hold memory of their own. */
static void
free_reals(const struct element_kind *kind, struct exact_sum *sums, uint32_t count)
{
  for (uint32_t i = 0; kind->type == ELEMENT_REAL && sums != NULL && i < count; i++)
    free_sum(&sums[i]);
}

static void
free_sums_of_stretch(const struct family *family, struct rollup_worker *worker,
                     const struct grouping *grouping)
{
  for (unsigned m = 0; m < family->measure_count && grouping->order != NULL; m++)
    free_reals(&family->measures[m].kind, grouping->elements[m], grouping->segment_count);
  for (unsigned u = 0; u < family->unit_count; u++) {
    const struct unit *unit = family->units[u];
    struct unit_groups *groups = &worker->groups[unit->number];
    for (unsigned a = 0; unit->kind != UNIT_CELLS && a < unit->aggregate_count; a++)
      if (groups->elements[a] == groups->folded[a].data)
        free_reals(&unit->aggregates[a].kind, groups->elements[a], groups->count);
  }
}

/* Without an entity the combinations are the segments. */
static void
free_sums_of_run(const struct family *family, const struct grouping *grouping)
{
  for (unsigned m = 0; m < family->measure_count; m++)
    free_reals(&family->measures[m].kind,
               grouping->order == NULL ? grouping->elements[m] : grouping->combo_elements[m],
               grouping->combo_count);
}

/* Of the stretch before: what is not made of this one must not be taken for it when memory ends half way. */
static void
forget_groups(struct unit_groups *groups, const struct unit *unit)
{
  groups->count = 0;
  for (unsigned a = 0; a <= unit->aggregate_count; a++)
    groups->elements[a] = NULL;
}

static enum rollup_status
take_stretch(struct rollup_worker *worker, struct family *family, struct grouping *grouping)
{
  enum rollup_status status = ROLLUP_DONE;
  for (unsigned u = 0; u < family->unit_count; u++)
    forget_groups(&worker->groups[family->units[u]->number], family->units[u]);
  for (unsigned u = 0; u < family->unit_count && status == ROLLUP_DONE; u++)
    if (family->units[u]->kind == UNIT_DISTINCT)
      status = distinct_take(worker, family->units[u], grouping);
  if (status != ROLLUP_DONE)
    return status;
  if (family->has_measures)
    status = measures_compute(worker, family, grouping);
  for (unsigned u = 0; u < family->unit_count && status == ROLLUP_DONE; u++)
    status = take_unit(worker, family, family->units[u], grouping);
  if (status == ROLLUP_DONE && family->entities != NULL)
    status = entities_take(worker, family, grouping);
  if (family->has_measures && family->has_sums)
    free_sums_of_stretch(family, worker, grouping);
  return status;
}

static enum rollup_status
begin_family(struct rollup_worker *worker, struct family *family, struct grouping *grouping)
{
  for (unsigned m = 0; m < family->measure_count; m++)
    grouping->elements[m] = grouping->combo_elements[m] = NULL;
  enum rollup_status status = combos_find(worker, family, grouping);
  if (status == ROLLUP_DONE)
    status = segments_sort(worker, family, grouping);
  if (status == ROLLUP_DONE)
    status = tables_begin(worker, family, grouping);
  if (status == ROLLUP_DONE && family->entities != NULL)
    status = presence_masks(worker, family, grouping);
  for (unsigned u = 0; u < family->unit_count && status == ROLLUP_DONE; u++)
    if (family->units[u]->kind == UNIT_STREAM)
      status = stream_begin(worker, family->units[u], grouping);
  return status;
}

static enum rollup_status
end_family(struct rollup_worker *worker, const struct family *family,
           const struct grouping *grouping)
{
  enum rollup_status status = ROLLUP_DONE;
  for (unsigned u = 0; u < family->unit_count && status == ROLLUP_DONE; u++) {
    struct unit *unit = family->units[u];
    if (unit->kind == UNIT_CELLS)
      status = cells_take(worker, family, unit, grouping);
    else if (unit->kind == UNIT_STREAM)
      status = stream_end(worker, unit, grouping);
  }
  return status;
}

static enum rollup_status
group_family(struct rollup_worker *worker, struct family *family, struct grouping *grouping)
{
  enum rollup_status status = begin_family(worker, family, grouping);
  while (status == ROLLUP_DONE && grouping->row_end < grouping->piece->rows) {
    status = segments_next(worker, family, grouping);
    if (status == ROLLUP_DONE)
      status = take_stretch(worker, family, grouping);
  }
  if (status == ROLLUP_DONE)
    status = end_family(worker, family, grouping);
  if (family->has_measures && family->has_sums)
    free_sums_of_run(family, grouping);
  return status;
}

enum rollup_status
group_run(struct rollup_worker *worker, const struct piece *piece, const struct place *place)
{
  struct rollup_pass *pass = worker->pass;
  struct grouping *grouping = &worker->grouping;
  grouping->piece = piece;
  grouping->place = *place;
  /* All columns that are not are told at once: each start is a scan of all rows. */
  enum rollup_status local = ROLLUP_DONE;
  for (unsigned u = 0; u < pass->unit_count; u++) {
    enum rollup_status status = check_local(pass, &pass->units[u], piece, place->run);
    local = status != ROLLUP_DONE ? status : local;
  }
  if (local != ROLLUP_DONE)
    return local;
  for (unsigned i = 0; i < pass->family_count; i++) {
    struct family *family = &pass->families[pass->family_order[i]];
    if (family->rider_count == 0)
      continue;
    enum rollup_status status = (enum rollup_status)atomic_load(&pass->status);
    if (status == ROLLUP_DONE)
      status = group_family(worker, family, grouping);
    if (status != ROLLUP_DONE)
      return status;
  }
  atomic_fetch_add(&pass->runs_done, !place->more && place->part + 1 == place->parts);
  return pass_check_memory(pass);
}
