/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/duck.h"
#include "run/generate.h"
#include "run/inspect.h"
#include "storage/storage.h"
#include "util/error.h"
#include "util/text.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static int
set_up(void **state)
{
  *state = g_dir_make_tmp("kindling-inspect-XXXXXX", NULL);
  return *state == NULL;
}

static int
tear_down(void **state)
{
  AUTO(storage_close) struct storage *storage = storage_open(*state, NULL);
  bool done = storage_delete_tree(storage, "", NULL);
  g_free(*state);
  return !done;
}

static void
write_parquet(void **state, const char *path, const char *query, const char *options)
{
  g_autofree char *full = g_build_filename(*state, path, NULL);
  g_autofree char *folder = g_path_get_dirname(full);
  g_autofree char *target = text_sql_string(full);
  g_autofree char *sql =
      g_strdup_printf("COPY (%s) TO %s (FORMAT parquet%s)", query, target, options);
  assert_int_equal(g_mkdir_with_parents(folder, 0755), 0);
  const struct duck_options settings = {.threads = 1};
  AUTO(duck_close) struct duck *duck = duck_open(&settings, NULL);
  AUTO(duck_disconnect) struct duck_connection *connection = duck_connect(duck, NULL);
  g_autoptr(GError) error = NULL;
  if (!duck_exec(connection, sql, &error))
    fail_msg("%s", error->message);
}

static struct inspection *
inspect(const char *input)
{
  const struct inspect_options options = {.input = input, .threads = 2};
  g_autoptr(GError) error = NULL;
  struct inspection *inspection = inspect_input(&options, &error);
  if (inspection == NULL)
    fail_msg("%s", error->message);
  return inspection;
}

static void
assert_part(const char *text, const char *part)
{
  if (strstr(text, part) == NULL)
    fail_msg("'%s' is not in:\n%s", part, text);
}

static void
assert_group(const struct inspection *inspection, guint i, const char *first, const char *second,
             guint64 rows, guint64 files)
{
  const struct inspection_group *group = inspection->groups->pdata[i];
  assert_int_equal(g_strcmp0(group->values[0], first), 0);
  if (inspection->group_columns > 1)
    assert_int_equal(g_strcmp0(group->values[1], second), 0);
  assert_int_equal(group->rows, rows);
  assert_int_equal(group->files, files);
}

static void
generated_events_are_described(void **state)
{
  g_autofree char *input = g_build_filename(*state, "events", NULL);
  const struct generate_options options = {
      .output = input, .rows = 20000, .days = 60, .start = "2023-12-30", .seed = 3};
  struct generate_result made = {0};
  assert_true(generate_events(&options, &made, NULL));
  AUTO(inspection_free) struct inspection *inspection = inspect(input);
  assert_int_equal(inspection->inventory->rows, 20000);
  assert_int_equal(inspection->inventory->files->len, 60);
  assert_int_equal(inspection->inventory->size_bytes, made.size_bytes);
  assert_int_equal(inspection->row_groups, 60);
  generate_result_clear(&made);
  assert_int_equal(inspection->group_columns, 2);
  assert_int_equal(inspection->groups->len, 3);
  guint64 rows = 0;
  for (guint i = 0; i < 3; i++)
    rows += ((const struct inspection_group *)inspection->groups->pdata[i])->rows;
  assert_int_equal(rows, 20000);
  assert_int_equal(((const struct inspection_group *)inspection->groups->pdata[0])->files, 2);
  assert_int_equal(inspection->sample->len, 5);
  assert_int_equal(inspection->counts->len, 2);
  const struct inspection_count *categories = inspection->counts->pdata[0];
  const struct inspection_count *types = inspection->counts->pdata[1];
  assert_string_equal(categories->column, "category");
  assert_int_equal(categories->values->len, 20);
  assert_string_equal(((const struct inspection_value *)categories->values->pdata[0])->text,
                      "electronics");
  assert_int_equal(types->values->len, 6);
  assert_true(types->complete);
  guint64 of_types = 0;
  for (guint i = 0; i < 6; i++)
    of_types += ((const struct inspection_value *)types->values->pdata[i])->rows;
  assert_int_equal(of_types, 20000);
  assert_int_equal(inspection->gaps->len, 0);
  assert_true(inspection->smallest->size_bytes <= inspection->median_bytes);
  assert_true(inspection->median_bytes <= inspection->largest->size_bytes);
}

