/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/feed_kit.h"
#include "util/clock.h"

/* The same rows as a table of DuckDB's own. */
static void
make_expected(struct kit *kit, guint64 rows)
{
  g_autoptr(GString) sql = g_string_new("CREATE OR REPLACE TABLE expected AS SELECT ");
  for (guint i = 0; i < COLUMNS; i++)
    g_string_append_printf(sql, "%sCASE WHEN %u = 0 OR (i + %u) %% 9 <> 4 THEN %s END AS \"%s\"",
                           i == 0 ? "" : ", ", i, i, made[i].expression, made[i].column.name);
  g_string_append_printf(sql, " FROM range(%" G_GUINT64_FORMAT ") t(i)", rows);
  kit_exec(kit, sql->str);
}

static void
check_closed(const struct maker *maker)
{
  assert_int_equal(maker->opened, maker->closed);
}

static void
check_same_rows(struct kit *kit)
{
  g_autofree char *differing =
      kit_ask(kit, "SELECT count(*) FROM ((FROM made EXCEPT ALL FROM expected) UNION ALL "
                   "(FROM expected EXCEPT ALL FROM made))");
  assert_string_equal(differing, "0");
}

static void
test_all_types(void **state)
{
  struct kit *kit = *state;
  static const struct {
    guint64 rows;
    guint parts;
    guint64 batch_rows;
  } cases[] = {{100000, 4, BATCH}, {100000, 1, BATCH}, {10000, 7, 100},
               {1, 1, BATCH},      {3, 50, BATCH},     {2048, 1, BATCH},
               {2049, 1, BATCH},   {0, 3, BATCH},      {500, 2, 1}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    struct maker maker;
    struct duck_feed feed = make_feed(&maker, cases[i].rows, cases[i].parts);
    maker.batch_rows = cases[i].batch_rows;
    make_expected(kit, cases[i].rows);
    offer(kit, "made", &feed);
    check_same_rows(kit);
    assert_true((guint)maker.opened == 2 * cases[i].parts);
    check_closed(&maker);
    withdraw(kit, "made");
  }
}

static void
test_names_and_types(void **state)
{
  struct kit *kit = *state;
  struct maker maker;
  struct duck_feed feed = make_feed(&maker, 10, 1);
  offer(kit, "a \"quoted\" name", &feed);
  g_autoptr(GError) error = NULL;
  AUTO(duck_result_free)
  struct duck_result *result =
      duck_query(kit->connection, "FROM \"a \"\"quoted\"\" name\"", NULL, NULL, &error);
  assert_non_null(result);
  assert_int_equal(duck_result_columns(result), COLUMNS);
  for (guint i = 0; i < COLUMNS; i++) {
    assert_string_equal(duck_result_name(result, i), made[i].column.name);
    assert_string_equal(duck_result_type(result, i), made[i].column.type);
  }
  withdraw(kit, "a \"quoted\" name");
}

