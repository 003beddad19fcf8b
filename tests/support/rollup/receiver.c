/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rollup/receiver.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
receiver_init(struct receiver *receiver, const struct rollup_pass_spec *pass,
              const struct rollup_spec *spec, struct result *result)
{
  *receiver = (struct receiver){.pass = pass, .spec = spec, .result = result};
  (void)pthread_mutex_init(&receiver->lock, NULL);
  receiver_set_runs(receiver, &pass->runs);
}

void
receiver_set_runs(struct receiver *receiver, const struct rollup_runs *runs)
{
  free(receiver->last);
  free(receiver->ended);
  receiver->runs = runs;
  receiver->last = calloc(runs->values.rows + 1U, sizeof *receiver->last);
  receiver->ended = calloc(runs->values.rows + 1U, sizeof *receiver->ended);
}

void
receiver_clear(struct receiver *receiver)
{
  (void)pthread_mutex_destroy(&receiver->lock);
  free(receiver->last);
  free(receiver->ended);
}

static void
check_run(struct receiver *receiver, const struct rollup_block *block)
{
  const struct rollup_runs *runs = receiver->runs;
  if (block->run >= runs->values.rows) {
    (void)snprintf(receiver->fault, sizeof receiver->fault, "a block of run %u", block->run);
    return;
  }
  if (receiver->ended[block->run])
    (void)snprintf(receiver->fault, sizeof receiver->fault, "run %u goes on after its end",
                   block->run);
  receiver->ended[block->run] = !block->more;
  for (unsigned c = 0; c < runs->column_count; c++) {
    enum rollup_type type = receiver->pass->columns[runs->columns[c]];
    struct cell wanted = cell_of(type, &runs->values.columns[c], block->run);
    for (unsigned k = 0; k < receiver->spec->key_count; k++)
      for (uint32_t i = 0; receiver->spec->keys[k] == runs->columns[c] && i < block->batch.rows;
           i++) {
        struct cell cell = cell_of(type, &block->batch.columns[k], i);
        if (cell_compare(type, &cell, &wanted) != 0)
          (void)snprintf(receiver->fault, sizeof receiver->fault,
                         "run %u holds a group of another run", block->run);
      }
  }
}

static bool
is_among(const struct rollup_runs *runs, unsigned column)
{
  for (unsigned c = 0; c < runs->column_count; c++)
    if (runs->columns[c] == column)
      return true;
  return false;
}

/* Groups of the result, by the keys of the stream's order. */
static int
compare_groups(const struct receiver *receiver, size_t a, size_t b)
{
  const struct rollup_spec *spec = receiver->spec;
  const struct result *result = receiver->result;
  int order = 0;
  for (unsigned s = 0; s < spec->stream_order_count && order == 0; s++) {
    unsigned key = spec->stream_order[s];
    order = cell_compare(receiver->pass->columns[spec->keys[key]],
                         &result->cells[a * result->column_count + key],
                         &result->cells[b * result->column_count + key]);
  }
  return order;
}

/* After its groups have been added to the result. */
static void
check_order(struct receiver *receiver, const struct rollup_block *block)
{
  const struct rollup_spec *spec = receiver->spec;
  for (unsigned s = 0; s < spec->stream_fixed; s++)
    if (!is_among(receiver->runs, spec->keys[spec->stream_order[s]]))
      (void)snprintf(receiver->fault, sizeof receiver->fault, "key %u is no run column",
                     spec->stream_order[s]);
  size_t first = receiver->result->rows - block->batch.rows;
  for (size_t row = first, *last = &receiver->last[block->run]; row < first + block->batch.rows;
       *last = ++row)
    if (*last > 0 && compare_groups(receiver, *last - 1, row) > 0)
      (void)snprintf(receiver->fault, sizeof receiver->fault, "run %u is not in order at group %zu",
                     block->run, row - first);
}

bool
receiver_take(void *user, const struct rollup_block *block)
{
  struct receiver *receiver = user;
  (void)pthread_mutex_lock(&receiver->lock);
  check_run(receiver, block);
  size_t before = receiver->result->rows;
  unsigned columns = receiver->result->column_count - 1;
  result_add_batch(receiver->result, &block->batch, columns);
  for (size_t i = before; i < receiver->result->rows; i++) /* no key is rolled up */
    receiver->result->cells[i * (columns + 1U) + columns].is_null = false;
  check_order(receiver, block);
  (void)pthread_mutex_unlock(&receiver->lock);
  return true;
}

void
receiver_restart(void *user)
{
  struct receiver *receiver = user;
  (void)pthread_mutex_lock(&receiver->lock);
  result_empty(receiver->result);
  receiver_set_runs(receiver, &receiver->pass->runs);
  (void)pthread_mutex_unlock(&receiver->lock);
}

bool
receiver_finish(struct receiver *receiver, struct result *result, char *fault, size_t fault_size)
{
  for (uint32_t run = 0; run < receiver->runs->values.rows; run++)
    if (receiver->last[run] > 0 && !receiver->ended[run])
      (void)snprintf(receiver->fault, sizeof receiver->fault, "run %u has no end", run);
  if (receiver->fault[0] == '\0' && receiver->result == result)
    return true;
  (void)snprintf(fault, fault_size, "stream: %s", receiver->fault);
  return false;
}
