/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/tree.h"

static bool
collect_node(struct query *query, gpointer user)
{
  g_ptr_array_add(user, query);
  return true;
}

GPtrArray *
tree_nodes(struct query *root)
{
  GPtrArray *nodes = g_ptr_array_new();
  const struct ast_visitor visitor = {.query = collect_node, .user = nodes};
  ast_walk_query(root, &visitor);
  return nodes;
}

struct own_walk {
  const struct query *node;
  bool (*visit)(struct expr *expr, gpointer user);
  gpointer user;
};

static bool
own_expr(struct expr *expr, gpointer user)
{
  const struct own_walk *walk = user;
  return walk->visit(expr, walk->user);
}

static bool
own_query(struct query *query, gpointer user)
{
  const struct own_walk *walk = user;
  return query == walk->node;
}

void
tree_walk_own(struct query *node, bool (*visit)(struct expr *expr, gpointer user), gpointer user)
{
  struct own_walk walk = {.node = node, .visit = visit, .user = user};
  const struct ast_visitor visitor = {.expr = own_expr, .query = own_query, .user = &walk};
  ast_walk_query(node, &visitor);
}

static void
rewrite_list(GPtrArray *exprs, ast_replace replace, gpointer user)
{
  for (guint i = 0; i < exprs->len; i++)
    ast_rewrite_expr((struct expr **)&exprs->pdata[i], replace, user);
}

static void
rewrite_table(struct table_ref *table, ast_replace replace, gpointer user)
{
  if (table == NULL)
    return;
  rewrite_table(table->left, replace, user);
  rewrite_table(table->right, replace, user);
  ast_rewrite_expr(&table->condition, replace, user);
  ast_rewrite_expr(&table->function, replace, user);
  rewrite_list(table->rows, replace, user);
}

void
tree_rewrite_own(struct query *node, ast_replace replace, gpointer user)
{
  rewrite_list(node->select, replace, user);
  rewrite_table(node->from, replace, user);
  ast_rewrite_expr(&node->where, replace, user);
  rewrite_list(node->groups, replace, user);
  ast_rewrite_expr(&node->having, replace, user);
  ast_rewrite_expr(&node->qualify, replace, user);
  rewrite_list(node->distinct_on, replace, user);
  for (guint i = 0; i < node->order->len; i++)
    ast_rewrite_expr(&((struct order *)node->order->pdata[i])->expr, replace, user);
  ast_rewrite_expr(&node->limit, replace, user);
  ast_rewrite_expr(&node->offset, replace, user);
}

struct search {
  bool (*test)(const struct expr *expr, gpointer user);
  gpointer user;
  struct expr *found;
};

static bool
search_expr(struct expr *expr, gpointer user)
{
  struct search *search = user;
  if (search->found == NULL && search->test(expr, search->user))
    search->found = expr;
  return search->found == NULL;
}

static bool
keep_out(struct query *query, gpointer user)
{
  (void)query;
  (void)user;
  return false;
}

struct expr *
tree_find(struct expr *expr, bool (*test)(const struct expr *expr, gpointer user), gpointer user)
{
  struct search search = {.test = test, .user = user};
  const struct ast_visitor visitor = {.expr = search_expr, .query = keep_out, .user = &search};
  ast_walk_expr(expr, &visitor);
  return search.found;
}

static void
collect_leaves(struct table_ref *table, GPtrArray *leaves)
{
  if (table == NULL)
    return;
  if (table->class == TABLE_JOIN) {
    collect_leaves(table->left, leaves);
    collect_leaves(table->right, leaves);
  } else if (table->class != TABLE_EMPTY) {
    g_ptr_array_add(leaves, table);
  }
}

GPtrArray *
tree_leaves(struct table_ref *from)
{
  GPtrArray *leaves = g_ptr_array_new();
  collect_leaves(from, leaves);
  return leaves;
}

static bool
least_place(struct expr *expr, gpointer user)
{
  gssize *place = user;
  if (expr->at >= 0 && (*place < 0 || expr->at < *place))
    *place = expr->at;
  return true;
}

gssize
tree_place(struct query *node)
{
  gssize place = -1;
  tree_walk_own(node, least_place, &place);
  g_autoptr(GPtrArray) leaves = tree_leaves(node->from);
  for (guint i = 0; place < 0 && i < leaves->len; i++)
    place = ((const struct table_ref *)leaves->pdata[i])->at;
  return place;
}

void
tree_drop_qualifier(struct expr *expr)
{
  g_free(expr->names[0]);
  gsize i = 0;
  do
    expr->names[i] = expr->names[i + 1];
  while (expr->names[i++] != NULL);
}

bool
tree_is_name(const struct expr *expr)
{
  return expr->class == EXPR_COLUMN && expr->names[0] != NULL && expr->names[1] == NULL;
}

void
tree_set_alias(struct expr *expr, const char *alias)
{
  char *copy = g_strdup(alias);
  g_free(expr->alias);
  expr->alias = copy;
}

void
tree_replace(struct expr **slot, struct expr *with)
{
  tree_set_alias(with, (*slot)->alias);
  ast_expr_free(*slot);
  *slot = with;
}

struct table_ref *
tree_derived(struct duck_connection *connection, struct query *query, const char *alias,
             GError **error)
{
  AUTO(ast_query_free) struct query *inner = query;
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  AUTO(ast_query_free)
  struct query *shell = ast_parse(connection, "SELECT 1 FROM (SELECT 1) AS x", &fault, error);
  if (shell == NULL) {
    if (fault != NULL)
      (void)duck_fault_raise(fault, error);
    return NULL;
  }
  struct table_ref *table = g_steal_pointer(&shell->from);
  ast_query_free(table->query);
  table->query = g_steal_pointer(&inner);
  g_free(table->alias);
  table->alias = g_strdup(alias);
  return table;
}

bool
tree_same_name(const char *left, const char *right)
{
  return g_ascii_strcasecmp(left, right) == 0;
}

GHashTable *
tree_set_new(void)
{
  return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}
