/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/syntax.h"
#include "job/ast_json.h"
#include "util/error.h"

static enum query_class
query_class_of(const char *type)
{
  static const struct {
    const char *type;
    enum query_class class;
  } rows[] = {
      {"SELECT_NODE", QUERY_SELECT},
      {"SET_OPERATION_NODE", QUERY_SET_OPERATION},
      {"RECURSIVE_CTE_NODE", QUERY_RECURSIVE},
      {"CTE_NODE", QUERY_CTE},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (g_strcmp0(rows[i].type, type) == 0)
      return rows[i].class;
  return QUERY_OTHER;
}

static void
read_modifier(struct json_object *json, struct query *query)
{
  const char *type = json_get_text(json, "type");
  if (g_strcmp0(type, "ORDER_MODIFIER") == 0) {
    ast_read_orders(json_get(json, "orders"), query->order);
  } else if (g_strcmp0(type, "DISTINCT_MODIFIER") == 0) {
    ast_read_exprs(json_get(json, "distinct_on_targets"), query->distinct_on);
    query->distinct = query->distinct_on->len == 0;
  } else if (g_strcmp0(type, "LIMIT_MODIFIER") == 0 ||
             g_strcmp0(type, "LIMIT_PERCENT_MODIFIER") == 0) {
    query->limit_percent = g_str_equal(type, "LIMIT_PERCENT_MODIFIER");
    query->limit = ast_read_expr(json_get(json, "limit"));
    query->offset = ast_read_expr(json_get(json, "offset"));
  }
}

static void
free_set(gpointer set)
{
  (void)g_array_free(set, TRUE);
}

static void
read_group_sets(struct json_object *sets, struct query *query)
{
  for (gsize i = 0; i < ast_length(sets); i++) {
    struct json_object *json = json_object_array_get_idx(sets, i);
    GArray *set = g_array_new(FALSE, FALSE, sizeof(guint));
    for (gsize k = 0; k < ast_length(json); k++) {
      guint index = (guint)json_object_get_int64(json_object_array_get_idx(json, k));
      g_array_append_val(set, index);
    }
    g_ptr_array_add(query->group_sets, set);
  }
}

static void
read_select(struct json_object *json, struct query *query)
{
  ast_read_exprs(json_get(json, "select_list"), query->select);
  query->from = ast_read_table(json_get(json, "from_table"));
  query->where = ast_read_expr(json_get(json, "where_clause"));
  ast_read_exprs(json_get(json, "group_expressions"), query->groups);
  read_group_sets(json_get(json, "group_sets"), query);
  query->group_by_all =
      g_strcmp0(json_get_text(json, "aggregate_handling"), "FORCE_AGGREGATES") == 0;
  query->having = ast_read_expr(json_get(json, "having"));
  query->qualify = ast_read_expr(json_get(json, "qualify"));
  query->sampled = json_get(json, "sample") != NULL;
}

static void
read_branches(struct json_object *json, struct query *query)
{
  static const char *const keys[] = {"left", "right", "query", "child"};
  for (gsize i = 0; i < G_N_ELEMENTS(keys); i++) {
    struct json_object *branch = json_get(json, keys[i]);
    struct json_object *node = json_get(branch, "node");
    struct query *read = ast_read_query(node == NULL ? branch : node);
    if (read != NULL)
      g_ptr_array_add(query->branches, read);
  }
}

struct cte *
ast_read_cte(struct json_object *json)
{
  struct cte *cte = g_new0(struct cte, 1);
  cte->name = ast_text(json, "key");
  cte->query = ast_read_query(json_get(json_get(json_get(json, "value"), "query"), "node"));
  cte->raw = json_object_get(json);
  return cte;
}

struct query *
ast_read_query(struct json_object *json)
{
  if (!json_object_is_type(json, json_type_object))
    return NULL;
  struct query *query = g_new0(struct query, 1);
  query->type = ast_text(json, "type");
  query->class = query_class_of(query->type);
  query->ctes = g_ptr_array_new_with_free_func((GDestroyNotify)ast_cte_free);
  query->select = ast_new_exprs();
  query->groups = ast_new_exprs();
  query->group_sets = g_ptr_array_new_with_free_func(free_set);
  query->distinct_on = ast_new_exprs();
  query->order = ast_new_orders();
  query->branches = g_ptr_array_new_with_free_func((GDestroyNotify)ast_query_free);
  query->raw = json_object_get(json);
  struct json_object *ctes = json_get(json_get(json, "cte_map"), "map");
  for (gsize i = 0; i < ast_length(ctes); i++)
    g_ptr_array_add(query->ctes, ast_read_cte(json_object_array_get_idx(ctes, i)));
  struct json_object *modifiers = json_get(json, "modifiers");
  for (gsize i = 0; i < ast_length(modifiers); i++)
    read_modifier(json_object_array_get_idx(modifiers, i), query);
  if (query->class == QUERY_SELECT) {
    read_select(json, query);
    return query;
  }
  query->set_operation = ast_text(json, "setop_type");
  query->set_operation_all = json_get_flag(json, "setop_all");
  read_branches(json, query);
  return query;
}

struct query *
ast_parse(struct duck_connection *connection, const char *sql, struct duck_fault **ret_fault,
          GError **error)
{
  JSON_AUTO(tree) = duck_parse(connection, sql, ret_fault, error);
  if (tree == NULL)
    return NULL;
  struct json_object *statements = json_get(tree, "statements");
  struct query *query =
      ast_length(statements) == 1
          ? ast_read_query(json_get(json_object_array_get_idx(statements, 0), "node"))
          : NULL;
  if (query == NULL)
    (void)error_set(error, ERROR_SCRIPT, "this is not one single query");
  return query;
}
