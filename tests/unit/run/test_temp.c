/* SPDX-License-Identifier: Apache-2.0 */
#include "run/scratch.h"
#include "run/temp.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#define DEAD "kindling-20240101T000000Z-0123abcd"

static int
make_parent(void **state)
{
  *state = g_dir_make_tmp("kindling-temp-XXXXXX", NULL);
  return *state == NULL;
}

static int
delete_parent(void **state)
{
  g_autofree char *parent = *state;
  return !scratch_delete(parent, NULL);
}

static void
put(const char *parent, const char *path)
{
  g_autofree char *full = g_build_filename(parent, path, NULL);
  g_autofree char *folder = g_path_get_dirname(full);
  assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
  assert_true(g_file_set_contents(full, "x", 1, NULL));
}

static bool
exists(const char *parent, const char *path)
{
  g_autofree char *full = g_build_filename(parent, path, NULL);
  return g_file_test(full, G_FILE_TEST_EXISTS);
}

static void
a_folder_is_private_and_goes_with_its_content(void **state)
{
  const char *parent = *state;
  struct temp *temp = temp_new(parent);
  g_autofree char *path = g_strdup(temp_path(temp));
  struct stat found;
  assert_int_equal(stat(path, &found), 0);
  assert_int_equal(found.st_mode & 0777, 0700);
  put(path, "below/spilled.tmp");
  temp_free(temp);
  assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
  assert_true(g_file_test(parent, G_FILE_TEST_IS_DIR));
}

static void
only_dead_runs_are_swept(void **state)
{
  const char *parent = *state;
  static const char *const kept[] = {
      "kindling-20240101T000000Z-0123abc/owner", "kindling-20240101T000000Z-0123abcx/owner",
      "kindling-20240101-000000Z-0123abcd/owner", "other-20240101T000000Z-0123abcd/owner",
      "kindling-20240101T000000Z-0123ab00/no-owner"};
  put(parent, DEAD "/owner");
  put(parent, DEAD "/duckdb_temp_storage-0.tmp");
  for (gsize i = 0; i < G_N_ELEMENTS(kept); i++)
    put(parent, kept[i]);
  g_autofree char *empty = g_build_filename(parent, "kindling-20240101T000000Z-00000000", NULL);
  assert_int_equal(g_mkdir(empty, 0700), 0);
  AUTO(temp_free) struct temp *living = temp_new(parent);
  AUTO(temp_free) struct temp *other = temp_new(parent);
  assert_string_not_equal(temp_path(living), temp_path(other));
  assert_true(exists(temp_path(living), "owner"));
  assert_true(exists(temp_path(other), "owner"));
  assert_false(exists(parent, DEAD));
  assert_false(g_file_test(empty, G_FILE_TEST_EXISTS));
  for (gsize i = 0; i < G_N_ELEMENTS(kept); i++)
    assert_true(exists(parent, kept[i]));
}

/* What a link of such a name leads to is not ours. */
static void
links_are_not_followed(void **state)
{
  const char *parent = *state;
  put(parent, "precious/owner");
  put(parent, "precious/data");
  g_autofree char *target = g_build_filename(parent, "precious", NULL);
  g_autofree char *link = g_build_filename(parent, DEAD, NULL);
  assert_int_equal(symlink(target, link), 0);
  AUTO(temp_free) struct temp *temp = temp_new(parent);
  assert_non_null(temp);
  assert_true(exists(parent, "precious/data"));
}

static void
a_parent_that_cannot_be_is_no_error(void **state)
{
  put(*state, "file");
  g_autofree char *file = g_build_filename(*state, "file", NULL);
  AUTO(temp_free) struct temp *temp = temp_new(file);
  assert_true(g_str_has_prefix(temp_path(temp), file));
  assert_false(g_file_test(temp_path(temp), G_FILE_TEST_EXISTS));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(a_folder_is_private_and_goes_with_its_content, make_parent,
                                      delete_parent),
      cmocka_unit_test_setup_teardown(only_dead_runs_are_swept, make_parent, delete_parent),
      cmocka_unit_test_setup_teardown(links_are_not_followed, make_parent, delete_parent),
      cmocka_unit_test_setup_teardown(a_parent_that_cannot_be_is_no_error, make_parent,
                                      delete_parent),
  };
  return cmocka_run_group_tests_name("temp", tests, NULL, NULL);
}
