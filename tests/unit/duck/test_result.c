/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/duck_kit.h"
#include <string.h>

struct cell_case {
  const char *sql;
  const char *type;
  const char *text; /* NULL: what DuckDB's own cast to VARCHAR gives */
  const char *json; /* NULL: the text as a JSON string */
};

static const struct cell_case cells[] = {
    {"true", "BOOLEAN", "true", NULL},
    {"(-128)::TINYINT", "TINYINT", "-128", NULL},
    {"(-32768)::SMALLINT", "SMALLINT", "-32768", NULL},
    {"(-2147483648)::INTEGER", "INTEGER", "-2147483648", NULL},
    {"(-9223372036854775808)::BIGINT", "BIGINT", "-9223372036854775808", NULL},
    {"255::UTINYINT", "UTINYINT", "255", NULL},
    {"65535::USMALLINT", "USMALLINT", "65535", NULL},
    {"4294967295::UINTEGER", "UINTEGER", "4294967295", NULL},
    {"18446744073709551615::UBIGINT", "UBIGINT", "18446744073709551615", NULL},
    {"(-170141183460469231731687303715884105728)::HUGEINT", "HUGEINT",
     "-170141183460469231731687303715884105728", NULL},
    {"340282366920938463463374607431768211455::UHUGEINT", "UHUGEINT",
     "340282366920938463463374607431768211455", NULL},
    {"'-123456789012345678901234567890123456789012345'::BIGNUM", "BIGNUM",
     "-123456789012345678901234567890123456789012345", NULL},
    {"'123456789012345678901234567890123456789012345'::BIGNUM", "BIGNUM",
     "123456789012345678901234567890123456789012345", NULL},
    {"0::BIGNUM", "BIGNUM", "0", NULL},
    {"1.5::FLOAT", "FLOAT", "1.5", NULL},
    {"0.1::DOUBLE", "DOUBLE", "0.1", NULL},
    {"'nan'::DOUBLE", "DOUBLE", "nan", NULL},
    {"'-inf'::DOUBLE", "DOUBLE", "-inf", NULL},
    {"-0.0::DOUBLE", "DOUBLE", NULL, NULL},
    {"(-99.9)::DECIMAL(4,1)", "DECIMAL(4,1)", "-99.9", NULL},
    {"(-1.25)::DECIMAL(9,2)", "DECIMAL(9,2)", "-1.25", NULL},
    {"1::DECIMAL(18,2)", "DECIMAL(18,2)", "1.00", NULL},
    {"(-12345678901234567890.123)::DECIMAL(38,3)", "DECIMAL(38,3)", "-12345678901234567890.123",
     NULL},
    {"'it''s \"ü\" \\ x'", "VARCHAR", "it's \"ü\" \\ x", NULL},
    {"''", "VARCHAR", "", NULL},
    {"repeat('long ', 10)", "VARCHAR", "long long long long long long long long long long ", NULL},
    {"'\\x00\\xFFz'::BLOB", "BLOB", "\\x00\\xFFz", NULL},
    {"'0010110'::BIT", "BIT", "0010110", NULL},
    {"'00112233-4455-6677-8899-aabbccddeeff'::UUID", "UUID", "00112233-4455-6677-8899-aabbccddeeff",
     NULL},
    {"'f0112233-4455-6677-8899-aabbccddeeff'::UUID", "UUID", "f0112233-4455-6677-8899-aabbccddeeff",
     NULL},
    {"DATE '1969-12-31'", "DATE", "1969-12-31", NULL},
    {"'infinity'::DATE", "DATE", "infinity", NULL},
    {"TIME '01:02:03.000004'", "TIME", "01:02:03.000004", NULL},
    {"'12:00:00+01'::TIMETZ", "TIME WITH TIME ZONE", "12:00:00+01", NULL},
    {"TIMESTAMP '1969-12-31 23:59:59.999999'", "TIMESTAMP", "1969-12-31 23:59:59.999999", NULL},
    {"'2020-01-01'::TIMESTAMP_S", "TIMESTAMP_S", NULL, NULL},
    {"'2020-01-01 00:00:00.123'::TIMESTAMP_MS", "TIMESTAMP_MS", NULL, NULL},
    {"'2020-01-01 00:00:00.123456789'::TIMESTAMP_NS", "TIMESTAMP_NS", NULL, NULL},
    {"TIMESTAMPTZ '2020-06-01 12:00:00+02'", "TIMESTAMP WITH TIME ZONE", "2020-06-01 10:00:00+00",
     NULL},
    {"INTERVAL '1 month 2 days 3 seconds'", "INTERVAL", NULL, NULL},
    {"'b''c'::ENUM('a', 'b''c')", "ENUM('a', 'b''c')", "b'c", NULL},
    {"'{\"a\":1}'::JSON", "JSON", "{\"a\":1}", NULL},
    {"[1, NULL, 3]", "INTEGER[]", "[1, NULL, 3]", "[\"1\",null,\"3\"]"},
    {"[]::INTEGER[]", "INTEGER[]", "[]", "[]"},
    {"[['a'], []]", "VARCHAR[][]", NULL, "[[\"a\"],[]]"},
    {"[1, 2]::INTEGER[2]", "INTEGER[2]", "[1, 2]", "[\"1\",\"2\"]"},
    {"{'a': 1, 'b c': NULL::DATE}", "STRUCT(a INTEGER, \"b c\" DATE)", NULL,
     "{\"a\":\"1\",\"b c\":null}"},
    {"MAP {'k': 1, 'q': NULL}", "MAP(VARCHAR, INTEGER)", "{k=1, q=NULL}",
     "{\"k\":\"1\",\"q\":null}"},
    {"MAP {}::MAP(INTEGER, INTEGER)", "MAP(INTEGER, INTEGER)", "{}", "{}"},
    {"MAP {'x': [{'y': 1.5}]}", "MAP(VARCHAR, STRUCT(y DECIMAL(2,1))[])", NULL,
     "{\"x\":[{\"y\":\"1.5\"}]}"},
    {"union_value(k := 'v')", "UNION(k VARCHAR)", "v", NULL},
    {"1::UNION(a VARCHAR, b INTEGER)", "UNION(a VARCHAR, b INTEGER)", "1", NULL},
    {"NULL::UNION(a VARCHAR, b INTEGER)", "UNION(a VARCHAR, b INTEGER)", NULL, "null"},
    {"NULL::INTEGER[]", "INTEGER[]", NULL, "null"},
    {"NULL::UUID", "UUID", NULL, "null"},
    {"1::VARIANT", "VARIANT", "(not shown)", NULL},
};

