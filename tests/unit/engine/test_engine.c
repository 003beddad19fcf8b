/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine_kit.h"
#include "util/error.h"

static void
an_unknown_engine_is_refused(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  const struct engine_options options = {.temp_dir = "/tmp"};
  assert_null(engine_open("fast", &options, &error));
  assert_true(error_is(error, ERROR_USAGE));
  assert_non_null(strstr(error->message, "there is no engine 'fast'"));
}

static void
the_engine_sums_exactly(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_open(kit, 2);
  g_autoptr(GError) error = NULL;
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(
      engine_connection(kit->engine),
      "SELECT kindling_sum(v), kindling_avg(v), kindling_sum(v) FILTER (WHERE v > 1e300), "
      "kindling_sum(DISTINCT v), kindling_sum(v) FILTER (WHERE NOT isfinite(v)) "
      "FROM (VALUES (1e16::DOUBLE), (1), (-1e16), (NULL), (1)) t(v)",
      NULL, NULL, &error);
  kit_no_error(error);
  assert_string_equal(duck_result_text(result, 0, 0), "2.0");
  assert_string_equal(duck_result_text(result, 1, 0), "0.5");
  assert_null(duck_result_text(result, 2, 0));
  assert_string_equal(duck_result_text(result, 3, 0), "1.0");
  assert_null(duck_result_text(result, 4, 0));
  kit_free(kit);
}

static void
only_the_time_zone_can_be_set(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_open(kit, 1);
  g_autoptr(GError) error = NULL;
  assert_true(duck_exec(engine_connection(kit->engine), "SET TimeZone = 'Asia/Seoul'", &error));
  assert_false(duck_exec(engine_connection(kit->engine), "SET threads = 7", &error));
  assert_non_null(error);
  kit_free(kit);
}

/* Each %s is DuckDB's sum or avg, or ours: the values do not leave their type. */
static const char *const wide_queries[] = {
    "SELECT %s(v) FROM range(0) t(i), (SELECT 1::@ AS v)",
    "SELECT %s(NULL::@) FROM range(10) t(i)",
    "SELECT i % 5000 AS k, %s(((i * 7919 % 1009 - 500) * i)::@) FROM range(300000) t(i) GROUP BY k",
    "SELECT i % 3 AS k, %s(DISTINCT (i % 10)::@), %s(i::@) FILTER (WHERE i > 90) FROM range(100) "
    "t(i) GROUP BY k",
    "SELECT i % 7 AS k, %s(CASE WHEN i % 3 > 0 THEN -i END::@) FROM range(100000) t(i) GROUP BY "
    "CUBE (k)",
    "SELECT i, %s(i::@) OVER (ORDER BY i) FROM range(3000) t(i)",
    "SELECT i, %s(i::@) OVER (PARTITION BY i % 5 ORDER BY i ROWS BETWEEN 4611686018427387903 "
    "PRECEDING AND "
    "UNBOUNDED FOLLOWING) FROM range(3000) t(i)",
};

static void
check_wide(struct kit *kit, const char *query, const char *type, const char *function,
           const char *suffix)
{
  g_auto(GStrv) types = g_strsplit(query, "@", -1);
  g_autofree char *typed = g_strjoinv(type, types);
  g_auto(GStrv) parts = g_strsplit(typed, "%s", -1);
  g_autofree char *name = g_strdup_printf("kindling_%s_%s", function, suffix);
  g_autofree char *ours = g_strjoinv(name, parts), *theirs = g_strjoinv(function, parts);
  g_autofree char *sql = g_strdup_printf("SELECT count(*) FROM ((SELECT COLUMNS(*)::VARCHAR FROM "
                                         "(%s)) EXCEPT ALL (SELECT COLUMNS(*)::VARCHAR FROM (%s)))",
                                         ours, theirs);
  g_autoptr(GError) error = NULL;
  kit_must(engine_register_aggregate(kit->engine, name, &error), &error);
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(engine_connection(kit->engine), sql, NULL, NULL, &error);
  kit_no_error(error);
  if (!g_str_equal(duck_result_text(result, 0, 0), "0"))
    fail_msg("%s: %s rows differ", sql, duck_result_text(result, 0, 0));
}

