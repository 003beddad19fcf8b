/* SPDX-License-Identifier: Apache-2.0 */
#include "table_kit.h"

#define DAY G_GINT64_CONSTANT(86400000)

static void
test_fresh_then_replace(void **state)
{
  struct kit *kit = *state;
  struct publish_result results[KIT_TABLES];
  assert_true(kit_publish(kit, &(struct kit_run){"run-a", "x:2 a:1", KIT_NO_RETAIN, NULL, NULL},
                          results, NULL));
  assert_string_equal(results[0].name, "x");
  assert_int_equal(results[0].version, 0);
  assert_int_equal(results[0].files, 2);
  assert_int_equal(results[0].rows, 20);
  assert_int_equal(results[0].size_bytes, 10);
  assert_string_equal(results[1].name, "a");
  kit_assert_delta(kit, "x", "0: k=0/part-0-run-a.parquet=run-a k=1/part-0-run-a.parquet=run-a");
  kit_assert_delta(kit, "a", "0: k=0/part-0-run-a.parquet=run-a");

  assert_true(kit_publish(kit, &(struct kit_run){"run-b", "x:1", KIT_NO_RETAIN, NULL, NULL},
                          results, NULL));
  assert_int_equal(results[0].version, 1);
  kit_assert_delta(kit, "x", "1: k=0/part-0-run-b.parquet=run-b");
  kit_assert_plain(kit, "x", "run-b");
  assert_false(kit_exists(kit, "x/k=1")); /* the folder that became empty */
  kit_assert_delta(kit, "a", "0: k=0/part-0-run-a.parquet=run-a");
  assert_int_equal(kit_leftovers(kit), 0);
  assert_true(kit_exists(kit, "_kindling/log/00000000000000000001.json"));
  assert_true(kit_exists(kit, "_kindling/log/00000000000000000001.done"));
}

/* The action of that name in a version's commit, parsed; NULL when there is none. */
static struct json_object *
action(struct kit *kit, const char *table, gint64 version, const char *name)
{
  g_autofree char *path = delta_commit_path(table, version);
  g_autofree char *text = kit_read(kit, path);
  assert_non_null(text);
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL && *lines[i] != '\0'; i++) {
    JSON_AUTO(line) = json_parse(lines[i], strlen(lines[i]), NULL);
    if (json_get(line, name) != NULL)
      return json_object_get(json_get(line, name));
  }
  return NULL;
}

static void
test_first_commit_holds_everything(void **state)
{
  struct kit *kit = *state;
  kit_publish_ok(kit, &(struct kit_run){"run-a", "x:1", KIT_NO_RETAIN, NULL, NULL});
  JSON_AUTO(info) = action(kit, "x", 0, "commitInfo");
  JSON_AUTO(protocol) = action(kit, "x", 0, "protocol");
  JSON_AUTO(metadata) = action(kit, "x", 0, "metaData");
  JSON_AUTO(txn) = action(kit, "x", 0, "txn");
  JSON_AUTO(add) = action(kit, "x", 0, "add");
  assert_string_equal(json_get_text(info, "operation"), "CREATE TABLE AS SELECT");
  assert_true(g_str_has_prefix(json_get_text(info, "engineInfo"), "kindling/"));
  assert_string_equal(json_get_text(info, "txnId"), "run-a");
  assert_string_equal(json_get_text(json_get(info, "operationParameters"), "mode"), "Overwrite");
  assert_string_equal(json_get_text(json_get(info, "operationParameters"), "partitionBy"),
                      "[\"k\"]");
  assert_string_equal(json_get_text(json_get(info, "operationMetrics"), "numFiles"), "1");
  assert_string_equal(json_get_text(json_get(info, "operationMetrics"), "numOutputRows"), "10");
  assert_string_equal(json_get_text(json_get(info, "operationMetrics"), "numOutputBytes"), "5");
  const char *user = json_get_text(info, "userMetadata");
  JSON_AUTO(meta) = json_parse(user, strlen(user), NULL);
  assert_string_equal(json_get_text(meta, "run_id"), "run-a");
  assert_string_equal(json_get_text(meta, "app_name"), "test");
  assert_string_equal(json_get_text(meta, "job"), "job");
  assert_string_equal(json_get_text(meta, "job_hash"), "hash");
  assert_string_equal(json_get_text(json_get(meta, "input"), "events"), "fingerprint");
  assert_int_equal(json_get_int(protocol, "minReaderVersion", 0), 1);
  assert_int_equal(json_get_int(protocol, "minWriterVersion", 0), 2);
  assert_string_equal(
      json_get_text(metadata, "schemaString"),
      "{\"type\":\"struct\",\"fields\":[{\"name\":\"id\",\"type\":\"long\",\"nullable\":true,"
      "\"metadata\":{}},{\"name\":\"k\",\"type\":\"integer\",\"nullable\":true,\"metadata\":{}}]}");
  assert_string_equal(json_get_text(txn, "appId"), "kindling");
  assert_int_equal(json_get_int(txn, "version", -1), 0);
  assert_string_equal(json_get_text(add, "path"), "k=0/part-0-run-a.parquet");
  assert_string_equal(json_get_text(json_get(add, "partitionValues"), "k"), "0");
  assert_string_equal(json_get_text(add, "stats"), "{\"numRecords\":10}");
  assert_true(json_get_int(add, "modificationTime", 0) > 0);
}

