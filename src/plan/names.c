/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/names.h"
#include "plan/tree.h"

struct scope {
  const struct scope *outer;
  GPtrArray *names; /* char *: as written, then as renamed, in turns; later entries win */
};

struct resolver {
  bool rename;       /* the second turn; the first only collects */
  GHashTable *taken; /* lower-case names in use */
  const struct scope *scope;
  const struct query *node;
};

static const char *
lookup(const struct scope *scope, const char *name)
{
  for (; scope != NULL; scope = scope->outer)
    for (guint i = scope->names->len; i >= 2; i -= 2)
      if (tree_same_name(scope->names->pdata[i - 2], name))
        return scope->names->pdata[i - 1];
  return NULL;
}

static bool
is_plain(const struct table_ref *table)
{
  return table->class == TABLE_BASE && *table->schema == '\0' && *table->catalog == '\0';
}

static bool
resolve_table(struct table_ref *table, gpointer user)
{
  struct resolver *resolver = user;
  if (!is_plain(table))
    return true;
  const char *found = lookup(resolver->scope, table->name);
  if (found == NULL) {
    g_hash_table_add(resolver->taken, g_ascii_strdown(table->name, -1));
  } else if (resolver->rename && !tree_same_name(found, table->name)) {
    if (*table->alias == '\0') {
      g_free(table->alias);
      table->alias = g_strdup(table->name);
    }
    g_free(table->name);
    table->name = g_strdup(found);
  }
  return true;
}

static void resolve(const struct resolver *outer, struct query *node);

static bool
is_cte_of(const struct query *node, const struct query *query)
{
  for (guint i = 0; i < node->ctes->len; i++)
    if (((const struct cte *)node->ctes->pdata[i])->query == query)
      return true;
  return false;
}

static bool
resolve_query(struct query *query, gpointer user)
{
  const struct resolver *resolver = user;
  if (query == resolver->node)
    return true;
  if (!is_cte_of(resolver->node, query))
    resolve(resolver, query);
  return false;
}

/* The name of a recursive CTE stands in its body too, where the tree has no model of it: it is never changed. */
static bool
keeps_name(const struct cte *cte)
{
  return cte->query == NULL || cte->query->class == QUERY_RECURSIVE;
}

static void
rename_cte(const struct resolver *resolver, struct cte *cte)
{
  g_autofree char *name = g_ascii_strdown(cte->name, -1);
  g_autofree char *free_name = g_strdup(cte->name);
  for (guint i = 2; !keeps_name(cte) && g_hash_table_contains(resolver->taken, name); i++) {
    g_free(free_name);
    g_free(name);
    free_name = g_strdup_printf("%s_%u", cte->name, i);
    name = g_ascii_strdown(free_name, -1);
  }
  g_hash_table_add(resolver->taken, g_steal_pointer(&name));
  g_free(cte->name);
  cte->name = g_steal_pointer(&free_name);
}

static void
resolve_cte(const struct resolver *resolver, struct scope *scope, struct cte *cte)
{
  if (keeps_name(cte)) {
    if (!resolver->rename)
      g_hash_table_add(resolver->taken, g_ascii_strdown(cte->name, -1));
    g_ptr_array_add(scope->names, g_strdup(cte->name));
    g_ptr_array_add(scope->names, g_strdup(cte->name));
    if (cte->query != NULL)
      resolve(resolver, cte->query);
    return;
  }
  resolve(resolver, cte->query);
  g_ptr_array_add(scope->names, g_strdup(cte->name));
  if (resolver->rename)
    rename_cte(resolver, cte);
  g_ptr_array_add(scope->names, g_strdup(cte->name));
}

static void
resolve(const struct resolver *outer, struct query *node)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  struct scope scope = {.outer = outer->scope, .names = names};
  struct resolver resolver = *outer;
  resolver.scope = &scope;
  resolver.node = node;
  for (guint i = 0; i < node->ctes->len; i++)
    resolve_cte(&resolver, &scope, node->ctes->pdata[i]);
  const struct ast_visitor visitor = {
      .table = resolve_table, .query = resolve_query, .user = &resolver};
  ast_walk_query(node, &visitor);
}

static bool
note_name(struct table_ref *table, gpointer user)
{
  if (is_plain(table))
    g_hash_table_add(user, g_ascii_strdown(table->name, -1));
  return true;
}

void
names_drop_unused(struct query *root)
{
  bool changed = true;
  while (changed) {
    changed = false;
    g_autoptr(GHashTable) used = tree_set_new();
    const struct ast_visitor visitor = {.table = note_name, .user = used};
    ast_walk_query(root, &visitor);
    g_autoptr(GPtrArray) nodes = tree_nodes(root);
    for (guint i = 0; !changed && i < nodes->len; i++) {
      const struct query *node = nodes->pdata[i];
      for (guint k = node->ctes->len; k > 0; k--) {
        g_autofree char *name =
            g_ascii_strdown(((const struct cte *)node->ctes->pdata[k - 1])->name, -1);
        if (g_hash_table_contains(used, name))
          continue;
        (void)g_ptr_array_remove_index(node->ctes, k - 1);
        changed = true;
      }
    }
  }
}

struct query *
names_resolve(const struct query *query, const struct names_view *views, gsize view_count,
              const char *const *inputs)
{
  struct query *root = ast_query_copy(query);
  for (gsize i = view_count; i > 0; i--)
    g_ptr_array_insert(root->ctes, 0,
                       ast_cte(views[i - 1].name, ast_query_copy(views[i - 1].query)));
  g_autoptr(GHashTable) taken = tree_set_new();
  for (gsize i = 0; inputs != NULL && inputs[i] != NULL; i++)
    g_hash_table_add(taken, g_ascii_strdown(inputs[i], -1));
  struct resolver collect = {.taken = taken};
  resolve(&collect, root);
  struct resolver rename = {.taken = taken, .rename = true};
  resolve(&rename, root);
  names_drop_unused(root);
  return root;
}
