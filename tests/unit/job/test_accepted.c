/* SPDX-License-Identifier: Apache-2.0
 * Scripts that a job may be. */
#include "job/fixture.h"
#include "util/error.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const char *const accepted[] = {
    "COPY (SELECT min(COLUMNS('val.*')), sum((SELECT count(*) FROM (SELECT * FROM events) AS t)) "
    "AS s "
    "FROM events) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, first(event_type ORDER BY \"timestamp\", event_type) AS f FROM events "
    "GROUP BY category) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, first(category) AS f FROM events GROUP BY category) TO 'x' (FORMAT "
    "parquet);",
    "COPY (SELECT * FROM events ORDER BY ALL LIMIT 5) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, sum(value) AS v FROM events GROUP BY category ORDER BY v DESC, "
    "category LIMIT $n) TO 'x' (FORMAT parquet);",
    "COPY (WITH d AS (SELECT category, event_type, count(*) AS n FROM events GROUP BY ALL)\n "
    "SELECT *, row_number() OVER (PARTITION BY category ORDER BY n DESC, event_type) AS r FROM d "
    "WHERE n > 2) TO 'x' (FORMAT parquet);",
    "COPY (SELECT user_id, row_number() OVER (ORDER BY user_id) AS r FROM events) TO 'x' (FORMAT "
    "parquet);",
    "COPY (SELECT \"user\", \"we ird\" FROM odd) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, value FROM events) TO 'x' (FORMAT parquet, PARTITION_BY (Category));",
    "COPY (SELECT user_id, value FROM events QUALIFY row_number() OVER (PARTITION BY user_id ORDER "
    "BY \"timestamp\", value) = 1) TO 'x' (FORMAT parquet);",
    "COPY (WITH f AS (SELECT user_id, value FROM events QUALIFY row_number() OVER (PARTITION BY "
    "user_id ORDER BY \"timestamp\", value) = 1) SELECT user_id, value, lag(value) OVER (ORDER BY "
    "user_id) AS l FROM f) TO 'x' (FORMAT parquet);",
    "CREATE VIEW daily AS SELECT CAST(\"timestamp\" AS DATE) AS date, category, sum(value) AS v "
    "FROM events GROUP BY 1, 2;\nCOPY (SELECT *, avg(v) OVER (PARTITION BY category ORDER BY date "
    "ROWS 6 PRECEDING) AS m FROM daily) TO 'x' (FORMAT parquet);",
    "CREATE VIEW daily AS SELECT CAST(\"timestamp\" AS DATE) AS date, category, sum(value) AS v "
    "FROM events GROUP BY 1, 2;\nCOPY (SELECT *, avg(v) OVER (ORDER BY date RANGE 6 PRECEDING) AS "
    "m FROM daily) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, rank() OVER (ORDER BY sum(value) DESC) AS r FROM events GROUP BY "
    "category) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, row_number() OVER (ORDER BY sum(value) DESC, category) AS r FROM "
    "events GROUP BY category) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, event_type, row_number() OVER (ORDER BY category, event_type) AS r "
    "FROM events GROUP BY CUBE (category, event_type)) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, event_type, row_number() OVER (ORDER BY category, event_type, "
    "grouping_id(category, event_type)) AS r FROM events GROUP BY CUBE (category, event_type)) TO "
    "'x' (FORMAT parquet);",
    "COPY (SELECT DISTINCT ON (user_id) user_id, category FROM events ORDER BY user_id, "
    "\"timestamp\", category) TO 'x' (FORMAT parquet);",
    "COPY (SELECT DISTINCT category FROM events ORDER BY category LIMIT 3) TO 'x' (FORMAT "
    "parquet);",
    "COPY (SELECT count(*) FROM events LIMIT 1) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category FROM events UNION SELECT name FROM users ORDER BY 1 LIMIT 3) TO 'x' "
    "(FORMAT parquet);",
    "COPY (SELECT e.user_id, u.country, sum(value) s FROM events e JOIN users u USING (user_id) "
    "GROUP BY ALL ORDER BY s DESC, user_id, country LIMIT 10) TO 'x' (FORMAT parquet);",
    "COPY (WITH a AS (SELECT user_id, count(*) n FROM events GROUP BY user_id), b AS (SELECT "
    "user_id, max(name) m FROM users GROUP BY user_id)\n SELECT a.user_id, n, m, row_number() OVER "
    "(ORDER BY n, a.user_id, b.user_id) r FROM a JOIN b ON a.user_id = b.user_id) TO 'x' (FORMAT "
    "parquet);",
    "COPY (SELECT user_id, first_value(category) OVER (PARTITION BY user_id ORDER BY "
    "\"timestamp\", category) f FROM events) TO 'x' (FORMAT parquet);",
    "COPY (SELECT user_id, lag(\"timestamp\") OVER (PARTITION BY user_id ORDER BY \"timestamp\") f "
    "FROM events) TO 'x' (FORMAT parquet);",
    "COPY (SELECT user_id, \"timestamp\", lag(\"timestamp\") OVER (PARTITION BY user_id ORDER BY "
    "\"timestamp\") f FROM events) TO 'x' (FORMAT parquet);",
    "COPY (SELECT user_id, sum(value) OVER (PARTITION BY user_id) s, count(*) OVER () n FROM "
    "events) TO 'x' (FORMAT parquet);",
    "COPY (SELECT i, (SELECT count(*) FROM events WHERE day = i) n FROM range(1, 32) t(i) ORDER BY "
    "i LIMIT 10) TO 'x' (FORMAT parquet);",
    "COPY (WITH RECURSIVE r(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM r WHERE i < 5) SELECT i "
    "FROM r) TO 'x' (FORMAT parquet);",
    "COPY (SELECT median(value), quantile_cont(value, 0.9), histogram(category), count(DISTINCT "
    "user_id), approx_count_distinct(user_id), bool_or(value > 1) FROM events) TO 'x' (FORMAT "
    "parquet);",
    "COPY (SELECT category, event_type, grouping_id(category, event_type) AS g, count(*) AS n FROM "
    "events GROUP BY CUBE (category, event_type) ORDER BY g, category, event_type LIMIT 10) TO 'x' "
    "(FORMAT parquet);",
    "COPY (SELECT value FROM events ORDER BY value OFFSET 10) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, event_type, count(*) AS n, row_number() OVER (ORDER BY count(*), "
    "category, event_type) AS r FROM events GROUP BY CUBE (category, event_type)) TO 'x' (FORMAT "
    "parquet);",
    "COPY (SELECT category, count(*) AS n FROM events GROUP BY category ORDER BY category COLLATE "
    "nocase) TO 'x' (FORMAT parquet);",
    "COPY (SELECT list(DISTINCT category ORDER BY category) AS c, first(category ORDER BY "
    "\"timestamp\", category) FILTER (WHERE value > 1) AS f FROM events) TO 'x' (FORMAT parquet);",
    "COPY (SELECT max_by(category, row(\"timestamp\", category)) AS c FROM events) TO 'x' (FORMAT "
    "parquet);",
    "COPY (SELECT CASE WHEN value > 10 THEN 'high' ELSE 'low' END AS level, count(*) AS n FROM "
    "events GROUP BY ALL HAVING count(*) > $n ORDER BY level) TO 'x' (FORMAT parquet, COMPRESSION "
    "zstd);",
    "COPY (SELECT e.category, u.country, sum(e.value) AS v FROM events e LEFT JOIN users u ON "
    "e.user_id = u.user_id WHERE e.\"timestamp\" >= $since GROUP BY ROLLUP (e.category, "
    "u.country)) TO 'by-country' (FORMAT parquet, PARTITION_BY country);",
    "COPY (SELECT * FROM events WHERE category LIKE 'a%' AND value BETWEEN 1 AND 2 AND day IN (1, "
    "2)) TO 'x.y_z-1' (FORMAT 'PARQUET', COMPRESSION 'gzip');",
    "COPY (SELECT x, y FROM (VALUES (1, 2), (3, 4)) t(x, y) ORDER BY x) TO 'x' (FORMAT parquet);",
    "COPY (SELECT unnest([1, 2, 3]) AS u) TO 'x' (FORMAT parquet);",
    "COPY (FROM events SELECT category, count(*) AS n GROUP BY category) TO 'x' (FORMAT parquet);",
    "COPY (SELECT user_id FROM events INTERSECT SELECT user_id FROM users) TO 'x' (FORMAT "
    "parquet);",
    "COPY (SELECT user_id, name, row_number() OVER (PARTITION BY user_id ORDER BY name) AS r FROM "
    "users QUALIFY r <= 3) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, count(*) AS n FROM events GROUP BY category ORDER BY count(*) DESC, 1 "
    "LIMIT 3) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category FROM events WHERE EXISTS (SELECT 1 FROM users WHERE users.user_id = "
    "events.user_id)) TO 'x' (FORMAT parquet);",
    "COPY (SELECT e.user_id FROM events e SEMI JOIN users u ON e.user_id = u.user_id) TO 'x' "
    "(FORMAT parquet);",
    "CREATE VIEW \"Odd View\" AS SELECT \"we ird\" AS w FROM odd;\nCOPY (SELECT w FROM \"odd "
    "view\" v) TO 'x' (FORMAT parquet);",
    "COPY (SELECT 'it''s' AS a, E'a\\'b' AS b, $$x;)$$ AS c, /* ); */ 1 AS d -- );\n) TO 'x' "
    "(FORMAT parquet);",
    "COPY (SELECT user_id, avg(value) OVER (PARTITION BY user_id ORDER BY \"timestamp\" RANGE "
    "BETWEEN INTERVAL 7 DAYS PRECEDING AND CURRENT ROW) AS a FROM events) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, value FROM events ORDER BY category, value LIMIT 10 OFFSET 5) TO 'x' "
    "(FORMAT parquet);",
    "COPY (WITH t AS MATERIALIZED (SELECT category, count(*) AS n FROM events GROUP BY category) "
    "SELECT * FROM t ORDER BY n DESC, category LIMIT 5) TO 'x' (FORMAT parquet);",
    "COPY (SELECT last_value(category) OVER (PARTITION BY user_id ORDER BY \"timestamp\", "
    "category) AS l, dense_rank() OVER (ORDER BY day) AS d FROM events) TO 'x' (FORMAT parquet);",
    "COPY (SELECT e.user FROM odd e) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, list_transform(list(value ORDER BY value), x -> x + 1) AS l FROM "
    "events GROUP BY category) TO 'x' (FORMAT parquet);",
    "COPY (WITH a AS (SELECT user_id, sum(value) AS v FROM events GROUP BY user_id), b AS (SELECT "
    "DISTINCT user_id, country FROM users) SELECT a.user_id, b.country, v, row_number() OVER "
    "(PARTITION BY b.country ORDER BY v DESC, a.user_id, b.user_id) AS r FROM a LEFT JOIN b ON "
    "a.user_id = b.user_id) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, event_type, sum(value) AS v, sum(sum(value)) OVER (PARTITION BY "
    "grouping_id(category, event_type) ORDER BY category, event_type ROWS UNBOUNDED PRECEDING) AS "
    "running FROM events GROUP BY ROLLUP (category, event_type)) TO 'x' (FORMAT parquet);",
    "COPY (SELECT u, n, lead(n) OVER (ORDER BY u) AS next FROM (SELECT user_id AS u, count(*) AS n "
    "FROM events GROUP BY 1)) TO 'x' (FORMAT parquet);",
    "COPY (SELECT c, lead(c) OVER (ORDER BY c) AS next FROM (SELECT category AS c FROM events "
    "UNION SELECT name FROM users)) TO 'x' (FORMAT parquet);",
    "COPY (SELECT * EXCLUDE (r) FROM (SELECT user_id, category, value, row_number() OVER "
    "(PARTITION BY user_id ORDER BY value DESC, category) AS r FROM events) WHERE r <= 2) TO 'x' "
    "(FORMAT parquet);",
    "COPY (SELECT user_id, min_by(category, value ORDER BY category) AS c FROM events GROUP BY "
    "user_id) TO 'x' (FORMAT parquet);",
    "COPY (SELECT user_id, max_by(value, value) AS c FROM events GROUP BY user_id) TO 'x' (FORMAT "
    "parquet);",
    "COPY (SELECT user_id, first(upper(category) ORDER BY day, category) AS c FROM events GROUP BY "
    "user_id) TO 'x' (FORMAT parquet);",
    "COPY (SELECT user_id, any_value(user_id + 1) AS c FROM events GROUP BY user_id) TO 'x' "
    "(FORMAT parquet);",
    "COPY (SELECT day, category, sum(value) AS v, rank() OVER (PARTITION BY day ORDER BY "
    "sum(value) DESC) AS r FROM events GROUP BY day, category QUALIFY r <= 2) TO 'x' (FORMAT "
    "parquet);",
    "COPY (SELECT day, category, sum(value) AS v FROM events GROUP BY day, category QUALIFY "
    "row_number() OVER (PARTITION BY day ORDER BY sum(value) DESC, category) = 1) TO 'x' (FORMAT "
    "parquet);",
    "COPY (WITH RECURSIVE t(i, c) AS (SELECT 1, 'a' UNION SELECT i + 1, e.category FROM t, events "
    "e WHERE i < 3) SELECT i, c, row_number() OVER (ORDER BY i, c) AS r FROM t) TO 'x' (FORMAT "
    "parquet);",
    "COPY (SELECT DISTINCT ON (user_id, category) user_id, category, day FROM events ORDER BY day "
    "DESC) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, quantile_cont(value, [0.1, 0.9]) AS q, mad(value) AS m, histogram(day) "
    "AS h FROM events GROUP BY category) TO 'x' (FORMAT parquet);",
    "COPY (SELECT e.category, e.value, d.d FROM events e JOIN (SELECT user_id, first(country ORDER "
    "BY country) AS d FROM users GROUP BY user_id) d USING (user_id) ORDER BY ALL LIMIT 20) TO 'x' "
    "(FORMAT parquet);",
    "COPY (SELECT user_id, (SELECT string_agg(name, '+' ORDER BY name) FROM users u WHERE "
    "u.user_id = e.user_id) AS names FROM events e) TO 'x' (FORMAT parquet);",
    "COPY (SELECT user_id, list_sort(array_agg(category)) AS names FROM events e GROUP BY ALL) TO "
    "'x' (FORMAT parquet);",
    "COPY (SELECT day, nth_value(value, 2) OVER (PARTITION BY day ORDER BY value DESC) AS n FROM "
    "events) TO 'x' (FORMAT parquet);",
    "COPY (SELECT day, last_value(value) OVER (PARTITION BY day ORDER BY value ROWS BETWEEN "
    "UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS n FROM events) TO 'x' (FORMAT parquet);",
    "COPY (SELECT day, list(value) OVER (PARTITION BY day ORDER BY value) AS n FROM events) TO 'x' "
    "(FORMAT parquet);",
    "COPY (SELECT day, sum(value) OVER (PARTITION BY day ORDER BY value GROUPS 1 PRECEDING EXCLUDE "
    "TIES) AS n FROM events) TO 'x' (FORMAT parquet);",
    "COPY (SELECT day, sum(value) OVER (PARTITION BY day ORDER BY value RANGE 1 PRECEDING EXCLUDE "
    "CURRENT ROW) AS n FROM events) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, value FROM events EXCEPT SELECT category, value FROM events WHERE day "
    "= 1 ORDER BY value, category LIMIT 7) TO 'x' (FORMAT parquet);",
    "COPY (SELECT (SELECT max(value) FROM events) AS m, category FROM events ORDER BY category "
    "LIMIT 3) TO 'x' (FORMAT parquet);",
    "COPY (SELECT year, month FROM events GROUP BY ALL ORDER BY 2, 1 LIMIT 1) TO 'x' (FORMAT "
    "parquet);",
    "COPY (FROM events ORDER BY ALL LIMIT 9) TO 'x' (FORMAT parquet);",
    "COPY (SELECT upper(category) AS k, count(*) AS n FROM events GROUP BY k ORDER BY n DESC, k "
    "LIMIT 2) TO 'x' (FORMAT parquet);",
    "COPY (SELECT upper(category) AS k, first(category ORDER BY category) AS c FROM events GROUP "
    "BY upper(category) ORDER BY upper(category) LIMIT 2) TO 'x' (FORMAT parquet);",
    "COPY (SELECT first(DISTINCT category ORDER BY category) AS c FROM events) TO 'x' (FORMAT "
    "parquet);",
    "COPY (SELECT percent_rank() OVER (ORDER BY value) AS p, ntile(3) OVER (ORDER BY value) AS q "
    "FROM events) TO 'x' (FORMAT parquet);",
    "COPY (SELECT count(*) FILTER (WHERE event_type = 'click') OVER (PARTITION BY category) AS c "
    "FROM events) TO 'x' (FORMAT parquet);",
    "COPY (SELECT category, day, (SELECT max(name) FROM users u WHERE u.user_id = events.day) AS m "
    "FROM events ORDER BY category, day LIMIT 3) TO 'x' (FORMAT parquet);",
    "COPY (SELECT s.x AS a FROM (SELECT {'x': value} AS s, day AS x FROM events) ORDER BY s LIMIT "
    "5) TO 'x' (FORMAT parquet);",
    "COPY (SELECT user_id, max(value, 3) AS m, min_by(day, row(value, day), 2) AS n FROM events "
    "GROUP BY user_id) TO 'x' (FORMAT parquet)",
    "COPY (SELECT day, max(value, day) AS m FROM events GROUP BY day) TO 'x' (FORMAT parquet)",
    "COPY (SELECT day, max(value) OVER (PARTITION BY day ORDER BY value RANGE 3 PRECEDING) AS m "
    "FROM events) TO 'x' (FORMAT parquet)",
};

