/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/explain.h"
#include "plan/tree.h"

static void
append(struct json_object *array, struct json_object *value)
{
  (void)json_object_array_add(array, value);
}

static struct json_object *
numbers_json(const GArray *numbers)
{
  if (numbers == NULL)
    return NULL;
  struct json_object *array = json_object_new_array();
  for (guint i = 0; i < numbers->len; i++)
    append(array, json_object_new_int64(g_array_index(numbers, guint, i)));
  return array;
}

static const char *
function_name(enum plan_function function)
{
  static const char *const names[] = {
      [PLAN_COUNT_ROWS] = "count_rows",
      [PLAN_COUNT] = "count",
      [PLAN_COUNT_DISTINCT] = "count_distinct",
      [PLAN_SUM] = "sum",
      [PLAN_AVERAGE] = "average",
      [PLAN_MIN] = "min",
      [PLAN_MAX] = "max",
      [PLAN_FIRST] = "first",
  };
  return names[function];
}

static struct json_object *
aggregate_json(const struct plan_kernel_aggregate *aggregate)
{
  struct json_object *json = json_object_new_object();
  struct json_object *order = json_object_new_array();
  for (guint i = 0; i < aggregate->order->len; i++) {
    const struct plan_kernel_order *term =
        &g_array_index(aggregate->order, struct plan_kernel_order, i);
    struct json_object *entry = json_object_new_object();
    json_add_uint(entry, "column", term->column);
    json_add_flag(entry, "descending", term->descending);
    json_add_flag(entry, "nulls_first", term->nulls_first);
    append(order, entry);
  }
  json_add_text(json, "function", function_name(aggregate->function));
  json_add_int(json, "argument", aggregate->argument);
  if (aggregate->others->len > 0)
    json_add_object(json, "others", numbers_json(aggregate->others));
  json_add_int(json, "filter", aggregate->filter);
  json_add_object(json, "order", order);
  return json;
}

static struct json_object *
rollup_json(const struct plan *plan, const struct plan_kernel_rollup *rollup)
{
  const struct plan_output *output = plan->outputs->pdata[rollup->output];
  const struct plan_rollup *planned = output->rollups->pdata[rollup->rollup];
  struct json_object *json = json_object_new_object();
  struct json_object *aggregates = json_object_new_array();
  for (guint i = 0; i < rollup->aggregates->len; i++)
    append(aggregates, aggregate_json(rollup->aggregates->pdata[i]));
  json_add_text(json, "name", planned->name);
  json_add_object(json, "keys", numbers_json(rollup->keys));
  json_add_int(json, "where", rollup->where);
  json_add_object(json, "aggregates", aggregates);
  return json;
}

void
explain_pass_kernel(const struct plan *plan, const struct plan_pass *pass, struct json_object *json)
{
  struct json_object *columns = json_object_new_array();
  for (guint i = 0; pass->scan_columns != NULL && i < pass->scan_columns->len; i++)
    append(columns, json_object_new_string(
                        ((const struct plan_column *)pass->scan_columns->pdata[i])->type));
  struct json_object *rollups = json_object_new_array();
  for (guint i = 0; i < pass->kernel_rollups->len; i++)
    append(rollups, rollup_json(plan, pass->kernel_rollups->pdata[i]));
  json_add_text(json, "time_zone", pass->time_zone);
  json_add_text(json, "scan_sql", pass->scan_sql);
  json_add_object(json, "scan_types", columns);
  json_add_object(json, "run_columns", numbers_json(pass->run_columns));
  json_add_object(json, "kernel_rollups", rollups);
}

guint64
explain_estimate(const struct plan_output *output, guint64 *ret_bytes, guint64 *ret_sampled_rows)
{
  guint64 groups = 0;
  *ret_bytes = *ret_sampled_rows = 0;
  for (guint i = 0; i < output->rollups->len; i++) {
    const struct plan_rollup *rollup = output->rollups->pdata[i];
    groups += rollup->estimated_groups;
    *ret_bytes += rollup->estimated_bytes;
    *ret_sampled_rows = rollup->sampled_rows;
  }
  return groups;
}

const char *
explain_refusal(const struct plan_output *output)
{
  for (guint i = 0; i < output->rollups->len; i++) {
    const struct plan_rollup *rollup = output->rollups->pdata[i];
    if (rollup->estimated_refusal != NULL)
      return rollup->estimated_refusal;
  }
  return NULL;
}

