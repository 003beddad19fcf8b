/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"
#include "cli/dispatch.h"
#include "run/compare.h"
#include "util/error.h"

bool
cmd_compare(const struct cli_values *values, int *ret_exit_code, GError **error)
{
  struct compare_options options = {
      .a = g_ptr_array_index(values->arguments, 0),
      .b = g_ptr_array_index(values->arguments, 1),
      .tolerance = cli_real(values, OPTION_TOLERANCE),
  };
  AUTO(compare_result_free) struct compare_result *result = compare_run(&options, error);
  if (result == NULL)
    return false;
  if (!result->equal)
    *ret_exit_code = error_kind_rows(NULL)[ERROR_FAILED].exit_code;
  g_autofree char *text = compare_text(result, console_colour(values, stdout));
  JSON_AUTO(object) = compare_json(result);
  return console_either(values, text, object, error);
}