static void
accepts(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(accepted); i++) {
    g_autoptr(GError) error = NULL;
    AUTO(job_free) struct job *job = fixture_bind(accepted[i], &error);
    if (job == NULL)
      fail_msg("%s\n%s", accepted[i], error->message);
  }
}

/* Few values, so that nearly everything ties; whole numbers, so that built-in sums are exact. */
static void
fill_tables(const char *order)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *sql = g_strdup_printf(
      "DELETE FROM events; DELETE FROM users; DELETE FROM odd;"
      "INSERT INTO events SELECT nullif(i %% 5, 4), ['click', 'view', 'purchase'][1 + (i // 5) %% "
      "3],"
      " nullif(['a', 'ab', 'b'][1 + (i // 2) %% 3], 'b'), (i * 7) %% 13, TIMESTAMP '2024-01-01' +"
      " to_hours(((i * 11) %% 17) * 20), 2024, 1 + (i %% 2), 1 + (i %% 9) FROM range(400) t(i) "
      "ORDER BY"
      " %s;"
      "INSERT INTO users SELECT i %% 5, ['x', 'y', 'z'][1 + i %% 3], ['KR', 'DE'][1 + i %% 2] FROM"
      " range(12) t(i) ORDER BY %s;"
      "INSERT INTO odd SELECT 'u' || i %% 3, i FROM range(6) t(i) ORDER BY %s",
      order, order, order);
  if (!duck_exec(fixture_connection(), sql, &error))
    fail_msg("%s", error->message);
}

