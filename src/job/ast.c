/* SPDX-License-Identifier: Apache-2.0 */
#include "job/ast.h"
#include "duck/syntax.h"
#include "job/ast_json.h"
#include "util/error.h"
#include <string.h>

void
ast_order_free(struct order *order)
{
  if (order == NULL)
    return;
  ast_expr_free(order->expr);
  g_free(order);
}

void
ast_cte_free(struct cte *cte)
{
  if (cte == NULL)
    return;
  g_free(cte->name);
  ast_query_free(cte->query);
  json_release(&cte->raw);
  g_free(cte);
}

void
ast_expr_free(struct expr *expr)
{
  if (expr == NULL)
    return;
  g_free(expr->type);
  g_free(expr->alias);
  g_strfreev(expr->names);
  g_free(expr->function);
  g_free(expr->parameter);
  g_free(expr->cast_type);
  g_ptr_array_unref(expr->children);
  ast_expr_free(expr->filter);
  g_ptr_array_unref(expr->order);
  g_ptr_array_unref(expr->argument_order);
  g_ptr_array_unref(expr->partitions);
  ast_query_free(expr->subquery);
  json_release(&expr->raw);
  g_free(expr);
}

void
ast_table_ref_free(struct table_ref *table)
{
  if (table == NULL)
    return;
  g_free(table->type);
  g_free(table->alias);
  g_free(table->catalog);
  g_free(table->schema);
  g_free(table->name);
  ast_query_free(table->query);
  ast_table_ref_free(table->left);
  ast_table_ref_free(table->right);
  g_free(table->join_type);
  g_free(table->join_ref);
  ast_expr_free(table->condition);
  g_strfreev(table->using_columns);
  ast_expr_free(table->function);
  g_ptr_array_unref(table->rows);
  json_release(&table->raw);
  g_free(table);
}

void
ast_query_free(struct query *query)
{
  if (query == NULL)
    return;
  g_free(query->type);
  g_free(query->set_operation);
  g_ptr_array_unref(query->ctes);
  g_ptr_array_unref(query->select);
  ast_table_ref_free(query->from);
  ast_expr_free(query->where);
  g_ptr_array_unref(query->groups);
  g_ptr_array_unref(query->group_sets);
  ast_expr_free(query->having);
  ast_expr_free(query->qualify);
  g_ptr_array_unref(query->distinct_on);
  g_ptr_array_unref(query->order);
  ast_expr_free(query->limit);
  ast_expr_free(query->offset);
  g_ptr_array_unref(query->branches);
  json_release(&query->raw);
  g_free(query);
}

static const struct ast_writer copying = {.mode = AST_WRITE_COPY};

struct query *
ast_query_copy(const struct query *query)
{
  JSON_AUTO(json) = ast_write_query(&copying, query);
  return ast_read_query(json);
}

struct expr *
ast_expr_copy(const struct expr *expr)
{
  JSON_AUTO(json) = ast_write_expr(&copying, expr);
  return ast_read_expr(json);
}

struct table_ref *
ast_table_ref_copy(const struct table_ref *table)
{
  JSON_AUTO(json) = ast_write_table(&copying, table);
  return ast_read_table(json);
}

char *
ast_to_sql(struct duck_connection *connection, const struct query *query, GError **error)
{
  static const struct ast_writer writer = {.mode = AST_WRITE_SQL};
  struct json_object *statement = json_object_new_object();
  json_add_object(statement, "node", ast_write_query(&writer, query));
  json_add_object(statement, "named_param_map", json_object_new_array());
  struct json_object *statements = json_object_new_array();
  (void)json_object_array_add(statements, statement);
  JSON_AUTO(tree) = json_object_new_object();
  json_add_flag(tree, "error", false);
  json_add_object(tree, "statements", statements);
  return duck_unparse(connection, tree, error);
}

char *
ast_expr_to_sql(struct duck_connection *connection, const struct expr *expr, GError **error)
{
  AUTO(ast_query_free) struct query *query = ast_select();
  struct expr *copy = ast_expr_copy(expr);
  g_free(copy->alias);
  copy->alias = g_strdup("");
  g_ptr_array_add(query->select, copy);
  g_autofree char *sql = ast_to_sql(connection, query, error);
  if (sql == NULL)
    return NULL;
  const char *text = g_str_has_prefix(sql, "SELECT ") ? sql + strlen("SELECT ") : sql;
  gsize length = strlen(text);
  while (length > 0 && (text[length - 1] == ';' || g_ascii_isspace(text[length - 1])))
    length--;
  return g_strndup(text, length);
}
