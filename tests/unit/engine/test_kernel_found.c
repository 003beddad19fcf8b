/* SPDX-License-Identifier: Apache-2.0
 *
 * Outputs that are written by runs which the kernel finds itself, because no folder of the input tells them: the same rows in the
 * same order in the same files as DuckDB gives.
 */
#include "engine/engine_kit.h"

/* 60,000 events of 3 months of 4 days, 20,000 users, NULLs; sums of doubles differ by order. */
#define EVENTS                                                                                     \
  "SELECT CASE WHEN i %% 11 > 0 THEN 'user ' || (i * 7919 %% 20000) END AS u, i // 7 %% 3 AS "     \
  "kind, i * 0.1 + (i %% 3) * 1e13 AS v, CASE WHEN i // 20000 < 2 THEN i // 20000 + 1 END AS "     \
  "month, i // 5000 %% 4 + 1 AS day, DATE '2024-02-28' + (i // 5000)::INT AS date, i // 30000 = "  \
  "0 AS early, 'site ' || (i // 10000 %% 4) AS site FROM range(60000) r(i)"

static const struct {
  const char *title, *order, *file, *options;
} layouts[] = {
    {"one file, days in order", "", "/a.parquet", "FORMAT parquet"},
    {"one file, any order", "ORDER BY hash(u, v)", "/a.parquet",
     "FORMAT parquet, ROW_GROUP_SIZE 5000"},
    {"folders of months, days within in any order", "ORDER BY hash(u, v)", "",
     "FORMAT parquet, PARTITION_BY (month), OVERWRITE"},
};

static const struct {
  const char *script;
  enum engine_way way;
} outputs[] = {
    {"COPY (SELECT u, month, day, kind, count(*) AS n, sum(v) AS s, avg(v) AS a FROM events WHERE "
     "kind < 2 GROUP BY u, month, day, kind ORDER BY month NULLS LAST, day NULLS LAST, u NULLS "
     "LAST, kind NULLS LAST) TO 'o' (FORMAT parquet, PARTITION_BY (month));",
     ENGINE_STREAMED},
    {"COPY (SELECT date, u, sum(v) AS s FROM events GROUP BY date, u ORDER BY date, u) TO 'o' "
     "(FORMAT parquet, COMPRESSION zstd);",
     ENGINE_STREAMED},
    {"COPY (SELECT u, date, early, site, day, count(*) AS n FROM events GROUP BY u, date, early, "
     "site, day ORDER BY site, u) TO 'o' (FORMAT parquet, PARTITION_BY (date, early, site, day));",
     ENGINE_STREAMED},
    {"COPY (SELECT date, kind, count(DISTINCT u) AS users, sum(v) AS s FROM events GROUP BY date, "
     "kind ORDER BY date, kind) TO 'o' (FORMAT parquet);",
     ENGINE_BY_KERNEL},
};

#define DIGEST                                                                                     \
  "SELECT count(*) || ' ' || bit_xor(hash(r)) FROM (SELECT * EXCLUDE (filename), "                 \
  "parse_path(filename)[-1] AS place FROM read_parquet('%s/**/*.parquet', hive_partitioning = "    \
  "true, filename = true, file_row_number = true)) r"

static char *
run(struct kit *kit, const char *script, guint threads, enum engine_way *ret_way)
{
  kit_plan(kit, threads, script);
  struct engine_output output = kit_run(kit, 0, ENGINE_OPTIMISED);
  *ret_way = output.way;
  g_autofree char *files = kit_files(&output);
  engine_output_clear(&output);
  g_autofree char *digest = kit_ask(kit, DIGEST);
  return g_strconcat(files, digest, NULL);
}

static void
check(struct kit *kit, const char *layout, const char *script, enum engine_way way)
{
  enum engine_way found_way;
  g_setenv("KINDLING_KERNEL", "off", TRUE);
  g_autofree char *wanted = run(kit, script, 2, &found_way);
  g_unsetenv("KINDLING_KERNEL");
  assert_int_equal(found_way, ENGINE_BY_DUCKDB);
  static const guint threads[] = {1, 2, 4};
  for (gsize i = 0; i < G_N_ELEMENTS(threads); i++) {
    g_autofree char *found = run(kit, script, threads[i], &found_way);
    if (found_way != way)
      fail_msg("%s, %s: %s", layout, script, engine_way_name(found_way));
    if (!g_str_equal(found, wanted))
      fail_msg("%s, %s:\n%s\ninstead of\n%s", layout, script, found, wanted);
  }
}

