/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/fault_words.h"
#include <string.h>

enum { LONGEST_MESSAGE = 2000 /* bytes; a cast error quotes the whole value */ };

static char **
to_list(GPtrArray *texts)
{
  if (texts->len == 0)
    return NULL;
  g_ptr_array_add(texts, NULL);
  return (char **)g_ptr_array_steal(texts, NULL);
}

/* "a", "b""c" -> a, b"c: the JSON member "candidates" joins names by commas that they may contain themselves. */
static char **
split_quoted(const char *text)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  while (*text == '"') {
    g_autoptr(GString) name = g_string_new(NULL);
    for (text++; *text != '\0' && (*text != '"' || text[1] == '"'); text++) {
      if (*text == '"')
        text++;
      g_string_append_c(name, *text);
    }
    g_ptr_array_add(names, g_strdup(name->str));
    if (*text == '"')
      text++;
    text += strspn(text, ", ");
  }
  return to_list(names);
}

/* Lines "\tsum(DECIMAL) -> DECIMAL" up to the first other line. */
static char **
split_signatures(const char *text)
{
  g_autoptr(GPtrArray) signatures = g_ptr_array_new_with_free_func(g_free);
  while (*text == '\t') {
    const char *end = text + strcspn(text, "\n");
    g_ptr_array_add(signatures, g_strstrip(g_strndup(text, (gsize)(end - text))));
    text = *end == '\n' ? end + 1 : end;
  }
  return to_list(signatures);
}

char **
fault_candidates(struct json_object *json, const char *message)
{
  static const char *const quoted[] = {
      "Candidate bindings: ", "Candidate tables: ", "Candidate Entries: ", "Did you mean "};
  for (gsize i = 0; i < G_N_ELEMENTS(quoted); i++) {
    const char *found = strstr(message, quoted[i]);
    char **names = found == NULL ? NULL : split_quoted(found + strlen(quoted[i]));
    if (names != NULL)
      return names;
  }
  static const char functions[] = "Candidate functions:\n";
  const char *found = strstr(message, functions);
  char **signatures = found == NULL ? NULL : split_signatures(found + strlen(functions));
  if (signatures != NULL)
    return signatures;
  const char *joined = json_get_text(json, "candidates");
  return joined == NULL || *joined == '\0' ? NULL : g_strsplit(joined, ",", -1);
}

char *
fault_name(struct json_object *json, const char *message)
{
  const char *name = json_get_text(json, "name");
  if (name != NULL)
    return g_strdup(name);
  static const char *const lead[] = {"does not have a column named ", "Referenced table "};
  for (gsize i = 0; i < G_N_ELEMENTS(lead); i++) {
    const char *found = strstr(message, lead[i]);
    g_auto(GStrv) names = found == NULL ? NULL : split_quoted(found + strlen(lead[i]));
    if (names != NULL)
      return g_strdup(names[0]);
  }
  return NULL;
}

/* Names in single quotes, as everywhere in our messages; a pair around other quotes stays. */
static void
quote_singly(char *text)
{
  char *open = strchr(text, '"');
  while (open != NULL) {
    char *close = strchr(open + 1, '"');
    if (close == NULL)
      return;
    if (memchr(open, '\'', (gsize)(close - open)) == NULL) {
      *open = '\'';
      *close = '\'';
    }
    open = strchr(close + 1, '"');
  }
}

static bool
starts_plain_word(const char *text)
{
  gsize length = strcspn(text, " ");
  for (gsize i = 1; i < length; i++) {
    bool last = i + 1 == length;
    if (!g_ascii_islower(text[i]) && !(last && strchr(",.:!;", text[i]) != NULL) &&
        text[i] != '-' && text[i] != '\'')
      return false;
  }
  return length > 0 && g_ascii_isupper(text[0]);
}

static char *
first_line(const char *message)
{
  while (g_ascii_isspace(*message))
    message++;
  gsize length = MIN(strcspn(message, "\r\n"), LONGEST_MESSAGE);
  g_autofree char *line = g_strndup(message, length);
  char *valid = g_utf8_make_valid(line, -1);
  g_strchomp(valid);
  for (char *c = valid; *c != '\0'; c++)
    if (g_ascii_iscntrl(*c))
      *c = ' ';
  return valid;
}

/* Advice to change a setting of DuckDB's, which our user cannot. */
static void
drop_advice(char *text)
{
  char *advice = strstr(text, ". Use ");
  if (advice != NULL && strstr(advice, "SET ") != NULL)
    *advice = '\0';
}

char *
fault_reword(const char *message)
{
  char *text = first_line(message);
  drop_advice(text);
  gsize length = strlen(text);
  while (length > 0 && strchr("!.: ", text[length - 1]) != NULL)
    text[--length] = '\0';
  quote_singly(text);
  if (starts_plain_word(text))
    text[0] = g_ascii_tolower(text[0]);
  return text;
}
