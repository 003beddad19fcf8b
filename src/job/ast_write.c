/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/type.h"
#include "job/ast_json.h"
#include <string.h>

/* A canonical name: lower case, as DuckDB compares names. */
void
ast_add_name(const struct ast_writer *writer, struct json_object *json, const char *key,
             const char *name)
{
  g_autofree char *lower =
      writer->mode == AST_WRITE_CANONICAL ? g_utf8_strdown(name, -1) : g_strdup(name);
  json_add_text(json, key, lower);
}

void
ast_add_names(const struct ast_writer *writer, struct json_object *array, char *const *names)
{
  for (; *names != NULL; names++) {
    g_autofree char *lower =
        writer->mode == AST_WRITE_CANONICAL ? g_utf8_strdown(*names, -1) : g_strdup(*names);
    (void)json_object_array_add(array, json_object_new_string(lower));
  }
}

/* All of raw by reference, places left out; the modelled members are then set over it. */
struct json_object *
ast_copy_raw(struct json_object *raw)
{
  struct json_object *json = json_object_new_object();
  if (raw == NULL)
    return json;
  json_object_object_foreach(raw, key, value)
  {
    if (strcmp(key, "query_location") != 0)
      json_add_object(json, key, json_object_get(value));
  }
  return json;
}

void
ast_add_place(const struct ast_writer *writer, struct json_object *json, gssize at)
{
  if (writer->mode == AST_WRITE_COPY)
    json_add_uint(json, "query_location", at < 0 ? G_MAXUINT64 : (guint64)at);
}

struct json_object *
ast_write_optional(const struct ast_writer *writer, const struct expr *expr)
{
  return expr == NULL ? NULL : ast_write_expr(writer, expr);
}

struct json_object *
ast_write_exprs(const struct ast_writer *writer, GPtrArray *exprs, gsize from, gsize count)
{
  struct json_object *array = json_object_new_array();
  for (gsize i = from; i < from + count; i++)
    (void)json_object_array_add(array, ast_write_expr(writer, g_ptr_array_index(exprs, i)));
  return array;
}

static const char *
nulls_name(enum null_order nulls)
{
  return nulls == NULLS_FIRST  ? "NULLS FIRST"
         : nulls == NULLS_LAST ? "NULLS LAST"
                               : "ORDER_DEFAULT";
}

static struct json_object *
write_orders(const struct ast_writer *writer, GPtrArray *orders)
{
  struct json_object *array = json_object_new_array();
  for (guint i = 0; i < orders->len; i++) {
    const struct order *order = g_ptr_array_index(orders, i);
    struct json_object *json = json_object_new_object();
    json_add_text(json, "type", order->descending ? "DESCENDING" : "ORDER_DEFAULT");
    json_add_text(json, "null_order", nulls_name(order->nulls));
    json_add_object(json, "expression", ast_write_expr(writer, order->expr));
    (void)json_object_array_add(array, json);
  }
  return array;
}

struct json_object *
ast_write_order_modifier(const struct ast_writer *writer, GPtrArray *orders)
{
  struct json_object *json = json_object_new_object();
  json_add_text(json, "type", "ORDER_MODIFIER");
  json_add_object(json, "orders", write_orders(writer, orders));
  return json;
}

static bool
is_many(enum ast_slot_kind kind)
{
  return kind != AST_SLOT_ONE;
}

/* Slots of one child that are filled: those are the children behind (or before) the slot of any number. */
static gsize
single_count(const struct expr *expr, const struct ast_class_row *row)
{
  gsize count = 0;
  for (const struct ast_slot *slot = row->slots; slot->key != NULL; slot++)
    if (!is_many(slot->kind) && json_get(expr->raw, slot->key) != NULL)
      count++;
  return count;
}

static struct json_object *
write_checks(const struct ast_writer *writer, const struct expr *expr, gsize from, gsize count)
{
  struct json_object *array = json_object_new_array();
  for (gsize i = from; i + 1 < from + count; i += 2) {
    struct json_object *check = json_object_new_object();
    json_add_object(check, "when_expr",
                    ast_write_expr(writer, g_ptr_array_index(expr->children, i)));
    json_add_object(check, "then_expr",
                    ast_write_expr(writer, g_ptr_array_index(expr->children, i + 1)));
    (void)json_object_array_add(array, check);
  }
  return array;
}

static struct json_object *
write_replacements(const struct ast_writer *writer, const struct expr *expr, gsize from,
                   gsize count)
{
  struct json_object *old = json_get(expr->raw, "replace_list");
  struct json_object *array = json_object_new_array();
  for (gsize i = 0; i < count && i < ast_length(old); i++) {
    struct json_object *entry = ast_copy_raw(json_object_array_get_idx(old, i));
    json_add_object(entry, "value",
                    ast_write_expr(writer, g_ptr_array_index(expr->children, from + i)));
    (void)json_object_array_add(array, entry);
  }
  return array;
}

