/* SPDX-License-Identifier: Apache-2.0
 * The conformance suite on a local folder, and what only local folders have: links, rights, death of a lock's owner. */
#include "../../conformance/storage.c"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *
make_root(void)
{
  g_autofree char *parent = g_dir_make_tmp("kindling-storage-XXXXXX", NULL);
  return g_strconcat(parent, "/root", NULL);
}

static void
drop_root(const char *root)
{
  g_autofree char *parent = g_path_get_dirname(root);
  AUTO(storage_close) struct storage *storage = storage_open(parent, NULL);
  assert_true(storage_delete_tree(storage, "", NULL));
  assert_int_not_equal(g_access(parent, F_OK), 0);
}

static const struct conformance_storage local = {
    .name = "local folders", .make_root = make_root, .drop_root = drop_root};

static char *
below(void **state, const char *path)
{
  const struct fixture *fixture = *state;
  return g_build_filename(fixture->root, path, NULL);
}

static void
link_to(void **state, const char *target, const char *path)
{
  g_autofree char *full = below(state, path);
  assert_int_equal(symlink(target, full), 0);
}

static void
assert_tree_refused(void **state, const char *part)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) entries = NULL;
  assert_false(storage_list_tree(storage_of(state), "", NULL, NULL, &entries, &error));
  assert_true(error_is(error, ERROR_INPUT));
  if (strstr(error->message, part) == NULL)
    fail_msg("'%s' is not in '%s'", part, error->message);
}

static void
links_are_followed(void **state)
{
  struct storage *storage = storage_of(state);
  put(storage, "real/deep/x", "12");
  put(storage, "t/y", "");
  link_to(state, "../real", "t/linked");
  link_to(state, "../real/deep/x", "t/file");
  assert_listed(storage, "t", true, NULL, "t/file t/linked/deep/x t/y");
  struct storage_entry *entry = NULL;
  assert_true(storage_stat(storage, "t/file", &entry, NULL));
  assert_int_equal(entry->size_bytes, 2);
  storage_entry_free(entry);
}

static void
loops_are_refused(void **state)
{
  put(storage_of(state), "a/b/x", "");
  link_to(state, "../..", "a/b/up");
  assert_tree_refused(state, "which it is in");
}

static void
dead_links_are_refused(void **state)
{
  put(storage_of(state), "a/x", "");
  link_to(state, "nowhere", "a/dead");
  assert_listed(storage_of(state), "a", false, NULL, "a/dead a/x");
  assert_tree_refused(state, "a link to nothing");
}

static void
pipes_are_refused(void **state)
{
  put(storage_of(state), "a/x", "");
  g_autofree char *full = below(state, "a/pipe.parquet");
  assert_int_equal(mkfifo(full, 0600), 0);
  assert_tree_refused(state, "neither a file nor a folder");
}

static void
depth_has_a_limit(void **state)
{
  GString *path = g_string_new("d");
  for (guint i = 0; i < 63; i++)
    g_string_append(path, "/d");
  g_autofree char *deep = g_strconcat(path->str, "/x", NULL);
  put(storage_of(state), deep, "");
  assert_listed(storage_of(state), "", true, NULL, deep);
  g_autofree char *deeper = g_strconcat(path->str, "/e/x", NULL);
  g_string_free(path, TRUE);
  put(storage_of(state), deeper, "");
  assert_tree_refused(state, "more than 64 folders");
}

static void
deleting_spares_what_links_lead_to(void **state)
{
  struct storage *storage = storage_of(state);
  put(storage, "kept/x", "precious");
  put(storage, "t/y/z", "");
  link_to(state, "../kept", "t/folder");
  link_to(state, "../../kept/x", "t/y/file");
  link_to(state, "kept", "direct");
  assert_true(storage_delete_tree(storage, "t", NULL));
  assert_true(storage_delete_tree(storage, "direct", NULL));
  assert_listed(storage, "", true, NULL, "kept/x");
  assert_holds(storage, "kept/x", "precious");
}

static void
a_full_folder_is_not_deleted(void **state)
{
  g_autoptr(GError) error = NULL;
  put(storage_of(state), "a/x", "");
  assert_false(storage_delete(storage_of(state), "a", &error));
  assert_true(error_is(error, ERROR_FAILED));
  assert_true(exists(storage_of(state), "a/x"));
}

static void
missing_rights_are_named(void **state)
{
  struct storage *storage = storage_of(state);
  put(storage, "open/x", "");
  put(storage, "closed/x", "");
  g_autofree char *closed = below(state, "closed");
  g_autofree char *parent = g_path_get_dirname(((const struct fixture *)*state)->root);
  assert_int_equal(chmod(parent, 0755), 0);
  assert_int_equal(chmod(closed, 0000), 0);
  bool root = geteuid() == 0;
  if (root)
    assert_int_equal(seteuid(65534), 0);
  g_autoptr(GError) listing = NULL, writing = NULL, locking = NULL;
  g_autoptr(GPtrArray) entries = NULL;
  g_autoptr(GBytes) bytes = g_bytes_new("x", 1);
  bool listed = storage_list_tree(storage, "", NULL, NULL, &entries, &listing);
  bool written = storage_put(storage, "closed/new", bytes, &writing);
  struct storage_lock *lock = storage_lock(storage, "closed/owner", &locking);
  if (root)
    assert_int_equal(seteuid(0), 0);
  assert_int_equal(chmod(closed, 0755), 0);
  assert_false(listed);
  assert_false(written);
  assert_null(lock);
  assert_true(error_is(listing, ERROR_ACCESS));
  assert_true(error_is(writing, ERROR_ACCESS));
  assert_true(error_is(locking, ERROR_ACCESS));
  assert_non_null(strstr(listing->message, closed));
}

