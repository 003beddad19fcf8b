/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether, and how, text for people is coloured. Colour never carries meaning by itself.
 * Source: https://no-color.org (NO_COLOR set and not empty: no colour, unless asked for by --color always). */
#pragma once

#include <stdbool.h>
#include <stdio.h>

enum colour_choice { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

/* AUTO: out is a terminal, NO_COLOR is not set, TERM is set and not "dumb". */
bool colour_allowed(enum colour_choice choice, FILE *out);
/* A terminal that understands "rewrite this line". */
bool colour_is_terminal(FILE *out);

enum colour { COLOUR_BOLD, COLOUR_DIM, COLOUR_RED, COLOUR_GREEN, COLOUR_YELLOW, COLOUR_END };

/* The escape sequence, or "" when not allowed. */
const char *colour_code(bool allowed, enum colour colour);
