/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine_kit.h"
#include "util/error.h"
#include <signal.h>

/* 40,000 events over k = 1, 2, 3 and NULL, in folders; values that a sum in doubles would round differently by order. */
static void
make_events(struct kit *kit)
{
  kit_exec(kit,
           "COPY (SELECT i AS id, 'u' || (i * 7919 %% 997) AS u, i * 0.1 + (i %% 3) * 1e13 AS v, "
           "CASE WHEN i %% 4 > 0 THEN i %% 4 END AS k FROM range(40000) r(i)) "
           "TO '%s/events' (FORMAT parquet, PARTITION_BY (k))",
           kit->dir);
}

static const char by_folder[] =
    "COPY (SELECT k, u, count(*) AS n, sum(v) AS s, avg(v) AS a FROM events "
    "GROUP BY k, u ORDER BY k NULLS LAST, u DESC NULLS LAST) "
    "TO 'out' (FORMAT parquet, PARTITION_BY (k));";

/* The same values in the same order, whatever the layout: k is not a plain group key here. */
static const char by_split[] =
    "COPY (SELECT k + 0 AS k, u, count(*) AS n, sum(v) AS s, avg(v) AS a FROM events "
    "GROUP BY k + 0, u ORDER BY k NULLS LAST, u DESC NULLS LAST) "
    "TO 'out' (FORMAT parquet, PARTITION_BY (k));";

/* The same once more, but sorted across the partitions, so that none is in one piece. */
static const char by_mixed[] =
    "COPY (SELECT k + 0 AS k, u, count(*) AS n, sum(v) AS s, avg(v) AS a FROM events "
    "GROUP BY k + 0, u ORDER BY u DESC NULLS LAST, k NULLS LAST) "
    "TO 'out' (FORMAT parquet, PARTITION_BY (k));";

static enum plan_layout
layout_of(const struct kit *kit)
{
  return ((const struct plan_output *)g_ptr_array_index(kit->plan->outputs, 0))->layout;
}

/* Order inside the files, and one text for all values, exact to the bit. */
static const char breaks[] =
    "SELECT count(*) FROM (SELECT u, lag(u) OVER (PARTITION BY filename ORDER BY file_row_number) "
    "AS p FROM read_parquet('%s/**/*.parquet', hive_partitioning = true, filename = true, "
    "file_row_number = true)) WHERE p < u";
static const char digest[] = "SELECT count(*) || ' ' || bit_xor(hash(k::VARCHAR, u, n, s, a)) FROM "
                             "read_parquet('%s/**/*.parquet', hive_partitioning = true)";

static void
partitioned_outputs_have_one_file_a_partition(void **state)
{
  (void)state;
  static const struct {
    const char *script;
    enum plan_layout layout;
  } cases[] = {{by_folder, PLAN_BY_PARTITION}, {by_split, PLAN_SPLIT}, {by_mixed, PLAN_SPLIT}};
  struct kit *kit = kit_new();
  make_events(kit);
  g_autofree char *first = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    for (guint threads = 1; threads <= 4; threads += 3) {
      kit_plan(kit, threads, cases[i].script);
      assert_int_equal(layout_of(kit), cases[i].layout);
      struct engine_output output = kit_run(kit, 0, ENGINE_OPTIMISED);
      g_autofree char *files = kit_files(&output);
      assert_string_equal(files, "k=1/part-0-run.parquet 997\nk=2/part-0-run.parquet 997\n"
                                 "k=3/part-0-run.parquet 997\n"
                                 "k=__HIVE_DEFAULT_PARTITION__/part-0-run.parquet 997\n");
      assert_int_equal(output.rows, 4 * 997);
      const struct engine_file *last = g_ptr_array_index(output.files, 3);
      assert_int_equal(last->partition_count, 1);
      assert_null(last->partition_values[0]);
      engine_output_clear(&output);
      kit_assert(kit, breaks, "0");
      g_autofree char *found = kit_ask(kit, digest);
      if (first == NULL)
        first = g_steal_pointer(&found);
      else
        assert_string_equal(found, first);
    }
  }
  kit_free(kit);
}

