/* SPDX-License-Identifier: Apache-2.0
 * Constructs that DuckDB parses and Kindling does not take: they lose something on the way through the tree, or have no
 * place in a job. */
#include "job/job_inside.h"
#include <math.h>

bool
tree_refuse(struct tree_check *visit, gssize at, const char *hint, const char *what)
{
  if (!visit->failed)
    (void)job_refuse_hint(visit->job, at < 0 ? visit->base : (gsize)at, hint, visit->error, "%s",
                          what);
  visit->failed = true;
  return false;
}

static bool
check_constant(struct tree_check *visit, const struct expr *expr)
{
  struct json_object *value = json_get(expr->raw, "value");
  const char *type = json_get_text(json_get(value, "type"), "id");
  if (g_strcmp0(type, "HUGEINT") == 0 || g_strcmp0(type, "UHUGEINT") == 0)
    return tree_refuse(visit, expr->at,
                       "Write a number within -9223372036854775808 and "
                       "9223372036854775807, or a DECIMAL or DOUBLE.",
                       "a whole number beyond 64 bits");
  bool is_double = g_strcmp0(type, "DOUBLE") == 0;
  if (is_double && !isfinite(json_object_get_double(json_get(value, "value"))))
    return tree_refuse(visit, expr->at, "Write 'infinity'::DOUBLE if that is what is meant.",
                       "a number beyond the range of DOUBLE");
  return true;
}

static bool
visit_expr(struct expr *expr, gpointer user)
{
  struct tree_check *visit = user;
  if (visit->failed)
    return false;
  if (expr->at >= 0)
    visit->base = (gsize)expr->at;
  if (expr->class == EXPR_CONSTANT)
    return check_constant(visit, expr);
  if (expr->class != EXPR_OTHER || g_str_equal(expr->type, "COLLATE"))
    return true;
  if (g_str_equal(expr->type, "POSITIONAL_REFERENCE"))
    return tree_refuse(visit, expr->at, "Write the column's name.", "a column by its number");
  if (g_str_equal(expr->type, "VALUE_DEFAULT"))
    return tree_refuse(visit, expr->at, "Write the value.", "DEFAULT has no meaning in a query");
  return tree_refuse(visit, expr->at, "Write it in another way.",
                     "this kind of expression is not supported");
}

static bool
visit_query(struct query *query, gpointer user)
{
  struct tree_check *visit = user;
  if (visit->failed)
    return false;
  if (query->class == QUERY_OTHER)
    return tree_refuse(visit, -1, "Write a SELECT.", "this kind of query is not supported");
  struct json_object *keys = json_get(query->raw, "key_targets");
  if (query->class == QUERY_RECURSIVE && json_object_is_type(keys, json_type_array) &&
      json_object_array_length(keys) > 0)
    return tree_refuse(visit, -1, "Leave USING KEY out, and group the result.",
                       "USING KEY keeps the last row in any order");
  return true;
}

bool
check_syntax(const struct job *job, struct query *query, gsize base, GError **error)
{
  struct tree_check visit = {.job = job, .base = base, .error = error};
  const struct ast_visitor visitor = {.expr = visit_expr, .query = visit_query, .user = &visit};
  ast_walk_query(query, &visitor);
  return !visit.failed;
}
