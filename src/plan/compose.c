/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/compose.h"
#include "plan/names.h"
#include "plan/tree.h"
#include "util/error.h"
#include <string.h>

static const struct plan_rollup *
rollup_named(GPtrArray *rollups, const char *name)
{
  for (guint i = 0; i < rollups->len; i++) {
    const struct plan_rollup *rollup = rollups->pdata[i];
    if (g_str_equal(rollup->name, name))
      return rollup;
  }
  return NULL;
}

static bool
put_rollups_in(struct duck_connection *connection, struct query *root, GPtrArray *rollups,
               GError **error)
{
  g_autoptr(GPtrArray) nodes = tree_nodes(root);
  for (guint i = 0; i < nodes->len; i++) {
    struct query *node = nodes->pdata[i];
    if (node->from == NULL || node->from->class != TABLE_BASE)
      continue;
    const struct plan_rollup *rollup = rollup_named(rollups, node->from->name);
    if (rollup == NULL)
      continue;
    struct table_ref *derived =
        tree_derived(connection, ast_query_copy(rollup->query), rollup->name, error);
    if (derived == NULL)
      return false;
    ast_table_ref_free(node->from);
    node->from = derived;
  }
  return true;
}

static bool
is_star(const struct expr *expr, gpointer user)
{
  (void)user;
  return expr->class == EXPR_STAR;
}

/* One entry a column: no stars. */
static bool
is_plain_list(const struct query *query, GPtrArray *columns)
{
  if (query->class != QUERY_SELECT || query->select->len != columns->len)
    return false;
  for (guint i = 0; i < query->select->len; i++)
    if (tree_find(query->select->pdata[i], is_star, NULL) != NULL)
      return false;
  return true;
}

/* A set operation takes its names from its first branch. */
static void
name_columns(struct query *query, GPtrArray *columns)
{
  while (query->class == QUERY_SET_OPERATION && query->branches->len > 0)
    query = query->branches->pdata[0];
  for (guint i = 0; is_plain_list(query, columns) && i < columns->len; i++)
    tree_set_alias(query->select->pdata[i], ((const struct plan_column *)columns->pdata[i])->name);
}

static bool
is_stored_otherwise(const struct plan_column *column)
{
  return g_strcmp0(column->type, column->stored_type) != 0;
}

static bool
any_stored_otherwise(GPtrArray *columns)
{
  for (guint i = 0; i < columns->len; i++)
    if (is_stored_otherwise(columns->pdata[i]))
      return true;
  return false;
}

/* What a query says of entries of its select list that are cast, as a name or otherwise. */
struct mentions {
  GPtrArray *columns;
  guint count;
};

static bool
is_cast_name(const char *name, GPtrArray *columns)
{
  for (guint i = 0; i < columns->len; i++) {
    const struct plan_column *column = columns->pdata[i];
    if (is_stored_otherwise(column) && tree_same_name(column->name, name))
      return true;
  }
  return false;
}

static bool
count_mention(struct expr *expr, gpointer user)
{
  struct mentions *mentions = user;
  if (expr->class == EXPR_SUBQUERY ||
      (expr->class == EXPR_COLUMN && is_cast_name(expr->names[0], mentions->columns)))
    mentions->count++;
  return true;
}

static bool
any_enum(GPtrArray *columns)
{
  for (guint i = 0; i < columns->len; i++)
    if (g_str_has_prefix(((const struct plan_column *)columns->pdata[i])->type, "ENUM"))
      return true;
  return false;
}

/* GROUP BY 2, of an entry that is cast. */
static bool
groups_by_cast(const struct query *query, GPtrArray *columns)
{
  for (guint i = 0; i < query->groups->len; i++) {
    const struct expr *group = query->groups->pdata[i];
    if (group->class != EXPR_CONSTANT)
      continue;
    gint64 place = json_get_int(json_get(group->raw, "value"), "value", 0);
    if (place < 1 || place > columns->len || is_stored_otherwise(columns->pdata[place - 1]))
      return true;
  }
  return false;
}

/* Whether a query means the same when entries of its select list are cast where they stand: none of them may be meant by its alias
 * or place elsewhere, but for a term of ORDER BY. */
static bool
can_cast_in_place(struct query *query, GPtrArray *columns)
{
  if (!is_plain_list(query, columns) || query->distinct || query->distinct_on->len > 0 ||
      query->group_by_all || groups_by_cast(query, columns))
    return false;
  struct mentions mentions = {.columns = columns};
  tree_walk_own(query, count_mention, &mentions);
  for (guint i = 0; i < query->order->len; i++) {
    const struct expr *term = ((const struct order *)query->order->pdata[i])->expr;
    if (tree_is_name(term) && is_cast_name(term->names[0], columns))
      mentions.count--;
    else if (!tree_is_name(term) && any_enum(columns))
      return false;
  }
  return mentions.count == 0;
}

static struct expr *
cast_to(struct duck_connection *connection, struct expr *child, const char *type, GError **error)
{
  AUTO(ast_expr_free) struct expr *inner = child;
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  g_autofree char *sql = g_strdup_printf("SELECT CAST(NULL AS %s)", type);
  AUTO(ast_query_free) struct query *query = ast_parse(connection, sql, &fault, error);
  if (query == NULL) {
    if (fault != NULL)
      (void)duck_fault_raise(fault, error);
    return NULL;
  }
  struct expr *cast = g_ptr_array_steal_index(query->select, 0);
  g_ptr_array_set_size(cast->children, 0);
  g_ptr_array_add(cast->children, g_steal_pointer(&inner));
  return cast;
}

