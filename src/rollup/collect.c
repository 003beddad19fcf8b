/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* qsort_r */
#endif
#include "rollup/cut.h"
#include "rollup/ranges.h"
#include <stdlib.h>
#include <string.h>

struct ordering {
  const struct found *found;
  unsigned count;
  const uint16_t *ranks[FOUND_COLUMNS];
};

static uint16_t
code_of(const struct found *found, uint32_t run, unsigned index)
{
  return (uint16_t)(found->keys[run] >> 16 * index);
}

static int
compare_runs(const void *a, const void *b, void *user)
{
  const struct ordering *ordering = user;
  uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  for (unsigned i = 0; i < ordering->count; i++) {
    uint16_t x = ordering->ranks[i][code_of(ordering->found, left, i)];
    uint16_t y = ordering->ranks[i][code_of(ordering->found, right, i)];
    if (x != y)
      return x < y ? -1 : 1;
  }
  return 0;
}

static bool
order_runs(struct rollup_pass *pass)
{
  struct found *found = &pass->found;
  struct ordering ordering = {.found = found, .count = pass->run_column_count};
  for (unsigned i = 0; i < pass->run_column_count; i++)
    if ((ordering.ranks[i] = dictionary_ranks(pass->dictionaries[pass->run_columns[i]])) == NULL)
      return false;
  found->order = malloc((found->count + 1) * sizeof *found->order);
  found->queue = malloc((found->count + 1) * sizeof *found->queue);
  if (found->order == NULL || found->queue == NULL)
    return false;
  for (uint32_t i = 0; i < found->count; i++)
    found->order[i] = i;
  qsort_r(found->order, found->count, sizeof *found->order, compare_runs, &ordering);
  return true;
}

/* In order, so that what is streamed need not wait; but what is more than a thread's fair share, and grouped by one, goes first. */
static void
queue_runs(struct rollup_pass *pass)
{
  struct found *found = &pass->found;
  unsigned threads = pass->spec.threads > 0 ? pass->spec.threads : 1;
  uint64_t share = atomic_load(&pass->rows) / threads / 2;
  uint32_t at = 0;
  for (int small = 0; small < 2; small++)
    for (uint32_t i = 0; i < found->count; i++) {
      uint64_t rows = found->rows[found->order[i]];
      if ((rows <= share || run_is_large(pass, rows)) == (small == 1))
        found->queue[at++] = i;
    }
}

static bool
tell_column(const struct rollup_pass *pass, unsigned index, struct rollup_column *column)
{
  const struct found *found = &pass->found;
  size_t bytes = rollup_type_bytes(pass->spec.columns[pass->run_columns[index]]);
  char *values = calloc(found->count + 1, bytes);
  uint64_t *validity = calloc(found->count / 64 + 1, sizeof *validity);
  column->values = values;
  column->validity = validity;
  if (values == NULL || validity == NULL)
    return false;
  const struct dictionary *dictionary = pass->dictionaries[pass->run_columns[index]];
  for (uint32_t i = 0; i < found->count; i++)
    if (dictionary_value(dictionary, code_of(found, found->order[i], index), values + i * bytes))
      validity[i / 64] |= UINT64_C(1) << i % 64;
  return true;
}

static bool
tell_runs(struct rollup_pass *pass)
{
  struct found *found = &pass->found;
  struct rollup_column *columns = calloc(pass->run_column_count + 1, sizeof *columns);
  uint64_t *rows = calloc(found->count + 1, sizeof *rows);
  found->told = (struct rollup_runs){.columns = pass->run_columns,
                                     .column_count = pass->run_column_count,
                                     .values = {.rows = found->count, .columns = columns},
                                     .rows = rows};
  if (columns == NULL || rows == NULL)
    return false;
  for (uint32_t i = 0; i < found->count; i++)
    rows[i] = found->rows[found->order[i]];
  for (unsigned i = 0; i < pass->run_column_count; i++)
    if (!tell_column(pass, i, &columns[i]))
      return false;
  return true;
}

