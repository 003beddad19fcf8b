/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/lookout.h"
#include "util/interrupt.h"
#include "util/machine.h"
#include <duckdb.h>
#include <malloc.h>

enum { LOOK_US = 100 * 1000, MEMORY_LOOK_US = 5 * 1000, TRIM_US = 20 * 1000 };

/* DuckDB's allocator, where it has one of its own. */
extern int duckdb_je_mallctl(const char *name, void *old, size_t *old_bytes, void *new,
                             size_t new_bytes) __attribute__((weak));

struct lookout {
  guint64 trim_above_bytes;
  /* NULL until something runs, or when the system refuses one: then nothing is stopped. */
  GThread *thread;
  GMutex lock; /* all below */
  GCond ending;
  bool ends;
  struct lookout_post *posts;
};

struct lookout *
lookout_new(guint64 trim_above_bytes)
{
  struct lookout *lookout = g_new0(struct lookout, 1);
  lookout->trim_above_bytes = trim_above_bytes;
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

/* What has been freed is kept by both allocators for a while, for whoever wants it next: up to a hundred MB were seen. */
static void
give_back_memory(void)
{
  if (duckdb_je_mallctl != NULL)
    (void)duckdb_je_mallctl("arena.4096.purge", NULL, NULL, NULL, 0); /* of all arenas */
  (void)malloc_trim(0);
}

/* Each time costs the threads that run some page faults: not again at once, and less often where it is of no use. */
static void
look_at_memory(const struct lookout *lookout, gint64 *next_us)
{
  gint64 now = g_get_monotonic_time();
  if (lookout->trim_above_bytes == 0 || now < *next_us ||
      machine_process_bytes() <= lookout->trim_above_bytes)
    return;
  give_back_memory();
  bool helped = machine_process_bytes() <= lookout->trim_above_bytes;
  *next_us = now + (helped ? TRIM_US : LOOK_US);
}

/* It looks whether anything runs or not: being woken for each statement would cost as much as a thread of its own. */
static gpointer
keep_looking(gpointer data)
{
  struct lookout *lookout = data;
  gint64 wait_us = lookout->trim_above_bytes > 0 ? MEMORY_LOOK_US : LOOK_US, next_trim_us = 0;
  g_mutex_lock(&lookout->lock);
  while (!lookout->ends) {
    (void)g_cond_wait_until(&lookout->ending, &lookout->lock, g_get_monotonic_time() + wait_us);
    if (interrupt_signal() != 0)
      stop_all(lookout);
    g_mutex_unlock(&lookout->lock); /* statements begin and end meanwhile */
    look_at_memory(lookout, &next_trim_us);
    g_mutex_lock(&lookout->lock);
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
