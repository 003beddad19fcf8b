/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/plan/ only: the phrases that both forms of explain use. All are owned by the caller.
 */
#pragma once

#include "plan/plan.h"

/* "year INTEGER, month INTEGER"; NULL when the input is not partitioned. */
char *explain_partition_columns(const struct inventory *inventory);
/* "(a, b), (a), ()"; NULL when the only set is that of all keys. */
char *explain_sets(const struct plan_rollup *rollup);
/* "filters groups, computes windows, sorts"; NULL when nothing is left to do. */
char *explain_post(const struct plan_output *output);
/* "one table, not partitioned", "12 partitions, each from its own files (...)", ... */
char *explain_layout(const struct plan_output *output);
/* explain_kernel.c. Why an output of the kernel can or cannot be written while its input is read; NULL for one that DuckDB runs. */
char *explain_streaming(const struct plan *plan, const struct plan_output *output, bool *ret_can);
/* Adds what the kernel does to the JSON of a pass, of an output. */
void explain_pass_kernel(const struct plan *plan, const struct plan_pass *pass,
                         struct json_object *json);
void explain_output_kernel(const struct plan *plan, const struct plan_output *output,
                           struct json_object *json);
/* "single", "split", "by_partition". */
const char *explain_layout_name(enum plan_layout layout);

/* Groups that all rollups of an output together are expected to have; 0: not known. */
guint64 explain_estimate(const struct plan_output *output, guint64 *ret_bytes,
                         guint64 *ret_sampled_rows);
/* How the kernel would hold its groups, each way once: "cells; table of entities"; NULL: not known. */
char *explain_strategy(const struct plan_output *output);
/* Why the kernel would leave it to DuckDB, by those rows; NULL: it would not. The plan's. */
const char *explain_refusal(const struct plan_output *output);
