/* SPDX-License-Identifier: Apache-2.0
 *
 * The embedded DuckDB: one in-memory database, connections, queries. The headers of this room are the only way to
 * DuckDB for the rest of the program; only its .c files include duckdb.h.
 *
 * Calling sequence: duck_open -> duck_connect (one connection a thread) -> duck_exec / duck_query / ... ->
 * duck_lock_configuration once set-up is done -> duck_disconnect -> duck_close. AUTO(duck_close) struct duck *d and
 * its like (util/auto.h) free at the end of the scope.
 *
 * Threads: a struct duck may be used by all threads, a struct duck_connection by one at a time, except for
 * duck_interrupt.
 *
 * Errors: DuckDB's texts are brought to our wording by duck/fault.h. Out of memory and a full temp directory are LIMIT,
 * a permission problem is ACCESS, an interrupt INTERRUPTED or TERMINATED, a value that cannot be computed with DATA, all else
 * FAILED; callers raise the kind when they know better. Types have their names in SQL. No engine-internal text ("INTERNAL Error", a stack) comes out of here.
 */
#pragma once

#include "util/auto.h"
#include "util/compiler.h"
#include "util/json.h"
#include <glib.h>
#include <stdbool.h>

struct duck;
struct duck_connection;

struct duck_options {
  guint threads;              /* 0: as many as machine_cpu_count() */
  guint64 memory_limit_bytes; /* 0: DuckDB's default */
  /* While the process has more memory, what it has freed goes back to the system within some milliseconds; 0: when the
   * allocators give it back, a second later and more. */
  guint64 trim_above_bytes;
  const char *temp_dir;      /* where it spills; NULL: it does not spill */
  guint64 temp_limit_bytes;  /* most that it spills; 0: DuckDB's default */
  bool keep_insertion_order; /* false: rows without ORDER BY may come in any order (less memory) */
};

/* Opens with TimeZone UTC, no extension installing or loading, no external configuration file. */
struct duck *duck_open(const struct duck_options *options, GError **error);
void duck_close(struct duck *duck);
AUTO_DEFINE(struct duck, duck_close)

struct duck_connection *duck_connect(struct duck *duck, GError **error);
void duck_disconnect(struct duck_connection *connection);
AUTO_DEFINE(struct duck_connection, duck_disconnect)

/* For a connection that describes queries and runs small ones only: statements are no longer optimised, which is half of the
 * time that describing one takes, and what a query's columns are is kept until another statement runs on the connection. */
bool duck_only_plans(struct duck_connection *connection, GError **error) WARN_UNUSED;

/* After this no statement can change DuckDB's configuration (SET lock_configuration = true). */
bool duck_lock_configuration(struct duck_connection *connection, GError **error) WARN_UNUSED;

/* Runs one or more statements, result thrown away. */
bool duck_exec(struct duck_connection *connection, const char *sql, GError **error) WARN_UNUSED;

/* Called about ten times a second while a statement runs. share is in [0, 1], or below 0 while unknown. Returning false
 * stops the statement; so does a signal (util/interrupt.h), within a second. */
typedef bool (*duck_watch)(double share, gpointer user);

/* A whole result in memory: for results that a person could read, never for data. */
struct duck_result;
/* watch may be NULL. */
struct duck_result *duck_query(struct duck_connection *connection, const char *sql,
                               duck_watch watch, gpointer user, GError **error) WARN_UNUSED;
void duck_result_free(struct duck_result *result);
AUTO_DEFINE(struct duck_result, duck_result_free)

guint64 duck_result_rows(const struct duck_result *result);
guint duck_result_columns(const struct duck_result *result);
const char *duck_result_name(const struct duck_result *result, guint column);
/* DuckDB's name of the type: "VARCHAR", "DECIMAL(18,2)", "STRUCT(a INTEGER)". */
const char *duck_result_type(const struct duck_result *result, guint column);
/* The cell as DuckDB casts it to VARCHAR, also for nested types; NULL for NULL. Borrowed from the result. */
const char *duck_result_text(const struct duck_result *result, guint column, guint64 row);
/* The cell as a number; otherwise for NULL and for text that is no whole number. */
gint64 duck_result_int(const struct duck_result *result, guint column, guint64 row,
                       gint64 otherwise);
/* The cell as JSON: STRUCT and MAP are objects, LIST and ARRAY arrays, every leaf is the text that DuckDB casts it to,
 * NULL is JSON null (a NULL pointer). New reference. */
struct json_object *duck_result_json(const struct duck_result *result, guint column, guint64 row);