static void
wide_sums_are_those_of_duckdb(void **state)
{
  (void)state;
  static const char *const types[][2] = {{"HUGEINT", "hugeint"},
                                         {"DECIMAL(38,0)", "decimal_0"},
                                         {"DECIMAL(24,4)", "decimal_4"},
                                         {"DECIMAL(38,20)", "decimal_20"},
                                         {"DECIMAL(38,38)", "decimal_38"}};
  struct kit *kit = kit_new();
  kit_open(kit, 2);
  for (gsize q = 0; q < G_N_ELEMENTS(wide_queries); q++)
    for (gsize t = 0; t + 1 < G_N_ELEMENTS(types); t++) {
      check_wide(kit, wide_queries[q], types[t][0], "sum", types[t][1]);
      check_wide(kit, wide_queries[q], types[t][0], "avg", types[t][1]);
    }
  check_wide(kit, "SELECT typeof(%s(v)), %s(v) FROM (SELECT 0.25::@ AS v FROM range(3))",
             types[4][0], "sum", types[4][1]);
  kit_free(kit);
}

/* rest: of the statement, behind the bracket that opens the call. */
static void
check_sum(struct kit *kit, const char *name, const char *rest, const char *wanted,
          const char *refused)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *sql = g_strdup_printf("SELECT %s(%s", name, rest);
  kit_must(engine_register_aggregate(kit->engine, name, &error), &error);
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(engine_connection(kit->engine), sql, NULL, NULL, &error);
  if (refused == NULL) {
    kit_no_error(error);
    assert_string_equal(duck_result_text(result, 0, 0), wanted);
  } else {
    assert_null(result);
    assert_true(error_is(error, ERROR_DATA));
    assert_string_equal(error->message, refused);
  }
}

/* Where DuckDB's own sums are an error, or lose 2^128, as the order of its additions has it. */
static void
wide_sums_leave_their_type_and_come_back(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_open(kit, 2);
  check_sum(kit, "kindling_sum_decimal_4",
            "CASE WHEN i < 500000 THEN 2e28 ELSE -2e28 "
            "END::DECIMAL(38,4) + 1) "
            "FROM range(1000000) t(i)",
            "1000000.0000", NULL);
  check_sum(kit, "kindling_avg_hugeint",
            "170141183460469231731687303715884105727::HUGEINT) FROM "
            "range(4000)",
            "1.7014118346046923e+38", NULL);
  check_sum(kit, "kindling_sum_decimal_4", "2e28::DECIMAL(38,4)) FROM range(1600000)", NULL,
            "a sum does not fit its type DECIMAL(38,4): cast its argument to DOUBLE");
  check_sum(kit, "kindling_sum_hugeint",
            "-170141183460469231731687303715884105727::HUGEINT) FROM "
            "range(3)",
            NULL, "a sum does not fit its type HUGEINT: cast its argument to DOUBLE");
  kit_free(kit);
}

/* Names of our own sums and averages that the engine's database knows. */
static void
check_known(struct kit *kit, const char *wanted)
{
  g_autoptr(GError) error = NULL;
  AUTO(duck_result_free)
  struct duck_result *result =
      duck_query(engine_connection(kit->engine),
                 "SELECT string_agg(function_name, ' ' ORDER BY function_name) FROM "
                 "duckdb_functions() WHERE function_name SIMILAR TO 'kindling_(sum|avg).*'",
                 NULL, NULL, &error);
  kit_no_error(error);
  assert_string_equal(duck_result_text(result, 0, 0), wanted);
}

#define COPY(query, to) "COPY (" query ") TO '" to "' (FORMAT parquet);\n"

static void
a_plan_without_wide_sums_registers_none(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_open(kit, 2);
  check_known(kit, "kindling_avg kindling_sum");
  kit_input(kit, "t", "SELECT i, i / 3 AS v, i::DECIMAL(18,2) AS d FROM range(9) t(i)");
  kit_plan(kit, 2,
           COPY("SELECT i % 2 AS k, sum(v) AS v, avg(v) AS a, sum(i) AS i, avg(d) AS d, "
                "sum(d)::VARCHAR AS s, max(i::HUGEINT)::VARCHAR AS h FROM t GROUP BY k ORDER BY k",
                "out"));
  check_known(kit, "kindling_avg kindling_sum");
  kit_free(kit);
}

