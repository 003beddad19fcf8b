/* SPDX-License-Identifier: Apache-2.0 */
#include "job/ast_json.h"

static const struct ast_class_row class_rows[] = {
    {"COLUMN_REF", EXPR_COLUMN, {{NULL, 0}}},
    {"CONSTANT", EXPR_CONSTANT, {{NULL, 0}}},
    {"FUNCTION", EXPR_FUNCTION, {{"children", AST_SLOT_MANY}}},
    {"WINDOW",
     EXPR_WINDOW,
     {{"children", AST_SLOT_MANY},
      {"start_expr", AST_SLOT_ONE},
      {"end_expr", AST_SLOT_ONE},
      {"offset_expr", AST_SLOT_ONE},
      {"default_expr", AST_SLOT_ONE}}},
    {"STAR", EXPR_STAR, {{"replace_list", AST_SLOT_REPLACE}, {"expr", AST_SLOT_ONE}}},
    {"SUBQUERY", EXPR_SUBQUERY, {{"child", AST_SLOT_ONE}}},
    {"PARAMETER", EXPR_PARAMETER, {{NULL, 0}}},
    {"LAMBDA", EXPR_LAMBDA, {{"lhs", AST_SLOT_ONE}, {"expr", AST_SLOT_ONE}}},
    {"CASE", EXPR_CASE, {{"case_checks", AST_SLOT_CHECKS}, {"else_expr", AST_SLOT_ONE}}},
    {"CAST", EXPR_CAST, {{"child", AST_SLOT_ONE}}},
    {"COMPARISON", EXPR_COMPARISON, {{"left", AST_SLOT_ONE}, {"right", AST_SLOT_ONE}}},
    {"CONJUNCTION", EXPR_CONJUNCTION, {{"children", AST_SLOT_MANY}}},
    {"OPERATOR", EXPR_OPERATOR, {{"children", AST_SLOT_MANY}}},
    {"BETWEEN",
     EXPR_BETWEEN,
     {{"input", AST_SLOT_ONE}, {"lower", AST_SLOT_ONE}, {"upper", AST_SLOT_ONE}}},
    {"COLLATE", EXPR_OTHER, {{"child", AST_SLOT_ONE}}},
};

const struct ast_class_row *
ast_class_row(const char *json_class)
{
  static const struct ast_class_row other = {"", EXPR_OTHER, {{NULL, 0}}};
  for (gsize i = 0; i < G_N_ELEMENTS(class_rows); i++)
    if (g_strcmp0(class_rows[i].json_class, json_class) == 0)
      return &class_rows[i];
  return &other;
}

char *
ast_text(struct json_object *json, const char *key)
{
  const char *text = json_get_text(json, key);
  return g_strdup(text == NULL ? "" : text);
}

/* Missing places are UINT64_MAX in DuckDB's trees. */
static gssize
place_of(struct json_object *json)
{
  struct json_object *place = json_get(json, "query_location");
  guint64 at = place == NULL ? G_MAXUINT64 : json_object_get_uint64(place);
  return at > G_MAXINT32 ? -1 : (gssize)at;
}

char **
ast_texts(struct json_object *array)
{
  gsize count = ast_length(array);
  char **texts = g_new0(char *, count + 1);
  for (gsize i = 0; i < count; i++) {
    const char *text = json_object_get_string(json_object_array_get_idx(array, i));
    texts[i] = g_strdup(text == NULL ? "" : text);
  }
  return texts;
}

void
ast_read_exprs(struct json_object *array, GPtrArray *exprs)
{
  for (gsize i = 0; i < ast_length(array); i++) {
    struct expr *expr = ast_read_expr(json_object_array_get_idx(array, i));
    if (expr != NULL)
      g_ptr_array_add(exprs, expr);
  }
}

GPtrArray *
ast_new_exprs(void)
{
  return g_ptr_array_new_with_free_func((GDestroyNotify)ast_expr_free);
}

