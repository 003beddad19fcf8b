/* SPDX-License-Identifier: Apache-2.0 */
#include "table/delta_log.h"
#include "util/error.h"

struct file_size {
  guint64 rows, size_bytes;
};

/* The table's files while the log is walked from its oldest commit. */
struct walk {
  GHashTable *files; /* decoded path -> struct file_size */
  bool known;        /* files is the whole table */
  guint64 rows, size_bytes;
  struct delta_version *version; /* of the commit being read */
};

void
delta_version_free(struct delta_version *version)
{
  if (version == NULL)
    return;
  g_free(version->operation);
  json_release(&version->info);
  g_free(version);
}

static char *
key_of(struct json_object *file)
{
  const char *path = json_get_text(file, "path");
  char *decoded = path == NULL ? NULL : delta_decode_path(path);
  return decoded != NULL ? decoded : g_strdup(path == NULL ? "" : path);
}

static void
drop_file(struct walk *walk, const char *key)
{
  const struct file_size *size = g_hash_table_lookup(walk->files, key);
  if (size == NULL)
    return;
  walk->rows -= size->rows;
  walk->size_bytes -= size->size_bytes;
  (void)g_hash_table_remove(walk->files, key);
}

static void
add_file(struct walk *walk, struct json_object *add)
{
  const char *text = json_get_text(add, "stats");
  JSON_AUTO(stats) = text == NULL ? NULL : json_tokener_parse(text);
  struct file_size size = {
      .rows = (guint64)MAX(json_get_int(stats, "numRecords", 0), 0),
      .size_bytes = (guint64)MAX(json_get_int(add, "size", 0), 0),
  };
  char *key = key_of(add);
  drop_file(walk, key);
  walk->rows += size.rows;
  walk->size_bytes += size.size_bytes;
  (void)g_hash_table_replace(walk->files, key, g_memdup2(&size, sizeof size));
}

static void
take_info(struct walk *walk, struct json_object *info)
{
  const char *operation = json_get_text(info, "operation");
  if (delta_info_replaces_all(info)) {
    g_hash_table_remove_all(walk->files);
    walk->rows = 0;
    walk->size_bytes = 0;
    walk->known = true;
  }
  json_release(&walk->version->info);
  walk->version->info = json_object_get(info);
  walk->version->time_ms = json_get_int(info, "timestamp", walk->version->time_ms);
  g_free(walk->version->operation);
  walk->version->operation = g_strdup(operation);
}

static bool
take_action(struct json_object *action, gpointer user, GError **error)
{
  struct walk *walk = user;
  struct json_object *object = NULL;
  (void)error;
  if ((object = json_get(action, "add")) != NULL)
    add_file(walk, object);
  else if ((object = json_get(action, "remove")) != NULL) {
    g_autofree char *key = key_of(object);
    drop_file(walk, key);
  } else if ((object = json_get(action, "commitInfo")) != NULL)
    take_info(walk, object);
  return true;
}

static bool
read_version(struct storage *storage, const char *table, gint64 number, struct walk *walk,
             struct delta_version **ret_version, GError **error)
{
  g_autofree char *path = delta_commit_path(table, number);
  g_autofree char *full = storage_path(storage, path);
  g_autoptr(GBytes) bytes = NULL;
  if (!delta_log_read(storage, table, number, &bytes, error))
    return false;
  struct delta_version *version = g_new0(struct delta_version, 1);
  version->version = number;
  walk->version = version;
  gsize length = 0;
  const char *text = g_bytes_get_data(bytes, &length);
  if (!delta_parse(full, text, length, take_action, walk, error)) {
    delta_version_free(version);
    return false;
  }
  if (version->operation == NULL)
    version->operation = g_strdup("");
  if (walk->known) {
    version->files = g_hash_table_size(walk->files);
    version->rows = walk->rows;
    version->size_bytes = walk->size_bytes;
  }
  *ret_version = version;
  return true;
}

static void
free_version(gpointer version)
{
  delta_version_free(version);
}

bool
delta_history(struct storage *storage, const char *table, guint limit, GPtrArray **ret_versions,
              GError **error)
{
  AUTO(delta_log_free) struct delta_log *log = NULL;
  if (!delta_log_list(storage, table, &log, error))
    return false;
  g_autoptr(GHashTable) files = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  struct walk walk = {.files = files};
  g_autoptr(GPtrArray) versions = g_ptr_array_new_with_free_func(free_version);
  gint64 before = -1;
  for (guint i = 0; i < log->commits->len; i++) {
    gint64 number = g_array_index(log->commits, gint64, i);
    struct delta_version *version = NULL;
    walk.known = number == 0 || (walk.known && number == before + 1);
    before = number;
    if (!read_version(storage, table, number, &walk, &version, error))
      return false;
    g_ptr_array_insert(versions, 0, version);
  }
  if (limit > 0 && versions->len > limit)
    g_ptr_array_set_size(versions, (gint)limit);
  *ret_versions = g_steal_pointer(&versions);
  return true;
}
