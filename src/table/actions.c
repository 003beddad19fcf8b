/* SPDX-License-Identifier: Apache-2.0 */
#include "table/actions.h"
#include "util/text.h"
#include <string.h>

#define RETAIN_FILES "delta.deletedFileRetentionDuration"
#define RETAIN_LOG   "delta.logRetentionDuration"
#define MONTH_MS     (G_GINT64_CONSTANT(30) * 24 * 3600 * 1000) /* Delta's default for the log */

void
actions_add(struct json_object *actions, const char *name, struct json_object *value)
{
  struct json_object *action = json_object_new_object();
  json_add_object(action, name, value);
  (void)json_object_array_add(actions, action);
}

void
actions_add_txn(struct json_object *actions, gint64 entry, gint64 now_ms)
{
  struct json_object *txn = json_object_new_object();
  json_add_text(txn, "appId", ACTIONS_APP_ID);
  json_add_int(txn, "version", entry);
  json_add_int(txn, "lastUpdated", now_ms);
  actions_add(actions, "txn", txn);
}

void
actions_add_remove(struct json_object *actions, struct json_object *add, gint64 now_ms)
{
  struct json_object *remove = json_object_new_object();
  json_add_text(remove, "path", json_get_text(add, "path"));
  json_add_int(remove, "deletionTimestamp", now_ms);
  json_add_flag(remove, "dataChange", true);
  json_add_flag(remove, "extendedFileMetadata", true);
  json_add_object(remove, "partitionValues", json_object_get(json_get(add, "partitionValues")));
  json_add_object(remove, "size", json_object_get(json_get(add, "size")));
  actions_add(actions, "remove", remove);
}

static bool
holds_type(struct json_object *type, const char *name)
{
  static const char *const members[] = {"type", "elementType", "keyType", "valueType"};
  for (gsize i = 0; i < G_N_ELEMENTS(members); i++) {
    struct json_object *member = json_get(type, members[i]);
    if (g_strcmp0(json_get_text(type, members[i]), name) == 0 ||
        (json_object_is_type(member, json_type_object) && holds_type(member, name)))
      return true;
  }
  struct json_object *fields = json_get(type, "fields");
  gsize count = json_object_is_type(fields, json_type_array) ? json_object_array_length(fields) : 0;
  for (gsize i = 0; i < count; i++)
    if (holds_type(json_object_array_get_idx(fields, i), name))
      return true;
  return false;
}

static bool
has_text(struct json_object *list, const char *text)
{
  gsize count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
  for (gsize i = 0; i < count; i++)
    if (g_strcmp0(json_object_get_string(json_object_array_get_idx(list, i)), text) == 0)
      return true;
  return false;
}

/* The list with further texts, each once; a new reference. */
static struct json_object *
with_texts(struct json_object *list, const char *const *texts)
{
  struct json_object *result = json_object_new_array();
  gsize count = json_object_is_type(list, json_type_array) ? json_object_array_length(list) : 0;
  for (gsize i = 0; i < count; i++)
    (void)json_object_array_add(result, json_object_get(json_object_array_get_idx(list, i)));
  for (gsize i = 0; texts[i] != NULL; i++)
    if (!has_text(result, texts[i]))
      (void)json_object_array_add(result, json_object_new_string(texts[i]));
  return result;
}

struct json_object *
actions_protocol(const struct delta_snapshot *snapshot, struct json_object *schema)
{
  static const char *const reads[] = {"timestampNtz", NULL};
  static const char *const writes[] = {"timestampNtz", "appendOnly", "invariants", NULL};
  struct json_object *have = snapshot->protocol;
  bool naive = holds_type(schema, "timestamp_ntz");
  if (have != NULL && (!naive || (has_text(json_get(have, "readerFeatures"), reads[0]) &&
                                  has_text(json_get(have, "writerFeatures"), writes[0]))))
    return NULL;
  struct json_object *protocol = json_object_new_object();
  json_add_int(protocol, "minReaderVersion", naive ? 3 : 1);
  json_add_int(protocol, "minWriterVersion", naive ? 7 : 2);
  if (naive) {
    json_add_object(protocol, "readerFeatures",
                    with_texts(json_get(have, "readerFeatures"), reads));
    json_add_object(protocol, "writerFeatures",
                    with_texts(json_get(have, "writerFeatures"), writes));
  }
  return protocol;
}