/* Partitions of more than half of LOCAL_BATCH_ROWS are computed one by one, smaller ones together. */
static void
large_partitions_go_straight_into_their_files(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_exec(kit,
           "COPY (SELECT i AS id, least(i // 600000, 3) + greatest(i - 1800000, 0) AS k "
           "FROM range(1800004) r(i)) TO '%s/events' (FORMAT parquet, PARTITION_BY (k))",
           kit->dir);
  kit_plan(kit, 4,
           "COPY (SELECT k, id % 1000 AS u, count(*) AS n FROM events GROUP BY k, id % 1000 "
           "HAVING k <> 5 ORDER BY k, u DESC) TO 'out' (FORMAT parquet, PARTITION_BY (k));");
  assert_int_equal(layout_of(kit), PLAN_BY_PARTITION);
  struct engine_output output = kit_run(kit, 0, ENGINE_OPTIMISED);
  g_autofree char *files = kit_files(&output);
  assert_string_equal(files, "k=0/part-0-run.parquet 1000\nk=1/part-0-run.parquet 1000\n"
                             "k=2/part-0-run.parquet 1000\nk=3/part-0-run.parquet 1\n"
                             "k=4/part-0-run.parquet 1\nk=6/part-0-run.parquet 1\n");
  kit_assert(kit, breaks, "0");
  kit_assert(kit, "SELECT sum(n) FROM read_parquet('%s/*/*.parquet')", "1800003");
  engine_output_clear(&output);
  kit_free(kit);
}

static void
plain_mode_gives_the_same_values(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  make_events(kit);
  kit_plan(kit, 2, by_folder);
  struct engine_output optimised = kit_run(kit, 0, ENGINE_OPTIMISED);
  g_autofree char *wanted = kit_ask(kit, digest);
  struct engine_output plain = kit_run(kit, 0, ENGINE_PLAIN);
  g_autofree char *found = kit_ask(kit, digest);
  assert_string_equal(found, wanted);
  assert_int_equal(plain.rows, optimised.rows);
  const struct engine_file *file = g_ptr_array_index(plain.files, 0);
  assert_true(g_str_has_prefix(file->path, "k=1/part-0-run"));
  assert_string_equal(file->partition_values[0], "1");
  engine_output_clear(&optimised);
  engine_output_clear(&plain);
  kit_free(kit);
}

static void
files_hold_the_columns_but_for_the_partition(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  make_events(kit);
  kit_plan(kit, 2, by_folder);
  struct engine_output output = kit_run(kit, 0, ENGINE_OPTIMISED);
  kit_assert(kit,
             "SELECT string_agg(name || ' ' || coalesce(type, '-'), ', ') FROM "
             "parquet_schema('%s/k=1/part-0-run.parquet') WHERE name NOT IN ('duckdb_schema', "
             "'schema')",
             "u BYTE_ARRAY, n INT64, s DOUBLE, a DOUBLE");
  kit_assert(kit, "SELECT DISTINCT compression FROM parquet_metadata('%s/k=1/part-0-run.parquet')",
             "SNAPPY");
  engine_output_clear(&output);
  kit_free(kit);
}

static void
large_results_are_cut_in_order(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_input(kit, "wide",
            "SELECT (i * 7919) % 400009 AS x, hash(i)::VARCHAR AS t FROM range(400009) r(i)");
  kit_plan(
      kit, 4,
      "COPY (SELECT x, t FROM wide ORDER BY x DESC) TO 'out' (FORMAT parquet, COMPRESSION zstd);");
  assert_int_equal(layout_of(kit), PLAN_SINGLE);
  GError *error = NULL;
  struct engine_run run = {.target_file_bytes = 1500 * 1000};
  struct engine_output output = {0};
  (void)kit_run_with(kit, &run, &output, &error);
  kit_no_error(error);
  assert_true(output.files->len >= 3);
  assert_int_equal(output.rows, 400009);
  for (guint i = 0; i < output.files->len; i++) {
    const struct engine_file *file = g_ptr_array_index(output.files, i);
    g_autofree char *name = g_strdup_printf("part-%u-run.parquet", i);
    assert_string_equal(file->path, name);
    assert_true(file->size_bytes < 2 * run.target_file_bytes);
  }
  kit_assert(kit,
             "SELECT count(*) || ' ' || sum((p <= x)::INT) FROM (SELECT x, lag(x) OVER (ORDER BY "
             "filename, "
             "file_row_number) AS p FROM read_parquet('%s/*.parquet', filename = true, "
             "file_row_number = true))",
             "400009 0");
  kit_assert(kit, "SELECT count(*) FROM glob('%s/.*')", "0");
  engine_output_clear(&output);
  kit_free(kit);
}

