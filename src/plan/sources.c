/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/sources.h"
#include "plan/tree.h"

static void
source_free(gpointer pointer)
{
  struct source *source = pointer;
  if (source->columns != NULL)
    g_ptr_array_unref(source->columns);
  g_free(source);
}

struct query *
sources_select(const struct table_ref *from, GPtrArray *ctes)
{
  struct query *query = ast_select();
  for (guint i = 0; i < ctes->len; i++) {
    const struct cte *cte = ctes->pdata[i];
    struct cte *copy = ast_cte(cte->name, ast_query_copy(cte->query));
    json_release(&copy->raw);
    copy->raw = json_object_get(cte->raw);
    g_ptr_array_add(query->ctes, copy);
  }
  ast_table_ref_free(query->from);
  query->from = ast_table_ref_copy(from);
  return query;
}

GPtrArray *
sources_describe(struct duck_connection *connection, const struct query *query,
                 struct duck_fault **ret_fault, GError **error)
{
  g_autofree char *sql = ast_to_sql(connection, query, error);
  return sql == NULL ? NULL : duck_describe(connection, sql, ret_fault, error);
}

GPtrArray *
sources_read(struct duck_connection *connection, struct table_ref *from, GPtrArray *ctes,
             struct duck_fault **ret_fault, GError **error)
{
  g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func(source_free);
  g_autoptr(GPtrArray) leaves = tree_leaves(from);
  for (guint i = 0; i < leaves->len; i++) {
    const struct table_ref *leaf = leaves->pdata[i];
    AUTO(ast_query_free) struct query *query = sources_select(leaf, ctes);
    g_ptr_array_add(query->select, ast_star());
    GPtrArray *columns = sources_describe(connection, query, ret_fault, error);
    if (columns == NULL)
      return NULL;
    struct source *source = g_new0(struct source, 1);
    source->table = leaf;
    source->qualifier = *leaf->alias != '\0'        ? leaf->alias
                        : leaf->class == TABLE_BASE ? leaf->name
                                                    : "";
    source->columns = columns;
    g_ptr_array_add(sources, source);
  }
  return g_steal_pointer(&sources);
}

bool
sources_columns_have(const GPtrArray *columns, const char *name)
{
  for (guint i = 0; i < columns->len; i++)
    if (tree_same_name(((const struct duck_column *)columns->pdata[i])->name, name))
      return true;
  return false;
}

const struct source *
sources_owner(GPtrArray *sources, const char *column)
{
  const struct source *owner = NULL;
  for (guint i = 0; i < sources->len; i++) {
    if (!sources_columns_have(((const struct source *)sources->pdata[i])->columns, column))
      continue;
    if (owner != NULL)
      return NULL;
    owner = sources->pdata[i];
  }
  return owner;
}

bool
sources_have(GPtrArray *sources, const char *column)
{
  for (guint i = 0; i < sources->len; i++)
    if (sources_columns_have(((const struct source *)sources->pdata[i])->columns, column))
      return true;
  return false;
}

static bool
strip(struct expr **slot, gpointer user)
{
  struct expr *expr = *slot;
  GPtrArray *sources = user;
  if (expr->class != EXPR_COLUMN || expr->names[0] == NULL || expr->names[1] == NULL)
    return false;
  const struct source *owner = sources_owner(sources, expr->names[1]);
  if (owner == NULL || !tree_same_name(owner->qualifier, expr->names[0]))
    return false;
  tree_drop_qualifier(expr);
  return false;
}

struct expr *
sources_strip(GPtrArray *sources, const struct expr *expr)
{
  struct expr *copy = ast_expr_copy(expr);
  ast_rewrite_expr(&copy, strip, sources);
  return copy;
}
