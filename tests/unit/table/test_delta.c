/* SPDX-License-Identifier: Apache-2.0 */
#include "table_kit.h"

#define PROTOCOL "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}\n"
#define METADATA                                                                                   \
  "{\"metaData\":{\"id\":\"1\",\"schemaString\":\"{}\",\"partitionColumns\":[],"                   \
  "\"configuration\":{}}}\n"
#define ADD(path)                                                                                  \
  "{\"add\":{\"path\":\"" path "\",\"size\":1,\"stats\":\"{\\\"numRecords\\\":3}\"}}\n"
#define REMOVE(path) "{\"remove\":{\"path\":\"" path "\",\"deletionTimestamp\":5}}\n"

static void
put_version(struct kit *kit, int version, const char *text)
{
  g_autofree char *path = delta_commit_path("x", version);
  kit_write(kit, path, text);
}

/* Live paths in order, separated by spaces. */
static char *
live_of(const struct delta_snapshot *snapshot)
{
  g_autoptr(GList) paths = g_list_sort(g_hash_table_get_keys(snapshot->live), (GCompareFunc)strcmp);
  GString *all = g_string_new(NULL);
  for (GList *at = paths; at != NULL; at = at->next)
    g_string_append_printf(all, "%s%s", at == paths ? "" : " ", (char *)at->data);
  return g_string_free(all, FALSE);
}

static void
assert_live(struct kit *kit, gint64 version, const struct delta_reader *reader, const char *wanted)
{
  AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = NULL;
  g_autoptr(GError) error = NULL;
  if (!delta_read(kit->storage, "x", version, reader, &snapshot, &error))
    print_error("%s\n", error->message);
  assert_non_null(snapshot);
  g_autofree char *live = live_of(snapshot);
  assert_string_equal(live, wanted);
}

static void
test_versions(void **state)
{
  struct kit *kit = *state;
  gint64 newest = 0;
  AUTO(delta_snapshot_free) struct delta_snapshot *none = NULL;
  assert_true(delta_newest(kit->storage, "x", &newest, NULL));
  assert_int_equal(newest, -1);
  assert_true(delta_read(kit->storage, "x", -1, NULL, &none, NULL));
  assert_int_equal(none->version, -1);
  assert_int_equal(g_hash_table_size(none->live), 0);

  put_version(kit, 0, PROTOCOL METADATA ADD("a") ADD("k=b%2520c"));
  put_version(kit, 1, "{\"commitInfo\":{}}\n\n" REMOVE("a") ADD("d") "{\"cdc\":{\"path\":\"e\"}}");
  put_version(kit, 2, REMOVE("k%3Db%2520c") "{\"txn\":{\"appId\":\"kindling\",\"version\":7}}\n");
  kit_write(kit, "x/_delta_log/.00000000000000000003.json.tmp", "half");
  kit_write(kit, "x/_delta_log/00000000000000000003.crc", "{}");
  kit_write(kit, "x/_delta_log/3.json", "{}");
  assert_true(delta_newest(kit->storage, "x", &newest, NULL));
  assert_int_equal(newest, 2);
  assert_live(kit, 0, NULL, "a k=b%20c");
  assert_live(kit, 1, NULL, "d k=b%20c");
  assert_live(kit, 2, NULL, "d");
  assert_live(kit, -1, NULL, "d");
  AUTO(delta_snapshot_free) struct delta_snapshot *last = NULL;
  assert_true(delta_read(kit->storage, "x", -1, NULL, &last, NULL));
  assert_int_equal(delta_snapshot_txn(last, "kindling"), 7);
  assert_int_equal(delta_snapshot_txn(last, "spark"), -1);
}

static void
test_update_reads_on(void **state)
{
  struct kit *kit = *state;
  AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = NULL;
  put_version(kit, 0, PROTOCOL METADATA ADD("a"));
  assert_true(delta_read(kit->storage, "x", -1, NULL, &snapshot, NULL));
  put_version(kit, 0, "what stands here is not read again");
  put_version(kit, 1, REMOVE("a") ADD("b"));
  assert_true(delta_update(kit->storage, "x", NULL, snapshot, NULL));
  g_autofree char *live = live_of(snapshot);
  assert_string_equal(live, "b");
  assert_int_equal(snapshot->version, 1);
}

