/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"
#include "cli/dispatch.h"
#include "run/history.h"

static bool
confirm(const struct cli_values *values, GError **error)
{
  if (!console_asks(values))
    return true;
  g_autofree char *text = NULL;
  if (!history_rollback(cli_text(values, OPTION_OUTPUT), (gint64)cli_number(values, OPTION_TO),
                        true, &text, NULL, error))
    return false;
  return console_confirm(text, "Publish this?", error);
}

bool
cmd_rollback(const struct cli_values *values, UNUSED int *ret_exit_code, GError **error)
{
  bool dry_run = cli_flag(values, OPTION_DRY_RUN);
  g_autofree char *text = NULL;
  JSON_AUTO(object) = NULL;
  if (!dry_run && !confirm(values, error))
    return false;
  if (!history_rollback(cli_text(values, OPTION_OUTPUT), (gint64)cli_number(values, OPTION_TO),
                        dry_run, &text, &object, error))
    return false;
  return console_either(values, text, object, error);
}
