/* SPDX-License-Identifier: Apache-2.0 */
#include "job/ast_json.h"
#include <stdarg.h>
#include <string.h>

/* Nodes are made by reading the JSON that DuckDB's parser gives for the same text, children left out. */
static struct expr *
read_template(const char *text)
{
  JSON_AUTO(json) = json_parse(text, strlen(text), /* error= */ NULL);
  return ast_read_expr(json);
}

static struct expr *
constant(const char *type, struct json_object *value)
{
  JSON_AUTO(json) = json_object_new_object();
  struct json_object *inner = json_object_new_object();
  json_add_object(inner, "type", ast_type_json(type));
  json_add_flag(inner, "is_null", false);
  json_add_object(inner, "value", value);
  json_add_text(json, "class", "CONSTANT");
  json_add_text(json, "type", "VALUE_CONSTANT");
  json_add_text(json, "alias", "");
  json_add_object(json, "value", inner);
  return ast_read_expr(json);
}

struct expr *
ast_integer(gint64 value)
{
  bool small = value >= G_MININT32 && value <= G_MAXINT32;
  return constant(small ? "INTEGER" : "BIGINT", json_object_new_int64(value));
}

struct expr *
ast_string(const char *value)
{
  return constant("VARCHAR", json_object_new_string(value));
}

struct expr *
ast_column(const char *const *names, const char *alias)
{
  struct expr *expr = read_template("{\"class\":\"COLUMN_REF\",\"type\":\"COLUMN_REF\","
                                    "\"alias\":\"\",\"column_names\":[]}");
  g_strfreev(expr->names);
  gsize count = g_strv_length((char **)(guintptr)names);
  expr->names = g_new0(char *, count + 1);
  for (gsize i = 0; i < count; i++)
    expr->names[i] = g_strdup(names[i]);
  g_free(expr->alias);
  expr->alias = g_strdup(alias == NULL ? "" : alias);
  return expr;
}

struct expr *
ast_column_named(const char *name, const char *alias)
{
  const char *const names[] = {name, NULL};
  return ast_column(names, alias);
}

struct expr *
ast_cast(struct expr *child, const char *type)
{
  struct expr *expr =
      read_template("{\"class\":\"CAST\",\"type\":\"OPERATOR_CAST\",\"alias\":\"\",\"child\":{},"
                    "\"cast_type\":{},\"try_cast\":false}");
  g_ptr_array_set_size(expr->children, 0);
  g_ptr_array_add(expr->children, child);
  g_free(expr->cast_type);
  expr->cast_type = g_strdup(type);
  return expr;
}

struct expr *
ast_call(const char *function, bool is_operator, struct expr *first, ...)
{
  struct expr *expr = read_template(
      "{\"class\":\"FUNCTION\",\"type\":\"FUNCTION\",\"alias\":\"\",\"function_name\":\"\","
      "\"schema\":\"\",\"children\":[],\"filter\":null,"
      "\"order_bys\":{\"type\":\"ORDER_MODIFIER\",\"orders\":[]},\"distinct\":false,"
      "\"is_operator\":false,\"export_state\":false,\"catalog\":\"\"}");
  json_add_flag(expr->raw, "is_operator", is_operator);
  g_free(expr->function);
  expr->function = g_strdup(function);
  va_list arguments;
  va_start(arguments, first);
  for (struct expr *child = first; child != NULL; child = va_arg(arguments, struct expr *))
    g_ptr_array_add(expr->children, child);
  va_end(arguments);
  return expr;
}

struct expr *
ast_and(struct expr *left, struct expr *right)
{
  if (left == NULL || right == NULL)
    return left == NULL ? right : left;
  struct expr *expr = read_template("{\"class\":\"CONJUNCTION\",\"type\":\"CONJUNCTION_AND\","
                                    "\"alias\":\"\",\"children\":[]}");
  g_ptr_array_add(expr->children, left);
  g_ptr_array_add(expr->children, right);
  return expr;
}

static struct expr *
null_constant(void)
{
  return read_template("{\"class\":\"CONSTANT\",\"type\":\"VALUE_CONSTANT\",\"alias\":\"\","
                       "\"value\":{\"type\":{\"id\":\"NULL\",\"type_info\":null},"
                       "\"is_null\":true}}");
}

struct expr *
ast_case(struct expr *when, struct expr *then)
{
  struct expr *expr = read_template("{\"class\":\"CASE\",\"type\":\"CASE_EXPR\",\"alias\":\"\","
                                    "\"case_checks\":[],\"else_expr\":{}}");
  g_ptr_array_set_size(expr->children, 0);
  g_ptr_array_add(expr->children, when);
  g_ptr_array_add(expr->children, then);
  g_ptr_array_add(expr->children, null_constant());
  return expr;
}

struct expr *
ast_star(void)
{
  return read_template("{\"class\":\"STAR\",\"type\":\"STAR\",\"alias\":\"\","
                       "\"relation_name\":\"\",\"exclude_list\":[],\"replace_list\":[],"
                       "\"columns\":false,\"expr\":null,\"qualified_exclude_list\":[],"
                       "\"rename_list\":[]}");
}

struct table_ref *
ast_table(const char *name, const char *alias)
{
  JSON_AUTO(json) = json_object_new_object();
  json_add_text(json, "type", "BASE_TABLE");
  json_add_text(json, "alias", alias == NULL ? "" : alias);
  json_add_object(json, "sample", NULL);
  json_add_text(json, "schema_name", "");
  json_add_text(json, "table_name", name);
  json_add_object(json, "column_name_alias", json_object_new_array());
  json_add_text(json, "catalog_name", "");
  json_add_object(json, "at_clause", NULL);
  return ast_read_table(json);
}

struct query *
ast_select(void)
{
  static const char text[] =
      "{\"type\":\"SELECT_NODE\",\"modifiers\":[],\"cte_map\":{\"map\":[]},\"select_list\":[],"
      "\"from_table\":{\"type\":\"EMPTY\",\"alias\":\"\",\"sample\":null},\"where_clause\":null,"
      "\"group_expressions\":[],\"group_sets\":[],\"aggregate_handling\":\"STANDARD_HANDLING\","
      "\"having\":null,\"sample\":null,\"qualify\":null}";
  JSON_AUTO(json) = json_parse(text, strlen(text), /* error= */ NULL);
  return ast_read_query(json);
}

struct cte *
ast_cte(const char *name, struct query *query)
{
  static const char text[] = "{\"key\":\"\",\"value\":{\"aliases\":[],\"query\":null,"
                             "\"materialized\":\"CTE_MATERIALIZE_DEFAULT\",\"key_targets\":[]}}";
  JSON_AUTO(json) = json_parse(text, strlen(text), /* error= */ NULL);
  struct cte *cte = ast_read_cte(json);
  g_free(cte->name);
  cte->name = g_strdup(name);
  cte->query = query;
  return cte;
}
