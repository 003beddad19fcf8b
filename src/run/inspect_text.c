/* SPDX-License-Identifier: Apache-2.0 */
#include "report/colour.h"
#include "report/table.h"
#include "report/width.h"
#include "run/inspect.h"
#include "util/text.h"

#define ROWS_SHOWN 100u
#define CELL_WIDTH 40u

static void
append_title(GString *text, bool colour, const char *title)
{
  g_string_append_printf(text, "\n%s%s%s\n", colour_code(colour, COLOUR_BOLD), title,
                         colour_code(colour, COLOUR_END));
}

static void
append_table(GString *text, const struct table *table, bool colour)
{
  g_autofree char *lines = table_text(table, colour);
  g_string_append(text, lines);
}

static char *
names_of(const GPtrArray *columns, guint count)
{
  GString *names = g_string_new(NULL);
  for (guint i = 0; i < count; i++) {
    const struct inventory_column *column = columns->pdata[i];
    g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", column->name);
  }
  return g_string_free(names, FALSE);
}

/* "SNAPPY", or "SNAPPY (12 files), ZSTD (1 file)". */
static char *
compressions_of(const struct inspection *inspection)
{
  g_autoptr(GList) names = g_hash_table_get_keys(inspection->compressions);
  names = g_list_sort(names, (GCompareFunc)(gpointer)g_strcmp0);
  if (names->next == NULL)
    return g_strdup(names->data);
  GString *text = g_string_new(NULL);
  for (const GList *name = names; name != NULL; name = name->next) {
    guint64 files = *(const guint64 *)g_hash_table_lookup(inspection->compressions, name->data);
    g_string_append_printf(text, "%s%s (%" G_GUINT64_FORMAT " file%s)", name == names ? "" : ", ",
                           (const char *)name->data, files, files == 1 ? "" : "s");
  }
  return g_string_free(text, FALSE);
}

static void
add_fact(struct table *table, const char *name, char *value)
{
  table_row(table);
  table_cell(table, name);
  table_cell_take(table, value);
}

static char *
sized(const char *what, guint64 bytes, const char *path)
{
  g_autofree char *size = text_bytes(bytes);
  return path == NULL ? g_strdup_printf("%s %s", what, size)
                      : g_strdup_printf("%s %s ('%s')", what, size, path);
}

static void
append_facts(GString *text, const struct inspection *inspection, bool colour)
{
  const struct inventory *inventory = inspection->inventory;
  AUTO(table_free) struct table *table = table_new();
  table_column(table, "", TABLE_LEFT);
  table_column(table, "", TABLE_LEFT);
  g_autofree char *size = text_bytes(inventory->size_bytes);
  g_autofree char *files = text_count(inventory->files->len);
  add_fact(table, "rows", text_count(inventory->rows));
  add_fact(table, "files", g_strdup_printf("%s, %s", files, size));
  add_fact(table, "row groups", text_count(inspection->row_groups));
  add_fact(table, "compression", compressions_of(inspection));
  add_fact(table, "file sizes",
           sized("smallest", inspection->smallest->size_bytes, inspection->smallest->relative));
  add_fact(table, "", sized("median", inspection->median_bytes, NULL));
  add_fact(table, "",
           sized("largest", inspection->largest->size_bytes, inspection->largest->relative));
  guint columns = inventory->partition_columns->len;
  g_autofree char *names = names_of(inventory->partition_columns, columns);
  g_autofree char *partitions = text_count(inventory->partitions->len);
  add_fact(table, "partitions",
           columns > 0 ? g_strdup_printf("%s, by %s", partitions, names) : g_strdup("none"));
  if (inventory->ignored_files > 0)
    add_fact(table, "ignored",
             g_strdup_printf("%" G_GUINT64_FORMAT " other file%s", inventory->ignored_files,
                             inventory->ignored_files == 1 ? "" : "s"));
  append_table(text, table, colour);
}

static void
append_schema(GString *text, const struct inspection *inspection, bool colour)
{
  const struct inventory *inventory = inspection->inventory;
  guint data_columns = inventory->columns->len - inventory->partition_columns->len;
  append_title(text, colour, "schema");
  AUTO(table_free) struct table *table = table_new();
  table_column(table, "column", TABLE_LEFT);
  table_column(table, "type", TABLE_LEFT);
  table_column(table, "", TABLE_LEFT);
  for (guint i = 0; i < inventory->columns->len; i++) {
    const struct inventory_column *column = inventory->columns->pdata[i];
    table_row(table);
    table_cell(table, column->name);
    table_cell(table, column->type);
    table_cell(table, i >= data_columns ? "partition" : "");
  }
  append_table(text, table, colour);
}

