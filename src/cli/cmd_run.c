/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"
#include "cli/dispatch.h"
#include "cli/job_arguments.h"
#include "cli/plan_text.h"
#include "report/envelope.h"
#include "report/progress.h"
#include "run/performance.h"
#include "run/run.h"
#include "util/error.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

static bool
refuse_report(const char *folder, int number, GError **error)
{
  error_set_errno(error, ERROR_USAGE, number, "--report: cannot write to '%s'", folder);
  return number == ENOENT ? error_hint(error, "Make the folder first, or give another path.")
                          : false;
}

/* Found out before the work, not after it. */
static bool
check_report(const char *path, GError **error)
{
  if (path == NULL)
    return true;
  g_autofree char *folder = g_path_get_dirname(path);
  if (g_file_test(path, G_FILE_TEST_IS_DIR))
    return error_set(error, ERROR_USAGE, "--report: '%s' is a folder", path);
  if (g_access(folder, W_OK | X_OK) != 0)
    return refuse_report(folder, errno, error);
  return true;
}

static bool
write_report(const char *path, struct json_object *object, GError **error)
{
  if (path == NULL)
    return true;
  g_autofree char *text = json_pretty(object);
  g_autofree char *line = g_strconcat(text, "\n", NULL);
  if (g_file_set_contents(path, line, -1, error))
    return true;
  (void)error_adopt(error, ERROR_FAILED);
  return error_prefix(error, "the work is done, but not its report: ");
}

/* Result to stdout and --report; takes both over. */
static bool
print_result(const struct cli_values *values, char *text, struct json_object *object,
             GError **error)
{
  g_autofree char *owned_text = text;
  JSON_AUTO(owned) = object;
  return console_either(values, owned_text, owned, error) &&
         write_report(cli_text(values, OPTION_REPORT), owned, error);
}

static bool
show_plan(const struct cli_values *values, const struct run_options *options, GError **error)
{
  AUTO(run_context_free) struct run_context *context = run_prepare(options, error);
  if (context == NULL)
    return false;
  struct json_object *object = envelope_new("run");
  json_add_flag(object, "dry_run", true);
  json_add_object(object, "plan", plan_to_json(context->plan));
  return print_result(values, plan_text(values, context->plan), object, error);
}

static bool
measure(const struct cli_values *values, const struct run_options *options, int *ret_exit_code,
        GError **error)
{
  AUTO(performance_result_free)
  struct performance_result *result = performance_run(options, error);
  if (result == NULL)
    return false;
  if (!result->all_equal)
    *ret_exit_code = error_kind_rows(NULL)[ERROR_FAILED].exit_code;
  char *text = performance_text(result, console_colour(values, stdout));
  return print_result(values, text, performance_json(result), error);
}

static bool
publish(const struct cli_values *values, const struct run_options *options, GError **error)
{
  AUTO(run_result_free) struct run_result *result = run_publish(options, error);
  if (result == NULL)
    return false;
  char *text = run_result_text(result, console_colour(values, stdout));
  return print_result(values, text, run_result_json(result), error);
}

static bool
check_manner(const struct cli_values *values, GError **error)
{
  bool dry = cli_flag(values, OPTION_DRY_RUN);
  bool performance = cli_flag(values, OPTION_PERFORMANCE_TEST);
  if (dry && performance)
    return error_set(error, ERROR_USAGE, "--dry-run and --performance-test exclude each other");
  if (!performance && cli_flag(values, OPTION_RUNS))
    return error_set(error, ERROR_USAGE, "--runs belongs to --performance-test");
  if (dry || performance || cli_flag(values, OPTION_OUTPUT))
    return true;
  error_set(error, ERROR_USAGE, "'run' needs --output PATH");
  return error_hint(error, "Or set KINDLING_OUTPUT; --dry-run and --performance-test need none.");
}

bool
cmd_run(const struct cli_values *values, int *ret_exit_code, GError **error)
{
  if (!check_manner(values, error) || !check_report(cli_text(values, OPTION_REPORT), error))
    return false;
  AUTO(job_arguments_free) struct job_arguments *arguments = job_arguments_read(values, error);
  if (arguments == NULL)
    return false;
  AUTO(progress_free) struct progress *progress = console_progress(values);
  progress_begin(progress, "preparing", 0, 0);
  struct run_options *options = &arguments->options;
  options->output = cli_text(values, OPTION_OUTPUT);
  options->app_name = cli_text(values, OPTION_APP_NAME);
  options->retain_ms = cli_ms(values, OPTION_RETAIN);
  options->runs = (guint)cli_number(values, OPTION_RUNS);
  options->parquet_writer = (enum engine_writer)cli_number(values, OPTION_PARQUET_WRITER);
  options->progress = progress;
  options->verbose = cli_flag(values, OPTION_VERBOSE);
  if (cli_flag(values, OPTION_DRY_RUN))
    return show_plan(values, options, error);
  if (cli_flag(values, OPTION_PERFORMANCE_TEST))
    return measure(values, options, ret_exit_code, error);
  return publish(values, options, error);
}