/* All rows of an output as sorted lines. */
static char *
rows_of(const struct job *job, const struct job_output *output)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *sql = g_strdup_printf("SELECT count(*) || chr(10) || string_agg(line, chr(10) "
                                         "ORDER BY line) FROM (SELECT CAST(t AS VARCHAR) AS line "
                                         "FROM (%s\n) t)",
                                         output->sql);
  if (!job_make_current(job, fixture_connection(), &error))
    fail_msg("%s", error->message);
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(fixture_connection(), sql, NULL, NULL, &error);
  if (result == NULL)
    fail_msg("%s\n%s", output->sql, error->message);
  return g_strdup(duck_result_text(result, 0, 0));
}

static const char *const orders[] = {"i DESC", "hash(i)", "(i * 37) % 101, i"};

static bool
same_in_every_order(const struct job *job, const struct job_output *output)
{
  fill_tables("i");
  g_autofree char *expected = rows_of(job, output);
  for (gsize i = 0; i < G_N_ELEMENTS(orders); i++) {
    fill_tables(orders[i]);
    g_autofree char *rows = rows_of(job, output);
    if (g_strcmp0(rows, expected) != 0)
      return false;
  }
  return true;
}

static void
assert_no_dependence(const char *script)
{
  g_autoptr(GError) error = NULL;
  AUTO(job_free) struct job *job = fixture_bind(script, &error);
  if (job == NULL)
    fail_msg("%s\n%s", script, error->message);
  for (guint i = 0; i < job->outputs->len; i++)
    if (!same_in_every_order(job, g_ptr_array_index(job->outputs, i)))
      fail_msg("depends on row order: %s", script);
}

