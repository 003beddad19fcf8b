/* SPDX-License-Identifier: Apache-2.0 */
#include "job_kit.h"

#define COPY(name, query) "COPY (" query ") TO '" name "' (FORMAT parquet);\n"
#define MONTHLY           COPY("monthly", "SELECT category, sum(value) AS s FROM events GROUP BY category")

/* The second output is changed in one property; the pass and the reason change with it. */
struct row {
  const char *script;
  gint pass; /* of the second output; -1: none */
  const char *reason;
  guint passes;
};

static const struct row rows[] = {
    {MONTHLY COPY("a", "SELECT event_type, count(*) AS n FROM events GROUP BY event_type"), 0,
     "shares pass 1 with monthly", 1},
    {MONTHLY COPY("a", "SELECT event_type, count(*) FILTER (WHERE value > 3) AS n FROM events"
                       " GROUP BY event_type"),
     0, "shares pass 1 with monthly", 1},
    {MONTHLY COPY("a", "SELECT event_type, count(*) AS n FROM events e WHERE e.value > 3"
                       " GROUP BY event_type"),
     0, "shares pass 1 with monthly", 1},
    {"CREATE VIEW v AS SELECT * FROM events WHERE value > 3;\n" MONTHLY COPY(
         "a", "SELECT event_type, count(*) AS n FROM v GROUP BY event_type"),
     0, "shares pass 1 with monthly", 1},
    {"CREATE VIEW v AS SELECT DISTINCT * FROM events WHERE value > 3;\n" MONTHLY COPY(
         "a", "SELECT event_type, count(*) AS n FROM v GROUP BY event_type"),
     1, "runs by itself: no other output reads 'v'", 2},
    {MONTHLY COPY("a", "SELECT event_type,\n median(value) AS n FROM events GROUP BY event_type"),
     -1, "runs by itself: median() is not one of the kernel's aggregates (line 3)", 1},
    {MONTHLY COPY("a",
                  "SELECT event_type, sum(DISTINCT value) AS n FROM events GROUP BY event_type"),
     -1, "runs by itself: DISTINCT inside sum() (line 2)", 1},
    {MONTHLY COPY("a", "SELECT DISTINCT event_type FROM events WHERE value > 3"), 0,
     "shares pass 1 with monthly", 1},
    {MONTHLY COPY("a", "SELECT DISTINCT\n * FROM events"), -1,
     "runs by itself: * in SELECT DISTINCT (line 3)", 1},
    {MONTHLY COPY("a", "SELECT id FROM events"), -1, "runs by itself: it does not group", 1},
    {MONTHLY COPY("a",
                  "SELECT n, count(*) AS m FROM events JOIN dim ON events.category = dim.category"
                  " GROUP BY n"),
     1, "runs by itself: no other output reads 'events join dim'", 2},
    {MONTHLY COPY("a", "SELECT (SELECT max(n) FROM dim) AS m, event_type, count(*) AS n FROM events"
                       " GROUP BY event_type"),
     1, "runs by itself: no other output reads 'dim'", 2},
    {MONTHLY COPY(
         "a", "SELECT event_type, count(*) AS n FROM events GROUP BY event_type HAVING count(*) >"
              " (SELECT 3)"),
     -1, "runs by itself: a sub-query in an expression (line 2)", 1},
    {"CREATE VIEW v AS SELECT category,\n median(value) AS m\n FROM events GROUP BY "
     "category;\n" MONTHLY COPY("a", "SELECT * FROM v"),
     -1, "median() is not one of the kernel's aggregates (line 2)", 1},
};

static void
test_rows(void **state)
{
  struct job_kit *kit = *state;
  (void)job_kit_events(kit);
  job_kit_file(kit, "dim/a.parquet", "SELECT * FROM (VALUES ('a', 1), ('b', 2)) t(category, n)");
  (void)job_kit_input(kit, "dim", "dim");
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const struct plan *plan = job_kit_plan(kit, rows[i].script);
    const struct plan_output *output = job_kit_output(kit, 1);
    if (output->pass != rows[i].pass || strstr(output->pass_reason, rows[i].reason) == NULL ||
        plan->passes->len != rows[i].passes)
      fail_msg("%s\npass %d of %u: %s", rows[i].script, output->pass, plan->passes->len,
               output->pass_reason);
  }
}