static void
append_sample(GString *text, const struct inspection *inspection, bool colour)
{
  const GPtrArray *columns = inspection->inventory->columns;
  append_title(text, colour, "sample");
  AUTO(table_free) struct table *table = table_new();
  for (guint i = 0; i < columns->len; i++)
    table_column(table, ((const struct inventory_column *)columns->pdata[i])->name, TABLE_LEFT);
  for (guint row = 0; row < inspection->sample->len; row++) {
    char *const *cells = inspection->sample->pdata[row];
    table_row(table);
    for (guint i = 0; i < columns->len; i++) {
      g_autofree char *printable = width_printable(cells[i] != NULL ? cells[i] : "NULL");
      table_cell_take(table, width_cut(printable, CELL_WIDTH));
    }
  }
  append_table(text, table, colour);
}

static void
append_groups(GString *text, const struct inspection *inspection, bool colour)
{
  if (inspection->groups->len == 0)
    return;
  const GPtrArray *columns = inspection->inventory->partition_columns;
  g_autofree char *names = names_of(columns, inspection->group_columns);
  g_autofree char *title = g_strconcat("rows by ", names, NULL);
  append_title(text, colour, title);
  AUTO(table_free) struct table *table = table_new();
  for (guint i = 0; i < inspection->group_columns; i++)
    table_column(table, ((const struct inventory_column *)columns->pdata[i])->name, TABLE_RIGHT);
  table_column(table, "rows", TABLE_RIGHT);
  table_column(table, "files", TABLE_RIGHT);
  table_column(table, "size", TABLE_RIGHT);
  for (guint i = 0; i < MIN(inspection->groups->len, ROWS_SHOWN); i++) {
    const struct inspection_group *group = inspection->groups->pdata[i];
    table_row(table);
    for (guint j = 0; j < inspection->group_columns; j++)
      table_cell(table, group->values[j] != NULL ? group->values[j] : "NULL");
    table_cell_take(table, text_count(group->rows));
    table_cell_take(table, text_count(group->files));
    table_cell_take(table, text_bytes(group->size_bytes));
  }
  append_table(text, table, colour);
  if (inspection->groups->len > ROWS_SHOWN)
    g_string_append_printf(text, "and %u more (all with --json)\n",
                           inspection->groups->len - ROWS_SHOWN);
}

static void
append_count(GString *text, const struct inspection *inspection,
             const struct inspection_count *count, bool colour)
{
  g_autofree char *title = g_strconcat("rows by ", count->column, NULL);
  append_title(text, colour, title);
  AUTO(table_free) struct table *table = table_new();
  table_column(table, count->column, TABLE_LEFT);
  table_column(table, "rows", TABLE_RIGHT);
  table_column(table, "share", TABLE_RIGHT);
  for (guint i = 0; i < count->values->len; i++) {
    const struct inspection_value *value = count->values->pdata[i];
    g_autofree char *printable = width_printable(value->text != NULL ? value->text : "NULL");
    table_row(table);
    table_cell_take(table, width_cut(printable, CELL_WIDTH));
    table_cell_take(table, text_count(value->rows));
    table_cell_format(table, "%.1f %%",
                      100.0 * (double)value->rows / (double)MAX(inspection->inventory->rows, 1));
  }
  append_table(text, table, colour);
  if (!count->complete)
    g_string_append(text, "and rarer ones\n");
}

static void
append_list(GString *text, const char *title, const GPtrArray *lines, bool colour)
{
  if (lines->len == 0)
    return;
  append_title(text, colour, title);
  for (guint i = 0; i < MIN(lines->len, ROWS_SHOWN); i++) {
    g_autofree char *line = width_printable(lines->pdata[i]);
    g_string_append_printf(text, "%s\n", line);
  }
  if (lines->len > ROWS_SHOWN)
    g_string_append_printf(text, "and %u more (all with --json)\n", lines->len - ROWS_SHOWN);
}

char *
inspection_text(const struct inspection *inspection, bool colour)
{
  g_autoptr(GString) text = g_string_new(NULL);
  g_autofree char *uri = width_printable(inspection->inventory->uri);
  g_string_append_printf(text, "%s%s%s\n", colour_code(colour, COLOUR_BOLD), uri,
                         colour_code(colour, COLOUR_END));
  append_facts(text, inspection, colour);
  append_schema(text, inspection, colour);
  append_sample(text, inspection, colour);
  append_groups(text, inspection, colour);
  for (guint i = 0; i < inspection->counts->len; i++)
    append_count(text, inspection, inspection->counts->pdata[i], colour);
  append_list(text, "missing in between", inspection->gaps, colour);
  append_list(text, "differences between files", inspection->inventory->drift, colour);
  return g_string_free(g_steal_pointer(&text), FALSE);
}
