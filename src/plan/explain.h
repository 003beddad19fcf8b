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
/* "single", "split", "by_partition". */
const char *explain_layout_name(enum plan_layout layout);