static void
test_metadata_only_when_changed(void **state)
{
  struct kit *kit = *state;
  kit_publish_ok(kit, &(struct kit_run){"run-a", "x:1", KIT_NO_RETAIN, NULL, NULL});
  kit_publish_ok(kit, &(struct kit_run){"run-b", "x:1", KIT_NO_RETAIN, NULL, NULL});
  kit_publish_ok(kit, &(struct kit_run){"run-c", "x:1", KIT_NO_RETAIN, "t", "TIMESTAMP"});
  kit_publish_ok(kit, &(struct kit_run){"run-d", "x:1", KIT_NO_RETAIN, NULL, NULL});
  JSON_AUTO(first) = action(kit, "x", 0, "metaData");
  JSON_AUTO(second) = action(kit, "x", 1, "metaData");
  JSON_AUTO(third) = action(kit, "x", 2, "metaData");
  JSON_AUTO(protocol1) = action(kit, "x", 1, "protocol");
  JSON_AUTO(protocol2) = action(kit, "x", 2, "protocol");
  JSON_AUTO(protocol3) = action(kit, "x", 3, "protocol");
  assert_null(second);
  assert_null(protocol1);
  assert_string_equal(json_get_text(third, "id"), json_get_text(first, "id"));
  assert_int_equal(json_get_int(protocol2, "minReaderVersion", 0), 3);
  assert_int_equal(json_get_int(protocol2, "minWriterVersion", 0), 7);
  assert_int_equal(json_object_array_length(json_get(protocol2, "readerFeatures")), 1);
  assert_int_equal(json_object_array_length(json_get(protocol2, "writerFeatures")), 3);
  assert_null(protocol3); /* a feature is never taken away */
}

static void
test_empty_output(void **state)
{
  struct kit *kit = *state;
  struct publish_result results[KIT_TABLES];
  kit_publish_ok(kit, &(struct kit_run){"run-a", "x:1", KIT_NO_RETAIN, NULL, NULL});
  assert_true(kit_publish(kit, &(struct kit_run){"run-b", "x:0 y:0", KIT_NO_RETAIN, NULL, NULL},
                          results, NULL));
  assert_int_equal(results[0].files, 0);
  kit_assert_delta(kit, "x", "1:");
  kit_assert_delta(kit, "y", "0:");
  kit_assert_plain(kit, "x", "");
  JSON_AUTO(metadata) = action(kit, "y", 0, "metaData");
  assert_non_null(metadata);
}

