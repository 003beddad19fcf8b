/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/aggregate.h"
#include "duck/handle.h"
#include "util/error.h"
#include <duckdb.h>
#include <string.h>

enum {
  BATCH = 1024,
  HEADER = 16, /* keeps the 8-byte alignment that DuckDB gives, and more where it gives more */
};

static const struct duck_aggregate *
aggregate_of(duckdb_function_info info)
{
  return duckdb_aggregate_function_get_extra_info(info);
}

/* DuckDB's destructor gets states and nothing else, so those that need one begin with their aggregate. Out of memory, DuckDB
 * destroys states that it has not made yet: a second word, made from the first, tells those that were. */
struct header {
  const struct duck_aggregate *aggregate;
  guint64 mark;
};
_Static_assert(sizeof(struct header) == HEADER, "states begin behind it");

static guint64
mark_of(const struct duck_aggregate *aggregate)
{
  return (guint64)(guintptr)aggregate ^ G_GUINT64_CONSTANT(0x6b696e646c696e67);
}

static gsize
header_bytes(const struct duck_aggregate *aggregate)
{
  return aggregate->destroy == NULL ? 0 : HEADER;
}

static void *
state_of(duckdb_aggregate_state state, gsize header)
{
  return (char *)state + header;
}

static idx_t
state_size(duckdb_function_info info)
{
  const struct duck_aggregate *aggregate = aggregate_of(info);
  return aggregate->state_bytes + header_bytes(aggregate);
}

static void
state_init(duckdb_function_info info, duckdb_aggregate_state state)
{
  const struct duck_aggregate *aggregate = aggregate_of(info);
  memset(state, 0, aggregate->state_bytes + header_bytes(aggregate));
  const struct header header = {.aggregate = aggregate, .mark = mark_of(aggregate)};
  if (aggregate->destroy != NULL)
    memcpy(state, &header, sizeof header);
}

static void
destroy(duckdb_aggregate_state *states, idx_t count)
{
  for (idx_t i = 0; i < count; i++) {
    struct header header;
    memcpy(&header, states[i], sizeof header);
    if (header.aggregate == NULL || header.mark != mark_of(header.aggregate))
      continue;
    header.aggregate->destroy(state_of(states[i], HEADER));
    memset(states[i], 0, sizeof header);
  }
}

static bool
is_valid(const uint64_t *validity, idx_t row)
{
  return validity == NULL || (validity[row / 64] >> (row % 64) & 1) != 0;
}

/* DuckDB takes any error of a function for one of its input; the kind in the text is what duck_fault_parse goes by. */
static void
fail(duckdb_function_info info)
{
  duckdb_aggregate_function_set_error(
      info,
      "{\"exception_type\":\"Out of Memory\",\"exception_message\":\"sums of doubles that are "
      "very far apart in size need more memory than there is for them\"}");
}

static void
fail_too_large(duckdb_function_info info, const struct duck_aggregate *aggregate)
{
  bool is_decimal = aggregate->result == DUCK_AGGREGATE_DECIMAL;
  g_autofree char *type =
      is_decimal ? g_strdup_printf("DECIMAL(38,%u)", aggregate->scale) : g_strdup("HUGEINT");
  g_autofree char *text =
      g_strdup_printf("{\"exception_type\":\"Out of Range\",\"exception_message\":\"a sum does not "
                      "fit its type %s: cast its argument to DOUBLE\"}",
                      type);
  duckdb_aggregate_function_set_error(info, text);
}

static gsize
value_bytes(enum duck_aggregate_number number)
{
  return number == DUCK_AGGREGATE_DOUBLE ? sizeof(double) : 2 * sizeof(guint64);
}

/* Hands over the rows that are not NULL, closed up, a batch at a time. */
static bool
update_batches(const struct duck_aggregate *aggregate, duckdb_aggregate_state *states,
               const char *values, const uint64_t *validity, idx_t count)
{
  void *batch_states[BATCH];
  guint64 batch_values[BATCH * 2];
  gsize header = header_bytes(aggregate), filled = 0, width = value_bytes(aggregate->argument);
  for (idx_t i = 0; i < count; i++) {
    if (!is_valid(validity, i))
      continue;
    batch_states[filled] = state_of(states[i], header);
    memcpy((char *)batch_values + filled++ * width, values + i * width, width);
    if (filled < BATCH)
      continue;
    if (!aggregate->update(aggregate->user, batch_states, batch_values, filled))
      return false;
    filled = 0;
  }
  return filled == 0 || aggregate->update(aggregate->user, batch_states, batch_values, filled);
}