/* "7d", "90m", "1500ms": whole units only. */
static char *
duration_text(gint64 ms)
{
  static const struct {
    gint64 ms;
    const char *unit;
  } units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}};
  for (gsize i = 0; i < G_N_ELEMENTS(units); i++)
    if (ms % units[i].ms == 0)
      return g_strdup_printf("%" G_GINT64_FORMAT "%s", ms / units[i].ms, units[i].unit);
  return g_strdup_printf("%" G_GINT64_FORMAT "s", ms / 1000 + 1);
}

static gint64
table_retain_ms(const struct delta_snapshot *snapshot)
{
  const char *text = delta_snapshot_property(snapshot, ACTIONS_RETAIN);
  gint64 ms = 0;
  return text != NULL && text_parse_duration(text, &ms, /* error= */ NULL) ? ms : 0;
}

gint64
actions_retain_ms(const struct delta_snapshot *snapshot, gint64 retain_ms)
{
  return retain_ms >= 0 ? retain_ms : table_retain_ms(snapshot);
}

static void
set_interval(struct json_object *configuration, const char *key, gint64 ms)
{
  g_autofree char *text =
      g_strdup_printf("interval %" G_GINT64_FORMAT " seconds", (ms + 999) / 1000);
  json_add_text(configuration, key, text);
}

/* The table's properties after the commit; a new reference. */
static struct json_object *
configuration_for(const struct delta_snapshot *snapshot, gint64 retain_ms)
{
  struct json_object *old = json_get(snapshot->metadata, "configuration");
  struct json_object *result = json_object_new_object();
  if (json_object_is_type(old, json_type_object)) {
    json_object_object_foreach(old, name, value)
        json_add_object(result, name, json_object_get(value));
  }
  if (retain_ms < 0 || retain_ms == table_retain_ms(snapshot))
    return result;
  json_object_object_del(result, ACTIONS_RETAIN);
  json_object_object_del(result, RETAIN_FILES);
  json_object_object_del(result, RETAIN_LOG);
  if (retain_ms > 0) {
    g_autofree char *text = duration_text(retain_ms);
    json_add_text(result, ACTIONS_RETAIN, text);
    set_interval(result, RETAIN_FILES, retain_ms);
    if (retain_ms > MONTH_MS)
      set_interval(result, RETAIN_LOG, retain_ms);
  }
  return result;
}

static bool
same_schema(const char *text, struct json_object *schema)
{
  JSON_AUTO(old) = text == NULL ? NULL : json_tokener_parse(text);
  return old != NULL && json_object_equal(old, schema);
}

void
actions_add_table(struct json_object *actions, const struct delta_snapshot *snapshot,
                  const struct actions_table *table, gint64 now_ms)
{
  struct json_object *protocol = actions_protocol(snapshot, table->schema);
  if (protocol != NULL)
    actions_add(actions, "protocol", protocol);
  struct json_object *old = snapshot->metadata;
  JSON_AUTO(configuration) = configuration_for(snapshot, table->retain_ms);
  JSON_AUTO(none) = json_object_new_object();
  struct json_object *had = json_get(old, "configuration");
  if (old != NULL && same_schema(json_get_text(old, "schemaString"), table->schema) &&
      json_object_equal(json_get(old, "partitionColumns"), table->partition_columns) &&
      json_object_equal(had == NULL ? none : had, configuration))
    return;
  struct json_object *metadata = json_object_new_object();
  g_autofree char *fresh_id = g_uuid_string_random();
  g_autofree char *schema = json_line(table->schema);
  const char *id = json_get_text(old, "id");
  struct json_object *format = json_object_new_object();
  json_add_text(format, "provider", "parquet");
  json_add_object(format, "options", json_object_new_object());
  json_add_text(metadata, "id", id != NULL ? id : fresh_id);
  for (const char *const *name = (const char *const[]){"name", "description", NULL}; *name; name++)
    if (json_get_text(old, *name) != NULL)
      json_add_text(metadata, *name, json_get_text(old, *name));
  json_add_object(metadata, "format", format);
  json_add_text(metadata, "schemaString", schema);
  json_add_object(metadata, "partitionColumns", json_object_get(table->partition_columns));
  json_add_object(metadata, "configuration", json_object_get(configuration));
  json_add_int(metadata, "createdTime", json_get_int(old, "createdTime", now_ms));
  actions_add(actions, "metaData", metadata);
}
