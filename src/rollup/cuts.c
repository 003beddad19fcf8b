/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/cut.h"
#include "rollup/ranges.h"

void
cuts_add(struct rollup_pass *pass, struct cut *cut)
{
  struct cuts *cuts = &pass->cuts;
  (void)pthread_mutex_lock(&cuts->lock);
  struct cut **at = &cuts->first;
  while (*at != NULL)
    at = &(*at)->next;
  *at = cut;
  atomic_fetch_add(&cuts->open, 1);
  (void)pthread_cond_broadcast(&cuts->changed);
  (void)pthread_mutex_unlock(&cuts->lock);
}

void
cuts_clear(struct rollup_pass *pass)
{
  for (struct cut *cut = pass->cuts.first, *next; cut != NULL; cut = next) {
    next = cut->next;
    cut_free(pass, cut);
  }
  pass->cuts.first = NULL;
  atomic_store(&pass->cuts.open, 0);
}

/* Under the lock. */
static bool
take_item(struct cuts *cuts, struct task *ret_task)
{
  for (struct cut *cut = cuts->first; cut != NULL; cut = cut->next)
    if (cut->taken < cut->items) {
      *ret_task = (struct task){.cut = cut, .number = cut->taken++};
      return true;
    }
  return false;
}

/* Likewise. */
static bool
take_run(struct rollup_pass *pass, struct task *ret_task)
{
  struct found *found = &pass->found;
  if (found->told.rows == NULL || found->next == found->count)
    return false;
  *ret_task = (struct task){.number = found->queue[found->next++]};
  return true;
}

bool
tasks_take(struct rollup_pass *pass, struct task *ret_task)
{
  struct cuts *cuts = &pass->cuts;
  bool taken = false;
  (void)pthread_mutex_lock(&cuts->lock);
  while (atomic_load(&pass->status) == ROLLUP_DONE) {
    taken = take_item(cuts, ret_task) || take_run(pass, ret_task);
    if (taken || cuts->busy == 0)
      break;
    (void)pthread_cond_wait(&cuts->changed, &cuts->lock);
  }
  cuts->busy += taken;
  (void)pthread_mutex_unlock(&cuts->lock);
  return taken;
}

void
tasks_end(struct rollup_pass *pass)
{
  struct cuts *cuts = &pass->cuts;
  (void)pthread_mutex_lock(&cuts->lock);
  cuts->busy--;
  (void)pthread_cond_broadcast(&cuts->changed);
  (void)pthread_mutex_unlock(&cuts->lock);
}

bool
tasks_are_left(struct rollup_pass *pass)
{
  struct cuts *cuts = &pass->cuts;
  (void)pthread_mutex_lock(&cuts->lock);
  bool left = cuts->first != NULL || (pass->found.is_on && pass->found.next < pass->found.count);
  (void)pthread_mutex_unlock(&cuts->lock);
  return left;
}

/* Whether an item was the last of its step that was not done. */
static bool
count_item(struct rollup_pass *pass, struct cut *cut)
{
  (void)pthread_mutex_lock(&pass->cuts.lock);
  bool last = ++cut->done == cut->items;
  (void)pthread_mutex_unlock(&pass->cuts.lock);
  return last;
}

static void
begin_step(struct rollup_pass *pass, struct cut *cut, enum cut_step step, uint32_t items)
{
  (void)pthread_mutex_lock(&pass->cuts.lock);
  cut->step = step;
  cut->taken = cut->done = 0;
  cut->items = items;
  (void)pthread_cond_broadcast(&pass->cuts.changed);
  (void)pthread_mutex_unlock(&pass->cuts.lock);
}

static void
remove_cut(struct rollup_pass *pass, struct cut *cut)
{
  struct cuts *cuts = &pass->cuts;
  (void)pthread_mutex_lock(&cuts->lock);
  struct cut **at = &cuts->first;
  while (*at != cut)
    at = &(*at)->next;
  *at = cut->next;
  (void)pthread_mutex_unlock(&cuts->lock);
  atomic_fetch_sub(&cuts->open, 1);
  cut_free(pass, cut);
}

enum rollup_status
cuts_do(struct rollup_worker *worker, const struct task *task)
{
  struct rollup_pass *pass = worker->pass;
  struct cut *cut = task->cut;
  enum rollup_status status = cut_do(worker, cut, task->number);
  if (status != ROLLUP_DONE || !count_item(pass, cut))
    return status;
  enum cut_step step;
  uint32_t items;
  status = cut_next_step(worker, cut, &step, &items);
  if (status != ROLLUP_DONE)
    return status;
  if (step == CUT_ENDED)
    remove_cut(pass, cut);
  else
    begin_step(pass, cut, step, items);
  return ROLLUP_DONE;
}

enum rollup_status
cut_do_alone(struct rollup_worker *worker, struct cut *cut)
{
  enum rollup_status status = ROLLUP_DONE;
  while (status == ROLLUP_DONE && cut->step != CUT_ENDED) {
    for (uint32_t item = 0; item < cut->items && status == ROLLUP_DONE; item++)
      status = cut_do(worker, cut, item);
    enum cut_step step = CUT_ENDED;
    if (status == ROLLUP_DONE)
      status = cut_next_step(worker, cut, &step, &cut->items);
    cut->step = step;
  }
  return status;
}

/* Near the end of the input the other threads may have no rows any more: what is left then is left to all of them, when the last row
 * has come. */
enum rollup_status
cuts_help(struct rollup_worker *worker)
{
  struct rollup_pass *pass = worker->pass;
  struct cuts *cuts = &pass->cuts;
  uint64_t end = (pass->spec.threads + UINT64_C(1)) * 2 * CUT_ROWS;
  enum rollup_status status = ROLLUP_DONE;
  while (status == ROLLUP_DONE && atomic_load(&cuts->open) > 0 &&
         atomic_load(&pass->rows) + end < pass->told_rows) {
    struct task task;
    (void)pthread_mutex_lock(&cuts->lock);
    bool taken = take_item(cuts, &task);
    cuts->busy += taken;
    (void)pthread_mutex_unlock(&cuts->lock);
    if (!taken)
      break;
    status = cuts_do(worker, &task);
    tasks_end(pass);
  }
  return status;
}
