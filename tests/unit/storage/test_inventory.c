/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/inventory.h"
#include "storage/storage.h"
#include "util/error.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

static int
set_up(void **state)
{
  *state = g_dir_make_tmp("kindling-inventory-XXXXXX", NULL);
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

/* The listing opens no file, so any text will do for Parquet. */
static void
make(void **state, const char *const *paths)
{
  for (gsize i = 0; paths[i] != NULL; i++) {
    g_autofree char *full = g_build_filename(*state, paths[i], NULL);
    g_autofree char *folder = g_path_get_dirname(full);
    assert_int_equal(g_mkdir_with_parents(folder, 0755), 0);
    assert_true(g_file_set_contents(full, paths[i], -1, NULL));
  }
}
#define MAKE(state, ...) make(state, (const char *const[]){__VA_ARGS__, NULL})

static struct inventory *
read_below(void **state, const char *path)
{
  g_autofree char *uri = g_build_filename(*state, path, NULL);
  g_autoptr(GError) error = NULL;
  struct inventory *inventory = inventory_read("events", uri, &error);
  if (inventory == NULL)
    fail_msg("%s", error->message);
  return inventory;
}

static void
assert_refused(void **state, const char *path, enum error_kind kind, const char *const *parts)
{
  g_autofree char *uri = g_build_filename(*state, path, NULL);
  g_autoptr(GError) error = NULL;
  assert_null(inventory_read("events", uri, &error));
  assert_true(error_is(error, kind));
  for (gsize i = 0; parts[i] != NULL; i++)
    if (strstr(error->message, parts[i]) == NULL)
      fail_msg("'%s' is not in '%s'", parts[i], error->message);
}
#define REFUSED(state, path, ...)                                                                  \
  assert_refused(state, path, ERROR_INPUT, (const char *const[]){__VA_ARGS__, NULL})

/* "year INTEGER, city VARCHAR". */
static char *
columns_of(const GPtrArray *columns)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < columns->len; i++) {
    const struct inventory_column *column = columns->pdata[i];
    g_string_append_printf(text, "%s%s %s", i > 0 ? ", " : "", column->name, column->type);
  }
  return g_string_free(text, FALSE);
}

/* "1,a 1,NULL": the partitions' values in order. */
static char *
partitions_of(const struct inventory *inventory)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < inventory->partitions->len; i++) {
    const struct inventory_partition *partition = inventory->partitions->pdata[i];
    for (guint j = 0; j < inventory->partition_columns->len; j++)
      g_string_append_printf(text, "%s%s",
                             j > 0   ? ","
                             : i > 0 ? " "
                                     : "",
                             partition->values[j] != NULL ? partition->values[j] : "NULL");
  }
  return g_string_free(text, FALSE);
}

static char *
files_of(const struct inventory *inventory)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < inventory->files->len; i++) {
    const struct inventory_file *file = inventory->files->pdata[i];
    g_string_append_printf(text, "%s%u:%s", i > 0 ? " " : "", file->partition, file->relative);
  }
  return g_string_free(text, FALSE);
}

static void
assert_inventory(const struct inventory *inventory, const char *columns, const char *partitions,
                 const char *files)
{
  g_autofree char *c = columns_of(inventory->partition_columns);
  g_autofree char *p = partitions_of(inventory);
  g_autofree char *f = files_of(inventory);
  assert_string_equal(c, columns);
  assert_string_equal(p, partitions);
  if (files != NULL)
    assert_string_equal(f, files);
}

static void
one_month_has_two_spellings(void **state)
{
  MAKE(state, "year=2024/month=10/c.parquet", "year=2024/month=1/b.parquet",
       "year=2024/month=01/a.parquet", "year=2023/month=2/d.PARQUET", "year=2024/month=9/e.parq");
  AUTO(inventory_free) struct inventory *inventory = read_below(state, "");
  assert_inventory(inventory, "year INTEGER, month INTEGER", "2023,2 2024,1 2024,9 2024,10",
                   "0:year=2023/month=2/d.PARQUET 1:year=2024/month=01/a.parquet "
                   "1:year=2024/month=1/b.parquet 2:year=2024/month=9/e.parq "
                   "3:year=2024/month=10/c.parquet");
  const struct inventory_partition *january = inventory->partitions->pdata[1];
  assert_int_equal(january->files, 2);
  assert_int_equal(january->size_bytes,
                   strlen("year=2024/month=01/a.parquet") + strlen("year=2024/month=1/b.parquet"));
  assert_string_equal(january->folder, "year=2024/month=01");
  assert_string_equal(inventory->name, "events");
  assert_string_equal(inventory->uri, *state);
  assert_false(inventory->single_file);
  const struct inventory_file *file = inventory->files->pdata[0];
  g_autofree char *full = g_build_filename(*state, "year=2023/month=2/d.PARQUET", NULL);
  assert_string_equal(file->path, full);
  assert_true(file->modified_ms > 1700000000000);
}

