/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/names.h"
#include "plan/tree.h"

struct inlining {
  struct duck_connection *connection;
  const struct cte *view;
};

static bool
inline_table(const struct inlining *inlining, struct table_ref **slot, GError **error)
{
  struct table_ref *table = *slot;
  if (table == NULL)
    return true;
  if (table->class == TABLE_JOIN)
    return inline_table(inlining, &table->left, error) &&
           inline_table(inlining, &table->right, error);
  if (table->class != TABLE_BASE || *table->schema != '\0' || *table->catalog != '\0' ||
      !tree_same_name(table->name, inlining->view->name))
    return true;
  struct table_ref *derived =
      tree_derived(inlining->connection, ast_query_copy(inlining->view->query),
                   *table->alias == '\0' ? table->name : table->alias, error);
  if (derived == NULL)
    return false;
  json_add_object(derived->raw, "column_name_alias",
                  json_object_get(json_get(table->raw, "column_name_alias")));
  ast_table_ref_free(table);
  *slot = derived;
  return true;
}

static bool
is_among(const char *const *names, const char *name)
{
  for (gsize i = 0; names[i] != NULL; i++)
    if (tree_same_name(names[i], name))
      return true;
  return false;
}

bool
names_inline_views(struct duck_connection *connection, struct query *root, const char *const *views,
                   GError **error)
{
  for (guint i = 0; i < root->ctes->len; i++) {
    const struct inlining inlining = {.connection = connection, .view = root->ctes->pdata[i]};
    if (!is_among(views, inlining.view->name))
      continue;
    g_autoptr(GPtrArray) nodes = tree_nodes(root);
    for (guint k = 0; k < nodes->len; k++) {
      struct query *node = nodes->pdata[k];
      if (!inline_table(&inlining, &node->from, error))
        return false;
    }
  }
  names_drop_unused(root);
  return true;
}
