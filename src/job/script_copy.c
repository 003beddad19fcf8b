/* SPDX-License-Identifier: Apache-2.0 */
#include "job/script_lexer.h"

#define COPY_FORM "Write COPY (SELECT ...) TO 'output-name' (FORMAT parquet)."

static bool
add_value(struct script_cursor *cursor, GPtrArray *values)
{
  const struct script_token *token = script_peek(cursor);
  if (token == NULL || token->kind == SCRIPT_PUNCT || token->kind == SCRIPT_PARAMETER ||
      token->kind == SCRIPT_ESCAPED) {
    g_autofree char *found = script_found(cursor);
    return script_refuse(cursor->ret_fault, script_place(cursor),
                         "Options are plain names, numbers or 'strings': (FORMAT parquet, "
                         "PARTITION_BY (year, month)).",
                         "expected a value of the option, found %s", found);
  }
  g_ptr_array_add(values, script_unquote(cursor->text, token));
  cursor->next++;
  return true;
}

/* (a, b): plain values with commas between them. */
static bool
read_list(struct script_cursor *cursor, gsize close, GPtrArray *values)
{
  cursor->next++;
  while (cursor->next < close) {
    if (!add_value(cursor, values))
      return false;
    if (cursor->next < close && !script_take_punct(cursor, ',')) {
      g_autofree char *found = script_found(cursor);
      return script_refuse(cursor->ret_fault, script_place(cursor),
                           "List columns with commas: PARTITION_BY (year, month).",
                           "expected , or ) in the list, found %s", found);
    }
  }
  cursor->next = close + 1;
  return true;
}

/* {a: 'b'} and [..] belong to options that are refused by name: their values are only passed over. */
static void
skip_nested(struct script_cursor *cursor, gsize close, GPtrArray *values)
{
  for (; cursor->next < close; cursor->next++)
    if (cursor->tokens[cursor->next].kind != SCRIPT_PUNCT)
      g_ptr_array_add(values, script_unquote(cursor->text, &cursor->tokens[cursor->next]));
  cursor->next = close + 1;
}

static bool
read_values(struct script_cursor *cursor, gsize end, GPtrArray *values)
{
  while (cursor->next < end && !script_is_punct(cursor, cursor->next, ',')) {
    bool list = script_is_punct(cursor, cursor->next, '(');
    if (list || script_is_punct(cursor, cursor->next, '{') ||
        script_is_punct(cursor, cursor->next, '[')) {
      gsize close = script_closing(cursor, cursor->next);
      if (list && !read_list(cursor, close, values))
        return false;
      if (!list)
        skip_nested(cursor, close, values);
    } else if (!add_value(cursor, values)) {
      return false;
    }
  }
  return true;
}

static void
option_free(gpointer data)
{
  struct script_option *option = data;
  g_free(option->name);
  g_strfreev(option->values);
  g_free(option);
}

static bool
read_option(struct script_cursor *cursor, gsize end, GPtrArray *options)
{
  const struct script_token *token = script_peek(cursor);
  if (token->kind != SCRIPT_WORD) {
    g_autofree char *found = script_found(cursor);
    return script_refuse(cursor->ret_fault, token->at,
                         "Write the options as (FORMAT parquet, PARTITION_BY (year, month)).",
                         "expected the name of an option, found %s", found);
  }
  struct script_option *option = g_new0(struct script_option, 1);
  g_ptr_array_add(options, option);
  g_autofree char *name = script_unquote(cursor->text, token);
  option->name = g_ascii_strup(name, -1);
  option->at = token->at;
  cursor->next++;
  g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
  if (!read_values(cursor, end, values))
    return false;
  g_ptr_array_add(values, NULL);
  option->values = (char **)g_ptr_array_steal(values, NULL);
  return true;
}

