/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* sched_getaffinity */
#include "util/machine.h"
#include "util/cgroup.h"
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

static struct cgroup_limits
read_limits(void)
{
  g_autofree char *membership = NULL;
  if (!g_file_get_contents("/proc/self/cgroup", &membership, NULL, NULL))
    return (struct cgroup_limits){.memory_bytes = CGROUP_UNLIMITED};
  return cgroup_limits_read("/sys/fs/cgroup", membership);
}

/* Read once: a dozen small files. */
static struct cgroup_limits
own_limits(void)
{
  static struct cgroup_limits limits;
  static gsize known;
  if (g_once_init_enter(&known)) {
    limits = read_limits();
    g_once_init_leave(&known, 1);
  }
  return limits;
}

guint
machine_cpu_count(void)
{
  cpu_set_t allowed;
  guint count = g_get_num_processors();
  if (sched_getaffinity(0, sizeof allowed, &allowed) == 0)
    count = (guint)CPU_COUNT(&allowed);
  double quota = own_limits().cpus;
  if (quota > 0 && quota < count) {
    guint whole = (guint)quota;
    count = whole < quota ? whole + 1 : whole;
  }
  return MAX(count, 1);
}

guint64
machine_memory_bytes(void)
{
  guint64 limit = own_limits().memory_bytes;
  long pages = sysconf(_SC_PHYS_PAGES);
  long page_bytes = sysconf(_SC_PAGESIZE);
  if (pages <= 0 || page_bytes <= 0)
    return limit;
  return MIN(limit, (guint64)pages * (guint64)page_bytes);
}

guint64
machine_process_bytes(void)
{
  char text[128];
  int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
  if (file < 0)
    return 0;
  ssize_t length = read(file, text, sizeof text - 1);
  (void)close(file);
  text[MAX(length, 0)] = '\0';
  const char *resident = strchr(text, ' '); /* the second number: proc(5) */
  long page_bytes = sysconf(_SC_PAGESIZE);
  if (resident == NULL || page_bytes <= 0)
    return 0;
  return g_ascii_strtoull(resident, NULL, 10) * (guint64)page_bytes;
}

guint64
machine_disk_free_bytes(const char *path)
{
  struct statvfs disk;
  if (statvfs(path, &disk) != 0)
    return 0;
  return (guint64)disk.f_bavail * disk.f_frsize;
}

char *
machine_share_dir(void)
{
  g_autofree char *program = g_file_read_link("/proc/self/exe", NULL);
  if (program == NULL)
    return NULL;
  g_autofree char *folder = g_path_get_dirname(program);
  g_autofree char *beside = g_build_filename(folder, "share", "kindling", NULL);
  if (g_file_test(beside, G_FILE_TEST_IS_DIR))
    return g_steal_pointer(&beside);
  g_autofree char *prefix = g_path_get_dirname(folder);
  g_autofree char *installed = g_build_filename(prefix, "share", "kindling", NULL);
  return g_file_test(installed, G_FILE_TEST_IS_DIR) ? g_steal_pointer(&installed) : NULL;
}