static void
an_empty_result_has_no_files(void **state)
{
  (void)state;
  static const char *const scripts[] = {
      "COPY (SELECT k, count(*) AS n FROM events WHERE id < 0 GROUP BY k) TO 'out' (FORMAT "
      "parquet);",
      "COPY (SELECT k, count(*) AS n FROM events WHERE id < 0 GROUP BY k) TO 'out' (FORMAT "
      "parquet, "
      "PARTITION_BY (k));",
      "COPY (SELECT u, id FROM events WHERE id < 0) TO 'out' (FORMAT parquet, PARTITION_BY (u));",
      "COPY (SELECT u, id FROM events WHERE k = 77) TO 'out' (FORMAT parquet);",
  };
  struct kit *kit = kit_new();
  make_events(kit);
  for (gsize i = 0; i < G_N_ELEMENTS(scripts); i++) {
    kit_plan(kit, 2, scripts[i]);
    struct engine_output output = kit_run(kit, 0, ENGINE_OPTIMISED);
    assert_int_equal(output.files->len, 0);
    assert_int_equal(output.rows, 0);
    engine_output_clear(&output);
    kit_assert(kit, "SELECT count(*) FROM glob('%s/**')", "0");
  }
  kit_free(kit);
}

static void
partition_values_survive(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_input(kit, "events",
            "SELECT * FROM (VALUES ('a/b', 1), ('São Paulo', 2), ('서울', 3), ('x=y%2F', 4), "
            "(NULL, 5), ('__HIVE_DEFAULT_PARTITION__', 6), ('''q\"*[', 7), ('a/b', 8)) t(p, i)");
  kit_plan(kit, 2,
           "COPY (SELECT p, i FROM events ORDER BY i DESC) TO 'out' (FORMAT parquet, PARTITION_BY "
           "(p));");
  struct engine_output output = kit_run(kit, 0, ENGINE_OPTIMISED);
  g_autoptr(GHashTable) found = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  guint nulls = 0;
  for (guint i = 0; i < output.files->len; i++) {
    const struct engine_file *one = g_ptr_array_index(output.files, i);
    if (one->partition_values[0] == NULL)
      nulls++;
    else
      g_hash_table_add(found, g_strdup(one->partition_values[0]));
  }
  assert_int_equal(nulls, 1);
  assert_int_equal(output.files->len, 7);
  static const char *const values[] = {
      "a/b", "São Paulo", "서울", "x=y%2F", "__HIVE_DEFAULT_PARTITION__", "'q\"*["};
  for (gsize i = 0; i < G_N_ELEMENTS(values); i++)
    assert_true(g_hash_table_contains(found, values[i]));
  kit_assert(kit, "SELECT string_agg(i, ',') FROM read_parquet('%s/p=a%2Fb/part-0-run.parquet')",
             "8,1");
  kit_assert(kit, "SELECT count(*) || ' ' || sum(i) FROM read_parquet('%s/*/*.parquet')", "8 36");
  engine_output_clear(&output);
  kit_free(kit);
}

