/* SPDX-License-Identifier: Apache-2.0 */
#include "job/ast.h"
#include "util/error.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct round_trip {
  const char *sql;
  bool
      same; /* false: DuckDB's own printer changes the tree (not the meaning): its second turn is stable */
};

static const struct round_trip round_trips[] = {
    {"select a, count(*) n from events group by a", true},
    {"with d as (select a, sum(v) s from events group by a) select * from d where s>1", true},
    {"with d as materialized (select a, sum(v) s from events group by a) select * from d", true},
    {"with recursive r(i) as (select 1 union all select i+1 from r where i<5) select * from r",
     true},
    {"select * from (select a from events) t where a in (select b from dim) and exists (select 1 "
     "from dim where dim.b=t.a)",
     true},
    {"select (select max(v) from events) m, a from events", true},
    {"select avg(v) over (partition by a order by d rows between 6 preceding and current row) from "
     "events",
     true},
    {"select avg(v) over w x, sum(v) over (w rows 3 preceding) from events window w as (partition "
     "by a order by d)",
     true},
    {"select avg(v) over w x from events window w as (partition by a order by d rows between 6 "
     "preceding and current row)",
     true},
    {"select count(*) filter (where v>1), sum(distinct v) from events", true},
    {"select a, b+1, count(*) from events group by all order by all", true},
    {"select a,b,count(*) from events group by grouping sets ((),(a),(a,b))", true},
    {"select a,b,grouping_id(a,b),count(*) from events group by cube(a,b)", true},
    {"select a,b,grouping(a),count(*) from events group by rollup(a,b), c", false},
    {"select a,count(*) n from events group by a having n>5 and sum(v)>2", true},
    {"select * from events where d >= $from and d < $until", true},
    {"select * from events where d >= ? and d < $2", true},
    {"select e.a, d.name, count(*) from events e left join dim d on e.a=d.a join dim2 using (k) "
     "group by all",
     true},
    {"select * from events e asof join dim d on e.a=d.a and e.t>=d.t", true},
    {"select * from a natural join b, c cross join d", false},
    {"select * from events e, lateral (select e.a+1 x) t, unnest([1,2]) u(z)", true},
    {"select a from x union all select a from y union select a from z order by 1 limit 5", true},
    {"select a from x except select a from y intersect all select b from z", true},
    {"select a from x union all by name select b from y", true},
    {"select a from events order by a desc nulls first, b limit 10 offset 3", true},
    {"select a from events limit 10%", true},
    {"select a from events qualify row_number() over (order by a)=1", true},
    {"select case when a=1 then 'x' when a=2 then 'y' else null end, case a when 1 then 2 end from "
     "events",
     true},
    {"select a::date, cast(a as decimal(10,2)), try_cast(a as varchar), date '2024-01-01', "
     "interval 1 day, interval '3 days' from events",
     true},
    {"select list_transform([1,2], lambda x: x+1), [x for x in [1,2] if x>1]", true},
    {"select list_transform([1,2], x -> x+1)", true},
    {"select {'a':1}, row(1,2), struct_pack(a:=1), s.x.y, arr[1], arr[1:2] from events", true},
    {"select * exclude (a) replace (b+1 as b), columns('x.*'), t.* from events t", true},
    {"select * rename (a as b) from events", true},
    {"select extract(year from d), date_trunc('day', d), d at time zone 'UTC', position('a' in b), "
     "substring(b from 1 for 2), trim(both 'x' from b), overlay(b placing 'x' from 1) from events",
     true},
    {"select a between 1 and 2, a not in (1,2), a like 'x%' escape '!', a ilike 'b', a similar to "
     "'c', a is distinct from b, not a, a is null, a glob 'x' from events",
     true},
    {"select first(a order by t, a), string_agg(a, ',' order by a), list(a order by t desc nulls "
     "last), quantile_cont(v,0.5), mode(a), count(distinct (a,b)), percentile_cont(0.5) within "
     "group (order by v) from events",
     true},
    {"select arg_min_null(a, row(t,b)) from events", true},
    {"select * from (values (1,2),(3,4)) t(a,b)", false},
    {"values (1,2)", false},
    {"from events", true},
    {"from events select a", true},
    {"select * from (unpivot events on a,b into name n value v)", true},
    {"describe select 1", true},
    {"summarize events", true},
    {"select * from events using sample 10%", true},
    {"select * from events tablesample 10 percent", true},
    {"select * from read_parquet('x/*.parquet', hive_partitioning=true) t", true},
    {"select * from main.events, cat.main.t2", true},
    {"select distinct on (a) a,b from events order by a,b", true},
    {"select distinct a from events", true},
    {"select a,b from events group by 1,2 order by 2", true},
    {"select a collate nocase from events", true},
    {"select * from events at (version => 3)", true},
    {"select \"we ird\", \"Select\", \"a\"\"b\" from \"my table\"", true},
    {"select count(*) as \"count\" from events as e(x,y)", true},
    {"show tables", true},
    {"with a as (select 1) select * from a", true},
    {"select #1 from events", true},
    {"select try(a) from events", true},
    {"select a || b, a ** 2, a // 2, a % 2, -a, ~a, a->'x', a->>'y', a <=> b from events", true},
    {"select (s).x, f(a).b, a.upper() from events", true},
    {"select a as x, x+1 as y from events where y>2", true},
    {"select * from unnest([1]) with ordinality", true},
    {"with a as (with b as (select 1 x) select * from b) select * from a, (with c as (select 2) "
     "select * from c)",
     true},
    {"select /* c1 */ a -- c2\n from events", true},
    {"select 'Ü' as ü, nosuch_col from events where x = 'é'", true},
    {"select a from t order by a desc nulls first, b nulls last limit 2+1 offset 1", true},
    {"select a::int[], a::struct(x int), a::decimal(5,1), a::enum('a','b'), 3000000000", true},
    {"select count(*) filter (where a > 1) over (), rank(order by a) over (partition by b)", true},
    {"select sum(x) over (order by a rows between 1 preceding and 2 following exclude ties)", true},
    {"select lag(a, 1, 0 order by x ignore nulls) over (order by y) from t", true},
    {"select a from t group by () having count(*) > 0", true},
    {"select 'a' || E'\\n', $$x$$, 0.1, -1, 9223372036854775807", true},
};

