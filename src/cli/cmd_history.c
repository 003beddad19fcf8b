/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"
#include "cli/dispatch.h"
#include "run/history.h"

bool
cmd_history(const struct cli_values *values, UNUSED int *ret_exit_code, GError **error)
{
  g_autofree char *text = NULL;
  JSON_AUTO(object) = NULL;
  if (!history_show(cli_text(values, OPTION_OUTPUT), 0, console_colour(values, stdout), &text,
                    &object, error))
    return false;
  return console_either(values, text, object, error);
}