/* Operators that keep rows for later, read by several threads; a text that was not copied in time shows as ###. */
static void
test_queries(void **state)
{
  struct kit *kit = *state;
  static const char *const queries[] = {
      "SELECT count(*) FROM $",
      "SELECT count(text), count(*), sum(number) FROM $",
      "SELECT max(text), min(text) FROM $",
      "SELECT md5(string_agg(text, ',' ORDER BY number)) FROM $",
      "SELECT bit_xor(hash(text, number, money)) FROM $ WHERE number % 1000 = 7",
      "SELECT bit_xor(hash(t)) FROM (SELECT * FROM $ ORDER BY text DESC, number) t",
      "SELECT bit_xor(hash(t)) FROM (SELECT text, count(*), sum(real) FROM $ GROUP BY text) t",
      "SELECT bit_xor(hash(a.text, b.text)) FROM $ a JOIN $ b ON a.number = b.number + 1",
      "SELECT bit_xor(hash(a.text, b.text)) FROM $ a LEFT JOIN $ b ON a.text = b.text AND "
      "b.number % 3 = 0",
      "SELECT bit_xor(hash(a.text, b.text)) FROM (SELECT * FROM $ WHERE number < 500) a, (SELECT "
      "* FROM $ WHERE number BETWEEN 7000 AND 7100) b",
      "SELECT bit_xor(hash(number, p)) FROM (SELECT number, lag(text, 3) OVER (ORDER BY number) AS "
      "p "
      "FROM $)",
      "SELECT bit_xor(hash(t)) FROM (SELECT text FROM $ UNION ALL SELECT text FROM $ WHERE flag) "
      "t",
      "SELECT bit_xor(hash(t)) FROM (SELECT DISTINCT day, text FROM $) t",
      "SELECT md5(list(text ORDER BY number)::VARCHAR) FROM $ WHERE number < 5000",
      "SELECT arg_max(text, number), arg_min(text, real) FROM $",
      "WITH a AS MATERIALIZED (SELECT text, number FROM $) SELECT bit_xor(hash(x.text, y.text)) "
      "FROM a x JOIN a y ON x.number = y.number",
      "SELECT bit_xor(hash(text)) FROM (SELECT text FROM $ ORDER BY number LIMIT 700 OFFSET "
      "12345)",
  };
  struct maker maker;
  struct duck_feed feed = make_feed(&maker, 30000, 6);
  make_expected(kit, 30000);
  offer(kit, "made", &feed);
  for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
    g_auto(GStrv) pieces = g_strsplit(queries[i], "$", -1);
    g_autofree char *of_made = g_strjoinv("made", pieces);
    g_autofree char *of_expected = g_strjoinv("expected", pieces);
    g_autoptr(GString) sql = g_string_new(NULL);
    g_string_printf(sql,
                    "SELECT (SELECT t::VARCHAR FROM (%s) t) IS NOT DISTINCT FROM (SELECT "
                    "t::VARCHAR FROM (%s) t)",
                    of_made, of_expected);
    g_autofree char *same = kit_ask(kit, sql->str);
    if (strcmp(same, "true") != 0)
      fail_msg("another result by %s", of_made);
    check_closed(&maker);
  }
  withdraw(kit, "made");
}

static void
test_copy_out(void **state)
{
  struct kit *kit = *state;
  struct maker maker;
  struct duck_feed feed = make_feed(&maker, 30000, 6);
  make_expected(kit, 30000);
  offer(kit, "made", &feed);
  g_autofree char *folder = g_dir_make_tmp("kindling-feed-XXXXXX", NULL);
  g_autofree char *copy = g_strdup_printf("COPY (FROM made) TO '%s/x.parquet'", folder);
  g_autofree char *view =
      g_strdup_printf("CREATE OR REPLACE TEMPORARY VIEW made AS FROM '%s/x.parquet'", folder);
  g_autofree char *remove = g_strdup_printf("rm -r %s", folder);
  kit_exec(kit, copy);
  withdraw(kit, "made");
  kit_exec(kit, view);
  check_same_rows(kit);
  kit_exec(kit, "DROP VIEW made");
  assert_true(g_spawn_command_line_sync(remove, NULL, NULL, NULL, NULL));
}

static void
test_only_wanted_columns(void **state)
{
  struct kit *kit = *state;
  struct maker maker;
  struct duck_feed feed = make_feed(&maker, 5000, 2);
  offer(kit, "made", &feed);
  kit_exec(kit, "SELECT sum(m.number) FROM made m WHERE m.select > 10");
  assert_int_equal(maker.wanted, 1 | 1 << 12);
  g_autofree char *count = kit_ask(kit, "SELECT count(*) FROM made");
  assert_string_equal(count, "5000");
  withdraw(kit, "made");
}

static void
test_withdrawn(void **state)
{
  struct kit *kit = *state;
  struct maker maker;
  struct duck_feed feed = make_feed(&maker, 10, 1);
  offer(kit, "made", &feed);
  kit_exec(kit, "CREATE OR REPLACE TEMPORARY VIEW above AS FROM made");
  withdraw(kit, "made");
  static const char *const readers[] = {"FROM made", "FROM above", "FROM kindling_feed(0)",
                                        "FROM kindling_feed(1000000)", "FROM kindling_feed(NULL)"};
  for (gsize i = 0; i < G_N_ELEMENTS(readers); i++) {
    g_autoptr(GError) error = NULL;
    struct duck_result *result = duck_query(kit->connection, readers[i], NULL, NULL, &error);
    assert_null(result);
    assert_non_null(error);
    assert_null(strstr(error->message, "DuckDB failed inside"));
  }
  assert_int_equal(maker.opened, 0);
  g_autoptr(GError) error = NULL;
  assert_false(duck_feed_withdraw(kit->connection, "made", &error));
  assert_string_equal(error->message, "no rows are offered as 'made'");
}

