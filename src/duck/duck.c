/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/duck.h"
#include "duck/handle.h"
#include "duck/lookout.h"
#include "util/error.h"
#include "util/machine.h"
#include <duckdb.h>

static bool
configure(duckdb_config config, const char *name, const char *value, GError **error)
{
  if (duckdb_set_config(config, name, value) == DuckDBSuccess)
    return true;
  return error_set(error, ERROR_FAILED, "DuckDB refuses its setting '%s' = '%s'", name, value);
}

static bool
configure_size(duckdb_config config, const char *name, guint64 bytes, GError **error)
{
  if (bytes == 0)
    return true;
  g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT " bytes", bytes);
  return configure(config, name, text, error);
}

static bool
configure_all(duckdb_config config, const struct duck_options *options, GError **error)
{
  static const char *const fixed[][2] = {
      {"errors_as_json", "true"},
      {"autoinstall_known_extensions", "false"},
      {"autoload_known_extensions", "false"},
      {"allow_community_extensions", "false"},
      {"allow_persistent_secrets", "false"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(fixed); i++)
    if (!configure(config, fixed[i][0], fixed[i][1], error))
      return false;
  guint count = options->threads == 0 ? machine_cpu_count() : options->threads;
  g_autofree char *threads = g_strdup_printf("%u", count);
  const char *temp_dir = options->temp_dir == NULL ? "" : options->temp_dir;
  return configure(config, "threads", threads, error) &&
         configure(config, "temp_directory", temp_dir, error) &&
         configure(config, "preserve_insertion_order",
                   options->keep_insertion_order ? "true" : "false", error) &&
         configure_size(config, "memory_limit", options->memory_limit_bytes, error);
}

static bool
open_handle(struct duck *duck, const struct duck_options *options, GError **error)
{
  duckdb_config config = NULL;
  char *refusal = NULL;
  (void)duckdb_create_config(&config);
  bool configured = configure_all(config, options, error);
  if (configured && duckdb_open_ext(NULL, &duck->handle, config, &refusal) != DuckDBSuccess) {
    configured = fault_consume(duck_fault_parse(refusal, NULL), error);
    (void)error_prefix(error, "cannot start DuckDB: ");
  }
  duckdb_free(refusal);
  duckdb_destroy_config(&config);
  return configured;
}

struct duck_connection *
connect_plainly(struct duck *duck, GError **error)
{
  struct duck_connection *connection = g_new0(struct duck_connection, 1);
  connection->duck = duck;
  if (duckdb_connect(duck->handle, &connection->handle) == DuckDBSuccess)
    return connection;
  duck_disconnect(connection);
  error_set(error, ERROR_FAILED, "cannot connect to DuckDB");
  return NULL;
}

/* Statements that take no time need no lookout. */
static bool
set_plainly(struct duck_connection *connection, const char *sql, GError **error)
{
  duckdb_result result = {0};
  bool done = duckdb_query(connection->handle, sql, &result) == DuckDBSuccess;
  struct duck_fault *fault = query_fault(done, &result, sql);
  done = fault == NULL || fault_consume(fault, error);
  duckdb_destroy_result(&result);
  return done;
}

/* These are settings of each connection: one that is opened after duck_lock_configuration goes without. */
static bool
set_up_connection(struct duck_connection *connection, GError **error)
{
  static const char settings[] = "SET enable_progress_bar_print = false; "
                                 "SET explain_output = 'all'";
  return g_atomic_int_get(&connection->duck->locked) || set_plainly(connection, settings, error);
}

struct duck_connection *
duck_connect(struct duck *duck, GError **error)
{
  struct duck_connection *connection = connect_plainly(duck, error);
  if (connection == NULL || set_up_connection(connection, error))
    return connection;
  duck_disconnect(connection);
  return NULL;
}

static void
free_columns(gpointer columns)
{
  g_ptr_array_unref(columns);
}

bool
duck_only_plans(struct duck_connection *connection, GError **error)
{
  connection->described = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_columns);
  return set_plainly(connection, "PRAGMA disable_optimizer", error);
}

void
duck_disconnect(struct duck_connection *connection)
{
  if (connection == NULL)
    return;
  for (gsize i = 0; i < G_N_ELEMENTS(connection->kept); i++)
    duckdb_destroy_prepare(&connection->kept[i]);
  for (gsize i = 0; i < G_N_ELEMENTS(connection->answers); i++)
    g_clear_pointer(&connection->answers[i], g_hash_table_unref);
  g_clear_pointer(&connection->described, g_hash_table_unref);
  duckdb_disconnect(&connection->handle);
  g_free(connection);
}

/* DuckDB 1.5.5 takes max_temp_directory_size at opening, shows it, and does not keep to it; set later, it does. */
static bool
limit_temp_dir(struct duck_connection *connection, const struct duck_options *options,
               GError **error)
{
  if (options->temp_limit_bytes == 0 || options->temp_dir == NULL)
    return true;
  g_autofree char *sql =
      g_strdup_printf("SET GLOBAL max_temp_directory_size = '%" G_GUINT64_FORMAT " bytes'",
                      options->temp_limit_bytes);
  return set_plainly(connection, sql, error);
}

/* TimeZone belongs to an extension, so it is no setting of duckdb_open. */
static bool
set_up(struct duck *duck, const struct duck_options *options, GError **error)
{
  AUTO(duck_disconnect) struct duck_connection *connection = connect_plainly(duck, error);
  return connection != NULL && set_plainly(connection, "SET GLOBAL TimeZone = 'UTC'", error) &&
         limit_temp_dir(connection, options, error) && probe_register(duck, connection, error) &&
         feeds_register(duck, connection, error);
}

struct duck *
duck_open(const struct duck_options *options, GError **error)
{
  struct duck *duck = g_new0(struct duck, 1);
  duck->sinks = sinks_new();
  duck->lookout = lookout_new(options->trim_above_bytes);
  if (open_handle(duck, options, error) && set_up(duck, options, error))
    return duck;
  duck_close(duck);
  return NULL;
}

void
duck_close(struct duck *duck)
{
  if (duck == NULL)
    return;
  duckdb_close(&duck->handle);
  lookout_free(duck->lookout);
  probe_free(duck->probe);
  sinks_free(duck->sinks);
  feeds_free(duck->feeds);
  g_free(duck);
}

bool
duck_lock_configuration(struct duck_connection *connection, GError **error)
{
  if (!duck_exec(connection, "SET lock_configuration = true", error))
    return false;
  g_atomic_int_set(&connection->duck->locked, 1);
  return true;
}
