/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/describe.h"
#include "duck/handle.h"
#include "util/error.h"
#include <duckdb.h>
#include <string.h>

void
duck_column_free(struct duck_column *column)
{
  if (column == NULL)
    return;
  g_free(column->name);
  g_free(column->type);
  g_free(column);
}

static void
free_column(gpointer column)
{
  duck_column_free(column);
}

static struct duck_column *
describe_column(struct duck_connection *connection, duckdb_prepared_statement statement,
                idx_t index)
{
  struct duck_column *column = g_new0(struct duck_column, 1);
  const char *name = duckdb_prepared_statement_column_name(statement, index);
  TYPE_AUTO type = duckdb_prepared_statement_column_logical_type(statement, index);
  column->name = g_strdup(name);
  column->type = type_name(connection, type);
  duckdb_free((void *)(guintptr)name);
  return column;
}

static GPtrArray *
describe(struct duck_connection *connection, const char *query, struct duck_fault **ret_fault)
{
  duckdb_prepared_statement statement = query_prepare(connection, query, ret_fault);
  if (statement == NULL)
    return NULL;
  GPtrArray *columns = g_ptr_array_new_with_free_func(free_column);
  for (idx_t i = 0; i < duckdb_prepared_statement_column_count(statement); i++)
    g_ptr_array_add(columns, describe_column(connection, statement, i));
  duckdb_destroy_prepare(&statement);
  return columns;
}

GPtrArray *
duck_describe(struct duck_connection *connection, const char *query, struct duck_fault **ret_fault,
              GError **error UNUSED)
{
  GHashTable *known = connection->described;
  GPtrArray *columns = known == NULL ? NULL : g_hash_table_lookup(known, query);
  if (columns != NULL)
    return g_ptr_array_ref(columns);
  columns = describe(connection, query, ret_fault);
  if (columns != NULL && known != NULL)
    g_hash_table_insert(known, g_strdup(query), g_ptr_array_ref(columns));
  return columns;
}

/* EXPLAIN gives rows (kind, picture). With explain_output = 'all' (duck_connect) there is one for each stage. */
static char *
plan_picture(const struct duck_result *result, const char *kind)
{
  for (guint64 row = 0; row < duck_result_rows(result); row++)
    if (g_strcmp0(duck_result_text(result, 0, row), kind) == 0)
      return g_strdup(duck_result_text(result, 1, row));
  return NULL;
}

char *
duck_explain(struct duck_connection *connection, const char *query, enum duck_plan_kind kind,
             GError **error)
{
  static const char *const rows[] = {[DUCK_PLAN_LOGICAL] = "logical_opt",
                                     [DUCK_PLAN_PHYSICAL] = "physical_plan",
                                     [DUCK_PLAN_ANALYZED] = "analyzed_plan"};
  g_autofree char *sql =
      g_strdup_printf("EXPLAIN %s%s", kind == DUCK_PLAN_ANALYZED ? "ANALYZE " : "", query);
  AUTO(duck_result_free) struct duck_result *result = query_own(connection, sql, NULL, error);
  char *picture = result == NULL ? NULL : plan_picture(result, rows[kind]);
  if (result != NULL && picture == NULL)
    (void)error_set(error, ERROR_FAILED, "DuckDB gives no plan of this kind");
  return picture;
}

static GHashTable *
function_names(struct duck_connection *connection, const char *condition, GError **error)
{
  g_autofree char *sql = g_strdup_printf(
      "SELECT DISTINCT lower(function_name) AS name FROM duckdb_functions() WHERE %s ORDER BY name",
      condition);
  AUTO(duck_result_free) struct duck_result *result = query_own(connection, sql, NULL, error);
  if (result == NULL)
    return NULL;
  GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint64 row = 0; row < duck_result_rows(result); row++)
    g_hash_table_add(names, g_strdup(duck_result_text(result, 0, row)));
  return names;
}

GHashTable *
duck_aggregate_names(struct duck_connection *connection, GError **error)
{
  return function_names(connection, "function_type = 'aggregate'", error);
}

GHashTable *
duck_volatile_names(struct duck_connection *connection, GError **error)
{
  return function_names(connection, "stability <> 'CONSISTENT'", error);
}
