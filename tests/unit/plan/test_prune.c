/* SPDX-License-Identifier: Apache-2.0 */
#include "job_kit.h"

struct row {
  const char *query;
  const char *files;      /* "year-month" of what is read of events, "*" for all */
  const char *predicates; /* joined with "; " */
};

static const struct row rows[] = {
    {"SELECT count(*) AS n FROM events", "*", ""},
    {"SELECT count(*) AS n FROM events WHERE year = 2024", "2024-1 2024-2 2024-3",
     "(\"year\" = 2024)"},
    {"SELECT count(*) AS n FROM events e WHERE e.YEAR = 2024 AND e.value > 3 AND month <> 2",
     "2024-1 2024-3", "(\"YEAR\" = 2024); (\"month\" != 2)"},
    {"SELECT count(*) AS n FROM events WHERE value > 3", "*", ""},
    {"SELECT count(*) AS n FROM events WHERE year = 2024 OR value > 3", "*", ""},
    {"SELECT count(*) AS n FROM events WHERE year = 2024 OR month = 1",
     "2023-1 2023-1 2024-1 2024-2 2024-3", "((\"year\" = 2024) OR (\"month\" = 1))"},
    {"SELECT count(*) AS n FROM events WHERE make_date(year, month, 1) >= DATE '2024-02-01'",
     "2024-2 2024-3", "(make_date(\"year\", \"month\", 1) >= CAST('2024-02-01' AS DATE))"},
    {"SELECT count(*) AS n FROM events WHERE year = 2025", "", "(\"year\" = 2025)"},
    {"SELECT count(*) AS n FROM events WHERE year IN (2023, 2024)", "*", ""},
    {"SELECT count(*) AS n FROM events WHERE year BETWEEN 2024 AND 2030 AND month IN (1, 2)",
     "2024-1 2024-2", NULL},
    /* fails on some partition: nothing is left out */
    {"SELECT count(*) AS n FROM events WHERE year = 2024 AND CAST(CASE WHEN month = 1 THEN 'x' "
     "ELSE '1'"
     " END AS INTEGER) = 1",
     "2024-1 2024-2 2024-3", "fails"},
    {"SELECT count(*) AS n FROM events WHERE year = (SELECT 2024)", "*", ""},
    /* twice: what either needs */
    {"SELECT count(*) AS n FROM events WHERE year = 2024 AND month = 1 UNION ALL SELECT count(*) "
     "FROM"
     " events WHERE month = 2",
     "2023-2 2024-1 2024-2", NULL},
    {"SELECT count(*) AS n FROM events WHERE year = 2024 UNION ALL SELECT count(*) FROM events",
     "*", ""},
    /* joins */
    {"SELECT count(*) AS n FROM events JOIN dim ON events.category = dim.category WHERE year = "
     "2024",
     "2024-1 2024-2 2024-3", NULL},
    {"SELECT count(*) AS n FROM events LEFT JOIN dim ON events.category = dim.category WHERE year "
     "= 2024",
     "2024-1 2024-2 2024-3", NULL},
    {"SELECT count(*) AS n FROM dim LEFT JOIN events ON events.category = dim.category WHERE year "
     "= 2024",
     "*", ""},
    {"SELECT count(*) AS n FROM dim LEFT JOIN events ON events.category = dim.category"
     " WHERE year IS NULL",
     "*", ""},
    {"SELECT count(*) AS n FROM events FULL JOIN dim ON events.category = dim.category WHERE year "
     "= 2024",
     "*", ""},
    {"SELECT count(*) AS n FROM dim RIGHT JOIN events ON events.category = dim.category WHERE year "
     "= 2024",
     "2024-1 2024-2 2024-3", NULL},
    {"SELECT count(*) AS n FROM events a JOIN events b ON a.id = b.id WHERE a.year = 2024 AND "
     "b.month = 1",
     "2023-1 2023-1 2024-1 2024-2 2024-3", NULL},
    {"SELECT count(*) AS n FROM events a JOIN events b ON a.id = b.id WHERE a.year = 2024 AND "
     "b.year = 2024",
     "2024-1 2024-2 2024-3", NULL},
    {"SELECT count(*) AS n FROM events, dim WHERE events.year = 2024 AND n > 1",
     "2024-1 2024-2 2024-3", NULL},
    {"SELECT count(*) AS n FROM events SEMI JOIN dim USING (category) WHERE month = 3",
     "2023-3 2024-3", NULL},
    /* through CTEs only where the WHERE stands over the input */
    {"WITH e AS (SELECT * FROM events WHERE year = 2024) SELECT count(*) AS n FROM e WHERE month = "
     "1",
     "2024-1 2024-2 2024-3", NULL},
    {"SELECT count(*) AS n FROM (SELECT * FROM events) e WHERE year = 2024", "*", ""},
    {"SELECT count(*) AS n FROM (SELECT * FROM events WHERE month = 2) e", "2023-2 2024-2", NULL},
    {"SELECT (SELECT count(*) FROM events WHERE events.year = dim.n) AS n FROM dim", "*", ""},
    {"SELECT (SELECT count(*) FROM events WHERE events.id = dim.n AND year = 2023) AS n FROM dim",
     "2023-1 2023-1 2023-2 2023-3", NULL},
    {"WITH events AS (SELECT * FROM dim) SELECT count(*) AS n FROM events", "none", NULL},
    {"SELECT count(*) AS n FROM events AS e(year, b, c, d, f, g, h) WHERE year = 3", "*", ""},
};

