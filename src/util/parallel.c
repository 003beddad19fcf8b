/* SPDX-License-Identifier: Apache-2.0 */
#include "util/parallel.h"
#include "util/interrupt.h"

struct loop {
  gsize count;
  parallel_work work;
  gpointer user;
  GMutex lock;
  gsize next; /* under lock, as all below */
  bool stopped;
  gsize failed; /* item of failure */
  GError *failure;
};

struct helper {
  struct loop *loop;
  guint worker;
  GThread *thread;
};

static bool
take_item(struct loop *loop, gsize *ret_item)
{
  g_mutex_lock(&loop->lock);
  bool more = !loop->stopped && interrupt_signal() == 0 && loop->next < loop->count;
  if (more)
    *ret_item = loop->next++;
  g_mutex_unlock(&loop->lock);
  return more;
}

static void
keep_failure(struct loop *loop, gsize item, GError *failure)
{
  g_mutex_lock(&loop->lock);
  loop->stopped = true;
  if (loop->failure == NULL || item < loop->failed) {
    g_clear_error(&loop->failure);
    loop->failure = g_steal_pointer(&failure);
    loop->failed = item;
  }
  g_mutex_unlock(&loop->lock);
  g_clear_error(&failure);
}

static gpointer
work_through(gpointer data)
{
  const struct helper *helper = data;
  struct loop *loop = helper->loop;
  gsize item;
  while (take_item(loop, &item)) {
    GError *failure = NULL;
    if (!loop->work(helper->worker, item, loop->user, &failure))
      keep_failure(loop, item, failure);
  }
  return NULL;
}

/* Threads that the system refuses are done without: worker 0 is the caller itself. */
static void
run_all(struct loop *loop, guint threads)
{
  g_autofree struct helper *helpers = g_new0(struct helper, threads);
  for (guint i = 0; i < threads; i++)
    helpers[i] = (struct helper){.loop = loop, .worker = i};
  for (guint i = 1; i < threads; i++)
    helpers[i].thread = g_thread_try_new("parallel", work_through, &helpers[i], NULL);
  (void)work_through(&helpers[0]);
  for (guint i = 1; i < threads; i++) {
    if (helpers[i].thread != NULL)
      (void)g_thread_join(helpers[i].thread);
  }
}

bool
parallel_for(guint threads, gsize count, parallel_work work, gpointer user, GError **error)
{
  struct loop loop = {.count = count, .work = work, .user = user};
  gsize useful = MIN((gsize)MAX(threads, 1), MAX(count, 1));
  g_mutex_init(&loop.lock);
  run_all(&loop, (guint)useful);
  g_mutex_clear(&loop.lock);
  if (loop.failure != NULL) {
    g_propagate_error(error, loop.failure);
    return false;
  }
  return loop.next == count || interrupt_check(error);
}
