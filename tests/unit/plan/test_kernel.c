/* SPDX-License-Identifier: Apache-2.0 */
#include "job_kit.h"
#include "kernel_kit.h"
#include <math.h>

#define COPY(name, query) "COPY (" query ") TO '" name "' (FORMAT parquet);\n"

static int
open_events(void **state)
{
  if (job_kit_open_events(state) != 0)
    return -1;
  job_kit_file(*state, "dim/a.parquet", "SELECT * FROM (VALUES ('a', 1), ('b', 2)) t(category, n)");
  (void)job_kit_input(*state, "dim", "dim");
  return 0;
}

#define GROUPED(aggregate) "SELECT category, " aggregate " AS x FROM events GROUP BY category"

/* The same query but for one property, and what the plan then says. */
struct reason_row {
  const char *query;
  bool is_kernel;
  const char *reason;
};

static const struct reason_row reason_rows[] = {
    {GROUPED("count(*)"), true, "1 key and 1 aggregate in pass 1"},
    {"SELECT category, year, count(*) AS x, min(id) AS y FROM events GROUP BY CUBE (1, 2)", true,
     "2 keys, 4 grouping sets and 2 aggregates in pass 1"},
    {"SELECT max(x) AS m FROM (" GROUPED("count(*)") ")", true, "1 key and 1 aggregate in pass 1"},
    {GROUPED("count(*)") " UNION ALL SELECT NULL, count(*) FROM events", true,
     "2 rollups in pass 1"},
    {GROUPED("median(value)"), false, "median() is not one of the kernel's aggregates"},
    {GROUPED("sum(DISTINCT value)"), false, "DISTINCT inside sum()"},
    {GROUPED("max(DISTINCT value)"), true, "1 key and 1 aggregate in pass 1"},
    {"SELECT id FROM events", false, "it does not group"},
    {"SELECT DISTINCT id, category FROM events", true, "2 keys and 0 aggregates in pass 1"},
    {"SELECT DISTINCT [id] AS ids FROM events", false,
     "key main.list_value(id) is of type BIGINT[], which the kernel does not hold"},
    {"SELECT DISTINCT * FROM dim", false, "* in SELECT DISTINCT"},
    {"SELECT DISTINCT category, count(*) OVER () AS n FROM events", false,
     "a window call in SELECT DISTINCT"},
    {GROUPED("count(*)") " HAVING max(user_id COLLATE NOCASE) > 'u'", false,
     "it compares text by a collation"},
    {"SELECT 1 AS one FROM events HAVING true", false, "it has neither keys nor aggregates"},
    {"SELECT CAST(category AS ENUM ('a', 'b', 'c')) AS c, count(*) AS n FROM events GROUP BY ALL",
     false,
     "key CAST(category AS \"ENUM\"('a', 'b', 'c')) is of type ENUM, which the kernel does not "
     "hold"},
    {"SELECT CAST(category AS BLOB) AS c, count(*) AS n FROM events GROUP BY ALL", false,
     "key CAST(category AS \"BLOB\") is of type BLOB, which the kernel does not hold"},
    {"SELECT CAST(id AS HUGEINT) AS c, count(*) AS n FROM events GROUP BY ALL", true,
     "1 key and 1 aggregate in pass 1"},
    {GROUPED("max(CAST(id AS HUGEINT))"), true, "1 key and 1 aggregate in pass 1"},
    {GROUPED("min(CAST(id AS UHUGEINT))"), false,
     "min(CAST(id AS \"UHUGEINT\")): min() of type UHUGEINT is not one of the kernel's aggregates"},
    {GROUPED("max(CAST(id AS DECIMAL(38, 2)))"), true, "1 key and 1 aggregate in pass 1"},
    {GROUPED("sum(CAST(id AS DECIMAL(18, 2)))"), true, "1 key and 1 aggregate in pass 1"},
    {GROUPED("sum(CAST(id AS DECIMAL(19, 2)))"), true, "1 key and 1 aggregate in pass 1"},
    {GROUPED("avg(CAST(id AS HUGEINT))"), true, "1 key and 1 aggregate in pass 1"},
    {GROUPED("avg(CAST(id AS UHUGEINT))"), false,
     "avg(CAST(id AS \"UHUGEINT\")): avg() of type UHUGEINT is not one of the kernel's aggregates"},
    {GROUPED("avg(DATE '2024-01-01')"), false,
     "avg(CAST('2024-01-01' AS \"DATE\")): avg() of type DATE is not one of the kernel's "
     "aggregates"},
    {GROUPED("count([id])"), true, "1 key and 1 aggregate in pass 1"},
    {GROUPED("count(DISTINCT [id])"), false,
     "count(DISTINCT main.list_value(id)): count() of type BIGINT[] is not one of the kernel's"
     " aggregates"},
    {GROUPED("count(DISTINCT (id, value, category))"), true, "1 key and 1 aggregate in pass 1"},
    {GROUPED("count(DISTINCT row(id, CAST(id AS DECIMAL(30, 2))))"), true,
     "1 key and 1 aggregate in pass 1"},
    {GROUPED("count(DISTINCT (id, [id]))"), false,
     "count(DISTINCT main.\"row\"(id, main.list_value(id))): count() of type STRUCT is not one of "
     "the kernel's aggregates"},
    {GROUPED("count(DISTINCT (id, NULL))"), true, "1 key and 1 aggregate in pass 1"},
    {GROUPED("count(DISTINCT {'a': id})"), false,
     "count(DISTINCT main.struct_pack(a := id)): count() of type STRUCT is not one of the kernel's "
     "aggregates"},
    {GROUPED("first(id ORDER BY value, id)"), true, "1 key and 1 aggregate in pass 1"},
    {GROUPED("first(id ORDER BY [value], id)"), false,
     "the order of \"first\"(id ORDER BY main.list_value(\"value\"), id) is of type DOUBLE[], "
     "which"
     " the kernel does not hold"},
    {GROUPED("last(CAST(id AS DECIMAL(38, 4)) ORDER BY value, id)"), true,
     "1 key and 1 aggregate in pass 1"},
    {GROUPED("min_by(CAST(id AS DECIMAL(19, 0)), id)"), true, "1 key and 1 aggregate in pass 1"},
    {GROUPED("first(id ORDER BY CAST(id AS HUGEINT), id)"), true,
     "1 key and 1 aggregate in pass 1"},
    {GROUPED("max_by(CAST(id AS HUGEINT) % 2 = 0, CAST(id AS HUGEINT))"), true,
     "1 key and 1 aggregate in pass 1"},
    {GROUPED("count(DISTINCT CAST(id AS HUGEINT))"), true, "1 key and 1 aggregate in pass 1"},
    {GROUPED("max_by(id, id)"), true, "1 key and 1 aggregate in pass 1"},
    {GROUPED("max_by(id, row(value, id))"), false,
     "the order of max_by(id, main.\"row\"(\"value\", id)) is of type STRUCT, which the kernel "
     "does"
     " not hold"},
    {GROUPED("max_by(id, id ORDER BY id)"), false,
     "max_by(id, id ORDER BY id): ORDER BY inside max_by()"},
    {"SELECT (SELECT count(*) FROM dim) AS n, (SELECT count(*) FROM events) AS m", false,
     "its rollups read 'dim' and 'events', which are two passes"},
    {"SELECT n, count(*) AS x FROM events JOIN dim USING (category) GROUP BY n", true,
     "1 key and 1 aggregate in pass 1"},
};