/* What is accepted gives the same rows in whatever order the input's rows come. */
static void
accepted_scripts_do_not_depend_on_row_order(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(accepted); i++)
    assert_no_dependence(accepted[i]);
}

/* The orders above would show it: these queries, which are refused, do depend on them. */
static void
refused_queries_do_depend_on_row_order(void **state)
{
  (void)state;
  static const char *const queries[] = {
      "SELECT user_id, first(category) FROM events GROUP BY user_id",
      "SELECT user_id, first(category ORDER BY day) FROM events GROUP BY user_id",
      "SELECT max_by(category, value) FROM events GROUP BY user_id",
      "SELECT list(category) FROM events GROUP BY user_id",
      "SELECT string_agg(category ORDER BY day) FROM events GROUP BY user_id",
      "SELECT mode(value) FROM events GROUP BY user_id, day",
      "SELECT user_id, category, row_number() OVER (ORDER BY user_id) FROM events",
      "SELECT category, lag(value) OVER (ORDER BY \"timestamp\") FROM events",
      "SELECT category, sum(value) OVER (ORDER BY day ROWS 3 PRECEDING) FROM events",
      "SELECT first_value(category) OVER (ORDER BY day) FROM events",
      "SELECT user_id, category FROM events ORDER BY user_id LIMIT 10",
      "SELECT DISTINCT ON (user_id) user_id, category FROM events ORDER BY user_id",
  };
  g_autoptr(GError) error = NULL;
  AUTO(job_free)
  struct job *job = fixture_bind("COPY (SELECT 1 AS x) TO 'x' (FORMAT parquet)", &error);
  for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
    g_autofree char *sql = g_strdup(queries[i]);
    const struct job_output output = {.sql = sql};
    if (same_in_every_order(job, &output))
      fail_msg("the orders do not tell: %s", queries[i]);
    g_autoptr(GError) refusal = NULL;
    g_autofree char *script = g_strdup_printf("COPY (%s) TO 'x' (FORMAT parquet)", queries[i]);
    AUTO(job_free) struct job *refused = fixture_bind(script, &refusal);
    if (refused != NULL)
      fail_msg("accepted: %s", script);
  }
}

