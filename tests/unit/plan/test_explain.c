/* SPDX-License-Identifier: Apache-2.0 */
#include "job_kit.h"

static const char script[] =
    "CREATE VIEW good AS SELECT * FROM events WHERE value > 3;\n"
    "COPY (SELECT year, month, sum(value) AS s, sum(id) FILTER (WHERE id > 1) AS t FROM events"
    " WHERE year = 2024 GROUP BY year, month HAVING count(*) > 1 ORDER BY year, month)"
    " TO 'monthly' (FORMAT parquet, PARTITION_BY (year));\n"
    "COPY (SELECT category, event_type, count(DISTINCT user_id) AS n FROM events"
    " GROUP BY CUBE (category, event_type)) TO 'cube' (FORMAT parquet, COMPRESSION zstd);\n"
    "COPY (SELECT category, median(value) AS m FROM good GROUP BY category) TO 'medians'"
    " (FORMAT parquet);\n";

static const char *const golden[] = {
    "input events: ",
    "├─ 7 of 7 files, ",
    "B, 245 rows\n",
    "├─ partitioned by year INTEGER, month INTEGER\n",
    "   CREATE VIEW \"events\" AS SELECT \"id\", \"user_id\", ",
    "pass 1 over events: 2 rollups\n"
    "├─ reads events: 7 of 7 files, ",
    "│  └─ columns: id, value, year, month, user_id, category, event_type\n"
    "└─ for monthly, cube\n",
    "output monthly (job job1)\n"
    "├─ shares pass 1 with cube\n"
    "├─ computed by the kernel: 2 keys and 3 aggregates in pass 1\n"
    "│  └─ groups and memory: known after a run\n"
    "├─ reads events: 3 of 7 files, ",
    "│  ├─ columns: id, value, year, month\n"
    "│  └─ left out: files where not (\"year\" = 2024)\n"
    "├─ rollup of events\n"
    "│  ├─ where (\"year\" = 2024)\n"
    "│  ├─ keys: year, month\n"
    "│  └─ aggregates:\n"
    "│     ├─ sum(\"value\"): DOUBLE, exact\n"
    "│     ├─ sum(id) FILTER (WHERE (id > 1)): HUGEINT\n"
    "│     └─ count(*): BIGINT\n"
    "├─ then filters groups, sorts\n"
    "└─ writes monthly/year=*: Parquet, snappy\n"
    "   ├─ 1 partition, each with the rows of its own files only: year: partition columns of "
    "events that it"
    " groups by\n"
    "   ├─ written when the input has been read: its rows are not the groups as they are\n"
    "   ├─ sorted by \"year\" ASC NULLS LAST, \"month\" ASC NULLS LAST\n"
    "   └─ columns: year INTEGER, month INTEGER, s DOUBLE, t BIGINT (computed as HUGEINT)\n",
    "output cube (job job1)\n"
    "├─ shares pass 1 with monthly\n"
    "├─ computed by the kernel: 2 keys, 4 grouping sets and 1 aggregate in pass 1\n",
    "│  ├─ grouping sets: ",
    "└─ writes cube: Parquet, zstd\n"
    "   ├─ computed and written as one table: it is not partitioned\n",
    "output medians (job job1)\n"
    "├─ runs by itself: median() is not one of the kernel's aggregates (line 4)\n"
    "├─ computed by DuckDB\n",
    "├─ not taken by the kernel: median() is not one of the kernel's aggregates (line 4)\n"
    "└─ writes medians: Parquet, snappy\n",
};

/* Each piece is there, in this order. */
static void
test_text(void **state)
{
  struct job_kit *kit = *state;
  (void)job_kit_events(kit);
  const struct plan *plan = job_kit_plan(kit, script);
  g_autofree char *text = plan_explain(plan, NULL);
  const char *at = text;
  for (gsize i = 0; i < G_N_ELEMENTS(golden); i++) {
    at = strstr(at, golden[i]);
    if (at == NULL)
      fail_msg("not there, or not in order:\n%s\nin\n%s", golden[i], text);
    at += strlen(golden[i]);
  }
  assert_null(strstr(text, "kindling_result_0"));
  assert_null(strstr(text, "kindling_sum"));
  assert_null(strstr(text, "month=03/a.parquet"));
}

static void
test_verbose(void **state)
{
  static const char *const pieces[] = {
      "year=2024/month=03/a.parquet", "statement as written",
      "FROM kindling_result_0",       "scan\n",
      "scan for the kernel\n",        "SELECT \"year\" AS c0, \"month\" AS c1"};
  struct job_kit *kit = *state;
  (void)job_kit_events(kit);
  const struct plan *plan = job_kit_plan(kit, script);
  const struct plan_explain_options options = {.verbose = true};
  g_autofree char *text = plan_explain(plan, &options);
  for (gsize i = 0; i < G_N_ELEMENTS(pieces); i++)
    if (strstr(text, pieces[i]) == NULL)
      fail_msg("not there: %s\nin\n%s", pieces[i], text);
}

