/* SPDX-License-Identifier: Apache-2.0
 * What a scan gives: one suite for both ways. */
#include "duck/scan_kit.h"

enum { MOST_COLUMNS = 2000 };

static gint
compare_texts(gconstpointer a, gconstpointer b)
{
  return strcmp(*(char *const *)a, *(char *const *)b);
}

/* DuckDB prints the shortest digits that read back as the same number. */
static char *
same_digits(enum duck_value value, const char *text)
{
  if (value == DUCK_VALUE_DOUBLE)
    return g_strdup_printf("%.17g", g_ascii_strtod(text, NULL));
  if (value == DUCK_VALUE_FLOAT)
    return g_strdup_printf("%.9g", (double)(float)g_ascii_strtod(text, NULL));
  return g_strdup(text);
}

static GPtrArray *
query_rows(struct kit *kit, const char *sql, const enum duck_value *values)
{
  g_autoptr(GError) error = NULL;
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(kit->connection, sql, NULL, NULL, &error);
  if (result == NULL)
    fail_msg("%s: %s", sql, error->message);
  GPtrArray *rows = g_ptr_array_new_with_free_func(g_free);
  for (guint64 row = 0; row < duck_result_rows(result); row++) {
    GString *text = g_string_new("");
    for (guint i = 0; i < duck_result_columns(result); i++) {
      const char *cell = duck_result_text(result, i, row);
      g_autofree char *same = cell == NULL ? g_strdup("NULL") : same_digits(values[i], cell);
      g_string_append_printf(text, "%s|", same);
    }
    g_ptr_array_add(rows, g_string_free(text, FALSE));
  }
  return rows;
}

static void
check_rows(GPtrArray *got, GPtrArray *expected, const char *sql)
{
  g_ptr_array_sort(got, compare_texts);
  g_ptr_array_sort(expected, compare_texts);
  if (got->len != expected->len)
    fail_msg("%s: %u rows, not %u", sql, got->len, expected->len);
  for (guint i = 0; i < got->len; i++)
    if (strcmp(got->pdata[i], expected->pdata[i]) != 0)
      fail_msg("%s: row %u is %s, not %s", sql, i, (char *)got->pdata[i],
               (char *)expected->pdata[i]);
}

/* readable: the query whose cells, as text, are those numbers that the scan gives. */
static void
check_same(struct kit *kit, const char *sql, const char *readable, const enum duck_value *values,
           guint columns, const char *const *types)
{
  g_autoptr(GError) error = NULL;
  struct recorder recorder;
  recorder_open(&recorder, values, columns);
  struct duck_sink sink = recorder_sink(&recorder);
  sink.types = types;
  if (!duck_scan(kit->connection, sql, way, &sink, NULL, NULL, &error))
    fail_msg("%s: %s", sql, error->message);
  g_autoptr(GPtrArray) expected = query_rows(kit, readable, values);
  check_rows(recorder.rows, expected, sql);
  assert_true(recorder.largest_batch <= 2048);
  recorder_close(&recorder);
}

