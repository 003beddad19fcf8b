/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/lookout.h"
#include "util/interrupt.h"
#include <duckdb.h>

enum { LOOK_US = 100 * 1000 };

struct lookout {
  /* NULL until something runs, or when the system refuses one: then nothing is stopped. */
  GThread *thread;
  GMutex lock; /* all below */
  GCond ending;
  bool ends;
  struct lookout_post *posts;
};

struct lookout *
lookout_new(void)
{
  struct lookout *lookout = g_new0(struct lookout, 1);
  g_mutex_init(&lookout->lock);
  g_cond_init(&lookout->ending);
  return lookout;
}

/* Again and again: an interrupt that comes before the statement has begun is forgotten by DuckDB. */
static void
stop_all(const struct lookout *lookout)
{
  for (const struct lookout_post *post = lookout->posts; post != NULL; post = post->next)
    duckdb_interrupt(post->connection);
}

/* It looks whether anything runs or not: being woken for each statement would cost as much as a thread of its own. */
static gpointer
keep_looking(gpointer data)
{
  struct lookout *lookout = data;
  g_mutex_lock(&lookout->lock);
  while (!lookout->ends) {
    (void)g_cond_wait_until(&lookout->ending, &lookout->lock, g_get_monotonic_time() + LOOK_US);
    if (interrupt_signal() != 0)
      stop_all(lookout);
  }
  g_mutex_unlock(&lookout->lock);
  return NULL;
}

void
lookout_free(struct lookout *lookout)
{
  if (lookout == NULL)
    return;
  g_mutex_lock(&lookout->lock);
  lookout->ends = true;
  g_cond_signal(&lookout->ending);
  g_mutex_unlock(&lookout->lock);
  if (lookout->thread != NULL)
    (void)g_thread_join(lookout->thread);
  g_cond_clear(&lookout->ending);
  g_mutex_clear(&lookout->lock);
  g_free(lookout);
}

void
lookout_enter(struct lookout *lookout, struct lookout_post *post)
{
  g_mutex_lock(&lookout->lock);
  if (lookout->thread == NULL)
    lookout->thread = g_thread_try_new("lookout", keep_looking, lookout, NULL);
  post->next = lookout->posts;
  lookout->posts = post;
  g_mutex_unlock(&lookout->lock);
}

void
lookout_leave(struct lookout *lookout, struct lookout_post *post)
{
  g_mutex_lock(&lookout->lock);
  struct lookout_post **place = &lookout->posts;
  while (*place != post)
    place = &(*place)->next;
  *place = post->next;
  g_mutex_unlock(&lookout->lock);
}
