/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel played by DuckDB: each rollup of a plan's passes is grouped from its pass's scan in the kernel's own terms, and
 * offered as the table that its post-query reads.
 */
#pragma once

#include "duck/scan.h"
#include "plan_kit.h"

static inline const char *
kernel_kit_type(const struct plan_pass *pass, guint column)
{
  return ((const struct plan_column *)pass->scan_columns->pdata[column])->type;
}

static inline void
kernel_kit_order(GString *sql, const struct plan_kernel_aggregate *aggregate)
{
  for (guint i = 0; i < aggregate->order->len; i++) {
    const struct plan_kernel_order *term =
        &g_array_index(aggregate->order, struct plan_kernel_order, i);
    g_string_append_printf(sql, "%sc%u %s NULLS %s", i == 0 ? " ORDER BY " : ", ", term->column,
                           term->descending ? "DESC" : "ASC", term->nulls_first ? "FIRST" : "LAST");
  }
}

static inline void
kernel_kit_filter(GString *sql, const struct plan_kernel_aggregate *aggregate)
{
  g_string_append(sql, " FILTER (WHERE true");
  if (aggregate->filter >= 0)
    g_string_append_printf(sql, " AND c%d", aggregate->filter);
  if (aggregate->skip_null_argument)
    g_string_append_printf(sql, " AND c%d IS NOT NULL", aggregate->argument);
  if (aggregate->skip_null_order)
    g_string_append_printf(sql, " AND c%u IS NOT NULL",
                           g_array_index(aggregate->order, struct plan_kernel_order, 0).column);
  g_string_append(sql, ")");
}

static inline void
kernel_kit_aggregate(GString *sql, const struct plan_pass *pass,
                     const struct plan_kernel_aggregate *aggregate)
{
  static const char *const names[] = {
      [PLAN_COUNT_ROWS] = "count(*",
      [PLAN_COUNT] = "count(",
      [PLAN_COUNT_DISTINCT] = "count(DISTINCT ",
      [PLAN_SUM] = "sum(",
      [PLAN_AVERAGE] = "avg(",
      [PLAN_MIN] = "min(",
      [PLAN_MAX] = "max(",
      [PLAN_FIRST] = "first(",
  };
  bool is_double = aggregate->argument >= 0 &&
                   g_str_equal(kernel_kit_type(pass, (guint)aggregate->argument), "DOUBLE");
  bool adds = aggregate->function == PLAN_SUM || aggregate->function == PLAN_AVERAGE;
  if (adds)
    assert_string_not_equal(kernel_kit_type(pass, (guint)aggregate->argument), "FLOAT");
  g_string_append(sql, adds && is_double ? "kindling_" : "");
  g_string_append(sql, names[aggregate->function]);
  g_string_append(sql, aggregate->others->len > 0 ? "row(" : "");
  if (aggregate->argument >= 0)
    g_string_append_printf(sql, "c%d", aggregate->argument);
  for (guint i = 0; i < aggregate->others->len; i++)
    g_string_append_printf(sql, ", c%u", g_array_index(aggregate->others, guint, i));
  g_string_append(sql, aggregate->others->len > 0 ? ")" : "");
  kernel_kit_order(sql, aggregate);
  g_string_append_c(sql, ')');
  kernel_kit_filter(sql, aggregate);
}

static inline void
kernel_kit_sets(GString *sql, const struct plan_rollup *rollup,
                const struct plan_kernel_rollup *kernel)
{
  if (rollup->groups->len == 0 && rollup->group_sets->len == 1)
    return;
  g_string_append(sql, " GROUP BY GROUPING SETS (");
  for (guint i = 0; i < rollup->group_sets->len; i++) {
    const GArray *set = rollup->group_sets->pdata[i];
    g_string_append(sql, i == 0 ? "(" : ", (");
    for (guint k = 0; k < set->len; k++)
      g_string_append_printf(sql, "%sc%u", k == 0 ? "" : ", ",
                             g_array_index(kernel->keys, guint, g_array_index(set, guint, k)));
    g_string_append_c(sql, ')');
  }
  g_string_append_c(sql, ')');
}

