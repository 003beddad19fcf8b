/* SPDX-License-Identifier: Apache-2.0
 *
 * The typed syntax tree of a query. ast.c is the only place that knows the JSON keys of DuckDB's serialised trees; all
 * else reads and rewrites these structs.
 *
 * A tree comes from ast_parse and goes back to SQL by ast_to_sql. Every node keeps the JSON object it came from (raw)
 * for the members that are not modelled; modelled members win over raw when the tree is written. So a rewrite sets
 * pointers and names here, and what it does not know travels on unharmed.
 *
 * Ownership: a node owns its children and its reference to raw. ast_expr_copy and ast_query_copy are deep.
 * Replacing a child: free the old one (or keep it), then set the pointer. Arrays are GPtrArray with free functions.
 *
 * Places: at is the byte offset in the text that was parsed, -1 where DuckDB gives none (parameters, stars, joins).
 */
#pragma once

#include "duck/duck.h"
#include "duck/fault.h"
#include "util/auto.h"
#include "util/json.h"
#include <glib.h>
#include <stdbool.h>

enum expr_class {
  EXPR_COLUMN,   /* names */
  EXPR_CONSTANT, /* raw "value" */
  EXPR_FUNCTION, /* function, children, filter, order, distinct; aggregates and operators such as + too */
  EXPR_WINDOW, /* function, children, filter, partitions, order, argument_order, frame bounds among children */
  EXPR_STAR,      /* *, t.*, COLUMNS(...) */
  EXPR_SUBQUERY,  /* subquery; children: the left side of IN, if any */
  EXPR_PARAMETER, /* parameter */
  EXPR_LAMBDA,
  EXPR_GROUPING,    /* GROUPING(...), GROUPING_ID(...): children */
  EXPR_CASE,        /* children in the order when, then, ..., else */
  EXPR_CAST,        /* one child; cast_type */
  EXPR_COMPARISON,  /* two children; type says which */
  EXPR_CONJUNCTION, /* AND, OR: children */
  EXPR_OPERATOR,    /* NOT, IS NULL, IN, COALESCE, list access ...: children */
  EXPR_BETWEEN,     /* input, lower, upper */
  EXPR_OTHER,       /* COLLATE, DEFAULT, positional #1, ...: children where they are known */
};

enum null_order { NULLS_DEFAULT, NULLS_FIRST, NULLS_LAST };

struct order {
  struct expr *expr;
  bool descending;
  enum null_order nulls; /* NULLS_DEFAULT: DuckDB's default, which is last */
};

struct expr {
  enum expr_class class;
  /* DuckDB's exact kind: "COMPARE_EQUAL", "WINDOW_ROW_NUMBER", "OPERATOR_IS_NULL", "CONJUNCTION_AND". */
  char *type;
  char *alias; /* never NULL; "" for none */
  gssize at;
  char **names;    /* COLUMN: "events", "category"; NULL-terminated */
  char *function;  /* FUNCTION, WINDOW: lower case */
  char *parameter; /* PARAMETER: "since" or "1" */
  /* CAST: DuckDB's name of the type, "DATE"; TRY_CAST has type "OPERATOR_TRY_CAST" or raw "try_cast". */
  char *cast_type;
  bool distinct;
  GPtrArray *children; /* struct expr; never NULL; no NULL elements */
  struct expr *filter; /* FILTER (WHERE ...), or NULL */
  GPtrArray *order;    /* struct order: ORDER BY inside an aggregate call, or of OVER; never NULL */
  /* struct order: ORDER BY among the arguments of a window call; never NULL. */
  GPtrArray *argument_order;
  GPtrArray *partitions; /* struct expr: PARTITION BY; never NULL */
  struct query *subquery;
  struct json_object *raw;
};

enum table_ref_class {
  TABLE_EMPTY,    /* no FROM */
  TABLE_BASE,     /* schema, name */
  TABLE_SUBQUERY, /* query */
  TABLE_JOIN,     /* left, right, condition, using_columns */
  TABLE_FUNCTION, /* function: an expr */
  TABLE_VALUES,   /* rows: expressions, row after row */
  TABLE_PIVOT,    /* left */
  TABLE_SHOW,     /* DESCRIBE, SHOW, SUMMARIZE */
  TABLE_OTHER,
};

struct table_ref {
  enum table_ref_class class;
  char *type;  /* DuckDB's kind */
  char *alias; /* never NULL */
  gssize at;
  char *catalog; /* BASE: never NULL, "" for none */
  char *schema;
  char *name;
  struct query *query;
  struct table_ref *left;
  struct table_ref *right;
  char *join_type; /* JOIN: "INNER", "LEFT", "SEMI", ... */
  char *join_ref;  /* JOIN: "REGULAR", "CROSS", "NATURAL", "POSITIONAL", "ASOF" */
  struct expr *condition;
  char **using_columns; /* NULL-terminated, or NULL */
  struct expr *function;
  GPtrArray *rows;  /* struct expr; never NULL */
  bool sampled;     /* TABLESAMPLE */
  bool time_travel; /* AT (...) */
  struct json_object *raw;
};

