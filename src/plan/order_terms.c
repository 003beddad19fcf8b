/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/compose.h"
#include "plan/tree.h"
#include "util/text.h"

static gint
column_named(GPtrArray *columns, const char *name)
{
  gint found = -1;
  for (guint i = 0; i < columns->len; i++) {
    if (!tree_same_name(((const struct plan_column *)columns->pdata[i])->name, name))
      continue;
    if (found >= 0)
      return -1;
    found = (gint)i;
  }
  return found;
}

/* The entry of the select list that an expression repeats; a table alone in FROM may be named or not. */
static gint
column_equal(const struct query *root, const struct expr *expr)
{
  g_autoptr(GPtrArray) leaves = tree_leaves(root->from);
  const struct table_ref *only = leaves->len == 1 ? leaves->pdata[0] : NULL;
  g_autofree char *qualifier =
      only == NULL ? NULL : g_ascii_strdown(*only->alias == '\0' ? only->name : only->alias, -1);
  const char *const qualifiers[] = {qualifier, NULL};
  g_autofree char *text = ast_canonical_expr(expr, qualifiers);
  for (guint i = 0; i < root->select->len; i++) {
    g_autofree char *entry = ast_canonical_expr(root->select->pdata[i], qualifiers);
    if (g_str_equal(entry, text))
      return (gint)i;
  }
  return -1;
}

static gint
term_column(const struct query *root, const struct expr *expr, GPtrArray *columns)
{
  if (expr->class == EXPR_CONSTANT) {
    gint64 number = json_get_int(json_get(expr->raw, "value"), "value", 0);
    return number >= 1 && number <= columns->len ? (gint)number - 1 : -1;
  }
  gint named = tree_is_name(expr) ? column_named(columns, expr->names[0]) : -1;
  if (named >= 0)
    return named;
  return root->class == QUERY_SELECT && root->select->len == columns->len ? column_equal(root, expr)
                                                                          : -1;
}

static bool
add_term(GPtrArray *terms, const struct plan_column *column, const struct order *order)
{
  /* Stored as text, an ENUM is in another order. */
  if (g_str_has_prefix(column->type, "ENUM"))
    return false;
  g_autofree char *name = text_sql_name(column->name);
  g_ptr_array_add(terms, g_strdup_printf("%s %s NULLS %s", name, order->descending ? "DESC" : "ASC",
                                         order->nulls == NULLS_FIRST ? "FIRST" : "LAST"));
  return true;
}

char **
compose_order(const struct query *root, GPtrArray *columns)
{
  if (root->order->len == 0)
    return NULL;
  g_autoptr(GPtrArray) terms = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < root->order->len; i++) {
    const struct order *order = root->order->pdata[i];
    bool all = order->expr->class == EXPR_STAR;
    for (guint k = 0; all && k < columns->len; k++)
      if (!add_term(terms, columns->pdata[k], order))
        return NULL;
    gint column = all ? -1 : term_column(root, order->expr, columns);
    if (!all && (column < 0 || !add_term(terms, columns->pdata[column], order)))
      return NULL;
  }
  g_ptr_array_add(terms, NULL);
  g_ptr_array_set_free_func(terms, NULL);
  return (char **)g_ptr_array_free(g_steal_pointer(&terms), FALSE);
}
