/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/duck_kit.h"
#include "util/machine.h"
#include <string.h>

static void
check_setting(struct kit *kit, const char *name, const char *expected)
{
  g_autofree char *sql = g_strdup_printf("SELECT current_setting('%s')::VARCHAR", name);
  g_autofree char *value = kit_ask(kit, sql);
  if (g_strcmp0(value, expected) != 0)
    fail_msg("%s is '%s' instead of '%s'", name, value, expected);
}

static void
test_settings(void **state)
{
  static const char *const settings[][2] = {
      {"TimeZone", "UTC"},
      {"threads", "2"},
      {"errors_as_json", "true"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"allow_persistent_secrets", "false"},
      {"preserve_insertion_order", "false"},
      {"temp_directory", ""},
      {"memory_limit", "953.6 MiB"}, /* 1,000,000,000 bytes */
      {"enable_progress_bar",
       "false"}, /* until someone watches: test_progress_is_counted_when_watched */
      {"enable_progress_bar_print", "false"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(settings); i++)
    check_setting(*state, settings[i][0], settings[i][1]);
}

static bool
on_watch(double share UNUSED, gpointer user UNUSED)
{
  return true;
}

/* Counting costs time with each task. It begins also where no setting may be changed any more. */
static void
test_progress_is_counted_when_watched(void **state)
{
  static const struct duck_options options = {.threads = 1};
  (void)state;
  g_autoptr(GError) error = NULL;
  AUTO(duck_close) struct duck *duck = duck_open(&options, &error);
  AUTO(duck_disconnect) struct duck_connection *connection = duck_connect(duck, &error);
  struct kit kit = {duck, connection};
  assert_true(duck_lock_configuration(connection, &error));
  kit_exec(&kit, "CREATE TABLE t AS SELECT 1 AS a");
  check_setting(&kit, "enable_progress_bar", "false");
  duck_result_free(duck_query(connection, "FROM t", on_watch, NULL, &error));
  assert_null(error);
  check_setting(&kit, "enable_progress_bar", "true");
  check_setting(&kit, "enable_progress_bar_print", "false");
}

static void
test_options(void **state UNUSED)
{
  g_autoptr(GError) error = NULL;
  struct duck_options options = {.threads = 3,
                                 .temp_dir = "/tmp/it's here",
                                 .temp_limit_bytes = 5ull << 30,
                                 .keep_insertion_order = true};
  AUTO(duck_close) struct duck *duck = duck_open(&options, &error);
  AUTO(duck_disconnect) struct duck_connection *connection = duck_connect(duck, &error);
  struct kit kit = {duck, connection};
  check_setting(&kit, "threads", "3");
  check_setting(&kit, "temp_directory", "/tmp/it's here");
  check_setting(&kit, "max_temp_directory_size", "5.0 GiB");
  check_setting(&kit, "preserve_insertion_order", "true");
}

static void
test_exec(void **state)
{
  struct kit *kit = *state;
  kit_exec(kit, "CREATE OR REPLACE TABLE t AS SELECT 1 AS a; INSERT INTO t VALUES (2); -- done\n");
  g_autofree char *sum = kit_ask(kit, "SELECT sum(a) FROM t");
  assert_string_equal(sum, "3");
  kit_exec(kit, "");
}

/* The statements before the one that fails have run; a syntax error anywhere runs none. */
static void
test_exec_failures(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  kit_exec(kit, "CREATE OR REPLACE TABLE t (a INTEGER)");
  assert_false(duck_exec(kit->connection,
                         "INSERT INTO t VALUES (1); SELECT nosuch; INSERT INTO t VALUES (2)",
                         &error));
  assert_true(error_is(error, ERROR_FAILED));
  assert_non_null(strstr(error->message, "nosuch"));
  g_clear_error(&error);
  assert_false(duck_exec(kit->connection, "INSERT INTO t VALUES (4); SELECT FROM", &error));
  g_autofree char *sum = kit_ask(kit, "SELECT sum(a) FROM t");
  assert_string_equal(sum, "1");
}

static void
test_connections_share(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  kit_exec(kit, "CREATE OR REPLACE TABLE shared AS SELECT 7 AS a; CREATE OR REPLACE TEMP TABLE own "
                "AS SELECT 8 AS a");
  AUTO(duck_disconnect) struct duck_connection *second = duck_connect(kit->duck, &error);
  struct kit other = {kit->duck, second};
  g_autofree char *a = kit_ask(&other, "SELECT a FROM shared");
  assert_string_equal(a, "7");
  assert_null(duck_query(second, "SELECT a FROM own", NULL, NULL, &error));
}

static void
test_no_extensions(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  assert_false(duck_exec(kit->connection, "LOAD nosuch_extension", &error));
  assert_non_null(strstr(error->message, "nosuch_extension"));
  assert_null(strchr(error->message, '\n'));
}

/* A limit that is too small is an error that says so, not a crash. */
static void
test_memory_limit(void **state UNUSED)
{
  g_autoptr(GError) error = NULL;
  struct duck_options options = {.threads = 1, .memory_limit_bytes = 20 * 1000 * 1000};
  AUTO(duck_close) struct duck *duck = duck_open(&options, &error);
  AUTO(duck_disconnect) struct duck_connection *connection = duck_connect(duck, &error);
  assert_non_null(connection);
  assert_false(duck_exec(
      connection,
      "CREATE TABLE t AS SELECT i, 'user_' || i FROM range(5000000) t(i) ORDER BY hash(i)",
      &error));
  assert_true(error_is(error, ERROR_LIMIT));
  assert_null(strchr(error->message, '\n'));
}

static void
test_bad_temp_dir(void **state UNUSED)
{
  g_autoptr(GError) error = NULL;
  struct duck_options options = {
      .threads = 1, .memory_limit_bytes = 20 * 1000 * 1000, .temp_dir = "/proc/nosuch/dir"};
  AUTO(duck_close) struct duck *duck = duck_open(&options, &error);
  AUTO(duck_disconnect)
  struct duck_connection *connection = duck == NULL ? NULL : duck_connect(duck, &error);
  bool spilled =
      connection != NULL &&
      duck_exec(
          connection,
          "CREATE TABLE t AS SELECT i, 'user_' || i FROM range(5000000) t(i) ORDER BY hash(i)",
          &error);
  assert_false(spilled);
  assert_non_null(strstr(error->message, "/proc/nosuch/dir"));
}

static void
test_lock(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  assert_true(duck_lock_configuration(kit->connection, &error));
  static const char *const settings[] = {"SET threads = 1",
                                         "SET TimeZone = 'Asia/Seoul'",
                                         "SET lock_configuration = false",
                                         "SET GLOBAL memory_limit = '1GB'",
                                         "RESET threads",
                                         "PRAGMA threads=1"};
  for (gsize i = 0; i < G_N_ELEMENTS(settings); i++) {
    if (duck_exec(kit->connection, settings[i], &error))
      fail_msg("%s was let through", settings[i]);
    g_clear_error(&error);
  }
  AUTO(duck_disconnect) struct duck_connection *late = duck_connect(kit->duck, &error);
  struct kit other = {kit->duck, late};
  g_autofree char *one = kit_ask(&other, "SELECT 1");
  assert_string_equal(one, "1");
}

/* What the process has, in bytes, once DuckDB has freed what a statement needed: for a moment, or half a second at most. */
static guint64
bytes_after_a_statement(guint64 trim_above_bytes, guint64 wanted)
{
  g_autoptr(GError) error = NULL;
  struct duck_options options = {.threads = 1, .trim_above_bytes = trim_above_bytes};
  AUTO(duck_close) struct duck *duck = duck_open(&options, &error);
  AUTO(duck_disconnect) struct duck_connection *connection = duck_connect(duck, &error);
  assert_true(duck_exec(
      connection,
      "CREATE TEMP TABLE t AS SELECT hash(i) AS h FROM range(12000000) t(i); DROP TABLE t",
      &error));
  guint64 bytes = machine_process_bytes();
  for (guint i = 0; i < 50 && bytes > wanted; i++) {
    g_usleep(10 * 1000);
    bytes = machine_process_bytes();
  }
  return bytes;
}

static void
test_what_is_freed_goes_back_above_a_limit(void **state UNUSED)
{
  guint64 wanted = machine_process_bytes() + 40 * 1000 * 1000;
  guint64 bytes = bytes_after_a_statement(1, wanted);
  if (bytes > wanted)
    fail_msg("%" G_GUINT64_FORMAT " bytes are kept", bytes);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_settings),
      cmocka_unit_test(test_progress_is_counted_when_watched),
      cmocka_unit_test(test_options),
      cmocka_unit_test(test_exec),
      cmocka_unit_test(test_exec_failures),
      cmocka_unit_test(test_connections_share),
      cmocka_unit_test(test_no_extensions),
      cmocka_unit_test(test_memory_limit),
      cmocka_unit_test(test_bad_temp_dir),
      cmocka_unit_test(test_lock),
      cmocka_unit_test(test_what_is_freed_goes_back_above_a_limit),
  };
  return cmocka_run_group_tests(tests, kit_open, kit_close);
}
