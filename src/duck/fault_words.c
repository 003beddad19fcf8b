/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/fault_words.h"
#include "util/text.h"
#include <string.h>

enum { LONGEST_MESSAGE = 2000, LONGEST_VALUE = 100 /* bytes */ };

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

/* A cast's error quotes the whole value, however long and of however many lines; what is told of its type stands behind. */
static char *
shorten_value(const char *message)
{
  static const char *const around[][2] = {{"Could not convert string '", "' to "},
                                          {"Type VARCHAR with value '", "' can't be cast "},
                                          {"Could not cast value ", " to "},
                                          {"Could not parse string \"", "\" according to "}};
  for (gsize i = 0; i < G_N_ELEMENTS(around); i++) {
    const char *value = message + strlen(around[i][0]);
    const char *end =
        g_str_has_prefix(message, around[i][0]) ? g_strrstr(value, around[i][1]) : NULL;
    if (end == NULL)
      continue;
    g_autofree char *whole = g_strndup(value, (gsize)(end - value));
    g_autofree char *shown = text_shorten(whole, LONGEST_VALUE);
    return g_strconcat(around[i][0], g_strdelimit(shown, "\r\n", ' '), end, NULL);
  }
  return g_strdup(message);
}

/* "No files found that match the pattern \"/a.parquet\"", where the pattern was a name. */
static const char *
without_pattern(const char *message, const char **ret_lead)
{
  static const char pattern[] = "No files found that match the pattern ";
  bool is_there = g_str_has_prefix(message, pattern);
  *ret_lead = is_there ? "no such file: " : "";
  return is_there ? message + strlen(pattern) : message;
}

/* Advice to change a setting of DuckDB's, which our user cannot. */
static void
drop_advice(char *text)
{
  char *advice = strstr(text, ". Use ");
  if (advice != NULL && strstr(advice, "SET ") != NULL)
    *advice = '\0';
}

/* What DuckDB calls its types inside, and their names in SQL. */
static const char *
sql_type(const char *word, gsize length)
{
  static const char *const types[][2] = {
      {"INT8", "TINYINT"},     {"INT16", "SMALLINT"},  {"INT32", "INTEGER"},
      {"INT64", "BIGINT"},     {"INT128", "HUGEINT"},  {"UINT8", "UTINYINT"},
      {"UINT16", "USMALLINT"}, {"UINT32", "UINTEGER"}, {"UINT64", "UBIGINT"},
      {"UINT128", "UHUGEINT"}, {"BOOL", "BOOLEAN"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
    if (strlen(types[i][0]) == length && memcmp(types[i][0], word, length) == 0)
      return types[i][1];
  return NULL;
}

static void
append_with_sql_types(GString *text, const char *from, gsize length)
{
  for (gsize i = 0, word = 0; i < length; i += word) {
    word = 0;
    while (i + word < length && (g_ascii_isalnum(from[i + word]) || from[i + word] == '_'))
      word++;
    const char *type = sql_type(from + i, word);
    word = MAX(word, 1);
    g_string_append_len(text, type != NULL ? type : from + i,
                        type != NULL ? (gssize)strlen(type) : (gssize)word);
  }
}

/* All but what stands in quotes, from the first one to the last, since a value may hold some itself. */
static char *
name_types(const char *text)
{
  GString *named = g_string_new(NULL);
  const char *tail = text;
  const char *first = strchr(text, '\'');
  while (first != NULL && g_str_has_prefix(first, "'t be cast"))
    first = strchr(first + 1, '\'');
  if (first != NULL) {
    append_with_sql_types(named, text, (gsize)(first - text));
    tail = text + strlen(text);
    while (tail > first + 1 && (tail[-1] != '\'' || g_str_has_prefix(tail - 1, "'t be cast")))
      tail--;
    g_string_append_len(named, first, tail - first);
  }
  append_with_sql_types(named, tail, strlen(tail));
  return g_string_free(named, FALSE);
}

char *
fault_reword(const char *message)
{
  const char *lead = NULL;
  const char *rest = without_pattern(message, &lead);
  g_autofree char *shortened = shorten_value(rest);
  g_autofree char *line = first_line(shortened);
  g_autofree char *text = g_strconcat(lead, line, NULL);
  drop_advice(text);
  gsize length = strlen(text);
  while (length > 0 && strchr("!.: ", text[length - 1]) != NULL)
    text[--length] = '\0';
  quote_singly(text);
  if (starts_plain_word(text))
    text[0] = g_ascii_tolower(text[0]);
  return name_types(text);
}
