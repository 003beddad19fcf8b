/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/local.h"
#include "util/machine.h"

#define LOOK_BYTES G_GUINT64_CONSTANT(2000000)

/* A sum that is lost now, or was before: all of them are seen when any of the database's ever was. */
static bool
none_is_lost(const struct exact_sum_memory *memory, void *const *states, gsize count)
{
  if (!atomic_load_explicit(&memory->has_lost, memory_order_relaxed))
    return true;
  for (gsize i = 0; i < count; i++)
    if (exact_sum_is_lost(states[i]))
      return false;
  return true;
}

/* Beyond their own part sums have what the process as a whole has left, which is looked up now and then. */
static bool
have_room(struct local *local)
{
  guint64 used = atomic_load_explicit(&local->sum_budget.used_bytes, memory_order_relaxed);
  if (used <= local->sums_own_bytes)
    return true;
  guint64 seen = atomic_load_explicit(&local->sums_seen_bytes, memory_order_relaxed);
  if (used - MIN(used, seen) < LOOK_BYTES && seen - MIN(used, seen) < LOOK_BYTES)
    return true;
  guint64 process = machine_process_bytes();
  if (process == 0 || process > local->memory_limit_bytes)
    return false;
  atomic_store_explicit(&local->sums_seen_bytes, used, memory_order_relaxed);
  return true;
}

static bool
add_values(void *user, void *const *states, const void *values, gsize count)
{
  struct local *local = user;
  exact_sum_add_each((struct exact_sum *const *)states, values, count, &local->sum_memory);
  return none_is_lost(&local->sum_memory, states, count) && have_room(local);
}

static bool
merge_states(void *user, void *const *source, void *const *target, gsize count)
{
  struct local *local = user;
  for (gsize i = 0; i < count; i++)
    exact_sum_merge(target[i], source[i], &local->sum_memory);
  return none_is_lost(&local->sum_memory, target, count) && have_room(local);
}

static enum duck_aggregate_result
finish(const void *state, double value, void *ret_value)
{
  *(double *)ret_value = value;
  if (exact_sum_is_lost(state))
    return DUCK_AGGREGATE_NO_MEMORY;
  return exact_sum_count(state) == 0 ? DUCK_AGGREGATE_NULL : DUCK_AGGREGATE_VALUE;
}

static enum duck_aggregate_result
finish_sum(UNUSED void *user, const void *state, void *ret_value)
{
  return finish(state, exact_sum_result(state), ret_value);
}

static enum duck_aggregate_result
finish_average(UNUSED void *user, const void *state, void *ret_value)
{
  return finish(state, exact_sum_average(state), ret_value);
}

static void
destroy_state(void *state)
{
  exact_sum_clear(state);
}

bool
sums_register(struct local *local, GError **error)
{
  static const struct duck_aggregate sum = {.name = "kindling_sum",
                                            .state_bytes = sizeof(struct exact_sum),
                                            .update = add_values,
                                            .combine = merge_states,
                                            .finalize = finish_sum,
                                            .destroy = destroy_state};
  local->sum_memory.budget = &local->sum_budget;
  local->sums[0] = sum;
  local->sums[0].user = local;
  local->sums[1] = local->sums[0];
  local->sums[1].name = "kindling_avg";
  local->sums[1].finalize = finish_average;
  for (gsize i = 0; i < G_N_ELEMENTS(local->sums); i++)
    if (!duck_register_aggregate(local->work, &local->sums[i], error))
      return false;
  return true;
}