static void
update(duckdb_function_info info, duckdb_data_chunk input, duckdb_aggregate_state *states)
{
  const struct duck_aggregate *aggregate = aggregate_of(info);
  duckdb_vector vector = duckdb_data_chunk_get_vector(input, 0);
  const void *values = duckdb_vector_get_data(vector);
  const uint64_t *validity = duckdb_vector_get_validity(vector);
  idx_t count = duckdb_data_chunk_get_size(input);
  bool updated = validity == NULL && header_bytes(aggregate) == 0
                     ? aggregate->update(aggregate->user, (void *const *)states, values, count)
                     : update_batches(aggregate, states, values, validity, count);
  if (!updated)
    fail(info);
}

static void
combine(duckdb_function_info info, duckdb_aggregate_state *source, duckdb_aggregate_state *target,
        idx_t count)
{
  const struct duck_aggregate *aggregate = aggregate_of(info);
  gsize header = header_bytes(aggregate);
  for (idx_t start = 0; start < count; start += BATCH) {
    void *sources[BATCH], *targets[BATCH];
    idx_t filled = MIN(count - start, BATCH);
    for (idx_t i = 0; i < filled; i++) {
      sources[i] = state_of(source[start + i], header);
      targets[i] = state_of(target[start + i], header);
    }
    if (!aggregate->combine(aggregate->user, sources, targets, filled)) {
      fail(info);
      return;
    }
  }
}

static void
finalize(duckdb_function_info info, duckdb_aggregate_state *states, duckdb_vector output,
         idx_t count, idx_t offset)
{
  const struct duck_aggregate *aggregate = aggregate_of(info);
  gsize header = header_bytes(aggregate);
  char *values = duckdb_vector_get_data(output);
  gsize width = value_bytes(aggregate->result);
  for (idx_t i = 0; i < count; i++) {
    enum duck_aggregate_result result = aggregate->finalize(
        aggregate->user, state_of(states[i], header), values + (offset + i) * width);
    if (result == DUCK_AGGREGATE_VALUE)
      continue;
    if (result == DUCK_AGGREGATE_NO_MEMORY)
      fail(info);
    if (result == DUCK_AGGREGATE_TOO_LARGE)
      fail_too_large(info, aggregate);
    duckdb_vector_ensure_validity_writable(output);
    duckdb_validity_set_row_invalid(duckdb_vector_get_validity(output), offset + i);
  }
}

static duckdb_logical_type
type_of(enum duck_aggregate_number number, guint8 scale)
{
  return number == DUCK_AGGREGATE_DECIMAL
             ? duckdb_create_decimal_type(38, scale)
             : duckdb_create_logical_type(number == DUCK_AGGREGATE_DOUBLE ? DUCKDB_TYPE_DOUBLE
                                                                          : DUCKDB_TYPE_HUGEINT);
}

bool
duck_register_aggregate(struct duck_connection *connection, const struct duck_aggregate *aggregate,
                        GError **error)
{
  duckdb_aggregate_function function = duckdb_create_aggregate_function();
  TYPE_AUTO argument = type_of(aggregate->argument, aggregate->scale);
  TYPE_AUTO result = type_of(aggregate->result, aggregate->scale);
  duckdb_aggregate_function_set_name(function, aggregate->name);
  duckdb_aggregate_function_add_parameter(function, argument);
  duckdb_aggregate_function_set_return_type(function, result);
  duckdb_aggregate_function_set_functions(function, state_size, state_init, update, combine,
                                          finalize);
  if (aggregate->destroy != NULL)
    duckdb_aggregate_function_set_destructor(function, destroy);
  duckdb_aggregate_function_set_extra_info(function, (void *)(guintptr)aggregate, NULL);
  bool known = duckdb_register_aggregate_function(connection->handle, function) == DuckDBSuccess;
  duckdb_destroy_aggregate_function(&function);
  return known ||
         error_set(error, ERROR_FAILED, "cannot register the aggregate '%s'", aggregate->name);
}
