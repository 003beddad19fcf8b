/* SPDX-License-Identifier: Apache-2.0 */
#include "table/publish_begin.h"
#include "table/actions.h"
#include "table/complete.h"
#include "table/staging.h"
#include "table/types.h"
#include "util/clock.h"
#include "util/error.h"
#include <stdlib.h>
#include <string.h>

#define NEEDED_FEATURES (STORAGE_MOVE | STORAGE_LOCK | STORAGE_LOCAL_PATHS | STORAGE_PUT_IF_ABSENT)

void
publish_output_clear(struct publish_staged *output)
{
  g_free(output->name);
  g_free(output->job);
  g_free(output->job_hash);
  g_free(output->staging);
  json_release(&output->schema);
  json_release(&output->partition_columns);
  json_release(&output->adds);
  delta_snapshot_free(output->snapshot);
}

static const char *
base_name(const struct storage_entry *entry)
{
  const char *slash = strrchr(entry->path, '/');
  return slash == NULL ? entry->path : slash + 1;
}

/* The largest job log entry that any table below the root records; -1 for none. */
static bool
largest_txn(struct storage *storage, const struct delta_reader *reader, gint64 *ret_txn,
            GError **error)
{
  g_auto(GStrv) tables = publish_tables(storage, error);
  gint64 largest = -1;
  if (tables == NULL)
    return false;
  for (gsize i = 0; tables[i] != NULL; i++) {
    AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = NULL;
    if (!delta_read(storage, tables[i], -1, reader, &snapshot, error))
      return false;
    largest = MAX(largest, delta_snapshot_txn(snapshot, ACTIONS_APP_ID));
  }
  *ret_txn = largest;
  return true;
}

/* Refuses a path that is a file. */
static bool
check_no_file(struct storage *storage, const char *path, GError **error)
{
  struct storage_entry *entry = NULL;
  g_autoptr(GError) failure = NULL;
  bool found = storage_stat(storage, path, &entry, &failure);
  bool is_file = found && !entry->is_folder;
  storage_entry_free(entry);
  if (failure != NULL) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  g_autofree char *full = storage_path(storage, path);
  if (!is_file)
    return true;
  error_set(error, ERROR_OUTPUT, "output '%s' is a file, not a folder", full);
  return error_hint(error, "Move it away, or give --output another folder.");
}

/* Content without our log, and without a table that we published, is somebody else's. */
static bool
check_root(struct storage *storage, const struct delta_reader *reader, GError **error)
{
  g_autoptr(GPtrArray) entries = NULL;
  if (!check_no_file(storage, "", error))
    return false;
  if (!storage_list(storage, "", &entries, error))
    return false;
  guint foreign = 0;
  for (guint i = 0; i < entries->len; i++) {
    if (strcmp(base_name(entries->pdata[i]), JOBLOG_ROOT) == 0)
      return true;
    foreign += *base_name(entries->pdata[i]) != '.';
  }
  gint64 txn = -1;
  if (foreign == 0)
    return true;
  if (!largest_txn(storage, reader, &txn, error))
    return false;
  if (txn >= 0)
    return true;
  error_set(error, ERROR_OUTPUT, "output folder '%s' has content that this program did not write",
            storage_uri(storage));
  return error_hint(error, "Give --output a new or empty folder.");
}

/* A folder of an output's name that has content but no log. */
static bool
has_foreign_content(struct storage *storage, const char *name, bool *ret_foreign, GError **error)
{
  g_autoptr(GPtrArray) entries = NULL;
  if (!storage_list(storage, name, &entries, error))
    return false;
  *ret_foreign = false;
  for (guint i = 0; i < entries->len; i++)
    if (*base_name(entries->pdata[i]) != '.' &&
        strcmp(base_name(entries->pdata[i]), "_delta_log") != 0)
      *ret_foreign = true;
  return true;
}

/* A run that is publishing right now moves files into a new table before its first commit: what looks foreign is looked at
 * again after completing the newest entry. */