static const struct type_case {
  const char *type;
  const char *value;    /* of i, from 0 to 9999 */
  const char *readable; /* of x; NULL: x itself */
  enum duck_value layout;
} type_cases[] = {
    {"BOOLEAN", "i % 3 = 0", NULL, DUCK_VALUE_BOOL},
    {"TINYINT", "i % 256 - 128", NULL, DUCK_VALUE_INT8},
    {"SMALLINT", "i - 5000", NULL, DUCK_VALUE_INT16},
    {"INTEGER", "(i - 5000) * 400000", NULL, DUCK_VALUE_INT32},
    {"BIGINT", "(i - 5000) * 1844674407370955", NULL, DUCK_VALUE_INT64},
    {"HUGEINT", "(i - 5000)::HUGEINT * 34028236692093846346337460743176821", NULL,
     DUCK_VALUE_INT128},
    {"UTINYINT", "i % 256", NULL, DUCK_VALUE_UINT8},
    {"USMALLINT", "i * 6", NULL, DUCK_VALUE_UINT16},
    {"UINTEGER", "i * 429496", NULL, DUCK_VALUE_UINT32},
    {"UBIGINT", "i::UBIGINT * 1844674407370955", NULL, DUCK_VALUE_UINT64},
    {"FLOAT", "CASE i % 50 WHEN 1 THEN 'nan' WHEN 2 THEN '-inf' WHEN 3 THEN '-0.0' ELSE i / 7 END",
     NULL, DUCK_VALUE_FLOAT},
    {"DOUBLE", "CASE i % 50 WHEN 1 THEN 'nan' WHEN 2 THEN 'inf' WHEN 3 THEN '-0.0' ELSE i / 7 END",
     NULL, DUCK_VALUE_DOUBLE},
    {"VARCHAR", "repeat('ab€', (i % 10)::INTEGER) || i", NULL, DUCK_VALUE_STRING},
    {"VARCHAR", "substr('0123456789abcdef', 1, (i % 16)::INTEGER)", NULL, DUCK_VALUE_STRING},
    {"DATE", "DATE '1960-02-29' + i::INTEGER * 9", "x - DATE '1970-01-01'", DUCK_VALUE_INT32},
    {"TIMESTAMP", "make_timestamp((i - 5000) * 86399999999)", "epoch_us(x)", DUCK_VALUE_INT64},
    {"TIMESTAMP WITH TIME ZONE", "make_timestamptz((i - 5000) * 86399999999)", "epoch_us(x)",
     DUCK_VALUE_INT64},
    {"TIMESTAMP_S", "make_timestamp((i - 5000) * 86399000000)", "epoch(x)::BIGINT",
     DUCK_VALUE_INT64},
    {"TIMESTAMP_MS", "make_timestamp((i - 5000) * 86399999000)", "epoch_ms(x)", DUCK_VALUE_INT64},
    {"TIMESTAMP_NS", "make_timestamp_ns((i - 5000) * 86399999999999)", "epoch_ns(x)",
     DUCK_VALUE_INT64},
    {"DECIMAL(4,1)", "(i % 2000 - 1000) / 10", "replace(x::VARCHAR, '.', '')::INTEGER",
     DUCK_VALUE_INT16},
    {"DECIMAL(9,3)", "(i - 5000) / 8", "replace(x::VARCHAR, '.', '')::INTEGER", DUCK_VALUE_INT32},
    {"DECIMAL(18,2)", "(i - 5000) * 12345678901 / 4", "replace(x::VARCHAR, '.', '')::BIGINT",
     DUCK_VALUE_INT64},
    {"DECIMAL(38,10)", "(i - 5000)::DECIMAL(38,10) * 123456789012345",
     "replace(x::VARCHAR, '.', '')::HUGEINT", DUCK_VALUE_INT128},
};

static void
test_types(void **state)
{
  struct kit *kit = *state;
  for (gsize i = 0; i < G_N_ELEMENTS(type_cases); i++) {
    const struct type_case *row = &type_cases[i];
    assert_int_equal(duck_value_of(row->type), row->layout);
    g_autofree char *make =
        g_strdup_printf("CREATE OR REPLACE TABLE typed AS SELECT (CASE WHEN i %% 7 = 5 THEN NULL "
                        "ELSE %s END)::%s AS x FROM range(10000) t(i)",
                        row->value, row->type);
    kit_exec(kit, make);
    g_autofree char *readable =
        g_strdup_printf("SELECT %s AS x FROM typed", row->readable == NULL ? "x" : row->readable);
    const char *const types[] = {row->type, NULL};
    check_same(kit, "SELECT x FROM typed", readable, &row->layout, 1, NULL);
    check_same(kit, "SELECT x FROM typed", readable, &row->layout, 1, types);
  }
}