static void
test_reasons(void **state)
{
  struct job_kit *kit = *state;
  for (gsize i = 0; i < G_N_ELEMENTS(reason_rows); i++) {
    const struct plan_output *output = job_kit_plan_query(kit, reason_rows[i].query, "");
    if (output->is_kernel != reason_rows[i].is_kernel ||
        !g_str_equal(output->kernel_reason, reason_rows[i].reason))
      fail_msg("%s\n%s", reason_rows[i].query, output->kernel_reason);
    const struct plan_pass *pass = output->pass < 0 ? NULL : kit->plan->passes->pdata[0];
    assert_true(pass == NULL || (pass->scan_sql != NULL) == reason_rows[i].is_kernel);
    assert_true(pass == NULL || (pass->kernel_rollups->len > 0) == reason_rows[i].is_kernel);
  }
}

/* "g1 g0 a0" */
static char *
direct_text(const struct plan_output *output)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < output->direct->len; i++) {
    const struct plan_direct *entry = &g_array_index(output->direct, struct plan_direct, i);
    g_string_append_printf(text, "%s%c%u", i == 0 ? "" : " ", entry->is_key ? 'g' : 'a',
                           entry->index);
  }
  return g_string_free(text, FALSE);
}

static char *
numbers_text(const GArray *numbers)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < numbers->len; i++)
    g_string_append_printf(text, "%s%u", i == 0 ? "" : " ", g_array_index(numbers, guint, i));
  return g_string_free(text, FALSE);
}

