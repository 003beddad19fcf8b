/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/local.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"
#include <string.h>

#define TABLE        "temp.main.kindling_materialised"
#define SORTED_TABLE "temp.main.kindling_materialised_sorted"
#define PARTITIONS   100000u

/* Shares of an output's work, as progress shows it. */
#define COMPUTED 0.8

static bool
drop_tables(struct local *local, GError **error)
{
  return duck_exec(local->work,
                   "DROP TABLE IF EXISTS " TABLE "; DROP TABLE IF EXISTS " SORTED_TABLE, error);
}

/* The table's own names, so that no name of the script's can hide rowid: "c0, c1, c2". */
static char *
own_columns(const struct plan_output *output)
{
  GString *list = g_string_new(NULL);
  for (guint i = 0; i < output->columns->len; i++)
    g_string_append_printf(list, "%sc%u", i == 0 ? "" : ", ", i);
  return g_string_free(list, FALSE);
}

/* Back to the output's names: "c0 AS \"year\", c1 AS \"month\"". */
static char *
named_columns(const struct plan_output *output)
{
  GString *list = g_string_new(NULL);
  for (guint i = 0; i < output->columns->len; i++) {
    const struct plan_column *column = g_ptr_array_index(output->columns, i);
    g_autofree char *name = text_sql_name(column->name);
    g_string_append_printf(list, "%sc%u AS %s", i == 0 ? "" : ", ", i, name);
  }
  return g_string_free(list, FALSE);
}

static char *
partition_list(const struct plan_output *output)
{
  GString *list = g_string_new(NULL);
  for (guint i = 0; i < output->partition_by->len; i++)
    g_string_append_printf(list, "%sc%u", i == 0 ? "" : ", ",
                           g_array_index(output->partition_by, guint, i));
  return g_string_free(list, FALSE);
}

/* SQL of the first partition column with a NUL byte in its text, by its index among them; NULL: none has. */
static char *
nul_column(const struct plan_output *output)
{
  GString *sql = g_string_new("CASE");
  for (guint i = 0; i < output->partition_by->len; i++) {
    guint index = g_array_index(output->partition_by, guint, i);
    const struct plan_column *column = g_ptr_array_index(output->columns, index);
    if (g_str_equal(column->stored_type, "VARCHAR"))
      g_string_append_printf(sql, " WHEN contains(c%u, chr(0)) THEN %u", index, i);
  }
  g_string_append(sql, " WHEN false THEN 0 END");
  return g_string_free(sql, FALSE);
}

/* Columns: the partition columns, first row, last row, rows, nul_column; in the table's order. A table keeps the order of the
 * query that made it, and rowid is that order. */
static struct duck_result *
find_partitions(struct writer *writer, const char *table, const char *list, GError **error)
{
  g_autofree char *nul = nul_column(writer->output);
  g_autofree char *sql = g_strdup_printf("SELECT %s, min(rowid) AS kindling_first, max(rowid) AS "
                                         "kindling_last, count(*) AS kindling_rows, min(%s) AS "
                                         "kindling_nul "
                                         "FROM %s GROUP BY %s ORDER BY kindling_first LIMIT %u",
                                         list, nul, table, list, PARTITIONS + 1);
  AUTO(duck_result_free)
  struct duck_result *found = writer_query(writer, sql, COMPUTED, COMPUTED, error);
  if (found == NULL || duck_result_rows(found) <= PARTITIONS)
    return g_steal_pointer(&found);
  error_set(error, ERROR_OUTPUT, "the result would have more than %u partitions", PARTITIONS);
  error_hint(error, "Partition it by fewer columns, or by columns with fewer values.");
  return NULL;
}

struct range {
  guint64 first, last, rows;
};

static struct range
range_of(const struct plan_output *output, const struct duck_result *partitions, guint64 row)
{
  guint at = output->partition_by->len;
  return (struct range){
      .first = (guint64)duck_result_int(partitions, at, row, 0),
      .last = (guint64)duck_result_int(partitions, at + 1, row, 0),
      .rows = (guint64)duck_result_int(partitions, at + 2, row, 0),
  };
}

static bool
are_contiguous(const struct plan_output *output, const struct duck_result *partitions)
{
  for (guint64 i = 0; i < duck_result_rows(partitions); i++) {
    struct range range = range_of(output, partitions, i);
    if (range.last - range.first + 1 != range.rows)
      return false;
  }
  return true;
}

/* As readers of the table expect it: DuckDB spells infinities "inf". */
static char *
value_text(const struct plan_column *column, const char *text)
{
  bool is_real =
      g_str_equal(column->stored_type, "DOUBLE") || g_str_equal(column->stored_type, "FLOAT");
  if (is_real && g_strcmp0(text, "inf") == 0)
    return g_strdup("Infinity");
  if (is_real && g_strcmp0(text, "-inf") == 0)
    return g_strdup("-Infinity");
  if (is_real && g_strcmp0(text, "nan") == 0)
    return g_strdup("NaN");
  return g_strdup(text);
}

