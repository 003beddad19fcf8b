/* SPDX-License-Identifier: Apache-2.0 */
#include "job/ast_json.h"

static struct json_object *
write_values(const struct ast_writer *writer, const struct table_ref *table)
{
  struct json_object *old = json_get(table->raw, "values");
  struct json_object *array = json_object_new_array();
  gsize next = 0;
  for (gsize i = 0; i < ast_length(old); i++) {
    gsize width = ast_length(json_object_array_get_idx(old, i));
    (void)json_object_array_add(array, ast_write_exprs(writer, table->rows, next, width));
    next += width;
  }
  return array;
}

static void
write_join(const struct ast_writer *writer, const struct table_ref *table, struct json_object *json)
{
  json_add_object(json, "left", ast_write_table(writer, table->left));
  json_add_object(json, "right", ast_write_table(writer, table->right));
  json_add_object(json, "condition", ast_write_optional(writer, table->condition));
  json_add_text(json, "join_type", table->join_type);
  json_add_text(json, "ref_type", table->join_ref);
  if (table->using_columns == NULL)
    return;
  struct json_object *using_columns = json_object_new_array();
  ast_add_names(writer, using_columns, table->using_columns);
  json_add_object(json, "using_columns", using_columns);
}

struct json_object *
ast_write_table(const struct ast_writer *writer, const struct table_ref *table)
{
  struct json_object *json = ast_copy_raw(table->raw);
  json_add_text(json, "type", table->type);
  ast_add_name(writer, json, "alias", table->alias);
  ast_add_place(writer, json, table->at);
  if (table->class == TABLE_BASE) {
    ast_add_name(writer, json, "catalog_name", table->catalog);
    ast_add_name(writer, json, "schema_name", table->schema);
    ast_add_name(writer, json, "table_name", table->name);
  } else if (table->class == TABLE_SUBQUERY) {
    json_add_object(json, "subquery", ast_write_nested(writer, table->query));
  } else if (table->class == TABLE_SHOW && table->query != NULL) {
    json_add_object(json, "query", ast_write_query(writer, table->query));
  } else if (table->class == TABLE_JOIN) {
    write_join(writer, table, json);
  } else if (table->class == TABLE_PIVOT) {
    json_add_object(json, "source", ast_write_table(writer, table->left));
  } else if (table->class == TABLE_FUNCTION) {
    json_add_object(json, "function", ast_write_expr(writer, table->function));
  } else if (table->class == TABLE_VALUES) {
    json_add_object(json, "values", write_values(writer, table));
  }
  return json;
}

static void
add_modifier(struct json_object *modifiers, const char *type, const char *key,
             struct json_object *value)
{
  struct json_object *json = json_object_new_object();
  json_add_text(json, "type", type);
  json_add_object(json, key, value);
  (void)json_object_array_add(modifiers, json);
}

/* In the order in which DuckDB's parser puts them. */
static struct json_object *
write_modifiers(const struct ast_writer *writer, const struct query *query)
{
  struct json_object *modifiers = json_object_new_array();
  if (query->distinct || query->distinct_on->len > 0)
    add_modifier(modifiers, "DISTINCT_MODIFIER", "distinct_on_targets",
                 ast_write_exprs(writer, query->distinct_on, 0, query->distinct_on->len));
  if (query->order->len > 0)
    (void)json_object_array_add(modifiers, ast_write_order_modifier(writer, query->order));
  if (query->limit == NULL && query->offset == NULL)
    return modifiers;
  struct json_object *limit = json_object_new_object();
  json_add_text(limit, "type", query->limit_percent ? "LIMIT_PERCENT_MODIFIER" : "LIMIT_MODIFIER");
  json_add_object(limit, "limit", ast_write_optional(writer, query->limit));
  json_add_object(limit, "offset", ast_write_optional(writer, query->offset));
  (void)json_object_array_add(modifiers, limit);
  return modifiers;
}

static struct json_object *
write_group_sets(const struct query *query)
{
  struct json_object *sets = json_object_new_array();
  for (guint i = 0; i < query->group_sets->len; i++) {
    const GArray *set = g_ptr_array_index(query->group_sets, i);
    struct json_object *json = json_object_new_array();
    for (guint k = 0; k < set->len; k++)
      (void)json_object_array_add(json, json_object_new_int64(g_array_index(set, guint, k)));
    (void)json_object_array_add(sets, json);
  }
  return sets;
}

static void
write_select(const struct ast_writer *writer, const struct query *query, struct json_object *json)
{
  json_add_object(json, "select_list",
                  ast_write_exprs(writer, query->select, 0, query->select->len));
  json_add_object(json, "from_table", ast_write_table(writer, query->from));
  json_add_object(json, "where_clause", ast_write_optional(writer, query->where));
  json_add_object(json, "group_expressions",
                  ast_write_exprs(writer, query->groups, 0, query->groups->len));
  json_add_object(json, "group_sets", write_group_sets(query));
  json_add_text(json, "aggregate_handling",
                query->group_by_all ? "FORCE_AGGREGATES" : "STANDARD_HANDLING");
  json_add_object(json, "having", ast_write_optional(writer, query->having));
  json_add_object(json, "qualify", ast_write_optional(writer, query->qualify));
}

/* Left and right of a set operation, query and child of a CTE node: in the order in which they are read. */
static void
write_branches(const struct ast_writer *writer, const struct query *query, struct json_object *json)
{
  static const char *const keys[] = {"left", "right", "query", "child"};
  guint next = 0;
  for (gsize i = 0; i < G_N_ELEMENTS(keys) && next < query->branches->len; i++) {
    struct json_object *old = json_get(query->raw, keys[i]);
    if (old == NULL)
      continue;
    const struct query *branch = g_ptr_array_index(query->branches, next++);
    json_add_object(json, keys[i],
                    json_get(old, "node") == NULL ? ast_write_query(writer, branch)
                                                  : ast_write_nested(writer, branch));
  }
}

static struct json_object *
write_cte(const struct ast_writer *writer, const struct cte *cte)
{
  struct json_object *json = ast_copy_raw(cte->raw);
  struct json_object *value = ast_copy_raw(json_get(cte->raw, "value"));
  ast_add_name(writer, json, "key", cte->name);
  json_add_object(value, "query", ast_write_nested(writer, cte->query));
  json_add_object(json, "value", value);
  return json;
}

struct json_object *
ast_write_query(const struct ast_writer *writer, const struct query *query)
{
  struct json_object *json = ast_copy_raw(query->raw);
  struct json_object *ctes = json_object_new_array();
  for (guint i = 0; i < query->ctes->len; i++)
    (void)json_object_array_add(ctes, write_cte(writer, g_ptr_array_index(query->ctes, i)));
  struct json_object *map = json_object_new_object();
  json_add_object(map, "map", ctes);
  json_add_text(json, "type", query->type);
  json_add_object(json, "modifiers", write_modifiers(writer, query));
  json_add_object(json, "cte_map", map);
  if (query->class == QUERY_SELECT) {
    write_select(writer, query, json);
    return json;
  }
  if (query->class == QUERY_SET_OPERATION) {
    json_add_text(json, "setop_type", query->set_operation);
    json_add_flag(json, "setop_all", query->set_operation_all);
  }
  write_branches(writer, query, json);
  return json;
}