static void
runs_that_are_found_give_the_same_files(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(layouts); i++) {
    struct kit *kit = kit_new();
    g_autofree char *folder = g_build_filename(kit->dir, "events", NULL);
    assert_int_equal(g_mkdir(folder, 0700), 0);
    kit_exec(kit, "COPY (SELECT * FROM (" EVENTS ") %s) TO '%s%s' (%s)", layouts[i].order, folder,
             layouts[i].file, layouts[i].options);
    for (gsize k = 0; k < G_N_ELEMENTS(outputs); k++)
      check(kit, layouts[i].title, outputs[k].script, outputs[k].way);
    kit_free(kit);
  }
}

/* Too many runs for their rows: each of thirty rows. */
static void
runs_of_few_rows_are_not_kept(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_input(kit, "events",
            "SELECT i // 30 AS day, (hash(i) % 20000)::INT AS u FROM range(60000) r(i)");
  check(kit, "few rows",
        "COPY (SELECT day, u, count(*) AS n FROM events GROUP BY day, u ORDER BY day, u) TO 'o' "
        "(FORMAT parquet);",
        ENGINE_BY_KERNEL);
  kit_free(kit);
}

/* All rows are of one run, or nearly so. */
static void
a_run_may_be_large(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_input(kit, "events",
            "SELECT CASE WHEN i % 50000 = 0 THEN 2 ELSE 1 END AS day, (hash(i) % 100000)::INT AS "
            "u, i AS v "
            "FROM range(300000) r(i)");
  check(kit, "large",
        "COPY (SELECT day, u, count(*) AS n, sum(v) AS s FROM events GROUP BY day, u ORDER BY day, "
        "u) TO 'o' (FORMAT parquet, PARTITION_BY (day));",
        ENGINE_STREAMED);
  kit_free(kit);
}

#define DAILY                                                                                      \
  "COPY (SELECT day, u, count(*) AS n FROM events GROUP BY day, u ORDER BY day, u) TO 'o' "        \
  "(FORMAT parquet);"

#define CROWDS                                                                                     \
  "COPY (SELECT day, k, count(DISTINCT u) AS users, count(DISTINCT u) FILTER (k > 30) AS some, "   \
  "count(*) AS n FROM events WHERE v < 80 GROUP BY day, k ORDER BY day, k) TO 'o' (FORMAT "        \
  "parquet);"

/* 6,000 groups, too many for presence bits, and nothing to stream: only the distinct count is better off by runs. */
static void
runs_are_found_for_crowds_of_distinct_values(void **state)
{
  (void)state;
  static const char *const orders[] = {"", "ORDER BY hash(i, 7)"};
  for (gsize i = 0; i < G_N_ELEMENTS(orders); i++) {
    struct kit *kit = kit_new();
    g_autofree char *rows =
        g_strdup_printf("SELECT nullif(i // 3000, 17) AS day, hash(i) %% 60 AS k, CASE WHEN i %% 9 "
                        "> 0 THEN (hash(i "
                        "+ 1) %% 20000)::INT END AS u, i %% 100 AS v FROM range(300000) r(i) %s",
                        orders[i]);
    kit_input(kit, "events", rows);
    check(kit, orders[i], CROWDS, ENGINE_BY_KERNEL);
    JSON_AUTO(observed) = NULL;
    g_autoptr(GError) error = NULL;
    kit_plan(kit, 2, CROWDS);
    g_autofree char *text =
        engine_explain(kit->engine, kit->plan, 0, DUCK_PLAN_ANALYZED, &observed, &error);
    kit_no_error(error);
    assert_non_null(text);
    assert_true(json_get_flag(observed, "runs_found"));
    kit_free(kit);
  }
}

