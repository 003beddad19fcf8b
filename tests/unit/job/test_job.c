/* SPDX-License-Identifier: Apache-2.0 */
#include "job/fixture.h"
#include "job/job_inside.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static struct job *
load(const char *script, const struct job_param *params, gsize param_count)
{
  g_autoptr(GError) error = NULL;
  struct job *job = fixture_load(script, params, param_count, &error);
  if (job == NULL)
    fail_msg("%s\n%s", script, error->message);
  return job;
}

static struct job *
bind(const char *script)
{
  g_autoptr(GError) error = NULL;
  struct job *job = fixture_bind(script, &error);
  if (job == NULL)
    fail_msg("%s\n%s", script, error->message);
  return job;
}

static void
reads_the_statements(void **state)
{
  (void)state;
  static const char script[] =
      "-- first\nSET TimeZone = 'Asia/Seoul';\nCREATE VIEW v AS SELECT * FROM events;\n"
      "COPY (SELECT year, value FROM v) TO 'Out.put-1' (FORMAT parquet, PARTITION_BY (YEAR), "
      "COMPRESSION lz4);\nCOPY (SELECT 1 AS x) TO 'second' (FORMAT parquet);";
  AUTO(job_free) struct job *job = bind(script);
  assert_string_equal(job->name, "job");
  assert_string_equal(job->time_zone, "Asia/Seoul");
  assert_int_equal(job->views->len, 1);
  assert_int_equal(job->outputs->len, 2);
  const struct job_view *view = g_ptr_array_index(job->views, 0);
  assert_string_equal(view->name, "v");
  assert_string_equal(view->sql, "SELECT * FROM events");
  assert_int_equal(view->at, strstr(script, "SELECT * FROM events") - script);
  const struct job_output *output = g_ptr_array_index(job->outputs, 0);
  assert_string_equal(output->name, "Out.put-1");
  assert_string_equal(output->sql, "SELECT year, value FROM v");
  assert_string_equal(output->script_text, output->sql);
  assert_string_equal(output->compression, "lz4_raw");
  assert_string_equal(output->partition_by[0], "year");
  assert_null(output->partition_by[1]);
  assert_int_equal(output->columns->len, 2);
  const struct duck_column *column = g_ptr_array_index(output->columns, 1);
  assert_string_equal(column->name, "value");
  assert_string_equal(column->type, "DOUBLE");
  const struct job_output *second = g_ptr_array_index(job->outputs, 1);
  assert_string_equal(second->compression, "snappy");
  assert_null(second->partition_by[0]);
}

static void
trees_have_places_in_the_script(void **state)
{
  (void)state;
  static const char script[] = "/* x */ COPY (SELECT value FROM events) TO 'x' (FORMAT parquet)";
  AUTO(job_free) struct job *job = load(script, NULL, 0);
  const struct job_output *output = g_ptr_array_index(job->outputs, 0);
  const struct expr *column = g_ptr_array_index(output->query->select, 0);
  assert_int_equal(column->at, strstr(script, "value") - script);
  assert_int_equal(output->query->from->at, strstr(script, "events") - script);
}

static void
puts_parameters_in(void **state)
{
  (void)state;
  static const struct job_param params[] = {{"a", "it's"}, {"b", "2"}};
  AUTO(job_free)
  struct job *job = load("COPY (SELECT $a AS x, $b::INT + day AS y, '$a' AS z, a$b FROM events, "
                         "(SELECT 1 AS a$b) WHERE category = $a) TO 'x' (FORMAT parquet)",
                         params, 2);
  const struct job_output *output = g_ptr_array_index(job->outputs, 0);
  assert_string_equal(output->sql,
                      "SELECT ('it''s') AS x, ('2')::INT + day AS y, '$a' AS z, a$b FROM events, "
                      "(SELECT 1 AS a$b) WHERE category = ('it''s')");
  assert_string_equal(job->parameters[0], "a");
  assert_string_equal(job->parameters[1], "b");
  assert_null(job->parameters[2]);
  g_autoptr(GError) error = NULL;
  g_autofree char *tree = ast_to_sql(fixture_connection(), output->query, &error);
  assert_string_equal(
      tree, "SELECT 'it''s' AS x, (CAST('2' AS INTEGER) + \"day\") AS y, '$a' AS z, \"a$b\" FROM "
            "events , (SELECT 1 AS \"a$b\") WHERE (category = 'it''s')");
}

