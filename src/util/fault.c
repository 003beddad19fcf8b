/* SPDX-License-Identifier: Apache-2.0 */
#include "util/fault.h"
#include "util/error.h"
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool
fault_planted(const char *what, const char *name)
{
  const char *plan = g_getenv("KINDLING_FAULT");
  if (plan == NULL || *plan == '\0')
    return false;
  g_autofree char *wanted = g_strdup_printf("%s:%s", what, name);
  g_auto(GStrv) parts = g_strsplit(plan, ",", -1);
  return g_strv_contains((const char *const *)parts, wanted);
}

static void
pause_for_ever(const char *name)
{
  (void)fprintf(stderr, "paused %s\n", name);
  (void)fflush(stderr);
  for (;;)
    (void)sleep(1);
}

bool
fault_here(const char *name, GError **error)
{
  if (g_getenv("KINDLING_FAULT") == NULL)
    return true;
  if (fault_planted("pause", name))
    pause_for_ever(name);
  if (fault_planted("stop", name))
    (void)raise(SIGSTOP);
  if (fault_planted("kill", name))
    (void)raise(SIGKILL);
  if (fault_planted("slow", name))
    g_usleep(2 * G_USEC_PER_SEC);
  if (fault_planted("fail", name))
    return error_set(error, ERROR_FAILED, "fault injected at '%s' (KINDLING_FAULT)", name);
  return true;
}