static struct duck *duck;
static struct duck_connection *connection;

static int
open_duck(void **state)
{
  (void)state;
  const struct duck_options options = {.threads = 1};
  duck = duck_open(&options, /* error= */ NULL);
  connection = duck == NULL ? NULL : duck_connect(duck, /* error= */ NULL);
  return connection == NULL ? -1 : 0;
}

static int
close_duck(void **state)
{
  (void)state;
  duck_disconnect(connection);
  duck_close(duck);
  return 0;
}

static struct query *
parse(const char *sql)
{
  g_autoptr(GError) error = NULL;
  struct duck_fault *fault = NULL;
  struct query *query = ast_parse(connection, sql, &fault, &error);
  if (query == NULL)
    fail_msg("%s: %s", sql, fault != NULL ? fault->message : error->message);
  return query;
}

static char *
print(const struct query *query)
{
  g_autoptr(GError) error = NULL;
  char *sql = ast_to_sql(connection, query, &error);
  if (sql == NULL)
    fail_msg("%s", error->message);
  return sql;
}

/* The tree as DuckDB gave it, without places. */
static void
assert_same_tree(struct query *a, struct query *b, const char *sql)
{
  g_autofree char *text_a = ast_canonical_query(a);
  g_autofree char *text_b = ast_canonical_query(b);
  if (!g_str_equal(text_a, text_b))
    fail_msg("%s\n%s\n%s", sql, text_a, text_b);
}

static void
survives_a_round_trip(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(round_trips); i++) {
    AUTO(ast_query_free) struct query *first = parse(round_trips[i].sql);
    g_autofree char *sql = print(first);
    AUTO(ast_query_free) struct query *second = parse(sql);
    if (round_trips[i].same)
      assert_same_tree(first, second, sql);
  }
}

/* What our reader and writer do is nothing: DuckDB prints the same from our tree as from its own. */
static void
prints_as_duckdb_does(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(round_trips); i++) {
    g_auto(GStrv) parts = g_strsplit(round_trips[i].sql, "'", -1);
    g_autofree char *quoted = g_strjoinv("''", parts);
    g_autofree char *query =
        g_strdup_printf("SELECT json_deserialize_sql(json_serialize_sql('%s')::JSON)", quoted);
    g_autoptr(GError) error = NULL;
    AUTO(duck_result_free)
    struct duck_result *result = duck_query(connection, query, NULL, NULL, &error);
    if (result == NULL)
      fail_msg("%s: %s", query, error->message);
    AUTO(ast_query_free) struct query *tree = parse(round_trips[i].sql);
    g_autofree char *sql = print(tree);
    assert_string_equal(sql, duck_result_text(result, 0, 0));
  }
}

