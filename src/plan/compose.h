/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/plan/ only: the statement that DuckDB runs for an output.
 *
 *     post-query, each kindling_result_<n> a sub-query holding its rollup
 *     outermost select list: columns named as the query as written names them; where the stored type is another one,
 *     CAST(x AS <stored type>), which fails on overflow
 *     ORDER BY and LIMIT where they were
 */
#pragma once

#include "plan/plan.h"

/* SQL of a tree; rollups may be empty. columns: struct plan_column with types. by_position: the query is wrapped and its
 * columns are named by their places, whatever it calls them. NULL only with error set. */
char *compose_sql(struct duck_connection *connection, const struct query *root, GPtrArray *rollups,
                  GPtrArray *columns, bool by_position, GError **error) WARN_UNUSED;

/* SQL of a post-query as plan_output.ordered_sql has it; rows: that query without ORDER BY, of as many entries as columns. */
char *compose_rows_sql(struct duck_connection *connection, const struct query *rows,
                       const char *rollup, GPtrArray *columns, GError **error) WARN_UNUSED;

/* Fills sql, post_sql and plain_sql of an output whose post and rollups are known. Each statement is described and must give the
 * columns of the query as written; what does not hold is dropped with a refusal: the separation, then the exact sums.
 * written: the query before its sums were renamed; exact: after. */
bool compose_output(const struct plan_request *request, struct plan_output *output,
                    const struct query *written, const struct query *exact,
                    GError **error) WARN_UNUSED;

/* plan.c: adds a refusal at the output's query; reason is taken over. */
void plan_refuse(struct plan_output *output, enum plan_refusal_kind kind, char *reason);

/* ORDER BY of a tree over its result's columns (plan_output.order_by); NULL without error when it cannot be said so. */
char **compose_order(const struct query *root, GPtrArray *columns);