static void
odd_inputs_are_described(void **state)
{
  write_parquet(state, "k=b/day=2024-01-01/x.parquet",
                "SELECT i, 'c' || i AS category, NULL::VARCHAR AS event_type FROM range(3) t(i)",
                ", COMPRESSION zstd");
  write_parquet(state, "k=b/day=2024-01-04/x.parquet",
                "SELECT NULL::VARCHAR AS event_type, 'c1' AS category, i FROM range(4) t(i)", "");
  write_parquet(state, "k=__HIVE_DEFAULT_PARTITION__/day=2024-01-05/x.parquet",
                "SELECT i, 'c' || chr(27) AS category, 'view' AS event_type, 1 AS extra FROM "
                "range(1) t(i)",
                "");
  write_parquet(state, "k=a/day=2024-01-05/x.parquet",
                "SELECT 7::BIGINT AS i, '' AS category, 'x' AS event_type WHERE false", "");
  AUTO(inspection_free) struct inspection *inspection = inspect(*state);
  assert_int_equal(inspection->groups->len, 4);
  assert_group(inspection, 0, "a", "2024-01-05", 0, 1);
  assert_group(inspection, 1, "b", "2024-01-01", 3, 1);
  assert_group(inspection, 3, NULL, "2024-01-05", 1, 1);
  assert_int_equal(inspection->sample->len, 5);
  char *const *first = inspection->sample->pdata[0];
  const char *const expected[] = {"0", "c0", NULL, "b", "2024-01-01"};
  assert_int_equal(inspection->inventory->columns->len, 5);
  for (guint i = 0; i < 5; i++)
    assert_int_equal(g_strcmp0(first[i], expected[i]), 0);
  char *const *last = inspection->sample->pdata[4];
  assert_string_equal(last[0], "1");
  const struct inspection_count *categories = inspection->counts->pdata[0];
  const struct inspection_value *most = categories->values->pdata[0];
  assert_string_equal(most->text, "c1");
  assert_int_equal(most->rows, 5);
  const struct inspection_count *types = inspection->counts->pdata[1];
  assert_null(((const struct inspection_value *)types->values->pdata[0])->text);
  assert_string_equal(inspection->gaps->pdata[0], "2024-01-02 .. 2024-01-03 (2 days)");
  assert_int_equal(inspection->inventory->drift->len, 2);
  g_autofree char *text = inspection_text(inspection, false);
  assert_null(strchr(text, '\x1b'));
  assert_part(text, "c\\x1b");
  assert_part(text, "ZSTD (1 file)");
  assert_part(text, "4, by k, day");
  assert_part(text, "\nmissing in between\n2024-01-02 .. 2024-01-03 (2 days)\n");
  assert_part(text, "\ndifferences between files\ncolumn 'extra' is in '");
}

static void
one_file_has_no_partitions(void **state)
{
  write_parquet(state, "year=2024/one.parquet", "SELECT range AS n FROM range(3)", "");
  g_autofree char *input = g_build_filename(*state, "year=2024/one.parquet", NULL);
  AUTO(inspection_free) struct inspection *inspection = inspect(input);
  assert_int_equal(inspection->groups->len, 0);
  assert_int_equal(inspection->counts->len, 0);
  assert_int_equal(inspection->sample->len, 3);
  g_autofree char *text = inspection_text(inspection, false);
  assert_part(text, "partitions   none\n");
  assert_part(text, "row groups   1\n");
  assert_null(strstr(text, "\nyear"));
}

static void
rare_values_are_left_out(void **state)
{
  write_parquet(state, "x.parquet", "SELECT range AS CATEGORY FROM range(150)", "");
  AUTO(inspection_free) struct inspection *inspection = inspect(*state);
  const struct inspection_count *count = inspection->counts->pdata[0];
  assert_string_equal(count->column, "CATEGORY");
  assert_int_equal(count->values->len, 100);
  assert_false(count->complete);
  assert_string_equal(((const struct inspection_value *)count->values->pdata[99])->text, "99");
  g_autofree char *text = inspection_text(inspection, false);
  assert_part(text, "and rarer ones\n");
}

