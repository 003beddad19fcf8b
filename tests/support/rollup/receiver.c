/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rollup/receiver.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
forget_runs(struct receiver *receiver)
{
  for (unsigned run = 0; run < receiver->received_count; run++)
    free(receiver->received[run].parts);
  free(receiver->received);
  receiver->received = NULL;
  receiver->received_count = 0;
}

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
  forget_runs(receiver);
  receiver->runs = runs;
  receiver->received_count = runs->values.rows;
  receiver->received = calloc(runs->values.rows + 1U, sizeof *receiver->received);
}

void
receiver_clear(struct receiver *receiver)
{
  (void)pthread_mutex_destroy(&receiver->lock);
  forget_runs(receiver);
}

/* NULL: there is no such part. */
static struct received_part *
part_of(struct receiver *receiver, const struct rollup_block *block)
{
  struct received_run *run = &receiver->received[block->run];
  if (run->parts == NULL) {
    run->parts = calloc(block->parts + 1U, sizeof *run->parts);
    run->part_count = block->parts;
  }
  bool known = run->part_count == block->parts && block->part < block->parts;
  if (!known)
    (void)snprintf(receiver->fault, sizeof receiver->fault, "run %u: part %u of %u, not of %u",
                   block->run, block->part, block->parts, run->part_count);
  return known ? &run->parts[block->part] : NULL;
}

/* NULL: its run is not known. */
static struct received_part *
check_run(struct receiver *receiver, const struct rollup_block *block)
{
  const struct rollup_runs *runs = receiver->runs;
  if (block->run >= runs->values.rows) {
    (void)snprintf(receiver->fault, sizeof receiver->fault, "a block of run %u", block->run);
    return NULL;
  }
  struct received_part *part = part_of(receiver, block);
  if (part == NULL)
    return NULL;
  if (part->ended)
    (void)snprintf(receiver->fault, sizeof receiver->fault, "run %u goes on after its end",
                   block->run);
  part->ended = !block->more;
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
  return part;
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
check_order(struct receiver *receiver, const struct rollup_block *block, struct received_part *part)
{
  const struct rollup_spec *spec = receiver->spec;
  for (unsigned s = 0; s < spec->stream_fixed; s++)
    if (!is_among(receiver->runs, spec->keys[spec->stream_order[s]]))
      (void)snprintf(receiver->fault, sizeof receiver->fault, "key %u is no run column",
                     spec->stream_order[s]);
  size_t first = receiver->result->rows - block->batch.rows;
  for (size_t row = first; row < first + block->batch.rows; part->last = ++row) {
    if (part->last > 0 && compare_groups(receiver, part->last - 1, row) > 0)
      (void)snprintf(receiver->fault, sizeof receiver->fault, "run %u is not in order at group %zu",
                     block->run, row - first);
    part->first = part->first > 0 ? part->first : row + 1;
  }
}

bool
receiver_take(void *user, const struct rollup_block *block)
{
  struct receiver *receiver = user;
  (void)pthread_mutex_lock(&receiver->lock);
  struct received_part *part = check_run(receiver, block);
  size_t before = receiver->result->rows;
  unsigned columns = receiver->result->column_count - 1;
  result_add_batch(receiver->result, &block->batch, columns);
  for (size_t i = before; i < receiver->result->rows; i++) /* no key is rolled up */
    receiver->result->cells[i * (columns + 1U) + columns].is_null = false;
  if (part != NULL)
    check_order(receiver, block, part);
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

/* All parts have come, and each is behind the one before it. */
static void
check_parts(struct receiver *receiver, unsigned number)
{
  const struct received_run *run = &receiver->received[number];
  size_t last = 0;
  for (unsigned p = 0; p < run->part_count; p++) {
    const struct received_part *part = &run->parts[p];
    if (!part->ended)
      (void)snprintf(receiver->fault, sizeof receiver->fault, "run %u: part %u has no end", number,
                     p);
    if (last > 0 && part->first > 0 && compare_groups(receiver, last - 1, part->first - 1) > 0)
      (void)snprintf(receiver->fault, sizeof receiver->fault, "run %u: part %u is not in order",
                     number, p);
    last = part->last > 0 ? part->last : last;
  }
}

bool
receiver_finish(struct receiver *receiver, struct result *result, char *fault, size_t fault_size)
{
  for (unsigned run = 0; run < receiver->received_count; run++)
    check_parts(receiver, run);
  if (receiver->fault[0] == '\0' && receiver->result == result)
    return true;
  (void)snprintf(fault, fault_size, "stream: %s", receiver->fault);
  return false;
}