static void
test_retain_keeps_replaced_files(void **state)
{
  struct kit *kit = *state;
  kit_publish_ok(kit, &(struct kit_run){"run-a", "x:1", 7 * DAY, NULL, NULL});
  kit_publish_ok(kit, &(struct kit_run){"run-b", "x:1", KIT_NO_RETAIN, NULL, NULL});
  kit_assert_plain(kit, "x", "run-a run-b");
  JSON_AUTO(metadata) = action(kit, "x", 0, "metaData");
  struct json_object *configuration = json_get(metadata, "configuration");
  assert_string_equal(json_get_text(configuration, "kindling.retain"), "7d");
  assert_string_equal(json_get_text(configuration, "delta.deletedFileRetentionDuration"),
                      "interval 604800 seconds");
  AUTO(delta_snapshot_free) struct delta_snapshot *old = NULL;
  assert_true(delta_read(kit->storage, "x", 0, NULL, &old, NULL));
  assert_true(g_hash_table_contains(old->live, "k=0/part-0-run-a.parquet"));

  kit_publish_ok(kit, &(struct kit_run){"run-c", "x:1", 0, NULL, NULL});
  kit_assert_plain(kit, "x", "run-a run-c"); /* run-b's files went, run-a's wait for gc */
  JSON_AUTO(later) = action(kit, "x", 2, "metaData");
  assert_null(json_get_text(json_get(later, "configuration"), "kindling.retain"));
  assert_null(json_get(json_get(later, "configuration"), "delta.deletedFileRetentionDuration"));
}

static void
test_conflict(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  struct publish_result results[KIT_TABLES];
  struct kit_run slow = {"run-slow", "x:2 y:1", KIT_NO_RETAIN, NULL, NULL};
  kit_publish_ok(kit, &(struct kit_run){"run-a", "x:1", KIT_NO_RETAIN, NULL, NULL});
  {
    AUTO(publish_end) struct publish *publish = kit_begin(kit, &slow, NULL);
    assert_non_null(publish);
    assert_true(kit_add_files(publish, &slow, NULL));
    kit_publish_ok(kit, &(struct kit_run){"run-b", "x:1", KIT_NO_RETAIN, NULL, NULL});
    assert_true(publish_prepare(publish, NULL));
    assert_false(publish_commit(publish, results, &error));
  }
  assert_true(error_is(error, ERROR_CONFLICT));
  assert_int_equal(error_row(error)->exit_code, 4);
  assert_true(g_str_has_prefix(error->message, "another run published version 1 of 'x' first"));
  kit_assert_delta(kit, "x", "1: k=0/part-0-run-b.parquet=run-b");
  kit_assert_delta(kit, "y", "none");
  kit_assert_plain(kit, "x", "run-b");
  assert_false(kit_exists(kit, "y"));
  assert_int_equal(kit_leftovers(kit), 0);
}

static void
test_disjoint_outputs_both_win(void **state)
{
  struct kit *kit = *state;
  struct publish_result results[KIT_TABLES];
  struct kit_run slow = {"run-slow", "y:1", KIT_NO_RETAIN, NULL, NULL};
  AUTO(publish_end) struct publish *publish = kit_begin(kit, &slow, NULL);
  assert_non_null(publish);
  assert_true(kit_add_files(publish, &slow, NULL));
  kit_publish_ok(kit, &(struct kit_run){"run-b", "x:1", KIT_NO_RETAIN, NULL, NULL});
  assert_true(publish_prepare(publish, NULL));
  assert_true(publish_commit(publish, results, NULL));
  kit_assert_delta(kit, "x", "0: k=0/part-0-run-b.parquet=run-b");
  kit_assert_delta(kit, "y", "0: k=0/part-0-run-slow.parquet=run-slow");
}

