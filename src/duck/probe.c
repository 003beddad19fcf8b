/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/describe.h"
#include "duck/handle.h"
#include "util/error.h"
#include <duckdb.h>

enum { MOST_MARKS = 100 * 1000 };

/* Filled by the bind callback while lock is held by duck_probe_types; a call outside of that is harmless. */
struct duck_probe {
  GMutex lock;       /* one probe at a time */
  GMutex slots_lock; /* the three below */
  duckdb_logical_type *slots;
  guint count;
};

void
probe_free(struct duck_probe *probe)
{
  if (probe == NULL)
    return;
  g_mutex_clear(&probe->lock);
  g_mutex_clear(&probe->slots_lock);
  g_free(probe);
}

static bool
fold_number(duckdb_bind_info info, gint64 *ret_number)
{
  duckdb_client_context context = NULL;
  duckdb_value value = NULL;
  duckdb_expression number = duckdb_scalar_function_bind_get_argument(info, 0);
  duckdb_scalar_function_get_client_context(info, &context);
  duckdb_error_data fold = NULL;
  if (duckdb_expression_is_foldable(number))
    fold = duckdb_expression_fold(context, number, &value);
  bool known = value != NULL && !duckdb_error_data_has_error(fold) && !duckdb_is_null_value(value);
  if (known)
    *ret_number = duckdb_get_int64(value);
  duckdb_destroy_error_data(&fold);
  duckdb_destroy_value(&value);
  duckdb_destroy_client_context(&context);
  duckdb_destroy_expression(&number);
  return known;
}

static void
record(struct duck_probe *probe, gint64 number, duckdb_bind_info info)
{
  g_mutex_lock(&probe->slots_lock);
  if (number >= 0 && number < probe->count) {
    duckdb_expression marked = duckdb_scalar_function_bind_get_argument(info, 1);
    duckdb_destroy_logical_type(&probe->slots[number]);
    probe->slots[number] = duckdb_expression_return_type(marked);
    duckdb_destroy_expression(&marked);
  }
  g_mutex_unlock(&probe->slots_lock);
}

static void
on_bind(duckdb_bind_info info)
{
  struct duck_probe *probe = duckdb_scalar_function_bind_get_extra_info(info);
  gint64 number;
  if (fold_number(info, &number))
    record(probe, number, info);
}

static void
always_true(duckdb_function_info info UNUSED, duckdb_data_chunk input, duckdb_vector output)
{
  bool *values = duckdb_vector_get_data(output);
  for (idx_t i = 0; i < duckdb_data_chunk_get_size(input); i++)
    values[i] = true;
}

bool
probe_register(struct duck *duck, struct duck_connection *connection, GError **error)
{
  struct duck_probe *probe = g_new0(struct duck_probe, 1);
  g_mutex_init(&probe->lock);
  g_mutex_init(&probe->slots_lock);
  duck->probe = probe;
  duckdb_scalar_function function = duckdb_create_scalar_function();
  TYPE_AUTO number = duckdb_create_logical_type(DUCKDB_TYPE_INTEGER);
  TYPE_AUTO any = duckdb_create_logical_type(DUCKDB_TYPE_ANY);
  TYPE_AUTO boolean = duckdb_create_logical_type(DUCKDB_TYPE_BOOLEAN);
  duckdb_scalar_function_set_name(function, "kindling_type_of");
  duckdb_scalar_function_add_parameter(function, number);
  duckdb_scalar_function_add_parameter(function, any);
  duckdb_scalar_function_set_return_type(function, boolean);
  duckdb_scalar_function_set_special_handling(function); /* NULL arguments give true as well */
  duckdb_scalar_function_set_extra_info(function, probe, NULL);
  duckdb_scalar_function_set_bind(function, on_bind);
  duckdb_scalar_function_set_function(function, always_true);
  bool known = duckdb_register_scalar_function(connection->handle, function) == DuckDBSuccess;
  duckdb_destroy_scalar_function(&function);
  return known || error_set(error, ERROR_FAILED, "cannot register the function kindling_type_of");
}

static void
open_slots(struct duck_probe *probe, guint count)
{
  g_mutex_lock(&probe->slots_lock);
  probe->slots = g_new0(duckdb_logical_type, MAX(count, 1));
  probe->count = count;
  g_mutex_unlock(&probe->slots_lock);
}

static duckdb_logical_type *
close_slots(struct duck_probe *probe)
{
  g_mutex_lock(&probe->slots_lock);
  duckdb_logical_type *slots = g_steal_pointer(&probe->slots);
  probe->count = 0;
  g_mutex_unlock(&probe->slots_lock);
  return slots;
}

static GPtrArray *
name_slots(struct duck_connection *connection, duckdb_logical_type *slots, guint count)
{
  GPtrArray *types = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < count; i++) {
    g_ptr_array_add(types, slots[i] == NULL ? NULL : type_name(connection, slots[i]));
    duckdb_destroy_logical_type(&slots[i]);
  }
  g_free(slots);
  return types;
}

bool
duck_probe_types(struct duck_connection *connection, const char *query, guint count,
                 GPtrArray **ret_types, struct duck_fault **ret_fault, GError **error)
{
  struct duck_probe *probe = connection->duck->probe;
  if (count > MOST_MARKS)
    return error_set(error, ERROR_LIMIT, "%u marks are too many to probe", count);
  g_mutex_lock(&probe->lock);
  open_slots(probe, count);
  duckdb_prepared_statement statement = query_prepare(connection, query, ret_fault);
  bool bound = statement != NULL;
  duckdb_destroy_prepare(&statement);
  duckdb_logical_type *slots = close_slots(probe);
  g_mutex_unlock(&probe->lock);
  g_autoptr(GPtrArray) types = name_slots(connection, slots, count);
  if (bound)
    *ret_types = g_steal_pointer(&types);
  return bound;
}