static void
partition_values_are_spelt_as_delta_reads_them(void **state)
{
  (void)state;
  static const struct {
    const char *expression;
    const char *value;
  } cases[] = {
      {"TIMESTAMP '2024-01-01 09:00:00'", "2024-01-01 09:00:00"},
      {"'-inf'::DOUBLE", "-Infinity"},
      {"'nan'::FLOAT", "NaN"},
      {"DATE '0001-02-03'", "0001-02-03"},
      {"1.50::DECIMAL(5,2)", "1.50"},
      {"true", "true"},
      {"-7::BIGINT", "-7"},
  };
  struct kit *kit = kit_new();
  kit_input(kit, "events", "SELECT 1 AS i");
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *script = g_strdup_printf(
        "SET TimeZone = 'Asia/Seoul'; COPY (SELECT %s AS p, i AS \"rowid\", i AS c0 "
        "FROM events) TO 'out' (FORMAT parquet, PARTITION_BY (p));",
        cases[i].expression);
    kit_plan(kit, 2, script);
    struct engine_output output = kit_run(kit, 0, ENGINE_OPTIMISED);
    assert_int_equal(output.files->len, 1);
    const struct engine_file *file = g_ptr_array_index(output.files, 0);
    assert_string_equal(file->partition_values[0], cases[i].value);
    engine_output_clear(&output);
    kit_assert(kit,
               "SELECT string_agg(name, ',') FROM parquet_schema('%s/*/*.parquet') "
               "WHERE type IS NOT NULL",
               "rowid,c0");
  }
  kit_free(kit);
}

static void
an_empty_partition_value_is_refused(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  make_events(kit);
  static const enum engine_mode modes[] = {ENGINE_OPTIMISED, ENGINE_PLAIN};
  kit_plan(
      kit, 2,
      "COPY (SELECT CASE WHEN id = 7 THEN '' ELSE 'x' END AS \"p q\", id FROM events) TO 'out' "
      "(FORMAT parquet, PARTITION_BY (\"p q\"));");
  for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
    g_autoptr(GError) error = NULL;
    struct engine_run run = {.mode = modes[i]};
    struct engine_output output = {0};
    assert_false(kit_run_with(kit, &run, &output, &error));
    assert_true(error_is(error, ERROR_OUTPUT));
    assert_non_null(strstr(error->message, "empty string"));
    assert_non_null(strstr(error->message, "'p q'"));
    assert_non_null(strstr(error->message, "nullif(\"p q\", '')"));
  }
  kit_free(kit);
}

static void
a_sum_that_overflows_its_column_names_it(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  make_events(kit);
  kit_plan(
      kit, 2,
      "COPY (SELECT sum(id + 9000000000000000) AS total FROM events) TO 'out' (FORMAT parquet);");
  g_autoptr(GError) error = NULL;
  struct engine_run run = {0};
  struct engine_output output = {0};
  assert_false(kit_run_with(kit, &run, &output, &error));
  assert_true(error_is(error, ERROR_OUTPUT));
  assert_non_null(strstr(error->message, "a value of column 'total' does not fit"));
  kit_free(kit);
}

/* Overwrites the middle of a file, where its pages are. */
static void
damage(const char *path)
{
  g_autofree char *bytes = NULL;
  gsize length = 0;
  assert_true(g_file_get_contents(path, &bytes, &length, NULL));
  memset(bytes + length / 4, 0xa5, length / 4);
  assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
}

static void
a_damaged_page_names_its_file(void **state)
{
  (void)state;
  static const char *const codecs[] = {"snappy", "gzip", "zstd", "uncompressed"};
  for (gsize i = 0; i < G_N_ELEMENTS(codecs); i++) {
    struct kit *kit = kit_new();
    g_autofree char *folder = g_build_filename(kit->dir, "events", NULL);
    assert_int_equal(g_mkdir(folder, 0700), 0);
    for (int file = 0; file < 3; file++)
      kit_exec(kit,
               "COPY (SELECT i AS id, hash(i)::VARCHAR AS t FROM range(30000) r(i)) TO "
               "'%s/f%d.parquet' (FORMAT parquet, COMPRESSION %s)",
               folder, file, codecs[i]);
    g_autofree char *bad = g_build_filename(folder, "f1.parquet", NULL);
    damage(bad);
    kit_plan(kit, 2,
             "COPY (SELECT max(t) AS t, sum(id) AS s FROM events) TO 'out' (FORMAT parquet);");
    g_autoptr(GError) error = NULL;
    struct engine_run run = {0};
    struct engine_output output = {0};
    assert_false(kit_run_with(kit, &run, &output, &error));
    if (!error_is(error, ERROR_INPUT) || strstr(error->message, bad) == NULL)
      fail_msg("%s: %s", codecs[i], error->message);
    kit_free(kit);
  }
}