static void
accepts_the_shipped_jobs(void **state)
{
  (void)state;
  static const char *const names[] = {"batch-processing", "advanced-analysis"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autoptr(GError) error = NULL;
    const struct job_options options = {.job = names[i], .jobs_dir = SOURCE_ROOT "/jobs"};
    AUTO(job_free) struct job *job = job_load(fixture_connection(), &options, &error);
    if (job == NULL || !job_bind(job, fixture_connection(), &error))
      fail_msg("%s: %s", names[i], error->message);
    assert_string_equal(job->name, names[i]);
  }
}

/* Every sql block of the guide is a whole script. */
static void
accepts_the_guide(void **state)
{
  (void)state;
  g_autofree char *guide = NULL;
  assert_true(g_file_get_contents(SOURCE_ROOT "/docs/guide/jobs.md", &guide, NULL, NULL));
  g_auto(GStrv) blocks = g_strsplit(guide, "```sql\n", -1);
  assert_true(g_strv_length(blocks) > 6);
  for (gsize i = 1; blocks[i] != NULL; i++) {
    g_auto(GStrv) parts = g_strsplit(blocks[i], "```", 2);
    assert_no_dependence(parts[0]);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(accepts),
      cmocka_unit_test(accepted_scripts_do_not_depend_on_row_order),
      cmocka_unit_test(refused_queries_do_depend_on_row_order),
      cmocka_unit_test(accepts_the_shipped_jobs),
      cmocka_unit_test(accepts_the_guide),
  };
  return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
