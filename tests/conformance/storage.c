/* SPDX-License-Identifier: Apache-2.0 */
#include "storage.h"
#include "storage/storage.h"
#include "util/error.h"
#include "util/fault.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const struct conformance_storage *under_test;

struct fixture {
  char *root;
  struct storage *storage;
};

static int
set_up(void **state)
{
  struct fixture *fixture = g_new0(struct fixture, 1);
  fixture->root = under_test->make_root();
  fixture->storage = storage_open(fixture->root, NULL);
  *state = fixture;
  return fixture->storage == NULL;
}

static int
tear_down(void **state)
{
  struct fixture *fixture = *state;
  storage_close(fixture->storage);
  under_test->drop_root(fixture->root);
  g_free(fixture->root);
  g_free(fixture);
  return 0;
}

static struct storage *
storage_of(void **state)
{
  const struct fixture *fixture = *state;
  return fixture->storage;
}

static void
put(struct storage *storage, const char *path, const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
  if (!storage_put(storage, path, bytes, &error))
    fail_msg("%s", error->message);
}

static bool
put_new(struct storage *storage, const char *path, const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_bytes_new(text, strlen(text));
  bool created = false;
  if (!storage_put_if_absent(storage, path, bytes, &created, &error))
    fail_msg("%s", error->message);
  return created;
}

static void
assert_holds(struct storage *storage, const char *path, const char *text)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = NULL;
  if (!storage_read(storage, path, 1000000, &bytes, &error))
    fail_msg("%s", error->message);
  assert_int_equal(g_bytes_get_size(bytes), strlen(text));
  assert_memory_equal(g_bytes_get_data(bytes, NULL), text, strlen(text));
}

static bool
exists(struct storage *storage, const char *path)
{
  g_autoptr(GError) error = NULL;
  bool found = storage_stat(storage, path, NULL, &error);
  assert_null(error);
  return found;
}

/* "a b/ c": names in order, folders with a slash. */
static char *
names_of(const GPtrArray *entries)
{
  GString *names = g_string_new(NULL);
  for (guint i = 0; i < entries->len; i++) {
    const struct storage_entry *entry = entries->pdata[i];
    g_string_append_printf(names, "%s%s%s", i > 0 ? " " : "", entry->path,
                           entry->is_folder ? "/" : "");
  }
  return g_string_free(names, FALSE);
}

static void
assert_listed(struct storage *storage, const char *folder, bool tree, storage_skip skip,
              const char *expected)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) entries = NULL;
  bool listed = tree ? storage_list_tree(storage, folder, skip, NULL, &entries, &error)
                     : storage_list(storage, folder, &entries, &error);
  if (!listed)
    fail_msg("%s", error->message);
  g_autofree char *names = names_of(entries);
  assert_string_equal(names, expected);
}

static void
an_absent_root_is_empty(void **state)
{
  struct storage *storage = storage_of(state);
  assert_false(exists(storage, ""));
  assert_false(exists(storage, "a/b"));
  assert_listed(storage, "", false, NULL, "");
  assert_listed(storage, "a/b", false, NULL, "");
  assert_listed(storage, "", true, NULL, "");
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = NULL;
  assert_false(storage_read(storage, "a", 10, &bytes, &error));
  assert_true(error_is(error, ERROR_INPUT));
  g_autofree char *full = storage_path(storage, "a");
  assert_non_null(strstr(error->message, full));
  assert_true(storage_delete(storage, "a/b", NULL));
  assert_true(storage_delete_tree(storage, "a/b", NULL));
  assert_true(storage_prune_folders(storage, "a/b", NULL));
}

static void
put_replaces_whole(void **state)
{
  struct storage *storage = storage_of(state);
  put(storage, "x/y/name with = % é.json", "one");
  assert_holds(storage, "x/y/name with = % é.json", "one");
  put(storage, "x/y/name with = % é.json", "");
  assert_holds(storage, "x/y/name with = % é.json", "");
  put(storage, "top", "2");
  assert_listed(storage, "", true, NULL, "top x/y/name with = % é.json");
}

static void
put_if_absent_never_replaces(void **state)
{
  struct storage *storage = storage_of(state);
  assert_true(put_new(storage, "log/0", "first"));
  assert_false(put_new(storage, "log/0", "second"));
  assert_holds(storage, "log/0", "first");
  assert_listed(storage, "log", false, NULL, "log/0");
}

struct racer {
  struct storage *storage;
  char text[24];
  gint *winners;
};

static gpointer
race(gpointer data)
{
  struct racer *racer = data;
  g_autoptr(GBytes) bytes = g_bytes_new(racer->text, strlen(racer->text));
  for (guint n = 0; n < 20; n++) {
    g_autofree char *path = g_strdup_printf("log/%u", n);
    bool created = false;
    if (storage_put_if_absent(racer->storage, path, bytes, &created, NULL) && created)
      g_atomic_int_inc(&racer->winners[n]);
  }
  return NULL;
}

