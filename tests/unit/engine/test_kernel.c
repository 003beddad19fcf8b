/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine_kit.h"
#include "util/error.h"
#include <stdlib.h>

/* 60,000 events in 3 months of 4 days: sites with quotes and NULL, users, values that sum differently by order in doubles. */
static void
make_events(struct kit *kit)
{
  kit_exec(
      kit,
      "COPY (SELECT CASE WHEN i %% 11 > 0 THEN 'user ' || (i * 7919 %% 20000) END AS u, "
      "i // 7 %% 3 AS kind, i * 0.1 + (i %% 3) * 1e13 AS v, (i %% 100000)::DECIMAL(9,2) AS price, "
      "TIMESTAMP '2024-01-01' + INTERVAL (i) SECOND AS t, i %% 3 + 1 AS month, "
      "i // 3 %% 4 + 1 AS day FROM range(60000) r(i)) "
      "TO '%s/events' (FORMAT parquet, PARTITION_BY (month, day))",
      kit->dir);
}

#define DAILY                                                                                      \
  "COPY (SELECT month, day, u, kind, count(*) AS n, sum(v) AS s, avg(v) AS a, sum(kind) AS k, "    \
  "min(t) AS first, max(price) AS dear, sum(price) AS paid FROM events WHERE kind < 2 "            \
  "GROUP BY month, day, u, kind ORDER BY month NULLS LAST, day NULLS LAST, u NULLS LAST, "         \
  "kind NULLS LAST) TO 'daily' (FORMAT parquet, PARTITION_BY (month));"
#define USERS                                                                                      \
  "COPY (SELECT u, count(DISTINCT kind) AS kinds, sum(v) AS s, count(*) AS n FROM events "         \
  "GROUP BY u HAVING count(*) > 2 ORDER BY n DESC, u NULLS LAST) TO 'users' (FORMAT parquet);"
#define CUBE                                                                                       \
  "COPY (SELECT month, kind, grouping_id(month, kind) AS g, count(DISTINCT u) AS users FROM "      \
  "events GROUP BY CUBE (month, kind) ORDER BY g, month NULLS LAST, kind NULLS LAST) TO 'cube' "   \
  "(FORMAT parquet, PARTITION_BY (month));"

static const char three[] = DAILY USERS CUBE;

/* All values, and how they lie in their files. */
static char *
digest(struct kit *kit, const char *folder)
{
  g_autofree char *query = g_strdup_printf(
      "SELECT count(*) || ' ' || bit_xor(hash(r)) FROM (SELECT * EXCLUDE (filename), "
      "parse_path(filename)[-1] AS place FROM read_parquet('%s/**/*.parquet', hive_partitioning = "
      "true, filename = true, file_row_number = true)) r",
      folder);
  return kit_ask(kit, query);
}

static void
run_of_batch(struct kit *kit, guint index, const char *folder, guint64 target_file_bytes,
             bool may_postpone, struct engine_output *ret_output)
{
  GError *error = NULL;
  struct engine_run run = {.plan = kit->plan,
                           .output = index,
                           .staging = folder,
                           .run_id = "run",
                           .target_file_bytes = target_file_bytes,
                           .may_postpone = may_postpone};
  *ret_output = (struct engine_output){0};
  kit_must(engine_run_output(kit->engine, &run, ret_output, &error), &error);
}

/* Runs all outputs of the plan as one batch into <dir>/<prefix><index>; returns how many of them were put off. */
static guint
run_batch(struct kit *kit, const char *prefix, struct engine_output *ret_outputs,
          guint64 target_file_bytes)
{
  g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < kit->plan->outputs->len; i++) {
    g_ptr_array_add(folders, g_strdup_printf("%s/%s%u", kit->dir, prefix, i));
    (void)g_mkdir(folders->pdata[i], 0700);
  }
  const struct engine_batch batch = {
      .plan = kit->plan, .stagings = (const char *const *)folders->pdata, .run_id = "run"};
  engine_begin(kit->engine, &batch);
  for (guint i = 0; i < kit->plan->outputs->len; i++)
    run_of_batch(kit, i, folders->pdata[i], target_file_bytes, true, &ret_outputs[i]);
  guint postponed = 0;
  for (guint i = 0; i < kit->plan->outputs->len; i++) {
    if (!ret_outputs[i].postponed)
      continue;
    postponed++;
    assert_int_equal(ret_outputs[i].files->len, 0);
    engine_output_clear(&ret_outputs[i]);
    run_of_batch(kit, i, folders->pdata[i], target_file_bytes, false, &ret_outputs[i]);
    assert_false(ret_outputs[i].postponed);
  }
  engine_end(kit->engine);
  return postponed;
}