static bool
read_table(struct publish *publish, struct publish_staged *output, GError **error)
{
  for (gint64 seen = -2;;) {
    gint64 newest = -1;
    bool foreign = false;
    delta_snapshot_free(output->snapshot);
    output->snapshot = NULL;
    if (!delta_read(publish->storage, output->name, -1, &publish->reader, &output->snapshot, error))
      return false;
    if (output->snapshot->version >= 0)
      return true;
    if (!has_foreign_content(publish->storage, output->name, &foreign, error))
      return false;
    if (!foreign)
      return true;
    if (!complete_newest(publish->storage, &publish->reader, false, NULL, &newest, error))
      return false;
    if (newest == seen)
      break;
    seen = newest;
  }
  g_autofree char *full = storage_path(publish->storage, output->name);
  error_set(error, ERROR_OUTPUT, "'%s' has content, but no Delta log", full);
  return error_hint(error, "Move it away, or give another --output.");
}

/* Our txn of the tables must come from this root's job log, or a new entry would look published already. */
static bool
check_numbers(struct publish *publish, GError **error)
{
  gint64 newest = -1;
  bool done = false;
  if (!joblog_newest(publish->storage, &newest, &done, error))
    return false;
  if (newest < 0) {
    if (!largest_txn(publish->storage, &publish->reader, &publish->first_number, error))
      return false;
    publish->first_number++;
    return true;
  }
  for (gsize i = 0; i < publish->output_count; i++) {
    gint64 txn = delta_snapshot_txn(publish->outputs[i].snapshot, ACTIONS_APP_ID);
    if (txn <= newest)
      continue;
    error_set(error, ERROR_OUTPUT,
              "table '%s' was published by another output folder (entry %" G_GINT64_FORMAT
              ", here the newest is %" G_GINT64_FORMAT ")",
              publish->outputs[i].name, txn, newest);
    return error_hint(error, "Move the table away, or publish to its own output folder.");
  }
  return true;
}

static struct json_object *
schema_of(const struct publish_output *output, GError **error)
{
  JSON_AUTO(fields) = json_object_new_array();
  for (gsize i = 0; i < output->column_count; i++) {
    const struct publish_column *column = &output->columns[i];
    g_autofree char *delta = NULL;
    if (!table_type(column->stored_type, /* ret_stored= */ NULL, &delta, error)) {
      error_prefix(error, "output '%s', column '%s': ", output->name, column->name);
      return NULL;
    }
    struct json_object *field = json_object_new_object();
    json_add_text(field, "name", column->name);
    json_add_object(field, "type",
                    *delta == '{' ? json_parse(delta, strlen(delta), NULL)
                                  : json_object_new_string(delta));
    json_add_flag(field, "nullable", true);
    json_add_object(field, "metadata", json_object_new_object());
    (void)json_object_array_add(fields, field);
  }
  struct json_object *schema = json_object_new_object();
  json_add_text(schema, "type", "struct");
  json_add_object(schema, "fields", json_object_get(fields));
  return schema;
}

static bool
check_partition_columns(const struct publish_output *output, GError **error)
{
  for (gsize i = 0; output->partition_by != NULL && output->partition_by[i] != NULL; i++) {
    const char *name = output->partition_by[i];
    gsize k = 0;
    while (k < output->column_count && strcmp(output->columns[k].name, name) != 0)
      k++;
    if (k == output->column_count)
      return error_set(error, ERROR_OUTPUT, "output '%s' has no column '%s' to partition by",
                       output->name, name);
    if (!table_partition_type(output->columns[k].stored_type, error))
      return error_prefix(error, "output '%s', column '%s': ", output->name, name);
  }
  return true;
}

static bool
check_name(const struct publish_options *options, gsize index, GError **error)
{
  const char *name = options->outputs[index].name;
  if (*name == '\0' || *name == '.' || *name == '_' || strchr(name, '/') != NULL)
    return error_set(error, ERROR_OUTPUT, "output name '%s' is no plain name", name);
  for (gsize i = 0; i < index; i++)
    if (strcmp(options->outputs[i].name, name) == 0)
      return error_set(error, ERROR_OUTPUT, "two outputs are named '%s'", name);
  return true;
}