static void
a_folder_where_a_file_stands(void **state)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GBytes) bytes = g_bytes_new("x", 1);
  put(storage_of(state), "a", "file");
  assert_false(storage_put(storage_of(state), "a/b", bytes, &error));
  assert_holds(storage_of(state), "a", "file");
  assert_false(exists(storage_of(state), "a/b"));
}

/* A child takes the lock, says so through a pipe, and is killed. */
static void
death_releases_a_lock(void **state)
{
  struct storage *storage = storage_of(state);
  int ends[2];
  assert_int_equal(pipe(ends), 0);
  pid_t child = fork();
  if (child == 0) {
    bool held = storage_lock(storage, "owner", NULL) != NULL;
    (void)!write(ends[1], held ? "y" : "n", 1);
    for (;;)
      pause();
  }
  char said = 0;
  assert_int_equal(read(ends[0], &said, 1), 1);
  assert_int_equal(said, 'y');
  assert_null(storage_lock(storage, "owner", NULL));
  assert_int_equal(kill(child, SIGKILL), 0);
  assert_int_equal(waitpid(child, NULL, 0), child);
  AUTO(storage_unlock) struct storage_lock *lock = storage_lock(storage, "owner", NULL);
  assert_non_null(lock);
  (void)close(ends[0]);
  (void)close(ends[1]);
}

static void
a_killed_put_shows_nothing(void **state)
{
  struct storage *storage = storage_of(state);
  put(storage, "log/0", "zero");
  pid_t child = fork();
  if (child == 0) {
    g_setenv("KINDLING_FAULT", "kill:storage.put", TRUE);
    g_autoptr(GBytes) bytes = g_bytes_new("one", 3);
    bool created = false;
    _exit(storage_put_if_absent(storage, "log/1", bytes, &created, NULL));
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
  assert_listed(storage, "", true, skip_hidden, "log/0");
  assert_true(storage_delete_tree(storage, "log", NULL));
  assert_listed(storage, "", false, NULL, "");
}

static void
ten_thousand_files_list_fast(void **state)
{
  struct storage *storage = storage_of(state);
  for (guint folder = 0; folder < 100; folder++) {
    g_autofree char *path = g_strdup_printf("day=%u", folder);
    assert_true(storage_make_folder(storage, path, NULL));
    for (guint file = 0; file < 100; file++) {
      g_autofree char *name = g_strdup_printf("%s/part-%u.parquet", path, file);
      g_autofree char *full = below(state, name);
      int fd = open(full, O_WRONLY | O_CREAT, 0644);
      assert_true(fd >= 0);
      (void)close(fd);
    }
  }
  clock_t begin = clock(); /* CPU time: the machine may be busy */
  g_autoptr(GPtrArray) entries = NULL;
  assert_true(storage_list_tree(storage, "", NULL, NULL, &entries, NULL));
  assert_true(clock() - begin < 2 * CLOCKS_PER_SEC);
  assert_int_equal(entries->len, 10000);
}

static guint flushes;

/* In the place of libc's. */
int
fsync(int fd)
{
  flushes++;
  return fdatasync(fd);
}

static guint
flushes_of(struct storage *storage, const char *const *folders)
{
  g_autoptr(GPtrArray) list = g_ptr_array_new();
  for (; *folders != NULL; folders++)
    g_ptr_array_add(list, (gpointer)(guintptr)*folders);
  flushes = 0;
  assert_true(storage_sync_folders(storage, list, NULL));
  return flushes;
}

/* What leads to a folder is flushed for it once, and again when the folder is another one. */
static void
ways_are_flushed_once(void **state)
{
  struct storage *storage = storage_of(state);
  static const char *const one[] = {"a/b", NULL}, *const twins[] = {"a/c", "a/d", "a/c", NULL};
  assert_true(storage_make_folder(storage, "a/b", NULL));
  assert_int_equal(flushes_of(storage, one), 3); /* it, a, the root */
  assert_int_equal(flushes_of(storage, one), 1);
  assert_true(storage_make_folder(storage, "a/c", NULL));
  assert_true(storage_make_folder(storage, "a/d", NULL));
  assert_int_equal(flushes_of(storage, twins), 3); /* them, a */
  assert_int_equal(flushes_of(storage, twins), 2);
  g_autofree char *old = below(state, "a/b"), *aside = below(state, "aside");
  assert_int_equal(rename(old, aside), 0);
  assert_int_equal(mkdir(old, 0777), 0);
  assert_int_equal(flushes_of(storage, one), 2); /* it, a */
}

int
main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
  const struct CMUnitTest tests[] = {
      TEST(links_are_followed),
      TEST(ways_are_flushed_once),
      TEST(loops_are_refused),
      TEST(dead_links_are_refused),
      TEST(pipes_are_refused),
      TEST(depth_has_a_limit),
      TEST(deleting_spares_what_links_lead_to),
      TEST(a_full_folder_is_not_deleted),
      TEST(missing_rights_are_named),
      TEST(a_folder_where_a_file_stands),
      TEST(death_releases_a_lock),
      TEST(a_killed_put_shows_nothing),
      TEST(ten_thousand_files_list_fast),
  };
#undef TEST
  int failed = conformance_storage_run(&local);
  return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
