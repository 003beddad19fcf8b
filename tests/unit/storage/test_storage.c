/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/storage.h"
#include "util/error.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void
other_places_are_refused(void **state)
{
  (void)state;
  static const char *const uris[] = {"s3://bucket/raw", "S3://bucket", "s3a://b/x", "https://h/x",
                                     "gs://b",          "hdfs://n/x",  ""};
  for (gsize i = 0; i < G_N_ELEMENTS(uris); i++) {
    g_autoptr(GError) error = NULL;
    assert_null(storage_open(uris[i], &error));
    assert_true(error_is(error, ERROR_INPUT));
    if (*uris[i] != '\0') {
      assert_non_null(strstr(error->message, uris[i]));
      assert_non_null(strstr(error->message, "local folders only\nHINT: "));
    }
  }
}

static void
paths_are_utf8(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  assert_null(storage_open("/data/\xff", &error));
  assert_true(error_is(error, ERROR_INPUT));
  assert_string_equal(error->message, "the path '/data/\xff' is no UTF-8");
}

struct uri_case {
  const char *given;
  const char *absolute; /* NULL: the current folder is put in front of given */
};

static void
uris_become_absolute(void **state)
{
  (void)state;
  static const struct uri_case cases[] = {
      {"/a/b/", "/a/b"},
      {"//a///b/.//c", "/a/b/c"},
      {"/", "/"},
      {"/usr/../nowhere/x", "/nowhere/x"},
      {"/nowhere/../x", "/x"},
      {"file:///a%20b/c", "/a b/c"},
      {"FILE:///a", "/a"},
      {"out", NULL},
      {"a:b", NULL},
      {"//:/x", "/:/x"},
      {"/x/s3://b", "/x/s3:/b"},
  };
  g_autofree char *here = g_get_current_dir();
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    AUTO(storage_close) struct storage *storage = storage_open(cases[i].given, NULL);
    g_autofree char *joined = g_build_filename(here, cases[i].given, NULL);
    assert_non_null(storage);
    assert_string_equal(storage_uri(storage),
                        cases[i].absolute != NULL ? cases[i].absolute : joined);
  }
}

static void
paths_are_joined(void **state)
{
  (void)state;
  AUTO(storage_close) struct storage *root = storage_open("/", NULL);
  AUTO(storage_close) struct storage *data = storage_open("/data", NULL);
  g_autofree char *a = storage_path(root, "a/b");
  g_autofree char *b = storage_path(data, "a/b");
  g_autofree char *c = storage_path(data, "");
  assert_string_equal(a, "/a/b");
  assert_string_equal(b, "/data/a/b");
  assert_string_equal(c, "/data");
}

/* "link/.." is where the link leads, and up: not where the link stands. */
static void
dots_after_links_are_the_kernels(void **state)
{
  (void)state;
  g_autofree char *made = g_dir_make_tmp("kindling-dots-XXXXXX", NULL);
  char *real = realpath(made, NULL);
  g_autofree char *deep = g_build_filename(real, "deep", NULL);
  g_autofree char *inner = g_build_filename(deep, "inner", NULL);
  g_autofree char *link = g_build_filename(real, "link", NULL);
  assert_int_equal(g_mkdir_with_parents(inner, 0755), 0);
  assert_int_equal(symlink(inner, link), 0);
  g_autofree char *dots = g_build_filename(link, "..", "x", NULL);
  g_autofree char *expected = g_build_filename(deep, "x", NULL);
  AUTO(storage_close) struct storage *storage = storage_open(dots, NULL);
  assert_string_equal(storage_uri(storage), expected);
  AUTO(storage_close) struct storage *whole = storage_open(real, NULL);
  assert_true(storage_delete_tree(whole, "", NULL));
  free(real);
}

static void
a_root_may_be_a_file(void **state)
{
  (void)state;
  g_autofree char *path = NULL;
  int fd = g_file_open_tmp("kindling-XXXXXX.parquet", &path, NULL);
  assert_int_equal(write(fd, "PAR1", 4), 4);
  (void)close(fd);
  AUTO(storage_close) struct storage *storage = storage_open(path, NULL);
  struct storage_entry *entry = NULL;
  assert_true(storage_stat(storage, "", &entry, NULL));
  assert_false(entry->is_folder);
  assert_int_equal(entry->size_bytes, 4);
  storage_entry_free(entry);
  g_autoptr(GError) error = NULL;
  assert_false(storage_stat(storage, "below", NULL, &error));
  assert_null(error);
  (void)g_unlink(path);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(other_places_are_refused),
      cmocka_unit_test(paths_are_utf8),
      cmocka_unit_test(uris_become_absolute),
      cmocka_unit_test(paths_are_joined),
      cmocka_unit_test(dots_after_links_are_the_kernels),
      cmocka_unit_test(a_root_may_be_a_file),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