static void
check_gone(struct kit *kit, const char *sql)
{
  g_autoptr(GError) error = NULL;
  assert_null(duck_query(kit->connection, sql, NULL, NULL, &error));
  if (strstr(error->message, "these rows were withdrawn") == NULL)
    fail_msg("%s: %s", sql, error->message);
}

/* A query that was bound before is held to it too. The first two offers of a database are numbers 0 and 1. */
static void
test_offered_again(void **state UNUSED)
{
  struct duck_options options = {.threads = 2};
  AUTO(duck_close) struct duck *duck = duck_open(&options, NULL);
  AUTO(duck_disconnect) struct duck_connection *connection = duck_connect(duck, NULL);
  struct kit kit = {.duck = duck, .connection = connection};
  struct maker first_maker, second_maker;
  struct duck_feed first = make_feed(&first_maker, 10, 1), second = make_feed(&second_maker, 20, 1);
  second.column_count = 2;
  offer(&kit, "made", &first);
  kit_exec(&kit, "PREPARE of_first AS FROM kindling_feed(0::UBIGINT)");
  offer(&kit, "made", &second);
  kit_exec(&kit, "PREPARE of_second AS FROM kindling_feed(1::UBIGINT)");
  kit_exec(&kit, "EXECUTE of_second");
  check_gone(&kit, "EXECUTE of_first");
  g_autofree char *columns_there = kit_ask(&kit, "SELECT count(*) FROM (DESCRIBE made)");
  g_autofree char *rows = kit_ask(&kit, "SELECT count(*) FROM made");
  assert_string_equal(columns_there, "2");
  assert_string_equal(rows, "20");
  assert_int_equal(first_maker.opened, 0);
  withdraw(&kit, "made");
  check_gone(&kit, "EXECUTE of_second");
  check_gone(&kit, "FROM kindling_feed(0::UBIGINT)");
  check_gone(&kit, "FROM kindling_feed(1::UBIGINT)");
}

static void
test_read_in_parallel(void **state)
{
  struct kit *kit = *state;
  struct maker maker;
  struct duck_feed feed = make_feed(&maker, 10000, 2);
  maker.waits = true;
  offer(kit, "made", &feed);
  double start = clock_seconds();
  kit_exec(kit, "SELECT max(text) FROM made");
  assert_true(clock_seconds() - start < 9);
  check_closed(&maker);
  withdraw(kit, "made");
}

static void
check_refused(struct kit *kit, const struct maker *maker, const char *sql)
{
  g_autoptr(GError) error = NULL;
  struct duck_result *result = duck_query(kit->connection, sql, NULL, NULL, &error);
  assert_null(result);
  assert_string_equal(error->message, "the rows of 'made' cannot be read");
  check_closed(maker);
  g_autofree char *after = kit_ask(kit, "SELECT 'still alive'");
  assert_string_equal(after, "still alive");
}

static void
test_failing_feed(void **state)
{
  struct kit *kit = *state;
  struct maker maker;
  struct duck_feed feed = make_feed(&maker, 100000, 4);
  offer(kit, "made", &feed);
  maker.fail_at = 60000;
  check_refused(kit, &maker, "SELECT max(text) FROM made");
  maker.fail_at = G_MAXUINT64;
  maker.refuse_part = 2;
  check_refused(kit, &maker, "SELECT max(text) FROM made");
  maker.refuse_part = G_MAXUINT;
  maker.too_many = 2049;
  check_refused(kit, &maker, "SELECT max(text) FROM made");
  maker.too_many = 0;
  feed.rows = 100001;
  check_refused(kit, &maker, "SELECT max(text) FROM made");
  feed.rows = 99999;
  check_refused(kit, &maker, "SELECT max(text) FROM made");
  feed.rows = 100000;
  g_autofree char *count = kit_ask(kit, "SELECT count(*) FROM made");
  assert_string_equal(count, "100000");
  withdraw(kit, "made");
}

