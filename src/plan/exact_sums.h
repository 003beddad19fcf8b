/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/plan/ only: sums and averages of doubles that are the same bit for bit whatever the order of rows.
 *
 * DuckDB's sum(DOUBLE) depends on which thread adds what first. Every sum or avg whose argument is DOUBLE or FLOAT, also
 * OVER a window and inside sub-queries, is renamed to our own aggregate, which the engine registers:
 *
 *     sum, fsum, kahan_sum, sumkahan -> kindling_sum        avg, mean, favg -> kindling_avg
 *
 * A window call with a bounded frame (ROWS 6 PRECEDING) stays DuckDB's own: its rows have a total order (src/job refuses
 * any other), and DuckDB adds the rows of a frame in that order, whatever the threads.
 *
 * DISTINCT and FILTER stay; ORDER BY inside the call is dropped: it cannot matter any more. Output columns keep the names
 * that DuckDB gives the query as written.
 */
#pragma once

#include "job/ast.h"
#include "util/compiler.h"

#define EXACT_SUM "kindling_sum"
#define EXACT_AVG "kindling_avg"

/* Rewrites a tree from names_resolve in place. ret_doubt: NULL, or why the types could not be found; then nothing was
 * renamed. Costs one bind. */
bool exact_sums_rewrite(struct duck_connection *connection, struct query *root, char **ret_doubt,
                        GError **error) WARN_UNUSED;
