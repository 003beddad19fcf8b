/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rollup/stream.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
stream_init(struct stream *stream, const struct rollup_pass_spec *pass,
            const struct rollup_spec *spec, struct result *result)
{
  *stream = (struct stream){.pass = pass, .spec = spec, .result = result};
  (void)pthread_mutex_init(&stream->lock, NULL);
  stream->seen = calloc(pass->runs.values.rows + 1U, sizeof *stream->seen);
}

void
stream_clear(struct stream *stream)
{
  (void)pthread_mutex_destroy(&stream->lock);
  free(stream->seen);
}

static void
check_run(struct stream *stream, const struct rollup_block *block)
{
  const struct rollup_runs *runs = &stream->pass->runs;
  if (block->run >= runs->values.rows) {
    (void)snprintf(stream->fault, sizeof stream->fault, "a block of run %u", block->run);
    return;
  }
  if (stream->seen[block->run] || block->batch.rows == 0)
    (void)snprintf(stream->fault, sizeof stream->fault, "run %u came twice or empty", block->run);
  stream->seen[block->run] = true;
  for (unsigned c = 0; c < runs->column_count; c++) {
    enum rollup_type type = stream->pass->columns[runs->columns[c]];
    struct cell wanted = cell_of(type, &runs->values.columns[c], block->run);
    for (unsigned k = 0; k < stream->spec->key_count; k++)
      for (uint32_t i = 0; stream->spec->keys[k] == runs->columns[c] && i < block->batch.rows;
           i++) {
        struct cell cell = cell_of(type, &block->batch.columns[k], i);
        if (cell_compare(type, &cell, &wanted) != 0)
          (void)snprintf(stream->fault, sizeof stream->fault, "run %u holds a group of another run",
                         block->run);
      }
  }
}

static void
check_order(struct stream *stream, const struct rollup_block *block)
{
  const struct rollup_spec *spec = stream->spec;
  for (uint32_t i = 1; i < block->batch.rows; i++) {
    int order = 0;
    for (unsigned s = 0; s < spec->stream_order_count && order == 0; s++) {
      unsigned key = spec->stream_order[s];
      enum rollup_type type = stream->pass->columns[spec->keys[key]];
      struct cell before = cell_of(type, &block->batch.columns[key], i - 1);
      struct cell after = cell_of(type, &block->batch.columns[key], i);
      order = cell_compare(type, &before, &after);
    }
    if (order > 0)
      (void)snprintf(stream->fault, sizeof stream->fault, "run %u is not in order at group %u",
                     block->run, i);
  }
}

bool
stream_take(void *user, const struct rollup_block *block)
{
  struct stream *stream = user;
  (void)pthread_mutex_lock(&stream->lock);
  check_run(stream, block);
  check_order(stream, block);
  size_t before = stream->result->rows;
  unsigned columns = stream->result->column_count - 1;
  result_add_batch(stream->result, &block->batch, columns);
  for (size_t i = before; i < stream->result->rows; i++) /* no key is rolled up */
    stream->result->cells[i * (columns + 1U) + columns].is_null = false;
  (void)pthread_mutex_unlock(&stream->lock);
  return true;
}

void
stream_restart(void *user)
{
  struct stream *stream = user;
  (void)pthread_mutex_lock(&stream->lock);
  result_empty(stream->result);
  memset(stream->seen, 0, stream->pass->runs.values.rows * sizeof *stream->seen);
  (void)pthread_mutex_unlock(&stream->lock);
}

bool
stream_finish(struct stream *stream, struct result *result, char *fault, size_t fault_size)
{
  if (stream->fault[0] == '\0' && stream->result == result)
    return true;
  (void)snprintf(fault, fault_size, "stream: %s", stream->fault);
  return false;
}
