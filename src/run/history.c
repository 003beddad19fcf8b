/* SPDX-License-Identifier: Apache-2.0 */
#include "run/history.h"
#include "report/envelope.h"
#include "report/table.h"
#include "run/checkpoint.h"
#include "util/error.h"
#include "util/text.h"
#include <string.h>

const struct delta_reader *
history_reader(void)
{
  static const struct delta_reader reader = {.read_checkpoint = checkpoint_read,
                                             .write_checkpoint = checkpoint_write};
  return &reader;
}

/* An output folder, or one table in it: then tables has that one name below the folder's parent. */
struct target {
  struct storage *storage;
  char **tables;
};

static void
target_clear(struct target *target)
{
  g_strfreev(target->tables);
  if (target->storage != NULL)
    storage_close(target->storage);
}

static bool
open_single_table(const char *path, struct target *target, GError **error)
{
  g_autofree char *full = g_canonicalize_filename(path, NULL);
  g_autofree char *parent = g_path_get_dirname(full);
  g_autofree char *name = g_path_get_basename(full);
  target->storage = storage_open(parent, error);
  target->tables = g_strsplit(name, "/", 1);
  return target->storage != NULL;
}

static bool
open_target(const char *output, struct target *target, GError **error)
{
  struct storage *storage = storage_open(output, error);
  if (storage == NULL)
    return false;
  gint64 version = -1;
  bool known = delta_newest(storage, "", &version, error);
  if (!known || version >= 0) {
    storage_close(storage);
    return known && open_single_table(output, target, error);
  }
  target->storage = storage;
  target->tables = publish_tables(storage, error);
  if (target->tables == NULL)
    return false;
  if (target->tables[0] != NULL)
    return true;
  error_set(error, ERROR_INPUT, "no published table in '%s'", storage_uri(storage));
  return error_hint(error, "Give the --output folder of a run, or one table in it.");
}

static struct json_object *
version_json(const struct delta_version *version)
{
  struct json_object *row = json_object_new_object();
  g_autofree char *time = text_utc(version->time_ms);
  json_add_int(row, "version", version->version);
  json_add_text(row, "time", time);
  json_add_text(row, "operation", version->operation);
  json_add_uint(row, "files", version->files);
  json_add_uint(row, "rows", version->rows);
  json_add_uint(row, "size_bytes", version->size_bytes);
  const char *metadata = json_get_text(version->info, "userMetadata");
  struct json_object *parsed =
      metadata == NULL ? NULL : json_parse(metadata, strlen(metadata), NULL);
  json_add_text(row, "run", json_get_text(parsed, "run_id"));
  json_add_text(row, "job", json_get_text(parsed, "job"));
  json_add_text(row, "app_name", json_get_text(parsed, "app_name"));
  json_add_object(row, "metadata", parsed);
  return row;
}

static void
version_row(struct table *table, const char *name, struct json_object *row)
{
  table_row(table);
  table_cell(table, name);
  table_cell_format(table, "%" G_GINT64_FORMAT, json_get_int(row, "version", 0));
  table_cell(table, json_get_text(row, "time"));
  table_cell(table, json_get_text(row, "operation"));
  table_cell_take(table, text_count((guint64)json_get_int(row, "rows", 0)));
  table_cell_take(table, text_count((guint64)json_get_int(row, "files", 0)));
  table_cell_take(table, text_bytes((guint64)json_get_int(row, "size_bytes", 0)));
  table_cell(table, json_get_text(row, "job"));
  table_cell(table, json_get_text(row, "run"));
  table_cell(table, json_get_text(row, "app_name"));
}

static struct table *
version_table(void)
{
  struct table *table = table_new();
  table_column(table, "table", TABLE_LEFT);
  table_column(table, "version", TABLE_RIGHT);
  table_column(table, "time", TABLE_LEFT);
  table_column(table, "operation", TABLE_LEFT);
  table_column(table, "rows", TABLE_RIGHT);
  table_column(table, "files", TABLE_RIGHT);
  table_column(table, "size", TABLE_RIGHT);
  table_column(table, "job", TABLE_LEFT);
  table_column(table, "run", TABLE_LEFT);
  table_column(table, "app name", TABLE_LEFT);
  return table;
}

static bool
show_table(const struct target *target, const char *name, guint limit, struct table *table,
           struct json_object *tables, GError **error)
{
  g_autoptr(GPtrArray) versions = NULL;
  if (!delta_history(target->storage, name, limit, &versions, error))
    return error_prefix(error, "table '%s': ", name);
  struct json_object *entry = json_object_new_object();
  struct json_object *list = json_object_new_array();
  json_add_text(entry, "name", name);
  json_add_object(entry, "versions", list);
  (void)json_object_array_add(tables, entry);
  for (guint i = 0; i < versions->len; i++) {
    struct json_object *row = version_json(versions->pdata[i]);
    version_row(table, name, row);
    (void)json_object_array_add(list, row);
  }
  return true;
}

/* Hands a finished report to whichever form was asked for. */
static void
hand_over(char *text, struct json_object *json, char **ret_text, struct json_object **ret_json)
{
  if (ret_text != NULL)
    *ret_text = g_steal_pointer(&text);
  if (ret_json != NULL)
    *ret_json = g_steal_pointer(&json);
  g_free(text);
  if (json != NULL)
    (void)json_object_put(json);
}