static void
test_foreign_commit_is_a_conflict(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  struct publish_result results[KIT_TABLES];
  struct kit_run slow = {"run-slow", "x:1", KIT_NO_RETAIN, NULL, NULL};
  kit_publish_ok(kit, &(struct kit_run){"run-a", "x:1", KIT_NO_RETAIN, NULL, NULL});
  AUTO(publish_end) struct publish *publish = kit_begin(kit, &slow, NULL);
  assert_true(kit_add_files(publish, &slow, NULL));
  kit_write(kit, "x/foreign.parquet", "foreign");
  kit_write(kit, "x/_delta_log/00000000000000000001.json",
            "{\"add\":{\"path\":\"foreign.parquet\",\"partitionValues\":{\"k\":\"9\"},\"size\":7,"
            "\"modificationTime\":1,\"dataChange\":true}}");
  assert_true(publish_prepare(publish, NULL));
  assert_false(publish_commit(publish, results, &error));
  assert_true(error_is(error, ERROR_CONFLICT));
}

/* A foreign commit before we begin: it is replaced like any version, and its files are named in the log. */
static void
test_foreign_files_are_replaced(void **state)
{
  struct kit *kit = *state;
  kit_publish_ok(kit, &(struct kit_run){"run-a", "x:1", KIT_NO_RETAIN, NULL, NULL});
  kit_write(kit, "x/foreign %41.parquet", "foreign");
  kit_write(kit, "x/notes.txt", "mine");
  kit_write(
      kit, "x/_delta_log/00000000000000000001.json",
      "{\"add\":{\"path\":\"foreign%20%2541.parquet\",\"partitionValues\":{\"k\":\"9\"},\"size\":7,"
      "\"modificationTime\":1,\"dataChange\":true}}\n{\"commitInfo\":{}}\n");
  kit_publish_ok(kit, &(struct kit_run){"run-b", "x:1", KIT_NO_RETAIN, NULL, NULL});
  kit_assert_delta(kit, "x", "2: k=0/part-0-run-b.parquet=run-b");
  kit_assert_plain(kit, "x", "run-b mine");
}

/* Others leave the files that they remove; plain readers must not go on seeing them. */
static void
test_foreign_removed_files_go(void **state)
{
  struct kit *kit = *state;
  kit_publish_ok(kit, &(struct kit_run){"run-a", "x:2", KIT_NO_RETAIN, NULL, NULL});
  kit_write(kit, "x/_delta_log/00000000000000000001.json",
            "{\"remove\":{\"path\":\"k=1/part-0-run-a.parquet\",\"deletionTimestamp\":1}}\n");
  kit_assert_plain(kit, "x", "run-a run-a");
  kit_publish_ok(kit, &(struct kit_run){"run-b", "x:1", KIT_NO_RETAIN, NULL, NULL});
  kit_assert_plain(kit, "x", "run-b");

  kit_publish_ok(kit, &(struct kit_run){"run-c", "x:2", 7 * DAY, NULL, NULL});
  kit_write(kit, "x/_delta_log/00000000000000000004.json",
            "{\"remove\":{\"path\":\"k=1/part-0-run-c.parquet\",\"deletionTimestamp\":1}}\n");
  kit_publish_ok(kit, &(struct kit_run){"run-d", "x:1", KIT_NO_RETAIN, NULL, NULL});
  kit_assert_plain(kit, "x", "run-b run-c run-d run-c");
}

static void
test_table_of_others_keeps_its_past(void **state)
{
  struct kit *kit = *state;
  kit_publish_ok(kit, &(struct kit_run){"run-a", "y:1", KIT_NO_RETAIN, NULL, NULL});
  kit_write(kit, "x/old.parquet", "old");
  kit_write(kit, "x/live.parquet", "live");
  kit_write(kit, "x/_delta_log/00000000000000000000.json",
            "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}\n"
            "{\"metaData\":{\"id\":\"1\",\"schemaString\":\"{}\",\"partitionColumns\":[],"
            "\"configuration\":{}}}\n"
            "{\"add\":{\"path\":\"old.parquet\",\"partitionValues\":{},\"size\":3}}\n"
            "{\"add\":{\"path\":\"live.parquet\",\"partitionValues\":{},\"size\":4}}\n");
  kit_write(kit, "x/_delta_log/00000000000000000001.json",
            "{\"remove\":{\"path\":\"old.parquet\",\"deletionTimestamp\":1}}\n");
  kit_publish_ok(kit, &(struct kit_run){"run-b", "x:1", KIT_NO_RETAIN, NULL, NULL});
  kit_assert_plain(kit, "x", "run-b old");
}

