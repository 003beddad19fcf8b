/* SPDX-License-Identifier: Apache-2.0 */
#include "table/complete.h"
#include "table/actions.h"
#include "table/delta_log.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/fault.h"
#include <string.h>

/* How often a foreign writer may take the version that we were about to write. */
#define TRIES 64
/* Foreign commits since our last one whose removed files are looked for. */
#define LOOK_BACK 64

struct completion {
  struct storage *storage;
  const struct delta_reader *reader;
  gint64 number;
  struct json_object *entry;
  struct json_object *output;
  const char *name; /* of the output */
};

static bool
step(const struct completion *completion, const char *name, GError **error)
{
  g_autofree char *own = g_strdup_printf("publish.%s:%s", name, completion->name);
  g_autofree char *any = g_strdup_printf("publish.%s", name);
  return fault_here(any, error) && fault_here(own, error);
}

static bool
is_published(const struct completion *completion, const struct delta_snapshot *snapshot)
{
  return delta_snapshot_txn(snapshot, ACTIONS_APP_ID) >= completion->number;
}

/* size_bytes -1: of any size. */
static bool
is_there(struct storage *storage, const char *path, gint64 size_bytes, bool *ret_there,
         GError **error)
{
  struct storage_entry *entry = NULL;
  g_autoptr(GError) failure = NULL;
  bool found = storage_stat(storage, path, &entry, &failure);
  *ret_there = found && (size_bytes < 0 || entry->size_bytes == (guint64)size_bytes);
  storage_entry_free(entry);
  if (failure != NULL)
    g_propagate_error(error, g_steal_pointer(&failure));
  return found || failure == NULL;
}

/* The driver says "not found" also when another process has just removed the target's folder as empty: then the source is
 * still there and the move is tried again. */
static bool
move_file(struct storage *storage, struct json_object *item, GError **error)
{
  const char *staged = json_get_text(item, "staged"), *path = json_get_text(item, "path");
  gint64 size_bytes = json_get_int(json_get(item, "add"), "size", -1);
  for (guint try = 0; try < TRIES; try++) {
    bool found = false, arrived = false, waits = false;
    if (!storage_move(storage, staged, path, &found, error))
      return false;
    if (found)
      return true;
    if (!is_there(storage, path, size_bytes, &arrived, error) ||
        !is_there(storage, staged, -1, &waits, error))
      return false;
    if (arrived)
      return true;
    if (!waits)
      break;
  }
  return error_set(error, ERROR_FAILED, "file '%s' of a committed run is neither there nor at '%s'",
                   staged, path);
}

static char *
folder_of(const char *path)
{
  const char *slash = strrchr(path, '/');
  return slash == NULL ? g_strdup("") : g_strndup(path, (gsize)(slash - path));
}

static bool
move_in(const struct completion *completion, GError **error)
{
  struct json_object *adds = json_get(completion->output, "adds");
  gsize count = json_object_array_length(adds);
  g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(g_free);
  for (gsize i = 0; i < count; i++) {
    struct json_object *item = json_object_array_get_idx(adds, i);
    if (!move_file(completion->storage, item, error))
      return false;
    g_ptr_array_add(folders, folder_of(json_get_text(item, "path")));
    if (i == 0 && !step(completion, "moving", error))
      return false;
  }
  if (count == 0 && !step(completion, "moving", error))
    return false;
  return storage_sync_folders(completion->storage, folders, error) &&
         step(completion, "moved", error);
}

static struct json_object *
user_metadata(const struct completion *completion)
{
  static const char *const from_entry[] = {"run_id", "app_name", "input"};
  struct json_object *meta = json_object_new_object();
  for (gsize i = 0; i < G_N_ELEMENTS(from_entry); i++)
    json_add_object(meta, from_entry[i],
                    json_object_get(json_get(completion->entry, from_entry[i])));
  json_add_text(meta, "job", json_get_text(completion->output, "job"));
  json_add_text(meta, "job_hash", json_get_text(completion->output, "job_hash"));
  return meta;
}

static void
add_count(struct json_object *object, const char *key, guint64 count)
{
  g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, count);
  json_add_text(object, key, text);
}