static bool
show_all(const struct target *target, guint limit, bool colour, char **ret_text,
         struct json_object **ret_json, GError **error)
{
  AUTO(table_free) struct table *table = version_table();
  JSON_AUTO(root) = envelope_new("history");
  struct json_object *tables = json_object_new_array();
  json_add_object(root, "tables", tables);
  for (gsize i = 0; target->tables[i] != NULL; i++)
    if (!show_table(target, target->tables[i], limit, table, tables, error))
      return false;
  hand_over(table_text(table, colour), json_object_get(root), ret_text, ret_json);
  return true;
}

bool
history_show(const char *output, guint limit, bool colour, char **ret_text,
             struct json_object **ret_json, GError **error)
{
  struct target target = {0};
  bool done = open_target(output, &target, error) &&
              publish_recover(target.storage, history_reader(), false, NULL, error) &&
              show_all(&target, limit, colour, ret_text, ret_json, error);
  target_clear(&target);
  return done;
}

static bool
check_rollback(const struct target *target, const char *name, gint64 to, GError **error)
{
  return publish_rollback_check(target->storage, name, to, history_reader(), error) ||
         error_prefix(error, "table '%s': ", name);
}

static bool
rollback_table(const struct target *target, const char *name, gint64 to, bool dry_run,
               GString *text, struct json_object *tables, GError **error)
{
  gint64 version = -1;
  if (!dry_run && !publish_rollback(target->storage, name, to, history_reader(), &version, error))
    return error_prefix(error, "table '%s': ", name);
  struct json_object *row = json_object_new_object();
  json_add_text(row, "name", name);
  json_add_int(row, "to", to);
  json_add_object(row, "version", dry_run ? NULL : json_object_new_int64(version));
  (void)json_object_array_add(tables, row);
  if (dry_run)
    g_string_append_printf(text, "would bring '%s' back to version %" G_GINT64_FORMAT "\n", name,
                           to);
  else
    g_string_append_printf(
        text, "'%s' is back at version %" G_GINT64_FORMAT ", as its version %" G_GINT64_FORMAT "\n",
        name, to, version);
  return true;
}

bool
history_rollback(const char *output, gint64 to, bool dry_run, char **ret_text,
                 struct json_object **ret_json, GError **error)
{
  struct target target = {0};
  g_autoptr(GString) text = g_string_new(NULL);
  JSON_AUTO(root) = envelope_new("rollback");
  struct json_object *tables = json_object_new_array();
  json_add_object(root, "tables", tables);
  bool done = open_target(output, &target, error) &&
              publish_recover(target.storage, history_reader(), dry_run, NULL, error);
  for (gsize i = 0; done && target.tables[i] != NULL; i++)
    done = check_rollback(&target, target.tables[i], to, error);
  for (gsize i = 0; done && target.tables[i] != NULL; i++)
    done = rollback_table(&target, target.tables[i], to, dry_run, text, tables, error);
  if (done)
    hand_over(g_strdup(text->str), json_object_get(root), ret_text, ret_json);
  target_clear(&target);
  return done;
}

static bool
collect_table(const struct target *target, const char *name, gint64 older_than_ms, bool dry_run,
              GString *text, struct json_object *tables, GError **error)
{
  g_autoptr(GPtrArray) paths = NULL;
  struct publish_garbage garbage = {0};
  if (!publish_collect(target->storage, name, history_reader(), older_than_ms, dry_run, &paths,
                       &garbage, error))
    return error_prefix(error, "table '%s': ", name);
  g_autofree char *files = text_count(garbage.files);
  g_autofree char *size = text_bytes(garbage.size_bytes);
  g_string_append_printf(text, "%s '%s': %s files, %s\n", dry_run ? "would clean" : "cleaned", name,
                         files, size);
  struct json_object *row = json_object_new_object();
  json_add_text(row, "name", name);
  json_add_uint(row, "files", garbage.files);
  json_add_uint(row, "size_bytes", garbage.size_bytes);
  struct json_object *list = json_object_new_array();
  for (guint i = 0; i < paths->len; i++) {
    (void)json_object_array_add(list, json_object_new_string(paths->pdata[i]));
    g_string_append_printf(text, "  %s\n", (const char *)paths->pdata[i]);
  }
  json_add_object(row, "paths", list);
  (void)json_object_array_add(tables, row);
  return true;
}

bool
history_collect(const char *output, gint64 older_than_ms, bool dry_run, char **ret_text,
                struct json_object **ret_json, GError **error)
{
  struct target target = {0};
  g_autoptr(GString) text = g_string_new(NULL);
  g_autoptr(GPtrArray) report = NULL;
  JSON_AUTO(root) = envelope_new("gc");
  struct json_object *tables = json_object_new_array();
  struct json_object *recovered = json_object_new_array();
  json_add_object(root, "recovered", recovered);
  json_add_object(root, "tables", tables);
  bool done = open_target(output, &target, error) &&
              publish_recover(target.storage, history_reader(), dry_run, &report, error);
  for (guint i = 0; report != NULL && i < report->len; i++) {
    g_string_append_printf(text, "%s\n", (const char *)report->pdata[i]);
    (void)json_object_array_add(recovered, json_object_new_string(report->pdata[i]));
  }
  for (gsize i = 0; done && target.tables[i] != NULL; i++)
    done = collect_table(&target, target.tables[i], older_than_ms, dry_run, text, tables, error);
  if (done)
    hand_over(g_strdup(text->str), json_object_get(root), ret_text, ret_json);
  target_clear(&target);
  return done;
}
