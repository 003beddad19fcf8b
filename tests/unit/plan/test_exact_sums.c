/* SPDX-License-Identifier: Apache-2.0 */
#include "plan_kit.h"

static const struct {
  const char *sql;
  guint exact;       /* calls of our own aggregates in the statement as written */
  const char *piece; /* part of it, or NULL */
} rows[] = {
    {"SELECT sum(v), avg(v), sum(f), avg(f) FROM t", 4, "kindling_sum(v) AS \"sum(v)\""},
    {"SELECT sum(i), avg(i), sum(d), avg(d), sum(b), count(v), min(v), max(f) FROM t", 0, NULL},
    {"SELECT sum(i + v), sum(i / 2), sum(i // 2), sum(CAST(i AS FLOAT)), avg(i * 1e0) FROM t", 4,
     NULL},
    {"SELECT fsum(v), kahan_sum(v), sumkahan(v), favg(v), mean(v) FROM t", 5, NULL},
    {"SELECT sum(DISTINCT v), sum(v) FILTER (WHERE i > 1) FROM t", 2, "kindling_sum(DISTINCT v)"},
    {"SELECT sum(v ORDER BY i) FROM t", 1, "kindling_sum(v) AS"},
    {"SELECT v.sum(), t.v.avg() FROM t", 2, "kindling_sum(v)"},
    {"SELECT sum(v) OVER (ORDER BY i) AS s FROM t", 1, "kindling_sum(v) OVER (ORDER BY i) AS s"},
    {"SELECT avg(v) OVER (PARTITION BY i) AS s FROM t", 1, "BETWEEN 4611686018427387903 PRECEDING"},
    {"SELECT avg(sum(i)) OVER () AS s FROM t", 0, NULL},
    {"SELECT avg(sum(v)) OVER () AS s FROM t", 2, NULL},
    {"SELECT i FROM t GROUP BY i HAVING sum(v) > 1 ORDER BY avg(v), i", 2, NULL},
    {"SELECT (SELECT sum(v) FROM t) AS a, i FROM t WHERE v > (SELECT avg(v) FROM t)", 2, NULL},
    {"WITH c AS (SELECT sum(v) AS s, i AS k FROM t GROUP BY i) SELECT sum(s), sum(k) FROM c", 2,
     NULL},
    {"WITH c AS (SELECT i AS v FROM t) SELECT sum(v) FROM c", 0, "sum(v)"},
    {"SELECT sum(v) FROM t UNION ALL SELECT sum(i) FROM t ORDER BY 1", 1, NULL},
    {"SELECT list_sum([v, v]) AS s, list_aggregate([v], 'sum') AS l FROM t", 0, NULL},
    {"SELECT sum(COLUMNS('v|i')) FROM t", 0, NULL},
    {"SELECT \"sum\"(\"V\"), SUM(t.v) FROM t", 2, "AS \"sum(V)\""},
    {"SELECT sum(w), avg(w) FROM t", 0, "kindling_sum_decimal_4(w) AS \"sum(w)\""},
    {"SELECT sum(w), avg(w) FROM t", 0, "kindling_avg_decimal_4(w) AS \"avg(w)\""},
    {"SELECT sum(h), avg(h) FROM t", 0, "kindling_avg_hugeint(h) AS \"avg(h)\""},
    {"SELECT avg(sum(b)) OVER (ORDER BY i) AS s FROM t GROUP BY i", 0,
     "kindling_avg_hugeint(sum(b)) OVER"},
    {"SELECT sum(sum(d)) OVER () AS s FROM t", 0, "kindling_sum_decimal_2(sum(d)) OVER"},
    {"SELECT sum(CAST(b AS UHUGEINT)) AS s FROM t", 1, NULL},
    {"SELECT sum(w) AS s FROM t UNION ALL SELECT sum(d) FROM t ORDER BY 1", 0, "sum(d)"},
};

static guint
count_of(const char *text, const char *word)
{
  guint count = 0;
  for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
    count++;
  return count;
}