/* A LIMIT leaves parts half read; they are closed all the same. */
static void
test_left_half_read(void **state)
{
  struct kit *kit = *state;
  struct maker maker;
  struct duck_feed feed = make_feed(&maker, 1000000, 4);
  offer(kit, "made", &feed);
  g_autofree char *count = kit_ask(kit, "SELECT count(*) FROM (SELECT text FROM made LIMIT 10)");
  assert_string_equal(count, "10");
  assert_true(maker.opened >= 1);
  check_closed(&maker);
  withdraw(kit, "made");
}

static bool
stop_at_second_look(double share UNUSED, gpointer user)
{
  return ++*(guint *)user < 2;
}

static void
test_interrupted(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  struct maker maker;
  guint looks = 0;
  struct duck_feed feed = make_feed(&maker, (guint64)1 << 40, 4);
  feed.column_count = 1;
  offer(kit, "made", &feed);
  assert_null(duck_query(kit->connection, "SELECT max(number) FROM made", stop_at_second_look,
                         &looks, &error));
  assert_true(error_is(error, ERROR_INTERRUPTED));
  check_closed(&maker);
  withdraw(kit, "made");
}

static void
test_refused_feeds(void **state)
{
  struct kit *kit = *state;
  static const struct duck_feed_column listed[] = {{"a", "INTEGER[]"}};
  static const struct {
    struct duck_feed feed;
    const char *message;
  } cases[] = {
      {{.columns = listed, .column_count = 0, .parts = 1}, "'made' has no columns"},
      {{.columns = listed, .column_count = 1, .parts = 0}, "'made' has no parts"},
      {{.columns = listed, .column_count = 1, .parts = 1},
       "column 'a' of 'made' cannot be offered as INTEGER[]"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    assert_false(duck_feed_offer(kit->connection, "made", &cases[i].feed, &error));
    assert_string_equal(error->message, cases[i].message);
  }
}

struct side_reader {
  struct kit kit;
  const struct duck_feed *feed;
  char *answer;
};

static gpointer
read_aside(gpointer data)
{
  struct side_reader *side = data;
  offer(&side->kit, "made", side->feed);
  for (guint i = 0; i < 3; i++) {
    g_free(side->answer);
    side->answer = kit_ask(&side->kit, "SELECT bit_xor(hash(t)) FROM made t");
  }
  withdraw(&side->kit, "made");
  return NULL;
}

/* One feed on several connections at a time, with the configuration locked. */
static void
test_side_by_side(void **state UNUSED)
{
  struct duck_options options = {.threads = 2};
  AUTO(duck_close) struct duck *duck = duck_open(&options, NULL);
  struct maker maker;
  struct duck_feed feed = make_feed(&maker, 50000, 3);
  struct side_reader sides[3] = {0};
  GThread *threads[G_N_ELEMENTS(sides)];
  for (gsize i = 0; i < G_N_ELEMENTS(sides); i++) {
    sides[i].kit.connection = duck_connect(duck, NULL);
    sides[i].feed = &feed;
  }
  make_expected(&sides[0].kit, 50000);
  g_autofree char *expected = kit_ask(&sides[0].kit, "SELECT bit_xor(hash(t)) FROM expected t");
  assert_true(duck_lock_configuration(sides[0].kit.connection, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS(sides); i++)
    threads[i] = g_thread_new("side", read_aside, &sides[i]);
  for (gsize i = 0; i < G_N_ELEMENTS(sides); i++) {
    (void)g_thread_join(threads[i]);
    assert_string_equal(sides[i].answer, expected);
    g_free(sides[i].answer);
    duck_disconnect(sides[i].kit.connection);
  }
  check_closed(&maker);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_all_types),
      cmocka_unit_test(test_names_and_types),
      cmocka_unit_test(test_queries),
      cmocka_unit_test(test_copy_out),
      cmocka_unit_test(test_only_wanted_columns),
      cmocka_unit_test(test_withdrawn),
      cmocka_unit_test(test_offered_again),
      cmocka_unit_test(test_read_in_parallel),
      cmocka_unit_test(test_failing_feed),
      cmocka_unit_test(test_left_half_read),
      cmocka_unit_test(test_interrupted),
      cmocka_unit_test(test_refused_feeds),
      cmocka_unit_test(test_side_by_side),
  };
  return cmocka_run_group_tests(tests, kit_open, kit_close);
}
