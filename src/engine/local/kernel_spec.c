/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/type.h"
#include "engine/local/kernel.h"
#include <stdlib.h>

_Static_assert((int)PLAN_SCAN_COLUMNS_MOST == (int)ROLLUP_COLUMNS_MOST, "what is planned fits");
_Static_assert((int)PLAN_ORDER_MOST == (int)ROLLUP_ORDER_MOST, "what is planned fits");

bool
kernel_layout_of(const char *duck_type, enum rollup_type *ret_type)
{
  static const enum rollup_type types[] = {
      [DUCK_VALUE_BOOL] = ROLLUP_BOOL,     [DUCK_VALUE_INT8] = ROLLUP_INT8,
      [DUCK_VALUE_INT16] = ROLLUP_INT16,   [DUCK_VALUE_INT32] = ROLLUP_INT32,
      [DUCK_VALUE_INT64] = ROLLUP_INT64,   [DUCK_VALUE_INT128] = ROLLUP_INT128,
      [DUCK_VALUE_UINT8] = ROLLUP_UINT8,   [DUCK_VALUE_UINT16] = ROLLUP_UINT16,
      [DUCK_VALUE_UINT32] = ROLLUP_UINT32, [DUCK_VALUE_UINT64] = ROLLUP_UINT64,
      [DUCK_VALUE_FLOAT] = ROLLUP_FLOAT,   [DUCK_VALUE_DOUBLE] = ROLLUP_DOUBLE,
      [DUCK_VALUE_STRING] = ROLLUP_STRING,
  };
  enum duck_value value = duck_value_of(duck_type);
  if (value == DUCK_VALUE_NONE)
    return false;
  *ret_type = types[value];
  return true;
}

gpointer
kernel_spec_alloc(struct kernel_spec *spec, gsize bytes)
{
  gpointer block = g_malloc0(bytes);
  g_ptr_array_add(spec->blocks, block);
  return block;
}

void
kernel_spec_free(struct kernel_spec *spec)
{
  if (spec == NULL)
    return;
  g_array_unref(spec->numbers);
  g_ptr_array_unref(spec->run_values);
  g_ptr_array_unref(spec->blocks);
  g_free(spec);
}

static enum rollup_function
function_of(enum plan_function function)
{
  static const enum rollup_function functions[] = {
      [PLAN_COUNT_ROWS] = ROLLUP_COUNT_ROWS,
      [PLAN_COUNT] = ROLLUP_COUNT,
      [PLAN_COUNT_DISTINCT] = ROLLUP_COUNT_DISTINCT,
      [PLAN_SUM] = ROLLUP_SUM,
      [PLAN_AVERAGE] = ROLLUP_AVERAGE,
      [PLAN_MIN] = ROLLUP_MIN,
      [PLAN_MAX] = ROLLUP_MAX,
      [PLAN_FIRST] = ROLLUP_FIRST,
  };
  return functions[function];
}

/* Of "DECIMAL(18,2)": 100. */
static void
tell_decimal(const struct plan_pass *planned, struct rollup_aggregate *aggregate)
{
  guint8 scale = 0;
  aggregate->scale = 1;
  if (aggregate->argument < 0)
    return;
  const struct plan_column *column = g_ptr_array_index(planned->scan_columns, aggregate->argument);
  aggregate->is_decimal = duck_decimal_of(column->stored_type, NULL, &scale);
  g_autofree char *power = g_strdup_printf("1e%u", scale);
  aggregate->scale = g_ascii_strtod(power, NULL);
}

static void
fill_aggregate(struct kernel_spec *spec, const struct plan_pass *planned,
               const struct plan_kernel_aggregate *from, struct rollup_aggregate *to)
{
  struct rollup_order *order = kernel_spec_alloc(spec, (from->order->len + 1) * sizeof *order);
  for (guint i = 0; i < from->order->len; i++) {
    const struct plan_kernel_order *key = &g_array_index(from->order, struct plan_kernel_order, i);
    order[i] = (struct rollup_order){
        .column = key->column, .descending = key->descending, .nulls_first = key->nulls_first};
  }
  unsigned *others = kernel_spec_alloc(spec, (from->others->len + 1) * sizeof *others);
  for (guint i = 0; i < from->others->len; i++)
    others[i] = g_array_index(from->others, guint, i);
  *to = (struct rollup_aggregate){.function = function_of(from->function),
                                  .argument = from->argument,
                                  .others = others,
                                  .other_count = from->others->len,
                                  .filter = from->filter,
                                  .order = order,
                                  .order_count = from->order->len,
                                  .skip_null_argument = from->skip_null_argument,
                                  .skip_null_order = from->skip_null_order};
  tell_decimal(planned, to);
}