static char *
read_files(const struct job_kit *kit, const struct plan_input *input)
{
  const struct inventory *inventory = kit->plan->inventories->pdata[input->inventory];
  if (input->files->len == inventory->files->len)
    return g_strdup("*");
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < input->files->len; i++) {
    const struct inventory_file *file =
        inventory->files->pdata[g_array_index(input->files, guint, i)];
    const struct inventory_partition *partition = inventory->partitions->pdata[file->partition];
    g_string_append_printf(text, "%s%s-%s", i == 0 ? "" : " ", partition->values[0],
                           partition->values[1]);
  }
  return g_string_free(text, FALSE);
}

static const struct plan_input *
events_input(const struct job_kit *kit, const struct plan_output *output)
{
  for (guint i = 0; i < output->inputs->len; i++) {
    const struct plan_input *input = output->inputs->pdata[i];
    const struct inventory *inventory = kit->plan->inventories->pdata[input->inventory];
    if (g_str_equal(inventory->name, "events"))
      return input;
  }
  return NULL;
}

/* Rows of the statement over the files that are left are those of the statement as written over all. */
static void
check_rows(struct job_kit *kit, const struct plan_output *output, const struct plan_input *input,
           const char *query)
{
  const struct inventory *inventory = kit->plan->inventories->pdata[input->inventory];
  AUTO(duck_result_free) struct duck_result *wanted = kit_query(kit->kit, query);
  const guint *files = (const guint *)(const void *)input->files->data;
  g_autofree char *pruned = plan_view_sql(inventory, files, input->files->len);
  job_kit_exec(kit, "CREATE OR REPLACE TEMP VIEW events AS %s", pruned);
  AUTO(duck_result_free) struct duck_result *found = kit_query(kit->kit, output->sql);
  assert_int_equal(duck_result_rows(wanted), duck_result_rows(found));
  for (guint64 i = 0; i < duck_result_rows(wanted); i++)
    assert_string_equal(duck_result_text(wanted, 0, i), duck_result_text(found, 0, i));
  g_autofree char *all = plan_view_sql(inventory, NULL, 0);
  job_kit_exec(kit, "CREATE OR REPLACE TEMP VIEW events AS %s", all);
}

static void
test_rows(void **state)
{
  struct job_kit *kit = *state;
  (void)job_kit_events(kit);
  job_kit_file(kit, "dim/a.parquet",
               "SELECT * FROM (VALUES ('a', 1), ('b', 2023), ('z', 3)) t(category, n)");
  (void)job_kit_input(kit, "dim", "dim");
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const struct plan_output *output = job_kit_plan_query(kit, rows[i].query, "");
    const struct plan_input *input = events_input(kit, output);
    if (g_str_equal(rows[i].files, "none")) {
      assert_null(input);
      continue;
    }
    g_autofree char *files = read_files(kit, input);
    g_autofree char *predicates = g_strjoinv("; ", input->predicates);
    if (!g_str_equal(files, rows[i].files))
      fail_msg("%s\nreads %s, not %s", rows[i].query, files, rows[i].files);
    bool fails = g_strcmp0(rows[i].predicates, "fails") == 0; /* as written too */
    if (!fails && rows[i].predicates != NULL && !g_str_equal(predicates, rows[i].predicates))
      fail_msg("%s\nleft out by %s, not %s", rows[i].query, predicates, rows[i].predicates);
    guint64 total = 0;
    for (guint k = 0; k < input->files->len; k++)
      total +=
          ((const struct inventory_file *)((const struct inventory *)kit->inventories->pdata[0])
               ->files->pdata[g_array_index(input->files, guint, k)])
              ->rows;
    assert_int_equal(total, input->rows);
    if (!fails)
      check_rows(kit, output, input, rows[i].query);
  }
}