#define PLAIN "SELECT category AS c, year, sum(id) AS n FROM events GROUP BY year, category"

static void
test_direct(void **state)
{
  static const struct {
    const char *query, *direct, *order; /* NULL: none */
  } rows[] = {
      {PLAIN, "g1 g0 a0", ""},
      {PLAIN " ORDER BY year, c", "g1 g0 a0", "0 1"},
      {PLAIN " ORDER BY events.category, 2", "g1 g0 a0", "1 0"},
      {PLAIN " ORDER BY category NULLS LAST", "g1 g0 a0", "1"},
      {PLAIN " ORDER BY year DESC, c", "g1 g0 a0", NULL},
      {PLAIN " ORDER BY year NULLS FIRST, c", "g1 g0 a0", NULL},
      {PLAIN " ORDER BY year, c, n", "g1 g0 a0", NULL},
      {PLAIN " ORDER BY year + 1, c", "g1 g0 a0", NULL},
      {PLAIN " HAVING sum(id) > 3", NULL, NULL},
      {PLAIN " ORDER BY year, c LIMIT 3", NULL, NULL},
      {"SELECT * FROM (" PLAIN ")", NULL, NULL},
      {PLAIN " UNION ALL SELECT 'x', 1, 2", NULL, NULL},
      {"SELECT DISTINCT category AS c, sum(id) AS n FROM events GROUP BY category", NULL, NULL},
      {"SELECT category AS c, sum(id) + 1 AS n FROM events GROUP BY category", NULL, NULL},
      {"SELECT category AS c, sum(sum(id)) OVER () AS n FROM events GROUP BY category", NULL, NULL},
      {"SELECT category AS c, sum(id) AS n FROM events GROUP BY ROLLUP (category)", NULL, NULL},
      {"SELECT sum(id) AS n FROM events", NULL, NULL},
      {"SELECT category AS c, median(id) AS n FROM events GROUP BY category", NULL, NULL},
      {"SELECT upper(category) AS c, category FROM events GROUP BY ALL ORDER BY c", "g0 g1", "0"},
      {"SELECT DISTINCT year, category AS c, year AS y FROM events ORDER BY c, 1", "g0 g1 g0",
       "1 0"},
      {"SELECT DISTINCT year, 7 AS seven FROM events", NULL, NULL},
      {"SELECT DISTINCT year FROM events ORDER BY year LIMIT 1", NULL, NULL},
      {"SELECT year, year AS y, id % 2 AS year2 FROM events GROUP BY ALL", "g0 g0 g1", ""},
  };
  struct job_kit *kit = *state;
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const struct plan_output *output = job_kit_plan_query(kit, rows[i].query, "");
    g_autofree char *direct = output->direct == NULL ? NULL : direct_text(output);
    g_autofree char *order =
        output->direct_order == NULL ? NULL : numbers_text(output->direct_order);
    if (g_strcmp0(direct, rows[i].direct) != 0 || g_strcmp0(order, rows[i].order) != 0)
      fail_msg("%s\ndirect %s, order %s", rows[i].query, direct, order);
  }
}

struct scan_row {
  const char *script, *scan, *runs, *flags;
};

