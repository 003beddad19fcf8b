/* SPDX-License-Identifier: Apache-2.0 */
#include "report/width.h"

/* g_utf8_next_char without its cast, which drops const. */
static const char *
next_letter(const char *at)
{
  return at + g_utf8_skip[*(const guchar *)at];
}

static gsize
width_of_letter(gunichar letter)
{
  if (g_unichar_iszerowidth(letter))
    return 0;
  return g_unichar_iswide(letter) ? 2 : 1;
}

gsize
width_of(const char *text)
{
  gsize columns = 0;
  for (const char *at = text; *at != '\0'; at = next_letter(at))
    columns += width_of_letter(g_utf8_get_char(at));
  return columns;
}

static void
append_letter(GString *printable, gunichar letter)
{
  if (letter == '\n')
    g_string_append(printable, "\\n");
  else if (letter == '\r')
    g_string_append(printable, "\\r");
  else if (letter == '\t')
    g_string_append(printable, "\\t");
  else if (g_unichar_type(letter) == G_UNICODE_CONTROL)
    g_string_append_printf(printable, "\\x%02x", letter);
  else
    g_string_append_unichar(printable, letter);
}

char *
width_printable(const char *text)
{
  g_autofree char *valid = g_utf8_make_valid(text, -1);
  GString *printable = g_string_new(NULL);
  for (const char *at = valid; *at != '\0'; at = next_letter(at))
    append_letter(printable, g_utf8_get_char(at));
  return g_string_free(printable, FALSE);
}

char *
width_cut(const char *text, gsize columns)
{
  if (width_of(text) <= columns)
    return g_strdup(text);
  if (columns == 0)
    return g_strdup("");
  gsize used = 1;
  const char *at = text;
  while (used + width_of_letter(g_utf8_get_char(at)) <= columns) {
    used += width_of_letter(g_utf8_get_char(at));
    at = next_letter(at);
  }
  return g_strdup_printf("%.*s…", (int)(at - text), text);
}
