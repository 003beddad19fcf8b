/* SPDX-License-Identifier: Apache-2.0 */
#include "table/joblog.h"
#include "table/delta_log.h"
#include "util/clock.h"
#include "util/error.h"
#include <string.h>

#define SCHEMA_VERSION 1

static char *
entry_path(gint64 number, const char *suffix)
{
  return g_strdup_printf(JOBLOG_FOLDER "/%020" G_GINT64_FORMAT "%s", number, suffix);
}

bool
joblog_newest(struct storage *storage, gint64 *ret_number, bool *ret_done, GError **error)
{
  g_autoptr(GPtrArray) entries = NULL;
  if (!storage_list(storage, JOBLOG_FOLDER, &entries, error))
    return false;
  gint64 newest = -1, done = -1;
  for (guint i = 0; i < entries->len; i++) {
    const struct storage_entry *entry = entries->pdata[i];
    const char *name = strrchr(entry->path, '/') + 1;
    newest = MAX(newest, delta_log_number(name, ".json"));
    done = MAX(done, delta_log_number(name, ".done"));
  }
  *ret_number = newest;
  *ret_done = done >= newest;
  return true;
}

static bool
is_plain_name(const char *name)
{
  return name != NULL && *name != '\0' && *name != '.' && *name != '_' && strchr(name, '/') == NULL;
}

static bool
lies_below(const char *path, const char *folder)
{
  gsize length = strlen(folder);
  return path != NULL && storage_path_is_clean(path) && strncmp(path, folder, length) == 0 &&
         path[length] == '/';
}

static bool
check_add(struct json_object *item, const char *name, const char *staging)
{
  struct json_object *add = json_get(item, "add");
  g_autofree char *encoded =
      json_get_text(add, "path") == NULL ? NULL : delta_decode_path(json_get_text(add, "path"));
  const char *path = json_get_text(item, "path");
  return lies_below(json_get_text(item, "staged"), staging) && lies_below(path, name) &&
         g_strcmp0(encoded, path + strlen(name) + 1) == 0 && json_get_int(add, "size", -1) >= 0;
}

static bool
check_output(struct json_object *output, const char *staging)
{
  const char *name = json_get_text(output, "name");
  struct json_object *adds = json_get(output, "adds");
  if (!is_plain_name(name) || !json_object_is_type(json_get(output, "schema"), json_type_object) ||
      !json_object_is_type(json_get(output, "partition_columns"), json_type_array) ||
      !json_object_is_type(adds, json_type_array))
    return false;
  gsize count = json_object_array_length(adds);
  for (gsize i = 0; i < count; i++)
    if (!check_add(json_object_array_get_idx(adds, i), name, staging))
      return false;
  return true;
}

bool
joblog_check(struct json_object *entry, const char *file, GError **error)
{
  gint64 version = json_get_int(entry, "schema_version", -1);
  const char *run_id = json_get_text(entry, "run_id");
  struct json_object *outputs = json_get(entry, "outputs");
  if (version > SCHEMA_VERSION) {
    error_set(error, ERROR_OUTPUT, "job log entry '%s' is of a newer format (%" G_GINT64_FORMAT ")",
              file, version);
    return error_hint(error, "Use the newer kindling that wrote it.");
  }
  if (version != SCHEMA_VERSION || !is_plain_name(run_id) ||
      !json_object_is_type(outputs, json_type_array))
    return error_set(error, ERROR_FAILED, "damaged job log entry '%s'", file);
  g_autofree char *staging = g_strdup_printf(JOBLOG_ROOT "/%s", run_id);
  gsize count = json_object_array_length(outputs);
  for (gsize i = 0; i < count; i++)
    if (!check_output(json_object_array_get_idx(outputs, i), staging))
      return error_set(error, ERROR_FAILED, "damaged job log entry '%s': output %" G_GSIZE_FORMAT,
                       file, i + 1);
  return true;
}

bool
joblog_read(struct storage *storage, gint64 number, struct json_object **ret_entry, GError **error)
{
  g_autofree char *path = entry_path(number, ".json");
  g_autofree char *full = storage_path(storage, path);
  g_autoptr(GBytes) bytes = NULL;
  if (!storage_read(storage, path, DELTA_FILE_LIMIT, &bytes, error))
    return false;
  gsize length = 0;
  const char *text = g_bytes_get_data(bytes, &length);
  JSON_AUTO(entry) = json_parse(text, length, error);
  if (entry == NULL)
    return error_prefix(error, "damaged job log entry '%s': ", full);
  if (!joblog_check(entry, full, error))
    return false;
  *ret_entry = json_object_get(entry);
  return true;
}

bool
joblog_write(struct storage *storage, gint64 number, struct json_object *entry, bool *ret_created,
             GError **error)
{
  g_autofree char *path = entry_path(number, ".json");
  g_autofree char *text = json_line(entry);
  g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
  if (g_bytes_get_size(bytes) > DELTA_FILE_LIMIT)
    return error_set(error, ERROR_LIMIT, "the run has too many files for one job log entry");
  return storage_put_if_absent(storage, path, bytes, ret_created, error);
}

bool
joblog_mark_done(struct storage *storage, gint64 number, GError **error)
{
  g_autofree char *path = entry_path(number, ".done");
  g_autofree char *text =
      g_strdup_printf("{\"completed_ms\":%" G_GINT64_FORMAT "}\n", clock_wall_ms());
  g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
  bool created = false;
  return storage_put_if_absent(storage, path, bytes, &created, error);
}
