/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/plan/ only: what the one-pass kernel takes, and the scan that feeds it.
 *
 *     rollups of a pass --> types of all their inputs (one bind)
 *                       --> which the kernel takes (kernel_check.c) --> which outputs it computes, which stream (kernel_output.c)
 *                       --> those whose columns fit into one scan (kernel_fit.c)
 *                       --> one SELECT with each expression once, flags, guards (kernel_scan.c)
 */
#pragma once

#include "plan/plan.h"

/* Fills the kernel's members of rollups, outputs and passes. Costs two binds a pass. Views of the inputs must be there. */
bool kernel_plan(struct duck_connection *connection, struct plan *plan, GError **error) WARN_UNUSED;

/* kernel_check.c. Types of expressions by canonical text; struct expr's alias does not matter. */
const char *kernel_type_of(GHashTable *types, const struct expr *expr);
/* Fills kernel_reason. types: char * by canonical text, for each entry of the rollup's scan. */
void kernel_check(struct plan_rollup *rollup, GHashTable *types);

/* How a call becomes a kernel's function. */
enum kernel_order {
  KERNEL_NO_ORDER,
  KERNEL_OWN,
  KERNEL_OWN_REVERSED,
  KERNEL_BY,
  KERNEL_BY_DESCENDING
};
struct kernel_function {
  const char *name;
  enum plan_function function;
  enum kernel_order order;
  bool skip_null_argument, skip_null_order;
};
/* NULL: the kernel has none. */
const struct kernel_function *kernel_function_of(const struct plan_aggregate *aggregate);
/* Whether it is (a, b, ...), whose values the kernel counts column by column. */
bool kernel_is_row(const struct expr *expr);
/* Whether DuckDB hands over values of this type. */
bool kernel_has_layout(const char *type);
bool kernel_is_float(const char *type);

/* kernel_output.c: is_kernel, kernel_reason, direct, direct_order of an output whose rollups are checked. */
void kernel_output(const struct plan *plan, struct plan_output *output);
/* Leaves the output to DuckDB after all; reason is taken over. */
void kernel_refuse(struct plan_output *output, char *reason);

/* kernel_order.c */
/* kindling_result_0.g3 or .a3 of the rollup. */
bool kernel_group_column(const struct plan_rollup *rollup, const struct expr *expr,
                         struct plan_direct *ret_column);
/* guint: the post-query's ORDER BY as keys of its only rollup; NULL when a term is no key, or not ascending, NULL last. */
GArray *kernel_order_keys(const struct plan_output *output);
/* Fills ordered_keys and ordered_sql. */
bool kernel_order(struct duck_connection *connection, struct plan_output *output,
                  GError **error) WARN_UNUSED;

/* kernel_source.c: the input whose rows are the rows of FROM, each once, with its partition columns under their names, if it has
 * any; else NULL. */
const struct inventory *kernel_source(const struct plan *plan, const struct plan_rollup *rollup);

/* kernel_fit.c: the pass's outputs that the kernel computes (guint, indexes into plan.outputs). One whose columns do not fit beside
 * those before it in the script is refused. */
GArray *kernel_fit(const struct plan *plan, struct plan_pass *pass, GHashTable *types);

/* kernel_scan.c: the pass's scan for these outputs, one or more. */
bool kernel_scan(struct duck_connection *connection, const struct plan *plan,
                 struct plan_pass *pass, const GArray *outputs, GHashTable *types,
                 GError **error) WARN_UNUSED;
/* How many columns it would have. */
guint kernel_scan_columns(const struct plan *plan, struct plan_pass *pass, const GArray *outputs,
                          GHashTable *types);
void plan_kernel_rollup_free(struct plan_kernel_rollup *rollup);

/* Whether a rollup of an output of this pass is of the pass. */
bool kernel_in_pass(const struct plan_pass *pass, const struct plan_rollup *rollup);

/* A flag in which texts are compared by list_contains(): DuckDB 1.5 calls a function of one column once for each entry of
 * a page's dictionary, and compares row by row (0.05 instead of 0.41 CPU seconds for 20 million rows and four texts). types: by
 * canonical text; flag is taken over. The value is the same, NULL for NULL. */
struct expr *kernel_flag(struct expr *flag, const struct query *scan, GHashTable *types);
