/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/prune.h"
#include "plan/tree.h"

struct reading {
  const struct inventory *inventory;
  const struct query *node;
  const char *qualifier;
  bool *read; /* one for each column */
};

static void
read_all(struct reading *reading)
{
  for (guint i = 0; i < reading->inventory->columns->len; i++)
    reading->read[i] = true;
}

static void
read_named(struct reading *reading, const char *name)
{
  for (guint i = 0; i < reading->inventory->columns->len; i++) {
    const struct inventory_column *column = reading->inventory->columns->pdata[i];
    reading->read[i] |= tree_same_name(column->name, name);
  }
}

/* * reads all, but for what EXCLUDE takes out, if nothing else reads that. */
static void
read_star(struct reading *reading, const struct expr *expr)
{
  const char *relation = json_get_text(expr->raw, "relation_name");
  struct json_object *excluded = json_get(expr->raw, "exclude_list");
  if (relation != NULL && *relation != '\0' && !tree_same_name(relation, reading->qualifier))
    return;
  for (guint i = 0; i < reading->inventory->columns->len; i++) {
    const struct inventory_column *column = reading->inventory->columns->pdata[i];
    bool left_out = false;
    gsize count = excluded == NULL ? 0 : json_object_array_length(excluded);
    for (gsize k = 0; k < count; k++) {
      const char *name = json_object_get_string(json_object_array_get_idx(excluded, k));
      left_out |= name != NULL && tree_same_name(name, column->name);
    }
    reading->read[i] |= !left_out;
  }
}

/* ORDER BY ALL speaks of the result. */
static bool
is_order_all(const struct query *node, const struct expr *expr)
{
  for (guint i = 0; i < node->order->len; i++)
    if (((const struct order *)node->order->pdata[i])->expr == expr)
      return true;
  return false;
}

static bool
read_expr(struct expr *expr, gpointer user)
{
  struct reading *reading = user;
  if (expr->class == EXPR_STAR) {
    if (!is_order_all(reading->node, expr))
      read_star(reading, expr);
  } else if (expr->class == EXPR_COLUMN && expr->names[0] != NULL) {
    bool qualified = tree_same_name(expr->names[0], reading->qualifier);
    if (qualified && expr->names[1] == NULL)
      read_all(reading); /* the row itself, or a column of the table's name */
    else
      read_named(reading, qualified ? expr->names[1] : expr->names[0]);
  }
  return true;
}

static bool
read_table(struct table_ref *table, gpointer user)
{
  struct reading *reading = user;
  for (gsize i = 0; table->using_columns != NULL && table->using_columns[i] != NULL; i++)
    read_named(reading, table->using_columns[i]);
  if (table->class == TABLE_JOIN && g_str_equal(table->join_ref, "NATURAL"))
    read_all(reading);
  return true;
}

/* Sub-queries of expressions may refer to the table; CTEs cannot. */
static bool
enter_query(struct query *query, gpointer user)
{
  const struct reading *reading = user;
  for (guint i = 0; i < reading->node->ctes->len; i++)
    if (((const struct cte *)reading->node->ctes->pdata[i])->query == query)
      return false;
  return true;
}

static void
read_node(struct reading *reading, struct query *node)
{
  const struct ast_visitor visitor = {
      .expr = read_expr, .table = read_table, .query = enter_query, .user = reading};
  reading->node = node;
  ast_walk_query(node, &visitor);
}

char **
columns_read(struct query *root, const struct inventory *inventory)
{
  guint count = inventory->columns->len;
  g_autofree bool *read = g_new0(bool, count + 1);
  g_autoptr(GPtrArray) nodes = tree_nodes(root);
  for (guint i = 0; i < nodes->len; i++) {
    struct query *node = nodes->pdata[i];
    g_autoptr(GPtrArray) leaves = tree_leaves(node->from);
    for (guint k = 0; k < leaves->len; k++) {
      const struct table_ref *leaf = leaves->pdata[k];
      if (leaf->class != TABLE_BASE || !tree_same_name(leaf->name, inventory->name))
        continue;
      struct reading reading = {.inventory = inventory,
                                .qualifier = *leaf->alias == '\0' ? leaf->name : leaf->alias,
                                .read = read};
      read_node(&reading, node);
    }
  }
  GPtrArray *names = g_ptr_array_new();
  for (guint i = 0; i < count; i++)
    if (read[i])
      g_ptr_array_add(
          names, g_strdup(((const struct inventory_column *)inventory->columns->pdata[i])->name));
  g_ptr_array_add(names, NULL);
  return (char **)g_ptr_array_free(names, FALSE);
}
