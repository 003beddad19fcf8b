/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/describe.h"
#include "run/compare.h"
#include "util/error.h"
#include "util/text.h"
#include <string.h>

static bool
is_floating(const char *type)
{
  return g_str_equal(type, "DOUBLE") || g_str_equal(type, "FLOAT");
}

static GPtrArray *
columns_of(struct duck_connection *connection, const char *query, GError **error)
{
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  GPtrArray *columns = duck_describe(connection, query, &fault, error);
  if (columns == NULL && fault != NULL)
    duck_fault_raise(fault, error);
  return columns;
}

/* NULL when the columns are the same in name and type, whatever their order; else what differs. */
static char *
column_difference(GPtrArray *a, GPtrArray *b)
{
  for (guint i = 0; i < a->len; i++) {
    const struct duck_column *left = a->pdata[i];
    const struct duck_column *right = NULL;
    for (guint k = 0; k < b->len && right == NULL; k++)
      if (g_str_equal(left->name, ((struct duck_column *)b->pdata[k])->name))
        right = b->pdata[k];
    if (right == NULL)
      return g_strdup_printf("column '%s' is only on the first side", left->name);
    if (!g_str_equal(left->type, right->type))
      return g_strdup_printf("column '%s' is %s on the first side and %s on the second", left->name,
                             left->type, right->type);
  }
  if (b->len > a->len)
    return g_strdup_printf("the second side has %u columns, the first %u", b->len, a->len);
  return NULL;
}

static char *
column_list(GPtrArray *columns, const char *prefix, bool floating, bool others)
{
  GString *list = g_string_new(NULL);
  for (guint i = 0; i < columns->len; i++) {
    const struct duck_column *column = columns->pdata[i];
    if (is_floating(column->type) ? !floating : !others)
      continue;
    g_autofree char *name = text_sql_name(column->name);
    g_string_append_printf(list, "%s%s%s", list->len == 0 ? "" : ", ", prefix, name);
  }
  return g_string_free(list, FALSE);
}

static bool
count_rows(struct duck_connection *connection, const char *query, guint64 *ret_rows, GError **error)
{
  g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM (%s)", query);
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(connection, sql, NULL, NULL, error);
  if (result == NULL)
    return false;
  *ret_rows = (guint64)duck_result_int(result, 0, 0, 0);
  return true;
}

/* Bit for bit equal as multisets of rows? One hash table, no matching. */
static bool
is_identical(struct duck_connection *connection, const char *a, const char *b, const char *columns,
             bool *ret_identical, GError **error)
{
  g_autofree char *sql =
      g_strdup_printf("SELECT count(*) FROM (SELECT %s FROM (%s) EXCEPT ALL SELECT %s FROM (%s))",
                      columns, a, columns, b);
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(connection, sql, NULL, NULL, error);
  if (result == NULL)
    return false;
  *ret_identical = duck_result_int(result, 0, 0, 0) == 0;
  return true;
}

/* SELECT *, the row's number among those of equal keys: makes duplicates match one to one. */
static char *
numbered(const char *query, GPtrArray *columns)
{
  g_autofree char *keys = column_list(columns, "", false, true);
  g_autofree char *floats = column_list(columns, "", true, false);
  return g_strdup_printf(
      "SELECT *, row_number() OVER (%s%s%s%s) AS kindling_row, true AS kindling_here FROM (%s)",
      *keys ? "PARTITION BY " : "", keys, *floats ? " ORDER BY " : "", floats, query);
}

