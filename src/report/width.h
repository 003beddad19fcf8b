/* SPDX-License-Identifier: Apache-2.0
 * Text as it stands on a terminal: how many columns it takes, and what must not reach one. */
#pragma once

#include <glib.h>

/* Columns of valid UTF-8: East Asian wide letters take two, combining marks none. */
gsize width_of(const char *text);
/* Valid UTF-8 without control characters: these become "\n", "\t" or "\x1b" as written, invalid bytes U+FFFD, so that a
 * value from the data can neither break a table nor steer the terminal. Owned by the caller. */
char *width_printable(const char *text);
/* At most columns wide; what was cut is marked by "…" at the end. Owned by the caller. */
char *width_cut(const char *text, gsize columns);