static bool
read_options(struct script_cursor *cursor, struct script_statement *statement)
{
  g_ptr_array_set_free_func(statement->options, option_free);
  (void)script_take_word(cursor, "WITH");
  if (script_peek(cursor) == NULL)
    return true;
  gsize close = cursor->count;
  if (script_is_punct(cursor, cursor->next, '('))
    close = script_closing(cursor, cursor->next);
  if (close == cursor->count && script_is_punct(cursor, cursor->next, '('))
    return script_refuse(cursor->ret_fault, script_place(cursor), "Close the options with ) and ;.",
                         "parenthesis is not closed");
  if (close == cursor->count) {
    g_autofree char *found = script_found(cursor);
    return script_refuse(cursor->ret_fault, script_place(cursor),
                         "Write the options in parentheses: TO 'output-name' (FORMAT parquet), "
                         "and ; behind the statement.",
                         "expected (options), found %s", found);
  }
  cursor->next++;
  while (cursor->next < close) {
    if (!read_option(cursor, close, statement->options))
      return false;
    if (script_take_punct(cursor, ',') && cursor->next == close)
      return script_refuse(cursor->ret_fault, script_place(cursor), "Leave the last comma out.",
                           "expected an option after the comma");
  }
  cursor->next = close + 1;
  if (script_peek(cursor) == NULL)
    return true;
  g_autofree char *found = script_found(cursor);
  return script_refuse(cursor->ret_fault, script_place(cursor),
                       "End every statement with a semicolon.",
                       "expected ; after the options, found %s", found);
}

static bool
read_name(struct script_cursor *cursor, struct script_statement *statement)
{
  const struct script_token *token = script_peek(cursor);
  if (token == NULL || token->kind != SCRIPT_STRING) {
    g_autofree char *found = script_found(cursor);
    bool parameter = token != NULL && token->kind == SCRIPT_PARAMETER;
    return script_refuse(cursor->ret_fault, script_place(cursor),
                         "Write the output's name as a plain string: TO 'output-name'.",
                         parameter ? "an output's name cannot be a parameter: %s"
                                   : "expected 'output-name' after TO, found %s",
                         found);
  }
  statement->name = script_unquote(cursor->text, token);
  statement->name_at = token->at;
  cursor->next++;
  return true;
}

static bool
refuse_table(struct script_cursor *cursor)
{
  gsize place = script_place(cursor);
  for (gsize i = cursor->next; i < cursor->count; i++)
    if (script_is_word(cursor, i, "FROM"))
      return script_refuse(cursor->ret_fault, cursor->tokens[0].at,
                           "A job reads only its declared inputs: use a name in FROM and give "
                           "its data by --input name=PATH.",
                           "COPY ... FROM reads a file");
  g_autofree char *found = script_found(cursor);
  return script_refuse(cursor->ret_fault, place,
                       "Write COPY (SELECT * FROM table) TO 'output-name' (FORMAT parquet).",
                       "expected a query in parentheses after COPY, found %s", found);
}

bool
script_parse_copy(struct script_cursor *cursor, struct script_statement *statement)
{
  statement->kind = SCRIPT_COPY;
  if (!script_is_punct(cursor, cursor->next, '('))
    return refuse_table(cursor);
  gsize close = script_closing(cursor, cursor->next);
  if (close == cursor->count)
    return script_refuse(cursor->ret_fault, script_place(cursor),
                         "Close the query with ) in front of TO.", "parenthesis is not closed");
  statement->query_at = cursor->tokens[cursor->next].end;
  statement->query_end = cursor->tokens[close].at;
  if (close == cursor->next + 1)
    return script_refuse(cursor->ret_fault, statement->query_end, COPY_FORM, "the query is empty");
  cursor->next = close + 1;
  if (!script_take_word(cursor, "TO")) {
    g_autofree char *found = script_found(cursor);
    return script_refuse(cursor->ret_fault, script_place(cursor), COPY_FORM,
                         "expected TO 'output-name' after the query, found %s", found);
  }
  return read_name(cursor, statement) && read_options(cursor, statement);
}
