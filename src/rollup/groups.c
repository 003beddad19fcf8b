/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include <string.h>

#define NONE UINT32_MAX

static bool
same_keys(const struct unit *unit, const struct grouping *grouping, uint32_t a, uint32_t b)
{
  for (unsigned i = 0; i < unit->small_count; i++)
    if (piece_code(grouping->piece, unit->small[i], grouping->representative[a]) !=
        piece_code(grouping->piece, unit->small[i], grouping->representative[b]))
      return false;
  return true;
}

/* A number for the unit's small keys in each combination, NONE where the predicate does not hold. Combinations that follow each
 * other and have the same keys get the same number: of the family's ordered unit all that have the same keys. */
static bool
number_keys(struct rollup_worker *worker, const struct unit *unit, const struct grouping *grouping)
{
  if (!scratch_need(worker->pass->spec.budget, &worker->sub_of_combo,
                    grouping->combo_count * sizeof(uint32_t)))
    return false;
  uint32_t *sub = worker->sub_of_combo.data;
  uint32_t next = 0, last = NONE;
  for (uint32_t c = 0; c < grouping->combo_count; c++) {
    sub[c] = NONE;
    if (!flag_is_true(worker->pass, grouping, unit->groups_where, c))
      continue;
    if (last != NONE && !same_keys(unit, grouping, last, c))
      next++;
    sub[c] = next;
    last = c;
  }
  return true;
}

static bool
find_groups(struct rollup_worker *worker, struct unit_groups *groups,
            const struct grouping *grouping)
{
  struct rollup_budget *budget = worker->pass->spec.budget;
  uint64_t segments = grouping->segment_count;
  if (!scratch_need(budget, &groups->segment_group, segments * sizeof(uint32_t)) ||
      !scratch_need(budget, &groups->entity, segments * sizeof(uint32_t)) ||
      !scratch_need(budget, &groups->combo, segments * sizeof(uint16_t)))
    return false;
  const uint32_t *sub = worker->sub_of_combo.data;
  uint32_t *segment_group = groups->segment_group.data, *entity = groups->entity.data;
  uint16_t *combo = groups->combo.data;
  uint32_t count = 0;
  for (uint32_t e = 0; e < grouping->entity_count; e++) {
    uint32_t last = NONE;
    for (uint32_t s = grouping->entity_segment[e]; s < grouping->entity_segment[e + 1]; s++) {
      uint32_t own = sub[grouping->segment_combo[s]];
      segment_group[s] = NONE;
      if (own == NONE)
        continue;
      if (own != last) {
        entity[count] = e;
        combo[count++] = grouping->segment_combo[s];
        last = own;
      }
      segment_group[s] = count - 1;
    }
  }
  groups->count = count;
  return true;
}

/* Which rows of the groups count: those of two predicates. */
struct choice {
  int where, filter; /* code slots of flags, or -1 */
};

static const uint32_t *
filter_groups(struct rollup_worker *worker, const struct unit_groups *groups, struct choice choice,
              const struct grouping *grouping)
{
  const uint32_t *segment_group = groups->segment_group.data;
  if (choice.where < 0 && choice.filter < 0)
    return segment_group;
  struct rollup_budget *budget = worker->pass->spec.budget;
  if (!scratch_need(budget, &worker->filtered, grouping->segment_count * sizeof(uint32_t)) ||
      !scratch_need(budget, &worker->cell_of_combo, grouping->combo_count * sizeof(uint32_t)))
    return NULL;
  uint32_t *filtered = worker->filtered.data, *passes = worker->cell_of_combo.data;
  for (uint32_t c = 0; c < grouping->combo_count; c++)
    passes[c] = flag_is_true(worker->pass, grouping, choice.where, c) &&
                        flag_is_true(worker->pass, grouping, choice.filter, c)
                    ? 0
                    : NONE;
  for (uint32_t s = 0; s < grouping->segment_count; s++)
    filtered[s] = segment_group[s] | passes[grouping->segment_combo[s]];
  return filtered;
}

/* The elements of a measure by the groups of host, in own. */
static bool
fold(struct rollup_worker *worker, const struct measure *measure, const void *elements,
     struct choice choice, const struct unit_groups *host, struct unit_groups *own, unsigned index,
     const struct grouping *grouping)
{
  bool all = choice.where < 0 && choice.filter < 0;
  if (all && host->count == grouping->segment_count) { /* a group a segment */
    own->elements[index] = (void *)(uintptr_t)elements;
    return true;
  }
  const uint32_t *group = filter_groups(worker, host, choice, grouping);
  struct scratch *scratch = &own->folded[index];
  if (group == NULL || !scratch_need(worker->pass->spec.budget, scratch,
                                     host->count * element_run_bytes(&measure->kind)))
    return false;
  own->elements[index] = scratch->data;
  element_clear(&measure->kind, scratch->data, host->count);
  if (measure->kind.type != ELEMENT_FIRST) {
    element_merge(&measure->kind, scratch->data, measure->kind.bytes, group, elements,
                  grouping->segment_count);
    return true;
  }
  const uint32_t *rows = elements;
  for (uint32_t s = 0; s < grouping->segment_count; s++)
    if (group[s] != NONE)
      measure_fold_first(measure, grouping->piece, (uint32_t *)scratch->data + group[s], rows[s]);
  return true;
}

static bool
fold_unit(struct rollup_worker *worker, const struct family *family, const struct unit *unit,
          const struct unit *host, const struct grouping *grouping)
{
  const struct unit_groups *groups = &worker->groups[host->number];
  struct unit_groups *own = &worker->groups[unit->number];
  unsigned rows = unit->aggregate_count;
  struct choice choice = {unit->where == host->groups_where ? -1 : unit->where, -1};
  own->count = groups->count;
  if (!fold(worker, &family->measures[0], grouping->elements[0], choice, groups, own, rows,
            grouping))
    return false;
  for (unsigned a = 0; a < unit->aggregate_count; a++) {
    const struct unit_aggregate *aggregate = &unit->aggregates[a];
    choice.filter = aggregate->filter;
    if (aggregate->offset == 0)
      own->elements[a] = own->elements[rows];
    else if (aggregate->same_as >= 0)
      own->elements[a] = own->elements[aggregate->same_as];
    else if (!fold(worker, &family->measures[aggregate->measure],
                   grouping->elements[aggregate->measure], choice, groups, own, a, grouping))
      return false;
  }
  return true;
}

enum rollup_status
groups_make(struct rollup_worker *worker, const struct family *family, const struct unit *host,
            const struct grouping *grouping)
{
  if (!number_keys(worker, host, grouping) ||
      !find_groups(worker, &worker->groups[host->number], grouping))
    return pass_no_memory(worker->pass);
  for (unsigned u = 0; u < family->unit_count; u++)
    if (family->units[u]->host == host->number &&
        !fold_unit(worker, family, family->units[u], host, grouping))
      return pass_no_memory(worker->pass);
  return ROLLUP_DONE;
}
