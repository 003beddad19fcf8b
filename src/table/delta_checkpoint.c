/* SPDX-License-Identifier: Apache-2.0 */
#include "table/actions.h"
#include "table/delta_log.h"
#include "util/clock.h"
#include <string.h>

#define EVERY 20

static void
object_put(gpointer object)
{
  (void)json_object_put(object);
}

static void
add_row(GPtrArray *rows, const char *name, struct json_object *object)
{
  struct json_object *row = json_object_new_object();
  json_add_object(row, name, object);
  g_ptr_array_add(rows, row);
}

/* The members that a checkpoint's typed columns have; nothing changes by a checkpoint, so dataChange is false. */
static struct json_object *
only(struct json_object *file, const char *const *members)
{
  struct json_object *copy = json_object_new_object();
  for (; *members != NULL; members++)
    if (json_get(file, *members) != NULL)
      json_add_object(copy, *members, json_object_get(json_get(file, *members)));
  json_add_flag(copy, "dataChange", false);
  return copy;
}

static void
add_files(GPtrArray *rows, const struct delta_snapshot *snapshot)
{
  static const char *const add_members[] = {
      "path", "partitionValues", "size", "modificationTime", "stats", "tags", NULL};
  static const char *const remove_members[] = {
      "path", "deletionTimestamp", "extendedFileMetadata", "partitionValues", "size", NULL};
  gint64 now_ms = clock_wall_ms(), keep_ms = actions_retain_ms(snapshot, -1);
  GHashTableIter each;
  gpointer file = NULL;
  g_hash_table_iter_init(&each, snapshot->live);
  while (g_hash_table_iter_next(&each, NULL, &file))
    add_row(rows, "add", only(file, add_members));
  g_hash_table_iter_init(&each, snapshot->removed);
  while (g_hash_table_iter_next(&each, NULL, &file))
    if (now_ms - json_get_int(file, "deletionTimestamp", 0) < keep_ms)
      add_row(rows, "remove", only(file, remove_members));
}

static GPtrArray *
make_rows(const struct delta_snapshot *snapshot)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func(object_put);
  add_row(rows, "protocol", json_object_get(snapshot->protocol));
  add_row(rows, "metaData", json_object_get(snapshot->metadata));
  GHashTableIter each;
  gpointer app_id = NULL, version = NULL;
  g_hash_table_iter_init(&each, snapshot->txns);
  while (g_hash_table_iter_next(&each, &app_id, &version)) {
    struct json_object *txn = json_object_new_object();
    json_add_text(txn, "appId", app_id);
    json_add_int(txn, "version", *(const gint64 *)version);
    add_row(rows, "txn", txn);
  }
  add_files(rows, snapshot);
  return rows;
}

/* Under a passing name first, so that no reader meets half a file. */
static bool
write_rows(struct storage *storage, const char *table, gint64 version, GPtrArray *rows,
           const struct delta_reader *reader, GError **error)
{
  g_autofree char *unique = g_uuid_string_random();
  g_autofree char *folder = delta_log_folder(table);
  g_autofree char *aside = g_strdup_printf("%s/.%s.tmp", folder, unique);
  g_autofree char *full = storage_path(storage, aside);
  g_autofree char *final =
      g_strdup_printf("%s/%020" G_GINT64_FORMAT ".checkpoint.parquet", folder, version);
  bool found = false;
  if (reader->write_checkpoint(full, rows, reader->user, error) &&
      storage_sync(storage, aside, error) && storage_move(storage, aside, final, &found, error) &&
      storage_sync(storage, folder, error))
    return true;
  bool deleted UNUSED = storage_delete(storage, aside, /* error= */ NULL);
  return false;
}

bool
delta_checkpoint(struct storage *storage, const char *table, const struct delta_snapshot *snapshot,
                 const struct delta_reader *reader, GError **error)
{
  if (snapshot->version <= 0 || snapshot->version % EVERY != 0 || reader == NULL ||
      reader->write_checkpoint == NULL || actions_retain_ms(snapshot, -1) == 0)
    return true;
  AUTO(delta_snapshot_free) struct delta_snapshot *whole = delta_snapshot_new();
  delta_snapshot_keep_removed(whole);
  if (!delta_read_into(storage, table, snapshot->version, reader, whole, error))
    return false;
  g_autoptr(GPtrArray) rows = make_rows(whole);
  if (!write_rows(storage, table, whole->version, rows, reader, error))
    return false;
  g_autofree char *hint =
      g_strdup_printf("{\"version\":%" G_GINT64_FORMAT ",\"size\":%u}", whole->version, rows->len);
  g_autofree char *folder = delta_log_folder(table);
  g_autofree char *path = g_strdup_printf("%s/_last_checkpoint", folder);
  g_autoptr(GBytes) bytes = g_bytes_new(hint, strlen(hint));
  return storage_put(storage, path, bytes, error);
}
