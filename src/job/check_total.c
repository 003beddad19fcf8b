/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/describe.h"
#include "job/check.h"
#include <string.h>

struct expr *
selection_resolve(const struct selection *selection, const struct expr *expr, bool alias_first)
{
  GPtrArray *select = selection->query->select;
  if (expr->class == EXPR_CONSTANT) {
    gint64 number = json_get_int(json_get(expr->raw, "value"), "value", 0);
    return number >= 1 && number <= select->len ? g_ptr_array_index(select, number - 1) : NULL;
  }
  if (expr->class != EXPR_COLUMN || g_strv_length(expr->names) != 1)
    return NULL;
  bool column = !selection->sources_known || selection_has_column(selection, expr->names[0]);
  if (selection->aliases_resolved || (!alias_first && column))
    return NULL;
  g_autofree char *name = g_utf8_strdown(expr->names[0], -1);
  for (guint i = 0; i < select->len; i++) {
    struct expr *entry = g_ptr_array_index(select, i);
    g_autofree char *alias = g_utf8_strdown(entry->alias, -1);
    if (entry != expr && g_str_equal(alias, name))
      return entry;
  }
  return NULL;
}

static bool
has_source(const struct selection *selection, const char *alias)
{
  for (guint i = 0; i < selection->sources->len; i++)
    if (g_str_equal(((struct source *)g_ptr_array_index(selection->sources, i))->alias, alias))
      return true;
  return false;
}

/* One column by two spellings: the names agree, and the table too where both name one. s.x may also be the field x of
 * a column s: that is no column of a source. */
static bool
same_column(const struct selection *selection, const struct expr *key, const char *table,
            const char *name)
{
  guint parts = g_strv_length(key->names);
  if (parts > 2)
    return false;
  g_autofree char *own = g_utf8_strdown(key->names[parts - 1], -1);
  if (!g_str_equal(own, name))
    return false;
  if (parts == 1)
    return true;
  g_autofree char *own_table = g_utf8_strdown(key->names[0], -1);
  return has_source(selection, own_table) && (table == NULL || g_str_equal(own_table, table));
}

bool
total_holds_column(const struct selection *selection, GPtrArray *keys, const char *table,
                   const char *name)
{
  for (guint i = 0; i < keys->len; i++) {
    const struct expr *key = g_ptr_array_index(keys, i);
    if (key->class == EXPR_COLUMN && same_column(selection, key, table, name))
      return true;
  }
  return false;
}

static bool
keys_hold(const struct selection *selection, GPtrArray *keys, const struct expr *expr)
{
  g_autofree char *text = ast_canonical_expr(expr, selection->qualifiers);
  for (guint i = 0; i < keys->len; i++) {
    g_autofree char *other = ast_canonical_expr(g_ptr_array_index(keys, i), selection->qualifiers);
    if (g_str_equal(text, other))
      return true;
  }
  return false;
}

static bool holds_groups(const struct selection *selection, GPtrArray *keys);

/* table.column, table.column.field, column.field; or a column of another query: the same for all rows here. */
static bool
qualified_determined(const struct selection *selection, GPtrArray *keys, char *const *names)
{
  g_autofree char *first = g_utf8_strdown(names[0], -1);
  g_autofree char *second = g_utf8_strdown(names[1], -1);
  if (has_source(selection, first))
    return total_holds_column(selection, keys, first, second);
  if (selection_has_column(selection, first))
    return total_holds_column(selection, keys, /* table= */ NULL, first);
  return selection->sources_known;
}

static bool
column_determined(const struct selection *selection, GPtrArray *keys, const struct expr *column)
{
  if (g_strv_length(column->names) > 1)
    return qualified_determined(selection, keys, column->names);
  g_autofree char *name = g_utf8_strdown(column->names[0], -1);
  if (total_holds_column(selection, keys, /* table= */ NULL, name))
    return true;
  const struct expr *entry = selection_resolve(selection, column, /* alias_first= */ false);
  if (entry != NULL) {
    struct selection inner = *selection;
    inner.aliases_resolved = true;
    return total_determines(&inner, keys, entry);
  }
  return selection->sources_known && !selection_has_column(selection, name);
}

struct inner_uses {
  const struct selection *selection;
  GPtrArray *keys;
  GPtrArray *missing; /* struct expr, or NULL */
  bool determined;
};

static bool
visit_inner_use(struct expr *expr, gpointer user)
{
  struct inner_uses *uses = user;
  if (expr->class != EXPR_COLUMN || column_determined(uses->selection, uses->keys, expr))
    return true;
  uses->determined = false;
  if (uses->missing != NULL)
    g_ptr_array_add(uses->missing, expr);
  return true;
}

