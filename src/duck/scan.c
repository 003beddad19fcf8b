/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/scan.h"
#include "duck/handle.h"
#include "duck/scan_lanes.h"
#include "duck/scan_sink.h"
#include "util/error.h"
#include "util/interrupt.h"
#include "util/machine.h"
#include <duckdb.h>
#include <string.h>

struct scan {
  struct duck_connection *connection;
  const char *sql;
  const struct duck_sink *sink;
  const char *const *types; /* the columns', NULL-terminated */
  struct lanes *lanes;
  duck_watch watch;
  gpointer user;
};

static void
statement_free(duckdb_prepared_statement *statement)
{
  duckdb_destroy_prepare(statement);
}
#define STATEMENT_AUTO __attribute__((cleanup(statement_free))) duckdb_prepared_statement

/* A sink that stopped speaks for itself. */
static bool
conclude(const struct scan *scan, struct duck_fault *fault, GError **error)
{
  if (!lanes_stopped(scan->lanes))
    return fault == NULL || fault_consume(fault, error);
  duck_fault_free(fault);
  return false;
}

static char *
sink_query(const char *function, const char *sql, guint count)
{
  g_autoptr(GString) names = g_string_new("");
  for (guint i = 0; i < count; i++)
    g_string_append_printf(names, "%sc%u", i == 0 ? "" : ", ", i);
  return g_strdup_printf("SELECT %s(%s) FROM (\n%s\n) AS rows(%s)", function, names->str, sql,
                         names->str);
}

static bool
scan_by_aggregate(const struct scan *scan, GError **error)
{
  guint count = g_strv_length((char **)(guintptr)scan->types);
  struct sink_function *function =
      sink_function_take(scan->connection, scan->types, count, scan->lanes, error);
  if (function == NULL)
    return false;
  g_autofree char *sql = sink_query(sink_function_name(function), scan->sql, count);
  struct duck_fault *fault = NULL;
  duck_result_free(query_run(scan->connection, sql, NULL, scan->watch, scan->user, &fault));
  sink_function_give_back(scan->connection, function);
  return conclude(scan, fault, error);
}

struct fetching {
  const struct scan *scan;
  duckdb_prepared_statement statement;
  struct duck_fault *fault;
};

static void
fetch_chunks(const struct scan *scan, duckdb_result result)
{
  struct lane *lane = NULL;
  bool more = true;
  while (more) {
    duckdb_data_chunk chunk = duckdb_fetch_chunk(result);
    if (chunk == NULL)
      return;
    lane = lanes_mine(scan->lanes, lane);
    more = lane != NULL && lanes_feed(scan->lanes, lane, chunk);
    duckdb_destroy_data_chunk(&chunk);
  }
}

static void
fetch(gpointer data)
{
  struct fetching *fetching = data;
  duckdb_result result = {0};
  bool done = duckdb_execute_prepared_streaming(fetching->statement, &result) == DuckDBSuccess;
  fetching->fault = query_fault(done, &result, fetching->scan->sql);
  if (fetching->fault == NULL) {
    fetch_chunks(fetching->scan, result);
    fetching->fault = query_fault(done, &result, fetching->scan->sql);
  }
  duckdb_destroy_result(&result);
}

static bool
scan_by_fetching(const struct scan *scan, duckdb_prepared_statement statement, GError **error)
{
  if (!interrupt_check(error))
    return false;
  struct fetching fetching = {.scan = scan, .statement = statement};
  query_watch(scan->connection, fetch, &fetching, scan->watch, scan->user);
  return conclude(scan, fetching.fault, error);
}

static bool
refuse_column(duckdb_prepared_statement statement, guint column, const char *type,
              const char *expected, GError **error)
{
  const char *name = duckdb_prepared_statement_column_name(statement, column);
  error_set(error, ERROR_FAILED, "column '%s' of type %s cannot be scanned%s%s", name, type,
            expected == NULL ? "" : " as ", expected == NULL ? "" : expected);
  duckdb_free((void *)(guintptr)name);
  return false;
}

/* DuckDB's names of the columns' types, NULL-terminated; NULL when one has no layout or is not the expected one. */
static char **
column_types(struct duck_connection *connection, duckdb_prepared_statement statement,
             const char *const *expected, GError **error)
{
  guint count = (guint)duckdb_prepared_statement_column_count(statement);
  guint wanted = expected == NULL ? count : g_strv_length((char **)(guintptr)expected);
  if (wanted > count) {
    error_set(error, ERROR_FAILED, "a query of %u columns cannot be scanned for %u", count, wanted);
    return NULL;
  }
  g_auto(GStrv) types = g_new0(char *, wanted + 1);
  for (guint i = 0; i < wanted; i++) {
    TYPE_AUTO type = duckdb_prepared_statement_column_logical_type(statement, i);
    types[i] = type_name(connection, type);
    const char *other = expected == NULL || g_str_equal(expected[i], types[i]) ? NULL : expected[i];
    if ((other != NULL || duck_value_of(types[i]) == DUCK_VALUE_NONE) &&
        !refuse_column(statement, i, types[i], other, error))
      return NULL;
  }
  return g_steal_pointer(&types);
}

static bool
scan_prepared(struct scan *scan, enum duck_scan_way way, const char *const *expected,
              GError **error)
{
  struct duck_fault *fault = NULL;
  STATEMENT_AUTO statement = query_prepare(scan->connection, scan->sql, &fault);
  if (statement == NULL)
    return fault_consume(fault, error);
  g_auto(GStrv) types = column_types(scan->connection, statement, expected, error);
  if (types == NULL)
    return false;
  scan->types = (const char *const *)types;
  scan->lanes = lanes_new(scan->sink, g_strv_length(types));
  bool done = way == DUCK_SCAN_FETCH ? scan_by_fetching(scan, statement, error)
                                     : scan_by_aggregate(scan, error);
  lanes_end(scan->lanes, machine_cpu_count());
  return done;
}

static bool
check_types(const char *const *types, GError **error)
{
  for (guint i = 0; types[i] != NULL; i++)
    if (duck_value_of(types[i]) == DUCK_VALUE_NONE)
      return error_set(error, ERROR_FAILED, "a column of type %s cannot be scanned", types[i]);
  return true;
}

bool
duck_scan(struct duck_connection *connection, const char *sql, enum duck_scan_way way,
          const struct duck_sink *sink, duck_watch watch, gpointer user, GError **error)
{
  struct scan scan = {
      .connection = connection, .sql = sql, .sink = sink, .watch = watch, .user = user};
  if (sink->types == NULL || way == DUCK_SCAN_FETCH)
    return scan_prepared(&scan, way, sink->types, error);
  if (!check_types(sink->types, error))
    return false;
  scan.types = sink->types;
  scan.lanes = lanes_new(sink, g_strv_length((char **)(guintptr)sink->types));
  bool done = scan_by_aggregate(&scan, error);
  lanes_end(scan.lanes, machine_cpu_count());
  return done;
}
