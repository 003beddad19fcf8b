/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/duck_kit.h"
#include "util/clock.h"
#include "util/interrupt.h"
#include <signal.h>
#include <string.h>

/* Minutes of work, in many small pieces. */
static const char long_query[] =
    "SELECT count(DISTINCT a.i * b.i) FROM range(200000) a(i), range(20000) b(i)";

struct watching {
  guint calls;
  guint stop_after; /* calls; 0: never */
  int signal;       /* pretended then, instead of stopping */
  double largest;
  GThread *thread;
};

static bool
on_watch(double share, gpointer user)
{
  struct watching *watching = user;
  assert_true(share <= 1);
  watching->calls++;
  watching->thread = g_thread_self();
  watching->largest = MAX(watching->largest, share);
  if (watching->stop_after == 0 || watching->calls < watching->stop_after)
    return true;
  if (watching->signal == 0)
    return false;
  interrupt_pretend(watching->signal);
  return true;
}

static void
check_stopped(struct kit *kit, int signal_number, enum error_kind kind)
{
  g_autoptr(GError) error = NULL;
  struct watching watching = {.stop_after = 3, .signal = signal_number};
  double start = clock_seconds();
  assert_null(duck_query(kit->connection, long_query, on_watch, &watching, &error));
  double seconds = clock_seconds() - start;
  interrupt_pretend(0);
  assert_true(error_is(error, kind));
  assert_true(seconds < 1.3); /* three looks, then within a second */
  assert_int_equal(watching.calls, 3);
  assert_ptr_equal(watching.thread, g_thread_self());
  g_autofree char *after = kit_ask(kit, "SELECT 'still alive'");
  assert_string_equal(after, "still alive");
}

static void
test_stop_by_watch(void **state)
{
  check_stopped(*state, 0, ERROR_INTERRUPTED);
}

static void
test_stop_by_signal(void **state)
{
  check_stopped(*state, SIGINT, ERROR_INTERRUPTED);
  check_stopped(*state, SIGTERM, ERROR_TERMINATED);
}

static gpointer
signal_soon(gpointer data UNUSED)
{
  g_usleep(150 * 1000);
  interrupt_pretend(SIGTERM);
  return NULL;
}

/* duck_exec has no watch and stops as well. */
static void
test_stop_exec(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  GThread *thread = g_thread_new("signal", signal_soon, NULL);
  double start = clock_seconds();
  bool done = duck_exec(kit->connection, long_query, &error);
  double seconds = clock_seconds() - start;
  (void)g_thread_join(thread);
  interrupt_pretend(0);
  assert_false(done);
  assert_true(error_is(error, ERROR_TERMINATED));
  assert_true(seconds < 1.15);
}

static void
test_nothing_starts_after_signal(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  interrupt_pretend(SIGINT);
  struct duck_result *result =
      duck_query(kit->connection, "CREATE TABLE too_late (a INTEGER)", NULL, NULL, &error);
  interrupt_pretend(0);
  assert_null(result);
  assert_true(error_is(error, ERROR_INTERRUPTED));
  g_autofree char *count =
      kit_ask(kit, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'too_late'");
  assert_string_equal(count, "0");
}

static void
test_progress(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  struct watching watching = {.largest = -2};
  kit_exec(kit, "CREATE OR REPLACE TABLE numbers AS FROM range(3000000) t(i)");
  AUTO(duck_result_free)
  struct duck_result *result =
      duck_query(kit->connection, "SELECT max(md5(md5(md5(i::VARCHAR)))) FROM numbers", on_watch,
                 &watching, &error);
  assert_non_null(result);
  assert_true(watching.calls >= 2);
  assert_true(watching.largest > 0);
}

static void
test_one_statement(void **state)
{
  struct kit *kit = *state;
  static const char *const refused[] = {"", ";", "-- nothing", "SELECT 1; SELECT 2"};
  for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
    g_autoptr(GError) error = NULL;
    assert_null(duck_query(kit->connection, refused[i], NULL, NULL, &error));
    assert_true(g_str_has_prefix(error->message, "one statement is expected here, not "));
  }
}

static void
test_every_statement(void **state)
{
  struct kit *kit = *state;
  static const char *const accepted[] = {"SELECT 1;",
                                         "CREATE OR REPLACE TABLE e (a INTEGER)",
                                         "INSERT INTO e VALUES (1)",
                                         "DESCRIBE e",
                                         "EXPLAIN SELECT 1",
                                         "PRAGMA database_size",
                                         "CREATE OR REPLACE VIEW v AS FROM e",
                                         "FROM v",
                                         "SHOW TABLES",
                                         "DROP VIEW v",
                                         "BEGIN",
                                         "COMMIT"};
  for (gsize i = 0; i < G_N_ELEMENTS(accepted); i++) {
    g_autoptr(GError) error = NULL;
    AUTO(duck_result_free)
    struct duck_result *result = duck_query(kit->connection, accepted[i], NULL, NULL, &error);
    if (result == NULL)
      fail_msg("%s: %s", accepted[i], error->message);
  }
}

static void
test_runtime_failure(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  assert_null(duck_query(kit->connection, "SELECT CAST('a' || i AS INTEGER) FROM range(10) t(i)",
                         NULL, NULL, &error));
  assert_true(error_is(error, ERROR_DATA));
  assert_true(g_str_has_prefix(error->message, "could not convert string 'a0' to INTEGER"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_stop_by_watch),   cmocka_unit_test(test_stop_by_signal),
      cmocka_unit_test(test_stop_exec),       cmocka_unit_test(test_nothing_starts_after_signal),
      cmocka_unit_test(test_progress),        cmocka_unit_test(test_one_statement),
      cmocka_unit_test(test_every_statement), cmocka_unit_test(test_runtime_failure),
  };
  return cmocka_run_group_tests(tests, kit_open, kit_close);
}
