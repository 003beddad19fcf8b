/* SPDX-License-Identifier: Apache-2.0 */
#include "table/actions.h"
#include "table/complete.h"
#include "table/maintenance.h"
#include "table/publish.h"
#include "util/clock.h"
#include "util/error.h"

struct rollback {
  struct storage *storage;
  const char *table;
  gint64 to_version;
  struct delta_snapshot *now;
  struct delta_snapshot *target;
};

static bool
check_files(const struct rollback *rollback, GError **error)
{
  GHashTableIter each;
  gpointer path = NULL, add = NULL;
  g_hash_table_iter_init(&each, rollback->target->live);
  while (g_hash_table_iter_next(&each, &path, &add)) {
    g_autofree char *full = g_strdup_printf("%s/%s", rollback->table, (const char *)path);
    struct storage_entry *entry = NULL;
    g_autoptr(GError) failure = NULL;
    bool there = storage_stat(rollback->storage, full, &entry, &failure) &&
                 entry->size_bytes == (guint64)json_get_int(add, "size", -1);
    storage_entry_free(entry);
    if (failure != NULL) {
      g_propagate_error(error, g_steal_pointer(&failure));
      return false;
    }
    if (there)
      continue;
    error_set(error, ERROR_FAILED,
              "version %" G_GINT64_FORMAT " of '%s' cannot be brought back: its file '%s' is gone",
              rollback->to_version, rollback->table, full);
    return error_hint(error, "Replaced files are kept only with --retain.");
  }
  return true;
}

/* Only what the protocol knows: an add from a checkpoint may carry more. */
static struct json_object *
add_again(struct json_object *add)
{
  static const char *const members[] = {
      "path", "partitionValues", "size", "modificationTime", "stats", "tags"};
  struct json_object *copy = json_object_new_object();
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++)
    if (json_get(add, members[i]) != NULL)
      json_add_object(copy, members[i], json_object_get(json_get(add, members[i])));
  json_add_flag(copy, "dataChange", true);
  return copy;
}

static struct json_object *
commit_info(const struct rollback *rollback, gint64 now_ms)
{
  struct json_object *info = json_object_new_object();
  struct json_object *parameters = json_object_new_object();
  g_autofree char *version = g_strdup_printf("%" G_GINT64_FORMAT, rollback->to_version);
  json_add_text(parameters, "version", version);
  json_add_int(info, "timestamp", now_ms);
  json_add_text(info, "operation", "RESTORE");
  json_add_object(info, "operationParameters", parameters);
  json_add_int(info, "readVersion", rollback->now->version);
  json_add_text(info, "isolationLevel", "Serializable");
  json_add_flag(info, "isBlindAppend", false);
  json_add_text(info, "engineInfo", "kindling/" KINDLING_VERSION);
  return info;
}

/* gone: decoded paths of the files that are live no more are added. */
static struct json_object *
make_actions(const struct rollback *rollback, GPtrArray *gone)
{
  gint64 now_ms = clock_wall_ms();
  struct json_object *actions = json_object_new_array();
  const char *schema_text = json_get_text(rollback->target->metadata, "schemaString");
  JSON_AUTO(schema) = schema_text == NULL ? NULL : json_tokener_parse(schema_text);
  struct actions_table table = {
      .schema = schema,
      .partition_columns = json_get(rollback->target->metadata, "partitionColumns"),
      .retain_ms = -1,
  };
  actions_add(actions, "commitInfo", commit_info(rollback, now_ms));
  actions_add_table(actions, rollback->now, &table, now_ms);
  GHashTableIter each;
  gpointer path = NULL, add = NULL;
  g_hash_table_iter_init(&each, rollback->now->live);
  while (g_hash_table_iter_next(&each, &path, &add))
    if (!g_hash_table_contains(rollback->target->live, path)) {
      actions_add_remove(actions, add, now_ms);
      g_ptr_array_add(gone, g_strdup(path));
    }
  g_hash_table_iter_init(&each, rollback->target->live);
  while (g_hash_table_iter_next(&each, &path, &add))
    if (!g_hash_table_contains(rollback->now->live, path))
      actions_add(actions, "add", add_again(add));
  return actions;
}

static bool
commit(const struct rollback *rollback, gint64 *ret_version, GError **error)
{
  g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);
  JSON_AUTO(actions) = make_actions(rollback, gone);
  gint64 version = rollback->now->version + 1;
  bool created = false;
  if (!delta_commit(rollback->storage, rollback->table, version, actions, &created, error))
    return false;
  if (!created)
    return error_set(error, ERROR_CONFLICT,
                     "another run published version %" G_GINT64_FORMAT " of '%s' first", version,
                     rollback->table);
  if (actions_retain_ms(rollback->now, -1) == 0 &&
      !complete_delete_files(rollback->storage, rollback->table, gone, error))
    return false;
  *ret_version = version;
  return true;
}

static bool
check_target(const struct rollback *rollback, GError **error)
{
  if (rollback->to_version >= 0 && rollback->to_version <= rollback->now->version)
    return true;
  error_set(error, ERROR_USAGE, "no version %" G_GINT64_FORMAT "; its newest is %" G_GINT64_FORMAT,
            rollback->to_version, rollback->now->version);
  return error_hint(error, "'kindling history --output PATH' lists the versions.");
}

/* Reads the version to go back to and checks that one can. */
static bool
read_target(struct rollback *rollback, const struct delta_reader *reader,
            struct delta_snapshot **ret_target, GError **error)
{
  if (!delta_may_write(rollback->now, rollback->table, error) || !check_target(rollback, error) ||
      !delta_read(rollback->storage, rollback->table, rollback->to_version, reader, ret_target,
                  error))
    return false;
  rollback->target = *ret_target;
  return check_files(rollback, error);
}

bool
publish_rollback_check(struct storage *storage, const char *table, gint64 to_version,
                       const struct delta_reader *reader, GError **error)
{
  AUTO(delta_snapshot_free) struct delta_snapshot *now = NULL;
  AUTO(delta_snapshot_free) struct delta_snapshot *target = NULL;
  if (!delta_read(storage, table, -1, reader, &now, error) ||
      !maintenance_begin(storage, table, now, /* ret_lock= */ NULL, error))
    return false;
  struct rollback rollback = {
      .storage = storage, .table = table, .to_version = to_version, .now = now};
  return read_target(&rollback, reader, &target, error);
}

bool
publish_rollback(struct storage *storage, const char *table, gint64 to_version,
                 const struct delta_reader *reader, gint64 *ret_version, GError **error)
{
  AUTO(delta_snapshot_free) struct delta_snapshot *now = NULL;
  AUTO(delta_snapshot_free) struct delta_snapshot *target = NULL;
  AUTO(storage_unlock) struct storage_lock *lock = NULL;
  gint64 newest = -1;
  if (!delta_read(storage, table, -1, reader, &now, error) ||
      !maintenance_begin(storage, table, now, &lock, error) ||
      !complete_newest(storage, reader, /* dry_run= */ false, /* report= */ NULL, &newest, error) ||
      !delta_update(storage, table, reader, now, error))
    return false;
  struct rollback rollback = {
      .storage = storage, .table = table, .to_version = to_version, .now = now};
  return read_target(&rollback, reader, &target, error) && commit(&rollback, ret_version, error);
}
