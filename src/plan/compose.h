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

/* SQL of a tree; rollups may be empty. columns: struct plan_column with types. NULL only with error set. */
char *compose_sql(struct duck_connection *connection, const struct query *root, GPtrArray *rollups,
                  GPtrArray *columns, GError **error) WARN_UNUSED;

/* ORDER BY of a tree over its result's columns (plan_output.order_by); NULL without error when it cannot be said so. */
char **compose_order(const struct query *root, GPtrArray *columns);