/* Every output, however it is computed and written: the same rows in the same order in the same files. */
static void
all_ways_give_the_same_files(void **state)
{
  (void)state;
  static const struct {
    const char *kernel;
    enum engine_writer writer;
    guint threads;
    enum engine_way ways[3];
  } cases[] = {
      {"off", ENGINE_WRITER_KINDLING, 2, {ENGINE_BY_DUCKDB, ENGINE_BY_DUCKDB, ENGINE_BY_DUCKDB}},
      {"on", ENGINE_WRITER_KINDLING, 1, {ENGINE_STREAMED, ENGINE_BY_KERNEL, ENGINE_BY_KERNEL}},
      {"on", ENGINE_WRITER_KINDLING, 4, {ENGINE_STREAMED, ENGINE_BY_KERNEL, ENGINE_BY_KERNEL}},
      {"on", ENGINE_WRITER_DUCKDB, 2, {ENGINE_BY_KERNEL, ENGINE_BY_KERNEL, ENGINE_BY_KERNEL}},
  };
  struct kit *kit = kit_new();
  make_events(kit);
  char *wanted[3] = {NULL, NULL, NULL};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_setenv("KINDLING_KERNEL", cases[i].kernel, TRUE);
    kit->parquet_writer = cases[i].writer;
    kit_plan(kit, cases[i].threads, three);
    struct engine_output outputs[3];
    g_autofree char *prefix = g_strdup_printf("way-%zu-", i);
    run_batch(kit, prefix, outputs, 0);
    for (guint k = 0; k < 3; k++) {
      g_autofree char *folder = g_strdup_printf("%s/%s%u", kit->dir, prefix, k);
      g_autofree char *found = digest(kit, folder);
      if (i == 0)
        wanted[k] = g_steal_pointer(&found);
      else
        assert_string_equal(found, wanted[k]);
      assert_int_equal(outputs[k].way, cases[i].ways[k]);
      assert_int_equal(outputs[k].note != NULL, i == 0);
      assert_true(outputs[k].seconds > 0 && outputs[k].cpu_seconds >= 0);
      engine_output_clear(&outputs[k]);
    }
  }
  g_unsetenv("KINDLING_KERNEL");
  g_free(wanted[0]);
  g_free(wanted[1]);
  g_free(wanted[2]);
  kit_free(kit);
}

/* Without a batch each output is computed by itself. */
static void
one_output_alone_gives_the_same(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  make_events(kit);
  kit_plan(kit, 2, three);
  struct engine_output outputs[3];
  run_batch(kit, "batch-", outputs, 0);
  for (guint i = 0; i < 3; i++) {
    struct engine_output alone = kit_run(kit, i, ENGINE_OPTIMISED);
    assert_int_equal(alone.way, outputs[i].way);
    g_autofree char *files = kit_files(&alone);
    g_autofree char *wanted_files = kit_files(&outputs[i]);
    assert_string_equal(files, wanted_files);
    g_autofree char *folder = g_strdup_printf("%s/batch-%u", kit->dir, i);
    g_autofree char *wanted = digest(kit, folder);
    g_autofree char *staging = kit_staging(kit);
    g_autofree char *found = digest(kit, staging);
    assert_string_equal(found, wanted);
    engine_output_clear(&alone);
    engine_output_clear(&outputs[i]);
  }
  kit_free(kit);
}

/* The files say the same of themselves, whoever wrote them. */
static void
statistics_are_the_same(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  make_events(kit);
  g_autofree char *wanted = NULL;
  static const enum engine_writer writers[] = {ENGINE_WRITER_DUCKDB, ENGINE_WRITER_KINDLING};
  for (gsize i = 0; i < G_N_ELEMENTS(writers); i++) {
    kit->parquet_writer = writers[i];
    kit_plan(kit, 2, DAILY);
    struct engine_output output = kit_run(kit, 0, ENGINE_OPTIMISED);
    assert_int_equal(output.files->len, 3);
    const struct engine_file *file = g_ptr_array_index(output.files, 1);
    assert_string_equal(file->path, "month=2/part-0-run.parquet");
    char *line = json_line(file->statistics);
    engine_output_clear(&output);
    if (wanted == NULL)
      wanted = line;
    else {
      assert_string_equal(line, wanted);
      g_free(line);
    }
  }
  kit_free(kit);
}

