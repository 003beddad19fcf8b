/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/local.h"
#include "rollup/integer_sum.h"
#include "util/error.h"
#include <math.h>

enum { SCALES = 39, WIDE_TYPES = SCALES + 1 /* HUGEINT */ };

/* sum or avg of one type. */
struct wide_sum {
  struct duck_aggregate aggregate;
  char name[32];
  bool is_decimal;
  double unit; /* 10^scale */
};

static bool
add_values(UNUSED void *user, void *const *states, const void *values, gsize count)
{
  const struct integer_128 *numbers = values;
  for (gsize i = 0; i < count; i++)
    integer_sum_add(states[i], numbers[i]);
  return true;
}

static bool
merge_states(UNUSED void *user, void *const *source, void *const *target, gsize count)
{
  for (gsize i = 0; i < count; i++)
    integer_sum_merge(target[i], source[i]);
  return true;
}

static enum duck_aggregate_result
finish_sum(void *user, const void *state, void *ret_value)
{
  const struct wide_sum *wide = user;
  const struct integer_sum *sum = state;
  if (sum->count == 0)
    return DUCK_AGGREGATE_NULL;
  return integer_sum_result(sum, wide->is_decimal, ret_value) ? DUCK_AGGREGATE_VALUE
                                                              : DUCK_AGGREGATE_TOO_LARGE;
}

static enum duck_aggregate_result
finish_average(void *user, const void *state, void *ret_value)
{
  const struct wide_sum *wide = user;
  const struct integer_sum *sum = state;
  double *value = ret_value;
  *value = integer_sum_average(sum, wide->unit);
  return sum->count == 0 ? DUCK_AGGREGATE_NULL : DUCK_AGGREGATE_VALUE;
}

static void
describe(struct wide_sum *wide, bool is_average, guint type)
{
  const char *function = is_average ? "avg" : "sum";
  wide->is_decimal = type < SCALES;
  wide->unit = wide->is_decimal ? (double)powl(10, type) : 1;
  if (wide->is_decimal)
    (void)g_snprintf(wide->name, sizeof wide->name, "kindling_%s_decimal_%u", function, type);
  else
    (void)g_snprintf(wide->name, sizeof wide->name, "kindling_%s_hugeint", function);
  enum duck_aggregate_number number =
      wide->is_decimal ? DUCK_AGGREGATE_DECIMAL : DUCK_AGGREGATE_HUGEINT;
  wide->aggregate = (struct duck_aggregate){.name = wide->name,
                                            .state_bytes = sizeof(struct integer_sum),
                                            .update = add_values,
                                            .combine = merge_states,
                                            .finalize = is_average ? finish_average : finish_sum,
                                            .user = wide,
                                            .argument = number,
                                            .result = is_average ? DUCK_AGGREGATE_DOUBLE : number,
                                            .scale = (guint8)(wide->is_decimal ? type : 0)};
}

/* NULL: the name is none of theirs. */
static struct wide_sum *
wide_sum_new(const char *name)
{
  g_autofree struct wide_sum *wide = g_new0(struct wide_sum, 1);
  for (guint i = 0; i < 2 * WIDE_TYPES; i++) {
    describe(wide, i >= WIDE_TYPES, i % WIDE_TYPES);
    if (g_str_equal(wide->name, name))
      return g_steal_pointer(&wide);
  }
  return NULL;
}

bool
wide_sums_register(struct local *local, const char *name, GError **error)
{
  if (g_hash_table_contains(local->wide_sums, name))
    return true;
  g_autofree struct wide_sum *wide = wide_sum_new(name);
  if (wide == NULL)
    return error_set(error, ERROR_FAILED, "there is no aggregate '%s'", name);
  if (!duck_register_aggregate(local->work, &wide->aggregate, error))
    return false;
  g_hash_table_insert(local->wide_sums, wide->name, wide);
  wide = NULL;
  return true;
}
