/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/cells.h"
#include "rollup/kernel.h"

#define REASON "a sum has more digits than its type"

static bool
can_overflow(const struct unit_aggregate *aggregate)
{
  return aggregate->kind.type == ELEMENT_INTEGER_128 && aggregate->spec->function == ROLLUP_SUM;
}

static bool
fit(const struct unit_aggregate *aggregate, const char *elements, size_t stride, size_t count)
{
  struct integer_128 value;
  bool all_fit = true;
  for (size_t i = 0; i < count && all_fit; i++)
    all_fit = integer_sum_result((const struct integer_sum *)(const void *)(elements + i * stride),
                                 aggregate->spec->is_decimal, &value);
  return all_fit;
}

bool
overflow_in_groups(const struct unit *unit, const struct unit_groups *groups)
{
  for (unsigned a = 0; a < unit->aggregate_count; a++)
    if (can_overflow(&unit->aggregates[a]) &&
        !fit(&unit->aggregates[a], groups->elements[a], sizeof(struct integer_sum), groups->count))
      return true;
  return false;
}

static bool
overflow_in_states(const struct unit *unit, const char *states, size_t stride, size_t count)
{
  for (unsigned a = 0; a < unit->aggregate_count; a++)
    if (can_overflow(&unit->aggregates[a]) &&
        !fit(&unit->aggregates[a], states + unit->aggregates[a].offset, stride, count))
      return true;
  return false;
}

static bool
overflow_in_unit(const struct rollup_pass *pass, const struct unit *unit)
{
  const struct table *table =
      unit->kind == UNIT_ENTITY ? pass->families[unit->family].entities : unit->table;
  switch (unit->kind) {
  case UNIT_CELLS:
    return unit->total != NULL && unit->total->count > 0 &&
           overflow_in_states(unit, unit->total->states, unit->state_bytes, unit->total->count);
  case UNIT_TABLE:
  case UNIT_ENTITY:
    return table != NULL && overflow_in_states(unit, table_states(table) + unit->state_at,
                                               table->record_bytes, table_end(table));
  case UNIT_STREAM:
  case UNIT_DISTINCT:
    break;
  }
  return false;
}

void
overflow_check(struct rollup_pass *pass)
{
  for (unsigned u = 0; u < pass->unit_count; u++)
    if (overflow_in_unit(pass, &pass->units[u]))
      pass_give_up(pass, pass->units[u].rollup, REASON);
}

void
overflow_learn(struct rollup_pass *pass)
{
  for (unsigned u = 0; u < pass->unit_count; u++)
    if (atomic_load(&pass->units[u].has_overflown))
      pass_give_up(pass, pass->units[u].rollup, REASON);
}