static struct json_object *
metrics_of(struct json_object *adds)
{
  guint64 rows = 0, bytes = 0;
  gsize count = json_object_array_length(adds);
  for (gsize i = 0; i < count; i++) {
    struct json_object *add = json_get(json_object_array_get_idx(adds, i), "add");
    const char *text = json_get_text(add, "stats");
    JSON_AUTO(stats) = text == NULL ? NULL : json_tokener_parse(text);
    rows += (guint64)json_get_int(stats, "numRecords", 0);
    bytes += (guint64)json_get_int(add, "size", 0);
  }
  struct json_object *metrics = json_object_new_object();
  add_count(metrics, "numFiles", count);
  add_count(metrics, "numOutputRows", rows);
  add_count(metrics, "numOutputBytes", bytes);
  return metrics;
}

static struct json_object *
commit_info(const struct completion *completion, const struct delta_snapshot *snapshot,
            gint64 now_ms)
{
  struct json_object *info = json_object_new_object();
  struct json_object *parameters = json_object_new_object();
  JSON_AUTO(meta) = user_metadata(completion);
  g_autofree char *meta_text = json_line(meta);
  g_autofree char *partition_by = json_line(json_get(completion->output, "partition_columns"));
  json_add_text(parameters, "mode", "Overwrite");
  json_add_text(parameters, "partitionBy", partition_by);
  json_add_int(info, "timestamp", now_ms);
  json_add_text(info, "operation", snapshot->version < 0 ? "CREATE TABLE AS SELECT" : "WRITE");
  json_add_object(info, "operationParameters", parameters);
  if (snapshot->version >= 0)
    json_add_int(info, "readVersion", snapshot->version);
  json_add_text(info, "isolationLevel", "Serializable");
  json_add_flag(info, "isBlindAppend", false);
  json_add_text(info, "engineInfo", "kindling/" KINDLING_VERSION);
  json_add_object(info, "operationMetrics", metrics_of(json_get(completion->output, "adds")));
  json_add_text(info, "txnId", json_get_text(completion->entry, "run_id"));
  json_add_text(info, "userMetadata", meta_text);
  return info;
}

/* The whole commit on top of a snapshot: all that is live goes, the run's files come. */
static struct json_object *
make_actions(const struct completion *completion, const struct delta_snapshot *snapshot)
{
  gint64 now_ms = clock_wall_ms();
  struct json_object *actions = json_object_new_array();
  struct actions_table table = {
      .schema = json_get(completion->output, "schema"),
      .partition_columns = json_get(completion->output, "partition_columns"),
      .retain_ms = json_get_int(completion->output, "retain_ms", -1),
  };
  actions_add(actions, "commitInfo", commit_info(completion, snapshot, now_ms));
  actions_add_table(actions, snapshot, &table, now_ms);
  actions_add_txn(actions, completion->number, now_ms);
  GHashTableIter each;
  gpointer add = NULL;
  g_hash_table_iter_init(&each, snapshot->live);
  while (g_hash_table_iter_next(&each, NULL, &add))
    actions_add_remove(actions, add, now_ms);
  struct json_object *adds = json_get(completion->output, "adds");
  gsize count = json_object_array_length(adds);
  for (gsize i = 0; i < count; i++)
    actions_add(actions, "add",
                json_object_get(json_get(json_object_array_get_idx(adds, i), "add")));
  return actions;
}

/* One try at the Delta commit. ret_again: a foreign writer took the version. */
static bool
commit_once(const struct completion *completion, struct delta_snapshot *snapshot, bool *ret_again,
            GError **error)
{
  bool created = false;
  if (!delta_may_write(snapshot, completion->name, error))
    return false;
  JSON_AUTO(actions) = make_actions(completion, snapshot);
  if (!delta_commit(completion->storage, completion->name, snapshot->version + 1, actions, &created,
                    error))
    return false;
  *ret_again = !created;
  return !created || step(completion, "committed", error);
}

static bool
publish_output(const struct completion *completion, struct delta_snapshot *snapshot,
               bool *ret_by_us, GError **error)
{
  *ret_by_us = false;
  for (guint try = 0; try < TRIES; try++) {
    g_autoptr(GError) failure = NULL;
    bool again = false;
    if (!delta_update(completion->storage, completion->name, completion->reader, snapshot, error))
      return false;
    if (is_published(completion, snapshot))
      return true;
    bool moved = move_in(completion, &failure);
    /* A file may be missing because another process has published this output meanwhile, and even replaced it. */
    if (!moved) {
      if (!delta_update(completion->storage, completion->name, completion->reader, snapshot, error))
        return false;
      if (is_published(completion, snapshot))
        return true;
      g_propagate_error(error, g_steal_pointer(&failure));
      return false;
    }
    if (!commit_once(completion, snapshot, &again, error))
      return false;
    *ret_by_us = *ret_by_us || !again;
  }
  return error_set(error, ERROR_FAILED, "another writer keeps committing to table '%s'",
                   completion->name);
}