static const struct scan_row scan_rows[] = {
    {COPY("a", "SELECT category, sum(value) AS s FROM events GROUP BY category")
         COPY("b", "SELECT EVENTS.Category AS c, count(*) AS n FROM Events GROUP BY 1"),
     "SELECT category AS c0, \"value\" AS c1, \"year\" AS c2, \"month\" AS c3 FROM events", "2 3",
     "-1 -1"},
    {COPY("a", "SELECT category, max(id) AS s FROM events WHERE id > 3 GROUP BY category")
         COPY("b", "SELECT user_id, count(*) AS n FROM events e WHERE e.id > 3 GROUP BY 1"),
     "SELECT category AS c0, id AS c1, user_id AS c2 FROM events WHERE (id > 3)", "", "-1 -1"},
    {COPY("a", "SELECT category, max(id) AS s FROM events WHERE id > 3 GROUP BY category")
         COPY("b", "SELECT user_id, count(*) AS n FROM events WHERE id > 4 GROUP BY 1"),
     "SELECT category AS c0, (id > 3) AS c1, id AS c2, user_id AS c3, (id > 4) AS c4,"
     " \"year\" AS c5, \"month\" AS c6 FROM events",
     "5 6", "1 4"},
    {COPY("a", "SELECT category, count(*) FILTER (WHERE id > 3) AS s FROM events GROUP BY 1")
         COPY("b", "SELECT category, count(*) AS n FROM events WHERE id > 3 GROUP BY 1"),
     "SELECT category AS c0, (id > 3) AS c1, \"year\" AS c2, \"month\" AS c3 FROM events", "2 3",
     "-1 1"},
    {COPY("a", "SELECT year, month, user_id, count(*) AS n FROM events WHERE id > 3 GROUP BY ALL"),
     "SELECT \"year\" AS c0, \"month\" AS c1, user_id AS c2, (id > 3) AS c3 FROM events", "0 1",
     "3"},
    {COPY("a", "SELECT year, month, count(*) AS n FROM events WHERE id > 3 GROUP BY ALL"),
     "SELECT \"year\" AS c0, \"month\" AS c1 FROM events WHERE (id > 3)", "", "-1"},
    {COPY("a", "SELECT year, user_id, count(*) AS n FROM events WHERE id > 3 GROUP BY ALL"),
     "SELECT \"year\" AS c0, user_id AS c1 FROM events WHERE (id > 3)", "", "-1"},
    {COPY("a", "SELECT year, month, user_id, count(*) AS n FROM events WHERE year = 2024 GROUP BY"
               " ALL"),
     "SELECT \"year\" AS c0, \"month\" AS c1, user_id AS c2, (\"year\" = 2024) AS c3 FROM events",
     "0 1", "3"},
    {COPY("a", "SELECT sum(CAST(value AS FLOAT)) AS s, avg(id) AS m FROM events"),
     "SELECT CAST(CAST(\"value\" AS FLOAT) AS DOUBLE) AS c0, id AS c1, \"year\" AS c2, \"month\" "
     "AS"
     " c3 FROM events",
     "2 3", "-1"},
    {COPY("a", "SELECT category, max(CAST(user_id AS INT)) AS s FROM events WHERE category = 'x'"
               " GROUP BY 1") COPY("b", "SELECT count(*) AS n FROM events"),
     "SELECT category AS c0, list_contains(list_value('x'), category) AS c1, CASE  WHEN ((category "
     "= 'x')) THEN"
     " (CAST(user_id AS INTEGER)) ELSE NULL END AS c2, \"year\" AS c3, \"month\" AS c4 FROM "
     "events",
     "3 4", "1 -1"},
    {COPY("a", "SELECT count(*) AS n FROM dim"), "SELECT 1 AS c0 FROM dim", "", "-1"},
    {COPY("a", "SELECT n, count(*) AS x FROM events JOIN dim USING (category) GROUP BY n"),
     "SELECT n AS c0 FROM events INNER JOIN dim USING (category)", "", "-1"},
    {"CREATE VIEW v AS SELECT * FROM events;\n" COPY("a", "SELECT count(*) AS n FROM v"),
     "SELECT \"year\" AS c0, \"month\" AS c1 FROM events", "0 1", "-1"},
    {"CREATE VIEW v AS SELECT * FROM events WHERE id > 3;\n" COPY("a",
                                                                  "SELECT count(*) AS n FROM v"),
     "SELECT 1 AS c0 FROM events WHERE (id > 3)", "", "-1"},
    {"CREATE VIEW v AS SELECT * FROM events WHERE id > 3;\n" COPY(
         "a", "SELECT count(*) AS n FROM v") COPY("b", "SELECT count(*) AS n FROM events"),
     "SELECT (id > 3) AS c0, \"year\" AS c1, \"month\" AS c2 FROM events", "1 2", "0 -1"},
    {"CREATE VIEW v AS SELECT * FROM events WHERE id > 3;\n" COPY(
         "a", "SELECT count(*) AS n FROM v WHERE value > 1")
         COPY("b", "SELECT category, count(*) AS n FROM v x WHERE x.user_id <> 'u' GROUP BY 1"),
     "SELECT (\"value\" > 1) AS c0, category AS c1, (user_id != 'u') AS c2 FROM events WHERE (id > "
     "3)",
     "", "0 2"},
    {COPY("a", "SELECT count(*) AS n FROM events WHERE id > 3 AND value > 1")
         COPY("b", "SELECT count(*) AS n FROM events WHERE value > 1 AND id > 3"),
     "SELECT 1 AS c0 FROM events WHERE ((id > 3) AND (\"value\" > 1))", "", "-1 -1"},
    {COPY("a", "SELECT count(*) AS n FROM events WHERE CAST(user_id AS INT) > 3 AND value > 1")
         COPY("b", "SELECT count(*) AS n FROM events WHERE CAST(user_id AS INT) > 3"),
     "SELECT CASE  WHEN ((\"value\" > 1)) THEN ((CAST(user_id AS INTEGER) > 3)) ELSE NULL END AS "
     "c0, "
     "(CAST(user_id AS INTEGER) > 3) AS c1, \"year\" AS c2, \"month\" AS c3 FROM events",
     "2 3", "0 1"},
    {"CREATE VIEW u AS SELECT id, events.value, user_id FROM events WHERE id > 3;\n" COPY(
         "a", "SELECT count(*) AS n FROM u"),
     "WITH u AS (SELECT id, events.\"value\", user_id FROM events WHERE (id > 3))SELECT 1 AS c0 "
     "FROM u",
     "", "-1"},
    {COPY("a", "SELECT category, sum(value) AS s FROM events GROUP BY category")
         COPY("b", "SELECT user_id, median(value) AS n FROM events GROUP BY 1")
             COPY("c", "SELECT CAST(user_id AS BLOB) AS b, count(*) AS n FROM events GROUP BY 1"),
     "SELECT category AS c0, \"value\" AS c1, \"year\" AS c2, \"month\" AS c3 FROM events", "2 3",
     "-1"},
};

