/* SPDX-License-Identifier: Apache-2.0 */
#include "run/staged.h"
#include "storage/hive.h"
#include "util/text.h"

static bool
is_partition_column(const struct plan_output *planned, guint column)
{
  for (guint i = 0; i < planned->partition_by->len; i++)
    if (g_array_index(planned->partition_by, guint, i) == column)
      return true;
  return false;
}

static char *
empty_select(const struct plan_output *planned)
{
  g_autoptr(GString) sql = g_string_new("SELECT ");
  for (guint i = 0; i < planned->columns->len; i++) {
    const struct plan_column *column = planned->columns->pdata[i];
    g_autofree char *name = text_sql_name(column->name);
    g_string_append_printf(sql, "%sCAST(NULL AS %s) AS %s", i == 0 ? "" : ", ", column->stored_type,
                           name);
  }
  g_string_append(sql, " WHERE false");
  return g_string_free(g_steal_pointer(&sql), FALSE);
}

char *
staged_select(const struct plan_output *planned, const struct engine_output *output,
              const char *folder)
{
  if (output->files->len == 0)
    return empty_select(planned);
  g_autoptr(GString) columns = g_string_new(NULL);
  g_autoptr(GString) types = g_string_new(NULL);
  for (guint i = 0; i < planned->columns->len; i++) {
    const struct plan_column *column = planned->columns->pdata[i];
    const struct engine_file *file = output->files->pdata[0];
    bool is_partition = is_partition_column(planned, i);
    g_autofree char *spelling = is_partition ? hive_spelling(file->path, column->name) : NULL;
    const char *read_as = spelling != NULL ? spelling : column->name;
    g_autofree char *read_name = text_sql_name(read_as);
    g_autofree char *name = text_sql_name(column->name);
    g_autofree char *key = text_sql_string(read_as);
    g_string_append_printf(columns, "%s%s AS %s", i == 0 ? "" : ", ", read_name, name);
    if (is_partition)
      g_string_append_printf(types, "%s%s: %s", types->len == 0 ? "" : ", ", key,
                             column->stored_type);
  }
  g_autoptr(GString) files = g_string_new(NULL);
  for (guint i = 0; i < output->files->len; i++) {
    const struct engine_file *file = output->files->pdata[i];
    g_autofree char *path = g_build_filename(folder, file->path, NULL);
    g_autofree char *quoted = text_sql_file(path);
    g_string_append_printf(files, "%s%s", i == 0 ? "" : ", ", quoted);
  }
  if (types->len == 0)
    return g_strdup_printf("SELECT %s FROM read_parquet([%s], hive_partitioning = false)",
                           columns->str, files->str);
  return g_strdup_printf(
      "SELECT %s FROM read_parquet([%s], hive_partitioning = true, hive_types_autocast = false, "
      "hive_types = {%s})",
      columns->str, files->str, types->str);
}