struct shares {
  double last;
  guint count, falls; /* told; below the one before */
};

static void
note_share(double share, guint64 rows, gpointer user)
{
  struct shares *shares = user;
  assert_true(rows <= 60000);
  shares->falls += share < shares->last;
  shares->count += share > shares->last;
  shares->last = share;
}

static void
progress_moves_while_runs_are_grouped(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_input(kit, "events",
            "SELECT i // 3000 AS day, (hash(i) % 20000)::INT AS u FROM range(60000) r(i)");
  kit_plan(kit, 1, DAILY);
  struct shares shares = {.last = -1};
  struct engine_run run = {.progress = note_share, .user = &shares};
  struct engine_output output = {0};
  g_autoptr(GError) error = NULL;
  (void)kit_run_with(kit, &run, &output, &error);
  kit_no_error(error);
  assert_int_equal(output.way, ENGINE_STREAMED);
  assert_true(shares.count >= 20 && shares.falls == 0 && shares.last >= 0.89);
  engine_output_clear(&output);
  kit_free(kit);
}

/* Of 60,000 rows in runs of so many; the text and the JSON of explain --analyze. */
static char *
explain(const char *run_rows, struct json_object **ret_observed)
{
  struct kit *kit = kit_new();
  g_autofree char *rows = g_strdup_printf(
      "SELECT i // %s AS day, (hash(i) %% 20000)::INT AS u FROM range(60000) r(i)", run_rows);
  g_autoptr(GError) error = NULL;
  kit_input(kit, "events", rows);
  kit_plan(kit, 2, DAILY);
  char *text = engine_explain(kit->engine, kit->plan, 0, DUCK_PLAN_ANALYZED, ret_observed, &error);
  kit_no_error(error);
  kit_free(kit);
  return text;
}

static void
explain_tells_of_runs_found(void **state)
{
  (void)state;
  JSON_AUTO(observed) = NULL;
  g_autofree char *text = explain("3000", &observed);
  assert_non_null(strstr(text, "60,000 rows, 20 runs found while reading"));
  assert_non_null(strstr(text, "runs found while reading, in order"));
  assert_non_null(strstr(text, "read 1 time,"));
  assert_null(strstr(text, "started again"));
  assert_true(json_get_flag(observed, "runs_found"));
  assert_int_equal(json_get_int(observed, "runs", 0), 20);
  assert_int_equal(json_get_int(observed, "passes", 0), 1);
  assert_int_equal(json_object_array_length(json_get(observed, "restarts")), 0);
  struct json_object *rollup = json_object_array_get_idx(json_get(observed, "rollups"), 0);
  assert_true(json_get_flag(rollup, "streamed"));
  assert_int_equal(json_object_array_length(json_get(observed, "rollups")), 1);
}

static void
explain_tells_why_a_pass_started_again(void **state)
{
  (void)state;
  JSON_AUTO(observed) = NULL;
  g_autofree char *text = explain("30", &observed);
  assert_non_null(strstr(text, "pass 1 started again: its rows are of too many runs"));
  assert_false(json_get_flag(observed, "runs_found"));
  gint64 passes = json_get_int(observed, "passes", 0);
  struct json_object *restarts = json_get(observed, "restarts");
  assert_true(passes > 1);
  assert_int_equal(json_object_array_length(restarts), passes - 1);
  assert_true(g_str_has_prefix(json_object_get_string(json_object_array_get_idx(restarts, 0)),
                               "its rows are of too many runs"));
  struct json_object *rollup = json_object_array_get_idx(json_get(observed, "rollups"), 0);
  assert_false(json_get_flag(rollup, "streamed"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(runs_that_are_found_give_the_same_files),
      cmocka_unit_test(runs_of_few_rows_are_not_kept),
      cmocka_unit_test(a_run_may_be_large),
      cmocka_unit_test(runs_are_found_for_crowds_of_distinct_values),
      cmocka_unit_test(progress_moves_while_runs_are_grouped),
      cmocka_unit_test(explain_tells_of_runs_found),
      cmocka_unit_test(explain_tells_why_a_pass_started_again),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
