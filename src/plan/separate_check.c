/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/separate_node.h"
#include "plan/tree.h"

/* Over groups it is what it is over rows, but nothing would then make its rows distinct. */
static bool
makes_rows(const struct separation *node, const struct expr *call)
{
  return node->is_distinct &&
         (g_str_equal(call->function, "unnest") || g_str_equal(call->function, "unlist"));
}

static bool
check_expr(struct expr *expr, gpointer user)
{
  struct separation *node = user;
  switch (expr->class) {
  case EXPR_STAR:
    return separation_refuse(node, expr->at,
                             node->is_distinct ? "* in SELECT DISTINCT" : "* beside aggregates");
  case EXPR_SUBQUERY:
    return separation_refuse(node, expr->at, "a sub-query in an expression");
  case EXPR_LAMBDA:
    return separation_refuse(node, expr->at, "a lambda");
  case EXPR_PARAMETER:
    return separation_refuse(node, expr->at, "a parameter");
  case EXPR_OTHER:
    return g_str_equal(expr->type, "COLLATE") ||
           separation_refuse(node, expr->at, "an expression of kind %s", expr->type);
  case EXPR_FUNCTION:
    if (makes_rows(node, expr))
      return separation_refuse(node, expr->at, "%s() in SELECT DISTINCT", expr->function);
    return !g_hash_table_contains(node->separator->volatiles, expr->function) ||
           separation_refuse(node, expr->at, "%s() is not repeatable", expr->function);
  case EXPR_WINDOW:
    return !node->is_distinct ||
           separation_refuse(node, expr->at, "a window call in SELECT DISTINCT");
  case EXPR_COLUMN:
  case EXPR_CONSTANT:
  case EXPR_GROUPING:
  case EXPR_CASE:
  case EXPR_CAST:
  case EXPR_COMPARISON:
  case EXPR_CONJUNCTION:
  case EXPR_OPERATOR:
  case EXPR_BETWEEN:
    break;
  }
  return true;
}

static void
check_exprs(struct separation *node, const struct ast_visitor *visitor, GPtrArray *exprs)
{
  for (guint i = 0; node->reason == NULL && i < exprs->len; i++)
    ast_walk_expr(exprs->pdata[i], visitor);
}

bool
separation_check(struct separation *node)
{
  const struct ast_visitor visitor = {.expr = check_expr, .user = node};
  const struct query *query = node->query;
  if (query->sampled)
    return separation_refuse(node, -1, "USING SAMPLE");
  if (query->distinct_on->len > 0)
    return separation_refuse(node, ((struct expr *)query->distinct_on->pdata[0])->at,
                             "DISTINCT ON");
  check_exprs(node, &visitor, query->select);
  check_exprs(node, &visitor, query->groups);
  ast_walk_expr(query->where, &visitor);
  ast_walk_expr(query->having, &visitor);
  ast_walk_expr(query->qualify, &visitor);
  for (guint i = 0; node->reason == NULL && i < query->order->len; i++) {
    struct expr *expr = ((struct order *)query->order->pdata[i])->expr;
    if (expr->class != EXPR_STAR) /* ORDER BY ALL */
      ast_walk_expr(expr, &visitor);
  }
  return node->reason == NULL;
}

struct carrying {
  struct separation *node;
  GPtrArray *visible; /* struct cte */
  GHashTable *needed; /* struct cte */
};

static bool
carry_table(struct table_ref *table, gpointer user)
{
  struct carrying *carrying = user;
  struct separation *node = carrying->node;
  if (table->sampled || table->time_travel)
    return separation_refuse(node, table->at, "TABLESAMPLE or AT in FROM");
  if (table->class == TABLE_FUNCTION || table->class == TABLE_VALUES ||
      table->class == TABLE_PIVOT || table->class == TABLE_SHOW || table->class == TABLE_OTHER)
    return separation_refuse(node, table->at, "FROM holds something that is no table");
  if (table->class != TABLE_BASE)
    return true;
  if (g_str_has_prefix(table->name, RESULT_PREFIX))
    return separation_refuse(node, table->at, "it reads the result of another rollup");
  const struct ast_visitor visitor = {.table = carry_table, .user = carrying};
  for (guint i = 0; i < carrying->visible->len; i++) {
    struct cte *cte = carrying->visible->pdata[i];
    if (tree_same_name(cte->name, table->name) && g_hash_table_add(carrying->needed, cte))
      ast_walk_query(cte->query, &visitor);
  }
  return true;
}

