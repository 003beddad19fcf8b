/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/plan/ only: views and sub-queries that only leave rows out, taken out of a scan.
 *
 *     WITH late AS (SELECT * FROM flights WHERE delay >= 15)
 *     SELECT month AS c0, delay AS c1 FROM late WHERE distance > 500
 *
 *     SELECT month AS c0, delay AS c1 FROM flights WHERE delay >= 15 AND distance > 500
 *
 * so that the scan shares a pass with others over flights.
 */
#pragma once

#include "plan/sources.h"

/* scan: a rollup's, over one table whose columns stand without its name; columns: struct duck_column, that table's. Looks through
 * SELECT * and SELECT <columns> FROM one table [WHERE p], one in the other; anything else, and a p that is volatile or has a
 * sub-query, stays as it is. */
void flatten_scan(struct query *scan, GPtrArray *columns, GHashTable *volatiles);

/* A SELECT list FROM ... [WHERE ...] [ORDER BY ...] and nothing else. */
bool flatten_is_plain(const struct query *query);
/* A * without EXCLUDE, REPLACE, RENAME or COLUMNS. */
bool flatten_is_star(const struct expr *expr);
/* FROM names a table, and nothing but that: no column names of its own, no sample, no schema. */
bool flatten_is_table(const struct table_ref *from);
/* What a common table expression of that name stands for, if it gives its columns no other names; NULL otherwise. */
struct cte *flatten_cte(GPtrArray *ctes, const char *name);