/* DuckDB names the file that it holds the other against as well. */
static void
a_file_that_lost_a_column_is_the_one_to_replace(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  g_autofree char *folder = g_build_filename(kit->dir, "events", NULL);
  assert_int_equal(g_mkdir(folder, 0700), 0);
  for (int file = 0; file < 3; file++)
    kit_exec(kit, "COPY (SELECT 1 AS id) TO '%s/f%d.parquet' (FORMAT parquet)", folder, file);
  kit_plan(kit, 2, "COPY (SELECT sum(id) AS s FROM events) TO 'out' (FORMAT parquet);");
  kit_exec(kit, "COPY (SELECT 1 AS other) TO '%s/f1.parquet' (FORMAT parquet)", folder);
  g_autoptr(GError) error = NULL;
  struct engine_run run = {0};
  struct engine_output output = {0};
  assert_false(kit_run_with(kit, &run, &output, &error));
  assert_true(error_is(error, ERROR_INPUT));
  if (strstr(error->message, "HINT: Replace 'f1.parquet' ") == NULL)
    fail_msg("%s", error->message);
  kit_free(kit);
}

static gpointer
interrupt_later(gpointer data) /* gives back when, in microseconds */
{
  gint *calls = data;
  for (guint i = 0; i < 100 && g_atomic_int_get(calls) == 0; i++)
    g_usleep(100 * 1000);
  g_usleep(100 * 1000);
  interrupt_pretend(SIGINT);
  return g_memdup2(&(gint64){g_get_monotonic_time()}, sizeof(gint64));
}

struct seen {
  gint calls;
  double last;
  bool in_range;
};

static void
note_progress(double share, guint64 rows, gpointer user)
{
  struct seen *seen = user;
  (void)rows;
  (void)g_atomic_int_add(&seen->calls, 1);
  seen->in_range = seen->in_range && share <= 1;
  seen->last = share;
}

static void
a_signal_stops_within_a_second(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  make_events(kit);
  kit_plan(kit, 2,
           "COPY (SELECT count(*) AS n FROM events a, events b WHERE a.v * b.v + a.id < b.id) TO "
           "'out' (FORMAT parquet);");
  g_autoptr(GError) error = NULL;
  struct seen seen = {.in_range = true};
  struct engine_run run = {.progress = note_progress, .user = &seen};
  struct engine_output output = {0};
  GThread *thread = g_thread_new("signal", interrupt_later, &seen.calls);
  assert_false(kit_run_with(kit, &run, &output, &error));
  gint64 end = g_get_monotonic_time();
  g_autofree gint64 *begin = g_thread_join(thread);
  assert_true(error_is(error, ERROR_INTERRUPTED));
  assert_true(end - *begin < 5 * G_USEC_PER_SEC);
  assert_true(seen.calls >= 1);
  assert_true(seen.in_range);
  kit_free(kit);
}

static void
what_does_not_fit_in_memory_spills_up_to_its_limit(void **state)
{
  (void)state;
  static const char script[] = "COPY (SELECT x, t, x % 2 AS p FROM wide ORDER BY t, x) TO 'out' "
                               "(FORMAT parquet, PARTITION_BY (p));";
  struct kit *kit = kit_new();
  kit_input(
      kit, "wide",
      "SELECT i AS x, md5(i::VARCHAR) || md5((i + 7)::VARCHAR) AS t FROM range(1000000) r(i)");
  kit->memory_limit_bytes = 186 * 1000 * 1000;
  kit_plan(kit, 2, script);
  struct engine_output output = kit_run(kit, 0, ENGINE_OPTIMISED);
  assert_int_equal(output.rows, 1000000);
  engine_output_clear(&output);
  kit->temp_limit_bytes = 1 * 1000 * 1000;
  kit_plan(kit, 2, script);
  g_autoptr(GError) error = NULL;
  struct engine_run run = {0};
  assert_false(kit_run_with(kit, &run, &output, &error));
  assert_true(error_is(error, ERROR_LIMIT));
  kit_free(kit);
}

