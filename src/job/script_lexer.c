/* SPDX-License-Identifier: Apache-2.0 */
#include "job/script_lexer.h"
#include <string.h>

#define COMMENT_DEPTH_LIMIT 64
#define LENGTH_LIMIT        ((gsize)1 << 20)

struct lexer {
  const char *text;
  gsize length;
  gsize at;
  GArray *tokens;
  struct script_fault **ret_fault;
};

bool
script_refuse(struct script_fault **ret_fault, gsize at, const char *hint, const char *format, ...)
{
  struct script_fault *fault = g_new0(struct script_fault, 1);
  va_list arguments;
  va_start(arguments, format);
  fault->message = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  fault->at = at;
  fault->hint = g_strdup(hint);
  *ret_fault = fault;
  return false;
}

static char
at(const struct lexer *lexer, gsize offset)
{
  return offset < lexer->length ? lexer->text[offset] : '\0';
}

static bool
is_name_start(char c)
{
  return g_ascii_isalpha(c) || c == '_' || (guchar)c >= 0x80;
}

static bool
is_name_part(char c)
{
  return is_name_start(c) || g_ascii_isdigit(c) || c == '$';
}

static bool
is_space(char c)
{
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/* DuckDB replaces Unicode's spaces by a blank before it parses, which moves every later position. */
static bool
is_unicode_space(gunichar c)
{
  return (c >= 0x80 && g_unichar_isspace(c)) || (c >= 0x2000 && c <= 0x200F) || c == 0x85 ||
         c == 0x180E || c == 0x2060 || c == 0xFEFF;
}

static void
add(struct lexer *lexer, enum script_token_kind kind, gsize end)
{
  struct script_token token = {kind, lexer->at, end};
  g_array_append_val(lexer->tokens, token);
  lexer->at = end;
}

static gsize
line_end(const struct lexer *lexer, gsize offset)
{
  while (offset < lexer->length && lexer->text[offset] != '\n' && lexer->text[offset] != '\r')
    offset++;
  return offset;
}

/* Block comments nest, as in PostgreSQL. */
static bool
skip_block_comment(struct lexer *lexer)
{
  guint depth = 1;
  gsize offset = lexer->at + 2;
  while (depth > 0) {
    if (offset >= lexer->length)
      return script_refuse(lexer->ret_fault, lexer->at, "Close it with */ (comments nest).",
                           "comment is not closed");
    if (at(lexer, offset) == '/' && at(lexer, offset + 1) == '*')
      depth++;
    else if (at(lexer, offset) == '*' && at(lexer, offset + 1) == '/')
      depth--;
    else {
      offset++;
      continue;
    }
    if (depth > COMMENT_DEPTH_LIMIT)
      return script_refuse(lexer->ret_fault, offset, /* hint= */ NULL,
                           "comments are nested more than %d deep", COMMENT_DEPTH_LIMIT);
    offset += 2;
  }
  lexer->at = offset;
  return true;
}

/* 'text' and "name": the quote itself is written twice. */
static bool
take_quoted(struct lexer *lexer)
{
  char quote = at(lexer, lexer->at);
  for (gsize offset = lexer->at + 1; offset < lexer->length; offset++) {
    if (lexer->text[offset] != quote)
      continue;
    if (at(lexer, offset + 1) != quote) {
      add(lexer, quote == '"' ? SCRIPT_QUOTED : SCRIPT_STRING, offset + 1);
      return true;
    }
    offset++;
  }
  return script_refuse(lexer->ret_fault, lexer->at,
                       quote == '"' ? "Close it with \"; a \" inside is written \"\"."
                                    : "Close it with '; a ' inside is written ''.",
                       quote == '"' ? "quoted name is not closed" : "string is not closed");
}

/* E'text' is the only string in which a backslash escapes. */
static bool
take_escaped(struct lexer *lexer)
{
  for (gsize offset = lexer->at + 2; offset < lexer->length; offset++) {
    if (lexer->text[offset] == '\\' ||
        (lexer->text[offset] == '\'' && at(lexer, offset + 1) == '\'')) {
      offset++;
    } else if (lexer->text[offset] == '\'') {
      add(lexer, SCRIPT_ESCAPED, offset + 1);
      return true;
    }
  }
  return script_refuse(lexer->ret_fault, lexer->at, "Close it with '.", "string is not closed");
}

static gsize
name_end(const struct lexer *lexer, gsize offset, bool with_dollar)
{
  while (is_name_part(at(lexer, offset)) && (with_dollar || at(lexer, offset) != '$'))
    offset++;
  return offset;
}

static bool
take_dollar_string(struct lexer *lexer, gsize tag_end)
{
  gsize tag_length = tag_end - lexer->at;
  for (gsize offset = tag_end; offset + tag_length <= lexer->length; offset++) {
    if (memcmp(lexer->text + offset, lexer->text + lexer->at, tag_length) == 0) {
      add(lexer, SCRIPT_ESCAPED, offset + tag_length);
      return true;
    }
  }
  return script_refuse(lexer->ret_fault, lexer->at, "Close it with the tag that opens it.",
                       "dollar-quoted string is not closed");
}

/* $$text$$, $tag$text$tag$, $name, $1. */
static bool
take_dollar(struct lexer *lexer)
{
  gsize start = lexer->at + 1;
  gsize end = start;
  if (is_name_start(at(lexer, start)))
    end = name_end(lexer, start, /* with_dollar= */ false);
  if (at(lexer, end) == '$')
    return take_dollar_string(lexer, end + 1);
  if (g_ascii_isdigit(at(lexer, start)))
    while (g_ascii_isdigit(at(lexer, end)))
      end++;
  if (end == start || is_name_part(at(lexer, end)))
    return script_refuse(lexer->ret_fault, lexer->at, "A parameter is written $name.", "stray $");
  add(lexer, SCRIPT_PARAMETER, end);
  return true;
}

static gsize
digits_end(const struct lexer *lexer, gsize offset)
{
  while (g_ascii_isdigit(at(lexer, offset)) || at(lexer, offset) == '_')
    offset++;
  return offset;
}

/* DuckDB reads 0x1F as 0 AS x1F, and 1day as 1 AS day: what is meant has to be written. */
static bool
take_number(struct lexer *lexer)
{
  gsize end = digits_end(lexer, lexer->at);
  if (at(lexer, end) == '.')
    end = digits_end(lexer, end + 1);
  if (at(lexer, end) == 'e' || at(lexer, end) == 'E') {
    gsize exponent = end + 1;
    if (at(lexer, exponent) == '+' || at(lexer, exponent) == '-')
      exponent++;
    if (g_ascii_isdigit(at(lexer, exponent)))
      end = digits_end(lexer, exponent);
  }
  bool letter =
      is_name_start(at(lexer, end)) && !is_unicode_space(g_utf8_get_char(lexer->text + end));
  if (letter)
    return script_refuse(lexer->ret_fault, lexer->at,
                         "Write numbers in decimal digits (31 for 0x1F), and a blank between a "
                         "number and a word.",
                         "'%.*s' is not a number",
                         (int)MIN(name_end(lexer, end, true) - lexer->at, 40),
                         lexer->text + lexer->at);
  add(lexer, SCRIPT_NUMBER, end);
  return true;
}

static bool
take_word(struct lexer *lexer)
{
  gsize end = lexer->at;
  while (is_name_part(at(lexer, end))) {
    gunichar c = g_utf8_get_char(lexer->text + end);
    if (is_unicode_space(c))
      return script_refuse(lexer->ret_fault, end, "Write a plain blank.",
                           "the space character U+%04X stands outside a string", c);
    end += (gsize)g_unichar_to_utf8(c, NULL);
  }
  add(lexer, SCRIPT_WORD, end);
  return true;
}

static bool
take_token(struct lexer *lexer)
{
  char c = at(lexer, lexer->at);
  char following = at(lexer, lexer->at + 1);
  if (c == '/' && following == '*')
    return skip_block_comment(lexer);
  if ((c == 'e' || c == 'E') && following == '\'')
    return take_escaped(lexer);
  if (c == '\'' || c == '"')
    return take_quoted(lexer);
  if (c == '$')
    return take_dollar(lexer);
  if (is_name_start(c))
    return take_word(lexer);
  if (g_ascii_isdigit(c) || (c == '.' && g_ascii_isdigit(following)))
    return take_number(lexer);
  if (c == '?')
    return script_refuse(lexer->ret_fault, lexer->at,
                         "Write $name, and give its value by --param name=value.",
                         "a parameter without a name");
  add(lexer, SCRIPT_PUNCT, lexer->at + 1);
  return true;
}

static bool
check_encoding(const char *text, gsize length, struct script_fault **ret_fault)
{
  const char *end = NULL;
  const char *nul = length == 0 ? NULL : memchr(text, '\0', length);
  if (length > LENGTH_LIMIT)
    return script_refuse(ret_fault, 0, "Split it into several jobs.",
                         "the script is longer than %" G_GSIZE_FORMAT " bytes", LENGTH_LIMIT);
  if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0)
    return script_refuse(ret_fault, 0, "Save the file as UTF-8 without a byte order mark.",
                         "the script starts with a byte order mark");
  if (nul != NULL)
    return script_refuse(ret_fault, (gsize)(nul - text), "Save the file as UTF-8 text.",
                         "the script holds a NUL byte");
  if (!g_utf8_validate_len(text, length, &end))
    return script_refuse(ret_fault, (gsize)(end - text), "Save the file as UTF-8 text.",
                         "byte 0x%02X is not UTF-8", (guint)(guchar)*end);
  return true;
}

GArray *
script_tokens(const char *text, gsize length, struct script_fault **ret_fault)
{
  if (!check_encoding(text, length, ret_fault))
    return NULL;
  g_autoptr(GArray) tokens = g_array_new(FALSE, FALSE, sizeof(struct script_token));
  struct lexer lexer = {text, length, 0, tokens, ret_fault};
  while (lexer.at < length) {
    if (is_space(text[lexer.at]))
      lexer.at++;
    else if (text[lexer.at] == '-' && at(&lexer, lexer.at + 1) == '-')
      lexer.at = line_end(&lexer, lexer.at);
    else if (!take_token(&lexer))
      return NULL;
  }
  return g_steal_pointer(&tokens);
}
