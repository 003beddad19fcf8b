/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"
#include "cli/dispatch.h"
#include "cli/help.h"
#include "util/error.h"
#include "util/text.h"

bool
cmd_help(const struct cli_values *values, UNUSED int *ret_exit_code, GError **error)
{
  bool colour = console_colour(values, stdout);
  guint columns = console_columns();
  if (values->arguments->len == 0) {
    g_autofree char *text = help_program(columns, colour);
    return console_text(text, error);
  }
  const char *name = g_ptr_array_index(values->arguments, 0);
  enum command_id id = command_find(name);
  if (id != COMMAND_IDS) {
    g_autofree char *text = help_command(&command_table[id], columns, colour);
    return console_text(text, error);
  }
  if (command_needs(name) != NULL)
    return error_set(error, ERROR_USAGE,
                     "command '%s' needs %s, which this build does not have yet", name,
                     command_needs(name));
  error_set(error, ERROR_USAGE, "no help for '%s': no such command", name);
  const char *nearest = text_nearest(name, command_names());
  return nearest == NULL ? false : error_hint(error, "Did you mean '%s'?", nearest);
}