/* Such a text ends at its NUL byte in names of folders, and in what reads them. */
static bool
check_nul(const struct plan_output *output, const struct duck_result *partitions, guint64 row,
          GError **error)
{
  gint64 found = duck_result_int(partitions, output->partition_by->len + 3, row, -1);
  if (found < 0)
    return true;
  const struct plan_column *column =
      g_ptr_array_index(output->columns, g_array_index(output->partition_by, guint, found));
  g_autofree char *name = text_sql_name(column->name);
  error_set(error, ERROR_OUTPUT, "partition column '%s' has a value with a NUL byte", column->name);
  return error_hint(
      error, "No folder's name can hold one: write replace(%s, chr(0), '') in the query.", name);
}

static bool
write_partition(struct writer *writer, const char *table, const struct duck_result *partitions,
                guint64 row, guint64 rows_before, guint64 rows_total, GError **error)
{
  const struct plan_output *output = writer->output;
  struct range range = range_of(output, partitions, row);
  g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < output->partition_by->len; i++) {
    const struct plan_column *column =
        g_ptr_array_index(output->columns, g_array_index(output->partition_by, guint, i));
    g_ptr_array_add(values, value_text(column, duck_result_text(partitions, i, row)));
  }
  if (!check_nul(output, partitions, row, error) ||
      !writer_check_values(writer, (char *const *)values->pdata, error))
    return false;
  g_autofree char *columns = named_columns(output);
  g_autofree char *query =
      g_strdup_printf("SELECT %s FROM %s AS result WHERE result.rowid BETWEEN %" G_GUINT64_FORMAT
                      " AND %" G_GUINT64_FORMAT " ORDER BY result.rowid",
                      columns, table, range.first, range.last);
  double from = COMPUTED + (1 - COMPUTED) * (double)rows_before / (double)rows_total;
  double to = COMPUTED + (1 - COMPUTED) * (double)(rows_before + range.rows) / (double)rows_total;
  return writer_write(writer, query, (char *const *)values->pdata, from, to, error);
}

static bool
write_partitions(struct writer *writer, const char *table, const struct duck_result *partitions,
                 GError **error)
{
  guint64 total = 0, before = 0;
  for (guint64 i = 0; i < duck_result_rows(partitions); i++)
    total += range_of(writer->output, partitions, i).rows;
  for (guint64 i = 0; i < duck_result_rows(partitions); i++) {
    if (!write_partition(writer, table, partitions, i, before, total, error))
      return false;
    before += range_of(writer->output, partitions, i).rows;
  }
  return true;
}

static bool
run_statement(struct writer *writer, double from, double to, GError **error, const char *sql)
{
  AUTO(duck_result_free) struct duck_result *result = writer_query(writer, sql, from, to, error);
  return result != NULL;
}

static bool
materialise_and_write(struct writer *writer, const char *query, GError **error)
{
  double begin = clock_seconds();
  double compute_before = writer->result->compute_seconds;
  double write_before = writer->result->write_seconds;
  g_autofree char *list = partition_list(writer->output);
  g_autofree char *columns = own_columns(writer->output);
  g_autofree char *create =
      g_strdup_printf("CREATE TEMP TABLE kindling_materialised(%s) AS %s", columns, query);
  if (!run_statement(writer, 0, COMPUTED, error, create))
    return false;
  AUTO(duck_result_free)
  struct duck_result *partitions = find_partitions(writer, TABLE, list, error);
  if (partitions == NULL)
    return false;
  const char *table = TABLE;
  if (!are_contiguous(writer->output, partitions)) {
    g_autofree char *sort =
        g_strdup_printf("CREATE TEMP TABLE kindling_materialised_sorted AS SELECT * FROM " TABLE
                        " ORDER BY %s, rowid",
                        list);
    if (!run_statement(writer, COMPUTED, COMPUTED, error, sort))
      return false;
    table = SORTED_TABLE;
    duck_result_free(g_steal_pointer(&partitions));
    partitions = find_partitions(writer, table, list, error);
    if (partitions == NULL)
      return false;
  }
  double computed = clock_seconds();
  if (!write_partitions(writer, table, partitions, error))
    return false;
  writer->result->compute_seconds = compute_before + (computed - begin);
  writer->result->write_seconds = write_before + (clock_seconds() - computed);
  return true;
}

bool
split_write(struct writer *writer, const char *query, GError **error)
{
  if (!drop_tables(writer->local, error))
    return false;
  bool written = materialise_and_write(writer, query, error);
  GError *ignored = NULL;
  if (!drop_tables(writer->local, written ? error : &ignored))
    written = false;
  g_clear_error(&ignored);
  return written;
}
