/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/plan/ only: what the planner does with trees again and again. A node is one struct query of a tree; its own
 * expressions are those that stand in it directly, join conditions and table functions included, sub-queries not.
 */
#pragma once

#include "job/ast.h"

/* Every node of a tree, outermost first: borrowed struct query. */
GPtrArray *tree_nodes(struct query *root);

/* Calls visit for each own expression of a node, outermost first; false keeps out of the inside. */
void tree_walk_own(struct query *node, bool (*visit)(struct expr *expr, gpointer user),
                   gpointer user);

/* Calls replace (as ast_rewrite_expr) for each own expression slot of a node. */
void tree_rewrite_own(struct query *node, ast_replace replace, gpointer user);

/* The first expression at or below expr, sub-queries left out, that test holds for; or NULL. */
struct expr *tree_find(struct expr *expr, bool (*test)(const struct expr *expr, gpointer user),
                       gpointer user);

/* The tables of a FROM that are no joins, left to right, sub-queries not entered: borrowed struct table_ref. */
GPtrArray *tree_leaves(struct table_ref *from);

/* Smallest place of a node's own expressions and tables, or -1. */
gssize tree_place(struct query *node);

/* A bare name: one part, no qualifier. */
bool tree_is_name(const struct expr *expr);
/* Takes the first of a column's names, of which there are two or more, away. */
void tree_drop_qualifier(struct expr *expr);
/* Replaces *slot; the alias stays. */
void tree_replace(struct expr **slot, struct expr *with);
void tree_set_alias(struct expr *expr, const char *alias);

/* (query) AS alias; query is taken over. NULL only with error set. */
struct table_ref *tree_derived(struct duck_connection *connection, struct query *query,
                               const char *alias, GError **error);

/* Names are equal as DuckDB compares them. */
bool tree_same_name(const char *left, const char *right);

/* A GHashTable of strings as a set, keys owned. */
GHashTable *tree_set_new(void);
