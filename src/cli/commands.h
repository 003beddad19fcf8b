/* SPDX-License-Identifier: Apache-2.0
 *
 * The one table of commands. The parser, --help, completion and docs/reference/commands.md come from it; what a command
 * does stands in cli/cmd_<name>.c, reached by cli/dispatch.c.
 *
 * To add a command: an id here, its row in commands.c, its function in dispatch.c, then scripts/update-reference.
 */
#pragma once

#include "cli/options.h"

enum command_id {
  COMMAND_RUN,
  COMMAND_EXPLAIN,
  COMMAND_INSPECT,
  COMMAND_COMPARE,
  COMMAND_GENERATE,
  COMMAND_HISTORY,
  COMMAND_ROLLBACK,
  COMMAND_GC,
  COMMAND_DOCTOR,
  COMMAND_COMPLETION,
  COMMAND_HELP,
  COMMAND_IDS,
};

struct command_example {
  const char *what; /* a sentence without a full stop */
  const char *line; /* a whole command line */
};

struct command {
  const char *name;
  const char *arguments; /* as shown: "JOB..."; NULL for none */
  guint arguments_min, arguments_max;
  const char *summary;     /* one line, lower case, no full stop */
  const char *description; /* sentences; paragraphs apart by an empty line */
  struct command_example examples[4];
  guint64 options;  /* OPTION_BITs */
  guint64 required; /* the same: those it cannot do without */
  guint64 usual;    /* the same: those that its usage line shows as well */
};

extern const struct command command_table[COMMAND_IDS];

/* COMMAND_IDS when there is none of that name. */
enum command_id command_find(const char *name);
/* What this build lacks to have a command of that name ("submission"), or NULL. */
const char *command_needs(const char *name);
/* Names of all commands, in table order, NULL-terminated; static. */
const char *const *command_names(void);