/* A pass reads what its outputs read together: files, columns, predicates. */
static void
test_union(void **state)
{
  struct job_kit *kit = *state;
  (void)job_kit_events(kit);
  const struct plan *plan = job_kit_plan(
      kit,
      COPY("a",
           "SELECT category, sum(value) AS s FROM events WHERE year = 2024 AND month = 1 GROUP BY"
           " category")
          COPY("b",
               "SELECT event_type, count(*) AS n FROM events WHERE month = 2 GROUP BY event_type"));
  const struct plan_pass *pass = plan->passes->pdata[0];
  assert_int_equal(plan->passes->len, 1);
  assert_int_equal(pass->rollup_count, 2);
  assert_int_equal(pass->outputs->len, 2);
  assert_string_equal(pass->title, "events");
  const struct plan_input *input = pass->inputs->pdata[0];
  assert_int_equal(pass->inputs->len, 1);
  assert_int_equal(input->files->len, 3);
  assert_int_equal(input->rows, 120);
  g_autofree char *columns = g_strjoinv(",", input->columns);
  assert_string_equal(columns, "category,value,year,month,event_type");
  assert_int_equal(g_strv_length(input->predicates), 3);
}

/* Outputs of several jobs share; a view of one job does not leak into the next. */
static void
test_jobs(void **state)
{
  struct job_kit *kit = *state;
  GError *error = NULL;
  (void)job_kit_events(kit);
  job_kit_load(kit, "CREATE VIEW v AS SELECT * FROM events WHERE year = 2024;\n" MONTHLY COPY(
                        "first", "SELECT count(*) AS n FROM v"));
  job_kit_load(kit, "CREATE VIEW v AS SELECT * FROM events WHERE year = 2023;\n" COPY(
                        "second", "SELECT count(*) AS n FROM v")
                        COPY("third", "SELECT count(*) AS n FROM events"));
  job_kit_must(job_kit_build(kit, &error) != NULL, &error);
  assert_int_equal(kit->plan->outputs->len, 4);
  assert_int_equal(kit->plan->passes->len, 1);
  assert_string_equal(job_kit_output(kit, 0)->pass_reason,
                      "shares pass 1 with first, second, third");
  assert_string_equal(job_kit_output(kit, 3)->pass_reason,
                      "shares pass 1 with monthly, first, second");
  AUTO(duck_result_free)
  struct duck_result *first = kit_query(kit->kit, job_kit_output(kit, 1)->sql);
  AUTO(duck_result_free)
  struct duck_result *second = kit_query(kit->kit, job_kit_output(kit, 2)->sql);
  assert_string_equal(duck_result_text(first, 0, 0), "120");
  assert_string_equal(duck_result_text(second, 0, 0), "125");
}

static void
test_refusals(void **state)
{
  struct job_kit *kit = *state;
  g_autoptr(GError) error = NULL;
  (void)job_kit_events(kit);
  job_kit_load(kit, MONTHLY);
  job_kit_load(kit, COPY("Monthly", "SELECT count(*) AS n FROM events"));
  assert_null(job_kit_build(kit, &error));
  assert_true(error_is(error, ERROR_SCRIPT));
  assert_non_null(strstr(error->message, "both have an output 'Monthly'"));
  g_clear_error(&error);
  job_kit_forget(kit);
  job_kit_load(kit, COPY("a", "SELECT TIME '12:00:00' AS t, id FROM events"));
  assert_null(job_kit_build(kit, &error));
  assert_true(error_is(error, ERROR_OUTPUT));
  assert_non_null(strstr(error->message, "output 'a', column 't': type TIME cannot be stored"));
  /* the inputs' views are whole again */
  AUTO(duck_result_free)
  struct duck_result *count = kit_query(kit->kit, "SELECT count(*) FROM events");
  assert_string_equal(duck_result_text(count, 0, 0), "245");
}

