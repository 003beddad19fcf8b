/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/kernel.h"
#include "plan/tree.h"

static bool
is_text_constant(const struct expr *expr)
{
  if (expr->class != EXPR_CONSTANT)
    return false;
  struct json_object *value = json_get(expr->raw, "value");
  return !json_get_flag(value, "is_null") &&
         g_strcmp0(json_get_text(json_get(value, "type"), "id"), "VARCHAR") == 0;
}

/* column IN (texts) or column = text, the column being the first child. */
static bool
compares_text(const struct expr *expr, GHashTable *types)
{
  if (!g_str_equal(expr->type, "COMPARE_IN") && !g_str_equal(expr->type, "COMPARE_EQUAL"))
    return false;
  if (expr->children->len < 2)
    return false;
  const struct expr *column = expr->children->pdata[0];
  if (column->class != EXPR_COLUMN || g_strcmp0(kernel_type_of(types, column), "VARCHAR") != 0)
    return false;
  for (guint i = 1; i < expr->children->len; i++)
    if (!is_text_constant(expr->children->pdata[i]))
      return false;
  return true;
}

static bool
replace(struct expr **slot, gpointer types)
{
  if (!compares_text(*slot, types))
    return false;
  struct expr *list = ast_call("list_value", false, NULL);
  for (guint i = 1; i < (*slot)->children->len; i++)
    g_ptr_array_add(list->children, ast_expr_copy((*slot)->children->pdata[i]));
  tree_replace(slot, ast_call("list_contains", false, list,
                              ast_expr_copy((*slot)->children->pdata[0]), NULL));
  return true;
}

/* Only of a table's own columns: one made by a sub-query may carry a collation, which no type shows. */
struct expr *
kernel_flag(struct expr *flag, const struct query *scan, GHashTable *types)
{
  if (scan->from->class != TABLE_BASE || scan->ctes->len > 0)
    return flag;
  ast_rewrite_expr(&flag, replace, types);
  return flag;
}
