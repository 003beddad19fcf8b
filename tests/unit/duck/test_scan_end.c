/* SPDX-License-Identifier: Apache-2.0
 * How a scan ends early: one suite for both ways. */
#include "duck/scan_kit.h"
#include "util/clock.h"
#include "util/interrupt.h"
#include <signal.h>

static char *
query_failure(struct kit *kit, const char *sql, enum error_kind *ret_kind)
{
  g_autoptr(GError) error = NULL;
  assert_null(duck_query(kit->connection, sql, NULL, NULL, &error));
  *ret_kind = (enum error_kind)error->code;
  return g_strdup(error->message);
}

static void
check_failure(struct kit *kit, const char *sql, bool in_mid_scan)
{
  g_autoptr(GError) error = NULL;
  enum error_kind kind;
  g_autofree char *expected = query_failure(kit, sql, &kind);
  struct recorder recorder;
  recorder_open(&recorder, NULL, 0);
  recorder.counts_only = true;
  assert_false(scan(kit, sql, &recorder, &error));
  if (error == NULL)
    fail_msg("%s: no error", sql);
  assert_true(error_is(error, kind));
  assert_string_equal(error->message, expected);
  if (in_mid_scan)
    assert_true(recorder.row_count > 0);
  recorder_close(&recorder);
  g_autofree char *after = kit_ask(kit, "SELECT 'still alive'");
  assert_string_equal(after, "still alive");
}

static void
test_failures(void **state)
{
  struct kit *kit = *state;
  kit_exec(kit,
           "CREATE OR REPLACE TABLE texts AS SELECT "
           "CASE WHEN i = 1900000 THEN 'bad' ELSE i::VARCHAR END AS t FROM range(2000000) t(i)");
  check_failure(kit, "SELECT t::INTEGER AS i FROM texts", true);
  check_failure(kit, "SELECT error('on purpose') FROM range(3)", false);
  check_failure(kit, "SELECT missing FROM texts", false);
  check_failure(kit, "SELECT t FROM no_such_table", false);
  check_failure(kit, "SELEC 1", false);
  check_failure(kit, "SELECT 1; SELECT 2", false);
  check_failure(kit, "SELECT 1) AS t(a), (SELECT 2", false);
  check_failure(kit, "SELECT a FROM read_parquet('/no/such/file.parquet')", false);
}

static void
test_limit_is_a_limit(void **state UNUSED)
{
  g_autoptr(GError) error = NULL;
  struct duck_options options = {.threads = 2, .memory_limit_bytes = 40 * 1000 * 1000};
  AUTO(duck_close) struct duck *duck = duck_open(&options, NULL);
  AUTO(duck_disconnect) struct duck_connection *connection = duck_connect(duck, NULL);
  struct recorder recorder;
  recorder_open(&recorder, NULL, 0);
  struct duck_sink sink = recorder_sink(&recorder);
  recorder.counts_only = true;
  assert_false(duck_scan(
      connection,
      "SELECT t, count(*) FROM (SELECT md5(range::VARCHAR) AS t FROM range(3000000)) GROUP BY t",
      way, &sink, NULL, NULL, &error));
  assert_true(error_is(error, ERROR_LIMIT));
  recorder_close(&recorder);
}

static void
spoil(const char *path)
{
  g_autofree char *bytes = NULL;
  gsize length = 0;
  assert_true(g_file_get_contents(path, &bytes, &length, NULL));
  memset(bytes + length / 4, 0xa5, length / 4);
  assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
}

