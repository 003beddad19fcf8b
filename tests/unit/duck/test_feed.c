/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/duck_kit.h"
#include "duck/feed.h"
#include "util/clock.h"
#include <string.h>

enum { BATCH = 2048, MOST_BYTES = 16, TEXT_BYTES = 48, COLUMNS = 13 };

/* Column n is a function of the row's number, which SQL can give too: `expression`, of i. */
static const struct made_column {
  struct duck_feed_column column;
  const char *expression;
} made[COLUMNS] = {
    {{"number", "BIGINT"}, "i"},
    {{"text", "VARCHAR"}, "'text ' || i || repeat('x', (i % 20)::INTEGER)"},
    {{"big", "HUGEINT"}, "i::HUGEINT * 18446744073709551616 - i"},
    {{"real", "DOUBLE"}, "i / 4"},
    {{"money", "DECIMAL(38,2)"}, "(i::DECIMAL(38,2) / 100)::DECIMAL(38,2)"},
    {{"flag", "BOOLEAN"}, "i % 2 = 1"},
    {{"tiny", "TINYINT"}, "(i % 100)::TINYINT"},
    {{"small", "DECIMAL(4,1)"}, "((i % 1000) / 10)::DECIMAL(4,1)"},
    {{"day", "DATE"}, "DATE '1970-01-01' + (i % 20000)::INTEGER"},
    {{"at", "TIMESTAMP"}, "make_timestamp(i * 1000003)"},
    {{"at_zone", "TIMESTAMP WITH TIME ZONE"}, "make_timestamptz(i * 1000003)"},
    {{"less", "FLOAT"}, "(i / 4)::FLOAT"},
    {{"select", "UBIGINT"}, "i::UBIGINT"},
};

static struct duck_feed_column columns[COLUMNS];

static bool
is_null(guint64 row, guint column)
{
  return column != 0 && (row + column) % 9 == 4;
}

struct maker {
  guint64 rows;
  guint64 batch_rows;
  guint64 fail_at;             /* row; G_MAXUINT64: never */
  guint refuse_part;           /* that open refuses; G_MAXUINT: none */
  guint64 too_many;            /* rows claimed in a batch; 0: as they are */
  bool waits;                  /* the first part, for a second reader */
  gint opened, closed, wanted; /* atomic; wanted: columns made */
};

struct making {
  struct maker *maker;
  guint64 at, end;
  char *values[COLUMNS];
  char *texts;
  guint64 validity[COLUMNS][BATCH / 64];
  const void *value_list[COLUMNS];
  const guint64 *validity_list[COLUMNS];
};

static gpointer
make_open(gpointer user, guint part, guint parts)
{
  struct maker *maker = user;
  if (part == maker->refuse_part)
    return NULL;
  struct making *making = g_new0(struct making, 1);
  making->maker = maker;
  making->at = maker->rows * part / parts;
  making->end = maker->rows * (part + 1) / parts;
  for (guint i = 0; i < COLUMNS; i++)
    making->values[i] = g_malloc(BATCH * MOST_BYTES);
  making->texts = g_malloc(BATCH * TEXT_BYTES);
  g_atomic_int_inc(&maker->opened);
  for (guint i = 0; maker->waits && g_atomic_int_get(&maker->opened) < 2 && i < 10000; i++)
    g_usleep(1000);
  return making;
}

static void
make_close(gpointer data)
{
  struct making *making = data;
  g_atomic_int_inc(&making->maker->closed);
  for (guint i = 0; i < COLUMNS; i++)
    g_free(making->values[i]);
  g_free(making->texts);
  g_free(making);
}

static void
put_text(struct making *making, guint64 row, guint64 place)
{
  char *start = making->texts + place * TEXT_BYTES;
  guint32 length = (guint32)g_snprintf(start, TEXT_BYTES, "text %" G_GUINT64_FORMAT "%.*s", row,
                                       (int)(row % 20), "xxxxxxxxxxxxxxxxxxxx");
  char *value = making->values[1] + place * 16;
  memset(value, 0, 16);
  memcpy(value, &length, 4);
  memcpy(value + 4, start, MIN(length, 12));
  if (length > 12)
    memcpy(value + 8, &start, sizeof start);
}

