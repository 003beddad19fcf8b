/* SPDX-License-Identifier: Apache-2.0 */
#include "report/envelope.h"
#include "report/table.h"
#include "run/compare.h"
#include "util/text.h"

char *
compare_text(const struct compare_result *result, bool colour)
{
  AUTO(table_free) struct table *table = table_new();
  table_column(table, "table", TABLE_LEFT);
  table_column(table, "rows A", TABLE_RIGHT);
  table_column(table, "rows B", TABLE_RIGHT);
  table_column(table, "largest difference", TABLE_RIGHT);
  table_column(table, "result", TABLE_LEFT);
  for (guint i = 0; i < result->tables->len; i++) {
    const struct compare_table *row = result->tables->pdata[i];
    table_row(table);
    table_cell(table, row->name);
    table_cell_take(table, text_count(row->rows_a));
    table_cell_take(table, text_count(row->rows_b));
    table_cell_format(table, "%.3g", row->largest_difference);
    table_cell(table, row->difference == NULL ? "equal" : "DIFFERENT");
  }
  g_autoptr(GString) text = g_string_new(NULL);
  g_autofree char *rows = table_text(table, colour);
  g_string_append(text, rows);
  for (guint i = 0; i < result->tables->len; i++) {
    const struct compare_table *row = result->tables->pdata[i];
    if (row->difference != NULL)
      g_string_append_printf(text, "'%s': %s\n", row->name, row->difference);
  }
  return g_string_free(g_steal_pointer(&text), FALSE);
}

struct json_object *
compare_json(const struct compare_result *result)
{
  struct json_object *root = envelope_new("compare");
  json_add_flag(root, "equal", result->equal);
  struct json_object *tables = json_object_new_array();
  for (guint i = 0; i < result->tables->len; i++) {
    const struct compare_table *table = result->tables->pdata[i];
    struct json_object *row = json_object_new_object();
    json_add_text(row, "name", table->name);
    json_add_flag(row, "equal", table->difference == NULL);
    json_add_uint(row, "rows_a", table->rows_a);
    json_add_uint(row, "rows_b", table->rows_b);
    json_add_uint(row, "different_rows", table->different_rows);
    json_add_real(row, "largest_relative_difference", table->largest_difference);
    json_add_text(row, "difference", table->difference);
    (void)json_object_array_add(tables, row);
  }
  json_add_object(root, "tables", tables);
  return root;
}
