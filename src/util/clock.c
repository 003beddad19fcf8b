/* SPDX-License-Identifier: Apache-2.0 */
#include "util/clock.h"
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

gint64
clock_wall_ms(void)
{
  return g_get_real_time() / 1000;
}

double
clock_seconds(void)
{
  return (double)g_get_monotonic_time() / 1e6;
}

double
clock_cpu_seconds(void)
{
  struct timespec spent;
  if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent) != 0)
    return 0;
  return (double)spent.tv_sec + (double)spent.tv_nsec / 1e9;
}

/* VmHWM of proc(5): getrusage also tells what the process that became this one had used. 0 when it cannot be read. */
static guint64
peak_of_status(void)
{
  g_autofree char *status = NULL;
  if (!g_file_get_contents("/proc/self/status", &status, NULL, NULL))
    return 0;
  const char *line = strstr(status, "\nVmHWM:");
  return line == NULL ? 0 : g_ascii_strtoull(line + strlen("\nVmHWM:"), NULL, 10) * 1024;
}

guint64
clock_peak_memory_bytes(void)
{
  guint64 peak = peak_of_status();
  if (peak > 0)
    return peak;
  struct rusage usage;
  if (getrusage(RUSAGE_SELF, &usage) != 0)
    return 0;
  return (guint64)usage.ru_maxrss * 1024; /* Linux counts it in KiB: getrusage(2) */
}

void
clock_reset_peak_memory(void)
{
  int fd = open("/proc/self/clear_refs", O_WRONLY | O_CLOEXEC);
  if (fd < 0)
    return;
  ssize_t written = write(fd, "5", 1);
  (void)written;
  (void)close(fd);
}

char *
clock_run_id(void)
{
  guint32 random;
  if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
    random = g_random_int();
  g_autoptr(GDateTime) now = g_date_time_new_now_utc();
  g_autofree char *stamp = g_date_time_format(now, "%Y%m%dT%H%M%SZ");
  return g_strdup_printf("%s-%08x", stamp, random);
}
