/* SPDX-License-Identifier: Apache-2.0 */
#include "kernel_kit.h"
#include "plan/kernel.h"
#include "plan/passes.h"
#include "util/text.h"
#include <math.h>

/* An expected number of rollups, and a part of the first refusal where there is one. Queries whose ORDER BY decides every
 * tie are compared row by row, the others as bags of rows. */
struct row {
  const char *sql;
  guint rollups;
  const char *refusal;
  bool unordered;
};

static const char setup[] =
    "CREATE TABLE events AS SELECT 'u' || (hash(i) % 700) AS user_id,"
    " CASE WHEN hash(i+7) % 13 = 0 THEN NULL ELSE ['view','click','purchase','search']"
    "[1+(hash(i+1) % 4)::INT] END AS event_type,"
    " CASE WHEN hash(i+3) % 11 = 0 THEN NULL ELSE ['a','b','c d','Ü','']"
    "[1+(hash(i+2) % 5)::INT] END AS category,"
    " CASE WHEN hash(i+9) % 17 = 0 THEN NULL ELSE (hash(i+4) % 50000)::DOUBLE / 128 END AS value,"
    " CASE WHEN hash(i+5) % 97 = 0 THEN NULL ELSE TIMESTAMP '2024-01-01' +"
    " to_seconds((hash(i+6) % (86400*60))::BIGINT) END AS \"timestamp\", 2024::INT AS year,"
    " 1+(hash(i) % 2)::INT AS month, 1+(hash(i+8) % 28)::INT AS day, i AS id,"
    " (hash(i+11) % 1000)::FLOAT / 4 AS ratio, ((hash(i+12) % 10000)::DECIMAL(10,2) / "
    "8)::DECIMAL(10,2)"
    " AS price FROM range(8000) t(i);"
    "CREATE TABLE dim AS SELECT * FROM (VALUES ('a',1),('b',2),('Ü',3),(NULL,4)) t(category, n);"
    "CREATE TABLE \"odd \"\"table\" AS SELECT id AS \"a \"\"b\", category AS \"g0\", value AS "
    "\"c1\","
    " day AS \"a0\" FROM events WHERE id < 3000;"
    "CREATE TYPE colour AS ENUM ('red', 'green', 'blue');"
    "CREATE TABLE paint AS SELECT (['red','green','blue'][1+(i%3)::INT])::colour AS shade, i FROM"
    " range(100) t(i);"
    "CREATE TABLE nothing AS SELECT * FROM events WHERE false";

static bool
close_numbers(const char *left, const char *right)
{
  char *left_end, *right_end;
  double a = g_ascii_strtod(left, &left_end);
  double b = g_ascii_strtod(right, &right_end);
  return *left_end == '\0' && *right_end == '\0' && left_end != left && right_end != right &&
         fabs(a - b) <= 1e-11 * MAX(1.0, fabs(a));
}

static bool
is_double(const char *type)
{
  return strstr(type, "DOUBLE") != NULL || strstr(type, "FLOAT") != NULL;
}

static bool
same_cell(const struct duck_result *left, const struct duck_result *right, guint column,
          guint64 left_row, guint64 right_row)
{
  const char *a = duck_result_text(left, column, left_row);
  const char *b = duck_result_text(right, column, right_row);
  if (a == NULL || b == NULL)
    return a == b;
  return g_str_equal(a, b) || (is_double(duck_result_type(left, column)) && close_numbers(a, b));
}

static bool
same_row(const struct duck_result *left, const struct duck_result *right, guint64 left_row,
         guint64 right_row)
{
  for (guint column = 0; column < duck_result_columns(left); column++)
    if (!same_cell(left, right, column, left_row, right_row))
      return false;
  return true;
}

static bool
same_bag(const struct duck_result *left, const struct duck_result *right)
{
  guint64 count = duck_result_rows(left);
  g_autofree bool *used = g_new0(bool, count + 1);
  for (guint64 i = 0; i < count; i++) {
    guint64 k = 0;
    while (k < count && (used[k] || !same_row(left, right, i, k)))
      k++;
    if (k == count)
      return false;
    used[k] = true;
  }
  return true;
}

