/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"
#include "cli/dispatch.h"
#include "run/generate.h"

static void
show_share(double share, guint64 rows, gpointer user)
{
  progress_update(user, share, rows);
}

bool
cmd_generate(const struct cli_values *values, UNUSED int *ret_exit_code, GError **error)
{
  AUTO(progress_free) struct progress *progress = console_progress(values);
  struct generate_options options = {
      .output = cli_text(values, OPTION_OUTPUT),
      .rows = cli_number(values, OPTION_ROWS),
      .users = cli_number(values, OPTION_USERS),
      .days = (guint)cli_number(values, OPTION_DAYS),
      .start = cli_text(values, OPTION_START),
      .seed = cli_number(values, OPTION_SEED),
      .threads = (guint)cli_number(values, OPTION_THREADS),
      .progress = show_share,
      .user = progress,
  };
  struct generate_result result = {0};
  progress_begin(progress, "events", 0, 0);
  if (!generate_events(&options, &result, error))
    return false;
  progress_end(progress, result.rows);
  g_autofree char *text = generate_result_text(&result);
  JSON_AUTO(object) = generate_result_json(&result);
  generate_result_clear(&result);
  return console_either(values, text, object, error);
}
