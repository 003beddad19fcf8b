/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/scan_lanes.h"
#include "util/parallel.h"
#include <duckdb.h>

struct lane {
  gpointer worker;
  bool ended;
  const void **values;
  const guint64 **validity;
};

struct lanes {
  const struct duck_sink *sink;
  guint columns;
  gint stopped; /* atomic */
  GMutex lock;
  GPtrArray *all; /* under lock; owns */
  GPtrArray *idle;
};

static void
lane_free(gpointer data)
{
  struct lane *lane = data;
  g_free(lane->values);
  g_free(lane->validity);
  g_free(lane);
}

struct lanes *
lanes_new(const struct duck_sink *sink, guint columns)
{
  struct lanes *lanes = g_new0(struct lanes, 1);
  lanes->sink = sink;
  lanes->columns = columns;
  lanes->all = g_ptr_array_new_with_free_func(lane_free);
  lanes->idle = g_ptr_array_new();
  g_mutex_init(&lanes->lock);
  return lanes;
}

static bool
end_lane(guint thread UNUSED, gsize i, gpointer user, GError **error UNUSED)
{
  struct lanes *lanes = user;
  struct lane *lane = g_ptr_array_index(lanes->all, i);
  if (!lane->ended)
    lanes->sink->end(lane->worker);
  lane->ended = true;
  return true;
}

/* The parallel loop stops at a signal; no worker may be left over. */
void
lanes_end(struct lanes *lanes, guint threads)
{
  (void)parallel_for(threads, lanes->all->len, end_lane, lanes, NULL);
  for (guint i = 0; i < lanes->all->len; i++)
    (void)end_lane(0, i, lanes, NULL);
  g_ptr_array_unref(lanes->all);
  g_ptr_array_unref(lanes->idle);
  g_mutex_clear(&lanes->lock);
  g_free(lanes);
}

bool
lanes_stopped(struct lanes *lanes)
{
  return g_atomic_int_get(&lanes->stopped) != 0;
}

static struct lane *
take_idle(struct lanes *lanes)
{
  g_mutex_lock(&lanes->lock);
  guint count = lanes->idle->len;
  struct lane *lane = count == 0 ? NULL : g_ptr_array_remove_index(lanes->idle, count - 1);
  g_mutex_unlock(&lanes->lock);
  return lane;
}

struct lane *
lanes_take(struct lanes *lanes)
{
  struct lane *lane = take_idle(lanes);
  if (lane != NULL)
    return lane;
  gpointer worker = lanes_stopped(lanes) ? NULL : lanes->sink->begin(lanes->sink->user);
  if (worker == NULL) {
    g_atomic_int_set(&lanes->stopped, 1);
    return NULL;
  }
  lane = g_new0(struct lane, 1);
  lane->worker = worker;
  lane->values = g_new0(const void *, lanes->columns);
  lane->validity = g_new0(const guint64 *, lanes->columns);
  g_mutex_lock(&lanes->lock);
  g_ptr_array_add(lanes->all, lane);
  g_mutex_unlock(&lanes->lock);
  return lane;
}

void
lanes_give_back(struct lanes *lanes, struct lane *lane)
{
  g_mutex_lock(&lanes->lock);
  g_ptr_array_add(lanes->idle, lane);
  g_mutex_unlock(&lanes->lock);
}

bool
lanes_feed(struct lanes *lanes, struct lane *lane, duckdb_data_chunk chunk)
{
  struct duck_batch batch = {.rows = duckdb_data_chunk_get_size(chunk),
                             .values = lane->values,
                             .validity = lane->validity};
  if (lanes_stopped(lanes))
    return false;
  if (batch.rows == 0)
    return true;
  for (guint i = 0; i < lanes->columns; i++) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
    lane->values[i] = duckdb_vector_get_data(vector);
    lane->validity[i] = duckdb_vector_get_validity(vector);
  }
  bool more = lanes->sink->take(lane->worker, &batch);
  if (!more)
    g_atomic_int_set(&lanes->stopped, 1);
  return more;
}