static void
null_and_encoded_values(void **state)
{
  MAKE(state, "city=S%C3%A3o%20Paulo/n=2/x.parquet",
       "city=__HIVE_DEFAULT_PARTITION__/n=1/x.parquet",
       "city=a%2Fb/n=__HIVE_DEFAULT_PARTITION__/x.parquet", "city=k=v/n=10/x.parquet",
       "city=/n=1/x.parquet");
  AUTO(inventory_free) struct inventory *inventory = read_below(state, "");
  assert_inventory(inventory, "city VARCHAR, n INTEGER", ",1 São Paulo,2 a/b,NULL k=v,10 NULL,1",
                   NULL);
}

static void
hidden_names_are_passed_over(void **state)
{
  MAKE(state, "day=1/a.parquet", "day=1/_SUCCESS", "day=1/.a.parquet.crc", "_temporary/0/x.parquet",
       ".staging/day=2/x.parquet", "day=1/_meta.parquet", "day=1/notes.txt", "README.md",
       "_delta_log/0.json", "_kindling/run/y.parquet");
  AUTO(inventory_free) struct inventory *inventory = read_below(state, "");
  assert_inventory(inventory, "day INTEGER", "1", "0:day=1/a.parquet");
  assert_int_equal(inventory->ignored_files, 2);
}

static void
hidden_looking_partitions_are_read(void **state)
{
  MAKE(state, "_day=1/a.parquet", "_day=2/a.parquet");
  AUTO(inventory_free) struct inventory *inventory = read_below(state, "");
  assert_inventory(inventory, "_day INTEGER", "1 2", NULL);
}

static void
plain_folders_are_no_partitions(void **state)
{
  MAKE(state, "b/c/x.parquet", "a.parquet", "b/y.parquet");
  AUTO(inventory_free) struct inventory *inventory = read_below(state, "");
  assert_inventory(inventory, "", "", "0:a.parquet 0:b/c/x.parquet 0:b/y.parquet");
  assert_int_equal(inventory->partitions->len, 1);
  const struct inventory_partition *only = inventory->partitions->pdata[0];
  assert_int_equal(only->files, 3);
  assert_string_equal(only->folder, "");
}

static void
plain_folders_may_stand_between(void **state)
{
  MAKE(state, "raw/year=2024/x/a.parquet", "raw/year=2024/b.parquet", "old/year=2023/c.parquet");
  AUTO(inventory_free) struct inventory *inventory = read_below(state, "");
  assert_inventory(
      inventory, "year INTEGER", "2023 2024",
      "0:old/year=2023/c.parquet 1:raw/year=2024/b.parquet 1:raw/year=2024/x/a.parquet");
}

static void
only_folders_below_count(void **state)
{
  MAKE(state, "year=2024/month=1/a.parquet", "year=2024/month=2/a.parquet");
  AUTO(inventory_free) struct inventory *inventory = read_below(state, "year=2024");
  assert_inventory(inventory, "month INTEGER", "1 2", NULL);
}

static void
an_input_may_be_one_file(void **state)
{
  MAKE(state, "year=2024/events.data");
  AUTO(inventory_free) struct inventory *inventory = read_below(state, "year=2024/events.data");
  assert_inventory(inventory, "", "", "0:events.data");
  assert_true(inventory->single_file);
  const struct inventory_file *file = inventory->files->pdata[0];
  assert_string_equal(file->path, inventory->uri);
  assert_int_equal(file->size_bytes, strlen("year=2024/events.data"));
}

static void
names_of_columns_ignore_case(void **state)
{
  MAKE(state, "Year=2024/a.parquet", "year=2023/a.parquet");
  AUTO(inventory_free) struct inventory *inventory = read_below(state, "");
  assert_inventory(inventory, "Year INTEGER", "2023 2024", NULL);
}

