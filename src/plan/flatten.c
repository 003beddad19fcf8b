/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/flatten.h"
#include "plan/names.h"
#include "plan/sources.h"
#include "plan/tree.h"

bool
flatten_is_plain(const struct query *query)
{
  return query->class == QUERY_SELECT && query->ctes->len == 0 && query->groups->len == 0 &&
         query->group_sets->len == 0 && !query->group_by_all && query->having == NULL &&
         query->qualify == NULL && !query->sampled && !query->distinct &&
         query->distinct_on->len == 0 && query->limit == NULL && query->offset == NULL;
}

bool
flatten_is_star(const struct expr *expr)
{
  static const char *const lists[] = {"exclude_list", "replace_list", "rename_list",
                                      "qualified_exclude_list"};
  if (expr->class != EXPR_STAR || json_get_flag(expr->raw, "columns"))
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(lists); i++) {
    struct json_object *list = json_get(expr->raw, lists[i]);
    if (list != NULL && json_object_array_length(list) > 0)
      return false;
  }
  return true;
}

static bool
renames_columns(const struct table_ref *from)
{
  struct json_object *names = json_get(from->raw, "column_name_alias");
  return names != NULL && json_object_array_length(names) > 0;
}

bool
flatten_is_table(const struct table_ref *from)
{
  return from->class == TABLE_BASE && !from->sampled && !from->time_travel &&
         *from->schema == '\0' && *from->catalog == '\0' && !renames_columns(from);
}

struct cte *
flatten_cte(GPtrArray *ctes, const char *name)
{
  for (guint i = 0; i < ctes->len; i++) {
    struct cte *cte = ctes->pdata[i];
    if (!tree_same_name(cte->name, name))
      continue;
    struct json_object *aliases = json_get(json_get(cte->raw, "value"), "aliases");
    return aliases == NULL || json_object_array_length(aliases) == 0 ? cte : NULL;
  }
  return NULL;
}

/* Every column stands under its own name, so that what was said over the view can be said over the table. */
static bool
keeps_columns(const struct query *query)
{
  if (query->select->len == 1 && flatten_is_star(query->select->pdata[0]))
    return true;
  for (guint i = 0; i < query->select->len; i++) {
    const struct expr *entry = query->select->pdata[i];
    if (!tree_is_name(entry) ||
        (*entry->alias != '\0' && !tree_same_name(entry->alias, entry->names[0])))
      return false;
    for (guint k = 0; k < i; k++)
      if (tree_same_name(((const struct expr *)query->select->pdata[k])->names[0], entry->names[0]))
        return false;
  }
  return true;
}

static bool
is_in_the_way(const struct expr *expr, gpointer volatiles)
{
  return expr->class == EXPR_SUBQUERY || expr->class == EXPR_OTHER || expr->class == EXPR_STAR ||
         (expr->class == EXPR_FUNCTION && g_hash_table_contains(volatiles, expr->function));
}

static const struct query *
inner_query(const struct query *scan, GHashTable *volatiles)
{
  const struct table_ref *from = scan->from;
  const struct query *inner = NULL;
  if (from->class == TABLE_SUBQUERY && !from->sampled && !renames_columns(from)) {
    inner = from->query;
  } else if (flatten_is_table(from)) {
    const struct cte *cte = flatten_cte(scan->ctes, from->name);
    inner = cte == NULL ? NULL : cte->query;
  }
  if (inner == NULL || !flatten_is_plain(inner) || !keeps_columns(inner) ||
      !(flatten_is_table(inner->from) || inner->from->class == TABLE_SUBQUERY) ||
      (inner->where != NULL && tree_find(inner->where, is_in_the_way, volatiles) != NULL))
    return NULL;
  return inner;
}

struct stripping {
  GPtrArray *columns;
  const char *qualifier;
  bool sure;
};

/* A column of the table that the view does not show cannot be told from a field of a struct by its name alone. */
static bool
strip(struct expr **slot, gpointer user)
{
  struct stripping *stripping = user;
  struct expr *expr = *slot;
  if (expr->class != EXPR_COLUMN || expr->names[1] == NULL)
    return false;
  if (!tree_same_name(expr->names[0], stripping->qualifier))
    return false;
  if (!sources_columns_have(stripping->columns, expr->names[1])) {
    stripping->sure = false;
    return false;
  }
  tree_drop_qualifier(expr);
  return false;
}

static bool
take_out(struct query *scan, const struct query *inner, GPtrArray *columns)
{
  const struct table_ref *table = inner->from;
  struct expr *where = inner->where == NULL ? NULL : ast_expr_copy(inner->where);
  struct stripping stripping = {.columns = columns};
  stripping.qualifier =
      *table->alias != '\0' || table->class != TABLE_BASE ? table->alias : table->name;
  stripping.sure = !sources_columns_have(columns, stripping.qualifier);
  if (where != NULL)
    ast_rewrite_expr(&where, strip, &stripping);
  if (!stripping.sure) {
    ast_expr_free(where);
    return false;
  }
  struct table_ref *from = ast_table_ref_copy(table);
  if (from->class == TABLE_BASE) {
    g_free(from->alias);
    from->alias = g_strdup("");
  }
  ast_table_ref_free(scan->from);
  scan->from = from;
  scan->where = ast_and(where, scan->where);
  return true;
}

void
flatten_scan(struct query *scan, GPtrArray *columns, GHashTable *volatiles)
{
  const struct query *inner = inner_query(scan, volatiles);
  bool changed = false;
  while (inner != NULL && take_out(scan, inner, columns)) {
    changed = true;
    inner = inner_query(scan, volatiles);
  }
  if (changed)
    names_drop_unused(scan);
}