/* What is wrong with a statement, or NULL; owned by the caller. */
static char *
difference(struct kit *kit, const struct row *row, const char *sql)
{
  AUTO(duck_result_free) struct duck_result *wanted = kit_query(kit, row->sql);
  AUTO(duck_result_free) struct duck_result *found = kit_query(kit, sql);
  bool same = duck_result_columns(wanted) == duck_result_columns(found) &&
              duck_result_rows(wanted) == duck_result_rows(found);
  for (guint i = 0; same && i < duck_result_columns(wanted); i++) {
    const char *type = duck_result_type(wanted, i);
    same = g_str_equal(duck_result_name(wanted, i), duck_result_name(found, i)) &&
           g_str_equal(g_str_equal(type, "HUGEINT") ? "BIGINT" : type, duck_result_type(found, i));
  }
  if (!same)
    return g_strdup_printf("other columns or another number of rows by\n%s", sql);
  for (guint64 i = 0; !row->unordered && i < duck_result_rows(wanted); i++)
    if (!same_row(wanted, found, i, i))
      return g_strdup_printf("other row %u by\n%s", (guint)i, sql);
  return row->unordered && !same_bag(wanted, found) ? g_strdup_printf("other rows by\n%s", sql)
                                                    : NULL;
}

/* A plan of one output, enough for the kernel's part. */
struct played {
  struct job job;
  struct plan plan;
  struct plan_output output;
};

static struct plan *
played_open(struct kit *kit, struct kit_plan *from, struct played *played)
{
  GError *error = NULL;
  *played = (struct played){
      .job = {.time_zone = (char *)(guintptr) "UTC", .script = (char *)(guintptr) ""}};
  struct plan_output *output = &played->output;
  output->job = &played->job;
  output->columns = from->columns;
  output->rollups = from->rollups;
  output->refusals = from->refusals;
  output->post = from->post;
  output->inputs = g_ptr_array_new();
  output->partition_by = g_array_new(FALSE, FALSE, sizeof(guint));
  played->plan.inventories = g_ptr_array_new();
  played->plan.outputs = g_ptr_array_new();
  g_ptr_array_add(played->plan.outputs, output);
  played->plan.passes = g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)plan_pass_free);
  passes_share(&played->plan);
  if (!kernel_plan(kit->connection, &played->plan, &error))
    fail_msg("%s", error->message);
  return &played->plan;
}

static void
played_close(struct played *played)
{
  struct plan_output *output = &played->output;
  g_ptr_array_unref(output->inputs);
  g_free(output->kernel_reason);
  g_free(output->pass_reason);
  g_clear_pointer(&output->direct, g_array_unref);
  g_clear_pointer(&output->direct_order, g_array_unref);
  g_clear_pointer(&output->ordered_keys, g_array_unref);
  g_free(output->ordered_sql);
  g_array_unref(output->partition_by);
  g_ptr_array_unref(played->plan.inventories);
  g_ptr_array_unref(played->plan.outputs);
  g_ptr_array_unref(played->plan.passes);
}

/* Why the kernel leaves those of the queries that it leaves. */
static bool
is_known_reason(const char *reason)
{
  static const char *const reasons[] = {"are two passes", "key shade is of type ENUM"};
  for (gsize i = 0; i < G_N_ELEMENTS(reasons); i++)
    if (strstr(reason, reasons[i]) != NULL)
      return true;
  return false;
}

/* The post-query of groups in order, its rows put in the order of their groups' places. */
static char *
difference_in_order(struct kit *kit, const struct row *row, const struct plan_output *output)
{
  if (output->ordered_sql == NULL)
    return NULL;
  const struct plan_rollup *rollup = output->rollups->pdata[0];
  g_autoptr(GString) keys = g_string_new(NULL);
  for (guint i = 0; i < output->ordered_keys->len; i++)
    g_string_append_printf(keys, "%sg%u ASC NULLS LAST", i == 0 ? "" : ", ",
                           g_array_index(output->ordered_keys, guint, i));
  g_autofree char *placed = g_strdup_printf(
      "CREATE OR REPLACE TEMP TABLE placed AS SELECT *, row_number() OVER (ORDER BY %s) AS place "
      "FROM %s; CREATE OR REPLACE TEMP TABLE %s AS FROM placed",
      keys->str, rollup->name, rollup->name);
  kit_exec(kit, placed);
  g_autoptr(GString) columns = g_string_new(NULL);
  for (guint i = 0; i < output->columns->len; i++) {
    const struct plan_column *column = output->columns->pdata[i];
    g_autofree char *name = text_sql_name(column->name);
    g_string_append_printf(columns, "%sc%u AS %s", i == 0 ? "" : ", ", i, name);
  }
  g_autoptr(GString) names = g_string_new(NULL);
  for (guint i = 0; i <= output->columns->len; i++)
    g_string_append_printf(names, "%sc%u", i == 0 ? "" : ", ", i);
  g_autofree char *sql = g_strdup_printf("SELECT %s FROM (%s) AS r(%s) ORDER BY c%u", columns->str,
                                         output->ordered_sql, names->str, output->columns->len);
  return difference(kit, row, sql);
}