static void
missing_things_are_told(void **state)
{
  REFUSED(state, "nowhere", "/nowhere': no such file or folder", "HINT: Give --input");
  MAKE(state, "csv/a.csv", "csv/b/c.txt", "hidden/_SUCCESS", "hidden/.a.crc");
  REFUSED(state, "csv", "2 other files, such as 'a.csv'", "HINT: ");
  REFUSED(state, "hidden", "only names that start with '_' or '.', such as '");
  g_autofree char *empty = g_build_filename(*state, "empty/deep", NULL);
  assert_int_equal(g_mkdir_with_parents(empty, 0755), 0);
  REFUSED(state, "empty", "/empty': the folder is empty");
}

static void
empty_files_are_named(void **state)
{
  MAKE(state, "a.parquet");
  g_autofree char *full = g_build_filename(*state, "b.parquet", NULL);
  assert_true(g_file_set_contents(full, "", 0, NULL));
  REFUSED(state, "", full, "it is empty (0 bytes)");
  REFUSED(state, "b.parquet", full, "it is empty (0 bytes)");
}

static void
disagreeing_folders_are_named(void **state)
{
  MAKE(state, "one/year=2024/month=1/a.parquet", "one/year=2024/b.parquet",
       "two/year=2024/month=1/a.parquet", "two/month=1/year=2024/a.parquet", "three/a.parquet",
       "three/day=1/b.parquet", "four/day=1/a.parquet", "four/hour=1/b.parquet");
  REFUSED(state, "one", "partition folders do not agree", "'year=2024/b.parquet' has",
          "columns year,", "'year=2024/month=1/a.parquet' has year, month");
  REFUSED(state, "two", "'month=1/year=2024/a.parquet' has", "month, year",
          "'year=2024/month=1/a.parquet' has year, month");
  REFUSED(state, "three", "'a.parquet' has the partition columns none",
          "'day=1/b.parquet' has day");
  REFUSED(state, "four", "'day=1/a.parquet'", "'hour=1/b.parquet'");
}

static void
a_column_comes_once_on_a_path(void **state)
{
  MAKE(state, "day=1/Day=2/a.parquet");
  REFUSED(state, "", "'day=1/Day=2/a.parquet'", "same partition column 'Day'");
}

static void
names_must_be_text(void **state)
{
  MAKE(state, "one/city=%E9/a.parquet", "two/\xff.parquet", "three/a\\[b].parquet",
       "four/a\\b.parquet", "four/[b]*?.parquet");
  REFUSED(state, "one", "'city=%E9/a.parquet'", "does not decode to UTF-8", "S%C3%A3o");
  REFUSED(state, "two", "is no UTF-8");
  REFUSED(state, "three", "a\\[b].parquet'", "no path with a backslash");
  AUTO(inventory_free) struct inventory *inventory = read_below(state, "four");
  assert_int_equal(inventory->files->len, 2);
}

static void
loops_are_refused(void **state)
{
  MAKE(state, "day=1/a.parquet");
  g_autofree char *link = g_build_filename(*state, "day=1", "again", NULL);
  assert_int_equal(symlink("..", link), 0);
  REFUSED(state, "", link, "which it is in");
}

static void
closed_folders_are_named(void **state)
{
  MAKE(state, "day=1/a.parquet", "day=2/a.parquet");
  g_autofree char *closed = g_build_filename(*state, "day=2", NULL);
  assert_int_equal(chmod(*state, 0755), 0);
  assert_int_equal(chmod(closed, 0000), 0);
  bool root = geteuid() == 0;
  if (root)
    assert_int_equal(seteuid(65534), 0);
  g_autoptr(GError) error = NULL;
  struct inventory *inventory = inventory_read("events", *state, &error);
  if (root)
    assert_int_equal(seteuid(0), 0);
  assert_int_equal(chmod(closed, 0755), 0);
  assert_null(inventory);
  assert_true(error_is(error, ERROR_ACCESS));
  assert_non_null(strstr(error->message, closed));
}