static void
maps_places_over_parameters(void **state)
{
  (void)state;
  /* script: 0123456789 with $a at 2..4 and $bc at 6..9; text: parameters are 7 and 1 bytes long */
  g_autoptr(GArray) values = g_array_new(FALSE, FALSE, sizeof(struct job_value));
  const struct job_value a = {2, 4, 7};
  const struct job_value b = {6, 9, 1};
  g_array_append_val(values, a);
  g_array_append_val(values, b);
  const struct job_text text = {.at = 0, .values = values};
  static const struct {
    gssize offset;
    gsize place;
  } cases[] = {{-1, 0}, {0, 0},  {1, 1},  {2, 2},  {5, 2},  {8, 2},
               {9, 4},  {10, 5}, {11, 6}, {12, 9}, {13, 10}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    assert_int_equal(job_text_place(&text, cases[i].offset), cases[i].place);
}

struct inputs_case {
  const char *script;
  const char *inputs; /* joined by blanks */
};

static void
finds_the_inputs(void **state)
{
  (void)state;
  static const struct inputs_case cases[] = {
      {"COPY (SELECT * FROM Events e, users, EVENTS) TO 'x' (FORMAT parquet)", "Events users"},
      {"COPY (SELECT 1 AS x) TO 'x' (FORMAT parquet)", ""},
      {"COPY (WITH d AS (SELECT * FROM events) SELECT * FROM d) TO 'x' (FORMAT parquet)", "events"},
      {"COPY (WITH events AS (SELECT * FROM events) SELECT * FROM events) TO 'x' (FORMAT parquet)",
       "events"},
      {"COPY (WITH a AS (SELECT * FROM b), b AS (SELECT * FROM A) SELECT * FROM a, b) TO 'x' "
       "(FORMAT parquet)",
       "b"},
      {"COPY (SELECT * FROM (WITH d AS (SELECT 1 AS x) SELECT * FROM d), d) TO 'x' (FORMAT "
       "parquet)",
       "d"},
      {"COPY (WITH RECURSIVE r AS (SELECT 1 AS x UNION ALL SELECT x + y FROM r, s) SELECT * FROM "
       "r) "
       "TO 'x' (FORMAT parquet)",
       "s"},
      {"COPY (SELECT (SELECT max(x) FROM t1), x IN (SELECT x FROM t2) FROM t3 JOIN t4 ON EXISTS "
       "(SELECT 1 FROM t5) WHERE x > (SELECT 1 FROM t6) ORDER BY (SELECT 1 FROM t7)) TO 'x' "
       "(FORMAT parquet)",
       "t1 t2 t3 t4 t5 t6 t7"},
      {"CREATE VIEW v AS SELECT * FROM w; CREATE VIEW u AS SELECT * FROM V; COPY (SELECT * FROM u, "
       "\"my table\") TO 'x' (FORMAT parquet)",
       "w my table"},
      {"COPY (SELECT * FROM range(3), unnest([1])) TO 'x' (FORMAT parquet)", ""},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    AUTO(job_free) struct job *job = load(cases[i].script, NULL, 0);
    g_autofree char *inputs = g_strjoinv(" ", job->inputs);
    assert_string_equal(inputs, cases[i].inputs);
    for (gsize k = 0; job->inputs[k] != NULL; k++)
      assert_true(strncmp(job->script + job->input_at[k], job->inputs[k], strlen(job->inputs[k])) ==
                      0 ||
                  job->script[job->input_at[k]] == '"');
  }
}

struct hash_case {
  const char *a;
  const char *b;
  bool same;
};

static void
hashes_the_meaning(void **state)
{
  (void)state;
  static const struct job_param params[] = {{"p", "1"}};
  static const struct job_param other[] = {{"p", "2"}};
  static const char base[] = "COPY (SELECT sum(value) AS v FROM events) TO 'x' (FORMAT parquet)";
  static const struct hash_case cases[] = {
      {base, "-- c\ncopy ( select  SUM(Value) as v from EVENTS ) to 'x' ( format 'parquet' );",
       true},
      {base, "COPY (SELECT sum(value) AS w FROM events) TO 'x' (FORMAT parquet)", false},
      {base, "COPY (SELECT sum(value) AS v FROM events) TO 'y' (FORMAT parquet)", false},
      {base, "COPY (SELECT sum(value) AS v FROM events) TO 'x' (FORMAT parquet, COMPRESSION zstd)",
       false},
      {base, "COPY (SELECT sum(value) AS v FROM events) TO 'x' (FORMAT parquet, PARTITION_BY (v))",
       false},
      {base,
       "SET TimeZone = 'Asia/Seoul'; COPY (SELECT sum(value) AS v FROM events) TO 'x' (FORMAT "
       "parquet)",
       false},
      {base,
       "CREATE VIEW z AS SELECT 1 AS x; COPY (SELECT sum(value) AS v FROM events) TO 'x' (FORMAT "
       "parquet)",
       false},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    AUTO(job_free) struct job *a = load(cases[i].a, NULL, 0);
    AUTO(job_free) struct job *b = load(cases[i].b, NULL, 0);
    assert_int_equal(strlen(a->hash), 64);
    assert_true(g_str_equal(a->hash, b->hash) == cases[i].same);
  }
  static const char script[] = "COPY (SELECT $p AS x) TO 'x' (FORMAT parquet)";
  AUTO(job_free) struct job *one = load(script, params, 1);
  AUTO(job_free) struct job *two = load(script, other, 1);
  assert_string_not_equal(one->hash, two->hash);
}

struct param_case {
  const char *script;
  struct job_param params[2];
  gsize count;
  const char *expected;
};

static void
refuses_wrong_parameters(void **state)
{
  (void)state;
  static const char none[] = "COPY (SELECT 1 AS x) TO 'x' (FORMAT parquet)";
  static const char two[] = "COPY (SELECT $since AS x, $until AS y) TO 'x' (FORMAT parquet)";
  static const struct param_case cases[] = {
      {none,
       {{"since", "1"}},
       1,
       "job 'job' has no parameter 'since'\nHINT: Its script uses no parameters: leave --param "
       "out."},
      {two,
       {{"since", "1"}},
       1,
       "1:27: parameter 'until' has no value\nHINT: Give it by --param until=VALUE."},
      {two,
       {{"since", "1"}, {"since", "2"}},
       2,
       "1:27: parameter 'until' has no value\nHINT: Give it by --param until=VALUE."},
      {"COPY (SELECT $since AS x) TO 'x' (FORMAT parquet)",
       {{"since", "1"}, {"since", "2"}},
       2,
       "parameter 'since' is given twice\nHINT: Give one --param since=VALUE."},
      {"COPY (SELECT $since AS x) TO 'x' (FORMAT parquet)",
       {{"since", "1"}, {"sinc", "2"}},
       2,
       "job 'job' has no parameter 'sinc'\nHINT: Did you mean 'since'?"},
      {"COPY (SELECT $since AS x) TO 'x' (FORMAT parquet)",
       {{"since", "\xFF"}},
       1,
       "the value of parameter 'since' is not UTF-8"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    AUTO(job_free)
    struct job *job = fixture_load(cases[i].script, cases[i].params, cases[i].count, &error);
    assert_null(job);
    assert_true(error_is(error, ERROR_USAGE));
    assert_string_equal(fixture_place(error->message), cases[i].expected);
  }
}

static void
finds_jobs_by_name(void **state)
{
  (void)state;
  g_auto(GStrv) shipped = job_shipped(SOURCE_ROOT "/jobs");
  assert_true(g_strv_contains((const char *const *)shipped, "batch-processing"));
  assert_true(g_strv_contains((const char *const *)shipped, "advanced-analysis"));
  static const struct {
    const char *job;
    const char *message;
  } cases[] = {
      {"batch-procesing",
       "there is no job 'batch-procesing'\nHINT: Did you mean 'batch-processing'?"},
      {"/nowhere/x.sql", "cannot read job '/nowhere/x.sql': no such file or directory\nHINT: Give "
                         "the path of a script, or "
                         "the name of a job that comes with the program, without '.sql'."},
      {"/", "cannot read job '/': not a file\nHINT: Give the path of a SQL script."},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autoptr(GError) error = NULL;
    const struct job_options options = {.job = cases[i].job, .jobs_dir = SOURCE_ROOT "/jobs"};
    AUTO(job_free) struct job *job = job_load(fixture_connection(), &options, &error);
    assert_null(job);
    assert_string_equal(error->message, cases[i].message);
    assert_int_equal(error_row(error)->exit_code, 2);
  }
}

/* Two jobs in one connection: each has its own views and zone, and none of the other's. */
static void
jobs_take_turns(void **state)
{
  (void)state;
  AUTO(job_free)
  struct job *first = bind("SET TimeZone = 'Asia/Seoul'; CREATE VIEW users AS SELECT 7 AS x; COPY "
                           "(SELECT * FROM users) TO 'x' (FORMAT parquet)");
  AUTO(job_free)
  struct job *second = bind("COPY (SELECT name FROM users) TO 'x' (FORMAT parquet)");
  static const char zone[] = "SELECT current_setting('TimeZone')";
  const struct job *turns[] = {first, second, first};
  for (gsize i = 0; i < G_N_ELEMENTS(turns); i++) {
    g_autoptr(GError) error = NULL;
    assert_true(job_make_current(turns[i], fixture_connection(), &error));
    const struct job_output *output = g_ptr_array_index(turns[i]->outputs, 0);
    AUTO(duck_result_free)
    struct duck_result *rows = duck_query(fixture_connection(), output->sql, NULL, NULL, &error);
    assert_non_null(rows);
    assert_string_equal(duck_result_name(rows, 0), turns[i] == first ? "x" : "name");
    AUTO(duck_result_free)
    struct duck_result *set = duck_query(fixture_connection(), zone, NULL, NULL, &error);
    assert_string_equal(duck_result_text(set, 0, 0), turns[i]->time_zone);
  }
}

/* Inputs are temporary views: a view of one job must not take the place of another job's input. */
static void
refuses_a_view_over_an_input(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  assert_true(duck_exec(fixture_connection(), "CREATE TEMP VIEW dim AS SELECT 1 AS x", &error));
  AUTO(job_free)
  struct job *job = fixture_bind("CREATE VIEW Dim AS SELECT 2 AS x; COPY (SELECT x FROM dim) TO "
                                 "'x' (FORMAT parquet)",
                                 &error);
  assert_null(job);
  assert_string_equal(fixture_place(error->message),
                      "1:13: view 'Dim' has the name of an input of this run\nHINT: Rename the "
                      "view, or run the jobs one by one.");
  assert_true(duck_exec(fixture_connection(), "DROP VIEW dim", NULL));
}

static void
refuses_at_a_place(void **state)
{
  (void)state;
  AUTO(job_free)
  struct job *job =
      load("-- \xC3\xBC\nCOPY (SELECT '\xC3\xBC', x FROM t) TO 'x' (FORMAT parquet)", NULL, 0);
  g_autoptr(GError) error = NULL;
  assert_false(job_refuse(job, job->input_at[0], &error, "no input for '%s'", job->inputs[0]));
  assert_string_equal(fixture_place(error->message), "2:26: no input for 't'");
  assert_true(error_is(error, ERROR_SCRIPT));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(reads_the_statements),     cmocka_unit_test(trees_have_places_in_the_script),
      cmocka_unit_test(puts_parameters_in),       cmocka_unit_test(maps_places_over_parameters),
      cmocka_unit_test(finds_the_inputs),         cmocka_unit_test(hashes_the_meaning),
      cmocka_unit_test(refuses_wrong_parameters), cmocka_unit_test(finds_jobs_by_name),
      cmocka_unit_test(jobs_take_turns),          cmocka_unit_test(refuses_a_view_over_an_input),
      cmocka_unit_test(refuses_at_a_place),
  };
  return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
