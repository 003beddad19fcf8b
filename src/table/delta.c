/* SPDX-License-Identifier: Apache-2.0 */
#include "table/delta_log.h"
#include "util/error.h"
#include <string.h>

#define LINE_LIMIT (64u << 20)

static void
object_put(gpointer object)
{
  (void)json_object_put(object);
}

struct delta_snapshot *
delta_snapshot_new(void)
{
  struct delta_snapshot *snapshot = g_new0(struct delta_snapshot, 1);
  snapshot->version = -1;
  snapshot->live = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, object_put);
  snapshot->txns = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  return snapshot;
}

void
delta_snapshot_keep_removed(struct delta_snapshot *snapshot)
{
  snapshot->removed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, object_put);
}

void
delta_snapshot_free(struct delta_snapshot *snapshot)
{
  if (snapshot == NULL)
    return;
  g_hash_table_unref(snapshot->live);
  g_hash_table_unref(snapshot->txns);
  g_clear_pointer(&snapshot->removed, g_hash_table_unref);
  json_release(&snapshot->metadata);
  json_release(&snapshot->protocol);
  g_free(snapshot);
}

gint64
delta_snapshot_txn(const struct delta_snapshot *snapshot, const char *app_id)
{
  const gint64 *version = g_hash_table_lookup(snapshot->txns, app_id);
  return version == NULL ? -1 : *version;
}

const char *
delta_snapshot_property(const struct delta_snapshot *snapshot, const char *key)
{
  return json_get_text(json_get(snapshot->metadata, "configuration"), key);
}

/* Writers may spell one path in several ways ("k=a", "k%3Da"): the decoded path is the file. */
static char *
file_key(struct json_object *file)
{
  const char *path = json_get_text(file, "path");
  if (path == NULL)
    return NULL;
  char *decoded = delta_decode_path(path);
  return decoded != NULL ? decoded : g_strdup(path);
}

static bool
take_file(struct delta_snapshot *snapshot, struct json_object *file, bool added, GError **error)
{
  char *key = file_key(file);
  if (key == NULL)
    return error_set(error, ERROR_FAILED, "%s has no path", added ? "'add'" : "'remove'");
  GHashTable *into = added ? snapshot->live : snapshot->removed;
  GHashTable *out_of = added ? snapshot->removed : snapshot->live;
  if (out_of != NULL)
    (void)g_hash_table_remove(out_of, key);
  if (into != NULL)
    (void)g_hash_table_replace(into, key, json_object_get(file));
  else
    g_free(key);
  return true;
}

static bool
take_txn(struct delta_snapshot *snapshot, struct json_object *txn, GError **error)
{
  const char *app_id = json_get_text(txn, "appId");
  if (app_id == NULL || !json_object_is_type(json_get(txn, "version"), json_type_int))
    return error_set(error, ERROR_FAILED, "'txn' has no appId or no version");
  gint64 version = json_get_int(txn, "version", -1);
  (void)g_hash_table_replace(snapshot->txns, g_strdup(app_id), g_memdup2(&version, sizeof version));
  return true;
}

static void
take_whole(struct json_object **slot, struct json_object *object)
{
  json_release(slot);
  *slot = json_object_get(object);
}

static bool
take_action(struct json_object *action, gpointer user, GError **error)
{
  struct delta_snapshot *snapshot = user;
  struct json_object *object = NULL;
  if ((object = json_get(action, "add")) != NULL)
    return take_file(snapshot, object, true, error);
  if ((object = json_get(action, "remove")) != NULL)
    return take_file(snapshot, object, false, error);
  if ((object = json_get(action, "txn")) != NULL)
    return take_txn(snapshot, object, error);
  if ((object = json_get(action, "metaData")) != NULL)
    take_whole(&snapshot->metadata, object);
  else if ((object = json_get(action, "protocol")) != NULL)
    take_whole(&snapshot->protocol, object);
  return true;
}

static bool
parse_line(const char *line, gsize length, delta_take take, gpointer user, GError **error)
{
  if (length > LINE_LIMIT)
    return error_set(error, ERROR_FAILED, "the line is longer than %u bytes", LINE_LIMIT);
  JSON_AUTO(action) = json_parse(line, length, error);
  if (action == NULL)
    return false;
  if (!json_object_is_type(action, json_type_object))
    return error_set(error, ERROR_FAILED, "the line is no action");
  return take(action, user, error);
}

static bool
names_file(const char *line, gsize length)
{
  static const char add[] = "{\"add\":", remove[] = "{\"remove\":";
  return (length >= sizeof add - 1 && memcmp(line, add, sizeof add - 1) == 0) ||
         (length >= sizeof remove - 1 && memcmp(line, remove, sizeof remove - 1) == 0);
}

static bool
parse(const char *file, const char *text, gsize length, bool skip_files, delta_take take,
      gpointer user, GError **error)
{
  guint number = 0;
  for (gsize begin = 0; begin < length;) {
    const char *end = memchr(text + begin, '\n', length - begin);
    gsize size = end == NULL ? length - begin : (gsize)(end - text) - begin;
    number++;
    g_autoptr(GError) inner = NULL;
    bool skip = size == 0 || (skip_files && names_file(text + begin, size));
    if (!skip && !parse_line(text + begin, size, take, user, &inner)) {
      g_propagate_error(error, g_steal_pointer(&inner));
      error_prefix(error, "damaged log '%s', line %u: ", file, number);
      return error_hint(error, "Restore the log from a copy, or move the table's folder away.");
    }
    begin += size + 1;
  }
  return true;
}

bool
delta_parse(const char *file, const char *text, gsize length, delta_take take, gpointer user,
            GError **error)
{
  return parse(file, text, length, /* skip_files= */ false, take, user, error);
}

bool
delta_replay_without_files(struct delta_snapshot *snapshot, const char *file, const char *text,
                           gsize length, GError **error)
{
  return parse(file, text, length, /* skip_files= */ true, take_action, snapshot, error);
}

bool
delta_replay(struct delta_snapshot *snapshot, const char *file, const char *text, gsize length,
             GError **error)
{
  return delta_parse(file, text, length, take_action, snapshot, error);
}

/* A checkpoint's rows come from typed columns: members that are absent are there as null. */
static void
drop_nulls(struct json_object *object)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  if (!json_object_is_type(object, json_type_object))
    return;
  json_object_object_foreach(object, name, value)
  {
    if (value == NULL)
      g_ptr_array_add(names, g_strdup(name));
  }
  for (guint i = 0; i < names->len; i++)
    json_object_object_del(object, names->pdata[i]);
}

bool
delta_replay_checkpoint(struct delta_snapshot *snapshot, const char *file, GPtrArray *rows,
                        GError **error)
{
  static const char *const names[] = {"add", "remove", "txn", "metaData", "protocol"};
  for (guint i = 0; i < rows->len; i++) {
    for (gsize k = 0; k < G_N_ELEMENTS(names); k++)
      drop_nulls(json_get(rows->pdata[i], names[k]));
    if (!take_action(rows->pdata[i], snapshot, error))
      return error_prefix(error, "damaged checkpoint '%s', row %u: ", file, i + 1);
  }
  return true;
}