bool
separation_carry(struct separation *node, GPtrArray *visible)
{
  if (node->query->from->class == TABLE_EMPTY)
    return separation_refuse(node, -1, "it reads no table");
  g_autoptr(GHashTable) needed = g_hash_table_new(NULL, NULL);
  struct carrying carrying = {.node = node, .visible = visible, .needed = needed};
  const struct ast_visitor visitor = {.table = carry_table, .user = &carrying};
  ast_walk_table(node->query->from, &visitor);
  for (guint i = 0; i < visible->len; i++)
    if (g_hash_table_contains(needed, visible->pdata[i]))
      g_ptr_array_add(node->carried, visible->pdata[i]);
  return node->reason == NULL;
}

static bool
check_row_name(struct expr *expr, gpointer user)
{
  struct separation *node = user;
  if (!tree_is_name(expr) || sources_have(node->sources, expr->names[0]))
    return true;
  for (guint i = 0; i < node->sources->len; i++)
    if (tree_same_name(((const struct source *)node->sources->pdata[i])->qualifier, expr->names[0]))
      return separation_refuse(node, expr->at, "'%s' is a whole row", expr->names[0]);
  return true;
}

bool
separation_check_rows(struct separation *node)
{
  const struct ast_visitor visitor = {.expr = check_row_name, .user = node};
  const struct query *query = node->query;
  check_exprs(node, &visitor, query->select);
  check_exprs(node, &visitor, query->groups);
  ast_walk_expr(query->where, &visitor);
  ast_walk_expr(query->having, &visitor);
  ast_walk_expr(query->qualify, &visitor);
  for (guint i = 0; node->reason == NULL && i < query->order->len; i++) {
    struct expr *expr = ((struct order *)query->order->pdata[i])->expr;
    if (separation_entry(node, expr, PLACE_ORDER) == NULL)
      ast_walk_expr(expr, &visitor);
  }
  return node->reason == NULL;
}

static bool
column_outside(struct expr *expr, gpointer user)
{
  struct separation *node = user;
  if (separation_is_aggregate(node, expr))
    return false;
  if (expr->class == EXPR_COLUMN)
    (void)separation_refuse(node, expr->at, "HAVING of GROUP BY ALL names a key by its alias");
  return true;
}

/* DuckDB binds the HAVING of GROUP BY ALL before it knows the keys: a name is an alias first, and a column that is
 * met outside of aggregates becomes one more key. */
static bool
check_having_name(struct expr *expr, gpointer user)
{
  struct separation *node = user;
  if (separation_is_aggregate(node, expr))
    return false;
  if (expr->class != EXPR_COLUMN)
    return true;
  struct expr *entry = separation_entry(node, expr, PLACE_ORDER);
  g_autofree char *column = separation_text(node, expr);
  g_autofree char *alias = entry == NULL ? g_strdup(column) : separation_text(node, entry);
  const struct ast_visitor visitor = {.expr = column_outside, .user = node};
  if (!g_str_equal(column, alias) && sources_have(node->sources, expr->names[0]))
    return separation_refuse(node, expr->at, "'%s' in HAVING is a column and an alias",
                             expr->names[0]);
  if (!g_str_equal(column, alias))
    ast_walk_expr(entry, &visitor);
  else if (!separation_is_group(node, column))
    return separation_refuse(node, expr->at, "HAVING of GROUP BY ALL adds a key");
  return true;
}

/* In any other HAVING DuckDB takes a bare name that is no key for an alias before it takes it for a column, and only what has no
 * such name in it for the key that it repeats. */
static bool
check_having_alias(struct expr *expr, gpointer user)
{
  struct separation *node = user;
  if (separation_is_aggregate(node, expr))
    return false;
  const struct expr *entry = separation_entry(node, expr, PLACE_ORDER);
  if (entry == NULL || !sources_have(node->sources, expr->names[0]))
    return true;
  g_autofree char *column = separation_text(node, expr);
  return separation_is_group(node, column) ||
         separation_refuse(node, expr->at, "'%s' in HAVING is a column and an alias",
                           expr->names[0]);
}

bool
separation_check_having(struct separation *node)
{
  const struct ast_visitor visitor = {
      .expr = node->query->group_by_all ? check_having_name : check_having_alias, .user = node};
  ast_walk_expr(node->query->having, &visitor);
  return node->reason == NULL;
}
