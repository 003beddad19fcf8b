/* SPDX-License-Identifier: Apache-2.0 */
#include "run/input_delta.h"
#include "storage/storage.h"
#include "util/error.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int
set_up(void **state)
{
  *state = g_dir_make_tmp("kindling-delta-input-XXXXXX", NULL);
  return *state == NULL;
}

static int
tear_down(void **state)
{
  AUTO(storage_close) struct storage *storage = storage_open(*state, NULL);
  bool done = storage_delete_tree(storage, "", NULL);
  g_free(*state);
  return !done;
}

static void
put(void **state, const char *path, const char *text)
{
  AUTO(storage_close) struct storage *storage = storage_open(*state, NULL);
  g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
  g_autoptr(GError) error = NULL;
  if (!storage_put(storage, path, bytes, &error))
    fail_msg("%s", error->message);
}

static void
put_version(void **state, guint version, const char *actions)
{
  g_autofree char *path = g_strdup_printf("_delta_log/%020u.json", version);
  put(state, path, actions);
}

#define PLAIN "{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}\n"
#define META(properties)                                                                           \
  "{\"metaData\":{\"id\":\"i\",\"format\":{\"provider\":\"parquet\",\"options\":{}},"              \
  "\"schemaString\":\"{}\",\"partitionColumns\":[],\"configuration\":{" properties "}}}\n"
#define ADD(path)                                                                                  \
  "{\"add\":{\"path\":\"" path "\",\"partitionValues\":{},\"size\":1,\"dataChange\":true}}\n"
#define REMOVE(path) "{\"remove\":{\"path\":\"" path "\",\"dataChange\":true}}\n"

static char *
files_of(const struct inventory *inventory)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < inventory->files->len; i++)
    g_string_append_printf(text, "%s%s", i > 0 ? " " : "",
                           ((const struct inventory_file *)inventory->files->pdata[i])->relative);
  return g_string_free(text, FALSE);
}

static void
assert_listed(void **state, const char *expected)
{
  g_autoptr(GError) error = NULL;
  AUTO(inventory_free) struct inventory *inventory = input_list("t", *state, &error);
  if (inventory == NULL)
    fail_msg("%s", error->message);
  g_autofree char *files = files_of(inventory);
  assert_string_equal(files, expected);
}

static void
assert_refused(void **state, const char *part)
{
  g_autoptr(GError) error = NULL;
  assert_null(input_list("t", *state, &error));
  assert_true(error_is(error, ERROR_INPUT));
  if (strstr(error->message, part) == NULL)
    fail_msg("'%s' is not in '%s'", part, error->message);
}

static void
only_the_newest_version_counts(void **state)
{
  put(state, "k=1/a.parquet", "x");
  put(state, "k=a%20b/b.parquet", "x");
  put(state, "k=2/never-published.parquet", "x");
  put_version(state, 0, PLAIN META("") ADD("k=1/a.parquet") ADD("k=a%2520b/b.parquet"));
  assert_listed(state, "k=1/a.parquet k=a%20b/b.parquet");
  put(state, "k=1/c.parquet", "x");
  put(state, "empty-leftover.parquet", "");
  put_version(state, 1, REMOVE("k=1/a.parquet") ADD("k=1/c.parquet"));
  assert_listed(state, "k=1/c.parquet k=a%20b/b.parquet");
  put_version(state, 2, REMOVE("k=1/c.parquet") REMOVE("k=a%2520b/b.parquet"));
  assert_refused(state, "is empty: version 2 has no files");
}

static void
a_missing_file_is_named(void **state)
{
  put(state, "a.parquet", "x");
  put_version(state, 0, PLAIN META("") ADD("a.parquet") ADD("b.parquet"));
  assert_refused(state, "/b.parquet' of the table is not there");
}

static void
features_we_do_not_know_are_refused(void **state)
{
  put(state, "a.parquet", "x");
  put_version(state, 0, PLAIN META("\"delta.columnMapping.mode\":\"name\"") ADD("a.parquet"));
  assert_refused(state, "needs 'columnMapping'");
  put_version(state, 0,
              "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":["
              "\"timestampNtz\",\"deletionVectors\"],\"writerFeatures\":[]}}\n" META("")
                  ADD("a.parquet"));
  assert_refused(state, "needs 'deletionVectors'");
  put_version(state, 0,
              "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":["
              "\"timestampNtz\"],\"writerFeatures\":[]}}\n" META("") ADD("a.parquet"));
  assert_listed(state, "a.parquet");
}

static void
damaged_logs_are_refused(void **state)
{
  put(state, "a.parquet", "x");
  put_version(state, 0, PLAIN META("") ADD("a.parquet") "{\"add\":");
  assert_refused(state, "00000.json");
}

static void
a_folder_of_that_name_alone_is_no_table(void **state)
{
  put(state, "a.parquet", "x");
  put(state, "_delta_log/.keep", "");
  assert_listed(state, "a.parquet");
}

int
main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(only_the_newest_version_counts),          TEST(a_missing_file_is_named),
      TEST(features_we_do_not_know_are_refused),     TEST(damaged_logs_are_refused),
      TEST(a_folder_of_that_name_alone_is_no_table),
  };
#undef TEST
  return cmocka_run_group_tests(tests, NULL, NULL);
}
