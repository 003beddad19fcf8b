/* SPDX-License-Identifier: Apache-2.0
 *
 * The Delta log reader. The input is one commit file; what must hold whatever it says:
 *     reading it ends with a snapshot or with an error, never with both or neither;
 *     what is live, written as a commit of its own and read again, is live again;
 *     a path that decodes, encoded and decoded again, is the same path.
 * The same bytes are also read as a job log entry, whose check must not believe a path that leads out of its folder.
 */
#include "table/delta.h"
#include "storage/storage.h"
#include "table/joblog.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool holds)
{
  if (!holds)
    abort();
}

static void
check_path(const char *path)
{
  g_autofree char *encoded = delta_encode_path(path);
  g_autofree char *decoded = delta_decode_path(encoded);
  must(g_strcmp0(decoded, path) == 0);
}

static GString *
commit_of(const struct delta_snapshot *snapshot)
{
  GString *text = g_string_new(NULL);
  GHashTableIter each;
  gpointer path = NULL, add = NULL;
  g_hash_table_iter_init(&each, snapshot->live);
  while (g_hash_table_iter_next(&each, &path, &add)) {
    g_autofree char *line = json_line(add);
    g_string_append_printf(text, "{\"add\":%s}\n", line);
    check_path(path);
  }
  return text;
}

static void
check_live(const struct delta_snapshot *snapshot)
{
  AUTO(delta_snapshot_free) struct delta_snapshot *again = delta_snapshot_new();
  g_autoptr(GString) text = commit_of(snapshot);
  must(delta_replay(again, "again", text->str, text->len, NULL));
  must(g_hash_table_size(again->live) == g_hash_table_size(snapshot->live));
  GHashTableIter each;
  gpointer path = NULL;
  g_hash_table_iter_init(&each, snapshot->live);
  while (g_hash_table_iter_next(&each, &path, NULL))
    must(g_hash_table_contains(again->live, path));
}

static void
check_entry(const char *text, gsize size)
{
  JSON_AUTO(entry) = json_parse(text, size, NULL);
  if (entry == NULL || !joblog_check(entry, "entry", NULL))
    return;
  struct json_object *outputs = json_get(entry, "outputs");
  for (gsize i = 0; i < json_object_array_length(outputs); i++) {
    struct json_object *adds = json_get(json_object_array_get_idx(outputs, i), "adds");
    for (gsize k = 0; k < json_object_array_length(adds); k++) {
      struct json_object *item = json_object_array_get_idx(adds, k);
      must(storage_path_is_clean(json_get_text(item, "staged")));
      must(storage_path_is_clean(json_get_text(item, "path")));
      must(g_str_has_prefix(json_get_text(item, "staged"), "_kindling/"));
    }
  }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = delta_snapshot_new();
  g_autoptr(GError) error = NULL;
  g_autofree char *text = g_malloc0(size + 1);
  if (size > 0)
    memcpy(text, data, size);
  bool read = delta_replay(snapshot, "commit", text, size, &error);
  must(read == (error == NULL));
  if (read) {
    bool may UNUSED = delta_may_write(snapshot, "table", NULL);
    check_live(snapshot);
  }
  check_entry(text, size);
  return 0;
}