/* What the scan of the first pass is, which of its columns cut the input, and the flags of the rollups' WHEREs. */
static void
test_scans(void **state)
{
  struct job_kit *kit = *state;
  for (gsize i = 0; i < G_N_ELEMENTS(scan_rows); i++) {
    const struct plan *plan = job_kit_plan(kit, scan_rows[i].script);
    const struct plan_pass *pass = plan->passes->pdata[0];
    g_autofree char *runs = numbers_text(pass->run_columns);
    g_autoptr(GString) flags = g_string_new(NULL);
    for (guint k = 0; k < pass->kernel_rollups->len; k++) {
      const struct plan_kernel_rollup *rollup = pass->kernel_rollups->pdata[k];
      g_string_append_printf(flags, "%s%d", k == 0 ? "" : " ", rollup->where);
    }
    if (g_strcmp0(pass->scan_sql, scan_rows[i].scan) != 0 ||
        !g_str_equal(runs, scan_rows[i].runs) || !g_str_equal(flags->str, scan_rows[i].flags))
      fail_msg("%s\n%s\nruns %s, flags %s", scan_rows[i].script, pass->scan_sql, runs, flags->str);
  }
}

/* What is taken out of a scan, and what not; the results are those of the query as written. */
static void
test_flattened(void **state)
{
  static const struct {
    const char *with, *from;
    const char *where; /* NULL: stays as it is */
  } rows[] = {
      {"v AS (SELECT * FROM events WHERE id > 3)", "v", "(id > 3)"},
      {"v AS (SELECT * FROM events e WHERE e.id > 3 ORDER BY id)", "v AS w", "(id > 3)"},
      {"v AS (SELECT * FROM events WHERE events.id > 3)", "v", "(id > 3)"},
      {"v AS (SELECT id, user_id, value AS VALUE FROM events WHERE month = 1)", "v",
       "(\"month\" = 1)"},
      {"v AS (SELECT id, user_id, value FROM events e WHERE e.month = 1)", "v", NULL},
      {"u AS (SELECT * FROM events WHERE id > 3), v AS (SELECT id, value, user_id FROM u WHERE "
       "value > 2)",
       "v", "((id > 3) AND ((\"value\" > 2) AND (\"value\" IS NOT NULL)))"},
      {"u AS (SELECT * FROM events WHERE id > 3)", "(SELECT * FROM u WHERE value > 2) AS v",
       "((id > 3) AND ((\"value\" > 2) AND (\"value\" IS NOT NULL)))"},
      {"v AS (SELECT * FROM (SELECT DISTINCT * FROM events) AS d WHERE d.id > 3)", "v", "(id > 3)"},
      {"v(a) AS (SELECT * FROM events WHERE id > 3)", "v", NULL},
      {"v AS (SELECT id AS value, value AS id, user_id FROM events)", "v", NULL},
      {"v AS (SELECT * REPLACE (1 AS value) FROM events WHERE id > 3)", "v", NULL},
      {"v AS (SELECT DISTINCT * FROM events WHERE id > 3)", "v", NULL},
      {"v AS (SELECT * FROM events WHERE id > 3 ORDER BY ALL LIMIT 10)", "v", NULL},
      {"v AS (SELECT * FROM events WHERE id > (SELECT 3))", "v", NULL},
      {"v AS (SELECT events.* FROM events, (SELECT 1) AS one WHERE id > 3)", "v", NULL},
  };
  struct job_kit *kit = *state;
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *query = g_strdup_printf(
        "WITH %s SELECT user_id, sum(value) AS s, count(*) AS n FROM %s WHERE value "
        "IS NOT NULL GROUP BY user_id",
        rows[i].with, rows[i].from);
    const struct plan_output *output = job_kit_plan_query(kit, query, "");
    assert_int_equal(output->rollups->len, 1);
    const struct plan_rollup *rollup = output->rollups->pdata[0];
    const char *not_null = "(\"value\" IS NOT NULL)";
    g_autofree char *where = rows[i].where == NULL ? g_strdup(not_null)
                             : strstr(rows[i].where, not_null) != NULL
                                 ? g_strdup(rows[i].where)
                                 : g_strdup_printf("(%s AND %s)", rows[i].where, not_null);
    if (!g_str_equal(rollup->where_text, where))
      fail_msg("%s\n%s\n%s", query, rollup->scan_sql, rollup->where_text);
    kernel_kit_run(kit->kit, kit->plan);
  }
}

