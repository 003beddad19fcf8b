/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/inventory.h"
#include "storage/storage.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct gap_case {
  const char *what;
  const char *folders[8];
  const char *gaps; /* joined by "; " */
};

static const struct gap_case cases[] = {
    {"no gap",
     {"year=2024/month=2/day=28", "year=2024/month=2/day=29", "year=2024/month=3/day=1"},
     ""},
    {"days over a leap day",
     {"year=2024/month=02/day=28", "year=2024/month=3/day=3", "year=2024/month=3/day=5"},
     "2024-02-29 .. 2024-03-02 (3 days); 2024-03-04 (1 day)"},
    {"no day of the calendar",
     {"year=2023/month=2/day=28", "year=2023/month=2/day=30", "year=2023/month=3/day=2"},
     "2023-03-01 (1 day)"},
    {"days of several sites together",
     {"site=a/year=2024/month=1/day=1", "site=b/year=2024/month=1/day=2",
      "site=a/year=2024/month=1/day=4"},
     "2024-01-03 (1 day)"},
    {"months",
     {"year=2023/month=11", "year=2024/month=2", "year=2024/month=4"},
     "2023-12 .. 2024-01 (2 months); 2024-03 (1 month)"},
    {"dates",
     {"date=2023-12-30", "date=2024-01-02", "date=__HIVE_DEFAULT_PARTITION__"},
     "2023-12-31 .. 2024-01-01 (2 days)"},
    {"two dates tell nothing", {"a=2024-01-01/b=2024-01-01", "a=2024-01-03/b=2024-01-05"}, ""},
    {"hours of each site",
     {"site=a/hour=6", "site=a/hour=10", "site=b/hour=1", "site=b/hour=2", "site=b/hour=4"},
     "site=a/hour=7 .. hour=9 (3 values); site=b/hour=3 (1 value)"},
    {"sparse numbers are no sequence", {"id=1", "id=2", "id=5000"}, ""},
    {"far apart", {"id=-9223372036854775808", "id=9223372036854775807"}, ""},
    {"names are no sequence", {"site=a", "site=c"}, ""},
    {"not partitioned", {"a", "b"}, ""},
    {"one value", {"hour=3"}, ""},
};

static void
check(const struct gap_case *row)
{
  g_autofree char *root = g_dir_make_tmp("kindling-gaps-XXXXXX", NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(row->folders) && row->folders[i] != NULL; i++) {
    g_autofree char *folder = g_build_filename(root, row->folders[i], NULL);
    g_autofree char *path = g_build_filename(folder, "x.parquet", NULL);
    assert_int_equal(g_mkdir_with_parents(folder, 0755), 0);
    assert_true(g_file_set_contents(path, "x", 1, NULL));
  }
  AUTO(inventory_free) struct inventory *inventory = inventory_read("t", root, NULL);
  assert_non_null(inventory);
  g_autoptr(GPtrArray) gaps = inventory_gaps(inventory);
  g_ptr_array_add(gaps, NULL);
  g_autofree char *joined = g_strjoinv("; ", (char **)gaps->pdata);
  if (!g_str_equal(joined, row->gaps))
    fail_msg("%s: '%s' instead of '%s'", row->what, joined, row->gaps);
  AUTO(storage_close) struct storage *storage = storage_open(root, NULL);
  assert_true(storage_delete_tree(storage, "", NULL));
}

static void
gaps_are_found(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    check(&cases[i]);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(gaps_are_found),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
