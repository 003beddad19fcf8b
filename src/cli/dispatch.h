/* SPDX-License-Identifier: Apache-2.0
 * From a command's id to its function. Apart from the table of commands, so that help, completion and the reference pages
 * need nothing but the tables. */
#pragma once

#include "cli/values.h"

/* Prints the result. ret_exit_code is 0 before the call: a command that ends in another code without an error (a
 * difference found) sets it. */
#define COMMAND_FUNCTION(name)                                                                     \
  bool cmd_##name(const struct cli_values *values, int *ret_exit_code, GError **error)

COMMAND_FUNCTION(run);
COMMAND_FUNCTION(explain);
COMMAND_FUNCTION(inspect);
COMMAND_FUNCTION(compare);
COMMAND_FUNCTION(generate);
COMMAND_FUNCTION(history);
COMMAND_FUNCTION(rollback);
COMMAND_FUNCTION(gc);
COMMAND_FUNCTION(doctor);
COMMAND_FUNCTION(completion);
COMMAND_FUNCTION(help);

bool dispatch(enum command_id id, const struct cli_values *values, int *ret_exit_code,
              GError **error) WARN_UNUSED;