/* A view or sub-query that keeps the input's rows and partition columns is read like the input. */
static void
test_sources(void **state)
{
  static const struct {
    const char *from;
    bool known;
  } rows[] = {
      {"events", true},
      {"(SELECT * FROM events)", true},
      {"(SELECT *, upper(user_id) AS u FROM events)", true},
      {"(SELECT e.year, month AS MONTH, id + 1 AS id FROM (SELECT * FROM events) e)", true},
      {"(SELECT * FROM events ORDER BY id)", true},
      {"(SELECT year, id FROM events)", true},
      {"(SELECT year + 1 AS year, month, id FROM events)", false},
      {"(SELECT month AS year, year AS month, id FROM events)", false},
      {"(SELECT *, id AS year FROM events)", false},
      {"(SELECT * REPLACE (1 AS year) FROM events)", false},
      {"(SELECT * EXCLUDE (month) FROM events)", false},
      {"(SELECT * FROM events) AS t(a)", false},
      {"(SELECT *, unnest([1, 2]) AS u FROM events)", false},
      {"(SELECT DISTINCT * FROM events)", false},
      {"(SELECT * FROM events WHERE id > 1)", false},
      {"(SELECT * FROM events QUALIFY row_number() OVER (ORDER BY id, user_id, value, category,"
       " event_type, year, month) > 1)",
       false},
      {"(SELECT * FROM events ORDER BY ALL LIMIT 3)", false},
      {"(SELECT * FROM events UNION ALL SELECT * FROM events)", false},
      {"(SELECT median(id) AS id, 1 AS year, 2 AS month FROM events)", false},
      {"(SELECT * FROM events, dim)", false},
      {"dim", false},
  };
  struct job_kit *kit = *state;
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *query = g_strdup_printf("SELECT count(*) AS n FROM %s", rows[i].from);
    const struct plan_output *output = job_kit_plan_query(kit, query, "");
    assert_true(output->is_kernel);
    const struct plan_pass *pass = kit->plan->passes->pdata[0];
    if (pass->run_columns->len != (rows[i].known ? 2U : 0U))
      fail_msg("%s\n%u run columns", query, pass->run_columns->len);
    kernel_kit_run(kit->kit, kit->plan);
  }
}

