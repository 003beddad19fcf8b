/* SPDX-License-Identifier: Apache-2.0 */
#include "util/cgroup.h"
#include "util/machine.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

struct made_file {
  const char *path;
  const char *text;
};

struct limit_case {
  const char *what;
  const char *membership;
  struct made_file files[4];
  guint64 memory;
  double cpus;
};

static const struct limit_case cases[] = {
    {"nothing there", "0::/\n", {{0}}, CGROUP_UNLIMITED, 0},
    {"empty membership", "", {{"memory.max", "1000\n"}}, CGROUP_UNLIMITED, 0},
    {"unified root of a container",
     "0::/\n",
     {{"memory.max", "1000\n"}, {"cpu.max", "150000 100000\n"}},
     1000,
     1.5},
    {"unified, unlimited",
     "0::/\n",
     {{"memory.max", "max\n"}, {"cpu.max", "max 100000\n"}},
     CGROUP_UNLIMITED,
     0},
    {"a parent is tighter",
     "0::/a/b\n",
     {{"a/b/memory.max", "9000\n"},
      {"a/memory.max", "500\n"},
      {"a/b/cpu.max", "400000 100000\n"},
      {"a/cpu.max", "200000 100000\n"}},
     500,
     2},
    {"the group itself is tighter",
     "0::/a/b\n",
     {{"a/b/memory.max", "5\n"}, {"a/memory.max", "500\n"}},
     5,
     0},
    {"the host's path is not visible", "0::/host/x\n", {{"memory.max", "77\n"}}, 77, 0},
    {"a path above the namespace", "0::/../../x\n", {{"memory.max", "77\n"}}, 77, 0},
    {"version 1",
     "12:memory:/\n3:cpu,cpuacct:/\n0::/\n",
     {{"memory/memory.limit_in_bytes", "2048\n"},
      {"cpu,cpuacct/cpu.cfs_quota_us", "50000\n"},
      {"cpu,cpuacct/cpu.cfs_period_us", "100000\n"}},
     2048,
     0.5},
    {"version 1 without a quota",
     "3:cpu:/\n",
     {{"cpu/cpu.cfs_quota_us", "-1\n"}, {"cpu/cpu.cfs_period_us", "100000\n"}},
     CGROUP_UNLIMITED,
     0},
    {"nonsense",
     "::\n0:\n\n0::relative\nx:y:z:w\n0::/\n",
     {{"memory.max", "12 apples"}, {"cpu.max", "7"}},
     CGROUP_UNLIMITED,
     0},
    {"a period of zero", "0::/\n", {{"cpu.max", "100 0"}}, CGROUP_UNLIMITED, 0},
};

static void
write_files(const char *root, const struct made_file *files)
{
  for (gsize i = 0; i < 4 && files[i].path != NULL; i++) {
    g_autofree char *path = g_build_filename(root, files[i].path, NULL);
    g_autofree char *folder = g_path_get_dirname(path);
    assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
    assert_true(g_file_set_contents(path, files[i].text, -1, NULL));
  }
}

static void
remove_tree(const char *path)
{
  GDir *dir = g_dir_open(path, 0, NULL);
  for (const char *name = NULL; dir != NULL && (name = g_dir_read_name(dir)) != NULL;) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    remove_tree(child);
  }
  g_clear_pointer(&dir, g_dir_close);
  (void)g_remove(path);
}

static void
limits_are_read(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    const struct limit_case *c = &cases[i];
    g_autofree char *root = g_dir_make_tmp("cgroup-XXXXXX", NULL);
    write_files(root, c->files);
    struct cgroup_limits limits = cgroup_limits_read(root, c->membership);
    remove_tree(root);
    if (limits.memory_bytes != c->memory || limits.cpus < c->cpus || limits.cpus > c->cpus)
      fail_msg("%s: %" G_GUINT64_FORMAT " bytes, %f cpus", c->what, limits.memory_bytes,
               limits.cpus);
  }
}

static void
this_machine_has_something(void **state)
{
  (void)state;
  assert_in_range(machine_cpu_count(), 1, g_get_num_processors());
  assert_true(machine_memory_bytes() > 1000000);
  assert_true(machine_memory_bytes() < G_MAXINT64);
  guint64 before = machine_process_bytes();
  assert_true(before > 1000000 && before < machine_memory_bytes());
  gsize bytes = 20 * 1000 * 1000;
  char *block = g_malloc(bytes);
  memset(block, 1, bytes);
  assert_true(machine_process_bytes() > before + bytes / 2);
  g_free(block);
  assert_int_equal(machine_disk_free_bytes("/nowhere/at/all"), 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(limits_are_read),
      cmocka_unit_test(this_machine_has_something),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
