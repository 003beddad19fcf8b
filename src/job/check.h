/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/job/check_*.c only: results must not depend on the order of rows or on chance.
 *
 * The question everywhere is: do these sort keys decide every tie? They do when they contain a key of the rows (columns
 * that together occur once), or when all that the result uses is a function of them: then tied rows are
 * interchangeable. Keys are found from the tree: the groups of a grouped query, DISTINCT, range(); they pass through
 * WHERE, CTEs, sub-queries, views and joins. Columns of inputs come from DESCRIBE. What cannot be found out counts as
 * unknown, and unknown is refused.
 */
#pragma once

#include "job/job_inside.h"

/* What is known of the rows of a table or query. Names are in lower case. */
struct shape {
  GPtrArray *columns; /* char *, "" for a column without a plain name; NULL: unknown */
  char **
      key; /* columns that together occur once, NULL-terminated (empty: one row at most); NULL: unknown */
};
struct shape *shape_new(GPtrArray *columns, char **key); /* takes both over */
struct shape *shape_copy(const struct shape *shape);
void shape_free(struct shape *shape);
AUTO_DEFINE(struct shape, shape_free)
/* Renames the first columns as in t(a, b). */
void shape_rename(struct shape *shape, struct json_object *names);

/* CTEs in scope, innermost first. */
struct env {
  const struct env *outer;
  const char *name;
  const struct shape *shape;
};

struct source {
  char *alias; /* lower case */
  struct shape *shape;
};

/* One SELECT, as the checks see it. */
struct selection {
  const struct query *query;
  GHashTable *aggregates; /* borrowed from the checker */
  struct duck_connection *connection;
  GPtrArray *sources; /* struct source */
  bool sources_known; /* the columns of all sources are known */
  bool sources_keyed; /* all sources have a key: together they are a key of the joined rows */
  bool grouped;
  GPtrArray *group_keys; /* struct expr, borrowed from the query, names resolved */
  bool aliases_resolved; /* inside a select entry that a name meant: names mean columns */
  bool several_sets;     /* CUBE, ROLLUP, GROUPING SETS */
  /* For ast_canonical_expr: the alias of the only source; NULL-terminated. */
  const char **qualifiers;
};
void selection_clear(struct selection *selection);

struct checker {
  const struct job *job;
  struct duck_connection *connection;
  GHashTable *aggregates; /* set of names */
  GHashTable *tables;     /* lower-case name -> struct shape: inputs and views */
  gsize base;             /* place of the statement, for nodes without one */
  GError **error;
};

gsize check_place(const struct checker *checker, const struct expr *expr);
char *check_sql(const struct checker *checker,
                const struct expr *expr); /* for hints; owned by the caller */
bool check_is_aggregate(GHashTable *aggregates, const struct expr *expr);

/* check_query.c: checks all of a query and finds its shape; NULL with the error set. */
struct shape *check_query(struct checker *checker, const struct env *env,
                          const struct query *query);

/* check_shape.c. */
struct shape *shape_of_table(const struct checker *checker, const struct env *env,
                             const struct table_ref *table);
struct shape *shape_of_selection(const struct selection *selection);
/* Columns in lower case that together occur once; NULL when any has no plain name. */
char **shape_whole_key(const struct shape *shape);
bool selection_has_column(const struct selection *selection, const char *name);

/* check_total.c. Sort keys: struct expr, borrowed. */
bool total_determines(const struct selection *selection, GPtrArray *keys, const struct expr *expr);
/* The same for a sub-query in an expression; columns of this query that are open are added to missing (may be NULL). */
bool total_determines_subquery(const struct selection *selection, GPtrArray *keys,
                               const struct expr *expr, GPtrArray *missing);
/* A column is among the keys. Names in lower case; table NULL: of any source. */
bool total_holds_column(const struct selection *selection, GPtrArray *keys, const char *table,
                        const char *name);
/* GROUPING(...) of all group keys is among the keys. */
bool total_tells_sets_apart(const struct selection *selection, GPtrArray *keys);
/* The keys hold a key of the rows that the select list sees: of the groups when the query groups. */
bool total_order(const struct selection *selection, GPtrArray *keys);
/* The keys hold a key of the rows of FROM. */
bool total_rows(const struct selection *selection, GPtrArray *keys);
/* check_missing.c. What is missing, as "a NULLS LAST, b NULLS LAST" for a hint: group keys, key columns, or columns that the result
 * uses; "" when that is not known. Owned. */
char *total_missing(const struct checker *checker, const struct selection *selection,
                    GPtrArray *keys);
/* Every column that the select list, QUALIFY and ORDER BY use is determined. */
bool total_covers_uses(const struct selection *selection, GPtrArray *keys);
/* The select entry that a name or number in GROUP BY, ORDER BY means; NULL when it means none. */
struct expr *selection_resolve(const struct selection *selection, const struct expr *expr,
                               bool alias_first);

/* One topic each; false with the error set. */
bool check_functions(struct checker *checker, const struct selection *selection,
                     const struct expr *expr);
bool check_aggregate(struct checker *checker, const struct selection *selection,
                     const struct expr *call);
bool check_window(struct checker *checker, const struct selection *selection,
                  const struct expr *call);
bool check_limit(struct checker *checker, const struct selection *selection);
/* "x DESC NULLS LAST": as written, for hints; owned by the caller. */
char *check_order_sql(const struct checker *checker, const struct order *order);
bool check_set_limit(struct checker *checker, const struct query *query, const struct shape *shape);
