/* SPDX-License-Identifier: Apache-2.0
 * The only place that writes: results to stdout, errors and notes to stderr. */
#pragma once

#include "cli/values.h"
#include "report/progress.h"
#include "util/json.h"
#include <stdio.h>

/* As --color says, for stdout or stderr. */
bool console_colour(const struct cli_values *values, FILE *out);
/* Of the terminal that stdout is; 80 when it is none or does not say; at most 100. */
guint console_columns(void);

/* Writes the whole text to stdout. A reader that went away ('| head') is no error. Errors: LIMIT for a full disk, else
 * FAILED. */
bool console_text(const char *text, GError **error);
/* The object, indented, and a newline. */
bool console_json(struct json_object *object, GError **error);

/* "kindling: message", then the hints; with --json the error as JSON on stdout as well. */
void console_error(const struct cli_values *values, const GError *error);

/* The text, or with --json the object. */
bool console_either(const struct cli_values *values, const char *text, struct json_object *object,
                    GError **error);

/* NULL with --quiet and --progress none. */
struct progress *console_progress(const struct cli_values *values);

/* Whether to ask before a change: there is a terminal to ask on, and neither --yes nor --no-input. */
bool console_asks(const struct cli_values *values);
/* Shows what would be done on stderr, asks, and waits for the answer; false with an error of kind FAILED when it is not
 * yes. */
bool console_confirm(const char *what, const char *question, GError **error);