static void
fingerprints_follow_the_files(void **state)
{
  MAKE(state, "day=1/a.parquet", "day=2/a.parquet", "day=2/b.parquet");
  AUTO(inventory_free) struct inventory *first = read_below(state, "");
  AUTO(inventory_free) struct inventory *again = read_below(state, "");
  g_autofree char *one = inventory_fingerprint(first);
  g_autofree char *two = inventory_fingerprint(again);
  assert_string_equal(one, two);
  assert_int_equal(strlen(one), 64);
  g_autofree char *path = g_build_filename(*state, "day=2/b.parquet", NULL);
  assert_true(g_file_set_contents(path, "other length", -1, NULL));
  AUTO(inventory_free) struct inventory *changed = read_below(state, "");
  g_autofree char *three = inventory_fingerprint(changed);
  assert_string_not_equal(one, three);
  const struct inventory_partition *before[2] = {first->partitions->pdata[0],
                                                 first->partitions->pdata[1]};
  const struct inventory_partition *after[2] = {changed->partitions->pdata[0],
                                                changed->partitions->pdata[1]};
  assert_string_equal(before[0]->fingerprint, after[0]->fingerprint);
  assert_string_not_equal(before[1]->fingerprint, after[1]->fingerprint);
}

static void
a_list_of_files_may_be_given(void **state)
{
  MAKE(state, "day=1/a.parquet", "day=1/old.parquet", "day=2/b.parquet", "day=3/c.parquet", "x.csv",
       "_delta_log/0.json");
  g_autoptr(GHashTable) wanted = g_hash_table_new(g_str_hash, g_str_equal);
  (void)g_hash_table_add(wanted, (gpointer)(guintptr) "day=1/a.parquet");
  (void)g_hash_table_add(wanted, (gpointer)(guintptr) "day=3/c.parquet");
  AUTO(inventory_free)
  struct inventory *inventory = inventory_read_files("t", *state, wanted, NULL);
  assert_inventory(inventory, "day INTEGER", "1 3", "0:day=1/a.parquet 1:day=3/c.parquet");
  assert_int_equal(inventory->ignored_files, 0);
  (void)g_hash_table_add(wanted, (gpointer)(guintptr) "day=4/gone.parquet");
  g_autoptr(GError) error = NULL;
  assert_null(inventory_read_files("t", *state, wanted, &error));
  assert_true(error_is(error, ERROR_INPUT));
  assert_non_null(strstr(error->message, "/day=4/gone.parquet' of the table is not there"));
}

static void
ten_thousand_files_are_sorted_fast(void **state)
{
  for (guint day = 0; day < 1000; day++) {
    g_autofree char *folder = g_strdup_printf("%s/day=%u", (char *)*state, day);
    assert_int_equal(g_mkdir(folder, 0755), 0);
    for (guint file = 0; file < 10; file++) {
      g_autofree char *path = g_strdup_printf("%s/%u.parquet", folder, file);
      int fd = open(path, O_WRONLY | O_CREAT, 0644);
      assert_int_equal(write(fd, "x", 1), 1);
      (void)close(fd);
    }
  }
  clock_t begin = clock(); /* CPU time: the machine may be busy */
  AUTO(inventory_free) struct inventory *inventory = read_below(state, "");
  assert_true(clock() - begin < 2 * CLOCKS_PER_SEC);
  assert_int_equal(inventory->files->len, 10000);
  assert_int_equal(inventory->partitions->len, 1000);
  const struct inventory_partition *last = inventory->partitions->pdata[999];
  assert_string_equal(last->values[0], "999");
}

int
main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(one_month_has_two_spellings),
      TEST(null_and_encoded_values),
      TEST(hidden_names_are_passed_over),
      TEST(hidden_looking_partitions_are_read),
      TEST(plain_folders_are_no_partitions),
      TEST(plain_folders_may_stand_between),
      TEST(only_folders_below_count),
      TEST(an_input_may_be_one_file),
      TEST(names_of_columns_ignore_case),
      TEST(missing_things_are_told),
      TEST(empty_files_are_named),
      TEST(disagreeing_folders_are_named),
      TEST(a_column_comes_once_on_a_path),
      TEST(names_must_be_text),
      TEST(loops_are_refused),
      TEST(closed_folders_are_named),
      TEST(fingerprints_follow_the_files),
      TEST(a_list_of_files_may_be_given),
      TEST(ten_thousand_files_are_sorted_fast),
  };
#undef TEST
  return cmocka_run_group_tests(tests, NULL, NULL);
}