static bool
refused(struct kit *kit, const struct kit_run *run, enum error_kind kind, const char *words)
{
  g_autoptr(GError) error = NULL;
  if (kit_publish(kit, run, NULL, &error))
    return false;
  bool as_wanted = error_is(error, kind) && strstr(error->message, words) != NULL;
  if (!as_wanted)
    print_error("%s\n", error->message);
  return as_wanted;
}

static void
test_foreign_folders_are_refused(void **state)
{
  struct kit *kit = *state;
  struct kit_run run = {"run-a", "x:1", KIT_NO_RETAIN, NULL, NULL};
  kit_write(kit, "notes.txt", "mine");
  assert_true(refused(kit, &run, ERROR_OUTPUT, "has content that this program did not write"));
  assert_false(kit_exists(kit, "_kindling"));
  assert_true(storage_delete(kit->storage, "notes.txt", NULL));

  kit_write(kit, ".hidden", "harmless");
  kit_publish_ok(kit, &run);
  kit_write(kit, "y/data.parquet", "mine");
  assert_true(refused(kit, &(struct kit_run){"run-b", "x:1 y:1", KIT_NO_RETAIN, NULL, NULL},
                      ERROR_OUTPUT, "but no Delta log"));
  kit_assert_plain(kit, "y", "mine");
  kit_assert_delta(kit, "x", "0: k=0/part-0-run-a.parquet=run-a");
  assert_true(storage_delete_tree(kit->storage, "y", NULL));
  kit_write(kit, "z", "a file");
  assert_true(refused(kit, &(struct kit_run){"run-b", "z:1", KIT_NO_RETAIN, NULL, NULL},
                      ERROR_OUTPUT, "is a file"));
}

static void
test_root_that_is_a_file_is_refused(void **state)
{
  struct kit *kit = *state;
  kit_write(kit, "", "a file");
  assert_true(refused(kit, &(struct kit_run){"run-a", "x:1", KIT_NO_RETAIN, NULL, NULL},
                      ERROR_OUTPUT, "is a file"));
  assert_true(storage_delete_tree(kit->storage, "", NULL) || remove(kit->root) == 0);
}

