/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/duck_kit.h"
#include "duck/syntax.h"
#include <string.h>

#define SELECT DUCK_STATEMENT_SELECT
#define COPY   DUCK_STATEMENT_COPY
#define CREATE DUCK_STATEMENT_CREATE
#define SET    DUCK_STATEMENT_SET
#define OTHER  DUCK_STATEMENT_OTHER

struct split_case {
  const char *script;
  guint count;
  enum duck_statement kinds[5];
};

static const struct split_case splits[] = {
    {"", 0, {0}},
    {" ;; -- nothing\n", 0, {0}},
    {"SELECT ';'; SELECT 2;", 2, {SELECT, SELECT}},
    {"COPY (SELECT 1 AS a) TO 'x' (FORMAT parquet); SET TimeZone = 'UTC'; CREATE TEMP VIEW v AS "
     "SELECT 1; FROM range(3)",
     4,
     {COPY, SET, CREATE, SELECT}},
    {"COPY (SELECT a FROM nosuch) TO 'x' (FORMAT parquet); SELECT 1", 2, {OTHER, SELECT}},
    {"DROP TABLE nosuch; SELECT $p; INSERT INTO nosuch VALUES (1)", 3, {OTHER, SELECT, OTHER}},
};

static void
test_split(void **state)
{
  struct kit *kit = *state;
  for (gsize i = 0; i < G_N_ELEMENTS(splits); i++) {
    g_autoptr(GError) error = NULL;
    g_autoptr(GArray) kinds = NULL;
    AUTO(duck_fault_free) struct duck_fault *fault = NULL;
    assert_true(duck_split_script(kit->connection, splits[i].script, &kinds, &fault, &error));
    assert_int_equal(kinds->len, splits[i].count);
    for (guint k = 0; k < kinds->len; k++)
      if (g_array_index(kinds, enum duck_statement, k) != splits[i].kinds[k])
        fail_msg("%s: statement %u", splits[i].script, k);
  }
}

static void
test_split_runs_nothing(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GArray) kinds = NULL;
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  assert_true(duck_split_script(kit->connection, "CREATE TABLE made (a INTEGER); SELECT 1", &kinds,
                                &fault, NULL));
  g_autofree char *count =
      kit_ask(kit, "SELECT count(*) FROM duckdb_tables() WHERE table_name = 'made'");
  assert_string_equal(count, "0");
}

static void
test_split_error(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  GArray *kinds = NULL;
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  static const char script[] = "SELECT 'Ü';\nSELECT 'ü' frm a b c";
  assert_false(duck_split_script(kit->connection, script, &kinds, &fault, &error));
  assert_null(kinds);
  assert_null(error);
  assert_int_equal(fault->kind, DUCK_FAULT_SYNTAX);
  assert_string_equal(fault->message, "syntax error at or near 'a'");
  assert_ptr_equal(script + fault->at, strstr(script, "a b c"));
}

struct parse_case {
  const char *query;
  enum duck_fault_kind kind;
  gssize at;
  const char *message;
};

static const struct parse_case parse_failures[] = {
    {"SELECT a frm b c", DUCK_FAULT_SYNTAX, 13, "syntax error at or near 'b'"},
    {"SELECT 'Ü' frm a b", DUCK_FAULT_SYNTAX, 16, "syntax error at or near 'a'"},
    {"SELECT (1", DUCK_FAULT_SYNTAX, 9, "syntax error at end of input"},
    {"SELECT 1; SELECT 2", DUCK_FAULT_SYNTAX, -1, "one query is expected here, not several"},
    {"", DUCK_FAULT_SYNTAX, -1, "one query is expected here, not none"},
    {"COPY t TO 'x'", DUCK_FAULT_BIND, -1, "only SELECT statements can be serialized to json"},
    {"DROP TABLE t", DUCK_FAULT_BIND, -1, "only SELECT statements can be serialized to json"},
};

static void
test_parse_failures(void **state)
{
  struct kit *kit = *state;
  for (gsize i = 0; i < G_N_ELEMENTS(parse_failures); i++) {
    const struct parse_case *expected = &parse_failures[i];
    g_autoptr(GError) error = NULL;
    AUTO(duck_fault_free) struct duck_fault *fault = NULL;
    assert_null(duck_parse(kit->connection, expected->query, &fault, &error));
    assert_null(error);
    if (fault->kind != expected->kind || fault->at != expected->at ||
        strcmp(fault->message, expected->message) != 0)
      fail_msg("'%s': kind %d at %zd '%s'", expected->query, (int)fault->kind, fault->at,
               fault->message);
  }
}