static void
test_types_without_layout(void **state)
{
  struct kit *kit = *state;
  static const char *const refused[] = {
      "SELECT [1, 2] AS x",
      "SELECT {'a': 1} AS x",
      "SELECT MAP {'a': 1} AS x",
      "SELECT INTERVAL 1 DAY AS x",
      "SELECT 'a'::ENUM('a', 'b') AS x",
      "SELECT uuid() AS x",
      "SELECT 'a'::BLOB AS x",
      "SELECT TIME '01:02:03' AS x",
      "SELECT '101'::BIT AS x",
      "SELECT 1::UHUGEINT AS x",
      "SELECT '{}'::JSON AS x",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
    g_autoptr(GError) error = NULL;
    struct recorder recorder;
    recorder_open(&recorder, NULL, 1);
    assert_false(scan(kit, refused[i], &recorder, &error));
    if (error == NULL || !g_str_has_prefix(error->message, "column 'x' of type "))
      fail_msg("%s: %s", refused[i], error == NULL ? "no error" : error->message);
    assert_int_equal(recorder.begun, 0);
    recorder_close(&recorder);
  }
  static const char *const none[] = {"",          "DECIMAL", "DECIMAL(39,2)", "DECIMAL(3,4)",
                                     "INTEGER[]", "integer", "JSON",          "UNKNOWN"};
  for (gsize i = 0; i < G_N_ELEMENTS(none); i++)
    assert_int_equal(duck_value_of(none[i]), DUCK_VALUE_NONE);
}

static void
make_events(struct kit *kit)
{
  kit_exec(kit,
           "CREATE OR REPLACE TABLE events AS SELECT i AS id, "
           "CASE WHEN i % 11 <> 3 THEN 'user ' || (i * 7919 % 1000) || repeat('x', (i % 20)::INT) "
           "END AS name, CASE WHEN i % 5 <> 0 THEN i / 3 END AS value, "
           "CASE i % 4 WHEN 0 THEN 'view' WHEN 1 THEN 'buy' WHEN 2 THEN NULL ELSE "
           "'an event with a long name' END AS kind FROM range(20000) t(i)");
  kit_exec(kit,
           "CREATE OR REPLACE TABLE kinds AS FROM (VALUES ('view', 1), ('buy', 2), ('buy', 3)) "
           "t(kind, weight)");
}

static void
test_shapes(void **state)
{
  struct kit *kit = *state;
  make_events(kit);
#define L DUCK_VALUE_INT64
#define T DUCK_VALUE_STRING
#define D DUCK_VALUE_DOUBLE
#define B DUCK_VALUE_BOOL
#define I DUCK_VALUE_INT32
  static const struct {
    const char *sql;
    guint columns;
    enum duck_value values[8];
  } cases[] = {
      {"SELECT id, name, value, kind FROM events", 4, {L, T, D, T}},
      {"FROM events", 4, {L, T, D, T}},
      {"SELECT id, name FROM events WHERE id % 3 = 1", 2, {L, T}},
      {"SELECT id, name FROM events WHERE id = 777", 2, {L, T}},
      {"SELECT id, kind FROM events WHERE kind = 'buy' AND value > 100", 2, {L, T}},
      {"SELECT id, name FROM events WHERE false", 2, {L, T}},
      {"SELECT id, name FROM events WHERE id < 0", 2, {L, T}},
      {"SELECT name, value > 100 AS w, kind = 'buy' AS w2 FROM events", 3, {T, B, B}},
      {"SELECT e.id, k.weight, e.kind FROM events e JOIN kinds k USING (kind)", 3, {L, I, T}},
      {"SELECT e.id, k.weight FROM events e LEFT JOIN kinds k USING (kind)", 2, {L, I}},
      {"SELECT kind, count(*), sum(value) FROM events GROUP BY ALL HAVING count(*) > 1",
       3,
       {T, L, D}},
      {"SELECT DISTINCT kind FROM events", 1, {T}},
      {"SELECT id FROM events ORDER BY id DESC LIMIT 3000", 1, {L}},
      {"SELECT id, row_number() OVER (PARTITION BY kind ORDER BY id) FROM events", 2, {L, L}},
      {"SELECT id, name FROM events UNION ALL SELECT id, kind FROM events WHERE id < 100",
       2,
       {L, T}},
      {"SELECT id, id, name AS id, id + 1 AS id FROM events", 4, {L, L, T, L}},
      {"WITH a AS (SELECT id, unnest([1, 2, 3]) AS n FROM events) SELECT * FROM a", 2, {L, I}},
      {"SELECT id -- with a comment at the end", 1, {L}},
      {"SELECT NULL AS n, 1 AS one, 'text that is longer than twelve' AS t", 3, {I, I, T}},
      {"SELECT NULL::VARCHAR AS n, 'constant' AS c, id FROM events", 3, {T, T, L}},
      {"SELECT NULL::INTEGER AS n FROM events", 1, {I}},
      {"VALUES (1, 'a'), (NULL, NULL)", 2, {I, T}},
      {"SELECT count(*) FROM events", 1, {L}},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *sql = strstr(cases[i].sql, "--") == NULL
                               ? g_strdup(cases[i].sql)
                               : g_strdup("SELECT id FROM events -- with a comment at the end");
    check_same(kit, sql, sql, cases[i].values, cases[i].columns, NULL);
  }
}

