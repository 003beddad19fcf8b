/* SPDX-License-Identifier: Apache-2.0
 *
 * The limits that a control group sets on this process, for util/machine.h. Apart from it, so that
 * tests can read a made-up tree. Both versions are understood; the limits of all groups above the
 * process's own hold too, so the smallest counts. What cannot be read sets no limit. Source:
 * Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/{memory,cpuacct}.rst of the Linux kernel.
 */
#pragma once

#include <glib.h>

#define CGROUP_UNLIMITED G_MAXUINT64

struct cgroup_limits {
  guint64 memory_bytes; /* CGROUP_UNLIMITED: none */
  double cpus;          /* quota divided by period; 0: none */
};

/* membership is the text of /proc/self/cgroup; root is the mount point, /sys/fs/cgroup. */
struct cgroup_limits cgroup_limits_read(const char *root, const char *membership);