/* NULL partitions, text that looks like a number, and DATE partitions. */
static void
test_values(void **state)
{
  static const struct row queries[] = {
      {"SELECT count(*) AS n FROM days WHERE day >= DATE '2024-03-01'", "2024-03-02", NULL},
      {"SELECT count(*) AS n FROM days WHERE day IS NULL", "__HIVE", NULL},
      {"SELECT count(*) AS n FROM days WHERE NOT (day >= DATE '2024-03-01')", "2024-02-28", NULL},
      {"SELECT count(*) AS n FROM days WHERE day IS DISTINCT FROM DATE '2024-02-28'",
       "2024-03-02 __HIVE", NULL},
  };
  struct job_kit *kit = *state;
  static const char *const folders[] = {"2024-02-28", "2024-03-02", "__HIVE_DEFAULT_PARTITION__"};
  for (gsize i = 0; i < G_N_ELEMENTS(folders); i++) {
    g_autofree char *path = g_strdup_printf("days/day=%s/a.parquet", folders[i]);
    job_kit_file(kit, path, "SELECT 1 AS id");
  }
  const struct inventory *inventory = job_kit_input(kit, "days", "days");
  for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
    const struct plan_output *output = job_kit_plan_query(kit, queries[i].query, "");
    const struct plan_input *input = output->inputs->pdata[0];
    g_auto(GStrv) wanted = g_strsplit(queries[i].files, " ", -1);
    assert_int_equal(input->files->len, g_strv_length(wanted));
    for (guint k = 0; k < input->files->len; k++) {
      const struct inventory_file *file =
          inventory->files->pdata[g_array_index(input->files, guint, k)];
      assert_non_null(strstr(file->relative, wanted[k]));
    }
  }
}

static void
test_columns(void **state)
{
  static const struct {
    const char *query, *columns;
  } queries[] = {
      {"SELECT count(*) AS n FROM events", ""},
      {"SELECT category, sum(VALUE) AS s FROM events WHERE year = 2024 GROUP BY category",
       "category,value,year"},
      {"SELECT e.category, count(*) AS n FROM events e GROUP BY e.category", "category"},
      {"SELECT * FROM events ORDER BY ALL", "id,user_id,category,value,event_type,year,month"},
      {"SELECT * EXCLUDE (value, user_id, event_type) FROM events ORDER BY ALL",
       "id,category,year,month"},
      {"SELECT count(DISTINCT e.id) AS n FROM events e JOIN dim USING (category)", "id,category"},
      {"SELECT n FROM dim WHERE n IN (SELECT id FROM events WHERE events.user_id = dim.category) "
       "ORDER BY n",
       "id,user_id"},
      {"WITH e AS (SELECT id, value FROM events) SELECT sum(value) AS s FROM e", "id,value"},
  };
  struct job_kit *kit = *state;
  (void)job_kit_events(kit);
  job_kit_file(kit, "dim/a.parquet", "SELECT * FROM (VALUES ('a', 1), ('b', 2)) t(category, n)");
  (void)job_kit_input(kit, "dim", "dim");
  for (gsize i = 0; i < G_N_ELEMENTS(queries); i++) {
    const struct plan_output *output = job_kit_plan_query(kit, queries[i].query, "");
    g_autofree char *columns = g_strjoinv(",", events_input(kit, output)->columns);
    assert_string_equal(columns, queries[i].columns);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_rows, job_kit_open, job_kit_close),
      cmocka_unit_test_setup_teardown(test_values, job_kit_open, job_kit_close),
      cmocka_unit_test_setup_teardown(test_columns, job_kit_open, job_kit_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
