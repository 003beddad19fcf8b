/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"
#include "cli/console.h"
#include "cli/dispatch.h"
#include "cli/help.h"
#include "report/envelope.h"
#include "run/doctor.h"
#include "util/error.h"

static bool
show_version(const struct cli_values *values, GError **error)
{
  if (!cli_flag(values, OPTION_JSON))
    return console_text("kindling " KINDLING_VERSION "\n", error);
  g_autofree char *duckdb = doctor_engine_version(error);
  if (duckdb == NULL)
    return false;
  JSON_AUTO(object) = envelope_new("version");
  struct json_object *engines = json_object_new_object();
  json_add_text(object, "version", KINDLING_VERSION);
  json_add_text(engines, "duckdb", duckdb);
  json_add_object(object, "engines", engines);
  return console_json(object, error);
}

static bool
show_help(const struct cli_values *values, GError **error)
{
  bool colour = console_colour(values, stdout);
  g_autofree char *text = values->command == NULL
                              ? help_program(console_columns(), colour)
                              : help_command(values->command, console_columns(), colour);
  return console_text(text, error);
}

static bool
refuse_nothing(const struct cli_values *values, GError **error)
{
  g_autofree char *text = help_program(console_columns(), console_colour(values, stderr));
  (void)fprintf(stderr, "%s\n", text);
  return error_set(error, ERROR_USAGE, "no command given");
}

static bool
act(const struct cli_values *values, int *ret_exit_code, GError **error)
{
  if (cli_flag(values, OPTION_HELP))
    return show_help(values, error);
  if (cli_flag(values, OPTION_VERSION))
    return show_version(values, error);
  if (values->command == NULL)
    return refuse_nothing(values, error);
  enum command_id id = (enum command_id)(values->command - command_table);
  return dispatch(id, values, ret_exit_code, error);
}

int
cli_main(int argc, char **argv)
{
  static char *nothing[] = {NULL};
  g_autoptr(GError) error = NULL;
  int exit_code = 0;
  AUTO(cli_values_free)
  struct cli_values *values = cli_values_read(argc > 0 ? argv + 1 : nothing, &error);
  if (error == NULL && act(values, &exit_code, &error))
    return exit_code;
  (void)error_advise(&error);
  console_error(values, error);
  return error_row(error)->exit_code;
}
