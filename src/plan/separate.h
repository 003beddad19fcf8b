/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/plan/ only: separation of grouped queries into scan, rollup and post-query, on the typed tree.
 *
 *     SELECT upper(k), sum(v) + 1 FROM t WHERE w GROUP BY k HAVING count(*) > 3
 *
 *     scan          SELECT k AS c0, v AS c1 FROM t WHERE w
 *     rollup        keys g0 = c0; aggregates a0 = sum(c1), a1 = count_star()
 *     post-query    SELECT upper(g0), a0 + 1 FROM kindling_result_0 WHERE a1 > 3
 *
 * SELECT DISTINCT a, b groups by all its entries, if it is the tree's root: in a sub-query, what groups its rows again would be kept from
 * the kernel, which takes no rollup over another one's result.
 *
 * Every SELECT of a tree is looked at, innermost first. One that the rollup cannot take stays as it is, with the reason.
 */
#pragma once

#include "plan/plan.h"

struct separator {
  struct duck_connection *connection;
  GHashTable *aggregates;   /* names of DuckDB's */
  GHashTable *volatiles;    /* functions_volatiles() */
  guint next;               /* number of the next rollup */
  const struct query *root; /* set by separate_query */
  GPtrArray *rollups;       /* struct plan_rollup, added here */
  GPtrArray *refusals;      /* struct plan_refusal, added here */
};

/* Separates a tree from names_resolve, in place. names: the result's columns, or NULL to ask DuckDB. */
bool separate_query(struct separator *separator, struct query *root, const char *const *names,
                    GError **error) WARN_UNUSED;

void plan_rollup_free(struct plan_rollup *rollup);
void plan_refusal_free(struct plan_refusal *refusal);

/* The rollup as one DuckDB query, from the rollup's other members. */
struct query *rollup_query(struct duck_connection *connection, const struct plan_rollup *rollup,
                           GError **error) WARN_UNUSED;