static void
copies_are_equal_and_keep_places(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(round_trips); i++) {
    AUTO(ast_query_free) struct query *first = parse(round_trips[i].sql);
    AUTO(ast_query_free) struct query *copy = ast_query_copy(first);
    assert_same_tree(first, copy, round_trips[i].sql);
  }
  AUTO(ast_query_free) struct query *query = parse("select  a, *, $p from t");
  AUTO(ast_query_free) struct query *copy = ast_query_copy(query);
  assert_int_equal(((struct expr *)g_ptr_array_index(copy->select, 0))->at, 8);
  assert_int_equal(((struct expr *)g_ptr_array_index(copy->select, 2))->at, -1);
  assert_int_equal(copy->from->at, 22);
}

/* Printed as 10000000000.0 it would come back as a DECIMAL. */
static void
keeps_doubles(void **state)
{
  (void)state;
  AUTO(ast_query_free) struct query *query = parse("select 1e10 as a, 0.1::double, 1.5e300");
  g_autofree char *sql = print(query);
  assert_string_equal(sql, "SELECT CAST('10000000000' AS DOUBLE) AS a, CAST(0.1 AS DOUBLE), "
                           "CAST('1.5000000000000001e+300' AS DOUBLE)");
}

static const struct expr *
first_expr(const struct query *query)
{
  return g_ptr_array_index(query->select, 0);
}

static void
reads_calls(void **state)
{
  (void)state;
  AUTO(ast_query_free)
  struct query *query = parse("select FIRST(DISTINCT x ORDER BY k DESC NULLS FIRST, x) FILTER "
                              "(WHERE y > 1) AS f FROM t");
  const struct expr *call = first_expr(query);
  assert_int_equal(call->class, EXPR_FUNCTION);
  assert_string_equal(call->function, "first");
  assert_string_equal(call->alias, "f");
  assert_true(call->distinct);
  assert_int_equal(call->children->len, 1);
  assert_int_equal(call->order->len, 2);
  const struct order *order = g_ptr_array_index(call->order, 0);
  assert_true(order->descending);
  assert_int_equal(order->nulls, NULLS_FIRST);
  assert_string_equal(order->expr->names[0], "k");
  assert_string_equal(call->filter->type, "COMPARE_GREATERTHAN");
}

static void
reads_windows(void **state)
{
  (void)state;
  AUTO(ast_query_free)
  struct query *query = parse("select sum(x) OVER (PARTITION BY p ORDER BY o ROWS BETWEEN 6 "
                              "PRECEDING AND CURRENT ROW) FROM t");
  const struct expr *call = first_expr(query);
  assert_int_equal(call->class, EXPR_WINDOW);
  assert_string_equal(call->type, "WINDOW_AGGREGATE");
  assert_int_equal(call->children->len, 2);
  assert_int_equal(call->partitions->len, 1);
  assert_int_equal(call->order->len, 1);
}

static void
reads_queries(void **state)
{
  (void)state;
  AUTO(ast_query_free)
  struct query *query = parse(
      "WITH d AS (SELECT a FROM events) SELECT DISTINCT a, b, GROUPING(a) FROM d JOIN dim USING "
      "(k) WHERE a > 1 GROUP BY CUBE (a, b) HAVING count(*) > 2 QUALIFY row_number() OVER () = 1 "
      "ORDER BY 1 LIMIT 10 OFFSET 2");
  assert_int_equal(query->class, QUERY_SELECT);
  assert_int_equal(query->ctes->len, 1);
  assert_string_equal(((struct cte *)g_ptr_array_index(query->ctes, 0))->name, "d");
  assert_int_equal(query->select->len, 3);
  assert_int_equal(((struct expr *)g_ptr_array_index(query->select, 2))->class, EXPR_GROUPING);
  assert_int_equal(query->groups->len, 2);
  assert_int_equal(query->group_sets->len, 4);
  assert_true(query->distinct && !query->group_by_all && !query->limit_percent);
  assert_non_null(query->where);
  assert_non_null(query->having);
  assert_non_null(query->qualify);
  assert_non_null(query->limit);
  assert_non_null(query->offset);
  assert_int_equal(query->order->len, 1);
  assert_int_equal(query->from->class, TABLE_JOIN);
  assert_string_equal(query->from->using_columns[0], "k");
  assert_string_equal(query->from->left->name, "d");
}

