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
  if (!history_collect(cli_text(values, OPTION_OUTPUT), cli_ms(values, OPTION_OLDER_THAN), true,
                       &text, NULL, error))
    return false;
  return console_confirm(text, "Delete this?", error);
}

bool
cmd_gc(const struct cli_values *values, UNUSED int *ret_exit_code, GError **error)
{
  bool dry_run = cli_flag(values, OPTION_DRY_RUN);
  g_autofree char *text = NULL;
  JSON_AUTO(object) = NULL;
  if (!dry_run && !confirm(values, error))
    return false;
  if (!history_collect(cli_text(values, OPTION_OUTPUT), cli_ms(values, OPTION_OLDER_THAN), dry_run,
                       &text, &object, error))
    return false;
  return console_either(values, text, object, error);
}