static inline char *
kernel_kit_sql(const struct plan_pass *pass, const struct plan_rollup *rollup,
               const struct plan_kernel_rollup *kernel)
{
  GString *sql = g_string_new("SELECT ");
  assert_int_equal(kernel->keys->len, rollup->groups->len);
  assert_int_equal(kernel->aggregates->len, rollup->aggregates->len);
  for (guint i = 0; i < kernel->keys->len; i++)
    g_string_append_printf(sql, "c%u AS g%u, ", g_array_index(kernel->keys, guint, i), i);
  for (guint i = 0; i < kernel->aggregates->len; i++) {
    kernel_kit_aggregate(sql, pass, kernel->aggregates->pdata[i]);
    g_string_append_printf(sql, " AS a%u, ", i);
  }
  g_string_append(sql, "CAST(0 AS BIGINT)");
  for (guint i = 0; i < kernel->keys->len; i++)
    g_string_append_printf(sql, " + (CAST(GROUPING(c%u) AS BIGINT) << %u)",
                           g_array_index(kernel->keys, guint, i), i);
  g_string_append(sql, " AS gs FROM scan_of_pass");
  if (kernel->where >= 0)
    g_string_append_printf(sql, " WHERE c%d", kernel->where);
  kernel_kit_sets(sql, rollup, kernel);
  return g_string_free(sql, FALSE);
}

static inline void
kernel_kit_check_types(struct kit *kit, const struct plan_rollup *rollup)
{
  g_autofree char *sql = g_strdup_printf("SELECT * FROM %s LIMIT 0", rollup->name);
  AUTO(duck_result_free) struct duck_result *result = kit_query(kit, sql);
  for (guint i = 0; i < rollup->groups->len; i++)
    assert_string_equal(duck_result_type(result, i), rollup->group_types[i]);
  for (guint i = 0; i < rollup->aggregates->len; i++)
    assert_string_equal(duck_result_type(result, rollup->groups->len + i),
                        ((const struct plan_aggregate *)rollup->aggregates->pdata[i])->type);
}

/* Runs the whole scan, as the kernel does: a WHERE around it would keep rows from its expressions. It is what it says to be. */
static inline void
kernel_kit_scan(struct kit *kit, const struct plan_pass *pass)
{
  g_autofree char *sql =
      g_strdup_printf("CREATE OR REPLACE TEMP TABLE scan_of_pass AS %s", pass->scan_sql);
  kit_exec(kit, sql);
  AUTO(duck_result_free)
  struct duck_result *result = kit_query(kit, "SELECT * FROM scan_of_pass LIMIT 0");
  assert_int_equal(duck_result_columns(result), pass->scan_columns->len);
  for (guint i = 0; i < pass->scan_columns->len; i++) {
    const struct plan_column *column = pass->scan_columns->pdata[i];
    assert_string_equal(duck_result_name(result, i), column->name);
    assert_string_equal(duck_result_type(result, i), column->type);
    assert_string_equal(column->type, column->stored_type);
    assert_int_not_equal(duck_value_of(column->type), DUCK_VALUE_NONE);
  }
}

static inline void
kernel_kit_check_flags(const struct plan_pass *pass, const struct plan_kernel_rollup *kernel)
{
  if (kernel->where >= 0)
    assert_string_equal(kernel_kit_type(pass, (guint)kernel->where), "BOOLEAN");
  for (guint i = 0; i < kernel->aggregates->len; i++) {
    const struct plan_kernel_aggregate *aggregate = kernel->aggregates->pdata[i];
    if (aggregate->filter >= 0)
      assert_string_equal(kernel_kit_type(pass, (guint)aggregate->filter), "BOOLEAN");
  }
}

/* Makes every kindling_result_<n> of a plan. */
static inline void
kernel_kit_run(struct kit *kit, const struct plan *plan)
{
  for (guint i = 0; i < plan->passes->len; i++) {
    const struct plan_pass *pass = plan->passes->pdata[i];
    if (pass->scan_sql != NULL)
      kernel_kit_scan(kit, pass);
    for (guint k = 0; k < pass->kernel_rollups->len; k++) {
      const struct plan_kernel_rollup *kernel = pass->kernel_rollups->pdata[k];
      const struct plan_output *output = plan->outputs->pdata[kernel->output];
      const struct plan_rollup *rollup = output->rollups->pdata[kernel->rollup];
      kernel_kit_check_flags(pass, kernel);
      g_autofree char *select = kernel_kit_sql(pass, rollup, kernel);
      g_autofree char *sql =
          g_strdup_printf("CREATE OR REPLACE TEMP TABLE %s AS %s", rollup->name, select);
      kit_exec(kit, sql);
      kernel_kit_check_types(kit, rollup);
    }
  }
}