static void
check_cell(struct kit *kit, const struct cell_case *cell)
{
  GError *error = NULL;
  g_autofree char *sql =
      g_strdup_printf("SELECT %s, (%s)::VARCHAR, typeof(%s)", cell->sql, cell->sql, cell->sql);
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(kit->connection, sql, NULL, NULL, &error);
  if (result == NULL)
    fail_msg("%s: %s", sql, error->message);
  const char *text = duck_result_text(result, 0, 0);
  bool shown = g_strcmp0(text, "(not shown)") != 0;
  if (g_strcmp0(duck_result_type(result, 0), cell->type) != 0 ||
      (cell->text != NULL && g_strcmp0(text, cell->text) != 0) ||
      (shown && g_strcmp0(text, duck_result_text(result, 1, 0)) != 0) ||
      (shown && g_strcmp0(cell->type, duck_result_text(result, 2, 0)) != 0))
    fail_msg("%s: %s (%s), DuckDB says %s (%s)", cell->sql, text, duck_result_type(result, 0),
             duck_result_text(result, 1, 0), duck_result_text(result, 2, 0));
  JSON_AUTO(json) = duck_result_json(result, 0, 0);
  JSON_AUTO(expected) = cell->json == NULL ? json_object_new_string(text)
                                           : json_parse(cell->json, strlen(cell->json), NULL);
  g_autofree char *line = json_line(json), *expected_line = json_line(expected);
  assert_string_equal(line, expected_line);
}

