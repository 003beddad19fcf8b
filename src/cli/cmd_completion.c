/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"
#include "cli/console.h"
#include "cli/dispatch.h"
#include "job/job.h"

bool
cmd_completion(const struct cli_values *values, UNUSED int *ret_exit_code, GError **error)
{
  g_auto(GStrv) jobs = job_shipped(NULL);
  static const char *const none[] = {NULL};
  const char *const *names = jobs == NULL ? none : (const char *const *)jobs;
  g_autofree char *script =
      completion_script(g_ptr_array_index(values->arguments, 0), names, error);
  return script != NULL && console_text(script, error);
}
