/* SPDX-License-Identifier: Apache-2.0 */
#include "run/checkpoint.h"
#include "util/error.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const ROWS[] = {
    "{\"protocol\":{\"minReaderVersion\":3,\"minWriterVersion\":7,\"readerFeatures\":["
    "\"timestampNtz\"],"
    "\"writerFeatures\":[\"timestampNtz\",\"appendOnly\"]}}",
    "{\"metaData\":{\"id\":\"1\",\"format\":{\"provider\":\"parquet\",\"options\":{}},"
    "\"schemaString\":\"{}\","
    "\"partitionColumns\":[\"k\"],\"configuration\":{\"kindling.retain\":\"7d\"},\"createdTime\":5}"
    "}",
    "{\"txn\":{\"appId\":\"kindling\",\"version\":9007199254740993}}",
    "{\"add\":{\"path\":\"k=a%2520b/x\",\"partitionValues\":{\"k\":\"a "
    "b\"},\"size\":7,\"modificationTime\":6,"
    "\"dataChange\":false,\"stats\":\"{\\\"numRecords\\\":1}\"}}",
    "{\"add\":{\"path\":\"k=n/"
    "y\",\"partitionValues\":{\"k\":null},\"size\":8,\"modificationTime\":6,"
    "\"dataChange\":false}}",
    "{\"remove\":{\"path\":\"old\",\"deletionTimestamp\":5,\"dataChange\":false,"
    "\"partitionValues\":{\"k\":\"1\"},"
    "\"size\":2}}",
};

static void
put_row(gpointer row)
{
  (void)json_object_put(row);
}

static GPtrArray *
make_rows(void)
{
  GPtrArray *rows = g_ptr_array_new_with_free_func(put_row);
  for (gsize i = 0; i < G_N_ELEMENTS(ROWS); i++)
    g_ptr_array_add(rows, json_parse(ROWS[i], strlen(ROWS[i]), NULL));
  return rows;
}

/* All that was written is there again; what was absent may be null. */
static void
assert_holds(struct json_object *got, struct json_object *wanted)
{
  json_object_object_foreach(wanted, name, value)
  {
    struct json_object *other = json_get(got, name);
    if (json_object_is_type(value, json_type_object))
      assert_holds(other, value);
    else
      assert_true(json_object_equal(other, value));
  }
}

static void
test_write_then_read(void **state)
{
  (void)state;
  g_autofree char *folder = g_dir_make_tmp("kindling-checkpoint-XXXXXX", NULL);
  g_autofree char *path = g_build_filename(folder, ".it's [a] *.tmp", NULL);
  g_autoptr(GPtrArray) rows = make_rows();
  g_autoptr(GPtrArray) again = NULL;
  g_autoptr(GError) error = NULL;
  bool written = checkpoint_write(path, rows, NULL, &error);
  if (!written)
    print_error("%s\n", error->message);
  assert_true(written);
  assert_true(checkpoint_read(path, NULL, &again, &error));
  assert_int_equal(again->len, rows->len);
  for (guint i = 0; i < rows->len; i++)
    assert_holds(again->pdata[i], rows->pdata[i]);
  assert_int_equal(g_unlink(path), 0);
  assert_int_equal(g_rmdir(folder), 0); /* nothing else was left there */
}

static void
test_failures(void **state)
{
  (void)state;
  g_autoptr(GPtrArray) rows = make_rows();
  g_autoptr(GPtrArray) none = NULL;
  g_autoptr(GError) error = NULL;
  assert_false(checkpoint_write("/nonexistent/folder/x.parquet", rows, NULL, &error));
  assert_non_null(error);
  g_clear_error(&error);
  assert_false(checkpoint_read("/nonexistent/folder/x.parquet", NULL, &none, &error));
  assert_true(g_str_has_prefix(error->message, "cannot read the checkpoint '/nonexistent"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_write_then_read),
      cmocka_unit_test(test_failures),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
