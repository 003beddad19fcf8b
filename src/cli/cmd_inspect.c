/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"
#include "cli/dispatch.h"
#include "cli/job_arguments.h"
#include "run/inspect.h"
#include "util/error.h"

static struct inspection *
inspect(const struct cli_values *values, const char *path, GError **error)
{
  struct inspect_options options = {
      .input = path,
      .threads = (guint)cli_number(values, OPTION_THREADS),
      .memory_limit_bytes = cli_number(values, OPTION_MEMORY_LIMIT),
      .temp_dir = cli_text(values, OPTION_TEMP_DIR),
  };
  AUTO(progress_free) struct progress *progress = console_progress(values);
  g_autofree char *what = g_strdup_printf("reading %s", path);
  progress_begin(progress, what, 0, 0);
  return inspect_input(&options, error);
}

bool
cmd_inspect(const struct cli_values *values, UNUSED int *ret_exit_code, GError **error)
{
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GArray) inputs = job_arguments_inputs(values, texts);
  if (inputs->len > 1)
    return error_set(error, ERROR_USAGE, "'inspect' looks at one --input");
  const char *path = g_array_index(inputs, struct input_binding, 0).path;
  AUTO(inspection_free) struct inspection *inspection = inspect(values, path, error);
  if (inspection == NULL)
    return false;
  g_autofree char *text = inspection_text(inspection, console_colour(values, stdout));
  JSON_AUTO(object) = inspection_to_json(inspection);
  return console_either(values, text, object, error);
}