static void
write_children(const struct ast_writer *writer, const struct expr *expr, struct json_object *json)
{
  const struct ast_class_row *row = ast_class_row(json_get_text(expr->raw, "class"));
  gsize singles = single_count(expr, row);
  gsize many = expr->children->len > singles ? expr->children->len - singles : 0;
  gsize next = 0;
  for (const struct ast_slot *slot = row->slots; slot->key != NULL; slot++) {
    if (slot->kind == AST_SLOT_MANY)
      json_add_object(json, slot->key, ast_write_exprs(writer, expr->children, next, many));
    else if (slot->kind == AST_SLOT_CHECKS)
      json_add_object(json, slot->key, write_checks(writer, expr, next, many));
    else if (slot->kind == AST_SLOT_REPLACE)
      json_add_object(json, slot->key, write_replacements(writer, expr, next, many));
    else if (json_get(expr->raw, slot->key) != NULL && next < expr->children->len)
      json_add_object(json, slot->key,
                      ast_write_expr(writer, g_ptr_array_index(expr->children, next++)));
    if (is_many(slot->kind))
      next += many;
  }
}

static void
write_call(const struct ast_writer *writer, const struct expr *expr, struct json_object *json)
{
  bool window = expr->class == EXPR_WINDOW;
  json_add_text(json, "function_name", expr->function);
  json_add_flag(json, "distinct", expr->distinct);
  json_add_object(json, window ? "filter_expr" : "filter",
                  ast_write_optional(writer, expr->filter));
  if (!window) {
    json_add_object(json, "order_bys", ast_write_order_modifier(writer, expr->order));
    return;
  }
  json_add_object(json, "orders", write_orders(writer, expr->order));
  json_add_object(json, "arg_orders", write_orders(writer, expr->argument_order));
  json_add_object(json, "partitions",
                  ast_write_exprs(writer, expr->partitions, 0, expr->partitions->len));
}

static bool
is_qualifier(const struct ast_writer *writer, const char *name)
{
  if (writer->qualifiers == NULL)
    return false;
  g_autofree char *lower = g_utf8_strdown(name, -1);
  return g_strv_contains(writer->qualifiers, lower);
}

static struct json_object *
write_column(const struct ast_writer *writer, const struct expr *expr)
{
  struct json_object *array = json_object_new_array();
  char *const *names = expr->names;
  if (names[0] != NULL && names[1] != NULL && is_qualifier(writer, names[0]))
    names++;
  ast_add_names(writer, array, names);
  return array;
}

struct json_object *
ast_type_json(const char *name)
{
  guint8 width = 0, scale = 0;
  struct json_object *type = json_object_new_object();
  bool decimal = duck_decimal_of(name, &width, &scale);
  struct json_object *info = NULL;
  if (decimal) {
    info = json_object_new_object();
    json_add_text(info, "type", "DECIMAL_TYPE_INFO");
    json_add_text(info, "alias", "");
    json_add_object(info, "extension_info", NULL);
    json_add_int(info, "width", width);
    json_add_int(info, "scale", scale);
  }
  json_add_text(type, "id", decimal ? "DECIMAL" : name);
  json_add_object(type, "type_info", info);
  return type;
}

/* A type that was not changed keeps its JSON, which says more than its name. */
static void
write_cast_type(const struct expr *expr, struct json_object *json)
{
  g_autofree char *before = ast_type_name(json_get(expr->raw, "cast_type"));
  if (g_str_equal(before, expr->cast_type))
    return;
  json_add_object(json, "cast_type", ast_type_json(expr->cast_type));
}

struct json_object *
ast_write_nested(const struct ast_writer *writer, const struct query *query)
{
  struct ast_writer inner = {.mode = writer->mode};
  struct json_object *json = json_object_new_object();
  json_add_object(json, "node", ast_write_query(&inner, query));
  json_add_object(json, "named_param_map", json_object_new_array());
  return json;
}

/* DuckDB prints the DOUBLE 1e10 as 10000000000.0, which it reads back as a DECIMAL: a cast keeps the type. */
static struct json_object *
write_double(const struct ast_writer *writer, const struct expr *expr, double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];
  (void)g_ascii_dtostr(digits, sizeof digits, value);
  AUTO(ast_expr_free) struct expr *cast = ast_cast(ast_string(digits), "DOUBLE");
  struct json_object *json = ast_write_expr(writer, cast);
  json_add_text(json, "alias", expr->alias);
  return json;
}

static bool
is_double(const struct expr *expr)
{
  struct json_object *value = json_get(expr->raw, "value");
  return expr->class == EXPR_CONSTANT && json_get(value, "value") != NULL &&
         g_strcmp0(json_get_text(json_get(value, "type"), "id"), "DOUBLE") == 0;
}

struct json_object *
ast_write_expr(const struct ast_writer *writer, const struct expr *expr)
{
  if (writer->mode == AST_WRITE_SQL && is_double(expr))
    return write_double(writer, expr,
                        json_object_get_double(json_get(json_get(expr->raw, "value"), "value")));
  struct json_object *json = ast_copy_raw(expr->raw);
  json_add_text(json, "type", expr->type);
  json_add_text(json, "alias", expr->alias);
  ast_add_place(writer, json, expr->at);
  write_children(writer, expr, json);
  if (expr->class == EXPR_COLUMN)
    json_add_object(json, "column_names", write_column(writer, expr));
  else if (expr->class == EXPR_FUNCTION || expr->class == EXPR_WINDOW)
    write_call(writer, expr, json);
  else if (expr->class == EXPR_PARAMETER)
    json_add_text(json, "identifier", expr->parameter);
  else if (expr->class == EXPR_CAST)
    write_cast_type(expr, json);
  else if (expr->class == EXPR_SUBQUERY && expr->subquery != NULL)
    json_add_object(json, "subquery", ast_write_nested(writer, expr->subquery));
  return json;
}
