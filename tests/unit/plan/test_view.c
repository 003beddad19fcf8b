/* SPDX-License-Identifier: Apache-2.0 */
#include "job_kit.h"

/* The view's rows, sorted, as one text. */
static char *
rows_of(struct job_kit *kit, const char *select)
{
  g_autofree char *sql = g_strdup_printf("SELECT * FROM (%s) ORDER BY ALL", select);
  AUTO(duck_result_free) struct duck_result *result = kit_query(kit->kit, sql);
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < duck_result_columns(result); i++)
    g_string_append_printf(text, "%s%s %s", i == 0 ? "" : ", ", duck_result_name(result, i),
                           duck_result_type(result, i));
  for (guint64 row = 0; row < duck_result_rows(result); row++)
    for (guint i = 0; i < duck_result_columns(result); i++) {
      const char *cell = duck_result_text(result, i, row);
      g_string_append_printf(text, "%s%s", i == 0 ? "; " : "|", cell == NULL ? "NULL" : cell);
    }
  return g_string_free(text, FALSE);
}

struct row {
  const char *files; /* "path=query" lines; id counts the lines when there is no query */
  const char *input;
  const char *rows;
};

static const struct row rows[] = {
    {"t/year=2024/month=01/a.parquet t/year=2024/month=2/a.parquet", "t",
     "id INTEGER, year INTEGER, month INTEGER; 0|2024|1; 1|2024|2"},
    {"t/a.parquet t/b.parquet", "t", "id INTEGER; 0; 1"},
    {"t/a.parquet", "t/a.parquet", "id INTEGER; 0"},
    {"t/d=2024-02-29/a.parquet t/d=__HIVE_DEFAULT_PARTITION__/a.parquet", "t",
     "id INTEGER, d DATE; 0|2024-02-29; 1|NULL"},
    {"t/k=a%2Fb/a.parquet t/k=NULL/a.parquet t/k=x%20y/a.parquet t/k=it's/a.parquet", "t",
     "id INTEGER, k VARCHAR; 0|a/b; 1|NULL; 2|x y; 3|it's"},
    {"t/my%20col=1/a.parquet t/my%20col=2/a.parquet", "t", "id INTEGER, my col INTEGER; 0|1; 1|2"},
    {"t/k=a=b/a.parquet t/k=c/a.parquet", "t", "id INTEGER, k VARCHAR; 0|a=b; 1|c"},
    /* folders above the input: not its partitions, whatever they are called */
    {"year=2020/t/year=2024/a.parquet", "year=2020/t", "id INTEGER, year INTEGER; 0|2024"},
    {"id=7/t/year=2024/a.parquet", "id=7/t", "id INTEGER, year INTEGER; 0|2024"},
    {"run=7/t/year=2024/a.parquet", "run=7/t", "id INTEGER, year INTEGER; 0|2024"},
    {"id=7/t/a.parquet", "id=7/t", "id INTEGER; 0"},
    {"ID=7/t/k=x/a.parquet ID=7/t/k=__HIVE_DEFAULT_PARTITION__/a.parquet", "ID=7/t",
     "id INTEGER, k VARCHAR; 0|x; 1|NULL"},
    {"we[i]rd/t*/k=1/a.parquet", "we[i]rd/t*", "id INTEGER, k INTEGER; 0|1"},
};

static void
write_files(struct job_kit *kit, const char *folder, const char *files)
{
  g_auto(GStrv) list = g_strsplit(files, " ", -1);
  for (gsize i = 0; list[i] != NULL; i++) {
    g_autofree char *path = g_build_filename(folder, list[i], NULL);
    g_autofree char *query = g_strdup_printf("SELECT %d AS id", (int)i);
    job_kit_file(kit, path, query);
  }
}

/* The printed CREATE VIEW must mean the same. */
static void
check_create(struct job_kit *kit, const struct inventory *inventory, const char *wanted)
{
  g_autofree char *create = plan_create_view(inventory);
  g_autofree char *prefix = g_strdup_printf("CREATE VIEW \"%s\" AS ", inventory->name);
  assert_true(g_str_has_prefix(create, prefix) && g_str_has_suffix(create, ";"));
  g_autofree char *select =
      g_strndup(create + strlen(prefix), strlen(create) - strlen(prefix) - strlen(";"));
  g_autofree char *found = rows_of(kit, select);
  assert_string_equal(found, wanted);
}

static void
test_rows(void **state)
{
  struct job_kit *kit = *state;
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *folder = g_strdup_printf("case%d", (int)i);
    g_autofree char *name = g_strdup_printf("input%d", (int)i);
    g_autofree char *path = g_build_filename(folder, rows[i].input, NULL);
    write_files(kit, folder, rows[i].files);
    const struct inventory *inventory = job_kit_input(kit, name, path);
    g_autofree char *select = plan_view_sql(inventory, NULL, 0);
    g_autofree char *found = rows_of(kit, select);
    assert_string_equal(found, rows[i].rows);
    check_create(kit, inventory, rows[i].rows);
  }
}

/* A choice of files, also none; columns in another order, extra ones left out, a file's own copy of a partition column
 * hidden by its folder. */
static void
test_files(void **state)
{
  struct job_kit *kit = *state;
  job_kit_file(kit, "t/k=1/a.parquet", "SELECT 1 AS id, 'x' AS v, 9 AS k");
  job_kit_file(kit, "t/k=2/a.parquet", "SELECT 8 AS k, 'y' AS v, 5 AS extra, 2 AS id");
  const struct inventory *inventory = job_kit_input(kit, "t", "t");
  const guint second = 1;
  g_autofree char *all = plan_view_sql(inventory, NULL, 0);
  g_autofree char *one = plan_view_sql(inventory, &second, 1);
  g_autofree char *none = plan_view_sql(inventory, &second, 0);
  g_autofree char *all_rows = rows_of(kit, all);
  g_autofree char *one_rows = rows_of(kit, one);
  g_autofree char *no_rows = rows_of(kit, none);
  assert_string_equal(all_rows, "id INTEGER, v VARCHAR, k INTEGER; 1|x|1; 2|y|2");
  assert_string_equal(one_rows, "id INTEGER, v VARCHAR, k INTEGER; 2|y|2");
  assert_string_equal(no_rows, "id INTEGER, v VARCHAR, k INTEGER");
}

/* A glob only where it gives exactly the input's files. */
static void
test_glob(void **state)
{
  struct job_kit *kit = *state;
  write_files(kit, ".", "t/k=1/a.parquet t/k=2/a.parquet");
  const struct inventory *plain = job_kit_input(kit, "plain", "t");
  g_autofree char *glob = plan_create_view(plain);
  assert_non_null(strstr(glob, "/t/*/*.parquet'"));
  write_files(kit, ".", "t/k=2/_hidden.parquet");
  const struct inventory *hidden = job_kit_input(kit, "hidden", "t");
  g_autofree char *list = plan_create_view(hidden);
  assert_null(strstr(list, "*"));
  assert_non_null(strstr(list, "k=2/a.parquet"));
  check_create(kit, hidden, "id INTEGER, k INTEGER; 0|1; 1|2");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_rows, job_kit_open, job_kit_close),
      cmocka_unit_test_setup_teardown(test_files, job_kit_open, job_kit_close),
      cmocka_unit_test_setup_teardown(test_glob, job_kit_open, job_kit_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
