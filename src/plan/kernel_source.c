/* SPDX-License-Identifier: Apache-2.0 */
#include "job/functions.h"
#include "plan/flatten.h"
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
  if (!flatten_is_plain(query) || query->where != NULL)
    return false;
  for (guint i = 0; i < query->select->len; i++)
    if (tree_find(query->select->pdata[i], changes_rows, NULL) != NULL)
      return false;
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
    if (flatten_is_star(entry) || (tree_same_name(own, name) && tree_same_name(shown, name)))
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
  if (!flatten_is_table(from))
    return NULL;
  for (guint i = 0; i < search->ctes->len; i++) {
    const struct cte *cte = search->ctes->pdata[i];
    if (tree_same_name(cte->name, from->name))
      return flatten_cte(search->ctes, cte->name) == NULL ? NULL
                                                          : source_of_query(search, cte->query);
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