static void
one_of_many_writers_wins(void **state)
{
  struct storage *storage = storage_of(state);
  gint winners[20] = {0};
  struct racer racers[8];
  GThread *threads[8];
  for (guint i = 0; i < 8; i++) {
    racers[i] = (struct racer){.storage = storage, .winners = winners};
    g_snprintf(racers[i].text, sizeof racers[i].text, "writer %u", i);
    threads[i] = g_thread_new("racer", race, &racers[i]);
  }
  for (guint i = 0; i < 8; i++)
    g_thread_join(threads[i]);
  for (guint n = 0; n < 20; n++)
    assert_int_equal(winners[n], 1);
  g_autoptr(GPtrArray) entries = NULL;
  assert_true(storage_list(storage, "log", &entries, NULL));
  assert_int_equal(entries->len, 20);
}

static void
a_failed_put_leaves_nothing(void **state)
{
  struct storage *storage = storage_of(state);
  g_autoptr(GBytes) bytes = g_bytes_new("x", 1);
  bool created = false;
  put(storage, "d/old", "old");
  g_setenv("KINDLING_FAULT", "fail:storage.put", TRUE);
  g_autoptr(GError) first = NULL;
  bool new_put = storage_put_if_absent(storage, "d/new", bytes, &created, &first);
  g_autoptr(GError) second = NULL;
  bool old_put = storage_put(storage, "d/old", bytes, &second);
  g_unsetenv("KINDLING_FAULT");
  assert_false(new_put);
  assert_false(old_put);
  assert_non_null(first);
  assert_non_null(second);
  assert_listed(storage, "d", false, NULL, "d/old");
  assert_holds(storage, "d/old", "old");
}

static void
paths_outside_are_refused(void **state)
{
  struct storage *storage = storage_of(state);
  static const char *const bad[] = {"/etc/x", "../x",  "a/../../x", "a//b", "a/",
                                    "./a",    "a/./b", "..",        ".",    "a/.."};
  g_autoptr(GBytes) bytes = g_bytes_new("x", 1);
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    bool created = true;
    assert_false(storage_put(storage, bad[i], bytes, &error));
    assert_true(error_is(error, ERROR_INPUT));
    assert_false(storage_put_if_absent(storage, bad[i], bytes, &created, NULL));
    assert_false(storage_delete_tree(storage, bad[i], NULL));
    assert_false(storage_path_is_clean(bad[i]));
  }
  assert_false(storage_put(storage, "", bytes, NULL));
  assert_true(storage_path_is_clean("a/..b/c..d/...") && storage_path_is_clean(".hidden"));
}

static void
reading_has_a_limit(void **state)
{
  struct storage *storage = storage_of(state);
  put(storage, "five", "12345");
  g_autoptr(GBytes) bytes = NULL;
  assert_true(storage_read(storage, "five", 5, &bytes, NULL));
  assert_int_equal(g_bytes_get_size(bytes), 5);
  g_autoptr(GBytes) more = NULL;
  g_autoptr(GError) error = NULL;
  assert_false(storage_read(storage, "five", 4, &more, &error));
  assert_non_null(strstr(error->message, "larger than 4 bytes"));
  assert_null(more);
}

static void
stat_tells_size_and_time(void **state)
{
  struct storage *storage = storage_of(state);
  gint64 before = g_get_real_time() / 1000 - 60000;
  put(storage, "a/five", "12345");
  struct storage_entry *entry = NULL;
  assert_true(storage_stat(storage, "a/five", &entry, NULL));
  assert_int_equal(entry->size_bytes, 5);
  assert_false(entry->is_folder);
  assert_true(entry->modified_ms > before && entry->modified_ms < before + 120000);
  assert_string_equal(entry->path, "a/five");
  storage_entry_free(entry);
  assert_true(storage_stat(storage, "a", &entry, NULL));
  assert_true(entry->is_folder);
  storage_entry_free(entry);
}

static bool
skip_hidden(const char *name, bool is_folder, gpointer user)
{
  (void)user;
  return name[0] == '.' || (is_folder && name[0] == '_');
}

static void
lists_are_sorted_and_skip(void **state)
{
  struct storage *storage = storage_of(state);
  static const char *const paths[] = {"b", "a/z", "a/b/c", "a-x", "a/.h", "a/_s/t", "_f", "Z"};
  for (gsize i = 0; i < G_N_ELEMENTS(paths); i++)
    put(storage, paths[i], "");
  assert_listed(storage, "", false, NULL, "Z _f a/ a-x b");
  assert_listed(storage, "a", false, NULL, "a/.h a/_s/ a/b/ a/z");
  assert_listed(storage, "", true, NULL, "Z _f a-x a/.h a/_s/t a/b/c a/z b");
  assert_listed(storage, "", true, skip_hidden, "Z _f a-x a/b/c a/z b");
  assert_listed(storage, "a", true, skip_hidden, "a/b/c a/z");
}

