/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/inventory.h"
#include "storage/storage.h"
#include "util/error.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* Files day=1, day=2, ... with the columns given: "a BIGINT, b DOUBLE". */
static struct inventory *
make(const char *const *schemas)
{
  g_autofree char *root = g_dir_make_tmp("kindling-schema-XXXXXX", NULL);
  gsize count = 0;
  for (; schemas[count] != NULL; count++) {
    g_autofree char *folder = g_strdup_printf("%s/day=%zu", root, count + 1);
    g_autofree char *path = g_build_filename(folder, "x.parquet", NULL);
    assert_int_equal(g_mkdir(folder, 0755), 0);
    assert_true(g_file_set_contents(path, "x", 1, NULL));
  }
  struct inventory *inventory = inventory_read("t", root, NULL);
  assert_non_null(inventory);
  for (gsize i = 0; i < count; i++) {
    g_autoptr(GPtrArray) columns =
        g_ptr_array_new_with_free_func((GDestroyNotify)inventory_column_free);
    g_auto(GStrv) parts = g_strsplit(schemas[i], ", ", -1);
    for (char **part = parts; *part != NULL; part++) {
      char *space = strchr(*part, ' ');
      *space = '\0';
      g_ptr_array_add(columns, inventory_column_new(*part, space + 1));
    }
    inventory_set_footer(inventory, i, 10 * (i + 1), 1, "SNAPPY", columns);
  }
  AUTO(storage_close) struct storage *storage = storage_open(root, NULL);
  assert_true(storage_delete_tree(storage, "", NULL));
  return inventory;
}

struct schema_case {
  const char *files[4];
  const char *columns; /* NULL: refused */
  const char *drift;   /* part of the first sentence, or of the refusal; NULL: none */
  const char *partial; /* a name */
};

static const struct schema_case cases[] = {
    {{"a BIGINT, b DOUBLE", "a BIGINT, b DOUBLE"}, "a BIGINT, b DOUBLE, day INTEGER", NULL, NULL},
    {{"a BIGINT, b DOUBLE", "b DOUBLE, a BIGINT"},
     "a BIGINT, b DOUBLE, day INTEGER",
     "another order in",
     NULL},
    {{"a BIGINT", "a BIGINT, extra DATE"},
     "a BIGINT, day INTEGER",
     "column 'extra' is in '%s/day=2/x.parquet' but not in '%s/day=1/x.parquet'",
     "extra"},
    {{"a BIGINT, lost DATE", "a BIGINT"},
     "a BIGINT, day INTEGER",
     "column 'lost' is in '%s/day=1/x.parquet' but not in '%s/day=2/x.parquet'",
     "lost"},
    {{"a BIGINT, b INTEGER", "a BIGINT, b INTEGER", "a BIGINT, b VARCHAR"},
     "a BIGINT, day INTEGER",
     "column 'b' is INTEGER in '%s/day=1/x.parquet' but VARCHAR in '%s/day=3/x.parquet'",
     "b"},
    {{"A BIGINT, b DATE", "B DATE, a BIGINT"},
     "A BIGINT, b DATE, day INTEGER",
     "another order in",
     NULL},
    {{"a BIGINT, Day VARCHAR", "a BIGINT"},
     "a BIGINT, day INTEGER",
     "column 'Day' is in the files and in the names of their folders",
     NULL},
    {{"a BIGINT", "b BIGINT"}, NULL, "no column is common to all files", NULL},
    {{"a BIGINT", "a DATE"}, NULL, "is BIGINT in", NULL},
    {{"a BIGINT, A DATE"}, NULL, "two columns named 'A'", NULL},
};

static char *
columns_of(const struct inventory *inventory)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < inventory->columns->len; i++) {
    const struct inventory_column *column = inventory->columns->pdata[i];
    g_string_append_printf(text, "%s%s %s", i > 0 ? ", " : "", column->name, column->type);
  }
  return g_string_free(text, FALSE);
}

static void
assert_part(const char *text, const char *part, const char *root)
{
  g_auto(GStrv) pieces = g_strsplit(part, "%s", -1);
  g_autofree char *expected = g_strjoinv(root, pieces);
  if (strstr(text, expected) == NULL)
    fail_msg("'%s' is not in '%s'", expected, text);
}

static void
check(const struct schema_case *row)
{
  AUTO(inventory_free) struct inventory *inventory = make(row->files);
  g_autoptr(GError) error = NULL;
  bool done = inventory_check_schema(inventory, &error);
  assert_int_equal(done, row->columns != NULL);
  assert_int_equal(inventory->has_footers, done);
  if (!done) {
    assert_true(error_is(error, ERROR_INPUT));
    assert_part(error->message, row->drift, inventory->uri);
    return;
  }
  g_autofree char *columns = columns_of(inventory);
  assert_string_equal(columns, row->columns);
  assert_int_equal(inventory->drift->len, row->drift != NULL);
  if (row->drift != NULL)
    assert_part(inventory->drift->pdata[0], row->drift, inventory->uri);
  assert_int_equal(g_hash_table_size(inventory->partial), row->partial != NULL);
  if (row->partial != NULL)
    assert_string_equal(g_hash_table_lookup(inventory->partial, row->partial),
                        inventory->drift->pdata[0]);
}

static void
schemas_are_compared(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
    check(&cases[i]);
}

static void
rows_are_added_up(void **state)
{
  (void)state;
  AUTO(inventory_free)
  struct inventory *inventory = make((const char *const[]){"a DATE", "a DATE", "a DATE", NULL});
  assert_true(inventory_check_schema(inventory, NULL));
  assert_true(inventory_check_schema(inventory, NULL));
  assert_int_equal(inventory->rows, 60);
  assert_int_equal(inventory->columns->len, 2);
  const struct inventory_partition *last = inventory->partitions->pdata[2];
  assert_int_equal(last->rows, 30);
}

static void
a_footer_may_not_be_left_out(void **state)
{
  (void)state;
  AUTO(inventory_free) struct inventory *inventory = make((const char *const[]){"a DATE", NULL});
  struct inventory_file *file = inventory->files->pdata[0];
  g_clear_pointer(&file->columns, g_ptr_array_unref);
  g_autoptr(GError) error = NULL;
  assert_false(inventory_check_schema(inventory, &error));
  assert_true(error_is(error, ERROR_FAILED));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(schemas_are_compared),
      cmocka_unit_test(rows_are_added_up),
      cmocka_unit_test(a_footer_may_not_be_left_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