/* A scan is read in one time zone. */
static void
test_time_zones(void **state)
{
  static const char *const zones[] = {"", "SET TimeZone = 'Asia/Seoul';\n"};
  struct job_kit *kit = *state;
  for (gsize i = 0; i < G_N_ELEMENTS(zones); i++) {
    GError *error = NULL;
    g_autofree char *second =
        g_strconcat(zones[i], COPY("b", "SELECT sum(id) AS n FROM events"), NULL);
    job_kit_forget(kit);
    job_kit_load(kit, COPY("a", "SELECT count(*) AS n FROM events"));
    job_kit_load(kit, second);
    job_kit_must(job_kit_build(kit, &error) != NULL, &error);
    assert_int_equal(kit->plan->passes->len, i + 1);
    assert_string_equal(job_kit_output(kit, 0)->pass_reason,
                        i == 0 ? "shares pass 1 with b"
                               : "runs by itself: no other output reads 'events' in its time zone");
  }
}

static bool
same_value(const char *left, const char *right, const char *type)
{
  if (left == NULL || right == NULL)
    return left == right;
  if (!g_str_equal(type, "DOUBLE"))
    return g_str_equal(left, right);
  double a = g_ascii_strtod(left, NULL);
  return fabs(a - g_ascii_strtod(right, NULL)) <= 1e-11 * MAX(1.0, fabs(a));
}

static void
compare_statements(struct job_kit *kit, const struct plan_output *output)
{
  AUTO(duck_result_free) struct duck_result *wanted = kit_query(kit->kit, output->sql);
  AUTO(duck_result_free) struct duck_result *found = kit_query(kit->kit, output->post_sql);
  assert_true(duck_result_rows(wanted) > 0);
  assert_int_equal(duck_result_rows(found), duck_result_rows(wanted));
  assert_int_equal(duck_result_columns(found), output->columns->len);
  for (guint i = 0; i < output->columns->len; i++) {
    const struct plan_column *column = output->columns->pdata[i];
    assert_string_equal(duck_result_name(found, i), column->name);
    assert_string_equal(duck_result_type(found, i), column->stored_type);
    for (guint64 row = 0; row < duck_result_rows(wanted); row++)
      if (!same_value(duck_result_text(wanted, i, row), duck_result_text(found, i, row),
                      column->stored_type))
        fail_msg("%s: column %s of row %u", output->spec->name, column->name, (guint)row);
  }
}

