/* SPDX-License-Identifier: Apache-2.0 */
#include "job/script_lexer.h"
#include <string.h>

#define NESTING_LIMIT 256

const struct script_token *
script_peek(const struct script_cursor *cursor)
{
  return cursor->next < cursor->count ? &cursor->tokens[cursor->next] : NULL;
}

bool
script_is_punct(const struct script_cursor *cursor, gsize index, char punct)
{
  return index < cursor->count && cursor->tokens[index].kind == SCRIPT_PUNCT &&
         cursor->text[cursor->tokens[index].at] == punct;
}

bool
script_is_word(const struct script_cursor *cursor, gsize index, const char *word)
{
  if (index >= cursor->count || cursor->tokens[index].kind != SCRIPT_WORD)
    return false;
  const struct script_token *token = &cursor->tokens[index];
  return token->end - token->at == strlen(word) &&
         g_ascii_strncasecmp(cursor->text + token->at, word, token->end - token->at) == 0;
}

bool
script_take_word(struct script_cursor *cursor, const char *word)
{
  bool found = script_is_word(cursor, cursor->next, word);
  cursor->next += found ? 1 : 0;
  return found;
}

bool
script_take_punct(struct script_cursor *cursor, char punct)
{
  bool found = script_is_punct(cursor, cursor->next, punct);
  cursor->next += found ? 1 : 0;
  return found;
}

gsize
script_place(const struct script_cursor *cursor)
{
  const struct script_token *token = script_peek(cursor);
  return token != NULL ? token->at : cursor->tokens[cursor->count - 1].end;
}

char *
script_found(const struct script_cursor *cursor)
{
  const struct script_token *token = script_peek(cursor);
  if (token == NULL)
    return g_strdup("the end of the statement");
  g_autofree char *text = g_strndup(cursor->text + token->at, token->end - token->at);
  if (g_utf8_strlen(text, -1) <= 40)
    return g_strdup_printf("'%s'", text);
  g_autofree char *head = g_utf8_substring(text, 0, 40);
  return g_strdup_printf("'%s...'", head);
}

gsize
script_closing(const struct script_cursor *cursor, gsize open)
{
  static const char opening[] = "([{";
  static const char closing[] = ")]}";
  char expected[NESTING_LIMIT];
  gsize depth = 0;
  for (gsize i = open; i < cursor->count; i++) {
    if (cursor->tokens[i].kind != SCRIPT_PUNCT)
      continue;
    char c = cursor->text[cursor->tokens[i].at];
    const char *opened = strchr(opening, c);
    if (opened != NULL) {
      if (depth == NESTING_LIMIT)
        return cursor->count;
      expected[depth++] = closing[opened - opening];
    } else if (strchr(closing, c) != NULL) {
      if (expected[--depth] != c)
        return cursor->count;
      if (depth == 0)
        return i;
    }
  }
  return cursor->count;
}

char *
script_unquote(const char *text, const struct script_token *token)
{
  if (token->kind != SCRIPT_QUOTED && token->kind != SCRIPT_STRING)
    return g_strndup(text + token->at, token->end - token->at);
  char quote = text[token->at];
  GString *plain = g_string_new(NULL);
  for (gsize i = token->at + 1; i + 1 < token->end; i++) {
    g_string_append_c(plain, text[i]);
    if (text[i] == quote)
      i++;
  }
  return g_string_free(plain, FALSE);
}
