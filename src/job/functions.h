/* SPDX-License-Identifier: Apache-2.0
 *
 * The functions of DuckDB 1.5 that matter to a job's checks and to the plan, as constant sets: asking DuckDB for them
 * costs 30 ms a start. A unit test compares them with the engine that is linked.
 */
#pragma once

#include <glib.h>

/* Sets of lower-case names; borrowed, made once, safe from any thread. */
GHashTable *functions_aggregates(void); /* window functions too, as DuckDB counts them */
GHashTable *functions_volatiles(
    void); /* another value at another call, or dependent on the session */

/* How an aggregate depends on the order of its rows. */
enum aggregate_rule {
  AGGREGATE_ANY_ORDER, /* the same in any order */
  AGGREGATE_PICKS,     /* first(x): the order must decide x */
  AGGREGATE_BY,        /* min_by(x, k): k must decide x */
  AGGREGATE_LISTS,     /* list(x): the order must decide x */
  AGGREGATE_NEVER, /* refused: stddev, mode, approx_quantile, ..., and names that are not known */
};
enum aggregate_rule functions_rule(const char *aggregate);
/* What to write instead of an AGGREGATE_NEVER: a sentence. */
const char *functions_hint(const char *aggregate);