static void
streamed_files_are_cut_and_keep_their_order(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_exec(kit,
           "COPY (SELECT i %% 5 AS day, i // 5 AS u, (hash(i) %% 1000000007)::BIGINT AS h FROM "
           "range(600000) r(i)) "
           "TO '%s/events' (FORMAT parquet, PARTITION_BY (day))",
           kit->dir);
  kit_plan(kit, 2,
           "COPY (SELECT day, u, count(*) AS n, max(h) AS h FROM events GROUP BY day, u "
           "ORDER BY day, u) TO 'out' (FORMAT parquet, COMPRESSION zstd);");
  GError *error = NULL;
  struct engine_run run = {.target_file_bytes = 2000 * 1000};
  struct engine_output output = {0};
  (void)kit_run_with(kit, &run, &output, &error);
  kit_no_error(error);
  assert_int_equal(output.way, ENGINE_STREAMED);
  assert_int_equal(output.rows, 600000);
  assert_true(output.files->len >= 2);
  kit_assert(kit,
             "SELECT count(*) || ' ' || sum((p >= k)::INT) FROM (SELECT k, lag(k) OVER (ORDER BY "
             "filename, file_row_number) AS p FROM (SELECT day * 1000000 + u AS k, filename, "
             "file_row_number FROM read_parquet('%s/*.parquet', filename = true, "
             "file_row_number = true)))",
             "600000 0");
  engine_output_clear(&output);
  kit_free(kit);
}

/* Runs of a few hundred groups share row groups. */
static void
small_runs_share_row_groups(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_exec(kit,
           "COPY (SELECT i %% 200 AS day, i // 200 AS u FROM range(100000) r(i)) "
           "TO '%s/events' (FORMAT parquet, PARTITION_BY (day))",
           kit->dir);
  kit_plan(kit, 2,
           "COPY (SELECT day, u, count(*) AS n FROM events GROUP BY day, u ORDER BY day, u) "
           "TO 'out' (FORMAT parquet);");
  struct engine_output output = kit_run(kit, 0, ENGINE_OPTIMISED);
  assert_int_equal(output.way, ENGINE_STREAMED);
  kit_assert(kit,
             "SELECT count(DISTINCT row_group_id) || ' ' || max(row_group_num_rows) FROM "
             "parquet_metadata('%s/*.parquet')",
             "4 30000");
  engine_output_clear(&output);
  kit_free(kit);
}

/* What no run can give in order, told or found, or in parts, is written by DuckDB. */
static void
other_orders_are_not_streamed(void **state)
{
  (void)state;
  static const struct {
    const char *script;
    enum engine_way way;
  } cases[] = {
      {"COPY (SELECT month, day, u, count(*) AS n FROM events GROUP BY month, day, u) TO 'o' "
       "(FORMAT parquet);",
       ENGINE_STREAMED},
      {"COPY (SELECT month, day, u, count(*) AS n FROM events GROUP BY month, day, u "
       "ORDER BY day, month, u) TO 'o' (FORMAT parquet);",
       ENGINE_STREAMED},
      {"COPY (SELECT month, day, u, count(*) AS n FROM events GROUP BY month, day, u "
       "ORDER BY u, month, day) TO 'o' (FORMAT parquet);",
       ENGINE_IN_ORDER},
      {"COPY (SELECT month, day, u, count(*) AS n FROM events GROUP BY month, day, u "
       "ORDER BY month, day, u DESC) TO 'o' (FORMAT parquet);",
       ENGINE_BY_KERNEL},
      {"COPY (SELECT month, day, u, count(*) AS n FROM events GROUP BY month, day, u "
       "ORDER BY day, u, month) TO 'o' (FORMAT parquet, PARTITION_BY (month));",
       ENGINE_STREAMED},
      {"COPY (SELECT month, day, kind, count(*) AS n FROM events GROUP BY month, day, kind) TO 'o' "
       "(FORMAT parquet, PARTITION_BY (kind));",
       ENGINE_BY_KERNEL},
      {"COPY (SELECT month, u, count(*) AS n FROM events GROUP BY month, u ORDER BY month, u) TO "
       "'o' "
       "(FORMAT parquet, PARTITION_BY (month));",
       ENGINE_STREAMED},
      {"COPY (SELECT month, day, u, count(*) AS n FROM events GROUP BY month, day, u) TO 'o' "
       "(FORMAT parquet, COMPRESSION gzip);",
       ENGINE_BY_KERNEL},
      {"COPY (SELECT u, median(v) AS m FROM events GROUP BY u ORDER BY u) TO 'o' (FORMAT parquet);",
       ENGINE_BY_DUCKDB},
  };
  struct kit *kit = kit_new();
  make_events(kit);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    kit_plan(kit, 2, cases[i].script);
    struct engine_output output = kit_run(kit, 0, ENGINE_OPTIMISED);
    if (output.way != cases[i].way)
      fail_msg("%s: %s", cases[i].script, engine_way_name(output.way));
    g_autofree char *count = kit_ask(kit, "SELECT count(*) FROM read_parquet('%s/**/*.parquet')");
    g_autofree char *rows = g_strdup_printf("%" G_GUINT64_FORMAT, output.rows);
    assert_string_equal(count, rows);
    engine_output_clear(&output);
  }
  kit_free(kit);
}