static void
test_damage(void **state)
{
  struct kit *kit = *state;
  g_autofree char *folder = g_dir_make_tmp("kindling-scan-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, "x.parquet", NULL);
  g_autofree char *copy = g_strdup_printf(
      "COPY (SELECT md5(range::VARCHAR) AS t FROM range(100000)) TO '%s' (FORMAT parquet)", path);
  kit_exec(kit, copy);
  spoil(path);
  g_autofree char *sql = g_strdup_printf("SELECT t FROM read_parquet('%s')", path);
  check_failure(kit, sql, false);
  g_autofree char *message = NULL;
  enum error_kind kind;
  message = query_failure(kit, sql, &kind);
  assert_true(g_str_has_prefix(message, "damaged data: "));
  remove_tree(folder);
}

static void
test_sink_stops(void **state)
{
  struct kit *kit = *state;
  static const guint64 stops[] = {1, 100 * 1000};
  for (gsize i = 0; i < G_N_ELEMENTS(stops); i++) {
    g_autoptr(GError) error = NULL;
    struct recorder recorder;
    recorder_open(&recorder, NULL, 0);
    recorder.counts_only = true;
    recorder.stop_after = stops[i];
    double start = clock_seconds();
    assert_false(scan(kit, "SELECT range FROM range(100000000000)", &recorder, &error));
    assert_null(error);
    assert_true(clock_seconds() - start < 5);
    assert_true(recorder.row_count >= stops[i]);
    assert_true(recorder.row_count <= stops[i] + 2 * 2048);
    recorder_close(&recorder);
  }
  g_autofree char *after = kit_ask(kit, "SELECT 'still alive'");
  assert_string_equal(after, "still alive");
}

static void
test_no_worker(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  struct recorder recorder;
  recorder_open(&recorder, NULL, 0);
  recorder.counts_only = true;
  recorder.refuse_after = 1;
  (void)scan(kit, "SELECT range FROM range(3000000)", &recorder, &error);
  assert_null(error);
  assert_int_equal(recorder.begun, 1);
  recorder_close(&recorder);
}

static const char endless[] = "SELECT a.i * b.i AS x FROM range(200000) a(i), range(2000000) b(i)";

struct watching {
  guint calls;
  int signal; /* pretended at the third look, instead of stopping */
};

static bool
on_watch(double share, gpointer user)
{
  struct watching *watching = user;
  assert_true(share <= 1);
  if (++watching->calls < 3)
    return true;
  if (watching->signal == 0)
    return false;
  interrupt_pretend(watching->signal);
  return true;
}

static void
test_interrupt(void **state)
{
  struct kit *kit = *state;
  static const struct {
    int signal;
    enum error_kind kind;
  } cases[] = {{0, ERROR_INTERRUPTED}, {SIGINT, ERROR_INTERRUPTED}, {SIGTERM, ERROR_TERMINATED}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    struct watching watching = {.signal = cases[i].signal};
    struct recorder recorder;
    recorder_open(&recorder, NULL, 0);
    recorder.counts_only = true;
    struct duck_sink sink = recorder_sink(&recorder);
    double start = clock_seconds();
    assert_false(duck_scan(kit->connection, endless, way, &sink, on_watch, &watching, &error));
    interrupt_pretend(0);
    if (clock_seconds() - start >= 1.3)
      fail_msg("took %g s", clock_seconds() - start);
    assert_true(error_is(error, cases[i].kind));
    assert_true(recorder.row_count > 0);
    recorder_close(&recorder);
  }
}

static bool
note_share(double share, gpointer user)
{
  double *largest = user;
  *largest = MAX(*largest, share);
  return true;
}

static void
test_progress(void **state)
{
  struct kit *kit = *state;
  double largest = -1;
  struct recorder recorder;
  kit_exec(kit, "CREATE OR REPLACE TABLE numbers AS FROM range(3000000) t(i)");
  recorder_open(&recorder, NULL, 0);
  recorder.counts_only = true;
  struct duck_sink sink = recorder_sink(&recorder);
  assert_true(duck_scan(kit->connection, "SELECT md5(md5(md5(i::VARCHAR))) AS t FROM numbers", way,
                        &sink, note_share, &largest, NULL));
  assert_true(largest > 0);
  assert_true(largest <= 1);
  recorder_close(&recorder);
}

static void
test_nothing_starts_after_signal(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  struct recorder recorder;
  recorder_open(&recorder, NULL, 0);
  interrupt_pretend(SIGINT);
  bool done = scan(kit, "SELECT 1", &recorder, &error);
  interrupt_pretend(0);
  assert_false(done);
  assert_true(error_is(error, ERROR_INTERRUPTED));
  assert_int_equal(recorder.begun, 0);
  recorder_close(&recorder);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_failures),  cmocka_unit_test(test_limit_is_a_limit),
      cmocka_unit_test(test_damage),    cmocka_unit_test(test_sink_stops),
      cmocka_unit_test(test_no_worker), cmocka_unit_test(test_interrupt),
      cmocka_unit_test(test_progress),  cmocka_unit_test(test_nothing_starts_after_signal),
  };
  return run_by_both_ways(tests);
}
