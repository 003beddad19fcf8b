/* SPDX-License-Identifier: Apache-2.0 */
#include "table/delta_log.h"
#include "util/error.h"
#include <string.h>

/* What a table may ask of us. appendOnly and invariants may be named as features by any table; what they forbid is looked
 * for in its properties and schema. */
static const char *const FEATURES[] = {"timestampNtz", "appendOnly", "invariants"};

char *
delta_log_folder(const char *table)
{
  return g_strdup_printf("%s%s_delta_log", table, *table == '\0' ? "" : "/");
}

char *
delta_commit_path(const char *table, gint64 version)
{
  g_autofree char *folder = delta_log_folder(table);
  return g_strdup_printf("%s/%020" G_GINT64_FORMAT ".json", folder, version);
}

char *
delta_encode_path(const char *relative)
{
  return g_uri_escape_string(relative, "/=", /* allow_utf8= */ FALSE);
}

char *
delta_decode_path(const char *encoded)
{
  return g_uri_unescape_string(encoded, /* illegal_characters= */ NULL);
}

static const char *
unknown_feature(struct json_object *protocol, const char *member)
{
  struct json_object *list = json_get(protocol, member);
  gsize count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
  for (gsize i = 0; i < count; i++) {
    const char *name = json_object_get_string(json_object_array_get_idx(list, i));
    bool known = false;
    for (gsize k = 0; k < G_N_ELEMENTS(FEATURES); k++)
      known = known || g_strcmp0(name, FEATURES[k]) == 0;
    if (!known)
      return name == NULL ? "null" : name;
  }
  return NULL;
}

static bool
check_protocol(struct json_object *protocol, const char *table, GError **error)
{
  gint64 reads = json_get_int(protocol, "minReaderVersion", -1);
  gint64 writes = json_get_int(protocol, "minWriterVersion", -1);
  const char *unknown = unknown_feature(protocol, "readerFeatures");
  if (unknown == NULL)
    unknown = unknown_feature(protocol, "writerFeatures");
  if (unknown != NULL)
    return error_set(
        error, ERROR_OUTPUT,
        "cannot write table '%s': it uses the Delta feature '%s', which is unknown here", table,
        unknown);
  bool known = (reads == 1 || reads == 3) && (writes == 1 || writes == 2 || writes == 7);
  return known ||
         error_set(error, ERROR_OUTPUT,
                   "cannot write table '%s': it needs Delta reader version %" G_GINT64_FORMAT
                   " and writer version %" G_GINT64_FORMAT,
                   table, reads, writes);
}

static bool
check_properties(const struct delta_snapshot *snapshot, const char *table, GError **error)
{
  struct json_object *configuration = json_get(snapshot->metadata, "configuration");
  const char *mapping = json_get_text(configuration, "delta.columnMapping.mode");
  const char *append = json_get_text(configuration, "delta.appendOnly");
  const char *schema = json_get_text(snapshot->metadata, "schemaString");
  const char *what = NULL;
  if (append != NULL && g_ascii_strcasecmp(append, "true") == 0)
    what = "it is append-only";
  else if (mapping != NULL && strcmp(mapping, "none") != 0)
    what = "it uses column mapping";
  else if (schema != NULL && strstr(schema, "delta.invariants") != NULL)
    what = "its columns have invariants";
  if (json_object_is_type(configuration, json_type_object)) {
    json_object_object_foreach(configuration, name, value)
    {
      (void)value;
      if (g_str_has_prefix(name, "delta.constraints."))
        what = "it has constraints";
    }
  }
  return what == NULL || error_set(error, ERROR_OUTPUT, "cannot write table '%s': %s", table, what);
}

bool
delta_may_write(const struct delta_snapshot *snapshot, const char *table, GError **error)
{
  if (snapshot->version < 0)
    return true;
  return (check_protocol(snapshot->protocol, table, error) &&
          check_properties(snapshot, table, error)) ||
         error_hint(error, "Give another --output, or move the table away.");
}

bool
delta_commit(struct storage *storage, const char *table, gint64 version,
             struct json_object *actions, bool *ret_created, GError **error)
{
  GString *text = g_string_new(NULL);
  gsize count = json_object_array_length(actions);
  for (gsize i = 0; i < count; i++) {
    struct json_object *action = json_object_array_get_idx(actions, i);
    g_string_append(text, json_object_to_json_string_ext(
                              action, JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE));
    g_string_append_c(text, '\n');
  }
  g_autoptr(GBytes) bytes = g_string_free_to_bytes(text);
  g_autofree char *path = delta_commit_path(table, version);
  return storage_put_if_absent(storage, path, bytes, ret_created, error);
}