#define PUT(type, value)                                                                           \
  do {                                                                                             \
    type put = (type)(value);                                                                      \
    memcpy(making->values[column] + place * sizeof put, &put, sizeof put);                         \
  } while (0)

static void
put_value(struct making *making, guint column, guint64 row, guint64 place)
{
  unsigned __int128 wide = column == 2 ? ((unsigned __int128)row << 64) - row : row;
  guint64 words[] = {(guint64)wide, (guint64)(wide >> 64)};
  switch (column) {
  case 1:
    put_text(making, row, place);
    return;
  case 2:
  case 4:
    memcpy(making->values[column] + place * 16, words, 16);
    return;
  case 3:
    PUT(double, (double)row / 4);
    return;
  case 5:
    PUT(guint8, row % 2);
    return;
  case 6:
    PUT(gint8, row % 100);
    return;
  case 7:
    PUT(gint16, row % 1000);
    return;
  case 8:
    PUT(gint32, row % 20000);
    return;
  case 9:
  case 10:
    PUT(gint64, row * 1000003);
    return;
  case 11:
    PUT(float, (float)row / 4);
    return;
  default:
    PUT(gint64, row);
  }
}

/* Of NULLs the value is rubbish, as it may be. */
static void
make_column(struct making *making, guint column, guint64 count)
{
  memset(making->validity[column], 0, sizeof making->validity[column]);
  for (guint64 i = 0; i < count; i++) {
    if (is_null(making->at + i, column))
      continue;
    put_value(making, column, making->at + i, i);
    making->validity[column][i / 64] |= (guint64)1 << (i % 64);
  }
}

/* What the last batch lent is spoiled first. */
static void
spoil(struct making *making)
{
  for (guint i = 0; i < COLUMNS; i++)
    memset(making->values[i], 0xee, BATCH * MOST_BYTES);
  memset(making->texts, '#', BATCH * TEXT_BYTES);
}

static bool
make_next(gpointer data, const guint *wanted, guint count, struct duck_batch *ret_batch)
{
  struct making *making = data;
  struct maker *maker = making->maker;
  guint64 rows = MIN(making->end - making->at, maker->batch_rows);
  spoil(making);
  if (maker->fail_at >= making->at && maker->fail_at < making->at + rows)
    return false;
  for (guint i = 0; i < count; i++) {
    make_column(making, wanted[i], rows);
    making->value_list[i] = making->values[wanted[i]];
    making->validity_list[i] = wanted[i] == 0 ? NULL : making->validity[wanted[i]];
    g_atomic_int_or((guint *)&maker->wanted, 1u << wanted[i]);
  }
  making->at += rows;
  *ret_batch = (struct duck_batch){.rows = maker->too_many != 0 ? maker->too_many : rows,
                                   .values = making->value_list,
                                   .validity = making->validity_list};
  return true;
}

static struct duck_feed
make_feed(struct maker *maker, guint64 rows, guint parts)
{
  *maker = (struct maker){
      .rows = rows, .batch_rows = BATCH, .fail_at = G_MAXUINT64, .refuse_part = G_MAXUINT};
  for (guint i = 0; i < COLUMNS; i++)
    columns[i] = made[i].column;
  return (struct duck_feed){.columns = columns,
                            .column_count = COLUMNS,
                            .rows = rows,
                            .parts = parts,
                            .open = make_open,
                            .next = make_next,
                            .close = make_close,
                            .user = maker};
}

static void
offer(struct kit *kit, const char *name, const struct duck_feed *feed)
{
  g_autoptr(GError) error = NULL;
  if (!duck_feed_offer(kit->connection, name, feed, &error))
    fail_msg("%s", error->message);
}

static void
withdraw(struct kit *kit, const char *name)
{
  g_autoptr(GError) error = NULL;
  if (!duck_feed_withdraw(kit->connection, name, &error))
    fail_msg("%s", error->message);
}

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
