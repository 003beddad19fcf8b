/* SPDX-License-Identifier: Apache-2.0 */
#include "table/publish.h"
#include "table/actions.h"
#include "table/complete.h"
#include "table/publish_begin.h"
#include "table/staging.h"
#include "table/types.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/interrupt.h"
#include "util/parallel.h"
#include <string.h>

#define SYNC_THREADS 8
/* How many runs may overtake this one. */
#define TRIES 1000

void
publish_end(struct publish *publish)
{
  if (publish == NULL)
    return;
  /* What a written entry names must stay until the entry is complete. */
  if (publish->lock != NULL && publish->entry_number < 0) {
    bool gone UNUSED = staging_discard(publish->storage, publish->run_id, /* error= */ NULL);
  }
  for (gsize i = 0; i < publish->output_count; i++)
    publish_output_clear(&publish->outputs[i]);
  g_free(publish->outputs);
  g_free(publish->by_name);
  storage_unlock(publish->lock);
  storage_close(publish->storage);
  json_release(&publish->input);
  g_free(publish->run_id);
  g_free(publish->app_name);
  g_free(publish->scratch);
  g_free(publish);
}

const char *
publish_staging(struct publish *publish, gsize output)
{
  return publish->outputs[output].staging;
}

const char *
publish_scratch(struct publish *publish)
{
  return publish->scratch;
}

/* The path's partition folders must say what the values say: plain readers see only the folders. */
static bool
check_folders(const struct publish_staged *output, const struct publish_file *file, GError **error)
{
  const char *at = file->path;
  gsize count = json_object_array_length(output->partition_columns);
  for (gsize i = 0; i < count; i++) {
    const char *slash = strchr(at, '/');
    const char *column =
        json_object_get_string(json_object_array_get_idx(output->partition_columns, i));
    struct hive_value value = {0};
    bool same = slash != NULL && hive_parse(at, (gsize)(slash - at), &value) &&
                g_strcmp0(value.name, column) == 0 &&
                g_strcmp0(value.text, file->partition_values[i]) == 0;
    hive_value_clear(&value);
    if (!same)
      return error_set(error, ERROR_FAILED,
                       "staged file '%s' of output '%s' is not in the folder of its partition",
                       file->path, output->name);
    at = slash + 1;
  }
  return strchr(at, '/') == NULL ||
         error_set(error, ERROR_FAILED, "staged file '%s' of output '%s' lies too deep", file->path,
                   output->name);
}

static bool
check_file(const struct publish *publish, const struct publish_staged *output,
           const struct publish_file *file, GError **error)
{
  gsize count = json_object_array_length(output->partition_columns);
  for (gsize i = 0; i < count; i++)
    if (file->partition_values[i] != NULL && *file->partition_values[i] == '\0') {
      const char *column =
          json_object_get_string(json_object_array_get_idx(output->partition_columns, i));
      error_set(error, ERROR_OUTPUT,
                "partition column '%s' of output '%s' holds an empty string, which Delta readers "
                "take for NULL",
                column, output->name);
      return error_hint(error, "Write nullif(%s, '') in the script.", column);
    }
  /* No name is ever used twice: that is what makes moving and deleting idempotent. */
  if (!storage_path_is_clean(file->path) || strstr(file->path, publish->run_id) == NULL)
    return error_set(error, ERROR_FAILED, "staged file '%s' of output '%s' does not carry the run",
                     file->path, output->name);
  return check_folders(output, file, error);
}