static void
test_unknown_features_are_refused(void **state)
{
  struct kit *kit = *state;
  kit_publish_ok(kit, &(struct kit_run){"run-a", "x:1", KIT_NO_RETAIN, NULL, NULL});
  kit_write(kit, "x/_delta_log/00000000000000000001.json",
            "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":["
            "\"deletionVectors\"],"
            "\"writerFeatures\":[\"deletionVectors\"]}}\n");
  assert_true(refused(kit, &(struct kit_run){"run-b", "x:1", KIT_NO_RETAIN, NULL, NULL},
                      ERROR_OUTPUT, "'deletionVectors'"));
  assert_int_equal(kit_leftovers(kit), 0);
}

/* The job log was deleted, the tables were not: entry numbers go on above what the tables record. */
static void
test_lost_job_log(void **state)
{
  struct kit *kit = *state;
  for (int i = 0; i < 3; i++) {
    g_autofree char *run_id = g_strdup_printf("run-%d", i);
    kit_publish_ok(kit, &(struct kit_run){run_id, "x:1 y:1", KIT_NO_RETAIN, NULL, NULL});
  }
  assert_true(storage_delete_tree(kit->storage, "_kindling", NULL));
  kit_publish_ok(kit, &(struct kit_run){"run-b", "x:1", KIT_NO_RETAIN, NULL, NULL});
  kit_assert_delta(kit, "x", "3: k=0/part-0-run-b.parquet=run-b");
  assert_true(kit_exists(kit, "_kindling/log/00000000000000000003.json"));
}

static void
test_table_of_another_log_is_refused(void **state)
{
  struct kit *kit = *state;
  for (int i = 0; i < 3; i++) {
    g_autofree char *run_id = g_strdup_printf("run-%d", i);
    kit_publish_ok(kit, &(struct kit_run){run_id, "x:1", KIT_NO_RETAIN, NULL, NULL});
  }
  assert_true(storage_delete_tree(kit->storage, "_kindling", NULL));
  g_autofree char *here = storage_path(kit->storage, "x");
  g_autofree char *away = g_strconcat(kit->root, "-away", NULL);
  assert_int_equal(rename(here, away), 0);
  kit_publish_ok(kit, &(struct kit_run){"run-b", "y:1", KIT_NO_RETAIN, NULL, NULL});
  assert_int_equal(rename(away, here), 0);
  assert_true(refused(kit, &(struct kit_run){"run-c", "x:1", KIT_NO_RETAIN, NULL, NULL},
                      ERROR_OUTPUT, "published by another output folder"));
}

struct bad_file {
  const char *path, *value, *words;
  enum error_kind kind;
};

static void
test_bad_files_are_refused(void **state)
{
  struct kit *kit = *state;
  static const struct bad_file rows[] = {
      {"k=/part-0-run-a.parquet", "", "empty", ERROR_OUTPUT},
      {"k=1/part-0.parquet", "1", "does not carry the run", ERROR_FAILED},
      {"k=1/part-0-run-a.parquet", "2", "not in the folder of its partition", ERROR_FAILED},
      {"j=1/part-0-run-a.parquet", "1", "not in the folder of its partition", ERROR_FAILED},
      {"part-0-run-a.parquet", "1", "not in the folder of its partition", ERROR_FAILED},
      {"k=1/x/part-0-run-a.parquet", "1", "too deep", ERROR_FAILED},
      {"k=1/../part-0-run-a.parquet", "1", "does not carry", ERROR_FAILED},
      {"k=1/part-0-run-a.parquet", NULL, "not in the folder of its partition", ERROR_FAILED},
  };
  struct kit_run run = {"run-a", "x:0", KIT_NO_RETAIN, NULL, NULL};
  AUTO(publish_end) struct publish *publish = kit_begin(kit, &run, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    const char *const values[] = {rows[i].value};
    struct publish_file file = {.path = rows[i].path, .partition_values = values, .size_bytes = 1};
    assert_false(publish_add(publish, 0, &file, &error));
    assert_true(error_is(error, rows[i].kind));
    assert_non_null(strstr(error->message, rows[i].words));
  }
  g_autoptr(GError) error = NULL;
  const char *const values[] = {""};
  struct publish_file file = {.path = "k=/x-run-a", .partition_values = values};
  assert_false(publish_add(publish, 0, &file, &error));
  assert_non_null(strstr(error->message, "'k'"));
  assert_non_null(strstr(error->message, "nullif(k, '')"));
}

static void
test_missing_or_short_files_stop_prepare(void **state)
{
  struct kit *kit = *state;
  struct kit_run run = {"run-a", "x:1", KIT_NO_RETAIN, NULL, NULL};
  g_autoptr(GError) error = NULL;
  AUTO(publish_end) struct publish *publish = kit_begin(kit, &run, NULL);
  assert_true(kit_add_files(publish, &run, NULL));
  g_autofree char *path =
      g_build_filename(publish_staging(publish, 0), "k=0/part-0-run-a.parquet", NULL);
  assert_true(g_file_set_contents(path, "run", -1, NULL));
  assert_false(publish_prepare(publish, &error));
  assert_non_null(strstr(error->message, "not there or not whole"));
  assert_int_equal(remove(path), 0);
  g_clear_error(&error);
  assert_false(publish_prepare(publish, &error));
  assert_non_null(strstr(error->message, "not there or not whole"));
}

static void
test_names_and_partition_columns(void **state)
{
  struct kit *kit = *state;
  static const char *const none[] = {NULL}, *const other[] = {"nope", NULL},
                           *const blob[] = {"b", NULL};
  static const struct publish_column columns[] = {{"id", "BIGINT"}, {"b", "BLOB"}};
  static const struct {
    const char *name;
    const char *const *partition_by;
    const char *words;
  } rows[] = {
      {"_x", none, "no plain name"},    {".x", none, "no plain name"},
      {"a/b", none, "no plain name"},   {"", none, "no plain name"},
      {"x", other, "no column 'nope'"}, {"x", blob, "cannot partition"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autoptr(GError) error = NULL;
    struct publish_output output = {.name = rows[i].name,
                                    .columns = columns,
                                    .column_count = 2,
                                    .partition_by = rows[i].partition_by};
    struct publish_options options = {
        .output = kit->root, .run_id = "r", .retain_ms = -1, .outputs = &output, .output_count = 1};
    AUTO(publish_end) struct publish *publish = publish_begin(&options, &error);
    assert_null(publish);
    assert_true(error_is(error, ERROR_OUTPUT));
    assert_non_null(strstr(error->message, rows[i].words));
  }
  assert_false(kit_exists(kit, "_kindling"));
}

static void
test_abandoned_run_leaves_nothing(void **state)
{
  struct kit *kit = *state;
  struct kit_run run = {"run-a", "x:2", KIT_NO_RETAIN, NULL, NULL};
  {
    AUTO(publish_end) struct publish *publish = kit_begin(kit, &run, NULL);
    assert_true(kit_add_files(publish, &run, NULL));
    assert_true(g_file_test(publish_scratch(publish), G_FILE_TEST_IS_DIR));
    assert_true(publish_prepare(publish, NULL));
  }
  assert_int_equal(kit_leftovers(kit), 0);
  assert_false(kit_exists(kit, "x"));
}

static void
test_many_files(void **state)
{
  struct kit *kit = *state;
  kit_publish_ok(kit, &(struct kit_run){"run-a", "x:366", KIT_NO_RETAIN, NULL, NULL});
  gint64 begin = g_get_monotonic_time();
  kit_publish_ok(kit, &(struct kit_run){"run-b", "x:366", KIT_NO_RETAIN, NULL, NULL});
  print_message("366 files for 366: %.1f ms\n", (double)(g_get_monotonic_time() - begin) / 1000);
  AUTO(delta_snapshot_free) struct delta_snapshot *snapshot = NULL;
  assert_true(delta_read(kit->storage, "x", -1, NULL, &snapshot, NULL));
  assert_int_equal(g_hash_table_size(snapshot->live), 366);
}

static void
test_tables(void **state)
{
  struct kit *kit = *state;
  kit_publish_ok(kit, &(struct kit_run){"run-a", "b:1 a:1", KIT_NO_RETAIN, NULL, NULL});
  kit_write(kit, "c/file", "no table");
  g_auto(GStrv) names = publish_tables(kit->storage, NULL);
  g_autofree char *all = g_strjoinv(" ", names);
  assert_string_equal(all, "a b");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, kit_setup, kit_teardown)

int
main(void)
{
  const struct CMUnitTest tests[] = {
      TEST(test_fresh_then_replace),
      TEST(test_first_commit_holds_everything),
      TEST(test_metadata_only_when_changed),
      TEST(test_empty_output),
      TEST(test_retain_keeps_replaced_files),
      TEST(test_conflict),
      TEST(test_disjoint_outputs_both_win),
      TEST(test_foreign_commit_is_a_conflict),
      TEST(test_foreign_files_are_replaced),
      TEST(test_foreign_removed_files_go),
      TEST(test_table_of_others_keeps_its_past),
      TEST(test_foreign_folders_are_refused),
      TEST(test_root_that_is_a_file_is_refused),
      TEST(test_unknown_features_are_refused),
      TEST(test_lost_job_log),
      TEST(test_table_of_another_log_is_refused),
      TEST(test_bad_files_are_refused),
      TEST(test_missing_or_short_files_stop_prepare),
      TEST(test_names_and_partition_columns),
      TEST(test_abandoned_run_leaves_nothing),
      TEST(test_many_files),
      TEST(test_tables),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
