/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/separate.h"
#include "plan/tree.h"
#include "util/text.h"

static const char *
function_name(const struct plan_aggregate *aggregate)
{
  if (aggregate->exact_function != NULL)
    return aggregate->exact_function;
  return g_str_equal(aggregate->function, "count_star") ? "count" : aggregate->function;
}

static void
append_order(GString *sql, const struct plan_aggregate *aggregate)
{
  for (guint i = 0; i < aggregate->order->len; i++) {
    const struct plan_aggregate_order *order = aggregate->order->pdata[i];
    g_string_append_printf(sql, "%sc%u %s NULLS %s", i == 0 ? " ORDER BY " : ", ", order->input,
                           order->descending ? "DESC" : "ASC",
                           order->nulls == NULLS_FIRST ? "FIRST" : "LAST");
  }
}

static void
append_aggregate(GString *sql, const struct plan_aggregate *aggregate)
{
  g_autofree char *name = text_sql_name(function_name(aggregate));
  g_string_append_printf(sql, "%s(%s", name, aggregate->distinct ? "DISTINCT " : "");
  if (aggregate->arguments->len == 0)
    g_string_append_c(sql, '*');
  for (guint i = 0; i < aggregate->arguments->len; i++)
    g_string_append_printf(sql, "%sc%u", i == 0 ? "" : ", ",
                           g_array_index(aggregate->arguments, guint, i));
  append_order(sql, aggregate);
  g_string_append_c(sql, ')');
  if (aggregate->filter >= 0)
    g_string_append_printf(sql, " FILTER (WHERE c%d)", aggregate->filter);
}

static guint
key(const struct plan_rollup *rollup, guint index)
{
  return g_array_index(rollup->group_inputs, guint, index);
}

static void
append_bits(GString *sql, const struct plan_rollup *rollup)
{
  g_string_append(sql, ", CAST(0 AS BIGINT)");
  for (guint i = 0; i < rollup->groups->len && i < 60; i++)
    g_string_append_printf(sql, " + (CAST(GROUPING(c%u) AS BIGINT) << %u)", key(rollup, i), i);
  g_string_append(sql, " AS gs");
}

static void
append_groups(GString *sql, const struct plan_rollup *rollup)
{
  if (rollup->groups->len == 0 && rollup->group_sets->len == 1)
    return;
  g_string_append(sql, " GROUP BY GROUPING SETS (");
  for (guint i = 0; i < rollup->group_sets->len; i++) {
    const GArray *set = rollup->group_sets->pdata[i];
    g_string_append(sql, i == 0 ? "(" : ", (");
    for (guint k = 0; k < set->len; k++)
      g_string_append_printf(sql, "%sc%u", k == 0 ? "" : ", ",
                             key(rollup, g_array_index(set, guint, k)));
    g_string_append_c(sql, ')');
  }
  g_string_append_c(sql, ')');
}

struct query *
rollup_query(struct duck_connection *connection, const struct plan_rollup *rollup, GError **error)
{
  g_autoptr(GString) sql = g_string_new("SELECT ");
  for (guint i = 0; i < rollup->groups->len; i++)
    g_string_append_printf(sql, "%sc%u AS g%u", i == 0 ? "" : ", ", key(rollup, i), i);
  for (guint i = 0; i < rollup->aggregates->len; i++) {
    g_string_append(sql, i + rollup->groups->len == 0 ? "" : ", ");
    append_aggregate(sql, rollup->aggregates->pdata[i]);
    g_string_append_printf(sql, " AS a%u", i);
  }
  if (rollup->groups->len + rollup->aggregates->len == 0)
    g_string_append(sql, "count(*) AS a0");
  if (rollup->needs_grouping_bits)
    append_bits(sql, rollup);
  g_string_append(sql, " FROM (SELECT 1) AS scan");
  append_groups(sql, rollup);
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  AUTO(ast_query_free) struct query *query = ast_parse(connection, sql->str, &fault, error);
  if (query == NULL && fault != NULL)
    (void)duck_fault_raise(fault, error);
  if (query == NULL)
    return NULL;
  ast_query_free(query->from->query);
  query->from->query = ast_query_copy(rollup->scan);
  return g_steal_pointer(&query);
}
