/* SPDX-License-Identifier: Apache-2.0
 *
 * Aggregate functions of our own in DuckDB, written in plain C on arrays, so that rooms that know no DuckDB can supply
 * the arithmetic.
 */
#pragma once

#include "duck/duck.h"

/* Out of memory ends the query with that error, from any of the functions. DuckDB 1.5.5 destroys the states of rows that it
 * was adding to groups then, but not those that it was merging or finishing, or that are a window's: what these hold is never
 * freed. */
enum duck_aggregate_result {
  DUCK_AGGREGATE_NULL,
  DUCK_AGGREGATE_VALUE,
  DUCK_AGGREGATE_NO_MEMORY,
  DUCK_AGGREGATE_TOO_LARGE, /* the value does not fit its type: ends the query with that error */
};

/* What values are in memory: double, or 16 bytes, the low 64 bits first. */
enum duck_aggregate_number {
  DUCK_AGGREGATE_DOUBLE,
  DUCK_AGGREGATE_HUGEINT,
  DUCK_AGGREGATE_DECIMAL, /* DECIMAL(38, scale) */
};

/* States are blocks of state_bytes bytes, 8-byte aligned, zeroed before first use. All callbacks may run on any thread,
 * each state on one at a time. Values come as the argument's type, to which DuckDB casts others (an error where one does not fit). */
struct duck_aggregate {
  const char *name;
  gsize state_bytes;
  /* Adds values[i] to states[i] for i in [0, count); a NULL value is not handed over. False: out of memory. */
  bool (*update)(void *user, void *const *states, const void *values, gsize count);
  /* Adds source[i] to target[i] and leaves source as it was: a window adds one source to many targets. The same target
   * may stand there several times. False: out of memory. */
  bool (*combine)(void *user, void *const *source, void *const *target, gsize count);
  enum duck_aggregate_result (*finalize)(void *user, const void *state, void *ret_value);
  void (*destroy)(void *state); /* NULL: nothing to free */
  void *user;
  enum duck_aggregate_number argument, result;
  guint8 scale; /* of a decimal argument, and result */
};

/* Registers name(argument) -> result, usable with FILTER, DISTINCT, grouping sets and as a window. The struct must outlive
 * the database. A name that exists already with these arguments is an error.
 *
 * NEVER call it with an ORDER BY inside, name(x ORDER BY y): DuckDB 1.5.5 then hands one state for a whole batch, which a
 * C function cannot see, and the program crashes. Whoever writes such a call out of a script drops the ORDER BY (the
 * result must not depend on it anyway), and scripts must not reach these names. */
bool duck_register_aggregate(struct duck_connection *connection,
                             const struct duck_aggregate *aggregate, GError **error) WARN_UNUSED;