/* What is stored otherwise is cast in the statement, plain and optimised; the order stays. */
static void
test_stored_types(void **state)
{
  static const struct {
    const char *query, *first, *type;
  } queries[] = {
      {"SELECT sum(id) AS s, category FROM events GROUP BY category ORDER BY s DESC, category",
       "1638", "BIGINT"},
      {"SELECT * FROM (SELECT sum(id) AS s, category FROM events GROUP BY category) ORDER BY s "
       "DESC, category LIMIT 1",
       "1638", "BIGINT"},
      {"SELECT sum(id) AS s FROM events UNION ALL SELECT 1 ORDER BY s", "1", "BIGINT"},
      {"SELECT shade FROM (SELECT (CASE WHEN id = 3 THEN 'red' ELSE 'blue' END)::ENUM('red', "
       "'blue') AS"
       " shade FROM events) ORDER BY shade",
       "red", "VARCHAR"},
  };
  struct job_kit *kit = *state;
  (void)job_kit_events(kit);
  for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
    const struct plan_output *output = job_kit_plan_query(kit, queries[i].query, "");
    const char *const statements[] = {output->sql, output->plain_sql};
    for (gsize k = 0; k < G_N_ELEMENTS(statements); k++) {
      AUTO(duck_result_free) struct duck_result *result = kit_query(kit->kit, statements[k]);
      assert_string_equal(duck_result_type(result, 0), queries[i].type);
      assert_string_equal(duck_result_text(result, 0, 0), queries[i].first);
    }
  }
  const struct plan_output *output =
      job_kit_plan_query(kit, "SELECT sum(9223372036854775807) AS s FROM events", "");
  g_autoptr(GError) error = NULL;
  assert_null(duck_query(kit->kit->connection, output->sql, NULL, NULL, &error));
  assert_non_null(error);
}

/* Columns are named as by the query as written, also where a name cannot be said again. */
static void
test_names(void **state)
{
  static const char *const queries[] = {
      "SELECT * FROM (SELECT sum(CAST(id AS DOUBLE)) FROM events)",
      "SELECT * FROM (SELECT DISTINCT sum(CAST(id AS DOUBLE)), sum(id) FROM events) ORDER BY ALL",
      "WITH c AS (SELECT avg(value) FILTER (WHERE id > CAST(3 AS DOUBLE)) FROM events) SELECT * "
      "FROM c",
      "SELECT sum(value + 0.0::DOUBLE) + 1, avg(value::FLOAT) FROM events",
      "SELECT sum(CAST(id AS DOUBLE)) FROM events UNION ALL SELECT 1",
      "SELECT x.* FROM (SELECT category, sum(value) OVER (PARTITION BY category) FROM events) x"
      " ORDER BY ALL",
  };
  struct job_kit *kit = *state;
  (void)job_kit_events(kit);
  for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
    AUTO(duck_result_free) struct duck_result *wanted = kit_query(kit->kit, queries[i]);
    const struct plan_output *output = job_kit_plan_query(kit, queries[i], "");
    const char *const statements[] = {output->sql, output->plain_sql};
    for (gsize k = 0; k < G_N_ELEMENTS(statements); k++) {
      AUTO(duck_result_free) struct duck_result *found = kit_query(kit->kit, statements[k]);
      assert_int_equal(duck_result_columns(found), duck_result_columns(wanted));
      assert_int_equal(duck_result_rows(found), duck_result_rows(wanted));
      for (guint c = 0; c < duck_result_columns(found); c++)
        assert_string_equal(duck_result_name(found, c), duck_result_name(wanted, c));
      assert_non_null(strstr(statements[k], "kindling_"));
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_rows, job_kit_open, job_kit_close),
      cmocka_unit_test_setup_teardown(test_union, job_kit_open, job_kit_close),
      cmocka_unit_test_setup_teardown(test_jobs, job_kit_open, job_kit_close),
      cmocka_unit_test_setup_teardown(test_refusals, job_kit_open, job_kit_close),
      cmocka_unit_test_setup_teardown(test_stored_types, job_kit_open, job_kit_close),
      cmocka_unit_test_setup_teardown(test_names, job_kit_open, job_kit_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