static void
append_column(GString *match, GString *differs, GString *largest, const struct duck_column *column,
              const char *tolerance)
{
  g_autofree char *name = text_sql_name(column->name);
  if (!is_floating(column->type)) {
    g_string_append_printf(match, " AND a.%s IS NOT DISTINCT FROM b.%s", name, name);
    return;
  }
  g_string_append_printf(
      differs,
      " OR NOT (a.%s IS NOT DISTINCT FROM b.%s OR coalesce(abs(a.%s - b.%s) <= %s * "
      "greatest(abs(a.%s), abs(b.%s)), false))",
      name, name, name, name, tolerance, name, name);
  g_string_append_printf(
      largest,
      "%smax(CASE WHEN a.%s IS NOT DISTINCT FROM b.%s THEN 0 ELSE abs(a.%s - b.%s) / "
      "greatest(abs(a.%s), abs(b.%s)) END)",
      largest->len == 0 ? "" : ", ", name, name, name, name, name, name);
}

/* One full join by all columns that are not floating point. */
static char *
matching_query(const char *a, const char *b, GPtrArray *columns, double tolerance)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];
  (void)g_ascii_dtostr(number, sizeof number, tolerance);
  g_autoptr(GString) match = g_string_new("a.kindling_row = b.kindling_row");
  g_autoptr(GString) differs = g_string_new("a.kindling_here IS NULL OR b.kindling_here IS NULL");
  g_autoptr(GString) largest = g_string_new(NULL);
  for (guint i = 0; i < columns->len; i++)
    append_column(match, differs, largest, columns->pdata[i], number);
  g_autofree char *left = numbered(a, columns);
  g_autofree char *right = numbered(b, columns);
  return g_strdup_printf("SELECT count(*) FILTER (%s), %s%s%s, min(to_json(a)) FILTER (%s), "
                         "min(to_json(b)) FILTER (%s) "
                         "FROM (%s) a FULL JOIN (%s) b ON (%s)",
                         differs->str, largest->len == 0 ? "0.0" : "greatest(0.0, ", largest->str,
                         largest->len == 0 ? "" : ")", differs->str, differs->str, left, right,
                         match->str);
}

static char *
row_text(const char *json)
{
  const char *end = json == NULL ? NULL : strstr(json, ",\"kindling_row\"");
  return end == NULL ? g_strdup("no row") : g_strdup_printf("%.*s}", (int)(end - json), json);
}

static bool
match_rows(struct duck_connection *connection, const char *a, const char *b, GPtrArray *columns,
           double tolerance, struct compare_table *table, GError **error)
{
  g_autofree char *sql = matching_query(a, b, columns, tolerance);
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(connection, sql, NULL, NULL, error);
  if (result == NULL)
    return false;
  table->different_rows = (guint64)duck_result_int(result, 0, 0, 0);
  const char *largest = duck_result_text(result, 1, 0);
  table->largest_difference = largest == NULL ? 0.0 : g_ascii_strtod(largest, NULL);
  if (table->different_rows == 0)
    return true;
  g_autofree char *count = text_count(table->different_rows);
  g_autofree char *left = row_text(duck_result_text(result, 2, 0));
  g_autofree char *right = row_text(duck_result_text(result, 3, 0));
  table->difference =
      g_strdup_printf("%s rows differ: first side %s, second side %s", count, left, right);
  return true;
}

bool
compare_queries(struct duck_connection *connection, const char *query_a, const char *query_b,
                double tolerance, struct compare_table *ret_table, GError **error)
{
  struct compare_table table = {0};
  g_autoptr(GPtrArray) a = columns_of(connection, query_a, error);
  g_autoptr(GPtrArray) b = a == NULL ? NULL : columns_of(connection, query_b, error);
  if (b == NULL || !count_rows(connection, query_a, &table.rows_a, error) ||
      !count_rows(connection, query_b, &table.rows_b, error))
    return false;
  table.difference = column_difference(a, b);
  bool identical = false;
  if (table.difference == NULL && table.rows_a == table.rows_b) {
    g_autofree char *columns = column_list(a, "", true, true);
    if (!is_identical(connection, query_a, query_b, columns, &identical, error))
      return false;
  }
  if (table.difference == NULL && !identical &&
      !match_rows(connection, query_a, query_b, a, tolerance, &table, error))
    return false;
  *ret_table = table;
  return true;
}