static void
test_many_columns(void **state)
{
  struct kit *kit = *state;
  static const guint counts[] = {200, 1000, MOST_COLUMNS};
  enum duck_value values[MOST_COLUMNS];
  for (gsize i = 0; i < G_N_ELEMENTS(counts); i++) {
    g_autoptr(GString) sql = g_string_new("SELECT ");
    for (guint column = 0; column < counts[i]; column++) {
      values[column] = DUCK_VALUE_INT64;
      g_string_append_printf(sql, "%snullif(i * %u, 3)", column == 0 ? "" : ", ", column);
    }
    g_string_append(sql, " FROM range(50) t(i)");
    check_same(kit, sql->str, sql->str, values, counts[i], NULL);
  }
}

static void
test_all_rows_by_all_threads(void **state)
{
  struct kit *kit = *state;
  static const enum duck_value values[] = {DUCK_VALUE_INT64, DUCK_VALUE_STRING};
  kit_exec(kit,
           "CREATE OR REPLACE TABLE numbers AS SELECT i, i::VARCHAR AS t FROM range(1000000) t(i)");
  struct recorder recorder;
  recorder_open(&recorder, values, 2);
  recorder.counts_only = true;
  assert_true(scan(kit, "SELECT i, t FROM numbers WHERE md5(t) > '5'", &recorder, NULL));
  g_autofree char *count = kit_ask(kit, "SELECT count(*) FROM numbers WHERE md5(t) > '5'");
  assert_int_equal(recorder.row_count, g_ascii_strtoull(count, NULL, 10));
  if (way == DUCK_SCAN_AGGREGATE)
    assert_int_equal(g_hash_table_size(recorder.threads), 2);
  else
    assert_int_equal(recorder.begun, 1);
  assert_true(recorder.begun <= 2);
  recorder_close(&recorder);
}

/* DuckDB moves the only state instead of combining it. */
static void
test_one_thread(void **state UNUSED)
{
  static const enum duck_value values[] = {DUCK_VALUE_INT64};
  struct duck_options options = {.threads = 1};
  AUTO(duck_close) struct duck *duck = duck_open(&options, NULL);
  AUTO(duck_disconnect) struct duck_connection *connection = duck_connect(duck, NULL);
  struct recorder recorder;
  recorder_open(&recorder, values, 1);
  recorder.counts_only = true;
  struct duck_sink sink = recorder_sink(&recorder);
  assert_true(
      duck_scan(connection, "SELECT range FROM range(300000)", way, &sink, NULL, NULL, NULL));
  assert_int_equal(recorder.row_count, 300000);
  assert_int_equal(recorder.begun, 1);
  recorder_close(&recorder);
}

