/* SPDX-License-Identifier: Apache-2.0 */
#include "util/cgroup.h"
#include <stdbool.h>
#include <string.h>

static char *
read_file(const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename(folder, name, NULL);
  char *text = NULL;
  if (!g_file_get_contents(path, &text, NULL, NULL))
    return NULL;
  return g_strstrip(text);
}

static bool
read_number(const char *text, guint64 *ret_number)
{
  return text != NULL && g_ascii_string_to_unsigned(text, 10, 1, G_MAXUINT64, ret_number, NULL);
}

static void
limit_memory(struct cgroup_limits *limits, const char *text)
{
  guint64 bytes;
  if (read_number(text, &bytes)) /* "max" is no number */
    limits->memory_bytes = MIN(limits->memory_bytes, bytes);
}

static void
limit_cpus(struct cgroup_limits *limits, const char *quota_text, const char *period_text)
{
  guint64 quota;
  guint64 period;
  if (!read_number(quota_text, &quota) || !read_number(period_text, &period))
    return; /* "max" in version 2, -1 in version 1 */
  double cpus = (double)quota / (double)period;
  if (limits->cpus <= 0 || cpus < limits->cpus)
    limits->cpus = cpus;
}

static void
read_unified(struct cgroup_limits *limits, const char *folder)
{
  g_autofree char *memory = read_file(folder, "memory.max");
  limit_memory(limits, memory);
  g_autofree char *cpu = read_file(folder, "cpu.max");
  if (cpu == NULL)
    return;
  g_auto(GStrv) parts = g_strsplit(cpu, " ", 2);
  if (g_strv_length(parts) == 2)
    limit_cpus(limits, parts[0], parts[1]);
}

static void
read_memory_v1(struct cgroup_limits *limits, const char *folder)
{
  g_autofree char *memory = read_file(folder, "memory.limit_in_bytes");
  limit_memory(limits, memory);
}

static void
read_cpu_v1(struct cgroup_limits *limits, const char *folder)
{
  g_autofree char *quota = read_file(folder, "cpu.cfs_quota_us");
  g_autofree char *period = read_file(folder, "cpu.cfs_period_us");
  limit_cpus(limits, quota, period);
}

typedef void (*level_reader)(struct cgroup_limits *limits, const char *folder);

/* From the process's own group up to the root. A container may see its host's path without the
 * folders, so levels that are not there are passed over. */
static void
read_levels(struct cgroup_limits *limits, const char *root, const char *group, level_reader read)
{
  g_autofree char *path = g_strdup(strstr(group, "..") == NULL ? group : "/");
  for (;;) {
    g_autofree char *folder = g_build_filename(root, path, NULL);
    read(limits, folder);
    char *slash = strrchr(path, '/');
    if (slash == NULL || path[1] == '\0')
      return;
    slash[slash == path ? 1 : 0] = '\0';
  }
}

static void
read_controllers_v1(struct cgroup_limits *limits, const char *root, const char *list,
                    const char *group)
{
  g_autofree char *folder = g_build_filename(root, list, NULL);
  g_auto(GStrv) controllers = g_strsplit(list, ",", -1);
  if (g_strv_contains((const char *const *)controllers, "memory"))
    read_levels(limits, folder, group, read_memory_v1);
  if (g_strv_contains((const char *const *)controllers, "cpu"))
    read_levels(limits, folder, group, read_cpu_v1);
}

struct cgroup_limits
cgroup_limits_read(const char *root, const char *membership)
{
  struct cgroup_limits limits = {.memory_bytes = CGROUP_UNLIMITED};
  g_auto(GStrv) lines = g_strsplit(membership, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++) {
    g_auto(GStrv) parts = g_strsplit(lines[i], ":", 3); /* id:controllers:path */
    if (g_strv_length(parts) != 3 || parts[2][0] != '/')
      continue;
    if (parts[1][0] == '\0')
      read_levels(&limits, root, parts[2], read_unified);
    else
      read_controllers_v1(&limits, root, parts[1], parts[2]);
  }
  return limits;
}
