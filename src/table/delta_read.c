/* SPDX-License-Identifier: Apache-2.0 */
#include "table/delta_log.h"
#include "util/error.h"
#include <string.h>

/* Foreign commits on top of ours that are looked through for one of ours. */
#define LOOK_BACK 32

/* The newest checkpoint at or below the version that lies above what the snapshot knows; NULL for none. With removed files
 * kept, a log that is whole is read from its start: a checkpoint may have dropped old ones. */
static const struct delta_log_checkpoint *
choose_checkpoint(const struct delta_log *log, const struct delta_snapshot *snapshot,
                  gint64 version, const struct delta_reader *reader)
{
  bool can_read = reader != NULL && reader->read_checkpoint != NULL;
  bool whole = delta_log_has(log, snapshot->version + 1);
  if (whole && (!can_read || snapshot->removed != NULL))
    return NULL;
  for (guint i = log->checkpoints->len; i-- > 0;) {
    const struct delta_log_checkpoint *checkpoint = log->checkpoints->pdata[i];
    if (checkpoint->version <= version)
      return checkpoint->version > snapshot->version ? checkpoint : NULL;
  }
  return NULL;
}

static void
forget(struct delta_snapshot *snapshot)
{
  g_hash_table_remove_all(snapshot->live);
  g_hash_table_remove_all(snapshot->txns);
  if (snapshot->removed != NULL)
    g_hash_table_remove_all(snapshot->removed);
  json_release(&snapshot->metadata);
  json_release(&snapshot->protocol);
  snapshot->metadata = NULL;
  snapshot->protocol = NULL;
}

static bool
load_checkpoint(struct storage *storage, const char *table,
                const struct delta_log_checkpoint *checkpoint, const struct delta_reader *reader,
                struct delta_snapshot *snapshot, GError **error)
{
  if (reader == NULL || reader->read_checkpoint == NULL)
    return error_set(error, ERROR_FAILED, "cannot read the log of table '%s' without checkpoints",
                     table);
  forget(snapshot);
  for (guint i = 0; i < checkpoint->paths->len; i++) {
    g_autofree char *full = storage_path(storage, checkpoint->paths->pdata[i]);
    g_autoptr(GPtrArray) rows = NULL;
    if (!reader->read_checkpoint(full, reader->user, &rows, error) ||
        !delta_replay_checkpoint(snapshot, full, rows, error))
      return false;
  }
  snapshot->version = checkpoint->version;
  return true;
}

bool
delta_info_replaces_all(struct json_object *info)
{
  const char *engine = json_get_text(info, "engineInfo");
  const char *mode = json_get_text(json_get(info, "operationParameters"), "mode");
  return engine != NULL && g_str_has_prefix(engine, "kindling/") &&
         g_strcmp0(mode, "Overwrite") == 0;
}

bool
delta_text_replaces_all(const char *text, gsize length)
{
  const char *end = memchr(text, '\n', length);
  JSON_AUTO(action) = json_parse(text, end == NULL ? length : (gsize)(end - text), NULL);
  return delta_info_replaces_all(json_get(action, "commitInfo"));
}

/* The newest commit in [lowest, version] that replaces all files; -1 when it is not among the last few. */
static bool
find_overwrite(struct storage *storage, const char *table, const struct delta_log *log,
               gint64 lowest, gint64 version, gint64 *ret_version, GError **error)
{
  *ret_version = -1;
  for (gint64 at = version; at >= lowest && at > version - LOOK_BACK; at--) {
    g_autoptr(GBytes) bytes = NULL;
    if (!delta_log_has(log, at))
      return true;
    if (!delta_log_read(storage, table, at, &bytes, error))
      return false;
    gsize length = 0;
    const char *text = g_bytes_get_data(bytes, &length);
    if (length > 0 && delta_text_replaces_all(text, length)) {
      *ret_version = at;
      return true;
    }
  }
  return true;
}

