/* SPDX-License-Identifier: Apache-2.0 */
#include "job_kit.h"

struct row {
  const char *query;
  const char *options;
  enum plan_layout layout;
  const char *reason; /* part of it */
};

static const struct row rows[] = {
    {"SELECT year, month, sum(value) AS s FROM events GROUP BY year, month",
     ", PARTITION_BY (year, month)", PLAN_BY_PARTITION, "year, month: partition columns of events"},
    {"SELECT year, month, sum(value) AS s FROM events GROUP BY year, month",
     ", PARTITION_BY (month)", PLAN_BY_PARTITION, "month"},
    {"SELECT year AS y, category, count(*) AS n FROM events e WHERE value > 3 AND month < 3 GROUP "
     "BY ALL"
     " HAVING count(*) > 1 ORDER BY n DESC, y, category NULLS LAST",
     ", PARTITION_BY (y)", PLAN_BY_PARTITION, "y: partition"},
    {"SELECT DISTINCT category, year FROM events WHERE value > 3 ORDER BY year, 1",
     ", PARTITION_BY (year)", PLAN_BY_PARTITION, "year: partition columns of events"},
    {"SELECT year, count(*) AS n FROM events GROUP BY year", "", PLAN_SINGLE, "not partitioned"},
    {"SELECT year, category, count(*) AS n FROM events GROUP BY year, category",
     ", PARTITION_BY (category)", PLAN_SPLIT, "category is no partition column of events"},
    {"SELECT year + 1 AS year, count(*) AS n FROM events GROUP BY ALL", ", PARTITION_BY (year)",
     PLAN_SPLIT, "year is no partition column of events"},
    {"SELECT max(year) AS year, count(*) AS n, category FROM events GROUP BY category",
     ", PARTITION_BY (year)", PLAN_SPLIT, "year is no partition column of events"},
    {"SELECT year, count(*) AS n FROM events GROUP BY year ORDER BY n, year LIMIT 1",
     ", PARTITION_BY (year)", PLAN_SPLIT, "LIMIT"},
    {"SELECT DISTINCT year, count(*) AS n FROM events GROUP BY year, month",
     ", PARTITION_BY (year)", PLAN_SPLIT, "DISTINCT"},
    {"SELECT year, month, sum(count(*)) OVER (ORDER BY year, month) AS n FROM events GROUP BY "
     "year, month",
     ", PARTITION_BY (year)", PLAN_SPLIT, "window"},
    {"SELECT year, month, count(*) AS n FROM events GROUP BY year, month QUALIFY"
     " row_number() OVER (PARTITION BY year ORDER BY month) = 1",
     ", PARTITION_BY (year)", PLAN_SPLIT, "QUALIFY"},
    {"SELECT year, month, count(*) AS n FROM events GROUP BY ROLLUP (year, month)",
     ", PARTITION_BY (year)", PLAN_SPLIT, "several grouping sets"},
    {"SELECT year, count(*) AS n FROM events GROUP BY GROUPING SETS ((year), ())",
     ", PARTITION_BY (year)", PLAN_SPLIT, "several grouping sets"},
    {"SELECT year, n, count(*) AS m FROM events JOIN dim ON events.category = dim.category GROUP "
     "BY year, n",
     ", PARTITION_BY (year)", PLAN_SPLIT, "FROM is not one input"},
    {"SELECT year, count(*) AS n FROM (SELECT * FROM events WHERE value > 3) GROUP BY year",
     ", PARTITION_BY (year)", PLAN_BY_PARTITION, "year: partition"},
    {"SELECT year, count(*) AS n FROM (SELECT DISTINCT * FROM events) GROUP BY year",
     ", PARTITION_BY (year)", PLAN_SPLIT, "FROM is not one input"},
    {"SELECT year, median(value) AS n FROM events GROUP BY year", ", PARTITION_BY (year)",
     PLAN_SPLIT, "not one grouped SELECT"},
    {"SELECT year, n FROM (SELECT year, count(*) AS n FROM events GROUP BY year)",
     ", PARTITION_BY (year)", PLAN_SPLIT, "not one grouped SELECT"},
    {"SELECT year, count(*) AS n FROM events GROUP BY year UNION ALL SELECT 1, 2",
     ", PARTITION_BY (year)", PLAN_SPLIT, "not one grouped SELECT"},
};

/* Every partition's rows from its own files are the rows of the whole with its values. */
static void
check_partitions(struct job_kit *kit, const struct plan_output *output)
{
  const struct inventory *inventory = kit->inventories->pdata[0];
  guint64 total = 0;
  AUTO(duck_result_free) struct duck_result *whole = kit_query(kit->kit, output->sql);
  for (guint i = 0; i < output->partitions->len; i++) {
    const struct plan_partition *partition = output->partitions->pdata[i];
    g_autofree char *view =
        plan_view_sql(inventory, &g_array_index(partition->files, guint, 0), partition->files->len);
    job_kit_exec(kit, "CREATE OR REPLACE TEMP VIEW events AS %s", view);
    AUTO(duck_result_free) struct duck_result *found = kit_query(kit->kit, output->sql);
    total += duck_result_rows(found);
    for (guint k = 0; k < output->partition_by->len; k++) {
      guint column = g_array_index(output->partition_by, guint, k);
      for (guint64 row = 0; row < duck_result_rows(found); row++)
        assert_string_equal(duck_result_text(found, column, row), partition->values[k]);
    }
  }
  assert_int_equal(total, duck_result_rows(whole));
  g_autofree char *all = plan_view_sql(inventory, NULL, 0);
  job_kit_exec(kit, "CREATE OR REPLACE TEMP VIEW events AS %s", all);
}

