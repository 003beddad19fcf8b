/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/cells.h"
#include "rollup/kernel.h"

/* Entities with rows that count here; without a predicate all have some. */
static uint64_t
count_groups(const struct rollup_pass *pass, const struct unit *unit, const struct table *table)
{
  if (unit->where < 0 ||
      (unit->kind == UNIT_TABLE && unit->where == pass->units[unit->host].groups_where))
    return table_count(table);
  uint64_t count = 0;
  const char *states = table_states(table) + unit->state_at;
  for (uint32_t i = 0, end = table_end(table); i < end; i++)
    count += *(const uint64_t *)(const void *)(states + (size_t)i * table->record_bytes) != 0;
  return count;
}

/* Of units with groups of their own. */
static const char *
strategy_of(const struct rollup_pass *pass, const struct unit *unit)
{
  switch (unit->kind) {
  case UNIT_CELLS:
    return "cells";
  case UNIT_TABLE:
    return "table of groups";
  case UNIT_ENTITY:
    return "table of entities";
  case UNIT_STREAM:
    return pass->found.is_on ? "runs found while reading, in order" : "runs in order";
  case UNIT_DISTINCT:
    break;
  }
  return NULL;
}

/* Of all its units: some may be counted run by run and others not. */
static void
find_strategy(const struct rollup_pass *pass, unsigned rollup, const char **strategy,
              const char **distinct)
{
  for (unsigned u = 0; u < pass->unit_count; u++) {
    const struct unit *unit = &pass->units[u];
    if (unit->rollup != rollup)
      continue;
    if (unit->kind != UNIT_DISTINCT)
      *strategy = strategy_of(pass, unit);
    else if (*distinct == NULL || !unit->is_local)
      *distinct = unit->is_local ? "distinct values run by run" : "distinct values in tables";
  }
}

const char *
rollup_pass_strategy(const struct rollup_pass *pass, unsigned rollup, const char **ret_distinct)
{
  const char *strategy = NULL;
  *ret_distinct = NULL;
  if (pass->is_laid_out && pass->knowledge.gave_up[rollup] == NULL)
    find_strategy(pass, rollup, &strategy, ret_distinct);
  return strategy;
}

const char *
rollup_pass_gave_up(const struct rollup_pass *pass, unsigned rollup)
{
  return pass->knowledge.ran_out[rollup] ? NULL : pass->knowledge.gave_up[rollup];
}

static void
add_unit(const struct rollup_pass *pass, const struct unit *unit, struct rollup_outcome *outcome)
{
  const struct table *entities = pass->families[unit->family].entities;
  switch (unit->kind) {
  case UNIT_CELLS:
    outcome->groups += unit->total == NULL ? 0 : unit->total->count;
    outcome->memory_bytes += unit->total == NULL ? 0
                                                 : (uint64_t)unit->total->capacity *
                                                       (unit->state_bytes + unit->key_words * 8);
    break;
  case UNIT_TABLE:
    outcome->groups += count_groups(pass, unit, unit->table);
    outcome->memory_bytes += unit->host == unit->number ? table_bytes(unit->table) : 0;
    break;
  case UNIT_ENTITY:
    outcome->groups += entities == NULL ? 0 : count_groups(pass, unit, entities);
    outcome->memory_bytes += entities == NULL ? 0 : table_count(entities) * unit->state_bytes;
    break;
  case UNIT_STREAM:
    outcome->kind = ROLLUP_STREAMED;
    outcome->groups += atomic_load(&unit->streamed);
    break;
  case UNIT_DISTINCT:
    outcome->memory_bytes += unit->distinct_bytes;
    break;
  }
}

struct rollup_outcome
rollup_pass_outcome(const struct rollup_pass *pass, unsigned rollup)
{
  struct rollup_outcome outcome = {.kind = ROLLUP_RESULT, .strategy = "none"};
  if (!pass->is_finished || pass->knowledge.gave_up[rollup] != NULL) {
    outcome.kind = ROLLUP_GAVE_UP;
    outcome.reason =
        pass->knowledge.gave_up[rollup] != NULL ? pass->knowledge.gave_up[rollup] : pass->reason;
    outcome.ran_out = pass->knowledge.ran_out[rollup];
    return outcome;
  }
  find_strategy(pass, rollup, &outcome.strategy, &outcome.distinct);
  for (unsigned u = 0; u < pass->unit_count; u++)
    if (pass->units[u].rollup == rollup)
      add_unit(pass, &pass->units[u], &outcome);
  return outcome;
}

bool
rollup_pass_keeps_rows(const struct rollup_pass *pass, uint64_t *ret_grouped)
{
  *ret_grouped = atomic_load(&pass->rows_grouped);
  return atomic_load(&pass->found.is_on) || atomic_load(&pass->has_giant);
}

struct rollup_report
rollup_pass_report(const struct rollup_pass *pass)
{
  struct rollup_report report = {.rows = atomic_load(&pass->rows),
                                 .runs = atomic_load(&pass->runs_done),
                                 .ranges = atomic_load(&pass->ranges_done),
                                 .range_workers = atomic_load(&pass->range_workers),
                                 .passes = pass->attempts + 1,
                                 .found = pass->found.is_on,
                                 .peak_bytes = atomic_load(&pass->spec.budget->peak_bytes)};
  for (unsigned f = 0; f < pass->family_count; f++)
    if (pass->families[f].entities != NULL) {
      uint64_t count = table_count(pass->families[f].entities);
      report.entities = count > report.entities ? count : report.entities;
    }
  return report;
}
