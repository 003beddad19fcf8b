/* SPDX-License-Identifier: Apache-2.0
 * A job reads its declared inputs and nothing else: no files, no table functions, no catalogue. */
#include "job/job_inside.h"
#include <string.h>

#define ONLY_INPUTS                                                                                \
  "A job reads only its declared inputs: write FROM events and give --input events=PATH."
#define NO_SAMPLE                                                                                  \
  "A sample depends on chance: filter by a value instead, such as hash(user_id) % 10 = 0."

static bool
refuse_name(struct tree_check *visit, const struct table_ref *table, const char *hint,
            const char *what)
{
  g_autofree char *text = g_strdup_printf("%s '%s'", what, table->name);
  return tree_refuse(visit, table->at, hint, text);
}

static bool
check_base_table(struct tree_check *visit, const struct table_ref *table)
{
  g_autofree char *lower = g_utf8_strdown(table->name, -1);
  static const char *const engine[] = {"duckdb_", "pragma_", "sqlite_", "pg_", "kindling_"};
  if (*table->catalog != '\0' || *table->schema != '\0') {
    g_autofree char *text =
        g_strdup_printf("table '%s.%s' has a schema", table->schema, table->name);
    return tree_refuse(visit, table->at, ONLY_INPUTS, text);
  }
  if (*table->name == '\0' || strpbrk(table->name, "./\\*?:[]={}") != NULL)
    return refuse_name(visit, table, ONLY_INPUTS, "a file as a table:");
  for (gsize i = 0; i < G_N_ELEMENTS(engine); i++)
    if (g_str_has_prefix(lower, engine[i]))
      return refuse_name(visit, table, ONLY_INPUTS, "a table of the engine:");
  if (table->time_travel)
    return refuse_name(visit, table, "Leave AT out: a run reads its inputs as they are.",
                       "an older version of table");
  return true;
}

static bool
check_function(struct tree_check *visit, const struct table_ref *table)
{
  static const char *const allowed[] = {"unnest", "range", "generate_series", NULL};
  const struct expr *call = table->function;
  const char *name = call == NULL || call->function == NULL ? "?" : call->function;
  if (g_strv_contains(allowed, name))
    return true;
  static const char *const readers[] = {"read_", "parquet_", "glob", "sniff_", "query"};
  g_autofree char *text = g_strdup_printf("table function %s()", name);
  for (gsize i = 0; i < G_N_ELEMENTS(readers); i++)
    if (g_str_has_prefix(name, readers[i]))
      return tree_refuse(visit, call->at, ONLY_INPUTS, text);
  return tree_refuse(visit, call == NULL ? -1 : call->at,
                     "Table functions of a job are unnest(), range() and generate_series().", text);
}

static bool
check_join(struct tree_check *visit, const struct table_ref *table)
{
  if (g_strcmp0(table->join_ref, "POSITIONAL") == 0)
    return tree_refuse(visit, table->at, "Join on equal values: JOIN t ON a.id = t.id.",
                       "POSITIONAL JOIN depends on row order");
  if (g_strcmp0(table->join_ref, "ASOF") == 0)
    return tree_refuse(
        visit, table->at,
        "Join on equal values, and take the nearest row by QUALIFY row_number() OVER "
        "(PARTITION BY ... ORDER BY ...) = 1 with an order that decides every tie.",
        "ASOF JOIN takes any of several rows with equal times");
  return true;
}

static bool
visit_table(struct table_ref *table, gpointer user)
{
  struct tree_check *visit = user;
  if (table->at >= 0)
    visit->base = (gsize)table->at;
  if (table->sampled)
    return tree_refuse(visit, table->at, NO_SAMPLE, "TABLESAMPLE depends on chance");
  switch (table->class) {
  case TABLE_BASE:
    return check_base_table(visit, table);
  case TABLE_FUNCTION:
    return check_function(visit, table);
  case TABLE_JOIN:
    return check_join(visit, table);
  case TABLE_EMPTY:
  case TABLE_SUBQUERY:
  case TABLE_VALUES:
    return true;
  case TABLE_PIVOT:
    return tree_refuse(
        visit, table->at,
        "Write one aggregate with FILTER a column for PIVOT, one SELECT a column joined "
        "by UNION ALL for UNPIVOT.",
        "PIVOT and UNPIVOT are not supported");
  case TABLE_SHOW:
    return tree_refuse(visit, table->at,
                       "Leave it out: 'kindling inspect --input PATH' shows what an input holds.",
                       "DESCRIBE, SHOW and SUMMARIZE are no tables of a job");
  case TABLE_OTHER:
    break;
  }
  return tree_refuse(visit, table->at, ONLY_INPUTS, "this kind of table is not supported");
}

static bool
visit_query(struct query *query, gpointer user)
{
  struct tree_check *visit = user;
  if (query->sampled)
    return tree_refuse(visit, -1, NO_SAMPLE, "USING SAMPLE depends on chance");
  return !visit->failed;
}

static bool
visit_expr(struct expr *expr, gpointer user)
{
  struct tree_check *visit = user;
  if (expr->at >= 0)
    visit->base = (gsize)expr->at;
  return !visit->failed;
}

bool
check_sources(const struct job *job, struct query *query, gsize base, GError **error)
{
  struct tree_check visit = {.job = job, .base = base, .error = error};
  const struct ast_visitor visitor = {visit_expr, visit_table, visit_query, &visit};
  ast_walk_query(query, &visitor);
  return !visit.failed;
}
