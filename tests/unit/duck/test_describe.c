/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/describe.h"
#include "duck/duck_kit.h"
#include <string.h>

/* Names and types are those of DuckDB's own DESCRIBE, for every type there is. */
static void
check_described(struct kit *kit, const char *query)
{
  g_autoptr(GError) error = NULL;
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  g_autoptr(GPtrArray) columns = duck_describe(kit->connection, query, &fault, &error);
  if (columns == NULL)
    fail_msg("%s: %s", query, fault->message);
  g_autofree char *sql = g_strdup_printf("DESCRIBE %s", query);
  AUTO(duck_result_free)
  struct duck_result *expected = duck_query(kit->connection, sql, NULL, NULL, &error);
  assert_int_equal(columns->len, duck_result_rows(expected));
  for (guint i = 0; i < columns->len; i++) {
    const struct duck_column *column = g_ptr_array_index(columns, i);
    if (strcmp(column->name, duck_result_text(expected, 0, i)) != 0 ||
        strcmp(column->type, duck_result_text(expected, 1, i)) != 0)
      fail_msg("%s: %s %s instead of %s %s", query, column->name, column->type,
               duck_result_text(expected, 0, i), duck_result_text(expected, 1, i));
  }
}

static void
test_describe(void **state)
{
  static const char *const queries[] = {
      "SELECT 1 AS a, 'x' AS \"A b\", NULL AS n, 1.5 AS d, 1e0 AS f, count(*), sum(1), sum(1.5), "
      "avg(1) FROM range(3)",
      "SELECT * FROM test_all_types()",
      "SELECT [1] AS l, {'a b': 1, 'c': [DATE '2024-01-01']} AS s, MAP {1: 'x'} AS m, [1, "
      "2]::INTEGER[2] AS r, "
      "union_value(k := 1) AS u, 'a'::ENUM('a', 'it''s') AS e, '{}'::JSON AS j, 1::VARIANT AS v",
      "FROM range(3) t(i)",
      "WITH c AS (SELECT 1 AS x) SELECT x, row_number() OVER () FROM c",
      "SELECT date_trunc('day', DATE '2024-01-01') AS t, 1 / 2 AS q, 1 // 2 AS w",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(queries); i++)
    check_described(*state, queries[i]);
}

static void
test_describe_runs_nothing(void **state)
{
  struct kit *kit = *state;
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  g_autoptr(GPtrArray) columns = duck_describe(
      kit->connection, "SELECT error('ran') AS a, i FROM range(1000000000000) t(i) ORDER BY i",
      &fault, NULL);
  assert_non_null(columns);
  assert_int_equal(columns->len, 2);
}

struct refusal {
  const char *query;
  enum duck_fault_kind kind;
  const char *at; /* the text at the fault's place; NULL: unknown */
  const char *name;
};

static const struct refusal refusals[] = {
    {"SELECT 'Ü', valeu FROM (SELECT 1 AS value)", DUCK_FAULT_COLUMN, "valeu FROM", "valeu"},
    {"SELECT t.valeu FROM (SELECT 1 AS value) t", DUCK_FAULT_COLUMN, "t.valeu", "valeu"},
    {"SELECT 'Ü' FROM nosuch", DUCK_FAULT_TABLE, "nosuch", "nosuch"},
    {"SELECT u.a FROM (SELECT 1 AS a) t", DUCK_FAULT_TABLE, "u.a", "u"},
    {"SELECT nosuch(1)", DUCK_FAULT_FUNCTION, "nosuch(1)", "nosuch"},
    {"SELECT sum('a'::VARCHAR)", DUCK_FAULT_FUNCTION, "sum", "sum"},
    {"SELECT 'Ü' frm a b", DUCK_FAULT_SYNTAX, "a b", NULL},
    {"SELECT a FROM (SELECT 1 AS a, 2 AS b) GROUP BY b", DUCK_FAULT_BIND, "a FROM (", NULL},
    {"SELECT max(sum(a)) FROM (SELECT 1 AS a)", DUCK_FAULT_BIND, "sum(a)", NULL},
};

static void
test_refusals(void **state)
{
  struct kit *kit = *state;
  for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
    const struct refusal *expected = &refusals[i];
    g_autoptr(GError) error = NULL;
    AUTO(duck_fault_free) struct duck_fault *fault = NULL;
    assert_null(duck_describe(kit->connection, expected->query, &fault, &error));
    const char *at = fault->at < 0 ? NULL : expected->query + fault->at;
    bool placed =
        expected->at == NULL ? at == NULL : at != NULL && g_str_has_prefix(at, expected->at);
    if (fault->kind != expected->kind || !placed || g_strcmp0(fault->name, expected->name) != 0)
      fail_msg("%s: kind %d at '%s' name %s: %s", expected->query, (int)fault->kind, at,
               fault->name, fault->message);
  }
}

