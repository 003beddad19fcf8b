/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/job/ast_*.c only: structs <-> DuckDB's JSON trees.
 */
#pragma once

#include "job/ast.h"

/* Where an expression's children stand in its JSON object, in the order of struct expr.children. */
enum ast_slot_kind {
  AST_SLOT_ONE,     /* an expression, or null: then no child */
  AST_SLOT_MANY,    /* an array of expressions */
  AST_SLOT_CHECKS,  /* CASE: an array of {when_expr, then_expr} */
  AST_SLOT_REPLACE, /* * REPLACE: an array of {key, value: expression} */
};

struct ast_slot {
  const char *key; /* NULL ends the list */
  enum ast_slot_kind kind;
};

/* One row a JSON class. At most one slot of a row holds any number of children. */
struct ast_class_row {
  const char *json_class;
  enum expr_class class;
  struct ast_slot slots[6];
};

/* The row of a JSON class; for an unknown one a row of EXPR_OTHER without slots. Never NULL. */
const struct ast_class_row *ast_class_row(const char *json_class);

/* New nodes from JSON objects, which stay referenced as raw. A member that is absent or of another shape reads as
 * empty. */
struct expr *ast_read_expr(struct json_object *json);
struct query *ast_read_query(struct json_object *json);
struct table_ref *ast_read_table(struct json_object *json);
struct cte *ast_read_cte(struct json_object *json);

/* Parts of the readers. Elements that are no expressions are left out. */
GPtrArray *ast_new_exprs(void);
GPtrArray *ast_new_orders(void);
void ast_read_exprs(struct json_object *array, GPtrArray *exprs);
void ast_read_orders(struct json_object *array, GPtrArray *orders);
char *ast_text(struct json_object *json, const char *key); /* "" when absent */
char **ast_texts(struct json_object *array);

static inline gsize
ast_length(struct json_object *array)
{
  return json_object_is_type(array, json_type_array) ? json_object_array_length(array) : 0;
}

/* Name of a JSON type: "DATE", "DECIMAL(10,2)", "INTEGER[]"; owned by the caller. */
char *ast_type_name(struct json_object *json);

enum ast_write_mode {
  AST_WRITE_SQL,  /* for DuckDB: no places */
  AST_WRITE_COPY, /* with places, for reading again */
  AST_WRITE_CANONICAL, /* no places; names in lower case; table names among qualifiers dropped outside sub-queries */
};

struct ast_writer {
  enum ast_write_mode mode;
  const char *const *qualifiers; /* lower case, NULL-terminated, or NULL */
};

/* Parts of the writers. */
void ast_add_name(const struct ast_writer *writer, struct json_object *json, const char *key,
                  const char *name);
void ast_add_names(const struct ast_writer *writer, struct json_object *array, char *const *names);
void ast_add_place(const struct ast_writer *writer, struct json_object *json, gssize at);
struct json_object *ast_copy_raw(
    struct json_object *raw); /* members by reference, but for the place */
struct json_object *ast_write_optional(const struct ast_writer *writer, const struct expr *expr);
struct json_object *ast_write_exprs(const struct ast_writer *writer, GPtrArray *exprs, gsize from,
                                    gsize count);
struct json_object *ast_write_order_modifier(const struct ast_writer *writer, GPtrArray *orders);
struct json_object *ast_write_nested(const struct ast_writer *writer, const struct query *query);
struct json_object *ast_type_json(
    const char *name); /* "DATE", "DECIMAL(10,2)"; not LIST, STRUCT and their like */

/* New references. */
struct json_object *ast_write_expr(const struct ast_writer *writer, const struct expr *expr);
struct json_object *ast_write_query(const struct ast_writer *writer, const struct query *query);
struct json_object *ast_write_table(const struct ast_writer *writer, const struct table_ref *table);
