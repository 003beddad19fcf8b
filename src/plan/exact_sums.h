/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/plan/ only: sums and averages that are the same bit for bit whatever the order of rows.
 *
 * DuckDB's sum(DOUBLE) depends on which thread adds what first. Its sums of 128-bit numbers are an error, or wrong by 2^128
 * (1.5.5 does not look when it merges what threads have added), where part of the values goes beyond their type. Every sum or avg
 * of such an argument, also OVER a window and inside sub-queries, is renamed to our own aggregate, which plan_request.register_aggregate
 * makes known:
 *
 *     argument                 sum, fsum, kahan_sum, sumkahan    avg, mean, favg
 *     DOUBLE, FLOAT, UHUGEINT  kindling_sum                      kindling_avg
 *     HUGEINT                  kindling_sum_hugeint              kindling_avg_hugeint
 *     DECIMAL(19 to 38, S)     kindling_sum_decimal_S            kindling_avg_decimal_S
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

/* "sum" or "avg" when function is one of those names, else NULL. */
const char *exact_sums_plain_name(const char *function);

/* Rewrites a tree from names_resolve in place. names: a set (tree_set_new) to which the names that it calls now are added; they
 * need not be known to DuckDB before the tree is bound again. ret_doubt: NULL, or why the types could not be found; then nothing
 * was renamed. Costs one bind. */
bool exact_sums_rewrite(struct duck_connection *connection, struct query *root, GHashTable *names,
                        char **ret_doubt, GError **error) WARN_UNUSED;