static void
test_candidates(void **state)
{
  struct kit *kit = *state;
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  assert_null(duck_describe(kit->connection, "SELECT xy FROM (SELECT 1 AS \"x y\", 2 AS xz)",
                            &fault, NULL));
  g_autofree char *candidates = g_strjoinv("|", fault->candidates);
  assert_string_equal(candidates, "xz|x y");
}

static void
test_explain(void **state)
{
  struct kit *kit = *state;
  static const struct {
    enum duck_plan_kind kind;
    const char *contains, *lacks;
  } cases[] = {
      {DUCK_PLAN_LOGICAL, "AGGREGATE", "UNGROUPED_AGGREGATE"},
      {DUCK_PLAN_PHYSICAL, "UNGROUPED_AGGREGATE", "Total Time"},
      {DUCK_PLAN_ANALYZED, "Total Time", NULL},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *plan =
        duck_explain(kit->connection, "SELECT sum(i) FROM range(10) t(i) WHERE i % 2 = 0",
                     cases[i].kind, &error);
    assert_non_null(plan);
    assert_non_null(strstr(plan, cases[i].contains));
    assert_true(cases[i].lacks == NULL || strstr(plan, cases[i].lacks) == NULL);
  }
  g_autoptr(GError) error = NULL;
  assert_null(duck_explain(kit->connection, "SELECT nosuch", DUCK_PLAN_LOGICAL, &error));
  assert_non_null(error);
}

static void
test_function_names(void **state)
{
  struct kit *kit = *state;
  static const char *const aggregates[] = {"sum",     "count",      "count_star",           "first",
                                           "arg_min", "string_agg", "approx_count_distinct"};
  static const char *const volatiles[] = {"random", "now",          "nextval",
                                          "uuid",   "current_date", "get_current_timestamp"};
  static const char *const plain[] = {"lower", "date_trunc", "abs"};
  g_autoptr(GHashTable) aggregate_names = duck_aggregate_names(kit->connection, NULL);
  g_autoptr(GHashTable) volatile_names = duck_volatile_names(kit->connection, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(aggregates); i++) {
    assert_true(g_hash_table_contains(aggregate_names, aggregates[i]));
    assert_false(g_hash_table_contains(volatile_names, aggregates[i]));
  }
  for (gsize i = 0; i < G_N_ELEMENTS(volatiles); i++)
    assert_true(g_hash_table_contains(volatile_names, volatiles[i]));
  for (gsize i = 0; i < G_N_ELEMENTS(plain); i++) {
    assert_false(g_hash_table_contains(aggregate_names, plain[i]));
    assert_false(g_hash_table_contains(volatile_names, plain[i]));
  }
}

static void
check_column(struct duck_connection *connection, const char *query, const char *type)
{
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  g_autoptr(GPtrArray) columns = duck_describe(connection, query, &fault, NULL);
  assert_int_equal(columns == NULL, type == NULL);
  if (type != NULL)
    assert_string_equal(((struct duck_column *)g_ptr_array_index(columns, 0))->type, type);
}

/* What is kept of a query goes when anything runs that may change what its names mean. */
static void
test_kept_until_a_statement_runs(void **state)
{
  struct kit kit = *(struct kit *)*state;
  AUTO(duck_disconnect) struct duck_connection *connection = duck_connect(kit.duck, NULL);
  kit.connection = connection;
  assert_true(duck_only_plans(connection, NULL));
  check_column(connection, "FROM kept", NULL);
  kit_exec(&kit, "CREATE TEMP VIEW kept AS SELECT 1 AS a");
  check_column(connection, "FROM kept", "INTEGER");
  check_column(connection, "FROM kept", "INTEGER");
  kit_exec(&kit, "CREATE OR REPLACE TEMP VIEW kept AS SELECT 'x' AS b");
  check_column(connection, "FROM kept", "VARCHAR");
  duck_result_free(duck_query(connection, "DROP VIEW kept", NULL, NULL, NULL));
  check_column(connection, "FROM kept", NULL);
  g_autofree char *sum = kit_ask(&kit, "SELECT sum(i) FROM range(1000) t(i) WHERE i % 2 = 0");
  assert_string_equal(sum, "249500");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_describe),
      cmocka_unit_test(test_describe_runs_nothing),
      cmocka_unit_test(test_refusals),
      cmocka_unit_test(test_candidates),
      cmocka_unit_test(test_explain),
      cmocka_unit_test(test_function_names),
      cmocka_unit_test(test_kept_until_a_statement_runs),
  };
  return cmocka_run_group_tests(tests, kit_open, kit_close);
}