/* DuckDB gives up in the middle of making groups: their states may be half made when they are destroyed. */
static void
sums_that_do_not_fit_in_memory_end_in_good_order(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_input(kit, "many", "SELECT i % 300000 AS u, (i * 0.1)::DOUBLE AS v FROM range(600000) r(i)");
  g_setenv("KINDLING_KERNEL", "off", TRUE);
  for (guint64 megabytes = 80; megabytes <= 116; megabytes += 4) {
    kit->memory_limit_bytes = megabytes * 1000 * 1000;
    kit_plan(kit, 2,
             "COPY (SELECT u, sum(v) AS s, avg(v) AS a, min(v) AS l FROM many GROUP BY u ORDER BY "
             "u) TO 'out' (FORMAT parquet);");
    g_autoptr(GError) error = NULL;
    struct engine_run run = {0};
    struct engine_output output = {0};
    if (kit_run_with(kit, &run, &output, &error))
      assert_int_equal(output.rows, 300000);
    else
      assert_true(error_is(error, ERROR_LIMIT));
    engine_output_clear(&output);
  }
  g_unsetenv("KINDLING_KERNEL");
  kit_free(kit);
}

static void
planted_faults_show(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  make_events(kit);
  kit_plan(kit, 2, "COPY (SELECT id FROM events) TO 'out' (FORMAT parquet);");
  g_setenv("KINDLING_FAULT", "wrong:optimised:out", TRUE);
  struct engine_output wrong = kit_run(kit, 0, ENGINE_OPTIMISED);
  struct engine_output plain = kit_run(kit, 0, ENGINE_PLAIN);
  assert_int_equal(wrong.rows, 39999);
  assert_int_equal(plain.rows, 40000);
  engine_output_clear(&wrong);
  engine_output_clear(&plain);
  static const char *const steps[] = {"fail:engine.output:out", "fail:engine.written:out"};
  for (gsize i = 0; i < G_N_ELEMENTS(steps); i++) {
    g_setenv("KINDLING_FAULT", steps[i], TRUE);
    g_autoptr(GError) error = NULL;
    struct engine_run run = {0};
    struct engine_output output = {0};
    assert_false(kit_run_with(kit, &run, &output, &error));
    assert_non_null(error);
  }
  g_unsetenv("KINDLING_FAULT");
  kit_free(kit);
}

static void
plans_can_be_explained(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  make_events(kit);
  kit_plan(kit, 2, by_folder);
  static const enum duck_plan_kind kinds[] = {DUCK_PLAN_LOGICAL, DUCK_PLAN_PHYSICAL,
                                              DUCK_PLAN_ANALYZED};
  for (gsize i = 0; i < G_N_ELEMENTS(kinds); i++) {
    g_autoptr(GError) error = NULL;
    g_autofree char *text = engine_explain(kit->engine, kit->plan, 0, kinds[i], NULL, &error);
    kit_no_error(error);
    assert_non_null(strstr(text, kinds[i] == DUCK_PLAN_ANALYZED ? "groups" : "kernel"));
  }
  kit_free(kit);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(partitioned_outputs_have_one_file_a_partition),
      cmocka_unit_test(large_partitions_go_straight_into_their_files),
      cmocka_unit_test(plain_mode_gives_the_same_values),
      cmocka_unit_test(files_hold_the_columns_but_for_the_partition),
      cmocka_unit_test(large_results_are_cut_in_order),
      cmocka_unit_test(an_empty_result_has_no_files),
      cmocka_unit_test(partition_values_survive),
      cmocka_unit_test(partition_values_are_spelt_as_delta_reads_them),
      cmocka_unit_test(an_empty_partition_value_is_refused),
      cmocka_unit_test(a_sum_that_overflows_its_column_names_it),
      cmocka_unit_test(a_damaged_page_names_its_file),
      cmocka_unit_test(a_file_that_lost_a_column_is_the_one_to_replace),
      cmocka_unit_test(a_signal_stops_within_a_second),
      cmocka_unit_test(what_does_not_fit_in_memory_spills_up_to_its_limit),
      cmocka_unit_test(sums_that_do_not_fit_in_memory_end_in_good_order),
      cmocka_unit_test(planted_faults_show),
      cmocka_unit_test(plans_can_be_explained),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