bool
publish_add(struct publish *publish, gsize index, const struct publish_file *file, GError **error)
{
  struct publish_staged *output = &publish->outputs[index];
  if (!check_file(publish, output, file, error))
    return false;
  struct json_object *values = json_object_new_object();
  gsize count = json_object_array_length(output->partition_columns);
  for (gsize i = 0; i < count; i++)
    json_add_text(values,
                  json_object_get_string(json_object_array_get_idx(output->partition_columns, i)),
                  file->partition_values[i]);
  g_autofree char *encoded = delta_encode_path(file->path);
  g_autofree char *statistics = file->statistics == NULL ? NULL : json_line(file->statistics);
  struct json_object *add = json_object_new_object();
  json_add_text(add, "path", encoded);
  json_add_object(add, "partitionValues", values);
  json_add_uint(add, "size", file->size_bytes);
  json_add_int(add, "modificationTime", 0);
  json_add_flag(add, "dataChange", true);
  if (statistics != NULL)
    json_add_text(add, "stats", statistics);
  g_autofree char *staged =
      g_strdup_printf(JOBLOG_ROOT "/%s/%s/%s", publish->run_id, output->name, file->path);
  g_autofree char *path = g_strdup_printf("%s/%s", output->name, file->path);
  struct json_object *item = json_object_new_object();
  json_add_text(item, "staged", staged);
  json_add_text(item, "path", path);
  json_add_object(item, "add", add);
  (void)json_object_array_add(output->adds, item);
  output->rows += file->rows;
  output->size_bytes += file->size_bytes;
  return true;
}

struct prepare {
  struct publish *publish;
  GPtrArray *items; /* struct json_object, of all outputs; borrowed */
};

static bool
prepare_file(guint worker, gsize i, gpointer user, GError **error)
{
  struct prepare *prepare = user;
  struct json_object *item = prepare->items->pdata[i], *add = json_get(item, "add");
  struct storage *storage = prepare->publish->storage;
  const char *path = json_get_text(item, "staged");
  struct storage_entry *entry = NULL;
  g_autoptr(GError) failure = NULL;
  (void)worker;
  bool found = storage_stat(storage, path, &entry, &failure);
  guint64 size_bytes = found ? entry->size_bytes : 0;
  gint64 modified_ms = found ? entry->modified_ms : 0;
  storage_entry_free(entry);
  if (failure != NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  if (!found || size_bytes != (guint64)json_get_int(add, "size", -1))
    return error_set(error, ERROR_FAILED, "staged file '%s' is not there or not whole", path);
  json_add_int(add, "modificationTime", modified_ms);
  return storage_sync(storage, path, error);
}

static bool
sync_staged_folders(struct publish *publish, GPtrArray *items, GError **error)
{
  g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < items->len; i++)
    g_ptr_array_add(folders, g_path_get_dirname(json_get_text(items->pdata[i], "staged")));
  return storage_sync_folders(publish->storage, folders, error);
}

bool
publish_prepare(struct publish *publish, GError **error)
{
  g_autoptr(GPtrArray) items = g_ptr_array_new();
  struct prepare prepare = {.publish = publish, .items = items};
  if (!fault_here("publish.staged", error))
    return false;
  for (gsize i = 0; i < publish->output_count; i++) {
    struct json_object *adds = publish->outputs[i].adds;
    gsize count = json_object_array_length(adds);
    for (gsize k = 0; k < count; k++)
      g_ptr_array_add(items, json_object_array_get_idx(adds, k));
  }
  return parallel_for(SYNC_THREADS, items->len, prepare_file, &prepare, error) &&
         sync_staged_folders(publish, items, error) && fault_here("publish.prepared", error);
}

static struct json_object *
entry_output(const struct publish *publish, const struct publish_staged *output)
{
  struct json_object *object = json_object_new_object();
  json_add_text(object, "name", output->name);
  json_add_text(object, "job", output->job);
  json_add_text(object, "job_hash", output->job_hash);
  json_add_int(object, "begin_version", output->begin_version);
  json_add_object(object, "schema", json_object_get(output->schema));
  json_add_object(object, "partition_columns", json_object_get(output->partition_columns));
  json_add_int(object, "retain_ms", publish->retain_ms);
  json_add_object(object, "adds", json_object_get(output->adds));
  return object;
}

static struct json_object *
jobs_of(const struct publish *publish)
{
  struct json_object *jobs = json_object_new_array();
  g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
  for (gsize i = 0; i < publish->output_count; i++) {
    const struct publish_staged *output = &publish->outputs[i];
    if (output->job == NULL || !g_hash_table_add(seen, output->job))
      continue;
    struct json_object *job = json_object_new_object();
    json_add_text(job, "name", output->job);
    json_add_text(job, "hash", output->job_hash);
    (void)json_object_array_add(jobs, job);
  }
  return jobs;
}