static void
test_cells(void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS(cells); i++)
    check_cell(*state, &cells[i]);
}

static void
test_shape(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  AUTO(duck_result_free)
  struct duck_result *result =
      duck_query(kit->connection, "SELECT i, 'r' || i AS \"the row\" FROM range(5000) t(i)", NULL,
                 NULL, &error);
  assert_non_null(result);
  assert_int_equal(duck_result_rows(result), 5000);
  assert_int_equal(duck_result_columns(result), 2);
  assert_string_equal(duck_result_name(result, 1), "the row");
  assert_null(duck_result_name(result, 2));
  assert_null(duck_result_type(result, 2));
  for (guint64 row = 0; row < 5000; row += 7) { /* across chunks of 2048 rows */
    g_autofree char *expected = g_strdup_printf("r%u", (guint)row);
    assert_int_equal(duck_result_int(result, 0, row, -1), row);
    assert_string_equal(duck_result_text(result, 1, row), expected);
    assert_ptr_equal(duck_result_text(result, 1, row), duck_result_text(result, 1, row));
  }
  assert_null(duck_result_text(result, 0, 5000));
  assert_null(duck_result_text(result, 2, 0));
  assert_null(duck_result_json(result, 0, 5000));
}

static void
test_ints(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(
      kit->connection, "SELECT NULL, 'x', 1.5, '12', (-7)::HUGEINT, 18446744073709551615", NULL,
      NULL, &error);
  static const gint64 expected[] = {42, 42, 42, 12, -7, 42};
  for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
    assert_int_equal(duck_result_int(result, i, 0, 42), expected[i]);
}

static void
test_empty(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  AUTO(duck_result_free)
  struct duck_result *result =
      duck_query(kit->connection, "SELECT 1 AS a WHERE false", NULL, NULL, &error);
  assert_int_equal(duck_result_rows(result), 0);
  assert_string_equal(duck_result_name(result, 0), "a");
  assert_null(duck_result_text(result, 0, 0));
}

static void
test_too_large(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  struct duck_result *result =
      duck_query(kit->connection, "FROM range(4000001)", NULL, NULL, &error);
  assert_null(result);
  assert_true(error_is(error, ERROR_LIMIT));
}

static void
test_copy_statistics(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  g_autofree char *folder = g_dir_make_tmp("kindling-duck-XXXXXX", NULL);
  g_autofree char *sql = g_strdup_printf(
      "COPY (SELECT 1 AS a, 'x' AS p UNION ALL SELECT NULL, 'x') TO '%s/out' (FORMAT parquet, "
      "RETURN_STATS, PARTITION_BY (p))",
      folder);
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(kit->connection, sql, NULL, NULL, &error);
  assert_non_null(result);
  JSON_AUTO(statistics) = duck_result_json(result, 4, 0);
  JSON_AUTO(keys) = duck_result_json(result, 5, 0);
  assert_string_equal(duck_result_name(result, 4), "column_statistics");
  assert_string_equal(json_get_text(json_get(statistics, "\"a\""), "null_count"), "1");
  assert_string_equal(json_get_text(keys, "p"), "x");
  g_autofree char *remove = g_strdup_printf("rm -r %s", folder);
  assert_true(g_spawn_command_line_sync(remove, NULL, NULL, NULL, NULL));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_cells),     cmocka_unit_test(test_shape),
      cmocka_unit_test(test_ints),      cmocka_unit_test(test_empty),
      cmocka_unit_test(test_too_large), cmocka_unit_test(test_copy_statistics),
  };
  return cmocka_run_group_tests(tests, kit_open, kit_close);
}