void
ast_read_orders(struct json_object *array, GPtrArray *orders)
{
  for (gsize i = 0; i < ast_length(array); i++) {
    struct json_object *json = json_object_array_get_idx(array, i);
    struct expr *expr = ast_read_expr(json_get(json, "expression"));
    if (expr == NULL)
      continue;
    struct order *order = g_new0(struct order, 1);
    const char *nulls = json_get_text(json, "null_order");
    order->expr = expr;
    order->descending = g_strcmp0(json_get_text(json, "type"), "DESCENDING") == 0;
    order->nulls = g_strcmp0(nulls, "NULLS FIRST") == 0  ? NULLS_FIRST
                   : g_strcmp0(nulls, "NULLS LAST") == 0 ? NULLS_LAST
                                                         : NULLS_DEFAULT;
    g_ptr_array_add(orders, order);
  }
}

GPtrArray *
ast_new_orders(void)
{
  return g_ptr_array_new_with_free_func((GDestroyNotify)ast_order_free);
}

static void
read_members(struct json_object *array, const char *const *keys, GPtrArray *exprs)
{
  for (gsize i = 0; i < ast_length(array); i++)
    for (gsize k = 0; keys[k] != NULL; k++) {
      struct expr *expr = ast_read_expr(json_get(json_object_array_get_idx(array, i), keys[k]));
      if (expr != NULL)
        g_ptr_array_add(exprs, expr);
    }
}

static void
read_slot(struct json_object *json, const struct ast_slot *slot, GPtrArray *children)
{
  static const char *const check_keys[] = {"when_expr", "then_expr", NULL};
  static const char *const replace_keys[] = {"value", NULL};
  struct json_object *member = json_get(json, slot->key);
  struct expr *expr = NULL;
  switch (slot->kind) {
  case AST_SLOT_ONE:
    expr = ast_read_expr(member);
    if (expr != NULL)
      g_ptr_array_add(children, expr);
    break;
  case AST_SLOT_MANY:
    ast_read_exprs(member, children);
    break;
  case AST_SLOT_CHECKS:
    read_members(member, check_keys, children);
    break;
  case AST_SLOT_REPLACE:
    read_members(member, replace_keys, children);
    break;
  }
}

static char *
decimal_name(struct json_object *info)
{
  return g_strdup_printf("DECIMAL(%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ")",
                         json_get_int(info, "width", 0), json_get_int(info, "scale", 0));
}

char *
ast_type_name(struct json_object *json)
{
  const char *id = json_get_text(json, "id");
  struct json_object *info = json_get(json, "type_info");
  if (id == NULL)
    return g_strdup("");
  if (info == NULL)
    return g_strdup(id);
  if (g_str_equal(id, "DECIMAL"))
    return decimal_name(info);
  if (g_str_equal(id, "UNBOUND"))
    return ast_text(info, "name");
  if (g_str_equal(id, "LIST")) {
    g_autofree char *child = ast_type_name(json_get(info, "child_type"));
    return g_strconcat(child, "[]", NULL);
  }
  return g_strdup(id);
}

static void
read_call(struct json_object *json, struct expr *expr)
{
  bool window = expr->class == EXPR_WINDOW;
  g_autofree char *name = ast_text(json, "function_name");
  expr->function = g_ascii_strdown(name, -1);
  expr->distinct = json_get_flag(json, "distinct");
  expr->filter = ast_read_expr(json_get(json, window ? "filter_expr" : "filter"));
  ast_read_orders(window ? json_get(json, "orders")
                         : json_get(json_get(json, "order_bys"), "orders"),
                  expr->order);
  if (!window)
    return;
  ast_read_orders(json_get(json, "arg_orders"), expr->argument_order);
  ast_read_exprs(json_get(json, "partitions"), expr->partitions);
}