static struct json_object *
make_entry(const struct publish *publish)
{
  struct json_object *entry = json_object_new_object();
  struct json_object *outputs = json_object_new_array();
  json_add_int(entry, "schema_version", 1);
  json_add_text(entry, "run_id", publish->run_id);
  json_add_int(entry, "begun_ms", publish->begun_ms);
  json_add_int(entry, "committed_ms", clock_wall_ms());
  json_add_text(entry, "app_name", publish->app_name);
  json_add_object(entry, "jobs", jobs_of(publish));
  json_add_object(entry, "input", json_object_get(publish->input));
  for (gsize i = 0; i < publish->output_count; i++)
    (void)json_object_array_add(outputs, entry_output(publish, publish->by_name[i]));
  json_add_object(entry, "outputs", outputs);
  return entry;
}

static bool
check_unchanged(struct publish *publish, GError **error)
{
  for (gsize i = 0; i < publish->output_count; i++) {
    const struct publish_staged *output = publish->by_name[i];
    gint64 version = -1;
    if (!delta_newest(publish->storage, output->name, &version, error))
      return false;
    if (version == output->begin_version)
      continue;
    error_set(error, ERROR_CONFLICT,
              "another run published version %" G_GINT64_FORMAT " of '%s' first", version,
              output->name);
    return error_hint(error, "Nothing was changed. Run again to publish on top of it.");
  }
  return true;
}

/* Takes the next free entry: the commit of the run. */
static bool
write_entry(struct publish *publish, struct json_object *entry, GError **error)
{
  for (guint try = 0; try < TRIES; try++) {
    gint64 newest = -1;
    bool created = false;
    if (!interrupt_check(error) ||
        !complete_newest(publish->storage, &publish->reader, /* dry_run= */ false,
                         /* report= */ NULL, &newest, error) ||
        !check_unchanged(publish, error))
      return false;
    gint64 number = newest < 0 ? publish->first_number : newest + 1;
    if (!joblog_write(publish->storage, number, entry, &created, error))
      return false;
    if (created) {
      publish->entry_number = number;
      return true;
    }
  }
  return error_set(error, ERROR_CONFLICT, "other runs keep publishing to '%s' first",
                   storage_uri(publish->storage));
}

static bool
complete_own(struct publish *publish, struct json_object *entry, gint64 *versions, GError **error)
{
  g_autofree struct delta_snapshot **snapshots =
      g_new0(struct delta_snapshot *, publish->output_count + 1);
  for (gsize i = 0; i < publish->output_count; i++)
    snapshots[i] = publish->by_name[i]->snapshot;
  if (fault_here("publish.logged", error) &&
      complete_entry(publish->storage, publish->entry_number, entry, &publish->reader, snapshots,
                     versions, /* report= */ NULL, error))
    return true;
  return error_hint(error,
                    "The run is committed as entry %" G_GINT64_FORMAT " of '%s/" JOBLOG_FOLDER
                    "': the next run, or 'kindling gc', completes it.",
                    publish->entry_number, storage_uri(publish->storage));
}

bool
publish_commit(struct publish *publish, struct publish_result *results, GError **error)
{
  JSON_AUTO(entry) = make_entry(publish);
  g_autofree gint64 *versions = g_new0(gint64, publish->output_count + 1);
  if (!write_entry(publish, entry, error) || !complete_own(publish, entry, versions, error))
    return false;
  for (gsize i = 0; i < publish->output_count; i++) {
    const struct publish_staged *output = publish->by_name[i];
    results[output - publish->outputs] = (struct publish_result){
        .name = output->caller_name,
        .version = versions[i],
        .files = json_object_array_length(output->adds),
        .rows = output->rows,
        .size_bytes = output->size_bytes,
    };
  }
  if (!fault_here("publish.done", error))
    return false;
  publish->entry_number = -1; /* complete: publish_end may remove the staging */
  return true;
}
