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
  free(receiver->seen);
  receiver->runs = runs;
  receiver->seen = calloc(runs->values.rows + 1U, sizeof *receiver->seen);
}

void
receiver_clear(struct receiver *receiver)
{
  (void)pthread_mutex_destroy(&receiver->lock);
  free(receiver->seen);
}

static void
check_run(struct receiver *receiver, const struct rollup_block *block)
{
  const struct rollup_runs *runs = receiver->runs;
  if (block->run >= runs->values.rows) {
    (void)snprintf(receiver->fault, sizeof receiver->fault, "a block of run %u", block->run);
    return;
  }
  if (receiver->seen[block->run] || block->batch.rows == 0)
    (void)snprintf(receiver->fault, sizeof receiver->fault, "run %u came twice or empty",
                   block->run);
  receiver->seen[block->run] = true;
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

static void
check_order(struct receiver *receiver, const struct rollup_block *block)
{
  const struct rollup_spec *spec = receiver->spec;
  for (unsigned s = 0; s < spec->stream_fixed; s++)
    if (!is_among(receiver->runs, spec->keys[spec->stream_order[s]]))
      (void)snprintf(receiver->fault, sizeof receiver->fault, "key %u is no run column",
                     spec->stream_order[s]);
  for (uint32_t i = 1; i < block->batch.rows; i++) {
    int order = 0;
    for (unsigned s = 0; s < spec->stream_order_count && order == 0; s++) {
      unsigned key = spec->stream_order[s];
      enum rollup_type type = receiver->pass->columns[spec->keys[key]];
      struct cell before = cell_of(type, &block->batch.columns[key], i - 1);
      struct cell after = cell_of(type, &block->batch.columns[key], i);
      order = cell_compare(type, &before, &after);
    }
    if (order > 0)
      (void)snprintf(receiver->fault, sizeof receiver->fault, "run %u is not in order at group %u",
                     block->run, i);
  }
}

bool
receiver_take(void *user, const struct rollup_block *block)
{
  struct receiver *receiver = user;
  (void)pthread_mutex_lock(&receiver->lock);
  check_run(receiver, block);
  check_order(receiver, block);
  size_t before = receiver->result->rows;
  unsigned columns = receiver->result->column_count - 1;
  result_add_batch(receiver->result, &block->batch, columns);
  for (size_t i = before; i < receiver->result->rows; i++) /* no key is rolled up */
    receiver->result->cells[i * (columns + 1U) + columns].is_null = false;
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
  if (receiver->fault[0] == '\0' && receiver->result == result)
    return true;
  (void)snprintf(fault, fault_size, "stream: %s", receiver->fault);
  return false;
}