/* One that binds by itself uses no column of this query: it is one value for all rows. */
static bool
subquery_stands_alone(const struct selection *selection, const struct expr *expr)
{
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  g_autofree char *sql = ast_to_sql(selection->connection, expr->subquery, /* error= */ NULL);
  g_autoptr(GPtrArray) columns =
      sql == NULL ? NULL : duck_describe(selection->connection, sql, &fault, /* error= */ NULL);
  return columns != NULL;
}

/* A sub-query is a function of the columns of this query that it uses. A column of its own that has the name of one of
 * them counts as one. */
bool
total_determines_subquery(const struct selection *selection, GPtrArray *keys,
                          const struct expr *expr, GPtrArray *missing)
{
  struct inner_uses uses = {selection, keys, missing, true};
  const struct ast_visitor visitor = {.expr = visit_inner_use, .user = &uses};
  ast_walk_query(expr->subquery, &visitor);
  for (guint i = 0; i < expr->children->len; i++)
    if (!total_determines(selection, keys, g_ptr_array_index(expr->children, i)))
      return false;
  return uses.determined || subquery_stands_alone(selection, expr);
}

static bool
star_determined(const struct selection *selection, GPtrArray *keys)
{
  if (!selection->sources_known)
    return false;
  for (guint i = 0; i < selection->sources->len; i++) {
    const struct source *source = g_ptr_array_index(selection->sources, i);
    for (guint k = 0; k < source->shape->columns->len; k++)
      if (!total_holds_column(selection, keys, source->alias,
                              g_ptr_array_index(source->shape->columns, k)))
        return false;
  }
  return true;
}

bool
total_determines(const struct selection *selection, GPtrArray *keys, const struct expr *expr)
{
  if (keys_hold(selection, keys, expr))
    return true;
  if (check_is_aggregate(selection->aggregates, expr) || expr->class == EXPR_GROUPING)
    return selection->grouped && holds_groups(selection, keys);
  switch (expr->class) {
  case EXPR_CONSTANT:
  case EXPR_PARAMETER:
    return true;
  case EXPR_COLUMN:
    return column_determined(selection, keys, expr);
  case EXPR_STAR:
    return expr->children->len == 0 && star_determined(selection, keys);
  case EXPR_SUBQUERY:
    return total_determines_subquery(selection, keys, expr, /* missing= */ NULL);
  case EXPR_WINDOW:
  case EXPR_GROUPING:
    return false;
  case EXPR_FUNCTION:
  case EXPR_LAMBDA:
  case EXPR_CASE:
  case EXPR_CAST:
  case EXPR_COMPARISON:
  case EXPR_CONJUNCTION:
  case EXPR_OPERATOR:
  case EXPR_BETWEEN:
  case EXPR_OTHER:
    break;
  }
  for (guint i = 0; i < expr->children->len; i++)
    if (!total_determines(selection, keys, g_ptr_array_index(expr->children, i)))
      return false;
  return true;
}

bool
total_tells_sets_apart(const struct selection *selection, GPtrArray *keys)
{
  for (guint i = 0; i < keys->len; i++) {
    const struct expr *key = g_ptr_array_index(keys, i);
    if (key->class == EXPR_GROUPING && key->children->len == selection->group_keys->len)
      return true;
  }
  return false;
}

static bool
holds_groups(const struct selection *selection, GPtrArray *keys)
{
  for (guint i = 0; i < selection->group_keys->len; i++)
    if (!total_determines(selection, keys, g_ptr_array_index(selection->group_keys, i)))
      return false;
  return !selection->several_sets || total_tells_sets_apart(selection, keys);
}

bool
total_rows(const struct selection *selection, GPtrArray *keys)
{
  if (!selection->sources_keyed)
    return false;
  for (guint i = 0; i < selection->sources->len; i++) {
    const struct source *source = g_ptr_array_index(selection->sources, i);
    for (char **column = source->shape->key; *column != NULL; column++)
      if (!total_holds_column(selection, keys, source->alias, *column))
        return false;
  }
  return true;
}

/* row_number() among the keys numbers the rows of each partition once. */
static bool
holds_row_number(const struct selection *selection, GPtrArray *keys)
{
  for (guint i = 0; i < keys->len; i++) {
    const struct expr *key = g_ptr_array_index(keys, i);
    bool numbers = g_str_equal(key->type, "WINDOW_ROW_NUMBER");
    for (guint k = 0; numbers && k < key->partitions->len; k++)
      numbers = keys_hold(selection, keys, g_ptr_array_index(key->partitions, k));
    if (numbers)
      return true;
  }
  return false;
}

bool
total_order(const struct selection *selection, GPtrArray *keys)
{
  if (holds_row_number(selection, keys))
    return true;
  return selection->grouped ? holds_groups(selection, keys) : total_rows(selection, keys);
}
