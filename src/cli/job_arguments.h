/* SPDX-License-Identifier: Apache-2.0
 * What run and explain have in common: --input, --param and the engine's limits as struct run_options. */
#pragma once

#include "cli/values.h"
#include "run/run.h"

struct job_arguments {
  struct run_options options; /* borrows from below, and from the values */
  GArray *inputs;             /* struct input_binding */
  GArray *params;             /* struct job_param */
  GPtrArray *texts;           /* char *: what the two point to */
};

/* Errors: USAGE, for a --param that is no NAME=VALUE or is given twice. */
struct job_arguments *job_arguments_read(const struct cli_values *values,
                                         GError **error) WARN_UNUSED;
void job_arguments_free(struct job_arguments *arguments);
AUTO_DEFINE(struct job_arguments, job_arguments_free)

/* The --input values; texts keeps what they point to. Owned by the caller. */
GArray *job_arguments_inputs(const struct cli_values *values, GPtrArray *texts);