char *
explain_strategy(const struct plan_output *output)
{
  g_autoptr(GPtrArray) known = g_ptr_array_new();
  for (guint i = 0; i < output->rollups->len; i++) {
    char *strategy = ((const struct plan_rollup *)output->rollups->pdata[i])->estimated_strategy;
    if (strategy != NULL && !g_ptr_array_find_with_equal_func(known, strategy, g_str_equal, NULL))
      g_ptr_array_add(known, strategy);
  }
  if (known->len == 0)
    return NULL;
  g_ptr_array_add(known, NULL);
  return g_strjoinv("; ", (char **)known->pdata);
}

void
explain_output_kernel(const struct plan *plan, const struct plan_output *output,
                      struct json_object *json)
{
  bool can = false;
  g_autofree char *reason = explain_streaming(plan, output, &can);
  json_add_flag(json, "kernel", output->is_kernel);
  json_add_text(json, "kernel_reason", output->kernel_reason);
  json_add_flag(json, "written_while_read", can);
  json_add_text(json, "written_while_read_reason", reason);
  json_add_flag(json, "written_in_order", output->ordered_keys != NULL);
  guint64 bytes = 0, rows = 0, groups = explain_estimate(output, &bytes, &rows);
  json_add_object(json, "estimated_groups", groups == 0 ? NULL : json_object_new_uint64(groups));
  json_add_object(json, "estimated_bytes", groups == 0 ? NULL : json_object_new_uint64(bytes));
  g_autofree char *strategy = explain_strategy(output);
  const char *refusal = explain_refusal(output);
  json_add_text(json, "estimated_strategy", refusal != NULL ? NULL : strategy);
  json_add_text(json, "estimated_refusal", refusal);
}

/* The name of a scan column that is a bare column. */
static const char *
run_name(const struct plan *plan, const struct plan_pass *pass, guint index)
{
  const struct plan_input *input = pass->inputs->pdata[0];
  const struct inventory *inventory = plan->inventories->pdata[input->inventory];
  return ((const struct inventory_column *)inventory->partition_columns->pdata[index])->name;
}

static bool
has_key(const struct plan_output *output, const char *name)
{
  const struct plan_rollup *rollup = output->rollups->pdata[0];
  for (guint i = 0; i < rollup->groups->len; i++) {
    const struct expr *group = rollup->groups->pdata[i];
    if (tree_is_name(group) && tree_same_name(group->names[0], name))
      return true;
  }
  return false;
}

/* The column that comes first in the order of the files' rows, those of PARTITION_BY before all; NULL: there is no order. */
static const char *
first_in_order(const struct plan_output *output)
{
  if (output->partition_by->len > 0) {
    guint place = g_array_index(output->partition_by, guint, 0);
    return g_array_index(output->direct, struct plan_direct, place).is_key
               ? ((const struct plan_column *)output->columns->pdata[place])->name
               : NULL;
  }
  for (guint i = 0; output->direct_order->len > 0 && i < output->direct->len; i++) {
    const struct plan_direct *direct = &g_array_index(output->direct, struct plan_direct, i);
    if (direct->is_key && direct->index == g_array_index(output->direct_order, guint, 0))
      return ((const struct plan_column *)output->columns->pdata[i])->name;
  }
  return NULL;
}

/* What the kernel may do when partitions of the input do not help: keep rows by the runs that it sees. */
static char *
with_finding(const struct plan_output *output, char *reason)
{
  const char *first = first_in_order(output);
  if (first == NULL)
    return reason;
  g_autofree char *known = reason;
  return g_strdup_printf("%s; run by run in its order, when %s has few values", known, first);
}

char *
explain_streaming(const struct plan *plan, const struct plan_output *output, bool *ret_can)
{
  *ret_can = false;
  if (!output->is_kernel)
    return NULL;
  const struct plan_pass *pass = plan->passes->pdata[output->pass];
  if (output->direct == NULL)
    return g_strdup("its rows are not the groups as they are");
  if (output->direct_order == NULL)
    return g_strdup("it is sorted by more than its keys, or the other way round");
  if (pass->run_columns->len == 0)
    return with_finding(output, g_strdup("where a partition of its input ends is not known"));
  g_autoptr(GString) names = g_string_new(NULL);
  for (guint i = 0; i < pass->run_columns->len; i++) {
    const char *name = run_name(plan, pass, i);
    if (!has_key(output, name))
      return with_finding(
          output, g_strdup_printf("it does not group by %s, which partitions its input", name));
    g_string_append_printf(names, "%s%s", i == 0 ? "" : ", ", name);
  }
  *ret_can = true;
  return g_strdup_printf("it groups by %s, which partition%s its input", names->str,
                         pass->run_columns->len == 1 ? "s" : "");
}
