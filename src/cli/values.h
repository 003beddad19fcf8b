/* SPDX-License-Identifier: Apache-2.0
 *
 * A command line, read and checked: the command, its arguments, and a typed value for each option.
 *
 * Precedence: command line, then environment (KINDLING_INPUT, KINDLING_OUTPUT), then the table's default.
 * All texts are borrowed from argv, the environment and the tables.
 */
#pragma once

#include "cli/commands.h"
#include "util/auto.h"
#include "util/compiler.h"

struct cli_value {
  bool given; /* on the command line or in the environment */
  /* const char *: one, or several for an option that repeats; NULL when there is no value. */
  GPtrArray *texts;
  guint64 number; /* COUNT; SIZE in bytes; CHOICE: index into the choices; FLAG: 1 when given */
  gint64 ms;      /* DURATION */
  double real;    /* REAL */
};

struct cli_values {
  const struct command *command; /* NULL: none was named (--help, --version, nothing at all) */
  GPtrArray *arguments;          /* const char *, NULL-terminated beyond len */
  struct cli_value options[OPTION_IDS];
};

/* The values as far as they were understood come back even when an error is set, so that it can be printed as the
 * options say (--json, --color); never NULL. Errors: USAGE, with a hint. arguments: without the program's name,
 * NULL-terminated. */
struct cli_values *cli_values_read(char **arguments, GError **error) WARN_UNUSED;
void cli_values_free(struct cli_values *values);
AUTO_DEFINE(struct cli_values, cli_values_free)

bool cli_flag(const struct cli_values *values, enum option_id id);
/* The value's text, the default's included; NULL when there is neither. Of several: the first. */
const char *cli_text(const struct cli_values *values, enum option_id id);
/* 0, or -1 for a duration, when there is neither value nor default. */
guint64 cli_number(const struct cli_values *values, enum option_id id);
gint64 cli_ms(const struct cli_values *values, enum option_id id);
double cli_real(const struct cli_values *values, enum option_id id);
/* How many times it was given, and the i-th. */
guint cli_count(const struct cli_values *values, enum option_id id);
const char *cli_nth(const struct cli_values *values, enum option_id id, guint i);
