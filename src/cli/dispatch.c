/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/dispatch.h"

static bool (*const functions[COMMAND_IDS])(const struct cli_values *values, int *ret_exit_code,
                                            GError **error) = {
    [COMMAND_RUN] = cmd_run,           [COMMAND_EXPLAIN] = cmd_explain,
    [COMMAND_INSPECT] = cmd_inspect,   [COMMAND_COMPARE] = cmd_compare,
    [COMMAND_GENERATE] = cmd_generate, [COMMAND_HISTORY] = cmd_history,
    [COMMAND_ROLLBACK] = cmd_rollback, [COMMAND_GC] = cmd_gc,
    [COMMAND_DOCTOR] = cmd_doctor,     [COMMAND_COMPLETION] = cmd_completion,
    [COMMAND_HELP] = cmd_help,
};

bool
dispatch(enum command_id id, const struct cli_values *values, int *ret_exit_code, GError **error)
{
  return functions[id](values, ret_exit_code, error);
}