static void
json_says_the_same(void **state)
{
  write_parquet(state, "day=1/x.parquet", "SELECT 1 AS n, NULL::VARCHAR AS category", "");
  write_parquet(state, "day=3/x.parquet", "SELECT 2 AS n, 'c' AS category", "");
  write_parquet(state, "day=__HIVE_DEFAULT_PARTITION__/x.parquet", "SELECT 3 AS n, 'c' AS category",
                "");
  AUTO(inspection_free) struct inspection *inspection = inspect(*state);
  JSON_AUTO(root) = inspection_to_json(inspection);
  assert_int_equal(json_get_int(root, "schema_version", 0), 1);
  assert_string_equal(json_get_text(root, "command"), "inspect");
  assert_string_equal(json_get_text(root, "input"), *state);
  assert_int_equal(json_get_int(root, "rows", 0), 3);
  assert_int_equal(json_get_int(json_get(root, "files"), "count", 0), 3);
  g_autofree char *groups = json_line(json_get(root, "rows_by_partition"));
  assert_part(groups, "{\"columns\":[\"day\"],\"groups\":[{\"values\":[\"1\"],\"rows\":1,");
  assert_part(groups, "{\"values\":[null],\"rows\":1,\"files\":1,");
  g_autofree char *counts = json_line(json_get(root, "rows_by_value"));
  assert_part(counts, "[{\"column\":\"category\",\"complete\":true,\"values\":[{\"value\":\"c\","
                      "\"rows\":2},{\"value\":null,\"rows\":1}]}]");
  g_autofree char *sample = json_line(json_get(root, "sample"));
  assert_string_equal(sample, "[[\"1\",null,\"1\"],[\"2\",\"c\",\"3\"],[\"3\",\"c\",null]]");
  g_autofree char *gaps = json_line(json_get(root, "gaps"));
  assert_string_equal(gaps, "[\"day=2 (1 value)\"]");
  assert_int_equal(strlen(json_get_text(root, "fingerprint")), 64);
}

static void
patterns_in_names_are_names(void **state)
{
  write_parquet(state, "a/x.parquet", "SELECT 'wrong' AS category", "");
  write_parquet(state, "[a]/k=1/x.parquet", "SELECT 'right' AS category", "");
  write_parquet(state, "[a]/k=1/?.parquet", "SELECT 'right' AS category", "");
  write_parquet(state, "[a]/k=2/*.parquet", "SELECT 'right' AS category", "");
  write_parquet(state, "[a]/k=2/{a,b}.parquet", "SELECT 'right' AS category", "");
  g_autofree char *input = g_build_filename(*state, "[a]", NULL);
  AUTO(inspection_free) struct inspection *inspection = inspect(input);
  assert_int_equal(inspection->inventory->rows, 4);
  const struct inspection_count *count = inspection->counts->pdata[0];
  const struct inspection_value *only = count->values->pdata[0];
  assert_string_equal(only->text, "right");
  assert_int_equal(only->rows, 4);
}

static void
bad_inputs_are_refused(void **state)
{
  g_autofree char *path = g_build_filename(*state, "bad.parquet", NULL);
  assert_true(g_file_set_contents(path, "PAR1 and nothing more", -1, NULL));
  const struct inspect_options options = {.input = *state};
  g_autoptr(GError) error = NULL;
  assert_null(inspect_input(&options, &error));
  assert_true(error_is(error, ERROR_INPUT));
  assert_part(error->message, path);
}

int
main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(generated_events_are_described),
      TEST(odd_inputs_are_described),
      TEST(one_file_has_no_partitions),
      TEST(rare_values_are_left_out),
      TEST(json_says_the_same),
      TEST(bad_inputs_are_refused),
      TEST(patterns_in_names_are_names),
  };
#undef TEST
  return cmocka_run_group_tests(tests, NULL, NULL);
}