static void
test_rows(void **state)
{
  struct job_kit *kit = *state;
  (void)job_kit_events(kit);
  job_kit_file(kit, "dim/a.parquet", "SELECT * FROM (VALUES ('a', 1), ('b', 2)) t(category, n)");
  (void)job_kit_input(kit, "dim", "dim");
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const struct plan_output *output = job_kit_plan_query(kit, rows[i].query, rows[i].options);
    if (output->layout != rows[i].layout || strstr(output->layout_reason, rows[i].reason) == NULL)
      fail_msg("%s\nlayout %d: %s", rows[i].query, (int)output->layout, output->layout_reason);
    assert_int_equal(output->partitions->len > 0, output->layout == PLAN_BY_PARTITION);
    if (output->layout == PLAN_BY_PARTITION)
      check_partitions(kit, output);
  }
}

/* Files of pruned partitions are in no partition; several folders of one value are one partition; NULL is a value. */
static void
test_partitions(void **state)
{
  struct job_kit *kit = *state;
  (void)job_kit_events(kit);
  const struct plan_output *output = job_kit_plan_query(
      kit, "SELECT year, month, count(*) AS n FROM events WHERE year = 2023 GROUP BY year, month",
      ", PARTITION_BY (year, month)");
  assert_int_equal(output->partitions->len, 3);
  const struct plan_partition *first = output->partitions->pdata[0];
  assert_string_equal(first->values[0], "2023");
  assert_string_equal(first->values[1], "1");
  assert_int_equal(first->files->len, 2);
  assert_int_equal(first->rows, 45);
  output =
      job_kit_plan_query(kit, "SELECT year, month, count(*) AS n FROM events GROUP BY year, month",
                         ", PARTITION_BY (month)");
  assert_int_equal(output->partitions->len, 3);
  first = output->partitions->pdata[0];
  assert_int_equal(first->files->len, 3);
  job_kit_file(kit, "k/k=__HIVE_DEFAULT_PARTITION__/a.parquet", "SELECT 1 AS id");
  job_kit_file(kit, "k/k=b/a.parquet", "SELECT 1 AS id");
  (void)job_kit_input(kit, "k", "k");
  output =
      job_kit_plan_query(kit, "SELECT k, count(*) AS n FROM k GROUP BY k", ", PARTITION_BY (k)");
  assert_int_equal(output->layout, PLAN_BY_PARTITION);
  const struct plan_partition *last = output->partitions->pdata[1];
  assert_null(last->values[0]);
}

static void
test_order(void **state)
{
  static const struct {
    const char *query, *terms; /* joined with "; "; NULL for none */
  } orders[] = {
      {"SELECT category AS c, count(*) AS n FROM events GROUP BY 1 ORDER BY n DESC, 1 NULLS FIRST",
       "\"n\" DESC NULLS LAST; \"c\" ASC NULLS FIRST"},
      {"SELECT category, count(*) AS n FROM events e GROUP BY category ORDER BY e.category, "
       "count(*) DESC",
       "\"category\" ASC NULLS LAST; \"n\" DESC NULLS LAST"},
      {"SELECT category, upper(category) AS u FROM events GROUP BY ALL ORDER BY upper(category), "
       "category",
       "\"u\" ASC NULLS LAST; \"category\" ASC NULLS LAST"},
      {"SELECT category, count(*) AS n FROM events GROUP BY category ORDER BY max(id), category",
       NULL},
      {"SELECT category, count(*) AS n FROM events GROUP BY category ORDER BY n % 2, category",
       NULL},
      {"SELECT category, count(*) AS n FROM events GROUP BY category", NULL},
      {"SELECT category, count(*) AS n FROM events GROUP BY category ORDER BY ALL DESC",
       "\"category\" DESC NULLS LAST; \"n\" DESC NULLS LAST"},
      {"SELECT -id AS id FROM events ORDER BY id", "\"id\" ASC NULLS LAST"},
      {"SELECT id FROM events UNION SELECT 1 ORDER BY 1 DESC", "\"id\" DESC NULLS LAST"},
      {"SELECT CASE WHEN id > 3 THEN 'red' ELSE 'blue' END::ENUM('red', 'blue') AS shade FROM "
       "events"
       " ORDER BY shade",
       NULL},
  };
  struct job_kit *kit = *state;
  (void)job_kit_events(kit);
  for (gsize i = 0; i < G_N_ELEMENTS(orders); i++) {
    const struct plan_output *output = job_kit_plan_query(kit, orders[i].query, "");
    g_autofree char *terms = output->order_by == NULL ? NULL : g_strjoinv("; ", output->order_by);
    if (g_strcmp0(terms, orders[i].terms) != 0)
      fail_msg("%s\norder %s", orders[i].query, terms == NULL ? "none" : terms);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_rows, job_kit_open, job_kit_close),
      cmocka_unit_test_setup_teardown(test_partitions, job_kit_open, job_kit_close),
      cmocka_unit_test_setup_teardown(test_order, job_kit_open, job_kit_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