/* overwrite: the commit up to which files need not be followed; -1 for none. */
static bool
load_commit(struct storage *storage, const char *table, const struct delta_log *log, gint64 version,
            gint64 overwrite, struct delta_snapshot *snapshot, GError **error)
{
  g_autofree char *path = delta_commit_path(table, version);
  g_autofree char *full = storage_path(storage, path);
  g_autoptr(GBytes) bytes = NULL;
  if (!delta_log_has(log, version))
    return error_set(error, ERROR_FAILED, "the log of table '%s' has a gap: '%s' is missing", table,
                     full);
  if (!delta_log_read(storage, table, version, &bytes, error))
    return false;
  gsize length = 0;
  const char *text = g_bytes_get_data(bytes, &length);
  if (version < overwrite)
    return delta_replay_without_files(snapshot, full, text, length, error);
  if (version == overwrite)
    g_hash_table_remove_all(snapshot->live);
  return delta_replay(snapshot, full, text, length, error);
}

static bool
load_commits(struct storage *storage, const char *table, const struct delta_log *log,
             gint64 version, struct delta_snapshot *snapshot, GError **error)
{
  gint64 overwrite = -1;
  if (snapshot->removed == NULL &&
      !find_overwrite(storage, table, log, snapshot->version + 1, version, &overwrite, error))
    return false;
  for (; snapshot->version < version; snapshot->version++)
    if (!load_commit(storage, table, log, snapshot->version + 1, overwrite, snapshot, error))
      return false;
  return true;
}

static bool
load(struct storage *storage, const char *table, const struct delta_log *log, gint64 version,
     const struct delta_reader *reader, struct delta_snapshot *snapshot, GError **error)
{
  const struct delta_log_checkpoint *checkpoint = choose_checkpoint(log, snapshot, version, reader);
  if (checkpoint != NULL && !load_checkpoint(storage, table, checkpoint, reader, snapshot, error))
    return false;
  if (!load_commits(storage, table, log, version, snapshot, error))
    return false;
  if (version < 0 || (snapshot->metadata != NULL && snapshot->protocol != NULL))
    return true;
  error_set(error, ERROR_FAILED, "damaged log of table '%s': no metaData or no protocol", table);
  return error_hint(error, "Restore the log from a copy, or move the table's folder away.");
}

bool
delta_read_into(struct storage *storage, const char *table, gint64 version,
                const struct delta_reader *reader, struct delta_snapshot *snapshot, GError **error)
{
  AUTO(delta_log_free) struct delta_log *log = NULL;
  if (!delta_log_list(storage, table, &log, error))
    return false;
  gint64 newest = delta_log_newest(log);
  if (version > newest)
    return error_set(error, ERROR_FAILED, "table '%s' has no version %" G_GINT64_FORMAT, table,
                     version);
  return load(storage, table, log, version < 0 ? newest : version, reader, snapshot, error);
}

bool
delta_read(struct storage *storage, const char *table, gint64 version,
           const struct delta_reader *reader, struct delta_snapshot **ret_snapshot, GError **error)
{
  AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = delta_snapshot_new();
  if (!delta_read_into(storage, table, version, reader, snapshot, error))
    return false;
  *ret_snapshot = g_steal_pointer(&snapshot);
  return true;
}

bool
delta_update(struct storage *storage, const char *table, const struct delta_reader *reader,
             struct delta_snapshot *snapshot, GError **error)
{
  AUTO(delta_log_free) struct delta_log *log = NULL;
  if (!delta_log_list(storage, table, &log, error))
    return false;
  gint64 newest = delta_log_newest(log);
  if (newest < snapshot->version)
    return error_set(error, ERROR_FAILED,
                     "version %" G_GINT64_FORMAT " of table '%s' has disappeared",
                     snapshot->version, table);
  return load(storage, table, log, newest, reader, snapshot, error);
}

bool
delta_newest(struct storage *storage, const char *table, gint64 *ret_version, GError **error)
{
  AUTO(delta_log_free) struct delta_log *log = NULL;
  if (!delta_log_list(storage, table, &log, error))
    return false;
  *ret_version = delta_log_newest(log);
  return true;
}