/* Files before a commit that replaces all are passed over; all else of those commits counts. */
static void
test_replaced_files_are_not_read(void **state)
{
  struct kit *kit = *state;
#define OURS                                                                                       \
  "{\"commitInfo\":{\"engineInfo\":\"kindling/"                                                    \
  "1\",\"operationParameters\":{\"mode\":\"Overwrite\"}}}\n"
  put_version(kit, 0,
              PROTOCOL METADATA "{\"add\":damaged\n{\"txn\":{\"appId\":\"a\",\"version\":3}}\n");
  put_version(kit, 1, ADD("lost") ADD("gone"));
  put_version(kit, 2, OURS REMOVE("gone") ADD("b"));
  put_version(kit, 3, ADD("c"));
  assert_live(kit, -1, NULL, "b c");
  assert_live(kit, 2, NULL, "b");
  AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = NULL;
  assert_true(delta_read(kit->storage, "x", -1, NULL, &snapshot, NULL));
  assert_int_equal(delta_snapshot_txn(snapshot, "a"), 3);
  AUTO(delta_snapshot_free) struct delta_snapshot *before = NULL;
  assert_false(delta_read(kit->storage, "x", 1, NULL, &before, NULL));
}

struct damage {
  int version;
  const char *text; /* NULL: the file is missing */
  const char *words;
};

