/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/guard.h"
#include "plan/tree.h"

/* Functions that have a value, perhaps NULL, for all arguments that bind. */
static const char *const sure_functions[] = {
    "!~~",         "!~~*",        "concat",    "concat_ws",  "contains",  "date_part", "day",
    "dayofmonth",  "dayofweek",   "dayofyear", "ends_with",  "hash",      "hour",      "ifnull",
    "isodow",      "isoyear",     "lcase",     "length",     "lower",     "ltrim",     "md5",
    "microsecond", "millisecond", "minute",    "month",      "monthname", "dayname",   "nullif",
    "prefix",      "quarter",     "replace",   "reverse",    "rtrim",     "second",    "sha256",
    "starts_with", "strlen",      "substr",    "substring",  "suffix",    "trim",      "ucase",
    "upper",       "week",        "weekday",   "weekofyear", "year",      "yearweek",  "~~",
    "~~*",         "||",
};

static const char *const sure_operators[] = {
    "OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL",
    "COMPARE_IN",   "COMPARE_NOT_IN",   "OPERATOR_COALESCE",
};

static bool
is_among(const char *const *texts, gsize count, const char *text)
{
  for (gsize i = 0; i < count; i++)
    if (g_str_equal(texts[i], text))
      return true;
  return false;
}

static bool
is_constant(const struct expr *expr)
{
  return expr->class == EXPR_CONSTANT;
}

/* A constant pattern that is none fails when the statement is bound, as does a constant that cannot be cast. */
static bool
is_constant_match(const struct expr *call)
{
  return g_str_has_prefix(call->function, "regexp_") && call->children->len >= 2 &&
         is_constant(call->children->pdata[1]);
}

static bool
node_can_fail(const struct expr *expr, gpointer user)
{
  (void)user;
  switch (expr->class) {
  case EXPR_COLUMN:
  case EXPR_CONSTANT:
  case EXPR_COMPARISON:
  case EXPR_CONJUNCTION:
  case EXPR_BETWEEN:
  case EXPR_CASE:
    return false;
  case EXPR_FUNCTION:
    return !is_among(sure_functions, G_N_ELEMENTS(sure_functions), expr->function) &&
           !is_constant_match(expr);
  case EXPR_OPERATOR:
    return !is_among(sure_operators, G_N_ELEMENTS(sure_operators), expr->type);
  case EXPR_CAST:
    return !json_get_flag(expr->raw, "try_cast") && !is_constant(expr->children->pdata[0]);
  case EXPR_WINDOW:
  case EXPR_STAR:
  case EXPR_SUBQUERY:
  case EXPR_PARAMETER:
  case EXPR_LAMBDA:
  case EXPR_GROUPING:
  case EXPR_OTHER:
    break;
  }
  return true;
}

bool
guard_can_fail(const struct expr *expr)
{
  return tree_find((struct expr *)(guintptr)expr, node_can_fail, NULL) != NULL;
}

static bool
is_boolean(const struct expr *expr)
{
  return expr->class == EXPR_COMPARISON || expr->class == EXPR_CONJUNCTION ||
         expr->class == EXPR_BETWEEN ||
         (expr->class == EXPR_OPERATOR && !g_str_equal(expr->type, "OPERATOR_COALESCE") &&
          is_among(sure_operators, G_N_ELEMENTS(sure_operators), expr->type));
}

/* Conjuncts or disjuncts, those that cannot fail first. */
static GPtrArray *
parts_of(const struct expr *conjunction)
{
  GPtrArray *parts = g_ptr_array_new();
  for (int failing = 0; failing < 2; failing++)
    for (guint i = 0; i < conjunction->children->len; i++)
      if (guard_can_fail(conjunction->children->pdata[i]) == (failing != 0))
        g_ptr_array_add(parts, conjunction->children->pdata[i]);
  return parts;
}

static struct expr *
chain(const struct expr *conjunction)
{
  g_autoptr(GPtrArray) parts = parts_of(conjunction);
  bool is_or = g_str_equal(conjunction->type, "CONJUNCTION_OR");
  struct expr *rest = guard_flag(parts->pdata[parts->len - 1]);
  for (guint i = parts->len - 1; i > 0; i--) {
    struct expr *part = guard_flag(parts->pdata[i - 1]);
    if (!is_or) {
      rest = ast_case(part, rest);
      continue;
    }
    struct expr *otherwise = ast_case(part, ast_cast(ast_integer(1), "BOOLEAN"));
    guint last = otherwise->children->len - 1;
    ast_expr_free(otherwise->children->pdata[last]);
    otherwise->children->pdata[last] = rest;
    rest = otherwise;
  }
  return rest;
}

struct expr *
guard_flag(const struct expr *condition)
{
  if (condition->class == EXPR_CONJUNCTION && guard_can_fail(condition))
    return chain(condition);
  struct expr *copy = ast_expr_copy(condition);
  tree_set_alias(copy, "");
  return is_boolean(copy) ? copy : ast_cast(copy, "BOOLEAN");
}

struct expr *
guard_expr(const struct expr *condition, struct expr *expr)
{
  if (condition == NULL || !guard_can_fail(expr))
    return expr;
  return ast_case(guard_flag(condition), expr);
}