/* The post-query over results that DuckDB groups from the pass's scan, where the kernel takes the query. */
static char *
difference_by_kernel(struct kit *kit, const struct row *row, struct kit_plan *from)
{
  GError *error = NULL;
  struct played played;
  struct plan *plan = played_open(kit, from, &played);
  char *wrong = NULL;
  if (played.output.is_kernel) {
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    kernel_kit_run(kit, plan);
    g_autofree char *sql =
        compose_sql(kit->connection, from->post, none, from->columns, false, &error);
    wrong = sql == NULL ? g_strdup(error->message) : difference(kit, row, sql);
    if (wrong == NULL)
      wrong = difference_in_order(kit, row, &played.output);
  } else if (from->rollups->len > 0 && !is_known_reason(played.output.kernel_reason)) {
    wrong = g_strdup_printf("not the kernel's: %s", played.output.kernel_reason);
  }
  played_close(&played);
  return wrong;
}

static bool
complain(const struct row *row, char *text)
{
  g_autofree char *owned = text;
  if (owned != NULL)
    print_error("%s\n  %s\n", row->sql, owned);
  return owned == NULL;
}

static bool
check_row(struct kit *kit, const struct row *row, const struct names_view *views, gsize view_count)
{
  struct kit_plan plan = kit_plan(kit, row->sql, views, view_count);
  const struct plan_refusal *refusal = plan.refusals->len == 0 ? NULL : plan.refusals->pdata[0];
  const char *reason = refusal == NULL ? "" : refusal->reason;
  bool good = true;
  if (plan.rollups->len != row->rollups)
    good &= complain(
        row, g_strdup_printf("%u rollups, not %u; %s", plan.rollups->len, row->rollups, reason));
  if ((row->refusal == NULL) != (refusal == NULL) ||
      (row->refusal != NULL && strstr(reason, row->refusal) == NULL))
    good &= complain(row, g_strdup_printf("refused because '%s', not '%s'", reason,
                                          row->refusal == NULL ? "" : row->refusal));
  good &= complain(row, difference(kit, row, plan.sql));
  good &= complain(row, difference(kit, row, plan.plain_sql));
  good &= complain(row, difference_by_kernel(kit, row, &plan));
  kit_plan_clear(&plan);
  return good;
}

#include "separate_rows.h"

static void
test_queries(void **state)
{
  kit_exec(*state, setup);
  bool good = true;
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    good &= check_row(*state, &rows[i], NULL, 0);
  assert_true(good);
}

/* The script's views: a view over a view, one that groups, and a CTE that hides one. */
static void
test_views(void **state)
{
  static const char *const sql[][2] = {
      {"purchases", "select * from events where event_type = 'purchase'"},
      {"by_day", "select \"timestamp\"::date d, sum(value) s from purchases group by all"},
      {"unused", "select median(value) m from events"},
  };
  static const struct row queries[] = {
      {"select category, sum(value) from purchases group by category order by 1", 1, NULL, false},
      {"select max(s), count(*) from by_day", 1, "result of another rollup", false},
      {"select * from by_day order by all", 1, NULL, false},
      {"with purchases as (select * from by_day where s > 0) select count(*), sum(s) from "
       "purchases",
       1, "result of another rollup", false},
      {"select p.category, count(*) from Purchases p join purchases q on p.id = q.id + 4 group by 1"
       " order by 1",
       1, NULL, false},
      {"with by_day as (select 1 as one) select one, count(*) from by_day, purchases group by one",
       1, NULL, false},
      {"select q.c, count(*), sum(p.value) from purchases p join purchases q(a, b, c) on p.user_id "
       "= q.a"
       " group by q.c order by 1",
       1, NULL, false},
      {"select sum(value) from purchases union all select sum(s) from by_day order by 1", 2,
       "result of another rollup", false},
  };
  struct kit *kit = *state;
  kit_exec(kit, setup);
  struct names_view views[G_N_ELEMENTS(sql)];
  for (gsize i = 0; i < G_N_ELEMENTS(sql); i++) {
    g_autofree char *create = g_strdup_printf("CREATE TEMP VIEW %s AS %s", sql[i][0], sql[i][1]);
    kit_exec(kit, create);
    views[i] = (struct names_view){.name = sql[i][0], .query = kit_parse(kit, sql[i][1])};
  }
  bool good = true;
  for (gsize i = 0; i < G_N_ELEMENTS(queries); i++)
    good &= check_row(kit, &queries[i], views, G_N_ELEMENTS(views));
  struct kit_plan twice = kit_plan(
      kit,
      "select count(*) from purchases p, purchases q(a, b, c) where p.user_id = q.a and c = 'a'",
      views, G_N_ELEMENTS(views));
  assert_null(strstr(twice.plain_sql, "WITH"));
  kit_plan_clear(&twice);
  for (gsize i = 0; i < G_N_ELEMENTS(views); i++)
    ast_query_free((struct query *)(guintptr)views[i].query);
  assert_true(good);
}

