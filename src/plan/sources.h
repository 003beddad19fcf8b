/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/plan/ only: which columns the tables of a FROM have, so that a column can be told by one name.
 */
#pragma once

#include "duck/describe.h"
#include "job/ast.h"
#include "util/compiler.h"

/* One table of a FROM. */
struct source {
  const struct table_ref *table; /* borrowed */
  const char *qualifier;         /* alias, or name; "" for none; borrowed */
  GPtrArray *columns;            /* struct duck_column */
};

/* GPtrArray of struct source, left to right; NULL with ret_fault set when a table does not bind by itself (a lateral
 * sub-query). ctes: struct cte that the tables need, in order. Costs a bind a table. */
GPtrArray *sources_read(struct duck_connection *connection, struct table_ref *from, GPtrArray *ctes,
                        struct duck_fault **ret_fault, GError **error) WARN_UNUSED;

/* The only source that has a column of this name; NULL for none or several. */
const struct source *sources_owner(GPtrArray *sources, const char *column);
/* columns: GPtrArray of struct duck_column. */
bool sources_columns_have(const GPtrArray *columns, const char *name);
bool sources_have(GPtrArray *sources, const char *column);

/* A copy of an expression in which a column that only one table has stands without its table. */
struct expr *sources_strip(GPtrArray *sources, const struct expr *expr);

/* SELECT with these CTEs (copied) and FROM (copied). */
struct query *sources_select(const struct table_ref *from, GPtrArray *ctes);
/* ast_to_sql and duck_describe. */
GPtrArray *sources_describe(struct duck_connection *connection, const struct query *query,
                            struct duck_fault **ret_fault, GError **error) WARN_UNUSED;
