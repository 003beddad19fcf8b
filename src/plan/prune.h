/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/plan/ only: which files of which inputs a query reads.
 *
 * A WHERE that stands directly over an input may have conjuncts that use its partition columns only. They are put to
 * DuckDB over the partitions' typed values; a partition for which one is not true is left out. Whatever is not sure
 * leaves everything in: an error while evaluating, the inner side of an outer join, a second use of the input without
 * such a WHERE.
 */
#pragma once

#include "plan/plan.h"

/* ret_inputs: GPtrArray of struct plan_input, in the order of inventories; those that root does not use are left out.
 * root comes from names_resolve. volatiles: functions_volatiles(). */
bool prune_inputs(struct duck_connection *connection, struct query *root, GPtrArray *inventories,
                  GHashTable *volatiles, GPtrArray **ret_inputs, GError **error) WARN_UNUSED;

/* A struct plan_input over files (taken over): totals filled in, no predicates, no columns. */
struct plan_input *plan_input_new(const struct inventory *inventory, guint index, GArray *files);
void plan_input_free(struct plan_input *input);

/* columns.c: the columns of an input that root reads, in the table's order; NULL-terminated. What cannot be told is
 * counted as read. */
char **columns_read(struct query *root, const struct inventory *inventory);