/* What comes back means the same: texts, not pictures of trees. */
static void
test_round_trip(void **state)
{
  struct kit *kit = *state;
  static const char *const queries[] = {
      "SELECT i, 'it''s $1 \"ü\" \\' AS \"a b\" FROM range(3) t(i) WHERE i > 0 ORDER BY i DESC",
      "WITH c AS (SELECT i % 3 AS k, i FROM range(10) t(i)) SELECT k, sum(i) FILTER (WHERE i > 2) "
      "AS s FROM c GROUP BY CUBE (k) ORDER BY ALL",
      "SELECT i, sum(i) OVER (ORDER BY i ROWS 1 PRECEDING) FROM range(4) t(i) ORDER BY i",
      "SELECT CASE WHEN i > 1 THEN NULL ELSE i / 2 END FROM range(3) t(i) ORDER BY i",
      "SELECT 18446744073709551615, 170141183460469231731687303715884105727",
      "SELECT [1, 2], {'a': 1.50}, DATE '2024-02-29', INTERVAL 1 DAY, (SELECT max(i) FROM range(3) "
      "t(i))",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
    g_autoptr(GError) error = NULL;
    AUTO(duck_fault_free) struct duck_fault *fault = NULL;
    JSON_AUTO(tree) = duck_parse(kit->connection, queries[i], &fault, &error);
    assert_non_null(tree);
    g_autofree char *text = duck_unparse(kit->connection, tree, &error);
    if (text == NULL)
      fail_msg("%s: %s", queries[i], error->message);
    g_autofree char *compare =
        g_strdup_printf("SELECT count(*) FROM ((%s) EXCEPT ALL (%s))", queries[i], text);
    g_autofree char *counts = g_strdup_printf(
        "SELECT (SELECT count(*) FROM (%s)) - (SELECT count(*) FROM (%s))", queries[i], text);
    g_autofree char *different = kit_ask(kit, compare), *missing = kit_ask(kit, counts);
    assert_string_equal(different, "0");
    assert_string_equal(missing, "0");
  }
}

static void
test_parse_needs_no_tables(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  JSON_AUTO(tree) = duck_parse(kit->connection, "SELECT $p, nosuch(a) FROM nosuch", &fault, &error);
  assert_non_null(tree);
  struct json_object *statements = json_get(tree, "statements");
  assert_int_equal(json_object_array_length(statements), 1);
}

/* A script is refused, not the process ended, however deep it goes. */
static void
test_deep(void **state)
{
  struct kit *kit = *state;
  static const struct {
    guint depth;
    bool accepted;
  } cases[] = {{200, true}, {300, false}, {1500, false}, {100000, false}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    AUTO(duck_fault_free) struct duck_fault *fault = NULL;
    g_autoptr(GString) query = g_string_new("SELECT 1");
    for (guint k = 0; k < cases[i].depth; k++)
      g_string_append(query, " + 1");
    JSON_AUTO(tree) = duck_parse(kit->connection, query->str, &fault, &error);
    assert_int_equal(tree != NULL, cases[i].accepted);
    assert_int_equal(fault == NULL, cases[i].accepted);
    assert_null(error);
  }
}

static void
test_not_utf8(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  assert_null(duck_parse(kit->connection, "SELECT '\xff'", &fault, &error));
  assert_true(fault != NULL || error != NULL);
}

static void
test_unparse_failure(void **state)
{
  struct kit *kit = *state;
  static const char *const trees[] = {
      "{}", "{\"statements\":[]}",
      "{\"error\":false,\"statements\":[{\"node\":{\"type\":\"X\"}}]}"};
  for (gsize i = 0; i < G_N_ELEMENTS(trees); i++) {
    g_autoptr(GError) error = NULL;
    JSON_AUTO(tree) = json_parse(trees[i], strlen(trees[i]), &error);
    assert_null(duck_unparse(kit->connection, tree, &error));
    assert_true(error_is(error, ERROR_FAILED));
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_split),
      cmocka_unit_test(test_split_runs_nothing),
      cmocka_unit_test(test_split_error),
      cmocka_unit_test(test_parse_failures),
      cmocka_unit_test(test_round_trip),
      cmocka_unit_test(test_parse_needs_no_tables),
      cmocka_unit_test(test_deep),
      cmocka_unit_test(test_not_utf8),
      cmocka_unit_test(test_unparse_failure),
  };
  return cmocka_run_group_tests(tests, kit_open, kit_close);
}
