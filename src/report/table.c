/* SPDX-License-Identifier: Apache-2.0 */
#include "report/table.h"
#include "report/colour.h"
#include "report/width.h"

struct column {
  char *heading;
  enum table_align align;
};

struct table {
  GPtrArray *columns; /* struct column */
  GPtrArray *rows;    /* GPtrArray of char * */
};

static void
column_free(gpointer data)
{
  struct column *column = data;
  g_free(column->heading);
  g_free(column);
}

static void
row_free(gpointer data)
{
  g_ptr_array_unref(data);
}

struct table *
table_new(void)
{
  struct table *table = g_new0(struct table, 1);
  table->columns = g_ptr_array_new_with_free_func(column_free);
  table->rows = g_ptr_array_new_with_free_func(row_free);
  return table;
}

void
table_free(struct table *table)
{
  if (table == NULL)
    return;
  g_ptr_array_unref(table->columns);
  g_ptr_array_unref(table->rows);
  g_free(table);
}

void
table_column(struct table *table, const char *heading, enum table_align align)
{
  struct column *column = g_new0(struct column, 1);
  column->heading = width_printable(heading);
  column->align = align;
  g_ptr_array_add(table->columns, column);
}

void
table_row(struct table *table)
{
  g_ptr_array_add(table->rows, g_ptr_array_new_with_free_func(g_free));
}

void
table_cell(struct table *table, const char *text)
{
  if (table->rows->len == 0)
    table_row(table);
  GPtrArray *row = g_ptr_array_index(table->rows, table->rows->len - 1);
  if (row->len < table->columns->len)
    g_ptr_array_add(row, width_printable(text == NULL ? "" : text));
}

void
table_cell_take(struct table *table, char *text)
{
  table_cell(table, text);
  g_free(text);
}

void
table_cell_format(struct table *table, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  table_cell_take(table, g_strdup_vprintf(format, args));
  va_end(args);
}

static const char *
cell_at(const GPtrArray *row, guint i)
{
  return i < row->len ? g_ptr_array_index(row, i) : "";
}

static gsize *
measure(const struct table *table)
{
  gsize *widths = g_new0(gsize, table->columns->len + 1);
  for (guint i = 0; i < table->columns->len; i++) {
    const struct column *column = g_ptr_array_index(table->columns, i);
    widths[i] = width_of(column->heading);
    for (guint j = 0; j < table->rows->len; j++)
      widths[i] = MAX(widths[i], width_of(cell_at(g_ptr_array_index(table->rows, j), i)));
  }
  return widths;
}

static void
append_spaces(GString *text, gsize count)
{
  for (gsize i = 0; i < count; i++)
    g_string_append_c(text, ' ');
}

/* Spaces are written only before a cell that has text, so that no line ends in any. */
static void
append_line(GString *text, const struct table *table, const GPtrArray *cells, const gsize *widths)
{
  gsize pending = 0;
  for (guint i = 0; i < table->columns->len; i++) {
    const struct column *column = g_ptr_array_index(table->columns, i);
    const char *cell = cells == NULL ? column->heading : cell_at(cells, i);
    gsize room = widths[i] - width_of(cell);
    if (i > 0)
      pending += 2;
    if (*cell == '\0') {
      pending += room;
      continue;
    }
    append_spaces(text, pending + (column->align == TABLE_RIGHT ? room : 0));
    g_string_append(text, cell);
    pending = column->align == TABLE_RIGHT ? 0 : room;
  }
}

static bool
has_headings(const struct table *table)
{
  for (guint i = 0; i < table->columns->len; i++) {
    const struct column *column = g_ptr_array_index(table->columns, i);
    if (*column->heading != '\0')
      return true;
  }
  return false;
}

char *
table_text(const struct table *table, bool colour)
{
  g_autofree gsize *widths = measure(table);
  GString *text = g_string_new(NULL);
  if (has_headings(table)) {
    g_string_append(text, colour_code(colour, COLOUR_BOLD));
    append_line(text, table, NULL, widths);
    g_string_append(text, colour_code(colour, COLOUR_END));
    g_string_append_c(text, '\n');
  }
  for (guint i = 0; i < table->rows->len; i++) {
    append_line(text, table, g_ptr_array_index(table->rows, i), widths);
    g_string_append_c(text, '\n');
  }
  return g_string_free(text, FALSE);
}
