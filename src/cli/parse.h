/* SPDX-License-Identifier: Apache-2.0
 * Private to the reading of a command line: parse.c finds options and arguments, values.c reads their values. */
#pragma once

#include "cli/values.h"

#define VALUES_TEXT_LIMIT 65536u
#define VALUES_PATH_LIMIT 4096u /* PATH_MAX */

/* Not empty, not longer, and UTF-8: what reaches paths, JSON and logs must be. Errors: USAGE. */
bool values_check_text(const char *text, gsize limit_bytes, GError **error);
/* One option as given. Errors: USAGE. */
bool values_give(struct cli_values *values, enum option_id id, const char *text, GError **error);
/* Environment and defaults for those of options (bits) that were not given. Errors: USAGE. */
bool values_complete(struct cli_values *values, guint64 options, GError **error);