/* What a commit of ours removed, when its txn is the entry's. */
struct found {
  gint64 txn;
  GPtrArray *removed; /* char *, decoded paths */
};

static bool
take_found(struct json_object *action, gpointer user, GError **error)
{
  struct found *found = user;
  struct json_object *txn = json_get(action, "txn"), *remove = json_get(action, "remove");
  (void)error;
  if (g_strcmp0(json_get_text(txn, "appId"), ACTIONS_APP_ID) == 0)
    found->txn = json_get_int(txn, "version", -1);
  const char *path = json_get_text(remove, "path");
  char *decoded = path == NULL ? NULL : delta_decode_path(path);
  if (decoded != NULL)
    g_ptr_array_add(found->removed, decoded);
  return true;
}

/* found->removed grows; found->txn is -1 when the commit is not ours. */
static bool
read_removed(const struct completion *completion, gint64 version, struct found *found,
             bool *ret_replaces_all, GError **error)
{
  g_autofree char *path = delta_commit_path(completion->name, version);
  g_autoptr(GBytes) bytes = NULL;
  gsize length = 0;
  if (!delta_log_read(completion->storage, completion->name, version, &bytes, error))
    return false;
  const char *text = g_bytes_get_data(bytes, &length);
  found->txn = -1;
  *ret_replaces_all = length > 0 && delta_text_replaces_all(text, length);
  return delta_parse(path, text, length, take_found, found, error);
}

/* Others leave the files that they remove; on a table that keeps none, the next commit of ours takes them along. A table
 * that was never ours keeps what its writers keep. */
static bool
add_foreign_removed(const struct completion *completion, const struct delta_log *log,
                    gint64 version, GPtrArray *removed, GError **error)
{
  g_autoptr(GPtrArray) foreign = g_ptr_array_new_with_free_func(g_free);
  for (gint64 at = version - 1; at > version - LOOK_BACK && delta_log_has(log, at); at--) {
    g_autoptr(GPtrArray) more = g_ptr_array_new_with_free_func(g_free);
    struct found found = {.removed = more};
    bool replaces_all = false;
    if (!read_removed(completion, at, &found, &replaces_all, error))
      return false;
    if (replaces_all) {
      g_ptr_array_extend_and_steal(removed, g_steal_pointer(&foreign));
      return true;
    }
    g_ptr_array_extend_and_steal(foreign, g_steal_pointer(&more));
  }
  return true;
}

/* Looks for the entry's commit from the newest version down. ret_version: -1 when its JSON is gone. */
static bool
find_commit(const struct completion *completion, gint64 newest, gint64 *ret_version,
            GPtrArray **ret_removed, GError **error)
{
  AUTO(delta_log_free) struct delta_log *log = NULL;
  if (!delta_log_list(completion->storage, completion->name, &log, error))
    return false;
  for (gint64 version = newest; version >= 0 && delta_log_has(log, version); version--) {
    g_autoptr(GPtrArray) removed = g_ptr_array_new_with_free_func(g_free);
    struct found found = {.removed = removed};
    bool replaces_all = false;
    if (!read_removed(completion, version, &found, &replaces_all, error))
      return false;
    if (found.txn != completion->number)
      continue;
    if (!add_foreign_removed(completion, log, version, removed, error))
      return false;
    *ret_version = version;
    *ret_removed = g_steal_pointer(&removed);
    return true;
  }
  *ret_version = -1;
  *ret_removed = g_ptr_array_new_with_free_func(g_free);
  return true;
}

bool
complete_delete_files(struct storage *storage, const char *table, GPtrArray *paths, GError **error)
{
  g_autoptr(GHashTable) folders = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < paths->len; i++) {
    const char *path = paths->pdata[i];
    if (!storage_path_is_clean(path) || g_str_has_prefix(path, "_delta_log/") ||
        strstr(path, ":/") != NULL)
      continue;
    g_autofree char *full = g_strdup_printf("%s/%s", table, path);
    if (!storage_delete(storage, full, error))
      return false;
    (void)g_hash_table_add(folders, folder_of(full));
  }
  GHashTableIter each;
  gpointer folder = NULL;
  g_hash_table_iter_init(&each, folders);
  while (g_hash_table_iter_next(&each, &folder, NULL))
    if (!storage_prune_folders(storage, folder, error))
      return false;
  return true;
}