/* Small results are dealt out to their partitions and written by our own writer, in the query's order, which mixes the partitions
 * here; the others are DuckDB's. */
static void
small_results_are_written_by_our_own_writer(void **state)
{
  (void)state;
  static const struct {
    const char *key, *options, *by;
    guint files;
  } cases[] = {
      {"nullif(kind, 1)", "PARTITION_BY (p)", "kindling", 3},
      {"CASE kind WHEN 0 THEN '__HIVE_DEFAULT_PARTITION__' WHEN 1 THEN 'a/b=''c' END",
       "PARTITION_BY (p)", "kindling", 3},
      {"DATE '2024-01-01' + kind::INTEGER", "PARTITION_BY (p)", "kindling", 3},
      {"NULL::VARCHAR AS q, kind", "PARTITION_BY (q, p)", "kindling", 3},
      {"kind", "COMPRESSION zstd", "kindling", 1},
      {"kind / 2", "PARTITION_BY (p)", "DuckDB", 3},
      {"kind", "COMPRESSION gzip", "DuckDB", 1},
  };
  struct kit *kit = kit_new();
  make_events(kit);
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *script =
        g_strdup_printf("COPY (SELECT %s AS p, u, count(*) AS n, sum(v) AS s FROM events WHERE u < "
                        "'user 11' GROUP "
                        "BY ALL ORDER BY n DESC, u DESC, p) TO 'o' (FORMAT parquet, %s);",
                        cases[i].key, cases[i].options);
    char *digests[2];
    for (guint way = 0; way < 2; way++) {
      kit->parquet_writer = way == 0 ? ENGINE_WRITER_DUCKDB : ENGINE_WRITER_KINDLING;
      kit_plan(kit, 2, script);
      struct engine_output output = kit_run(kit, 0, ENGINE_OPTIMISED);
      assert_int_equal(output.way, ENGINE_BY_KERNEL);
      assert_int_equal(output.files->len, cases[i].files);
      g_autofree char *staging = kit_staging(kit);
      digests[way] = digest(kit, staging);
      engine_output_clear(&output);
    }
    assert_string_equal(digests[0], digests[1]);
    kit_assert(kit,
               "SELECT string_agg(DISTINCT split_part(created_by, ' ', 1), ',') FROM "
               "parquet_file_metadata('%s/**/*.parquet')",
               cases[i].by);
    g_free(digests[0]);
    g_free(digests[1]);
  }
  kit_free(kit);
}

/* Found out while rows are fetched: what our own writer has begun is left to DuckDB's. */
static void
few_groups_may_become_many_rows(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  make_events(kit);
  kit_plan(kit, 2,
           "COPY (SELECT u, times, n FROM (SELECT u, count(*) AS n FROM events GROUP BY u) CROSS "
           "JOIN range(10) r(times) ORDER BY times, u NULLS LAST) TO 'o' (FORMAT parquet);");
  struct engine_output output = kit_run(kit, 0, ENGINE_OPTIMISED);
  assert_int_equal(output.way, ENGINE_BY_KERNEL);
  assert_int_equal(output.files->len, 1);
  kit_assert(kit,
             "SELECT (SELECT count(*) || ' ' || sum(n) FROM read_parquet('%s/*.parquet')) || ' ' "
             "|| (SELECT created_by[:6] FROM parquet_file_metadata('%s/*.parquet'))",
             "200010 600000 DuckDB");
  engine_output_clear(&output);
  kit_free(kit);
}