/* Whether an output of the kernel can be written while its input is read, and why, one property at a time. */
static void
test_streaming(void **state)
{
  static const struct {
    const char *query, *line;
  } rows[] = {
      {"SELECT year, month, id, count(*) AS n FROM events GROUP BY ALL ORDER BY year, month, id",
       "can be written while the input is read: it groups by year, month, which partition its "
       "input"},
      {"SELECT year, id, count(*) AS n FROM events GROUP BY ALL ORDER BY year, id",
       "written when the input has been read: it does not group by month, which partitions its "
       "input; run by run in its order, when year has few values"},
      {"SELECT year, month, id, count(*) AS n FROM events GROUP BY ALL ORDER BY year, n, id",
       "written when the input has been read: it is sorted by more than its keys"},
      {"SELECT year, month, id, count(*) + 1 AS n FROM events GROUP BY ALL",
       "written when the input has been read: its rows are not the groups as they are"},
      {"SELECT id, count(*) AS n FROM events WHERE id > 3 GROUP BY id",
       "written when the input has been read: where a partition of its input ends is not known"},
  };
  struct job_kit *kit = *state;
  (void)job_kit_events(kit);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    (void)job_kit_plan_query(kit, rows[i].query, "");
    g_autofree char *text = plan_explain(kit->plan, NULL);
    if (strstr(text, rows[i].line) == NULL)
      fail_msg("not there: %s\nin\n%s", rows[i].line, text);
  }
}

static struct json_object *
element(struct json_object *json, const char *key, gsize index)
{
  struct json_object *array = json_get(json, key);
  assert_true(json_object_is_type(array, json_type_array));
  assert_true(index < json_object_array_length(array));
  return json_object_array_get_idx(array, index);
}

static void
test_json(void **state)
{
  struct job_kit *kit = *state;
  (void)job_kit_events(kit);
  const struct plan *plan = job_kit_plan(kit, script);
  JSON_AUTO(json) = plan_to_json(plan);
  struct json_object *pass = element(json, "passes", 0);
  assert_int_equal(json_object_array_length(json_get(json, "passes")), 1);
  assert_int_equal(json_get_int(pass, "rollup_count", 0), 2);
  struct json_object *monthly = element(json, "outputs", 0);
  assert_string_equal(json_get_text(monthly, "name"), "monthly");
  assert_int_equal(json_get_int(monthly, "pass", -1), 1);
  struct json_object *input = element(monthly, "inputs", 0);
  assert_int_equal(json_get_int(input, "file_count", 0), 3);
  assert_int_equal(json_get_int(input, "of_files", 0), 7);
  assert_int_equal(json_get_int(input, "rows", 0), 120);
  assert_string_equal(json_object_get_string(element(input, "predicates", 0)), "(\"year\" = 2024)");
  struct json_object *rollup = element(monthly, "rollups", 0);
  struct json_object *sum = element(rollup, "aggregates", 0);
  assert_true(json_get_flag(sum, "exact"));
  assert_string_equal(json_get_text(sum, "type"), "DOUBLE");
  struct json_object *layout = json_get(monthly, "layout");
  assert_string_equal(json_get_text(layout, "kind"), "by_partition");
  struct json_object *partition = element(layout, "partitions", 0);
  assert_string_equal(json_object_get_string(element(partition, "values", 0)), "2024");
  assert_int_equal(json_get_int(partition, "input_rows", 0), 120);
  struct json_object *stored = element(monthly, "columns", 3);
  assert_string_equal(json_get_text(stored, "type"), "HUGEINT");
  assert_string_equal(json_get_text(stored, "stored_type"), "BIGINT");
  struct json_object *cube = element(json, "outputs", 1);
  assert_int_equal(json_object_array_length(json_get(element(cube, "rollups", 0), "grouping_sets")),
                   4);
  assert_true(json_get_flag(monthly, "kernel") && json_get_flag(cube, "kernel"));
  assert_string_equal(json_get_text(monthly, "kernel_reason"), "2 keys and 3 aggregates in pass 1");
  assert_false(json_get_flag(monthly, "written_while_read"));
  struct json_object *taken = element(pass, "kernel_rollups", 0);
  assert_string_equal(json_get_text(taken, "name"), "kindling_result_0");
  assert_string_equal(json_get_text(element(taken, "aggregates", 2), "function"), "count_rows");
  assert_int_equal(json_get_int(element(taken, "aggregates", 2), "argument", 0), -1);
  assert_int_equal(json_object_array_length(json_get(pass, "run_columns")), 2);
  assert_int_equal(json_object_array_length(json_get(pass, "scan_types")), 9);
  assert_string_equal(json_object_get_string(element(pass, "scan_types", 0)), "INTEGER");
  struct json_object *medians = element(json, "outputs", 2);
  assert_false(json_get_flag(medians, "kernel"));
  assert_int_equal(json_get_int(medians, "pass", -1), 0);
  struct json_object *refusal = element(medians, "refusals", 0);
  assert_int_equal(json_get_int(refusal, "line", 0), 4);
  struct json_object *events = element(json, "inputs", 0);
  assert_int_equal(json_get_int(events, "file_count", 0), 7);
  assert_int_equal(json_object_array_length(json_get(events, "files")), 7);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_text, job_kit_open, job_kit_close),
      cmocka_unit_test_setup_teardown(test_verbose, job_kit_open, job_kit_close),
      cmocka_unit_test_setup_teardown(test_streaming, job_kit_open, job_kit_close),
      cmocka_unit_test_setup_teardown(test_json, job_kit_open, job_kit_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