/* What a rollup says: inputs once each, exactness, what may fail behind a WHERE, equal sources. */
static void
test_rollup(void **state)
{
  struct kit *kit = *state;
  kit_exec(kit, setup);
  struct kit_plan plan =
      kit_plan(kit,
               "select category, sum(value), sum(e.value), avg(value) filter (day > 3), sum(day),"
               " first(event_type order by id desc nulls first), count(distinct user_id::INT)"
               " from events e where value > 3 group by e.category",
               NULL, 0);
  assert_int_equal(plan.rollups->len, 1);
  const struct plan_rollup *rollup = plan.rollups->pdata[0];
  assert_string_equal(rollup->name, "kindling_result_0");
  assert_string_equal(rollup->group_texts[0], "category");
  assert_string_equal(rollup->title, "events");
  assert_int_equal(rollup->aggregates->len, 5);
  const struct plan_aggregate *sum = rollup->aggregates->pdata[0];
  const struct plan_aggregate *avg = rollup->aggregates->pdata[1];
  const struct plan_aggregate *whole = rollup->aggregates->pdata[2];
  const struct plan_aggregate *first = rollup->aggregates->pdata[3];
  const struct plan_aggregate *distinct = rollup->aggregates->pdata[4];
  assert_string_equal(sum->function, "sum");
  assert_true(sum->exact_function != NULL && avg->exact_function != NULL &&
              whole->exact_function == NULL);
  assert_string_equal(sum->type, "DOUBLE");
  assert_string_equal(whole->type, "HUGEINT");
  assert_int_equal(g_array_index(sum->arguments, guint, 0),
                   g_array_index(avg->arguments, guint, 0));
  assert_true(avg->filter >= 0 && sum->filter < 0 && !avg->argument_can_fail);
  assert_false(sum->argument_can_fail);
  assert_int_equal(first->order->len, 1);
  const struct plan_aggregate_order *order = first->order->pdata[0];
  assert_true(order->descending && order->nulls == NULLS_FIRST);
  assert_true(distinct->distinct && distinct->argument_can_fail);
  assert_string_equal(distinct->text, "count(DISTINCT CAST(user_id AS INTEGER))");
  assert_false(rollup->needs_grouping_bits);
  kit_plan_clear(&plan);
}

static void
test_source(void **state)
{
  static const struct {
    const char *left, *right;
    bool same;
  } pairs[] = {
      {"select count(*) from events", "select sum(value) from Events e where e.day > 3", true},
      {"select count(*) from events", "select count(*) from dim", false},
      {"select count(*) from events e join dim d on e.category = d.category",
       "select d.n, count(*) from events e join dim d on e.category = d.category group by d.n",
       true},
      {"select count(*) from events e join dim d on e.category = d.category",
       "select count(*) from events e left join dim d on e.category = d.category", false},
      {"with v as (select * from events) select count(*) from v",
       "with v as (select * from events where day > 3) select count(*) from v", true},
      {"with v as (select * from events) select count(*) from v",
       "with v as (select distinct * from events) select count(*) from v", false},
      {"with v as (select * from events) select count(*) from v",
       "with v as (select * from events) select sum(day) from v", true},
  };
  struct kit *kit = *state;
  kit_exec(kit, setup);
  for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
    struct kit_plan left = kit_plan(kit, pairs[i].left, NULL, 0);
    struct kit_plan right = kit_plan(kit, pairs[i].right, NULL, 0);
    const struct plan_rollup *a = left.rollups->pdata[0];
    const struct plan_rollup *b = right.rollups->pdata[0];
    if (g_str_equal(a->source, b->source) != pairs[i].same)
      fail_msg("%s\n%s", pairs[i].left, pairs[i].right);
    kit_plan_clear(&left);
    kit_plan_clear(&right);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_queries, kit_open, kit_close),
      cmocka_unit_test_setup_teardown(test_views, kit_open, kit_close),
      cmocka_unit_test_setup_teardown(test_rollup, kit_open, kit_close),
      cmocka_unit_test_setup_teardown(test_source, kit_open, kit_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
