/* SPDX-License-Identifier: Apache-2.0
 * What this machine, or the cgroup that the process runs in, allows. */
#pragma once

#include <glib.h>

/* By affinity and by the cgroup's CPU quota (rounded up); at least 1. */
guint machine_cpu_count(void);
/* The smaller of physical memory and the cgroup's limit (v1 and v2). */
guint64 machine_memory_bytes(void);
/* Memory that the process has now, with the program and its libraries; 0 when unknown. Allocates nothing; some microseconds. */
guint64 machine_process_bytes(void);
/* For an unprivileged user; 0 when unknown. */
guint64 machine_disk_free_bytes(const char *path);

/* The folder "share/kindling" of the running program: <exe>/share/kindling in the build tree, else
 * <exe>/../share/kindling. Owned by the caller; NULL when neither is there. */
char *machine_share_dir(void);
