/* SPDX-License-Identifier: Apache-2.0
 *
 * DuckDB's side of an ungrouped aggregate: a thread has a state for each pipeline, a UNION ALL many of them; update gets
 * batches with only the first pointer of states set; combine is not called for a state that is the only one. So workers
 * belong to threads, not to states, and end after the query. The state is a pointer to the last lane, which the scan
 * owns. */
#include "duck/scan_sink.h"
#include "duck/handle.h"
#include "util/error.h"
#include <duckdb.h>
#include <string.h>

struct sink_function {
  char *name;
  char *signature;
  struct lanes *lanes; /* of the scan that uses it; NULL: none does */
};

struct duck_sinks {
  GMutex lock;
  GPtrArray *functions; /* under lock; they live as long as the database */
};

static void
sink_function_free(gpointer data)
{
  struct sink_function *function = data;
  g_free(function->name);
  g_free(function->signature);
  g_free(function);
}

struct duck_sinks *
sinks_new(void)
{
  struct duck_sinks *sinks = g_new0(struct duck_sinks, 1);
  g_mutex_init(&sinks->lock);
  sinks->functions = g_ptr_array_new_with_free_func(sink_function_free);
  return sinks;
}

void
sinks_free(struct duck_sinks *sinks)
{
  g_ptr_array_unref(sinks->functions);
  g_mutex_clear(&sinks->lock);
  g_free(sinks);
}

static struct lanes *
lanes_of(duckdb_function_info info)
{
  const struct sink_function *function = duckdb_aggregate_function_get_extra_info(info);
  return function->lanes;
}

static idx_t
state_size(duckdb_function_info info UNUSED)
{
  return sizeof(struct lane *);
}

static void
state_init(duckdb_function_info info UNUSED, duckdb_aggregate_state state)
{
  state->internal_ptr = NULL;
}

static void
update(duckdb_function_info info, duckdb_data_chunk input, duckdb_aggregate_state *states)
{
  struct lanes *lanes = lanes_of(info);
  struct lane *lane = lanes_mine(lanes, states[0]->internal_ptr);
  states[0]->internal_ptr = lane;
  if (lane == NULL || !lanes_feed(lanes, lane, input))
    duckdb_aggregate_function_set_error(info, "the sink stopped the scan");
}

static void
combine(duckdb_function_info info UNUSED, duckdb_aggregate_state *source UNUSED,
        duckdb_aggregate_state *target UNUSED, idx_t count UNUSED)
{
}

static void
finalize(duckdb_function_info info UNUSED, duckdb_aggregate_state *states UNUSED,
         duckdb_vector output, idx_t count, idx_t offset)
{
  memset((bool *)duckdb_vector_get_data(output) + offset, 0, count);
}

static bool
register_function(struct duck_connection *connection, struct sink_function *sink,
                  const char *const *types, guint count, GError **error)
{
  duckdb_aggregate_function function = duckdb_create_aggregate_function();
  TYPE_AUTO boolean = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
  duckdb_aggregate_function_set_name(function, sink->name);
  for (guint i = 0; i < count; i++) {
    TYPE_AUTO type = type_new(types[i]);
    duckdb_aggregate_function_add_parameter(function, type);
  }
  duckdb_aggregate_function_set_return_type(function, boolean);
  duckdb_aggregate_function_set_functions(function, state_size, state_init, update, combine,
                                          finalize);
  duckdb_aggregate_function_set_special_handling(function); /* rows of NULLs are rows */
  duckdb_aggregate_function_set_extra_info(function, sink, NULL);
  bool known = duckdb_register_aggregate_function(connection->handle, function) == DuckDBSuccess;
  duckdb_destroy_aggregate_function(&function);
  return known || error_set(error, ERROR_FAILED, "cannot register the aggregate '%s'", sink->name);
}

static struct sink_function *
find_free(const struct duck_sinks *sinks, const char *signature)
{
  for (guint i = 0; i < sinks->functions->len; i++) {
    struct sink_function *function = g_ptr_array_index(sinks->functions, i);
    if (function->lanes == NULL && strcmp(function->signature, signature) == 0)
      return function;
  }
  return NULL;
}

/* Under lock. */
static struct sink_function *
add_function(struct duck_connection *connection, const char *signature, const char *const *types,
             guint count, GError **error)
{
  GPtrArray *functions = connection->duck->sinks->functions;
  struct sink_function *function = g_new0(struct sink_function, 1);
  function->name = g_strdup_printf("kindling_sink_%u", functions->len);
  function->signature = g_strdup(signature);
  if (register_function(connection, function, types, count, error)) {
    g_ptr_array_add(functions, function);
    return function;
  }
  sink_function_free(function);
  return NULL;
}

struct sink_function *
sink_function_take(struct duck_connection *connection, const char *const *types, guint count,
                   struct lanes *lanes, GError **error)
{
  struct duck_sinks *sinks = connection->duck->sinks;
  g_autofree char *signature = g_strjoinv(";", (char **)(guintptr)types);
  g_mutex_lock(&sinks->lock);
  struct sink_function *function = find_free(sinks, signature);
  if (function == NULL)
    function = add_function(connection, signature, types, count, error);
  if (function != NULL)
    function->lanes = lanes;
  g_mutex_unlock(&sinks->lock);
  return function;
}

void
sink_function_give_back(struct duck_connection *connection, struct sink_function *function)
{
  g_mutex_lock(&connection->duck->sinks->lock);
  function->lanes = NULL;
  g_mutex_unlock(&connection->duck->sinks->lock);
}

const char *
sink_function_name(const struct sink_function *function)
{
  return function->name;
}