static void
make_table(struct kit *kit)
{
  kit_exec(kit, "CREATE TABLE t AS SELECT i::INTEGER AS i, i::BIGINT AS b, i::DOUBLE / 3 AS v,"
                " i::FLOAT AS f, i::DECIMAL(9,2) AS d, i::DECIMAL(19,4) AS w, i::HUGEINT AS h"
                " FROM range(9) r(i)");
}

static void
test_rows(void **state)
{
  struct kit *kit = *state;
  make_table(kit);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    struct kit_plan plan = kit_plan(kit, rows[i].sql, NULL, 0);
    guint exact = count_of(plan.plain_sql, EXACT_SUM "(") +
                  count_of(plan.plain_sql, EXACT_AVG "(") -
                  count_of(plan.plain_sql, "\"" EXACT_SUM);
    if (exact != rows[i].exact)
      fail_msg("%s\n%u exact in\n%s", rows[i].sql, exact, plan.plain_sql);
    if (rows[i].piece != NULL && strstr(plan.plain_sql, rows[i].piece) == NULL)
      fail_msg("%s\nno %s in\n%s", rows[i].sql, rows[i].piece, plan.plain_sql);
    AUTO(duck_result_free) struct duck_result *wanted = kit_query(kit, rows[i].sql);
    AUTO(duck_result_free) struct duck_result *found = kit_query(kit, plan.plain_sql);
    assert_int_equal(duck_result_columns(found), duck_result_columns(wanted));
    for (guint k = 0; k < duck_result_columns(found); k++)
      assert_string_equal(duck_result_name(found, k), duck_result_name(wanted, k));
    kit_plan_clear(&plan);
  }
}

static gint
by_text(gconstpointer left, gconstpointer right)
{
  return strcmp(left, right);
}

/* What the rewritten query calls, and nothing else, is what its caller is told to register. */
static void
test_names(void **state)
{
  static const struct {
    const char *sql, *names;
  } cases[] = {
      {"SELECT i, count(*) AS n, max(w) AS m FROM t GROUP BY i", ""},
      {"SELECT sum(i), avg(b), sum(d) FROM t", ""},
      {"SELECT sum(w) OVER (ORDER BY i ROWS 1 PRECEDING) AS s FROM t", ""},
      {"SELECT sum(w) OVER (ORDER BY i) AS s FROM t", "kindling_sum_decimal_4 "},
      {"SELECT sum(v), sum(f) FROM t", "kindling_sum "},
      {"SELECT sum(w), sum(w + 1), sum(DISTINCT w), avg(h) FROM t",
       "kindling_avg_hugeint kindling_sum_decimal_4 "},
      {"SELECT avg(v), sum(sum(d)) OVER () AS s FROM t", "kindling_avg kindling_sum_decimal_2 "},
      {"SELECT sum(w) AS s FROM t UNION ALL SELECT avg(w) FROM t ORDER BY sum(w)",
       "kindling_avg_decimal_4 kindling_sum_decimal_4 "},
      {"WITH c AS (SELECT i, avg(w) AS a FROM t GROUP BY i) SELECT (SELECT sum(h) FROM t) AS h, a "
       "FROM c",
       "kindling_avg_decimal_4 kindling_sum_hugeint "},
  };
  struct kit *kit = *state;
  make_table(kit);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    struct kit_plan plan = kit_plan(kit, cases[i].sql, NULL, 0);
    GList *keys = g_list_sort(g_hash_table_get_keys(plan.names), by_text);
    g_autoptr(GString) found = g_string_new(NULL);
    for (const GList *key = keys; key != NULL; key = key->next)
      g_string_append_printf(found, "%s ", (const char *)key->data);
    g_list_free(keys);
    if (!g_str_equal(found->str, cases[i].names))
      fail_msg("%s\n'%s' instead of '%s'", cases[i].sql, found->str, cases[i].names);
    kit_plan_clear(&plan);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_rows, kit_open, kit_close),
      cmocka_unit_test_setup_teardown(test_names, kit_open, kit_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