static bool
describe_outputs(struct publish *publish, const struct publish_options *options, GError **error)
{
  for (gsize i = 0; i < options->output_count; i++) {
    const struct publish_output *from = &options->outputs[i];
    struct publish_staged *output = &publish->outputs[i];
    output->caller_name = from->name;
    output->name = g_strdup(from->name);
    output->job = g_strdup(from->job);
    output->job_hash = g_strdup(from->job_hash);
    output->partition_columns = json_texts(from->partition_by);
    output->adds = json_object_new_array();
    output->schema = schema_of(from, error);
    if (output->schema == NULL || !check_name(options, i, error) ||
        !check_partition_columns(from, error))
      return false;
  }
  return true;
}

static int
by_name(gconstpointer a, gconstpointer b)
{
  const struct publish_staged *const *left = a;
  const struct publish_staged *const *right = b;
  return strcmp((*left)->name, (*right)->name);
}

static struct publish *
publish_new(const struct publish_options *options)
{
  struct publish *publish = g_new0(struct publish, 1);
  publish->reader = options->reader;
  publish->run_id = g_strdup(options->run_id);
  publish->app_name = g_strdup(options->app_name);
  publish->begun_ms = clock_wall_ms();
  publish->retain_ms = options->retain_ms;
  publish->input = json_object_get(options->input_fingerprint);
  publish->entry_number = -1;
  publish->output_count = options->output_count;
  publish->outputs = g_new0(struct publish_staged, options->output_count + 1);
  publish->by_name = g_new0(struct publish_staged *, options->output_count + 1);
  for (gsize i = 0; i < options->output_count; i++)
    publish->by_name[i] = &publish->outputs[i];
  return publish;
}

static bool
open_root(struct publish *publish, const char *output, GError **error)
{
  publish->storage = storage_open(output, error);
  if (publish->storage == NULL)
    return false;
  guint has = storage_features(publish->storage) & NEEDED_FEATURES;
  return has == NEEDED_FEATURES ||
         error_set(error, ERROR_OUTPUT, "cannot publish to '%s': this kind of storage is read only",
                   output);
}

static bool
make_staging(struct publish *publish, GError **error)
{
  if (!staging_claim(publish->storage, publish->run_id, &publish->lock, error))
    return false;
  g_autofree char *scratch = g_strdup_printf(JOBLOG_ROOT "/%s/_scratch", publish->run_id);
  if (!storage_make_folder(publish->storage, scratch, error))
    return false;
  publish->scratch = storage_path(publish->storage, scratch);
  for (gsize i = 0; i < publish->output_count; i++) {
    struct publish_staged *output = &publish->outputs[i];
    g_autofree char *folder = g_strdup_printf(JOBLOG_ROOT "/%s/%s", publish->run_id, output->name);
    if (!storage_make_folder(publish->storage, folder, error))
      return false;
    output->staging = storage_path(publish->storage, folder);
  }
  return true;
}

static bool
read_tables(struct publish *publish, GError **error)
{
  for (gsize i = 0; i < publish->output_count; i++) {
    struct publish_staged *output = &publish->outputs[i];
    if (!check_no_file(publish->storage, output->name, error) ||
        !read_table(publish, output, error) ||
        !delta_may_write(output->snapshot, output->name, error))
      return false;
    output->begin_version = output->snapshot->version;
  }
  return check_numbers(publish, error);
}

struct publish *
publish_begin(const struct publish_options *options, GError **error)
{
  AUTO(publish_end) struct publish *publish = publish_new(options);
  gint64 newest = -1;
  if (!describe_outputs(publish, options, error) || !open_root(publish, options->output, error) ||
      !check_root(publish->storage, &publish->reader, error) ||
      !complete_newest(publish->storage, &publish->reader, /* dry_run= */ false,
                       /* report= */ NULL, &newest, error) ||
      !staging_sweep(publish->storage, &publish->reader, newest, /* dry_run= */ false,
                     /* report= */ NULL, error) ||
      !read_tables(publish, error) || !make_staging(publish, error))
    return NULL;
  qsort(publish->by_name, publish->output_count, sizeof *publish->by_name, by_name);
  return g_steal_pointer(&publish);
}
