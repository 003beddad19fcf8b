/* SPDX-License-Identifier: Apache-2.0 */
#include "job/script.h"
#include "job/script_lexer.h"

static void
clear_parameter(gpointer data)
{
  g_free(((struct script_parameter *)data)->name);
}

static struct script_statement *
statement_new(void)
{
  struct script_statement *statement = g_new0(struct script_statement, 1);
  statement->options = g_ptr_array_new();
  statement->parameters = g_array_new(FALSE, FALSE, sizeof(struct script_parameter));
  g_array_set_clear_func(statement->parameters, clear_parameter);
  return statement;
}

void
script_statement_free(struct script_statement *statement)
{
  if (statement == NULL)
    return;
  g_free(statement->name);
  g_ptr_array_unref(statement->options);
  g_array_unref(statement->parameters);
  g_free(statement);
}

void
script_fault_free(struct script_fault *fault)
{
  if (fault == NULL)
    return;
  g_free(fault->message);
  g_free(fault->hint);
  g_free(fault);
}

static bool
refuse_view(const struct script_cursor *cursor, const char *what)
{
  g_autofree char *found = script_found(cursor);
  return script_refuse(cursor->ret_fault, script_place(cursor),
                       "Write CREATE VIEW name AS SELECT ...", "%s, found %s", what, found);
}

/* Behind CREATE. */
static bool
parse_view(struct script_cursor *cursor, struct script_statement *statement)
{
  statement->kind = SCRIPT_VIEW;
  if (!script_take_word(cursor, "TEMP"))
    (void)script_take_word(cursor, "TEMPORARY");
  if (!script_take_word(cursor, "VIEW"))
    return refuse_view(cursor, "a job creates views only: expected VIEW");
  const struct script_token *token = script_peek(cursor);
  if (token == NULL || (token->kind != SCRIPT_WORD && token->kind != SCRIPT_QUOTED))
    return refuse_view(cursor, "expected the view's name");
  statement->name = script_unquote(cursor->text, token);
  statement->name_at = token->at;
  cursor->next++;
  if (script_is_punct(cursor, cursor->next, '('))
    return script_refuse(cursor->ret_fault, script_place(cursor),
                         "Name the columns in the query: CREATE VIEW name AS SELECT x AS a.",
                         "a view's list of columns");
  if (!script_take_word(cursor, "AS"))
    return refuse_view(cursor, "expected AS after the view's name");
  if (script_peek(cursor) == NULL)
    return refuse_view(cursor, "expected a query after AS");
  statement->query_at = script_peek(cursor)->at;
  statement->query_end = cursor->tokens[cursor->count - 1].end;
  cursor->next = cursor->count;
  return true;
}

/* Behind SET. */
static bool
parse_time_zone(struct script_cursor *cursor, struct script_statement *statement)
{
  static const char hint[] = "Write SET TimeZone = 'Asia/Seoul'.";
  statement->kind = SCRIPT_TIME_ZONE;
  (void)script_take_word(cursor, "SESSION");
  g_autofree char *setting = script_found(cursor);
  if (!script_take_word(cursor, "TimeZone"))
    return script_refuse(cursor->ret_fault, script_place(cursor),
                         script_is_word(cursor, cursor->next, "TIME")
                             ? hint
                             : "A job sets TimeZone only; threads, memory and the temp folder are "
                               "options of the command line.",
                         "unknown setting %s", setting);
  if (!script_take_punct(cursor, '=') && !script_take_word(cursor, "TO"))
    return script_refuse(cursor->ret_fault, script_place(cursor), hint,
                         "expected = after TimeZone");
  const struct script_token *token = script_peek(cursor);
  if (token == NULL || token->kind != SCRIPT_STRING || cursor->next + 1 != cursor->count) {
    g_autofree char *found = script_found(cursor);
    return script_refuse(cursor->ret_fault, script_place(cursor), hint,
                         "expected one zone's name as a string, found %s", found);
  }
  statement->name = script_unquote(cursor->text, token);
  statement->name_at = token->at;
  return true;
}

static bool
parse_statement(struct script_cursor *cursor, struct script_statement *statement)
{
  statement->at = cursor->tokens[0].at;
  if (script_take_word(cursor, "COPY"))
    return script_parse_copy(cursor, statement);
  if (script_take_word(cursor, "CREATE"))
    return parse_view(cursor, statement);
  if (script_take_word(cursor, "SET"))
    return parse_time_zone(cursor, statement);
  return script_refuse_statement(cursor);
}

/* A parameter has no place in DuckDB's trees: it is found here. */
static bool
collect_parameters(const struct script_cursor *cursor, struct script_statement *statement)
{
  for (gsize i = 0; i < cursor->count; i++) {
    const struct script_token *token = &cursor->tokens[i];
    if (token->kind != SCRIPT_PARAMETER)
      continue;
    if (token->at < statement->query_at || token->end > statement->query_end)
      return script_refuse(cursor->ret_fault, token->at,
                           "Parameters stand for values inside a query.",
                           "a parameter cannot stand here");
    struct script_parameter parameter = {
        g_strndup(cursor->text + token->at + 1, token->end - token->at - 1), token->at, token->end};
    g_array_append_val(statement->parameters, parameter);
  }
  return true;
}

static bool
add_statement(const char *text, const struct script_token *tokens, gsize count,
              GPtrArray *statements, struct script_fault **ret_fault)
{
  if (count == 0)
    return true;
  struct script_cursor cursor = {text, tokens, count, 0, ret_fault};
  struct script_statement *statement = statement_new();
  g_ptr_array_add(statements, statement);
  return parse_statement(&cursor, statement) && collect_parameters(&cursor, statement);
}

bool
script_split(const char *text, gsize length, GPtrArray **ret_statements,
             struct script_fault **ret_fault)
{
  g_autoptr(GArray) tokens = script_tokens(text, length, ret_fault);
  if (tokens == NULL)
    return false;
  g_autoptr(GPtrArray) statements =
      g_ptr_array_new_with_free_func((GDestroyNotify)script_statement_free);
  const struct script_token *all = (const struct script_token *)(gconstpointer)tokens->data;
  gsize first = 0;
  for (gsize i = 0; tokens->len > 0 && i <= tokens->len; i++) {
    bool ends = i == tokens->len || (all[i].kind == SCRIPT_PUNCT && text[all[i].at] == ';');
    if (!ends)
      continue;
    if (!add_statement(text, all + first, i - first, statements, ret_fault))
      return false;
    first = i + 1;
  }
  *ret_statements = g_steal_pointer(&statements);
  return true;
}