static void
deletes(void **state)
{
  struct storage *storage = storage_of(state);
  put(storage, "a/b/c", "");
  put(storage, "a/b/d", "");
  put(storage, "a/e", "");
  assert_true(storage_delete(storage, "a/b/c", NULL));
  assert_listed(storage, "", true, NULL, "a/b/d a/e");
  assert_true(storage_prune_folders(storage, "a/b", NULL));
  assert_listed(storage, "", true, NULL, "a/b/d a/e");
  assert_true(storage_delete(storage, "a/b/d", NULL));
  assert_true(storage_prune_folders(storage, "a/b", NULL));
  assert_listed(storage, "a", false, NULL, "a/e");
  put(storage, "a/x/y/z", "");
  assert_true(storage_delete_tree(storage, "a/x", NULL));
  assert_listed(storage, "", true, NULL, "a/e");
  assert_true(storage_delete_tree(storage, "", NULL));
  assert_listed(storage, "", true, NULL, "");
}

static void
pruning_stops_at_the_root(void **state)
{
  struct storage *storage = storage_of(state);
  assert_true(storage_make_folder(storage, "a/b/c", NULL));
  assert_true(storage_prune_folders(storage, "a/b/c", NULL));
  assert_false(exists(storage, "a"));
  if (storage_features(storage) & STORAGE_LOCAL_PATHS)
    assert_true(exists(storage, ""));
}

static void
moves(void **state)
{
  struct storage *storage = storage_of(state);
  if (!(storage_features(storage) & STORAGE_MOVE))
    skip();
  bool found = false;
  put(storage, "staged/p", "new");
  put(storage, "t/k=1/p", "old");
  assert_true(storage_move(storage, "staged/p", "t/k=1/p", &found, NULL));
  assert_true(found);
  assert_holds(storage, "t/k=1/p", "new");
  assert_false(exists(storage, "staged/p"));
  assert_true(storage_move(storage, "staged/p", "t/k=1/p", &found, NULL));
  assert_false(found);
  assert_holds(storage, "t/k=1/p", "new");
  assert_true(storage_move(storage, "t/k=1/p", "new/folder/p", &found, NULL));
  assert_true(found && exists(storage, "new/folder/p"));
  assert_true(storage_sync(storage, "new/folder", NULL));
  assert_true(storage_sync(storage, "new/folder/p", NULL));
  assert_false(storage_sync(storage, "gone", NULL));
  g_autoptr(GPtrArray) folders = g_ptr_array_new();
  g_ptr_array_add(folders, (gpointer)(guintptr) "new/folder");
  g_ptr_array_add(folders, (gpointer)(guintptr) "t/k=1");
  assert_true(storage_sync_folders(storage, folders, NULL));
  g_ptr_array_add(folders, (gpointer)(guintptr) "gone");
  assert_false(storage_sync_folders(storage, folders, NULL));
  folders->pdata[2] = (gpointer)(guintptr) "../out";
  assert_false(storage_sync_folders(storage, folders, NULL));
}

static void
locks_exclude_each_other(void **state)
{
  struct storage *storage = storage_of(state);
  if (!(storage_features(storage) & STORAGE_LOCK))
    skip();
  g_autoptr(GError) error = NULL;
  struct storage_lock *first = storage_lock(storage, "run/owner", &error);
  assert_non_null(first);
  assert_null(storage_lock(storage, "run/owner", &error));
  assert_null(error);
  AUTO(storage_unlock) struct storage_lock *other = storage_lock(storage, "run/other", NULL);
  assert_non_null(other);
  storage_unlock(first);
  first = storage_lock(storage, "run/owner", NULL);
  assert_non_null(first);
  assert_true(storage_delete_tree(storage, "run", NULL));
  AUTO(storage_unlock) struct storage_lock *fresh = storage_lock(storage, "run/owner", NULL);
  assert_non_null(fresh);
  storage_unlock(first);
  assert_null(storage_lock(storage, "run/owner", &error));
  assert_null(error);
}

int
conformance_storage_run(const struct conformance_storage *driver)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(an_absent_root_is_empty),      TEST(put_replaces_whole),
      TEST(put_if_absent_never_replaces), TEST(one_of_many_writers_wins),
      TEST(a_failed_put_leaves_nothing),  TEST(paths_outside_are_refused),
      TEST(reading_has_a_limit),          TEST(stat_tells_size_and_time),
      TEST(lists_are_sorted_and_skip),    TEST(deletes),
      TEST(pruning_stops_at_the_root),    TEST(moves),
      TEST(locks_exclude_each_other),
  };
#undef TEST
  under_test = driver;
  return cmocka_run_group_tests_name(driver->name, tests, NULL, NULL);
}