struct expr *
ast_read_expr(struct json_object *json)
{
  if (!json_object_is_type(json, json_type_object))
    return NULL;
  const struct ast_class_row *row = ast_class_row(json_get_text(json, "class"));
  struct expr *expr = g_new0(struct expr, 1);
  expr->class = row->class;
  expr->type = ast_text(json, "type");
  expr->alias = ast_text(json, "alias");
  expr->at = place_of(json);
  expr->children = ast_new_exprs();
  expr->order = ast_new_orders();
  expr->argument_order = ast_new_orders();
  expr->partitions = ast_new_exprs();
  expr->raw = json_object_get(json);
  for (const struct ast_slot *slot = row->slots; slot->key != NULL; slot++)
    read_slot(json, slot, expr->children);
  if (g_str_equal(expr->type, "GROUPING_FUNCTION"))
    expr->class = EXPR_GROUPING;
  if (expr->class == EXPR_COLUMN)
    expr->names = ast_texts(json_get(json, "column_names"));
  else if (expr->class == EXPR_FUNCTION || expr->class == EXPR_WINDOW)
    read_call(json, expr);
  else if (expr->class == EXPR_PARAMETER)
    expr->parameter = ast_text(json, "identifier");
  else if (expr->class == EXPR_CAST)
    expr->cast_type = ast_type_name(json_get(json, "cast_type"));
  else if (expr->class == EXPR_SUBQUERY)
    expr->subquery = ast_read_query(json_get(json_get(json, "subquery"), "node"));
  return expr;
}

static enum table_ref_class
table_class(const char *type)
{
  static const struct {
    const char *type;
    enum table_ref_class class;
  } rows[] = {
      {"EMPTY", TABLE_EMPTY}, {"BASE_TABLE", TABLE_BASE},         {"SUBQUERY", TABLE_SUBQUERY},
      {"JOIN", TABLE_JOIN},   {"TABLE_FUNCTION", TABLE_FUNCTION}, {"EXPRESSION_LIST", TABLE_VALUES},
      {"PIVOT", TABLE_PIVOT}, {"SHOW_REF", TABLE_SHOW},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (g_strcmp0(rows[i].type, type) == 0)
      return rows[i].class;
  return TABLE_OTHER;
}

static void
read_join(struct json_object *json, struct table_ref *table)
{
  struct json_object *using_columns = json_get(json, "using_columns");
  table->left = ast_read_table(json_get(json, "left"));
  table->right = ast_read_table(json_get(json, "right"));
  table->condition = ast_read_expr(json_get(json, "condition"));
  table->join_type = ast_text(json, "join_type");
  table->join_ref = ast_text(json, "ref_type");
  if (ast_length(using_columns) > 0)
    table->using_columns = ast_texts(using_columns);
}

static void
read_values(struct json_object *json, GPtrArray *rows)
{
  struct json_object *values = json_get(json, "values");
  for (gsize i = 0; i < ast_length(values); i++)
    ast_read_exprs(json_object_array_get_idx(values, i), rows);
}

struct table_ref *
ast_read_table(struct json_object *json)
{
  if (!json_object_is_type(json, json_type_object))
    return NULL;
  struct table_ref *table = g_new0(struct table_ref, 1);
  table->type = ast_text(json, "type");
  table->class = table_class(table->type);
  table->alias = ast_text(json, "alias");
  table->at = place_of(json);
  table->catalog = ast_text(json, "catalog_name");
  table->schema = ast_text(json, "schema_name");
  table->name = ast_text(json, "table_name");
  table->sampled = json_get(json, "sample") != NULL;
  table->time_travel = json_get(json, "at_clause") != NULL;
  table->rows = ast_new_exprs();
  table->raw = json_object_get(json);
  if (table->class == TABLE_SUBQUERY)
    table->query = ast_read_query(json_get(json_get(json, "subquery"), "node"));
  else if (table->class == TABLE_SHOW)
    table->query = ast_read_query(json_get(json, "query"));
  else if (table->class == TABLE_JOIN)
    read_join(json, table);
  else if (table->class == TABLE_PIVOT)
    table->left = ast_read_table(json_get(json, "source"));
  else if (table->class == TABLE_FUNCTION)
    table->function = ast_read_expr(json_get(json, "function"));
  else if (table->class == TABLE_VALUES)
    read_values(json, table->rows);
  return table;
}
