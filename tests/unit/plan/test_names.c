/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_kit.h"

static const struct {
  const char *sql, *resolved;
} rows[] = {
    {"SELECT a FROM t", "SELECT a FROM t"},
    {"WITH c AS (SELECT 1 AS a), d AS (SELECT 2 AS a) SELECT a FROM d",
     "WITH d AS (SELECT 2 AS a)SELECT a FROM d"},
    /* a view comes in front, with those it uses */
    {"SELECT a FROM V", "WITH v AS (SELECT a FROM t)SELECT a FROM V"},
    {"SELECT a FROM w", "WITH v AS (SELECT a FROM t), w AS (SELECT v.a FROM v)SELECT a FROM w"},
    /* a CTE that hides an input, a view, an outer CTE */
    {"WITH t AS (SELECT a FROM t) SELECT t.a FROM t",
     "WITH t_2 AS (SELECT a FROM t)SELECT t.a FROM t_2 AS t"},
    {"WITH v AS (SELECT a + 1 AS a FROM v) SELECT a FROM v",
     "WITH v AS (SELECT a FROM t), v_2 AS (SELECT (a + 1) AS a FROM v)SELECT a FROM v_2 AS v"},
    {"WITH c AS (SELECT 1 AS a) SELECT a FROM (WITH C AS (SELECT a + 1 AS a FROM c) SELECT a FROM "
     "c) x, c",
     "WITH c AS (SELECT 1 AS a)SELECT a FROM (WITH C_2 AS (SELECT (a + 1) AS a FROM c)SELECT a "
     "FROM C_2 AS"
     " c) AS x , c"},
    /* a view never sees the query's CTEs */
    {"WITH t AS (SELECT 5 AS a) SELECT v.a FROM v, t",
     "WITH v AS (SELECT a FROM t), t_2 AS (SELECT 5 AS a)SELECT v.a FROM v , t_2 AS t"},
    {"SELECT (SELECT max(a) FROM v) AS m FROM main.v",
     "WITH v AS (SELECT a FROM t)SELECT (SELECT max(a) FROM v) AS m FROM main.v"},
};

static void
test_rows(void **state)
{
  struct kit *kit = *state;
  static const char *const inputs[] = {"t", NULL};
  struct names_view views[] = {{"v", kit_parse(kit, "SELECT a FROM t")},
                               {"w", kit_parse(kit, "SELECT v.a FROM v")}};
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    GError *error = NULL;
    AUTO(ast_query_free) struct query *query = kit_parse(kit, rows[i].sql);
    AUTO(ast_query_free)
    struct query *resolved = names_resolve(query, views, G_N_ELEMENTS(views), inputs);
    g_autofree char *sql = ast_to_sql(kit->connection, resolved, &error);
    assert_null(error);
    g_strstrip(sql);
    if (!g_str_equal(sql, rows[i].resolved))
      fail_msg("%s\n%s\n%s", rows[i].sql, sql, rows[i].resolved);
  }
  for (gsize i = 0; i < G_N_ELEMENTS(views); i++)
    ast_query_free((struct query *)(guintptr)views[i].query);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_rows, kit_open, kit_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
