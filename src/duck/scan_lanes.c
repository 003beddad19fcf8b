/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/scan_lanes.h"
#include "util/parallel.h"
#include <duckdb.h>
#include <pthread.h>

struct lane {
  pthread_t thread; /* that it belongs to */
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
  g_mutex_clear(&lanes->lock);
  g_free(lanes);
}

bool
lanes_stopped(struct lanes *lanes)
{
  return g_atomic_int_get(&lanes->stopped) != 0;
}

static struct lane *
find_lane(struct lanes *lanes)
{
  struct lane *found = NULL;
  g_mutex_lock(&lanes->lock);
  for (guint i = 0; i < lanes->all->len && found == NULL; i++) {
    struct lane *lane = g_ptr_array_index(lanes->all, i);
    if (pthread_equal(lane->thread, pthread_self()))
      found = lane;
  }
  g_mutex_unlock(&lanes->lock);
  return found;
}

static struct lane *
add_lane(struct lanes *lanes)
{
  gpointer worker = lanes_stopped(lanes) ? NULL : lanes->sink->begin(lanes->sink->user);
  if (worker == NULL) {
    g_atomic_int_set(&lanes->stopped, 1);
    return NULL;
  }
  struct lane *lane = g_new0(struct lane, 1);
  lane->thread = pthread_self();
  lane->worker = worker;
  lane->values = g_new0(const void *, lanes->columns);
  lane->validity = g_new0(const guint64 *, lanes->columns);
  g_mutex_lock(&lanes->lock);
  g_ptr_array_add(lanes->all, lane);
  g_mutex_unlock(&lanes->lock);
  return lane;
}

struct lane *
lanes_mine(struct lanes *lanes, struct lane *last)
{
  if (last != NULL && pthread_equal(last->thread, pthread_self()))
    return last;
  struct lane *lane = find_lane(lanes);
  return lane != NULL ? lane : add_lane(lanes);
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