static void
write_shipped_input(struct job_kit *kit)
{
  for (int day = 1; day <= 4; day++) {
    g_autofree char *path =
        g_strdup_printf("events/year=2024/month=%02d/day=%02d/a.parquet", 1 + day / 3, day);
    g_autofree char *query = g_strdup_printf(
        "SELECT 'u' || (hash(i * 7 + %d) %% 40) AS user_id,"
        " CASE WHEN hash(i + 1) %% 13 = 0 THEN NULL ELSE ['view', 'click', 'purchase', 'search'][1 "
        "+"
        " (hash(i + %d) %% 4)::INT] END AS event_type,"
        " CASE WHEN hash(i + 3) %% 11 = 0 THEN NULL ELSE ['a', 'b', 'c d', 'Ü', ''][1 + (hash(i + "
        "2)"
        " %% 5)::INT] END AS category,"
        " CASE WHEN hash(i + 9) %% 17 = 0 THEN NULL ELSE (hash(i + 4) %% 50000)::DOUBLE / 77 END AS"
        " value, TIMESTAMP '2024-01-01' + to_minutes((hash(i + %d) %% 6000)::BIGINT) AS "
        "\"timestamp\""
        " FROM range(700) t(i)",
        day, day, day);
    job_kit_file(kit, path, query);
  }
  (void)job_kit_input(kit, "events", "events");
}

/* Both jobs at once: every output is the kernel's, of one pass; the scan and the post-queries give what the statements give. */
static void
test_shipped(void **state)
{
  static const char *const names[] = {"batch-processing", "advanced-analysis"};
  struct job_kit *kit = *state;
  GError *error = NULL;
  write_shipped_input(kit);
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *path = g_strdup_printf(SOURCE_ROOT "/jobs/%s.sql", names[i]);
    g_autofree char *script = NULL;
    job_kit_must(g_file_get_contents(path, &script, NULL, &error), &error);
    job_kit_load(kit, script);
  }
  job_kit_must(job_kit_build(kit, &error) != NULL, &error);
  assert_int_equal(kit->plan->passes->len, 1);
  const struct plan_pass *pass = kit->plan->passes->pdata[0];
  assert_int_equal(pass->kernel_rollups->len, kit->plan->outputs->len);
  g_autofree char *runs = numbers_text(pass->run_columns);
  assert_string_equal(runs, "1 2 3");
  assert_string_equal(
      pass->scan_sql,
      "SELECT user_id AS c0, \"year\" AS c1, \"month\" AS c2, \"day\" AS c3, event_type AS c4,"
      " list_contains(list_value('click', 'view', 'purchase'), event_type) AS c5, \"value\" AS c6, "
      "category AS c7,"
      " \"timestamp\" AS c8, list_contains(list_value('purchase'), event_type) AS c9, "
      "CAST(\"timestamp\" AS DATE) AS c10"
      " FROM events");
  kernel_kit_run(kit->kit, kit->plan);
  for (guint i = 0; i < kit->plan->outputs->len; i++) {
    const struct plan_output *output = job_kit_output(kit, i);
    assert_true(output->is_kernel);
    compare_statements(kit, output);
  }
  const struct plan_output *daily = job_kit_output(kit, 0);
  g_autofree char *direct = direct_text(daily);
  g_autofree char *order = numbers_text(daily->direct_order);
  assert_string_equal(daily->spec->name, "daily-activity");
  assert_string_equal(direct, "g0 g1 g2 g3 g4 a0 a1 a2");
  assert_string_equal(order, "1 2 3 0 4");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_reasons, open_events, job_kit_close),
      cmocka_unit_test_setup_teardown(test_direct, open_events, job_kit_close),
      cmocka_unit_test_setup_teardown(test_scans, open_events, job_kit_close),
      cmocka_unit_test_setup_teardown(test_sources, open_events, job_kit_close),
      cmocka_unit_test_setup_teardown(test_flattened, open_events, job_kit_close),
      cmocka_unit_test_setup_teardown(test_time_zones, open_events, job_kit_close),
      cmocka_unit_test_setup_teardown(test_shipped, job_kit_open, job_kit_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