/* The order of an ENUM is not that of its text. A bare name in ORDER BY would mean the text. */
static void
order_by_source(struct query *query, guint index, const struct plan_column *column)
{
  if (!g_str_has_prefix(column->type, "ENUM"))
    return;
  for (guint i = 0; i < query->order->len; i++) {
    struct order *order = query->order->pdata[i];
    if (tree_is_name(order->expr) && tree_same_name(order->expr->names[0], column->name)) {
      ast_expr_free(order->expr);
      struct expr *entry = ast_expr_copy(query->select->pdata[index]);
      tree_set_alias(entry, "");
      order->expr = ast_call("enum_code", false, entry, NULL);
    }
  }
}

static bool
cast_list(struct duck_connection *connection, struct query *query, GPtrArray *columns,
          GError **error)
{
  for (guint i = 0; i < columns->len; i++) {
    const struct plan_column *column = columns->pdata[i];
    if (!is_stored_otherwise(column))
      continue;
    order_by_source(query, i, column);
    struct expr *entry = ast_expr_copy(query->select->pdata[i]);
    tree_set_alias(entry, "");
    struct expr *cast = cast_to(connection, entry, column->stored_type, error);
    if (cast == NULL)
      return false;
    tree_set_alias(cast, column->name);
    ast_expr_free(query->select->pdata[i]);
    query->select->pdata[i] = cast;
  }
  return true;
}

static bool
is_result_term(const struct expr *expr, GPtrArray *columns)
{
  if (expr->class == EXPR_CONSTANT || expr->class == EXPR_STAR)
    return true;
  for (guint i = 0; tree_is_name(expr) && i < columns->len; i++)
    if (tree_same_name(((const struct plan_column *)columns->pdata[i])->name, expr->names[0]))
      return true;
  return false;
}

static bool
holds_subquery(const struct expr *expr, gpointer user)
{
  (void)user;
  return expr->class == EXPR_SUBQUERY;
}

/* Whether ORDER BY and LIMIT mean the same around the query as in it. */
static bool
can_move_order(const struct query *query, GPtrArray *columns)
{
  for (guint i = 0; i < query->order->len; i++)
    if (!is_result_term(((const struct order *)query->order->pdata[i])->expr, columns))
      return false;
  return !any_enum(columns) && tree_find(query->limit, holds_subquery, NULL) == NULL &&
         tree_find(query->offset, holds_subquery, NULL) == NULL;
}

static void
move_order(struct query *from, struct query *to)
{
  GPtrArray *order = to->order;
  to->order = from->order;
  from->order = order;
  to->limit = g_steal_pointer(&from->limit);
  to->offset = g_steal_pointer(&from->offset);
  to->limit_percent = from->limit_percent;
}

/* Names by place: an inner name may be one that cannot be repeated. */
static void
name_by_place(struct table_ref *derived, guint count)
{
  struct json_object *names = json_object_new_array();
  for (guint i = 0; i < count; i++) {
    g_autofree char *name = g_strdup_printf("r%u", i);
    (void)json_object_array_add(names, json_object_new_string(name));
  }
  json_add_object(derived->raw, "column_name_alias", names);
}

static struct query *
wrap(struct duck_connection *connection, struct query *query, GPtrArray *columns, GError **error)
{
  AUTO(ast_query_free) struct query *inner = query;
  AUTO(ast_query_free) struct query *outer = ast_select();
  for (guint i = 0; i < columns->len; i++) {
    g_autofree char *place = g_strdup_printf("r%u", i);
    const char *const names[] = {"result", place, NULL};
    g_ptr_array_add(outer->select,
                    ast_column(names, ((const struct plan_column *)columns->pdata[i])->name));
  }
  if (!cast_list(connection, outer, columns, error))
    return NULL;
  if (can_move_order(inner, columns))
    move_order(inner, outer);
  ast_table_ref_free(outer->from);
  outer->from = tree_derived(connection, g_steal_pointer(&inner), "result", error);
  if (outer->from == NULL)
    return NULL;
  name_by_place(outer->from, columns->len);
  return g_steal_pointer(&outer);
}

char *
compose_sql(struct duck_connection *connection, const struct query *root, GPtrArray *rollups,
            GPtrArray *columns, bool by_position, GError **error)
{
  AUTO(ast_query_free) struct query *query = ast_query_copy(root);
  if (!put_rollups_in(connection, query, rollups, error))
    return NULL;
  names_drop_unused(query);
  name_columns(query, columns);
  bool cast = any_stored_otherwise(columns);
  if (by_position || (cast && !can_cast_in_place(query, columns))) {
    struct query *wrapped = wrap(connection, g_steal_pointer(&query), columns, error);
    if (wrapped == NULL)
      return NULL;
    query = wrapped;
  } else if (cast && !cast_list(connection, query, columns, error)) {
    return NULL;
  }
  return ast_to_sql(connection, query, error);
}

char *
compose_rows_sql(struct duck_connection *connection, const struct query *rows, const char *rollup,
                 GPtrArray *columns, GError **error)
{
  AUTO(ast_query_free) struct query *query = ast_query_copy(rows);
  name_columns(query, columns);
  if (!cast_list(connection, query, columns, error))
    return NULL;
  const char *const names[] = {rollup, "place", NULL};
  g_ptr_array_add(query->select, ast_column(names, ""));
  return ast_to_sql(connection, query, error);
}