/* A file that is live again (RESTORE) stays. */
static bool
delete_replaced(const struct completion *completion, const struct delta_snapshot *snapshot,
                GPtrArray *removed, GError **error)
{
  gint64 retain_ms = json_get_int(completion->output, "retain_ms", -1);
  if (actions_retain_ms(snapshot, retain_ms) > 0 ||
      delta_snapshot_txn(snapshot, ACTIONS_APP_ID) > completion->number)
    return true;
  g_autoptr(GPtrArray) dead = g_ptr_array_new();
  for (guint i = 0; i < removed->len; i++)
    if (!g_hash_table_contains(snapshot->live, removed->pdata[i]))
      g_ptr_array_add(dead, removed->pdata[i]);
  return complete_delete_files(completion->storage, completion->name, dead, error);
}

static bool
complete_output(const struct completion *completion, struct delta_snapshot *snapshot,
                gint64 *ret_version, GPtrArray *report, GError **error)
{
  g_autoptr(GPtrArray) removed = NULL;
  bool by_us = false;
  if (!publish_output(completion, snapshot, &by_us, error) ||
      !find_commit(completion, snapshot->version, ret_version, &removed, error) ||
      !delete_replaced(completion, snapshot, removed, error) || !step(completion, "deleted", error))
    return false;
  if (by_us && report != NULL)
    g_ptr_array_add(report, g_strdup_printf("Published version %" G_GINT64_FORMAT
                                            " of '%s', which run %s had committed.",
                                            *ret_version, completion->name,
                                            json_get_text(completion->entry, "run_id")));
  /* Readers gain speed by a checkpoint, nothing else: the run does not fail for one. */
  if (by_us)
    (void)delta_checkpoint(completion->storage, completion->name, snapshot, completion->reader,
                           /* error= */ NULL);
  return true;
}

bool
complete_entry(struct storage *storage, gint64 number, struct json_object *entry,
               const struct delta_reader *reader, struct delta_snapshot *const *snapshots,
               gint64 *ret_versions, GPtrArray *report, GError **error)
{
  struct json_object *outputs = json_get(entry, "outputs");
  gsize count = json_object_array_length(outputs);
  for (gsize i = 0; i < count; i++) {
    struct json_object *output = json_object_array_get_idx(outputs, i);
    struct completion completion = {.storage = storage,
                                    .reader = reader,
                                    .number = number,
                                    .entry = entry,
                                    .output = output,
                                    .name = json_get_text(output, "name")};
    AUTO(delta_snapshot_free)
    struct delta_snapshot *fresh = snapshots == NULL ? delta_snapshot_new() : NULL;
    gint64 version = -1;
    if (!complete_output(&completion, snapshots == NULL ? fresh : snapshots[i], &version, report,
                         error))
      return error_prefix(error, "output '%s': ", completion.name);
    if (ret_versions != NULL)
      ret_versions[i] = version;
  }
  return joblog_mark_done(storage, number, error);
}

static bool
report_unfinished(struct storage *storage, gint64 number, struct json_object *entry,
                  const struct delta_reader *reader, GPtrArray *report, GError **error)
{
  struct json_object *outputs = json_get(entry, "outputs");
  gsize count = json_object_array_length(outputs);
  for (gsize i = 0; i < count && report != NULL; i++) {
    const char *name = json_get_text(json_object_array_get_idx(outputs, i), "name");
    AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = NULL;
    if (!delta_read(storage, name, -1, reader, &snapshot, error))
      return false;
    if (delta_snapshot_txn(snapshot, ACTIONS_APP_ID) < number)
      g_ptr_array_add(report, g_strdup_printf("Would publish '%s', which run %s had committed.",
                                              name, json_get_text(entry, "run_id")));
  }
  return true;
}

bool
complete_newest(struct storage *storage, const struct delta_reader *reader, bool dry_run,
                GPtrArray *report, gint64 *ret_newest, GError **error)
{
  gint64 number = -1;
  bool done = false;
  JSON_AUTO(entry) = NULL;
  if (!joblog_newest(storage, &number, &done, error))
    return false;
  if (!done && !joblog_read(storage, number, &entry, error))
    return false;
  if (!done && dry_run && !report_unfinished(storage, number, entry, reader, report, error))
    return false;
  if (!done && !dry_run &&
      !complete_entry(storage, number, entry, reader, /* snapshots= */ NULL,
                      /* ret_versions= */ NULL, report, error))
    return error_prefix(error, "cannot complete run %s: ", json_get_text(entry, "run_id"));
  *ret_newest = number;
  return true;
}