static void
a_plan_registers_the_wide_sums_that_it_needs(void **state)
{
  (void)state;
  static const char known[] = "kindling_avg kindling_avg_decimal_0 kindling_avg_hugeint "
                              "kindling_sum kindling_sum_decimal_4";
  static const char script[] = "CREATE VIEW late AS SELECT i, w FROM t WHERE i > 4;\n" COPY(
      "SELECT i % 2 AS k, sum(w) AS w, avg(d) AS d, avg(i::HUGEINT) AS h FROM t GROUP BY k "
      "ORDER BY k",
      "first") COPY("SELECT sum(w) AS w, count(*) AS n FROM late", "second");
  static const enum engine_mode modes[] = {ENGINE_OPTIMISED, ENGINE_PLAIN};
  struct kit *kit = kit_new();
  g_autoptr(GError) error = NULL;
  kit_input(kit, "t",
            "SELECT i, (i * 1000000)::DECIMAL(24,4) AS w, i::DECIMAL(19,0) AS d FROM "
            "range(10) t(i)");
  kit_plan(kit, 2, script);
  for (guint i = 0; i < kit->plan->outputs->len; i++) {
    const struct plan_output *output = g_ptr_array_index(kit->plan->outputs, i);
    assert_non_null(strstr(output->plain_sql, "kindling_sum_decimal_4"));
    assert_int_equal(output->refusals->len, 0);
  }
  check_known(kit, known);
  for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
    struct engine_output first = kit_run(kit, 0, modes[i]);
    kit_assert(kit,
               "SELECT string_agg(concat_ws(' ', k, w, d, h), ', ' ORDER BY k) FROM '%s/*.parquet'",
               "0 20000000.0000 4.0 4.0, 1 25000000.0000 5.0 5.0");
    engine_output_clear(&first);
    struct engine_output second = kit_run(kit, 1, modes[i]);
    kit_assert(kit, "SELECT concat_ws(' ', w, n) FROM '%s/*.parquet'", "35000000.0000 5");
    engine_output_clear(&second);
  }
  g_autofree char *text =
      engine_explain(kit->engine, kit->plan, 0, DUCK_PLAN_PHYSICAL, NULL, &error);
  kit_no_error(error);
  assert_non_null(text);
  check_known(kit, known);
  kit_free(kit);
}

static void
an_aggregate_is_registered_once(void **state)
{
  (void)state;
  static const char *const none[] = {"",
                                     "sum",
                                     "kindling",
                                     "kindling_min_hugeint",
                                     "kindling_sum_",
                                     "kindling_sum_bigint",
                                     "kindling_sum_hugeint ",
                                     "kindling_sum_decimal_",
                                     "kindling_sum_decimal_04",
                                     "kindling_sum_decimal_39",
                                     "kindling_sum_decimal_4294967300",
                                     "kindling_avg_decimal_-1"};
  struct kit *kit = kit_new();
  kit_open(kit, 2);
  g_autoptr(GError) error = NULL;
  for (guint again = 0; again < 2; again++) {
    kit_must(engine_register_aggregate(kit->engine, "kindling_sum", &error), &error);
    kit_must(engine_register_aggregate(kit->engine, "kindling_avg", &error), &error);
    kit_must(engine_register_aggregate(kit->engine, "kindling_sum_decimal_38", &error), &error);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(none); i++) {
    assert_false(engine_register_aggregate(kit->engine, none[i], &error));
    assert_true(error_is(error, ERROR_FAILED));
    g_clear_error(&error);
  }
  check_known(kit, "kindling_avg kindling_sum kindling_sum_decimal_38");
  kit_free(kit);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_unknown_engine_is_refused),
      cmocka_unit_test(the_engine_sums_exactly),
      cmocka_unit_test(wide_sums_are_those_of_duckdb),
      cmocka_unit_test(wide_sums_leave_their_type_and_come_back),
      cmocka_unit_test(a_plan_without_wide_sums_registers_none),
      cmocka_unit_test(a_plan_registers_the_wide_sums_that_it_needs),
      cmocka_unit_test(an_aggregate_is_registered_once),
      cmocka_unit_test(only_the_time_zone_can_be_set),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