static void
test_damaged_logs(void **state)
{
  struct kit *kit = *state;
  static const struct damage rows[] = {
      {1, "{\"add\":{\"path\":\"b\",", "00000000000000000001.json', line 1: "},
      {1, ADD("b") "{\"add\":{\"pa", "00000000000000000001.json', line 2: "},
      {1, ADD("b") "no JSON\n", "00000000000000000001.json', line 2: "},
      {1, "[1]\n", "line 1: the line is no action"},
      {1, "null\n", "line 1: invalid JSON"},
      {1, "{\"add\":{\"size\":1}}", "line 1: 'add' has no path"},
      {1, "{\"remove\":{\"path\":7}}", "line 1: 'remove' has no path"},
      {1, "{\"txn\":{\"appId\":\"kindling\"}}", "line 1: 'txn' has no appId or no version"},
      {1, NULL, "has a gap: "},
      {0, NULL, "has a gap: "},
      {0, ADD("a"), "no metaData or no protocol"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = NULL;
    g_autoptr(GError) error = NULL;
    put_version(kit, 0, PROTOCOL METADATA ADD("a"));
    put_version(kit, 1, ADD("b"));
    put_version(kit, 2, ADD("c"));
    g_autofree char *path = delta_commit_path("x", rows[i].version);
    if (rows[i].text == NULL)
      assert_true(storage_delete(kit->storage, path, NULL));
    else
      put_version(kit, rows[i].version, rows[i].text);
    assert_false(delta_read(kit->storage, "x", -1, NULL, &snapshot, &error));
    assert_null(snapshot);
    assert_true(error_is(error, ERROR_FAILED));
    if (strstr(error->message, rows[i].words) == NULL)
      print_error("%s\n", error->message);
    assert_non_null(strstr(error->message, rows[i].words));
  }
}

static void
test_missing_version(void **state)
{
  struct kit *kit = *state;
  AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = NULL;
  g_autoptr(GError) error = NULL;
  put_version(kit, 0, PROTOCOL METADATA);
  assert_false(delta_read(kit->storage, "x", 1, NULL, &snapshot, &error));
  assert_non_null(strstr(error->message, "has no version 1"));
}

/* A checkpoint "file" is text here: one JSON row a line. */
static void
put_row(gpointer row)
{
  (void)json_object_put(row);
}

static bool
take_row(struct json_object *row, gpointer user, GError **error)
{
  (void)error;
  g_ptr_array_add(user, json_object_get(row));
  return true;
}

static guint reads;

static bool
read_checkpoint(const char *path, gpointer user, GPtrArray **ret_rows, GError **error)
{
  g_autofree char *text = NULL;
  g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(put_row);
  assert_ptr_equal(user, &reads);
  reads++;
  if (!g_file_get_contents(path, &text, NULL, error) ||
      !delta_parse(path, text, strlen(text), take_row, rows, error))
    return false;
  *ret_rows = g_steal_pointer(&rows);
  return true;
}

static bool
write_checkpoint(const char *path, GPtrArray *rows, gpointer user, GError **error)
{
  GString *text = g_string_new(NULL);
  assert_ptr_equal(user, &reads);
  for (guint i = 0; i < rows->len; i++) {
    g_autofree char *line = json_line(rows->pdata[i]);
    g_string_append_printf(text, "%s\n", line);
  }
  bool written = g_file_set_contents(path, text->str, -1, error);
  (void)g_string_free(text, TRUE);
  return written;
}

static const struct delta_reader READER = {
    .read_checkpoint = read_checkpoint, .write_checkpoint = write_checkpoint, .user = &reads};

#define CHECKPOINT                                                                                 \
  "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2,\"readerFeatures\":null},"         \
  "\"add\":null,\"remove\":null,\"metaData\":null,\"txn\":null}\n" METADATA                        \
  "{\"add\":{\"path\":\"p\",\"size\":1,\"tags\":null,\"stats\":null}}\n"                           \
  "{\"txn\":{\"appId\":\"kindling\",\"version\":4,\"lastUpdated\":null}}\n"

static void
test_checkpoint_of_others(void **state)
{
  struct kit *kit = *state;
  put_version(kit, 10, "this commit is in the checkpoint");
  put_version(kit, 11, ADD("q"));
  kit_write(kit, "x/_delta_log/00000000000000000010.checkpoint.parquet", CHECKPOINT);
  kit_write(kit, "x/_delta_log/_last_checkpoint", "not read");
  assert_live(kit, -1, &READER, "p q");
  assert_live(kit, 10, &READER, "p");
  AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = NULL;
  assert_true(delta_read(kit->storage, "x", -1, &READER, &snapshot, NULL));
  assert_int_equal(delta_snapshot_txn(snapshot, "kindling"), 4);
  assert_null(json_get(g_hash_table_lookup(snapshot->live, "p"), "stats"));
  assert_true(delta_may_write(snapshot, "x", NULL));

  AUTO(delta_snapshot_free) struct delta_snapshot *other = NULL;
  g_autoptr(GError) error = NULL;
  assert_false(delta_read(kit->storage, "x", -1, NULL, &other, &error));
  assert_non_null(strstr(error->message, "without checkpoints"));
  g_clear_error(&error);
  assert_false(delta_read(kit->storage, "x", 9, &READER, &other, &error));
  assert_non_null(strstr(error->message, "has a gap"));
}

/* Only a whole set of parts counts; the newest whole one is taken. */
static void
test_checkpoint_in_parts(void **state)
{
  struct kit *kit = *state;
  const char *folder = "x/_delta_log/00000000000000000010.checkpoint.";
  static const struct {
    const char *name, *text;
  } files[] = {
      {"0000000001.0000000002.parquet", PROTOCOL METADATA},
      {"0000000001.0000000003.parquet", "unfinished"},
      {"0000000002.0000000002.parquet", ADD("p")},
      {"0000000004.0000000003.parquet", "not a part"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(files); i++) {
    g_autofree char *path = g_strconcat(folder, files[i].name, NULL);
    kit_write(kit, path, files[i].text);
  }
  put_version(kit, 11, ADD("q"));
  kit_write(kit, "x/_delta_log/00000000000000000011.checkpoint.0000000001.0000000002.parquet",
            "half");
  assert_live(kit, -1, &READER, "p q");
  assert_live(kit, 10, &READER, "p");
}

static void
test_own_checkpoint(void **state)
{
  struct kit *kit = *state;
  put_version(kit, 0,
              PROTOCOL
              "{\"metaData\":{\"id\":\"1\",\"schemaString\":\"{}\",\"partitionColumns\":[],"
              "\"configuration\":{\"kindling.retain\":\"7d\"}}}\n" ADD("v0"));
  for (int version = 1; version <= 20; version++) {
    g_autofree char *text =
        g_strdup_printf("{\"remove\":{\"path\":\"v%d\",\"deletionTimestamp\":5}}\n"
                        "{\"add\":{\"path\":\"v%d\",\"size\":1}}\n"
                        "{\"txn\":{\"appId\":\"kindling\",\"version\":%d}}\n",
                        version - 1, version, version);
    put_version(kit, version, text);
    AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = NULL;
    assert_true(delta_read(kit->storage, "x", -1, &READER, &snapshot, NULL));
    assert_true(delta_checkpoint(kit->storage, "x", snapshot, &READER, NULL));
    assert_int_equal(kit_exists(kit, "x/_delta_log/_last_checkpoint"), version == 20);
  }
  g_autofree char *hint = kit_read(kit, "x/_delta_log/_last_checkpoint");
  assert_string_equal(hint, "{\"version\":20,\"size\":4}");
  for (int version = 0; version < 20; version++) {
    g_autofree char *path = delta_commit_path("x", version);
    assert_true(storage_delete(kit->storage, path, NULL));
  }
  reads = 0;
  assert_live(kit, -1, &READER, "v20");
  assert_int_equal(reads, 1);
}

/* Plain readers would take a checkpoint for data. */
static void
test_no_checkpoint_without_retain(void **state)
{
  struct kit *kit = *state;
  AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = NULL;
  for (int version = 0; version <= 20; version++)
    put_version(kit, version, version == 0 ? PROTOCOL METADATA ADD("a") : "{\"commitInfo\":{}}");
  assert_true(delta_read(kit->storage, "x", -1, &READER, &snapshot, NULL));
  assert_true(delta_checkpoint(kit->storage, "x", snapshot, &READER, NULL));
  assert_false(kit_exists(kit, "x/_delta_log/_last_checkpoint"));
  assert_false(kit_exists(kit, "x/_delta_log/00000000000000000020.checkpoint.parquet"));
}

static void
test_commit_is_put_if_absent(void **state)
{
  struct kit *kit = *state;
  bool created = false;
  JSON_AUTO(actions) = json_object_new_array();
  JSON_AUTO(none) = json_object_new_array();
  static const char line[] = "{\"add\":{\"path\":\"a/\xc3\xa9\",\"size\":1}}";
  (void)json_object_array_add(actions, json_parse(line, strlen(line), NULL));
  (void)json_object_array_add(actions, json_parse("{\"x\":1}", 7, NULL));
  assert_true(delta_commit(kit->storage, "x", 0, actions, &created, NULL));
  assert_true(created);
  assert_true(delta_commit(kit->storage, "x", 0, none, &created, NULL));
  assert_false(created);
  g_autofree char *text = kit_read(kit, "x/_delta_log/00000000000000000000.json");
  assert_string_equal(text, "{\"add\":{\"path\":\"a/\xc3\xa9\",\"size\":1}}\n{\"x\":1}\n");
}

static void
test_paths(void **state)
{
  (void)state;
  static const char *const rows[][2] = {
      {"year=2024/month=1/part-0.parquet", "year=2024/month=1/part-0.parquet"},
      {"k=a%20b/x", "k=a%2520b/x"},
      {"k=%C3%9C/x", "k=%25C3%259C/x"},
      {"\xc3\x9c a+b?#", "%C3%9C%20a%2Bb%3F%23"},
      {"a-_.~z", "a-_.~z"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *encoded = delta_encode_path(rows[i][0]);
    g_autofree char *decoded = delta_decode_path(encoded);
    assert_string_equal(encoded, rows[i][1]);
    assert_string_equal(decoded, rows[i][0]);
  }
  assert_null(delta_decode_path("a%zz"));
}

static bool
may_write(const char *text, char **ret_message)
{
  AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = delta_snapshot_new();
  g_autoptr(GError) error = NULL;
  assert_true(delta_replay(snapshot, "file", PROTOCOL METADATA, strlen(PROTOCOL METADATA), NULL));
  assert_true(delta_replay(snapshot, "file", text, strlen(text), NULL));
  snapshot->version = 0;
  bool may = delta_may_write(snapshot, "x", &error);
  assert_true(may || error_is(error, ERROR_OUTPUT));
  *ret_message = may ? NULL : g_strdup(error->message);
  return may;
}

static void
test_may_write(void **state)
{
  (void)state;
#define TABLE(reads, writes, rf, wf)                                                               \
  "{\"protocol\":{\"minReaderVersion\":" #reads ",\"minWriterVersion\":" #writes                   \
  ",\"readerFeatures\":[" rf "],\"writerFeatures\":[" wf "]}}"
#define PROPERTY(text)                                                                             \
  "{\"metaData\":{\"schemaString\":\"{}\",\"partitionColumns\":[],\"configuration\":{" text "}}}"
  static const struct {
    const char *text, *refusal; /* NULL: may be written */
  } rows[] = {
      {"", NULL},
      {TABLE(3, 7, "\"timestampNtz\"", "\"timestampNtz\",\"appendOnly\",\"invariants\""), NULL},
      {TABLE(1, 7, "", "\"appendOnly\""), NULL},
      {TABLE(3, 7, "\"deletionVectors\"", ""), "'deletionVectors'"},
      {TABLE(1, 7, "", "\"rowTracking\""), "'rowTracking'"},
      {TABLE(2, 5, "", ""), "writer version 5"},
      {TABLE(1, 3, "", ""), "writer version 3"},
      {PROPERTY("\"delta.appendOnly\":\"true\""), "append-only"},
      {PROPERTY("\"delta.appendOnly\":\"false\""), NULL},
      {PROPERTY("\"delta.columnMapping.mode\":\"name\""), "column mapping"},
      {PROPERTY("\"delta.columnMapping.mode\":\"none\""), NULL},
      {PROPERTY("\"delta.constraints.c\":\"a > 1\""), "constraints"},
      {"{\"metaData\":{\"schemaString\":\"{\\\"delta.invariants\\\":1}\",\"partitionColumns\":[]}}",
       "invariants"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *message = NULL;
    bool may = may_write(rows[i].text, &message);
    assert_int_equal(may, rows[i].refusal == NULL);
    if (!may)
      assert_non_null(strstr(message, rows[i].refusal));
  }
}

static void
test_history(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GPtrArray) versions = NULL;
  put_version(kit, 0,
              "{\"commitInfo\":{\"timestamp\":11,\"operation\":\"WRITE\",\"userMetadata\":\"u\"}}"
              "\n" PROTOCOL METADATA ADD("a") ADD("b"));
  put_version(kit, 1, REMOVE("a") "{\"commitInfo\":{\"timestamp\":12,\"operation\":\"DELETE\"}}\n");
  put_version(kit, 2, ADD("c"));
  assert_true(delta_history(kit->storage, "x", 0, &versions, NULL));
  assert_int_equal(versions->len, 3);
  const struct delta_version *last = versions->pdata[0], *first = versions->pdata[2];
  assert_int_equal(last->version, 2);
  assert_string_equal(last->operation, "");
  assert_null(last->info);
  assert_int_equal(last->files, 2);
  assert_int_equal(last->rows, 6);
  assert_int_equal(last->size_bytes, 2);
  assert_int_equal(first->time_ms, 11);
  assert_string_equal(first->operation, "WRITE");
  assert_string_equal(json_get_text(first->info, "userMetadata"), "u");
  assert_int_equal(first->files, 2);
  const struct delta_version *middle = versions->pdata[1];
  assert_int_equal(middle->files, 1);
  assert_int_equal(middle->rows, 3);

  g_autoptr(GPtrArray) newest = NULL;
  assert_true(delta_history(kit->storage, "x", 2, &newest, NULL));
  assert_int_equal(newest->len, 2);
  assert_int_equal(((struct delta_version *)newest->pdata[0])->version, 2);

  g_autofree char *zero = delta_commit_path("x", 0);
  g_autoptr(GPtrArray) rest = NULL;
  assert_true(storage_delete(kit->storage, zero, NULL));
  assert_true(delta_history(kit->storage, "x", 0, &rest, NULL));
  assert_int_equal(rest->len, 2);
  assert_int_equal(((struct delta_version *)rest->pdata[0])->files, 0); /* not known */

  g_autoptr(GPtrArray) known = NULL;
  put_version(kit, 3, OURS REMOVE("b") ADD("d"));
  put_version(kit, 4, ADD("e"));
  put_version(kit, 6, ADD("f"));
  assert_true(delta_history(kit->storage, "x", 0, &known, NULL));
  static const guint64 files[] = {0, 2, 1, 0, 0}; /* after a gap nothing is known */
  assert_int_equal(known->len, G_N_ELEMENTS(files));
  for (guint i = 0; i < known->len; i++)
    assert_int_equal(((struct delta_version *)known->pdata[i])->files, files[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_versions),
      TEST(test_update_reads_on),
      TEST(test_replaced_files_are_not_read),
      TEST(test_damaged_logs),
      TEST(test_missing_version),
      TEST(test_checkpoint_of_others),
      TEST(test_checkpoint_in_parts),
      TEST(test_own_checkpoint),
      TEST(test_no_checkpoint_without_retain),
      TEST(test_commit_is_put_if_absent),
      TEST(test_paths),
      TEST(test_may_write),
      TEST(test_history),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