/* A UNION ALL has a state for each thread and branch; a worker is a thread's all the same. */
static void
test_few_workers(void **state)
{
  struct kit *kit = *state;
  static const enum duck_value values[] = {DUCK_VALUE_INT64};
  g_autoptr(GString) sql = g_string_new("SELECT i FROM numbers");
  kit_exec(kit, "CREATE OR REPLACE TABLE numbers AS SELECT i FROM range(300000) t(i)");
  for (guint i = 0; i < 30; i++)
    g_string_append_printf(sql, " UNION ALL SELECT i + %u FROM numbers", i);
  struct recorder recorder;
  recorder_open(&recorder, values, 1);
  recorder.counts_only = true;
  assert_true(scan(kit, sql->str, &recorder, NULL));
  assert_int_equal(recorder.row_count, 31 * 300000);
  assert_true(recorder.begun <= 2);
  recorder_close(&recorder);
}

static void
test_many_files(void **state)
{
  struct kit *kit = *state;
  static const enum duck_value values[] = {DUCK_VALUE_INT64, DUCK_VALUE_STRING, DUCK_VALUE_INT64};
  make_events(kit);
  g_autofree char *folder = g_dir_make_tmp("kindling-scan-XXXXXX", NULL);
  g_autofree char *copy = g_strdup_printf("COPY (SELECT id, name, id %% 150 AS part FROM events) "
                                          "TO '%s/t' (FORMAT parquet, PARTITION_BY (part))",
                                          folder);
  kit_exec(kit, copy);
  g_autofree char *sql =
      g_strdup_printf("SELECT id, name, part FROM read_parquet('%s/t/*/*.parquet', "
                      "hive_partitioning = true) WHERE part <> 7",
                      folder);
  check_same(kit, sql, sql, values, 3, NULL);
  remove_tree(folder);
}

static void
test_expected_types(void **state)
{
  struct kit *kit = *state;
  static const enum duck_value values[] = {DUCK_VALUE_INT32, DUCK_VALUE_STRING};
  static const char *const types[] = {"INTEGER", "VARCHAR", NULL};
  static const char *const refused[] = {
      "SELECT 1 AS a",
      "SELECT 1 AS a, 2 AS b",
      "SELECT 1::BIGINT AS a, 'b' AS b",
      "SELECT 1 AS a, [1] AS b",
      "SELECT no_such_column, 'b' AS b",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
    g_autoptr(GError) error = NULL;
    struct recorder recorder;
    recorder_open(&recorder, values, 2);
    struct duck_sink sink = recorder_sink(&recorder);
    sink.types = types;
    if (duck_scan(kit->connection, refused[i], way, &sink, NULL, NULL, &error))
      fail_msg("scanned: %s", refused[i]);
    assert_true(error_is(error, ERROR_FAILED));
    assert_int_equal(recorder.begun, 0);
    recorder_close(&recorder);
  }
  check_same(kit, "SELECT 7 AS a, 'b' AS b, 'cut off' AS c", "SELECT 7, 'b'", values, 2, types);
}

static void
test_expected_without_layout(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  static const char *const types[] = {"INTEGER[]", NULL};
  struct recorder recorder;
  recorder_open(&recorder, NULL, 1);
  struct duck_sink sink = recorder_sink(&recorder);
  sink.types = types;
  assert_false(duck_scan(kit->connection, "SELECT [1] AS a", way, &sink, NULL, NULL, &error));
  assert_non_null(strstr(error->message, "of type INTEGER[] cannot be scanned"));
  recorder_close(&recorder);
}

struct side_scan {
  struct kit kit;
  struct recorder recorder;
  bool done;
};

static gpointer
scan_aside(gpointer data)
{
  struct side_scan *side = data;
  side->done = true;
  for (guint i = 0; side->done && i < 5; i++)
    side->done = scan(&side->kit, "SELECT range FROM range(400000)", &side->recorder, NULL);
  return NULL;
}