static const struct plan_rollup *
planned_rollup(const struct plan *plan, const struct plan_kernel_rollup *kernel)
{
  const struct plan_output *output = g_ptr_array_index(plan->outputs, kernel->output);
  return g_ptr_array_index(output->rollups, kernel->rollup);
}

static void
fill_rollup(struct kernel_spec *spec, const struct plan *plan, const struct plan_pass *planned,
            const struct plan_kernel_rollup *from, struct rollup_spec *to)
{
  const struct plan_rollup *rollup = planned_rollup(plan, from);
  unsigned *keys = kernel_spec_alloc(spec, (from->keys->len + 1) * sizeof *keys);
  for (guint i = 0; i < from->keys->len; i++)
    keys[i] = g_array_index(from->keys, guint, i);
  uint64_t *sets = kernel_spec_alloc(spec, (rollup->group_sets->len + 1) * sizeof *sets);
  for (guint i = 0; i < rollup->group_sets->len; i++) {
    const GArray *set = g_ptr_array_index(rollup->group_sets, i);
    for (guint k = 0; k < set->len; k++)
      sets[i] |= UINT64_C(1) << g_array_index(set, guint, k);
  }
  struct rollup_aggregate *aggregates =
      kernel_spec_alloc(spec, (from->aggregates->len + 1) * sizeof *aggregates);
  for (guint i = 0; i < from->aggregates->len; i++)
    fill_aggregate(spec, planned, g_ptr_array_index(from->aggregates, i), &aggregates[i]);
  *to = (struct rollup_spec){.keys = keys,
                             .key_count = from->keys->len,
                             .sets = sets,
                             .set_count = rollup->group_sets->len,
                             .where = from->where,
                             .aggregates = aggregates,
                             .aggregate_count = from->aggregates->len};
}

static void
fill_rollups(struct kernel_spec *spec, const struct plan *plan, const struct plan_pass *planned,
             const GArray *outputs)
{
  spec->rollups =
      kernel_spec_alloc(spec, (planned->kernel_rollups->len + 1) * sizeof *spec->rollups);
  for (guint i = 0; i < planned->kernel_rollups->len; i++) {
    const struct plan_kernel_rollup *kernel = g_ptr_array_index(planned->kernel_rollups, i);
    if (!plan_is_among(outputs, kernel->output))
      continue;
    fill_rollup(spec, plan, planned, kernel, &spec->rollups[spec->numbers->len]);
    g_array_append_val(spec->numbers, i);
  }
  spec->pass.rollups = spec->rollups;
  spec->pass.rollup_count = spec->numbers->len;
}

static bool
fill_columns(struct kernel_spec *spec, const struct plan_pass *planned, char **ret_reason)
{
  guint count = planned->scan_columns->len;
  enum rollup_type *types = kernel_spec_alloc(spec, (count + 1) * sizeof *types);
  for (guint i = 0; i < count; i++) {
    const struct plan_column *column = g_ptr_array_index(planned->scan_columns, i);
    if (kernel_layout_of(column->stored_type, &types[i]))
      continue;
    *ret_reason = g_strdup_printf("the kernel has no layout for the type %s", column->stored_type);
    return false;
  }
  spec->pass.columns = types;
  spec->pass.column_count = count;
  return true;
}

struct kernel_spec *
kernel_spec_new(const struct plan *plan, const struct plan_pass *planned, const GArray *outputs,
                char **ret_reason)
{
  struct kernel_spec *spec = g_new0(struct kernel_spec, 1);
  spec->numbers = g_array_new(FALSE, FALSE, sizeof(guint));
  spec->run_values = g_ptr_array_new();
  spec->blocks = g_ptr_array_new_with_free_func(g_free);
  if (!fill_columns(spec, planned, ret_reason)) {
    kernel_spec_free(spec);
    return NULL;
  }
  fill_rollups(spec, plan, planned, outputs);
  kernel_runs_fill(spec, plan, planned);
  return spec;
}