static void
reads_casts(void **state)
{
  (void)state;
  static const struct {
    const char *sql;
    const char *type;
  } cases[] = {
      {"select a::date", "DATE"},           {"select a::decimal(10,2)", "DECIMAL(10,2)"},
      {"select a::int[]", "INTEGER[]"},     {"select a::timestamptz", "TIMESTAMP WITH TIME ZONE"},
      {"select a::varchar(10)", "VARCHAR"}, {"select cast(a as foo)", "foo"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    AUTO(ast_query_free) struct query *query = parse(cases[i].sql);
    assert_string_equal(first_expr(query)->cast_type, cases[i].type);
  }
}

static void
builds_queries(void **state)
{
  (void)state;
  AUTO(ast_query_free) struct query *query = ast_select();
  const char *const names[] = {"t", "we ird", NULL};
  g_ptr_array_add(query->select, ast_column(names, "x"));
  g_ptr_array_add(query->select, ast_cast(ast_column_named("a", NULL), "DECIMAL(18,2)"));
  g_ptr_array_add(query->select,
                  ast_call("+", true, ast_integer(1), ast_integer(5000000000), NULL));
  g_ptr_array_add(query->select, ast_call("sum", false, ast_column_named("v", NULL), NULL));
  g_ptr_array_add(query->select, ast_case(ast_column_named("c", NULL), ast_string("it's")));
  g_ptr_array_add(query->select, ast_star());
  ast_table_ref_free(query->from);
  query->from = ast_table("events", "t");
  query->where = ast_and(ast_and(NULL, ast_column_named("p", NULL)), ast_column_named("q", NULL));
  struct query *inner = ast_select();
  g_ptr_array_add(inner->select, ast_integer(-1));
  g_ptr_array_add(query->ctes, ast_cte("w", inner));
  g_autofree char *sql = print(query);
  assert_string_equal(
      sql, "WITH w AS (SELECT -1)SELECT t.\"we ird\" AS x, CAST(a AS DECIMAL(18,2)), (1 + "
           "5000000000), sum(v), CASE  WHEN (c) THEN ('it''s') ELSE NULL END, * FROM events AS t "
           "WHERE (p AND q)");
  g_autoptr(GError) error = NULL;
  g_autofree char *text = ast_expr_to_sql(connection, g_ptr_array_index(query->select, 0), &error);
  assert_string_equal(text, "t.\"we ird\"");
}

static bool
rename_a(struct expr **slot, gpointer user)
{
  struct expr *expr = *slot;
  (*(guint *)user)++;
  if (expr->class != EXPR_COLUMN || !g_str_equal(expr->names[0], "a"))
    return false;
  *slot = ast_column_named("z", expr->alias);
  ast_expr_free(expr);
  return true;
}

static void
rewrites_every_slot(void **state)
{
  (void)state;
  AUTO(ast_query_free)
  struct query *query = parse(
      "select case when a > 1 then a else a end + sum(a order by a) filter (where a) + max(a) "
      "over (partition by a order by a rows a preceding) + (a between a and a)::int + f(x -> "
      "x + a), (select a) from t");
  guint met = 0;
  for (guint i = 0; i < query->select->len; i++)
    ast_rewrite_expr((struct expr **)&query->select->pdata[i], rename_a, &met);
  g_autofree char *sql = print(query);
  assert_null(strstr(sql, "(a"));
  assert_non_null(strstr(sql, "(SELECT a)"));
  assert_true(met > 20);
}

static bool
count_expr(struct expr *expr, gpointer user)
{
  (void)expr;
  ((guint *)user)[0]++;
  return true;
}

static bool
count_table(struct table_ref *table, gpointer user)
{
  ((guint *)user)[1] += table->class == TABLE_BASE ? 1 : 0;
  return true;
}

static bool
count_query(struct query *query, gpointer user)
{
  (void)query;
  ((guint *)user)[2]++;
  return true;
}

static void
walks_everything(void **state)
{
  (void)state;
  AUTO(ast_query_free)
  struct query *query = parse("with c as (select 1 from t1) select (select 2 from t2) from t3 join "
                              "(select 3 from t4) s on true where exists (select 4 from t5) union "
                              "all select 5 from t6 order by 1");
  guint counts[3] = {0, 0, 0};
  const struct ast_visitor visitor = {count_expr, count_table, count_query, counts};
  ast_walk_query(query, &visitor);
  assert_int_equal(counts[1], 6);
  assert_int_equal(counts[2], 7);
  assert_int_equal(counts[0], 10);
}

struct canonical_case {
  const char *a;
  const char *b;
  bool same;
};

static void
canonical_texts_compare_meaning(void **state)
{
  (void)state;
  static const char *const qualifiers[] = {"e", NULL};
  static const struct canonical_case cases[] = {
      {"select a + 1", "select   A+1 as x", true},
      {"select e.a", "select a", true},
      {"select E.\"A\"", "select a", true},
      {"select f.a", "select a", false},
      {"select count(*)", "select COUNT( * ) AS n", true},
      {"select count(a)", "select count(distinct a)", false},
      {"select first(a order by b)", "select first(a order by b desc)", false},
      {"select 'A'", "select 'a'", false},
      {"select struct_pack(x := 1)", "select struct_pack(y := 1)", false},
      {"select cast(a as date)", "select a::date", true},
      {"select sum(a) filter (where b)", "select sum(a)", false},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    AUTO(ast_query_free) struct query *a = parse(cases[i].a);
    AUTO(ast_query_free) struct query *b = parse(cases[i].b);
    g_autofree char *text_a = ast_canonical_expr(first_expr(a), qualifiers);
    g_autofree char *text_b = ast_canonical_expr(first_expr(b), qualifiers);
    if (g_str_equal(text_a, text_b) != cases[i].same)
      fail_msg("%s / %s\n%s\n%s", cases[i].a, cases[i].b, text_a, text_b);
  }
}

static void
built_and_parsed_are_canonical(void **state)
{
  (void)state;
  AUTO(ast_query_free)
  struct query *parsed = parse("select sum(v), a = 'x', case when c then 1 end");
  AUTO(ast_expr_free)
  struct expr *sum = ast_call("sum", false, ast_column_named("V", NULL), NULL);
  g_autofree char *built_text = ast_canonical_expr(sum, NULL);
  g_autofree char *parsed_text = ast_canonical_expr(first_expr(parsed), NULL);
  assert_string_equal(built_text, parsed_text);
  AUTO(ast_expr_free)
  struct expr *built_case = ast_case(ast_column_named("c", NULL), ast_integer(1));
  g_autofree char *built_case_text = ast_canonical_expr(built_case, NULL);
  g_autofree char *parsed_case_text =
      ast_canonical_expr(g_ptr_array_index(parsed->select, 2), NULL);
  assert_string_equal(built_case_text, parsed_case_text);
}

static void
refuses_what_is_no_query(void **state)
{
  (void)state;
  static const struct {
    const char *sql;
    gssize at;
  } cases[] = {
      {"select a frm events whre", 13},
      {"insert into t values (1)", -1},
      {"select 1; select 2", -1},
      {"select '\xC3\x9C' frm events x", 16},
      {"", -1},
      {"pivot t on a", -1},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    AUTO(duck_fault_free) struct duck_fault *fault = NULL;
    AUTO(ast_query_free) struct query *query = ast_parse(connection, cases[i].sql, &fault, &error);
    assert_null(query);
    assert_true(fault != NULL && error == NULL);
    assert_int_equal(fault->at, cases[i].at);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(survives_a_round_trip),
      cmocka_unit_test(prints_as_duckdb_does),
      cmocka_unit_test(copies_are_equal_and_keep_places),
      cmocka_unit_test(keeps_doubles),
      cmocka_unit_test(reads_calls),
      cmocka_unit_test(reads_windows),
      cmocka_unit_test(reads_queries),
      cmocka_unit_test(reads_casts),
      cmocka_unit_test(builds_queries),
      cmocka_unit_test(rewrites_every_slot),
      cmocka_unit_test(walks_everything),
      cmocka_unit_test(canonical_texts_compare_meaning),
      cmocka_unit_test(built_and_parsed_are_canonical),
      cmocka_unit_test(refuses_what_is_no_query),
  };
  return cmocka_run_group_tests(tests, open_duck, close_duck);
}
