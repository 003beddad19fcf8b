/* SPDX-License-Identifier: Apache-2.0 */
#include "job/functions.h"
#include "plan/kernel.h"
#include "plan/tree.h"

/* Looks through views and sub-queries that neither drop nor multiply rows. */
struct search {
  const struct plan *plan;
  GPtrArray *ctes; /* struct cte */
};

static const struct inventory *source_of(const struct search *search, const struct table_ref *from);

static const struct inventory *
inventory_named(const struct plan *plan, const char *name)
{
  for (guint i = 0; i < plan->inventories->len; i++) {
    const struct inventory *inventory = plan->inventories->pdata[i];
    if (tree_same_name(inventory->name, name))
      return inventory;
  }
  return NULL;
}

/* An aggregate makes one row of many, unnest() many of one. */
static bool
changes_rows(const struct expr *expr, gpointer user)
{
  (void)user;
  return expr->class == EXPR_SUBQUERY || expr->class == EXPR_OTHER ||
         (expr->class == EXPR_FUNCTION &&
          (g_hash_table_contains(functions_aggregates(), expr->function) ||
           g_str_equal(expr->function, "unnest") || g_str_equal(expr->function, "unlist")));
}

static bool
keeps_rows(const struct query *query)
{
  if (query->class != QUERY_SELECT || query->ctes->len > 0 || query->where != NULL ||
      query->groups->len > 0 || query->group_sets->len > 0 || query->group_by_all ||
      query->having != NULL || query->qualify != NULL || query->sampled || query->distinct ||
      query->distinct_on->len > 0 || query->limit != NULL || query->offset != NULL)
    return false;
  for (guint i = 0; i < query->select->len; i++)
    if (tree_find(query->select->pdata[i], changes_rows, NULL) != NULL)
      return false;
  return true;
}

static bool
is_whole_star(const struct expr *expr)
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

/* Whether the column of this name is that of the table, unchanged, and the only one. */
static bool
passes_on(const struct query *query, const char *name)
{
  guint unchanged = 0, others = 0;
  for (guint i = 0; i < query->select->len; i++) {
    const struct expr *entry = query->select->pdata[i];
    guint parts = entry->class == EXPR_COLUMN ? g_strv_length(entry->names) : 0;
    const char *own = parts > 0 ? entry->names[parts - 1] : "";
    const char *shown = *entry->alias == '\0' ? own : entry->alias;
    if (is_whole_star(entry) || (tree_same_name(own, name) && tree_same_name(shown, name)))
      unchanged++;
    else
      others += tree_same_name(shown, name);
  }
  return unchanged == 1 && others == 0;
}

static const struct inventory *
source_of_query(const struct search *search, const struct query *query)
{
  const struct inventory *inventory = keeps_rows(query) ? source_of(search, query->from) : NULL;
  for (guint i = 0; inventory != NULL && i < inventory->partition_columns->len; i++) {
    const struct inventory_column *column = inventory->partition_columns->pdata[i];
    if (!passes_on(query, column->name))
      return NULL;
  }
  return inventory;
}

static const struct inventory *
source_of(const struct search *search, const struct table_ref *from)
{
  struct json_object *renamed = json_get(from->raw, "column_name_alias");
  if (from->sampled || (renamed != NULL && json_object_array_length(renamed) > 0))
    return NULL;
  if (from->class == TABLE_SUBQUERY)
    return source_of_query(search, from->query);
  if (from->class != TABLE_BASE || *from->schema != '\0' || *from->catalog != '\0')
    return NULL;
  for (guint i = 0; i < search->ctes->len; i++) {
    const struct cte *cte = search->ctes->pdata[i];
    if (!tree_same_name(cte->name, from->name))
      continue;
    struct json_object *aliases = json_get(json_get(cte->raw, "value"), "aliases");
    bool plain = aliases == NULL || json_object_array_length(aliases) == 0;
    return plain ? source_of_query(search, cte->query) : NULL;
  }
  return inventory_named(search->plan, from->name);
}

const struct inventory *
kernel_source(const struct plan *plan, const struct plan_rollup *rollup)
{
  const struct search search = {.plan = plan, .ctes = rollup->scan->ctes};
  const struct inventory *inventory = source_of(&search, rollup->scan->from);
  return inventory != NULL && inventory->partition_columns->len > 0 ? inventory : NULL;
}
