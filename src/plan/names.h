/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/plan/ only: one query that stands by itself, in which every table name means one thing.
 *
 *     views of the script ->  WITH v AS (...), ...     in front of the query, those it uses
 *     a CTE name that hides a view, an input or another CTE -> a name of its own (name_2)
 *     CTEs that nothing reads -> gone
 *
 * After this a CTE can travel with a scan, and one rewrite cannot catch the name of another.
 */
#pragma once

#include "job/ast.h"
#include "util/compiler.h"

/* One view of the script; its places already count from the start of the script. */
struct names_view {
  const char *name;
  const struct query *query;
};

/* A copy of query. views are in the script's order; each sees the earlier ones. No CTE keeps a name of inputs
 * (NULL-terminated). */
struct query *names_resolve(const struct query *query, const struct names_view *views,
                            gsize view_count, const char *const *inputs);

/* Drops CTEs that nothing reads. Names must be resolved. */
void names_drop_unused(struct query *root);

/* Puts each use of the views (NULL-terminated) in place as a sub-query, as DuckDB does with a view: a CTE that is used
 * twice it would compute into memory. Names must be resolved. */
bool names_inline_views(struct duck_connection *connection, struct query *root,
                        const char *const *views, GError **error) WARN_UNUSED;
