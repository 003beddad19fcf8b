/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/local.h"
#include "util/error.h"
#include "util/text.h"
#include <string.h>

char *
literal_path(const char *path)
{
  GString *literal = g_string_new(NULL);
  for (const char *c = path; *c != '\0'; c++) {
    if (strchr("*?[", *c) != NULL)
      g_string_append_printf(literal, "[%c]", *c);
    else
      g_string_append_c(literal, *c);
  }
  return g_string_free(literal, FALSE);
}

/* The input file whose path stands in the message. */
static const struct inventory_file *
named_file(const struct plan *plan, const struct plan_output *output, const char *message)
{
  for (guint i = 0; i < output->inputs->len; i++) {
    const struct plan_input *input = g_ptr_array_index(output->inputs, i);
    const struct inventory *inventory = g_ptr_array_index(plan->inventories, input->inventory);
    for (guint j = 0; j < inventory->files->len; j++) {
      const struct inventory_file *file = g_ptr_array_index(inventory->files, j);
      if (strstr(message, file->path) != NULL)
        return file;
    }
  }
  return NULL;
}

/* Decodes every value that the output reads of a file. False when that fails on its own account. */
static bool
file_is_sound(struct local *local, const struct plan_input *input,
              const struct inventory *inventory, guint file)
{
  g_autofree char *view = plan_view_sql(inventory, &file, 1);
  GString *sql = g_string_new("SELECT count(*)");
  for (guint i = 0; input->columns[i] != NULL; i++) {
    g_autofree char *name = text_sql_name(input->columns[i]);
    g_string_append_printf(sql, ", bit_xor(hash(%s))", name);
  }
  g_string_append_printf(sql, " FROM (%s)", view);
  g_autoptr(GError) error = NULL;
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(local->work, sql->str, NULL, NULL, &error);
  g_string_free(sql, TRUE);
  return result != NULL || !error_is(error, ERROR_FAILED);
}

static const struct inventory_file *
unsound_file(struct local *local, const struct plan *plan, const struct plan_output *output)
{
  for (guint i = 0; i < output->inputs->len; i++) {
    const struct plan_input *input = g_ptr_array_index(output->inputs, i);
    const struct inventory *inventory = g_ptr_array_index(plan->inventories, input->inventory);
    for (guint j = 0; j < input->files->len; j++) {
      guint file = g_array_index(input->files, guint, j);
      if (!file_is_sound(local, input, inventory, file))
        return g_ptr_array_index(inventory->files, file);
    }
  }
  return NULL;
}

/* What DuckDB says of pages that it cannot decode, without naming the file: "Out of buffer", "Failed to decompress GZIP
 * block: data error", "Parquet file is likely corrupted, dictionary offset out of range", ... */
static bool
sounds_corrupt(const char *message)
{
  static const char *const words[] = {
      "out of buffer", "decompress", "corrupt", "parquet", "invalid/unsupported",
      "thrift",        "tprotocol",  "page",    NULL};
  g_autofree char *lower = g_ascii_strdown(message, -1);
  for (gsize i = 0; words[i] != NULL; i++)
    if (strstr(lower, words[i]) != NULL)
      return true;
  return false;
}

static bool
replace(GError **error, GError *by)
{
  g_clear_error(error);
  g_propagate_error(error, by);
  return false;
}

static bool
blame_file(const struct inventory_file *file, GError **error)
{
  GError *by = NULL;
  error_set(&by, ERROR_INPUT, "cannot decode '%s': %s", file->path, (*error)->message);
  error_hint(&by, "The file is damaged: replace it or move it out of the input.");
  return replace(error, by);
}

/* "Type INT128 with value 9223372036854775808 can't be cast because the value is out of range for the destination type
 * INT64 when casting from source column total". */
static bool
sounds_overflown(const char *message)
{
  return strstr(message, "INT128") != NULL && strstr(message, "out of range") != NULL &&
         strstr(message, "INT64") != NULL;
}

static bool
is_narrowed(const struct plan_column *column)
{
  return g_str_equal(column->type, "HUGEINT") && g_str_equal(column->stored_type, "BIGINT");
}

static bool
blame_column(const struct plan_output *output, GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  const char *source = strstr((*error)->message, "source column ");
  const char *told = source != NULL ? source + strlen("source column ") : "";
  for (guint i = 0; i < output->columns->len; i++) {
    const struct plan_column *column = g_ptr_array_index(output->columns, i);
    if (!is_narrowed(column))
      continue;
    if (g_ascii_strcasecmp(told, column->name) == 0)
      g_ptr_array_set_size(names, 0);
    g_ptr_array_add(names, column->name);
    if (g_ascii_strcasecmp(told, column->name) == 0)
      break;
  }
  if (names->len == 0)
    return false;
  g_ptr_array_add(names, NULL);
  g_autofree char *list = g_strjoinv("' or '", (char **)names->pdata);
  GError *by = NULL;
  error_set(&by, ERROR_OUTPUT,
            "output '%s': a value of column '%s' does not fit its stored type BIGINT",
            output->spec->name, list);
  error_hint(&by, "Cast it in the query, to DECIMAL(38, 0) or DOUBLE.");
  return replace(error, by);
}

bool
blame(struct local *local, const struct plan *plan, const struct plan_output *output,
      GError **error)
{
  if (error == NULL || *error == NULL || !error_is(*error, ERROR_FAILED))
    return false;
  if (sounds_overflown((*error)->message) && !blame_column(output, error) &&
      !error_is(*error, ERROR_FAILED))
    return false;
  if (!sounds_corrupt((*error)->message))
    return false;
  const struct inventory_file *file = named_file(plan, output, (*error)->message);
  if (file == NULL)
    file = unsound_file(local, plan, output);
  return file != NULL ? blame_file(file, error) : false;
}
