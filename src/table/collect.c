/* SPDX-License-Identifier: Apache-2.0 */
#include "table/actions.h"
#include "table/complete.h"
#include "table/delta_log.h"
#include "table/maintenance.h"
#include "table/publish.h"
#include "util/clock.h"
#include "util/error.h"
#include <string.h>

#define DAY_MS (G_GINT64_CONSTANT(24) * 3600 * 1000)

struct collection {
  struct delta_snapshot *snapshot; /* with removed files */
  GHashTable *pending;             /* paths below the root that the newest job log entry names */
  gsize table_length;              /* of "<table>/" */
  gint64 now_ms, keep_ms;
};

static bool
skip_hidden(const char *name, bool is_folder, gpointer user)
{
  (void)is_folder;
  (void)user;
  return *name == '_' || *name == '.';
}

/* "...-20261125T030111Z-1f3a9c04.parquet": the name that our files carry. */
static bool
is_our_name(const char *path)
{
  static const char shape[] = "-ddddddddTddddddZ-xxxxxxxx.parquet";
  gsize length = strlen(path), size = sizeof shape - 1;
  if (length <= size)
    return false;
  const char *tail = path + length - size;
  for (gsize i = 0; i < size; i++) {
    bool digit = i < 16 && shape[i] == 'd', hex = i >= 18 && shape[i] == 'x';
    if (digit ? !g_ascii_isdigit(tail[i]) : hex ? !g_ascii_isxdigit(tail[i]) : tail[i] != shape[i])
      return false;
  }
  return true;
}

static bool
is_garbage(const struct collection *collection, const struct storage_entry *entry)
{
  const char *path = entry->path + collection->table_length;
  if (g_hash_table_contains(collection->snapshot->live, path) ||
      g_hash_table_contains(collection->pending, entry->path))
    return false;
  struct json_object *removed = g_hash_table_lookup(collection->snapshot->removed, path);
  if (removed != NULL)
    return collection->now_ms - json_get_int(removed, "deletionTimestamp", 0) >=
           collection->keep_ms;
  return is_our_name(path) && collection->now_ms - entry->modified_ms > DAY_MS;
}

static bool
pending_paths(struct storage *storage, GHashTable *pending, GError **error)
{
  gint64 number = -1;
  bool done = false;
  JSON_AUTO(entry) = NULL;
  if (!joblog_newest(storage, &number, &done, error))
    return false;
  if (number < 0)
    return true;
  if (!joblog_read(storage, number, &entry, error))
    return false;
  struct json_object *outputs = json_get(entry, "outputs");
  for (gsize i = 0; i < json_object_array_length(outputs); i++) {
    struct json_object *adds = json_get(json_object_array_get_idx(outputs, i), "adds");
    for (gsize k = 0; k < json_object_array_length(adds); k++)
      (void)g_hash_table_add(pending,
                             g_strdup(json_get_text(json_object_array_get_idx(adds, k), "path")));
  }
  return true;
}

/* What a killed put left beside the target. */
static bool
delete_asides(struct storage *storage, const char *folder, gint64 now_ms, GError **error)
{
  g_autoptr(GPtrArray) entries = NULL;
  if (!storage_list(storage, folder, &entries, error))
    return false;
  for (guint i = 0; i < entries->len; i++) {
    const struct storage_entry *entry = entries->pdata[i];
    const char *name = strrchr(entry->path, '/') + 1;
    if (*name == '.' && g_str_has_suffix(name, ".tmp") && now_ms - entry->modified_ms > DAY_MS &&
        !storage_delete(storage, entry->path, error))
      return false;
  }
  return true;
}

static bool
delete_garbage(struct storage *storage, const char *table, GPtrArray *garbage, GError **error)
{
  g_autofree char *log = g_strdup_printf("%s/_delta_log", table);
  gint64 now_ms = clock_wall_ms();
  g_autoptr(GPtrArray) inside = g_ptr_array_new();
  for (guint i = 0; i < garbage->len; i++)
    g_ptr_array_add(inside, (char *)garbage->pdata[i] + strlen(table) + 1);
  return complete_delete_files(storage, table, inside, error) &&
         delete_asides(storage, log, now_ms, error) &&
         delete_asides(storage, JOBLOG_FOLDER, now_ms, error);
}

/* The order counts: a file that the listing shows was moved in after its entry was written, so the entry is the newest
 * one, read later, or complete, and then the Delta log, read last, names the file. */
static bool
find_garbage(struct storage *storage, const char *table, const struct delta_reader *reader,
             gint64 older_than_ms, GPtrArray *garbage, guint64 *ret_size_bytes, GError **error)
{
  g_autoptr(GPtrArray) entries = NULL;
  g_autoptr(GHashTable) pending = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = delta_snapshot_new();
  delta_snapshot_keep_removed(snapshot);
  if (!storage_list_tree(storage, table, skip_hidden, NULL, &entries, error) ||
      !pending_paths(storage, pending, error) ||
      !delta_update(storage, table, reader, snapshot, error))
    return false;
  struct collection collection = {
      .snapshot = snapshot,
      .pending = pending,
      .table_length = strlen(table) + 1,
      .now_ms = clock_wall_ms(),
      .keep_ms = older_than_ms >= 0 ? older_than_ms : actions_retain_ms(snapshot, -1),
  };
  guint64 size_bytes = 0;
  for (guint i = 0; i < entries->len; i++) {
    const struct storage_entry *entry = entries->pdata[i];
    if (!is_garbage(&collection, entry))
      continue;
    g_ptr_array_add(garbage, g_strdup(entry->path));
    size_bytes += entry->size_bytes;
  }
  *ret_size_bytes = size_bytes;
  return true;
}

bool
publish_collect(struct storage *storage, const char *table, const struct delta_reader *reader,
                gint64 older_than_ms, bool dry_run, GPtrArray **ret_paths,
                struct publish_garbage *ret_garbage, GError **error)
{
  AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = NULL;
  AUTO(storage_unlock) struct storage_lock *lock = NULL;
  g_autoptr(GPtrArray) garbage = g_ptr_array_new_with_free_func(g_free);
  guint64 size_bytes = 0;
  gint64 newest = -1;
  if (!delta_read(storage, table, -1, reader, &snapshot, error) ||
      !maintenance_begin(storage, table, snapshot, dry_run ? NULL : &lock, error) ||
      !complete_newest(storage, reader, dry_run, /* report= */ NULL, &newest, error) ||
      !find_garbage(storage, table, reader, older_than_ms, garbage, &size_bytes, error) ||
      (!dry_run && !delete_garbage(storage, table, garbage, error)))
    return false;
  *ret_garbage = (struct publish_garbage){.files = garbage->len, .size_bytes = size_bytes};
  if (ret_paths != NULL)
    *ret_paths = g_steal_pointer(&garbage);
  return true;
}
