/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"
#include "cli/dispatch.h"
#include "cli/job_arguments.h"
#include "run/doctor.h"
#include "util/error.h"
#include "util/interrupt.h"

bool
cmd_doctor(const struct cli_values *values, int *ret_exit_code, GError **error)
{
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GArray) inputs = job_arguments_inputs(values, texts);
  struct doctor_options options = {
      .inputs = (const struct input_binding *)(gpointer)inputs->data,
      .input_count = inputs->len,
      .output = cli_text(values, OPTION_OUTPUT),
      .temp_dir = cli_text(values, OPTION_TEMP_DIR),
  };
  AUTO(doctor_result_free) struct doctor_result *result = doctor_run(&options);
  if (!interrupt_check(error))
    return false;
  if (!result->healthy)
    *ret_exit_code = error_kind_rows(NULL)[ERROR_FAILED].exit_code;
  g_autofree char *text = doctor_text(result, console_colour(values, stdout));
  JSON_AUTO(object) = doctor_json(result);
  return console_either(values, text, object, error);
}
