/* SPDX-License-Identifier: Apache-2.0 */
#include "run/published.h"
#include "plan/plan.h"
#include "run/history.h"
#include "run/input.h"
#include "storage/hive.h"
#include "storage/storage.h"
#include "table/delta.h"
#include "table/publish.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"
#include <string.h>

static void
table_free(gpointer data)
{
  struct published_table *table = data;
  g_free(table->name);
  g_free(table->select);
  g_free(table);
}

static void
add_table(GPtrArray *tables, const char *name, char *select)
{
  struct published_table *table = g_new0(struct published_table, 1);
  table->name = g_strdup(name);
  table->select = select;
  g_ptr_array_add(tables, table);
}

/* DuckDB's name of a primitive Delta type. */
static const char *
duck_type(const char *delta)
{
  static const char *const names[][2] = {{"string", "VARCHAR"},
                                         {"long", "BIGINT"},
                                         {"integer", "INTEGER"},
                                         {"short", "SMALLINT"},
                                         {"byte", "TINYINT"},
                                         {"double", "DOUBLE"},
                                         {"float", "FLOAT"},
                                         {"boolean", "BOOLEAN"},
                                         {"date", "DATE"},
                                         {"binary", "BLOB"},
                                         {"timestamp_ntz", "TIMESTAMP"},
                                         {"timestamp", "TIMESTAMP WITH TIME ZONE"}};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
    if (g_str_equal(names[i][0], delta))
      return names[i][1];
  return delta; /* decimal(p,s) */
}

static bool
is_partition_column(struct json_object *metadata, const char *name)
{
  struct json_object *columns = json_get(metadata, "partitionColumns");
  for (gsize i = 0; columns != NULL && i < json_object_array_length(columns); i++)
    if (g_strcmp0(json_object_get_string(json_object_array_get_idx(columns, i)), name) == 0)
      return true;
  return false;
}

static void
append_column(GString *select, GString *types, GString *empty, struct json_object *metadata,
              struct json_object *field, const char *path)
{
  const char *text = json_get_text(field, "name");
  g_autofree char *name = text_sql_name(text);
  const char *delta = json_get_text(field, "type");
  g_autofree char *spelling = path == NULL ? NULL : hive_spelling(path, text);
  g_autofree char *read_name = text_sql_name(spelling != NULL ? spelling : text);
  g_string_append_printf(select, "%s%s AS %s", select->len == 0 ? "" : ", ", read_name, name);
  g_string_append_printf(empty, "%sCAST(NULL AS %s) AS %s", empty->len == 0 ? "" : ", ",
                         delta == NULL ? "VARCHAR" : duck_type(delta), name);
  if (delta == NULL || !is_partition_column(metadata, text))
    return;
  g_autofree char *key = text_sql_string(spelling != NULL ? spelling : text);
  g_string_append_printf(types, "%s%s: %s", types->len == 0 ? "" : ", ", key, duck_type(delta));
}

/* NULL when there is none. */
static const char *
some_live_path(const struct delta_snapshot *snapshot)
{
  GHashTableIter iter;
  gpointer key = NULL;
  g_hash_table_iter_init(&iter, snapshot->live);
  (void)g_hash_table_iter_next(&iter, &key, NULL);
  return key;
}

static char *
live_files(struct storage *storage, const char *table, const struct delta_snapshot *snapshot)
{
  GString *list = g_string_new(NULL);
  GHashTableIter iter;
  gpointer key;
  g_hash_table_iter_init(&iter, snapshot->live);
  while (g_hash_table_iter_next(&iter, &key, NULL)) {
    g_autofree char *below = *table ? g_strconcat(table, "/", key, NULL) : g_strdup(key);
    g_autofree char *path = storage_path(storage, below);
    g_autofree char *quoted = text_sql_file(path);
    g_string_append_printf(list, "%s%s", list->len == 0 ? "" : ", ", quoted);
  }
  return g_string_free(list, FALSE);
}

static char *
delta_select(struct storage *storage, const char *table, const struct delta_snapshot *snapshot,
             GError **error)
{
  const char *schema = json_get_text(snapshot->metadata, "schemaString");
  JSON_AUTO(root) = schema == NULL ? NULL : json_parse(schema, strlen(schema), error);
  struct json_object *fields = json_get(root, "fields");
  if (fields == NULL) {
    error_set(error, ERROR_INPUT, "table '%s' has no schema", table);
    return NULL;
  }
  g_autoptr(GString) select = g_string_new(NULL);
  g_autoptr(GString) types = g_string_new(NULL);
  g_autoptr(GString) empty = g_string_new(NULL);
  for (gsize i = 0; i < json_object_array_length(fields); i++)
    append_column(select, types, empty, snapshot->metadata, json_object_array_get_idx(fields, i),
                  some_live_path(snapshot));
  if (g_hash_table_size(snapshot->live) == 0)
    return g_strdup_printf("SELECT %s WHERE false", empty->str);
  g_autofree char *files = live_files(storage, table, snapshot);
  if (types->len == 0)
    return g_strdup_printf("SELECT %s FROM read_parquet([%s], hive_partitioning = false)",
                           select->str, files);
  return g_strdup_printf(
      "SELECT %s FROM read_parquet([%s], hive_partitioning = true, hive_types_autocast = false, "
      "hive_types = {%s})",
      select->str, files, types->str);
}

static bool
open_delta(struct storage *storage, const char *table, const char *name, GPtrArray *tables,
           GError **error)
{
  AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = NULL;
  if (!delta_read(storage, table, -1, history_reader(), &snapshot, error))
    return false;
  char *select = delta_select(storage, table, snapshot, error);
  if (select == NULL)
    return false;
  add_table(tables, name, select);
  return true;
}

static bool
check_exists(struct storage *storage, GError **error)
{
  g_autoptr(GError) failure = NULL;
  if (storage_stat(storage, "", /* ret_entry= */ NULL, &failure))
    return true;
  if (failure != NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  error_set(error, ERROR_INPUT, "cannot read '%s': no such file or folder", storage_uri(storage));
  return error_hint(error, "Give the --output folder of a run, one table in it, or a folder of "
                           "Parquet files.");
}

static bool
open_plain(struct duck *duck, const char *path, GPtrArray *tables, GError **error)
{
  AUTO(inventory_free) struct inventory *inventory = input_read(duck, "table", path, 0, error);
  if (inventory == NULL)
    return false;
  g_autofree char *name = g_path_get_basename(inventory->uri);
  add_table(tables, name, plan_view_sql(inventory, NULL, 0));
  return true;
}

bool
published_open(struct duck *duck, const char *path, GPtrArray **ret_tables, GError **error)
{
  g_autoptr(GPtrArray) tables = g_ptr_array_new_with_free_func(table_free);
  AUTO(storage_close) struct storage *storage = storage_open(path, error);
  if (storage == NULL || !check_exists(storage, error))
    return false;
  g_autofree char *base = g_path_get_basename(storage_uri(storage));
  gint64 version = -1;
  g_auto(GStrv) names = NULL;
  if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) {
    if (!delta_newest(storage, "", &version, error))
      return false;
    if (version < 0 && (names = publish_tables(storage, error)) == NULL)
      return false;
  }
  bool opened = true;
  if (version >= 0)
    opened = open_delta(storage, "", base, tables, error);
  else if (names == NULL || names[0] == NULL)
    opened = open_plain(duck, path, tables, error);
  for (gsize i = 0; opened && names != NULL && names[i] != NULL; i++)
    opened = open_delta(storage, names[i], names[i], tables, error);
  if (!opened)
    return false;
  *ret_tables = g_steal_pointer(&tables);
  return true;
}
