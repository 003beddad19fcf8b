/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* qsort_r */
#endif
#include "rollup/kernel.h"
#include <stdlib.h>
#include <string.h>

/* Whether all rows of a batch have the codes of row 0 in the columns that cut runs. */
static bool
is_one_run(const struct rollup_worker *worker, uint32_t rows)
{
  const struct rollup_runs *runs = &worker->pass->spec.runs;
  for (unsigned i = 0; i < runs->column_count; i++) {
    const uint16_t *codes = worker->codes[runs->columns[i]];
    uint16_t differ = 0;
    for (uint32_t k = 1; k < rows; k++)
      differ |= (uint16_t)(codes[k] ^ codes[0]);
    if (differ != 0)
      return false;
  }
  return true;
}

static uint32_t
run_of_row(const struct rollup_worker *worker, uint32_t row)
{
  const struct rollup_runs *runs = &worker->pass->spec.runs;
  uint16_t codes[RUN_COLUMNS];
  for (unsigned i = 0; i < runs->column_count; i++)
    codes[i] = worker->codes[runs->columns[i]][row];
  return run_find(worker->pass, codes);
}

static enum rollup_status
unknown_run(struct rollup_pass *pass)
{
  (void)pthread_mutex_lock(&pass->lock);
  pass->knowledge.ignore_runs = true;
  (void)pthread_mutex_unlock(&pass->lock);
  return pass_again(pass, "rows came from a part of the input that was not told");
}

/* A batch's rows of one run, copied together. */
struct gathered {
  struct rollup_batch batch;
  struct rollup_column *columns;
  uint16_t **codes;
  void **values;
  uint64_t **validity;
};

static void
gathered_free(struct gathered *gathered, unsigned columns)
{
  for (unsigned c = 0; c < columns; c++) {
    if (gathered->codes != NULL)
      free(gathered->codes[c]);
    if (gathered->values != NULL)
      free(gathered->values[c]);
    if (gathered->validity != NULL)
      free(gathered->validity[c]);
  }
  free(gathered->codes);
  free(gathered->values);
  free(gathered->validity);
  free(gathered->columns);
}

static bool
gathered_new(struct gathered *gathered, const struct rollup_pass *pass, uint32_t rows)
{
  unsigned count = pass->spec.column_count;
  *gathered = (struct gathered){.columns = calloc(count + 1, sizeof *gathered->columns),
                                .codes = calloc(count + 1, sizeof *gathered->codes),
                                .values = calloc(count + 1, sizeof *gathered->values),
                                .validity = calloc(count + 1, sizeof *gathered->validity)};
  bool done = gathered->columns != NULL && gathered->codes != NULL && gathered->values != NULL &&
              gathered->validity != NULL;
  for (unsigned c = 0; done && c < count; c++) {
    gathered->codes[c] = malloc(rows * sizeof **gathered->codes);
    gathered->values[c] = malloc((size_t)rows * rollup_type_bytes(pass->spec.columns[c]));
    gathered->validity[c] = malloc((rows + 63) / 64 * sizeof(uint64_t));
    done =
        gathered->codes[c] != NULL && gathered->values[c] != NULL && gathered->validity[c] != NULL;
  }
  if (!done)
    gathered_free(gathered, count);
  gathered->batch.columns = gathered->columns;
  return done;
}

static void
gather_column(struct gathered *gathered, const struct rollup_worker *worker,
              const struct rollup_batch *batch, unsigned c, const uint32_t *rows, uint32_t count)
{
  const struct rollup_column *column = &batch->columns[c];
  size_t bytes = rollup_type_bytes(worker->pass->spec.columns[c]);
  for (uint32_t i = 0; i < count; i++)
    memcpy((char *)gathered->values[c] + i * bytes, (const char *)column->values + rows[i] * bytes,
           bytes);
  for (uint32_t i = 0; worker->codes[c] != NULL && i < count; i++)
    gathered->codes[c][i] = worker->codes[c][rows[i]];
  gathered->columns[c] = (struct rollup_column){.values = gathered->values[c]};
  if (column->validity == NULL)
    return;
  memset(gathered->validity[c], 0, (count + 63) / 64 * sizeof(uint64_t));
  for (uint32_t i = 0; i < count; i++)
    if (rollup_is_valid(column, rows[i]))
      gathered->validity[c][i / 64] |= UINT64_C(1) << i % 64;
  gathered->columns[c].validity = gathered->validity[c];
}

/* rows are in order of their runs. */
static enum rollup_status
add_by_run(struct rollup_worker *worker, const struct rollup_batch *batch, const uint32_t *rows,
           const uint32_t *run_of, struct gathered *gathered)
{
  for (uint32_t first = 0, end; first < batch->rows; first = end) {
    uint32_t run = run_of[rows[first]];
    for (end = first + 1; end < batch->rows && run_of[rows[end]] == run; end++) {
    }
    gathered->batch.rows = end - first;
    for (unsigned c = 0; c < worker->pass->spec.column_count; c++)
      gather_column(gathered, worker, batch, c, rows + first, end - first);
    enum rollup_status status = worker_add_to_run(worker, run, &gathered->batch, gathered->codes);
    if (status != ROLLUP_DONE)
      return status;
  }
  return ROLLUP_DONE;
}

static int
compare_runs(const void *a, const void *b, void *user)
{
  const uint32_t *run_of = user;
  uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  if (run_of[left] != run_of[right])
    return run_of[left] < run_of[right] ? -1 : 1;
  return left < right ? -1 : left > right;
}

enum rollup_status
scatter_batch(struct rollup_worker *worker, const struct rollup_batch *batch)
{
  struct rollup_pass *pass = worker->pass;
  if (is_one_run(worker, batch->rows)) {
    uint32_t run = run_of_row(worker, 0);
    return run == NO_RUN ? unknown_run(pass) : worker_add_to_run(worker, run, batch, worker->codes);
  }
  uint32_t *run_of = malloc(batch->rows * sizeof *run_of);
  uint32_t *rows = malloc(batch->rows * sizeof *rows);
  struct gathered gathered = {0};
  enum rollup_status status = ROLLUP_DONE;
  if (run_of == NULL || rows == NULL || !gathered_new(&gathered, pass, batch->rows)) {
    free(run_of);
    free(rows);
    return pass_no_memory(pass);
  }
  for (uint32_t i = 0; i < batch->rows && status == ROLLUP_DONE; i++) {
    rows[i] = i;
    run_of[i] = run_of_row(worker, i);
    if (run_of[i] == NO_RUN)
      status = unknown_run(pass);
  }
  if (status == ROLLUP_DONE) {
    qsort_r(rows, batch->rows, sizeof *rows, compare_runs, run_of);
    status = add_by_run(worker, batch, rows, run_of, &gathered);
  }
  gathered_free(&gathered, pass->spec.column_count);
  free(run_of);
  free(rows);
  return status;
}