static void
a_sum_that_does_not_fit_is_the_output_s_fault(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_exec(kit,
           "COPY (SELECT i %% 3 AS day, i %% 10 AS u, 9000000000000000000 AS big "
           "FROM range(1000) r(i)) TO '%s/events' (FORMAT parquet, PARTITION_BY (day))",
           kit->dir);
  static const enum engine_writer writers[] = {ENGINE_WRITER_DUCKDB, ENGINE_WRITER_KINDLING};
  for (gsize i = 0; i < G_N_ELEMENTS(writers); i++) {
    kit->parquet_writer = writers[i];
    kit_plan(
        kit, 2,
        "COPY (SELECT day, u, sum(big) AS \"to tal\" FROM events GROUP BY day, u ORDER BY day, "
        "u) TO 'out' (FORMAT parquet);");
    g_autoptr(GError) error = NULL;
    struct engine_run run = {0};
    struct engine_output output = {0};
    assert_false(kit_run_with(kit, &run, &output, &error));
    assert_true(error_is(error, ERROR_OUTPUT));
    assert_non_null(strstr(error->message, "a value of column 'to tal' does not fit"));
  }
  kit_free(kit);
}

static void
an_empty_partition_value_is_refused_when_streamed(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_exec(kit, "COPY (SELECT 1 AS u, 'x' AS s) TO '%s/a.parquet' (FORMAT parquet)", kit->dir);
  g_autofree char *empty = g_build_filename(kit->dir, "events", "site=", NULL);
  assert_int_equal(g_mkdir_with_parents(empty, 0700), 0);
  kit_exec(kit, "COPY (SELECT i AS u FROM range(10) r(i)) TO '%s/a.parquet' (FORMAT parquet)",
           empty);
  kit_plan(kit, 2,
           "COPY (SELECT site, u, count(*) AS n FROM events GROUP BY site, u ORDER BY site, u) "
           "TO 'out' (FORMAT parquet, PARTITION_BY (site));");
  g_autoptr(GError) error = NULL;
  struct engine_run run = {0};
  struct engine_output output = {0};
  assert_false(kit_run_with(kit, &run, &output, &error));
  assert_true(error_is(error, ERROR_OUTPUT));
  assert_non_null(strstr(error->message, "empty string"));
  kit_free(kit);
}

/* An output that does not fit into the kernel's half of little memory is left to DuckDB, which says so. */
static void
too_little_memory_is_left_to_duckdb(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_input(kit, "events", "SELECT hash(i) % 1000000007 AS u, i AS v FROM range(1000000) r(i)");
  kit->memory_limit_bytes = 120 * 1000 * 1000;
  kit_plan(kit, 2,
           "COPY (SELECT u, sum(v) AS s, min(v) AS m FROM events GROUP BY u ORDER BY u) "
           "TO 'out' (FORMAT parquet);");
  struct engine_output output = kit_run(kit, 0, ENGINE_OPTIMISED);
  assert_int_equal(output.way, ENGINE_BY_DUCKDB);
  assert_non_null(output.note);
  kit_assert(kit, "SELECT sum(s) FROM read_parquet('%s/*.parquet')", "499999500000");
  engine_output_clear(&output);
  kit_free(kit);
}

/* Both outputs as DuckDB gives them. */
static void
check_batch(struct kit *kit, guint threads, const char *script, struct engine_output outputs[2],
            guint *ret_postponed)
{
  struct engine_output wanted[2];
  g_setenv("KINDLING_KERNEL", "off", TRUE);
  kit_plan(kit, threads, script);
  (void)run_batch(kit, "wanted-", wanted, 0);
  g_unsetenv("KINDLING_KERNEL");
  kit_plan(kit, threads, script);
  *ret_postponed = run_batch(kit, "found-", outputs, 0);
  for (guint i = 0; i < 2; i++) {
    g_autofree char *found_folder = g_strdup_printf("%s/found-%u", kit->dir, i);
    g_autofree char *wanted_folder = g_strdup_printf("%s/wanted-%u", kit->dir, i);
    g_autofree char *found_digest = digest(kit, found_folder);
    g_autofree char *wanted_digest = digest(kit, wanted_folder);
    assert_string_equal(found_digest, wanted_digest);
    engine_output_clear(&wanted[i]);
  }
}