enum query_class {
  QUERY_SELECT,
  QUERY_SET_OPERATION, /* UNION, EXCEPT, INTERSECT: branches */
  QUERY_RECURSIVE,     /* WITH RECURSIVE body: branches */
  QUERY_CTE,           /* a CTE node around its query: branches */
  QUERY_OTHER,
};

struct cte {
  char *name;
  struct query *query;
  struct json_object *raw;
};

struct query {
  enum query_class class;
  char *type;
  char *set_operation; /* "UNION", "EXCEPT", "INTERSECT" */
  bool set_operation_all;
  GPtrArray *ctes;        /* struct cte, in order; never NULL */
  GPtrArray *select;      /* struct expr; QUERY_SELECT; never NULL */
  struct table_ref *from; /* QUERY_SELECT; never NULL there */
  struct expr *where;
  GPtrArray *groups; /* struct expr: every group expression once; never NULL */
  /* GArray of guint: indexes into groups; empty when there is no GROUP BY; never NULL. */
  GPtrArray *group_sets;
  bool group_by_all;
  struct expr *having;
  struct expr *qualify;
  bool sampled;           /* USING SAMPLE */
  bool distinct;          /* SELECT DISTINCT, without ON */
  GPtrArray *distinct_on; /* struct expr; empty for none; never NULL */
  GPtrArray *order;       /* struct order; never NULL */
  struct expr *limit;     /* LIMIT or LIMIT n% (limit_percent) */
  struct expr *offset;
  bool limit_percent;
  GPtrArray *branches; /* struct query */
  struct json_object *raw;
};

/* Parses exactly one SELECT. NULL with ret_fault set when DuckDB refuses it, or error for anything else. */
struct query *ast_parse(struct duck_connection *connection, const char *sql,
                        struct duck_fault **ret_fault, GError **error) WARN_UNUSED;

/* SQL text; owned by the caller. */
char *ast_to_sql(struct duck_connection *connection, const struct query *query,
                 GError **error) WARN_UNUSED;
/* SQL text of one expression (by way of SELECT <expr>); the alias is left out. */
char *ast_expr_to_sql(struct duck_connection *connection, const struct expr *expr,
                      GError **error) WARN_UNUSED;

void ast_query_free(struct query *query);
void ast_expr_free(struct expr *expr);
void ast_table_ref_free(struct table_ref *table);
void ast_order_free(struct order *order);
void ast_cte_free(struct cte *cte);
AUTO_DEFINE(struct query, ast_query_free)
AUTO_DEFINE(struct expr, ast_expr_free)
AUTO_DEFINE(struct table_ref, ast_table_ref_free)

struct query *ast_query_copy(const struct query *query);
struct expr *ast_expr_copy(const struct expr *expr);
struct table_ref *ast_table_ref_copy(const struct table_ref *table);

/* New nodes. Texts are copied; children are taken over. */
struct expr *ast_column(const char *const *names, const char *alias);
struct expr *ast_column_named(const char *name, const char *alias);
struct expr *ast_integer(gint64 value);
struct expr *ast_string(const char *value);                  /* a VARCHAR constant */
struct expr *ast_cast(struct expr *child, const char *type); /* CAST(child AS type) */
struct expr *ast_call(const char *function, bool is_operator, struct expr *first,
                      ...);                                  /* NULL-terminated arguments */
struct expr *ast_and(struct expr *left, struct expr *right); /* either may be NULL */
struct expr *ast_case(struct expr *when, struct expr *then); /* CASE WHEN when THEN then END */
struct expr *ast_star(void);
struct table_ref *ast_table(const char *name, const char *alias);
struct query *ast_select(void); /* SELECT with an empty list and an empty FROM */
struct cte *ast_cte(const char *name, struct query *query);

/* Every node, outermost first, sub-queries and CTEs included. A callback that returns false keeps the walk out of the
 * node's inside; the walk itself goes on. Callbacks may be NULL. Do not replace nodes while walking. */
struct ast_visitor {
  bool (*expr)(struct expr *expr, gpointer user);
  bool (*table)(struct table_ref *table, gpointer user);
  bool (*query)(struct query *query, gpointer user);
  gpointer user;
};
void ast_walk_query(struct query *query, const struct ast_visitor *visitor);
void ast_walk_expr(struct expr *expr, const struct ast_visitor *visitor);
void ast_walk_table(struct table_ref *table, const struct ast_visitor *visitor);

/* Calls replace for every expression slot below and including *slot (children, filter, order, partitions, CASE arms, ...;
 * not into sub-queries), innermost last: replace may free and set *slot and returns true to keep the walk out of it. */
typedef bool (*ast_replace)(struct expr **slot, gpointer user);
void ast_rewrite_expr(struct expr **slot, ast_replace replace, gpointer user);

/* Text that is equal for expressions of one meaning by the letter: no places, no aliases, names in lower case, a
 * leading table name dropped when it is among qualifiers (NULL-terminated, lower case; may be NULL). Owned by the caller. */
char *ast_canonical_expr(const struct expr *expr, const char *const *qualifiers);
char *ast_canonical_query(const struct query *query);
char *ast_canonical_table(const struct table_ref *table);
