/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/plan_text.h"
#include "cli/console.h"
#include "report/colour.h"

/* A heading begins with a letter; what hangs below it, with a branch of the tree or spaces. */
static char *
embolden(const char *text)
{
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++) {
    if (!g_ascii_isalpha(lines[i][0]))
      continue;
    char *bold =
        g_strconcat(colour_code(true, COLOUR_BOLD), lines[i], colour_code(true, COLOUR_END), NULL);
    g_free(lines[i]);
    lines[i] = bold;
  }
  return g_strjoinv("\n", lines);
}

char *
plan_text(const struct cli_values *values, const struct plan *plan)
{
  struct plan_explain_options options = {.verbose = cli_flag(values, OPTION_VERBOSE)};
  g_autofree char *text = plan_explain(plan, &options);
  return console_colour(values, stdout) ? embolden(text) : g_steal_pointer(&text);
}
