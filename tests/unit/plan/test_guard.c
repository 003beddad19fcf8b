/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/guard.h"
#include "plan_kit.h"

static void
check_text(struct kit *kit, const struct expr *expr, const char *wanted, const char *from)
{
  GError *error = NULL;
  g_autofree char *text = ast_expr_to_sql(kit->connection, expr, &error);
  if (g_strcmp0(text, wanted) != 0)
    fail_msg("%s\n%s", from, text == NULL ? error->message : text);
}

/* What may fail, and the flag that a condition becomes. */
static void
test_flags(void **state)
{
  static const struct {
    const char *condition;
    bool can_fail;
    const char *flag;
  } rows[] = {
      {"a > 3", false, "(a > 3)"},
      {"a", false, "CAST(a AS BOOLEAN)"},
      {"a IS NULL AND lower(b) LIKE 'x%' OR NOT c BETWEEN 1 AND 2", false,
       "(((a IS NULL) AND (lower(b) ~~ 'x%')) OR (NOT (c BETWEEN 1 AND 2)))"},
      {"CASE WHEN a > 1 THEN true END", false,
       "CAST(CASE  WHEN ((a > 1)) THEN (CAST('t' AS BOOLEAN)) ELSE NULL END AS BOOLEAN)"},
      {"TRY_CAST(a AS INT) = 3", false, "(TRY_CAST(a AS INTEGER) = 3)"},
      {"a >= DATE '2024-01-01'", false, "(a >= CAST('2024-01-01' AS DATE))"},
      {"CAST(a AS INT) = 3", true, "(CAST(a AS INTEGER) = 3)"},
      {"a + 1 = 3", true, "((a + 1) = 3)"},
      {"regexp_matches(a, 'x')", false, "CAST(regexp_matches(a, 'x') AS BOOLEAN)"},
      {"regexp_matches(a, b)", true, "CAST(regexp_matches(a, b) AS BOOLEAN)"},
      {"a + 1 = 3 AND b", true,
       "CASE  WHEN (CAST(b AS BOOLEAN)) THEN (((a + 1) = 3)) ELSE NULL END"},
      {"b = 1 AND c + 1 = 3 AND d = 2 AND a + 1 = 3", true,
       "CASE  WHEN ((b = 1)) THEN (CASE  WHEN ((d = 2)) THEN (CASE  WHEN (((c + 1) = 3)) THEN (((a "
       "+"
       " 1) = 3)) ELSE NULL END) ELSE NULL END) ELSE NULL END"},
      {"a + 1 = 3 OR b = 1", true,
       "CASE  WHEN ((b = 1)) THEN (CAST(1 AS BOOLEAN)) ELSE ((a + 1) = 3) END"},
      {"(a + 1 = 3 OR b = 1) AND c = 1", true,
       "CASE  WHEN ((c = 1)) THEN (CASE  WHEN ((b = 1)) THEN (CAST(1 AS BOOLEAN)) ELSE ((a + 1) = "
       "3)"
       " END) ELSE NULL END"},
  };
  struct kit *kit = *state;
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *sql = g_strdup_printf("SELECT 1 FROM t WHERE %s", rows[i].condition);
    AUTO(ast_query_free) struct query *query = kit_parse(kit, sql);
    if (guard_can_fail(query->where) != rows[i].can_fail)
      fail_msg("%s", rows[i].condition);
    AUTO(ast_expr_free) struct expr *flag = guard_flag(query->where);
    check_text(kit, flag, rows[i].flag, rows[i].condition);
  }
}

static void
test_expressions(void **state)
{
  static const struct {
    const char *expr, *condition, *guarded;
  } rows[] = {
      {"a", "b", "a"},
      {"upper(a)", "b = 1", "upper(a)"},
      {"CAST(a AS INT)", "b = 1", "CASE  WHEN ((b = 1)) THEN (CAST(a AS INTEGER)) ELSE NULL END"},
      {"CAST(a AS INT)", NULL, "CAST(a AS INTEGER)"},
  };
  struct kit *kit = *state;
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *condition = rows[i].condition == NULL ? "true" : rows[i].condition;
    g_autofree char *sql = g_strdup_printf("SELECT %s FROM t WHERE %s", rows[i].expr, condition);
    AUTO(ast_query_free) struct query *query = kit_parse(kit, sql);
    AUTO(ast_expr_free)
    struct expr *guarded = guard_expr(rows[i].condition == NULL ? NULL : query->where,
                                      ast_expr_copy(query->select->pdata[0]));
    check_text(kit, guarded, rows[i].guarded, rows[i].expr);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_flags, kit_open, kit_close),
      cmocka_unit_test_setup_teardown(test_expressions, kit_open, kit_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