const struct rollup_runs *
rollup_pass_found(struct rollup_pass *pass)
{
  struct found *found = &pass->found;
  if (atomic_load(&pass->status) != ROLLUP_DONE || !found->is_on || found->count == 0)
    return NULL;
  if (found->told.rows != NULL)
    return &found->told;
  if (!order_runs(pass) || !tell_runs(pass)) {
    (void)pass_no_memory(pass);
    return NULL;
  }
  queue_runs(pass);
  return &found->told;
}

/* Where a run is in a block's list; its count: it is not there. */
static uint32_t
find_slice(const struct kept *kept, uint32_t run)
{
  uint32_t low = 0, high = kept->count;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (kept->runs[middle] < run)
      low = middle + 1;
    else
      high = middle;
  }
  return low < kept->count && kept->runs[low] == run ? low : kept->count;
}

uint32_t
kept_rows(const struct kept *kept, uint32_t run, uint32_t *ret_first)
{
  uint32_t at = find_slice(kept, run);
  if (at == kept->count)
    return 0;
  *ret_first = kept->starts[at];
  return kept->starts[at + 1] - kept->starts[at];
}

void
kept_collected(struct rollup_pass *pass, struct kept *kept)
{
  if (atomic_fetch_sub(&kept->left, 1) > 1)
    return;
  piece_free(pass->spec.budget, kept->piece);
  kept->piece = NULL;
}

/* All rows of a run, from wherever they are kept. Blocks that are needed no more are given back. */
static bool
collect_rows(struct rollup_pass *pass, uint32_t run, struct piece *piece)
{
  struct found *found = &pass->found;
  if (!piece_reserve(pass->spec.budget, &pass->layout, piece, found->rows[run]))
    return false;
  for (uint32_t i = 0; i < found->kept_count; i++) {
    uint32_t first, rows = kept_rows(found->kept[i], run, &first);
    if (rows == 0)
      continue;
    piece_join_slice(&pass->layout, piece, found->kept[i]->piece, first, rows);
    kept_collected(pass, found->kept[i]);
  }
  return true;
}

/* The worker's piece is kept for the next run. */
static enum rollup_status
group_found(struct rollup_worker *worker, uint32_t number)
{
  struct rollup_pass *pass = worker->pass;
  uint32_t run = pass->found.order[number];
  if (run_is_large(pass, pass->found.rows[run])) {
    struct cut *cut = cut_of_found(pass, run, number);
    if (cut == NULL)
      return pass_no_memory(pass);
    cuts_add(pass, cut);
    return ROLLUP_DONE;
  }
  if (worker->current == NULL && (worker->current = piece_take(pass)) == NULL)
    return pass_no_memory(pass);
  if (!collect_rows(pass, run, worker->current))
    return pass_no_memory(pass);
  const struct place place = {.run = number, .parts = 1};
  enum rollup_status status = group_run(worker, worker->current, &place);
  piece_empty(&pass->layout, worker->current);
  atomic_fetch_add(&pass->rows_grouped, pass->found.rows[run]);
  return status;
}

enum rollup_status
rollup_worker_group(struct rollup_worker *worker, bool *ret_more)
{
  struct rollup_pass *pass = worker->pass;
  struct task task;
  *ret_more = tasks_take(pass, &task);
  enum rollup_status status = (enum rollup_status)atomic_load(&pass->status);
  if (!*ret_more)
    return status;
  if (status == ROLLUP_DONE && !worker->is_ready)
    status = worker_make_ready(worker, NULL);
  if (status == ROLLUP_DONE)
    status = task.cut != NULL ? cuts_do(worker, &task) : group_found(worker, task.number);
  tasks_end(pass);
  return status;
}

bool
rollup_pass_holds_rows(struct rollup_pass *pass)
{
  return atomic_load(&pass->status) == ROLLUP_DONE && tasks_are_left(pass);
}

enum rollup_status
group_rest(struct rollup_pass *pass)
{
  if (pass->found.is_on)
    (void)rollup_pass_found(pass);
  if (!rollup_pass_holds_rows(pass))
    return (enum rollup_status)atomic_load(&pass->status);
  struct rollup_worker *worker = rollup_worker_new(pass);
  if (worker == NULL)
    return pass_no_memory(pass);
  bool more = true;
  enum rollup_status status = ROLLUP_DONE;
  while (status == ROLLUP_DONE && more)
    status = rollup_worker_group(worker, &more);
  worker->is_finished = true;
  return status;
}
