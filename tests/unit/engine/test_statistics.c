/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine_kit.h"
#include "engine/local/local.h"

/* Statistics of the one file that a query makes, as one line of JSON. */
static char *
statistics_of(const char *query)
{
  struct kit *kit = kit_new();
  kit_input(kit, "one", "SELECT 1 AS one");
  g_autofree char *script = g_strdup_printf(
      "SET TimeZone = 'Asia/Seoul'; COPY (SELECT x FROM one, (%s) t(x)) TO 'out' (FORMAT parquet);",
      query);
  kit_plan(kit, 1, script);
  struct engine_output output = kit_run(kit, 0, ENGINE_OPTIMISED);
  assert_int_equal(output.files->len, 1);
  const struct engine_file *file = g_ptr_array_index(output.files, 0);
  char *line = json_line(file->statistics);
  engine_output_clear(&output);
  kit_free(kit);
  return line;
}

struct statistics_case {
  const char *query;
  const char *expected; /* rows, minimum, maximum, nulls */
};

#define BOTH(rows, low, high, nulls)                                                               \
  "{\"numRecords\":" #rows ",\"minValues\":{\"x\":" low "},\"maxValues\":{\"x\":" high             \
  "},\"nullCount\":{\"x\":" #nulls "}}"
#define NONE(rows, nulls)                                                                          \
  "{\"numRecords\":" #rows ",\"minValues\":{},\"maxValues\":{},\"nullCount\":{\"x\":" #nulls "}}"

static const struct statistics_case cases[] = {
    {"VALUES (3), (-1), (NULL)", BOTH(3, "-1", "3", 1)},
    {"VALUES (9223372036854775807), (-9223372036854775807)",
     BOTH(2, "-9223372036854775807", "9223372036854775807", 0)},
    {"VALUES (7::TINYINT)", BOTH(1, "7", "7", 0)},
    {"VALUES (NULL::INTEGER)", NONE(1, 1)},
    {"VALUES (0.1::DOUBLE), (1e300)", BOTH(2, "0.1", "1e+300", 0)},
    {"VALUES (-5e-324::DOUBLE), (1)", BOTH(2, "-5e-324", "1.0", 0)},
    {"VALUES (0.1::FLOAT)", BOTH(1, "0.1", "0.1", 0)},
    {"VALUES (0.0::DOUBLE)", BOTH(1, "-0.0", "0.0", 0)},
    {"VALUES (-0.0::DOUBLE)", BOTH(1, "-0.0", "0.0", 0)},
    {"VALUES ('nan'::DOUBLE), (1)", NONE(2, 0)},
    {"VALUES ('inf'::DOUBLE), (1)", NONE(2, 0)},
    {"VALUES ('-inf'::FLOAT), (1)", NONE(2, 0)},
    {"VALUES ('b'), ('a'), (NULL)", BOTH(3, "\"a\"", "\"b\"", 1)},
    {"VALUES ('')", BOTH(1, "\"\"", "\"\"", 0)},
    {"VALUES ('\"\\q한')", BOTH(1, "\"\\\"\\\\q한\"", "\"\\\"\\\\q한\"", 0)},
    {"VALUES (repeat('é', 32))",
     BOTH(1, "\"éééééééééééééééééééééééééééééééé\"", "\"éééééééééééééééééééééééééééééééé\"", 0)},
    {"VALUES (repeat('é', 33)), ('a')", NONE(2, 0)},
    {"VALUES (DATE '2024-02-29'), (DATE '1969-12-31')",
     BOTH(2, "\"1969-12-31\"", "\"2024-02-29\"", 0)},
    {"VALUES (DATE 'infinity'), (DATE '1969-12-31')", NONE(2, 0)},
    {"VALUES (DATE '12024-02-29')", NONE(1, 0)},
    {"VALUES (TIMESTAMP '1969-12-31 23:59:59.000001')",
     BOTH(1, "\"1969-12-31T23:59:59.000001\"", "\"1969-12-31T23:59:59.000001\"", 0)},
    {"VALUES (TIMESTAMP '2024-01-01')",
     BOTH(1, "\"2024-01-01T00:00:00\"", "\"2024-01-01T00:00:00\"", 0)},
    {"VALUES (TIMESTAMPTZ '2024-01-01 00:00:00+09')",
     BOTH(1, "\"2023-12-31T15:00:00Z\"", "\"2023-12-31T15:00:00Z\"", 0)},
    {"VALUES (1.50::DECIMAL(10,2)), (-0.05)", BOTH(2, "-0.05", "1.50", 0)},
    {"VALUES ('12345678901234567890123456789012345678'::DECIMAL(38,0))",
     BOTH(1, "12345678901234567890123456789012345678", "12345678901234567890123456789012345678",
          0)},
    {"VALUES (true), (false)", BOTH(2, "false", "true", 0)},
    {"VALUES ('a'::BLOB)", NONE(1, 0)},
};

static void
bounds_are_told_as_delta_wants_them(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *found = statistics_of(cases[i].query);
    if (!g_str_equal(found, cases[i].expected))
      fail_msg("%s: found %s, expected %s", cases[i].query, found, cases[i].expected);
  }
}

static void
nested_columns_have_no_bounds(void **state)
{
  (void)state;
  g_autofree char *found = statistics_of("VALUES ({'a': 1})");
  assert_string_equal(found,
                      "{\"numRecords\":1,\"minValues\":{},\"maxValues\":{},\"nullCount\":{}}");
}

static void
names_are_unquoted(void **state)
{
  (void)state;
  char name[] = "a\"b", type[] = "INTEGER";
  struct plan_column column = {.name = name, .type = type, .stored_type = type};
  g_autoptr(GPtrArray) columns = g_ptr_array_new();
  g_ptr_array_add(columns, &column);
  struct plan_output output = {.columns = columns};
  g_autoptr(GError) error = NULL;
  static const char text[] =
      "{\"\\\"a\\\"\\\"b\\\"\":{\"min\":\"1\",\"max\":\"2\",\"null_count\":\"0\"},"
      "\"\\\"other\\\"\":{\"min\":\"1\",\"max\":\"2\"}}";
  JSON_AUTO(told) = json_parse(text, strlen(text), &error);
  JSON_AUTO(statistics) = statistics_json(&output, 5, told);
  g_autofree char *line = json_line(statistics);
  assert_string_equal(line,
                      "{\"numRecords\":5,\"minValues\":{\"a\\\"b\":1},\"maxValues\":{\"a\\\"b\":2},"
                      "\"nullCount\":{\"a\\\"b\":0}}");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bounds_are_told_as_delta_wants_them),
      cmocka_unit_test(nested_columns_have_no_bounds),
      cmocka_unit_test(names_are_unquoted),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