/* Two outputs that count many distinct values each: too many at once, but one after the other they fit. */
static void
what_runs_out_beside_others_is_tried_alone(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_input(kit, "events",
            "SELECT (hash(i) % 40000)::INT AS u, (hash(i + 7) % 40000)::INT AS t FROM "
            "range(600000) r(i)");
  kit->memory_limit_bytes = 165 * 1000 * 1000;
  struct engine_output outputs[2];
  guint postponed = 0;
  check_batch(
      kit, 2,
      "COPY (SELECT u, count(DISTINCT t) AS n FROM events GROUP BY u ORDER BY u) TO 'users' "
      "(FORMAT parquet); COPY (SELECT t, count(DISTINCT u) AS n FROM events GROUP BY t ORDER "
      "BY t) TO 'items' (FORMAT parquet);",
      outputs, &postponed);
  assert_int_equal(postponed, 1);
  for (guint i = 0; i < 2; i++)
    assert_int_equal(outputs[i].way, ENGINE_IN_ORDER);
  guint alone = outputs[0].note != NULL ? 0 : 1;
  assert_string_equal(outputs[alone].note,
                      "its distinct values need more memory than the kernel has");
  assert_null(outputs[1 - alone].note);
  for (guint i = 0; i < 2; i++)
    engine_output_clear(&outputs[i]);
  kit_free(kit);
}

/* A stream of groups that nearly all wait for runs that come last, beside a table of entities; by one thread, so that what is held
 * at a time is the same in every run. Returns how many outputs were postponed. */
static guint
run_within(struct kit *kit, guint64 megabytes, struct engine_output outputs[2])
{
  guint postponed = 0;
  kit->memory_limit_bytes = megabytes * 1000 * 1000;
  check_batch(kit, 1,
              "COPY (SELECT q, p, u, max(v) AS v FROM events GROUP BY q, p, u ORDER BY q, p, u) TO "
              "'daily' (FORMAT parquet); COPY (SELECT w, count(*) AS n, sum(v % 100) AS s FROM "
              "events GROUP BY w ORDER BY w) TO 'users' (FORMAT parquet);",
              outputs, &postponed);
  for (guint i = 0; i < 2; i++) {
    g_autofree char *clean =
        g_strdup_printf("rm -rf '%s/found-%u' '%s/wanted-%u'", kit->dir, i, kit->dir, i);
    assert_int_equal(system(clean), 0);
  }
  return postponed;
}

static bool
fits(struct kit *kit, guint64 megabytes)
{
  struct engine_output outputs[2];
  (void)run_within(kit, megabytes, outputs);
  bool all = outputs[0].note == NULL && outputs[1].note == NULL;
  for (guint i = 0; i < 2; i++)
    engine_output_clear(&outputs[i]);
  return all;
}

/* At the largest limit that is too little for both it is the stream that gives way. */
static void
a_stream_that_runs_out_beside_others_is_tried_alone(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_exec(kit,
           "COPY (SELECT i %% 6 AS p, i // 6 %% 4 AS q, (hash(i) // 4)::BIGINT AS u, (hash(i + 1) "
           "%% 250000)::INT AS w, (hash(i + 2) // 4)::BIGINT AS v FROM range(600000) r(i)) TO "
           "'%s/events' (FORMAT parquet, PARTITION_BY (p, q))",
           kit->dir);
  guint64 little = 100, enough = 132; /* megabytes */
  assert_true(fits(kit, enough));
  while (enough - little > 1) {
    guint64 middle = (little + enough) / 2;
    *(fits(kit, middle) ? &enough : &little) = middle;
  }
  struct engine_output outputs[2];
  assert_int_equal(run_within(kit, little, outputs), 1);
  assert_int_equal(outputs[0].way, ENGINE_STREAMED);
  assert_non_null(outputs[0].note);
  assert_int_equal(outputs[1].way, ENGINE_IN_ORDER);
  assert_null(outputs[1].note);
  for (guint i = 0; i < 2; i++)
    engine_output_clear(&outputs[i]);
  kit_free(kit);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_ways_give_the_same_files),
      cmocka_unit_test(one_output_alone_gives_the_same),
      cmocka_unit_test(statistics_are_the_same),
      cmocka_unit_test(streamed_files_are_cut_and_keep_their_order),
      cmocka_unit_test(small_runs_share_row_groups),
      cmocka_unit_test(other_orders_are_not_streamed),
      cmocka_unit_test(small_results_are_written_by_our_own_writer),
      cmocka_unit_test(few_groups_may_become_many_rows),
      cmocka_unit_test(a_sum_that_does_not_fit_is_the_output_s_fault),
      cmocka_unit_test(an_empty_partition_value_is_refused_when_streamed),
      cmocka_unit_test(too_little_memory_is_left_to_duckdb),
      cmocka_unit_test(what_runs_out_beside_others_is_tried_alone),
      cmocka_unit_test(a_stream_that_runs_out_beside_others_is_tried_alone),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
