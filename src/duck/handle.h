/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to this room: what the opaque structs of duck.h hold, and the steps that its files share. Written by the
 * tags of DuckDB's handle types, so that only .c files include duckdb.h.
 */
#pragma once

#include "duck/duck.h"
#include "duck/fault.h"
#include "util/json.h"

struct _duckdb_database;
struct _duckdb_connection;
struct _duckdb_logical_type;
struct _duckdb_prepared_statement;

struct duck_feeds;
struct duck_probe;
struct duck_sinks;
struct lookout;

struct duck {
  struct _duckdb_database *handle;
  struct duck_probe *probe; /* the marks of duck_probe_types (probe.c) */
  struct duck_sinks *sinks; /* the aggregates of duck_scan (scan_sink.c) */
  struct duck_feeds *feeds; /* what duck_feed_offer made readable (feed.c) */
  struct lookout *lookout;  /* stops statements on a signal (lookout.c) */
  gint locked;              /* atomic: duck_lock_configuration was called */
};

/* Statements that a connection keeps prepared: planning one output takes ten of each. */
enum query_kept { QUERY_SERIALIZE, QUERY_DESERIALIZE, QUERY_KEPT };

struct duck_connection {
  struct _duckdb_connection *handle;
  struct duck *duck;
  bool counts_progress;
  struct _duckdb_prepared_statement *kept[QUERY_KEPT]; /* or NULL */
  GHashTable *answers[QUERY_KEPT];                     /* of those: parameter -> text; or NULL */
  GHashTable *described; /* query -> what duck_describe gives; NULL: not kept (duck_only_plans) */
};

/* duck.c */

/* A connection without the settings that a watched or explained query needs: cheaper (0.05 ms instead of 1). */
struct duck_connection *connect_plainly(struct duck *duck, GError **error);

/* query.c */

/* One statement, prepared, with parameters (NULL-terminated texts for $1, $2, ...; NULL for none), run as duck_query
 * does. NULL with ret_fault set, which speaks about sql. */
struct duck_result *query_run(struct duck_connection *connection, const char *sql,
                              const char *const *parameters, duck_watch watch, gpointer user,
                              struct duck_fault **ret_fault);
/* The same for a query of our own, whose every fault is an error. */
struct duck_result *query_own(struct duck_connection *connection, const char *sql,
                              const char *const *parameters, GError **error);
/* The only cell of a query that is prepared at its first use and kept, as its answers are: it must depend on nothing but its
 * parameter, and that must be of type VARCHAR, or DuckDB plans it again each time. Borrowed from the connection; "" for NULL,
 * which is not kept; NULL with error set. */
const char *query_again(struct duck_connection *connection, enum query_kept which, const char *sql,
                        const char *parameter, GError **error);
/* What went wrong with a statement, by a duckdb_result and whether DuckDB calls it done; NULL: nothing. Where memory ends DuckDB
 * may give neither a result nor an error. */
struct duck_fault *query_fault(bool done, void *duckdb_result_pointer, const char *sql);
/* Prepares exactly one statement without running it: NULL with ret_fault set. The caller destroys it. */
struct _duckdb_prepared_statement *query_prepare(struct duck_connection *connection,
                                                 const char *sql, struct duck_fault **ret_fault);

/* Runs work(data), which executes a statement of the connection; meanwhile signals are looked at, and watch is called if it is
 * not NULL (work is on a thread of its own then); the statement is interrupted if one of them says so. */
void query_watch(struct duck_connection *connection, void (*work)(gpointer data), gpointer data,
                 duck_watch watch, gpointer user);

/* fault.c */

/* A fault of our own, without a place. */
struct duck_fault *fault_new(enum duck_fault_kind kind, const char *format, ...) PRINTF_LIKE(2, 3);
/* Raises a fault and frees it; returns false. */
bool fault_consume(struct duck_fault *fault, GError **error);
/* Whether the error was raised from a fault of kind DAMAGED. */
bool fault_is_damage(const GError *error);

/* result.c */

/* Takes the rows of a duckdb_result (a struct without a tag) over and destroys it. NULL with a fault of kind LIMIT for
 * too many. */
struct duck_result *result_take(struct duck_connection *connection, void *duckdb_result_pointer,
                                struct duck_fault **ret_fault);

/* type.c */

/* DuckDB's name of a type. Runs a small query for nested types: the connection must be idle. */
char *type_name(struct duck_connection *connection, struct _duckdb_logical_type *type);
/* The type of DuckDB's name of it, for those with a layout (duck/type.h); NULL for others. */
struct _duckdb_logical_type *type_new(const char *name);
void type_free(struct _duckdb_logical_type **type);
#define TYPE_AUTO __attribute__((cleanup(type_free))) struct _duckdb_logical_type *

/* probe.c */

/* Makes the scalar function behind duck_probe_types known to the database. */
bool probe_register(struct duck *duck, struct duck_connection *connection, GError **error);
void probe_free(struct duck_probe *probe);

/* scan_sink.c, feed.c */

struct duck_sinks *sinks_new(void);
void sinks_free(struct duck_sinks *sinks);
/* Makes the table function behind duck_feed_offer known to the database. */
bool feeds_register(struct duck *duck, struct duck_connection *connection, GError **error);
void feeds_free(struct duck_feeds *feeds);