/* Scans of the same types on several connections, with the configuration locked. */
static void
test_scans_side_by_side(void **state UNUSED)
{
  static const enum duck_value values[] = {DUCK_VALUE_INT64};
  struct duck_options options = {.threads = 2};
  AUTO(duck_close) struct duck *duck = duck_open(&options, NULL);
  struct side_scan sides[3] = {0};
  GThread *threads[G_N_ELEMENTS(sides)];
  for (gsize i = 0; i < G_N_ELEMENTS(sides); i++) {
    sides[i].kit.connection = duck_connect(duck, NULL);
    recorder_open(&sides[i].recorder, values, 1);
    sides[i].recorder.counts_only = true;
  }
  assert_true(duck_lock_configuration(sides[0].kit.connection, NULL));
  for (gsize i = 0; i < G_N_ELEMENTS(sides); i++)
    threads[i] = g_thread_new("side", scan_aside, &sides[i]);
  for (gsize i = 0; i < G_N_ELEMENTS(sides); i++) {
    (void)g_thread_join(threads[i]);
    assert_true(sides[i].done);
    assert_int_equal(sides[i].recorder.row_count, 5 * 400000);
    recorder_close(&sides[i].recorder);
    duck_disconnect(sides[i].kit.connection);
  }
}

struct follower {
  gint64 file, row; /* last ones */
};

static gpointer
follow_begin(gpointer user UNUSED)
{
  struct follower *follower = g_new0(struct follower, 1);
  follower->file = -1;
  return follower;
}

/* Stops at a step back. */
static bool
follow_take(gpointer worker, const struct duck_batch *batch)
{
  struct follower *follower = worker;
  const gint64 *files = batch->values[0], *rows = batch->values[1];
  if (files[0] < follower->file)
    return false;
  if (files[0] > follower->file)
    follower->row = -1;
  follower->file = files[0];
  for (guint64 i = 0; i < batch->rows; i++) {
    if (files[i] != files[0] || rows[i] <= follower->row)
      return false;
    follower->row = rows[i];
  }
  return true;
}

static void
test_order_of_files(void **state)
{
  struct kit *kit = *state;
  if (way != DUCK_SCAN_AGGREGATE)
    return;
  g_autofree char *folder = g_dir_make_tmp("kindling-scan-XXXXXX", NULL);
  g_autoptr(GString) paths = g_string_new("");
  for (guint i = 0; i < 20; i++) {
    g_autofree char *copy = g_strdup_printf(
        "COPY (SELECT %u::BIGINT AS file, i FROM range(%u) t(i)) TO '%s/%u.parquet' (FORMAT "
        "parquet, ROW_GROUP_SIZE 30000)",
        i, i % 7 == 0 ? 200000u : 5000u, folder, 100 - i);
    kit_exec(kit, copy);
    g_string_append_printf(paths, "%s'%s/%u.parquet'", i == 0 ? "" : ", ", folder, 100 - i);
  }
  static const char *const filters[] = {"true", "i % 97 = 3"};
  const struct duck_sink sink = {.begin = follow_begin, .take = follow_take, .end = g_free};
  for (gsize i = 0; i < G_N_ELEMENTS(filters); i++) {
    g_autofree char *sql =
        g_strdup_printf("SELECT file, i FROM read_parquet([%s]) WHERE %s", paths->str, filters[i]);
    assert_true(duck_scan(kit->connection, sql, way, &sink, NULL, NULL, NULL));
  }
  remove_tree(folder);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_types),
      cmocka_unit_test(test_types_without_layout),
      cmocka_unit_test(test_expected_types),
      cmocka_unit_test(test_expected_without_layout),
      cmocka_unit_test(test_shapes),
      cmocka_unit_test(test_many_columns),
      cmocka_unit_test(test_all_rows_by_all_threads),
      cmocka_unit_test(test_one_thread),
      cmocka_unit_test(test_few_workers),
      cmocka_unit_test(test_many_files),
      cmocka_unit_test(test_order_of_files),
      cmocka_unit_test(test_scans_side_by_side),
  };
  return run_by_both_ways(tests);
}
