/* SPDX-License-Identifier: Apache-2.0 */
#include "report/colour.h"
#include <glib.h>
#include <string.h>
#include <unistd.h>

bool
colour_is_terminal(FILE *out)
{
  const char *terminal = g_getenv("TERM");
  return terminal != NULL && *terminal != '\0' && strcmp(terminal, "dumb") != 0 &&
         isatty(fileno(out)) == 1;
}

bool
colour_allowed(enum colour_choice choice, FILE *out)
{
  if (choice != COLOUR_AUTO)
    return choice == COLOUR_ALWAYS;
  const char *no_color = g_getenv("NO_COLOR");
  return (no_color == NULL || *no_color == '\0') && colour_is_terminal(out);
}

const char *
colour_code(bool allowed, enum colour colour)
{
  static const char *const codes[] = {
      [COLOUR_BOLD] = "\033[1m",   [COLOUR_DIM] = "\033[2m",     [COLOUR_RED] = "\033[31m",
      [COLOUR_GREEN] = "\033[32m", [COLOUR_YELLOW] = "\033[33m", [COLOUR_END] = "\033[0m",
  };
  return allowed ? codes[colour] : "";
}
