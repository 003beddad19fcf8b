/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/cell.h"
#include "duck/handle.h"
#include <duckdb.h>

enum { MOST_CELLS = 4 * 1000 * 1000 };

struct duck_result {
  guint columns;
  guint64 rows;
  char **names; /* NULL-terminated, as types */
  char **type_names;
  duckdb_logical_type *types;
  GArray *chunks;     /* duckdb_data_chunk, each of duckdb_vector_size() rows but the last */
  GArray *first_rows; /* guint64 a chunk */
  char **texts;       /* rows x columns, made when asked for */
};

void
duck_result_free(struct duck_result *result)
{
  if (result == NULL)
    return;
  for (guint i = 0; result->types != NULL && i < result->columns; i++)
    duckdb_destroy_logical_type(&result->types[i]);
  for (guint i = 0; i < result->chunks->len; i++)
    duckdb_destroy_data_chunk(&g_array_index(result->chunks, duckdb_data_chunk, i));
  g_array_unref(result->chunks);
  g_array_unref(result->first_rows);
  for (guint64 i = 0; result->texts != NULL && i < result->rows * result->columns; i++)
    g_free(result->texts[i]);
  g_strfreev(result->names);
  g_strfreev(result->type_names);
  g_free(result->types);
  g_free(result->texts);
  g_free(result);
}

static struct duck_result *
result_new(duckdb_result *source)
{
  struct duck_result *result = g_new0(struct duck_result, 1);
  result->columns = (guint)duckdb_column_count(source);
  result->names = g_new0(char *, result->columns + 1);
  result->type_names = g_new0(char *, result->columns + 1);
  result->types = g_new0(duckdb_logical_type, MAX(result->columns, 1));
  result->chunks = g_array_new(FALSE, FALSE, sizeof(duckdb_data_chunk));
  result->first_rows = g_array_new(FALSE, FALSE, sizeof(guint64));
  for (guint i = 0; i < result->columns; i++) {
    result->names[i] = g_strdup(duckdb_column_name(source, i));
    result->types[i] = duckdb_column_logical_type(source, i);
  }
  return result;
}

static void
take_chunks(struct duck_result *result, duckdb_result *source)
{
  for (;;) {
    duckdb_data_chunk chunk = duckdb_fetch_chunk(*source);
    if (chunk == NULL)
      return;
    guint64 size = duckdb_data_chunk_get_size(chunk);
    if (size == 0) {
      duckdb_destroy_data_chunk(&chunk);
      continue;
    }
    g_array_append_val(result->chunks, chunk);
    g_array_append_val(result->first_rows, result->rows);
    result->rows += size;
  }
}

struct duck_result *
result_take(struct duck_connection *connection, void *duckdb_result_pointer,
            struct duck_fault **ret_fault)
{
  duckdb_result *source = duckdb_result_pointer;
  if (duckdb_row_count(source) * duckdb_column_count(source) > MOST_CELLS) {
    *ret_fault = fault_new(DUCK_FAULT_LIMIT, "the result has too many rows to be shown");
    duckdb_destroy_result(source);
    return NULL;
  }
  struct duck_result *result = result_new(source);
  take_chunks(result, source);
  duckdb_destroy_result(source);
  result->texts = g_new0(char *, result->rows * result->columns + 1);
  for (guint i = 0; i < result->columns; i++)
    result->type_names[i] = type_name(connection, result->types[i]);
  return result;
}

guint64
duck_result_rows(const struct duck_result *result)
{
  return result->rows;
}

guint
duck_result_columns(const struct duck_result *result)
{
  return result->columns;
}

const char *
duck_result_name(const struct duck_result *result, guint column)
{
  return column < result->columns ? result->names[column] : NULL;
}

const char *
duck_result_type(const struct duck_result *result, guint column)
{
  return column < result->columns ? result->type_names[column] : NULL;
}

static duckdb_vector
find_cell(const struct duck_result *result, guint column, guint64 row, guint64 *ret_row)
{
  if (column >= result->columns || row >= result->rows)
    return NULL;
  guint low = 0, high = result->chunks->len;
  while (high - low > 1) {
    guint middle = low + (high - low) / 2;
    if (g_array_index(result->first_rows, guint64, middle) <= row)
      low = middle;
    else
      high = middle;
  }
  *ret_row = row - g_array_index(result->first_rows, guint64, low);
  return duckdb_data_chunk_get_vector(g_array_index(result->chunks, duckdb_data_chunk, low),
                                      column);
}

const char *
duck_result_text(const struct duck_result *result, guint column, guint64 row)
{
  guint64 at = 0;
  duckdb_vector vector = find_cell(result, column, row, &at);
  if (vector == NULL)
    return NULL;
  char **text = &result->texts[row * result->columns + column];
  if (*text == NULL)
    *text = cell_text(vector, result->types[column], at);
  return *text;
}

gint64
duck_result_int(const struct duck_result *result, guint column, guint64 row, gint64 otherwise)
{
  const char *text = duck_result_text(result, column, row);
  gint64 value;
  if (text == NULL || !g_ascii_string_to_signed(text, 10, G_MININT64, G_MAXINT64, &value, NULL))
    return otherwise;
  return value;
}

struct json_object *
duck_result_json(const struct duck_result *result, guint column, guint64 row)
{
  guint64 at = 0;
  duckdb_vector vector = find_cell(result, column, row, &at);
  return vector == NULL ? NULL : cell_json(vector, result->types[column], at);
}
