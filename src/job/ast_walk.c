/* SPDX-License-Identifier: Apache-2.0 */
#include "job/ast.h"

static void
walk_exprs(GPtrArray *exprs, const struct ast_visitor *visitor)
{
  for (guint i = 0; i < exprs->len; i++)
    ast_walk_expr(g_ptr_array_index(exprs, i), visitor);
}

static void
walk_orders(GPtrArray *orders, const struct ast_visitor *visitor)
{
  for (guint i = 0; i < orders->len; i++)
    ast_walk_expr(((struct order *)g_ptr_array_index(orders, i))->expr, visitor);
}

void
ast_walk_expr(struct expr *expr, const struct ast_visitor *visitor)
{
  if (expr == NULL || (visitor->expr != NULL && !visitor->expr(expr, visitor->user)))
    return;
  walk_exprs(expr->children, visitor);
  ast_walk_expr(expr->filter, visitor);
  walk_exprs(expr->partitions, visitor);
  walk_orders(expr->order, visitor);
  walk_orders(expr->argument_order, visitor);
  ast_walk_query(expr->subquery, visitor);
}

void
ast_walk_table(struct table_ref *table, const struct ast_visitor *visitor)
{
  if (table == NULL || (visitor->table != NULL && !visitor->table(table, visitor->user)))
    return;
  ast_walk_table(table->left, visitor);
  ast_walk_table(table->right, visitor);
  ast_walk_expr(table->condition, visitor);
  ast_walk_expr(table->function, visitor);
  walk_exprs(table->rows, visitor);
  ast_walk_query(table->query, visitor);
}

void
ast_walk_query(struct query *query, const struct ast_visitor *visitor)
{
  if (query == NULL || (visitor->query != NULL && !visitor->query(query, visitor->user)))
    return;
  for (guint i = 0; i < query->ctes->len; i++)
    ast_walk_query(((struct cte *)g_ptr_array_index(query->ctes, i))->query, visitor);
  walk_exprs(query->select, visitor);
  ast_walk_table(query->from, visitor);
  ast_walk_expr(query->where, visitor);
  walk_exprs(query->groups, visitor);
  ast_walk_expr(query->having, visitor);
  ast_walk_expr(query->qualify, visitor);
  walk_exprs(query->distinct_on, visitor);
  walk_orders(query->order, visitor);
  ast_walk_expr(query->limit, visitor);
  ast_walk_expr(query->offset, visitor);
  for (guint i = 0; i < query->branches->len; i++)
    ast_walk_query(g_ptr_array_index(query->branches, i), visitor);
}

static void
rewrite_exprs(GPtrArray *exprs, ast_replace replace, gpointer user)
{
  for (guint i = 0; i < exprs->len; i++)
    ast_rewrite_expr((struct expr **)&exprs->pdata[i], replace, user);
}

static void
rewrite_orders(GPtrArray *orders, ast_replace replace, gpointer user)
{
  for (guint i = 0; i < orders->len; i++)
    ast_rewrite_expr(&((struct order *)g_ptr_array_index(orders, i))->expr, replace, user);
}

void
ast_rewrite_expr(struct expr **slot, ast_replace replace, gpointer user)
{
  if (*slot == NULL || replace(slot, user) || *slot == NULL)
    return;
  struct expr *expr = *slot;
  rewrite_exprs(expr->children, replace, user);
  ast_rewrite_expr(&expr->filter, replace, user);
  rewrite_exprs(expr->partitions, replace, user);
  rewrite_orders(expr->order, replace, user);
  rewrite_orders(expr->argument_order, replace, user);
}
