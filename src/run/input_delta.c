/* SPDX-License-Identifier: Apache-2.0 */
#include "run/input_delta.h"
#include "run/history.h"
#include "table/delta.h"
#include "util/error.h"

static const char *
unknown_feature(const struct delta_snapshot *snapshot)
{
  struct json_object *features = json_get(snapshot->protocol, "readerFeatures");
  gsize count =
      json_object_is_type(features, json_type_array) ? json_object_array_length(features) : 0;
  for (gsize i = 0; i < count; i++) {
    const char *feature = json_object_get_string(json_object_array_get_idx(features, i));
    if (g_strcmp0(feature, "timestampNtz") != 0)
      return feature != NULL ? feature : "null";
  }
  const char *mapping = delta_snapshot_property(snapshot, "delta.columnMapping.mode");
  if (mapping != NULL && !g_str_equal(mapping, "none"))
    return "columnMapping";
  return json_get_int(snapshot->protocol, "minReaderVersion", 1) > 3 ? "a newer reader" : NULL;
}

static bool
check_snapshot(const struct delta_snapshot *snapshot, const char *uri, GError **error)
{
  const char *unknown = unknown_feature(snapshot);
  if (unknown != NULL) {
    error_set(error, ERROR_INPUT, "the Delta table '%s' needs '%s', which kindling cannot read",
              uri, unknown);
    return error_hint(error, "Write the table as plain Parquet with the program that made it.");
  }
  if (g_hash_table_size(snapshot->live) > 0)
    return true;
  return error_set(error, ERROR_INPUT,
                   "the Delta table '%s' is empty: version %" G_GINT64_FORMAT " has no files", uri,
                   snapshot->version);
}

static bool
read_snapshot(const char *uri, struct delta_snapshot **ret_snapshot, GError **error)
{
  g_autofree char *parent = g_path_get_dirname(uri);
  g_autofree char *table = g_path_get_basename(uri);
  AUTO(storage_close) struct storage *storage = storage_open(parent, error);
  if (storage == NULL)
    return false;
  if (delta_read(storage, table, /* version= */ -1, history_reader(), ret_snapshot, error))
    return true;
  if (error != NULL && *error != NULL &&
      (error_is(*error, ERROR_FAILED) || error_is(*error, ERROR_DATA)))
    (*error)->code = ERROR_INPUT;
  return error_prefix(error, "cannot read '%s': ", uri);
}

struct inventory *
input_list(const char *name, const char *path, GError **error)
{
  AUTO(storage_close) struct storage *storage = storage_open(path, error);
  g_autoptr(GError) failed = NULL;
  if (storage == NULL)
    return NULL;
  if (!storage_stat(storage, "_delta_log", NULL, &failed)) {
    if (failed == NULL)
      return inventory_read(name, path, error);
    g_propagate_error(error, g_steal_pointer(&failed));
    return NULL;
  }
  const char *uri = storage_uri(storage);
  AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = NULL;
  if (!read_snapshot(uri, &snapshot, error))
    return NULL;
  if (snapshot->version < 0)
    return inventory_read(name, path, error);
  if (!check_snapshot(snapshot, uri, error))
    return NULL;
  return inventory_read_files(name, path, snapshot->live, error);
}
