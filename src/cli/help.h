/* SPDX-License-Identifier: Apache-2.0
 * Help as text, made from the tables: examples first. Owned by the caller. */
#pragma once

#include "cli/commands.h"

/* columns: where lines are broken, at least 40. colour: bold headings. */
char *help_program(guint columns, bool colour);
char *help_command(const struct command *command, guint columns, bool colour);

/* "kindling run JOB... --input [NAME=]PATH [options]"; owned by the caller. */
char *help_usage(const struct command *command);
/* "--input [NAME=]PATH", "-q, --quiet"; owned by the caller. */
char *help_option_head(const struct option *option);
/* What is said beside it: its help, choices, default and environment variable; owned by the caller. */
char *help_option_body(const struct option *option);
