/* SPDX-License-Identifier: Apache-2.0
 *
 * What a query would give, before running it: its columns; the types of expressions inside it; its plans.
 */
#pragma once

#include "duck/duck.h"
#include "duck/fault.h"

struct duck_column {
  char *name;
  char *type; /* DuckDB's name of the type */
};

/* GPtrArray of struct duck_column that frees its elements, not to be changed; NULL with ret_fault set when the query does not bind.
 * A query with a parameter of unknown type has one column of type UNKNOWN: put values in first. Costs a bind, runs
 * nothing (but DuckDB computes constant expressions while it binds). */
GPtrArray *duck_describe(struct duck_connection *connection, const char *query,
                         struct duck_fault **ret_fault, GError **error) WARN_UNUSED;
void duck_column_free(struct duck_column *column);

/* Types of expressions inside a query, as DuckDB binds them there. The query marks an expression x as number n
 * (0 <= n < count) by a call kindling_type_of(n, x) of our own scalar function, which is always true and fits in any
 * Boolean place: sum(v) FILTER (WHERE kindling_type_of(3, v)). ret_types has count entries, NULL for a mark that was not
 * met and a copy of the last type for one met often; the GPtrArray of char * frees them. Costs a bind, runs nothing.
 * A script must not reach this function: refuse its name. */
bool duck_probe_types(struct duck_connection *connection, const char *query, guint count,
                      GPtrArray **ret_types, struct duck_fault **ret_fault,
                      GError **error) WARN_UNUSED;

/* DuckDB's own plans, as text for people. */
enum duck_plan_kind {
  DUCK_PLAN_LOGICAL,  /* optimised logical plan */
  DUCK_PLAN_PHYSICAL, /* physical plan */
  DUCK_PLAN_ANALYZED, /* physical plan with times and rows, after running the query */
};
char *duck_explain(struct duck_connection *connection, const char *query, enum duck_plan_kind kind,
                   GError **error) WARN_UNUSED;

/* Names (lower case, sorted) of all aggregate functions that DuckDB knows; of those that are volatile (random(), now(),
 * ...: another value at another call, or dependent on the session). GHashTable as a set, owned by the caller. */
GHashTable *duck_aggregate_names(struct duck_connection *connection, GError **error) WARN_UNUSED;
GHashTable *duck_volatile_names(struct duck_connection *connection, GError **error) WARN_UNUSED;
