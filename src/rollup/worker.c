/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/cut.h"
#include "rollup/ranges.h"
#include "rollup/words.h"
#include <stdlib.h>
#include <string.h>

#define SLICE_ROWS 16384u
#define LOOK_ROWS  (CUT_ROWS / 4)

bool
scratch_need(struct rollup_budget *budget, struct scratch *scratch, size_t bytes)
{
  if (bytes <= scratch->bytes)
    return true;
  size_t grown = bytes + bytes / 2;
  budget_free(budget, scratch->data, scratch->bytes);
  scratch->data = budget_alloc(budget, grown);
  scratch->bytes = scratch->data == NULL ? 0 : grown;
  return scratch->data != NULL;
}

enum rollup_status
worker_make_ready(struct rollup_worker *worker, const struct rollup_batch *batch)
{
  struct rollup_pass *pass = worker->pass;
  (void)pthread_mutex_lock(&pass->lock);
  enum rollup_status status = (enum rollup_status)atomic_load(&pass->status);
  if (status == ROLLUP_DONE && !pass->is_laid_out)
    status = pass_lay_out(pass, batch);
  (void)pthread_mutex_unlock(&pass->lock);
  if (status != ROLLUP_DONE)
    return status;
  worker->memos = calloc(pass->spec.column_count + 1, sizeof *worker->memos);
  worker->codes = calloc(pass->spec.column_count + 1, sizeof *worker->codes);
  worker->cells = calloc(pass->unit_count + 1, sizeof *worker->cells);
  worker->open = calloc(pass->run_count + 1, sizeof *worker->open);
  unsigned measures = 1;
  for (unsigned f = 0; f < pass->family_count; f++)
    measures =
        pass->families[f].measure_count > measures ? pass->families[f].measure_count : measures;
  worker->measure_capacity = measures;
  worker->measures = calloc(measures, sizeof *worker->measures);
  worker->combo_measures = calloc(measures, sizeof *worker->combo_measures);
  worker->groups = calloc(pass->unit_count + 1, sizeof *worker->groups);
  worker->grouping.elements = calloc(measures, sizeof(void *));
  worker->grouping.combo_elements = calloc(measures, sizeof(void *));
  worker->sort.budget = pass->spec.budget;
  if (worker->memos == NULL || worker->codes == NULL || worker->cells == NULL ||
      worker->open == NULL || worker->measures == NULL || worker->combo_measures == NULL ||
      worker->groups == NULL || worker->grouping.elements == NULL ||
      worker->grouping.combo_elements == NULL)
    return pass_no_memory(pass);
  for (unsigned u = 0; u < pass->unit_count; u++) {
    unsigned count = pass->units[u].aggregate_count + 1;
    worker->groups[u].folded = calloc(count, sizeof *worker->groups[u].folded);
    worker->groups[u].elements = calloc(count, sizeof *worker->groups[u].elements);
    if (worker->groups[u].folded == NULL || worker->groups[u].elements == NULL)
      return pass_no_memory(pass);
  }
  for (unsigned i = 0; i < pass->layout.code_count; i++) {
    unsigned column = pass->layout.codes[i];
    worker->memos[column] = dictionary_memo_new(pass->dictionaries[column]);
    if (worker->memos[column] == NULL)
      return pass_no_memory(pass);
  }
  worker->is_ready = true;
  return ROLLUP_DONE;
}

static bool
reserve_codes(struct rollup_worker *worker, uint32_t rows)
{
  if (rows <= worker->batch_capacity)
    return true;
  const struct piece_layout *layout = &worker->pass->layout;
  for (unsigned i = 0; i < layout->code_count; i++) {
    uint16_t **codes = &worker->codes[layout->codes[i]];
    free(*codes);
    *codes = malloc(rows * sizeof **codes);
    if (*codes == NULL)
      return false;
  }
  worker->batch_capacity = rows;
  return true;
}

/* Words for the texts of a batch, and for longer ones that may come. Under the pass's lock. */
static void
learn_words(struct rollup_pass *pass, unsigned column, const struct rollup_batch *batch)
{
  struct column_knowledge *known = &pass->knowledge.columns[column];
  enum rollup_type type = pass->spec.columns[column];
  uint32_t longest = words_longest(type, &batch->columns[column], batch->rows);
  unsigned words = words_of_type(type, longest + longest / 2);
  if (words == 0)
    words = words_of_type(type, longest);
  known->is_too_long |= words == 0;
  known->words = known->is_too_long ? 0 : words > known->words ? words : known->words;
}

/* A column that has too many values for a small one becomes large, if it may. The first batch, seen again, may know nothing of texts as
 * long as these. */
static enum rollup_status
column_is_full(struct rollup_pass *pass, unsigned column, const struct rollup_batch *batch)
{
  for (unsigned i = 0; !pass->knowledge.ignore_runs && i < pass->spec.runs.column_count; i++)
    if (pass->spec.runs.columns[i] == column) {
      (void)pthread_mutex_lock(&pass->lock);
      pass->knowledge.ignore_runs = true;
      (void)pthread_mutex_unlock(&pass->lock);
      return pass_again(pass, "a column that cuts the input has more values than were told");
    }
  (void)pthread_mutex_lock(&pass->lock);
  pass->knowledge.columns[column].is_large = true;
  learn_words(pass, column, batch);
  (void)pthread_mutex_unlock(&pass->lock);
  return pass_again(pass, "column %u has more than %u values", column, SMALL_VALUES);
}

static enum rollup_status
find_codes(struct rollup_worker *worker, const struct rollup_batch *batch)
{
  struct rollup_pass *pass = worker->pass;
  if (!reserve_codes(worker, batch->rows))
    return pass_no_memory(pass);
  for (unsigned i = 0; i < pass->layout.code_count; i++) {
    unsigned column = pass->layout.codes[i];
    enum dictionary_status status = dictionary_codes(worker->memos[column], &batch->columns[column],
                                                     batch->rows, worker->codes[column]);
    if (status == DICTIONARY_NO_MEMORY)
      return pass_no_memory(pass);
    if (status == DICTIONARY_FULL)
      return column_is_full(pass, column, batch);
  }
  return ROLLUP_DONE;
}

/* The worker's piece of a run; the run keeps a list of all workers' pieces. */
static struct piece *
open_piece(struct rollup_worker *worker, uint32_t run)
{
  struct rollup_pass *pass = worker->pass;
  if (run == NO_RUN) {
    if (worker->current == NULL)
      worker->current = piece_take(pass);
    return worker->current;
  }
  if (worker->open[run] != NULL)
    return worker->open[run];
  struct piece *piece = piece_take(pass);
  if (piece == NULL)
    return NULL;
  worker->open[run] = piece;
  (void)pthread_mutex_lock(&pass->lock);
  piece->next = pass->runs[run].pieces;
  pass->runs[run].pieces = piece;
  (void)pthread_mutex_unlock(&pass->lock);
  return piece;
}

static enum rollup_status
append(struct rollup_worker *worker, struct piece *piece, const struct rollup_batch *batch,
       uint16_t *const *codes)
{
  struct rollup_pass *pass = worker->pass;
  unsigned column = 0;
  switch (piece_append(pass->spec.budget, &pass->layout, piece, batch, codes, &column)) {
  case PIECE_OK:
    break;
  case PIECE_NO_MEMORY:
    return pass_no_memory(pass);
  case PIECE_TEXT_TOO_LONG:
    (void)pthread_mutex_lock(&pass->lock);
    learn_words(pass, column, batch);
    (void)pthread_mutex_unlock(&pass->lock);
    return pass_again(pass, "a text of column %u is longer than those before", column);
  }
  return ROLLUP_DONE;
}

/* Rows are claimed before they are kept and counted afterwards: when a run's count is full, none of its pieces is being
 * written, also when more rows come than were told. */
static enum rollup_status
claim_rows(struct rollup_pass *pass, uint32_t run, uint32_t rows)
{
  struct run *at = &pass->runs[run];
  if (atomic_fetch_add(&at->claimed, rows) + rows <= at->rows)
    return ROLLUP_DONE;
  (void)pthread_mutex_lock(&pass->lock);
  pass->knowledge.ignore_runs = true;
  (void)pthread_mutex_unlock(&pass->lock);
  return pass_again(pass, "a part of the input has more rows than were told");
}

/* The worker that brought the last row of a run groups it, or sees to it that it is grouped by all. */
static enum rollup_status
count_rows(struct rollup_worker *worker, uint32_t run, uint32_t rows)
{
  struct rollup_pass *pass = worker->pass;
  struct run *at = &pass->runs[run];
  if (atomic_fetch_add(&at->have, rows) + rows < at->rows)
    return ROLLUP_DONE;
  (void)pthread_mutex_lock(&pass->lock);
  struct piece *list = at->pieces;
  at->pieces = NULL;
  (void)pthread_mutex_unlock(&pass->lock);
  const struct place place = {.run = run, .parts = 1};
  if (run_is_large(pass, at->rows)) {
    struct cut *cut = cut_of_pieces(pass, list, &place, 0);
    if (cut == NULL)
      return pass_no_memory(pass);
    cuts_add(pass, cut);
    return ROLLUP_DONE;
  }
  struct piece *whole = pieces_join(pass, list);
  if (whole == NULL)
    return pass_no_memory(pass);
  enum rollup_status status = group_run(worker, whole, &place);
  piece_put_back(pass, whole);
  atomic_fetch_add(&pass->rows_grouped, at->rows);
  return status;
}

/* The worker's piece is empty again, or given away. */
static enum rollup_status
end_piece(struct rollup_worker *worker)
{
  if (worker->pass->found.is_on)
    return keep_rows(worker);
  const struct place place = {.run = NO_RUN, .parts = 1};
  enum rollup_status status = group_run(worker, worker->current, &place);
  piece_empty(&worker->pass->layout, worker->current);
  return status;
}

/* Rows of no known end are grouped as soon as there are enough of them to be worth it. */
static enum rollup_status
add_to_cut_run(struct rollup_worker *worker, const struct rollup_batch *batch,
               uint16_t *const *codes)
{
  struct piece *piece = open_piece(worker, NO_RUN);
  if (piece == NULL)
    return pass_no_memory(worker->pass);
  if (piece->rows > 0 && piece->rows + batch->rows > CUT_ROWS) {
    enum rollup_status status = end_piece(worker);
    if (status != ROLLUP_DONE)
      return status;
    piece = open_piece(worker, NO_RUN);
    if (piece == NULL)
      return pass_no_memory(worker->pass);
  }
  enum rollup_status status = append(worker, piece, batch, codes);
  if (status != ROLLUP_DONE || worker->has_looked || piece->rows < LOOK_ROWS ||
      worker->pass->found.is_on)
    return status;
  worker->has_looked = true;
  return combos_look(worker, piece, CUT_ROWS);
}

enum rollup_status
worker_add_to_run(struct rollup_worker *worker, uint32_t run, const struct rollup_batch *batch,
                  uint16_t *const *codes)
{
  if (worker->pass->run_count == 0)
    return add_to_cut_run(worker, batch, codes);
  enum rollup_status status = claim_rows(worker->pass, run, batch->rows);
  if (status != ROLLUP_DONE)
    return status;
  struct piece *piece = open_piece(worker, run);
  if (piece != NULL && piece->rows > 0 && piece->rows + batch->rows > CUT_ROWS &&
      run_is_large(worker->pass, worker->pass->runs[run].rows)) {
    worker->open[run] = NULL; /* it stays in the run's list */
    piece = open_piece(worker, run);
  }
  if (piece == NULL)
    return pass_no_memory(worker->pass);
  status = append(worker, piece, batch, codes);
  return status != ROLLUP_DONE ? status : count_rows(worker, run, batch->rows);
}

/* One that is finished, with its memory. */
static struct rollup_worker *
use_again(struct rollup_pass *pass)
{
  (void)pthread_mutex_lock(&pass->lock);
  unsigned w = 0;
  while (w < pass->worker_count && !pass->workers[w]->is_finished)
    w++;
  struct rollup_worker *worker = w < pass->worker_count ? pass->workers[w] : NULL;
  if (worker != NULL)
    worker->is_finished = false;
  (void)pthread_mutex_unlock(&pass->lock);
  return worker;
}

struct rollup_worker *
rollup_worker_new(struct rollup_pass *pass)
{
  struct rollup_worker *used = use_again(pass);
  if (used != NULL)
    return used;
  struct rollup_worker *worker = calloc(1, sizeof *worker);
  if (worker == NULL) {
    (void)pass_no_memory(pass);
    return NULL;
  }
  worker->pass = pass;
  (void)pthread_mutex_lock(&pass->lock);
  struct rollup_worker **workers =
      realloc(pass->workers, (pass->worker_count + 1) * sizeof(struct rollup_worker *));
  if (workers != NULL) {
    pass->workers = workers;
    worker->number = pass->worker_count;
    workers[pass->worker_count++] = worker;
  }
  (void)pthread_mutex_unlock(&pass->lock);
  if (workers != NULL)
    return worker;
  free(worker);
  (void)pass_no_memory(pass);
  return NULL;
}

static enum rollup_status
add_slice(struct rollup_worker *worker, const struct rollup_batch *batch)
{
  struct rollup_pass *pass = worker->pass;
  enum rollup_status status = find_codes(worker, batch);
  if (status != ROLLUP_DONE)
    return status;
  atomic_fetch_add(&pass->rows, batch->rows);
  if (pass->run_count == 0)
    return worker_add_to_run(worker, NO_RUN, batch, worker->codes);
  return scatter_batch(worker, batch);
}

/* Rows [first, first + rows) of a batch; first is a multiple of 64. */
static void
slice(const struct rollup_pass *pass, const struct rollup_batch *batch, uint32_t first,
      struct rollup_column *ret_columns)
{
  for (unsigned c = 0; c < pass->spec.column_count; c++) {
    const struct rollup_column *column = &batch->columns[c];
    size_t bytes = rollup_type_bytes(pass->spec.columns[c]);
    ret_columns[c].values = (const char *)column->values + first * bytes;
    ret_columns[c].validity = column->validity == NULL ? NULL : column->validity + first / 64;
  }
}

/* Batches of any size are taken in slices that fit a cut run. */
enum rollup_status
rollup_worker_add(struct rollup_worker *worker, const struct rollup_batch *batch)
{
  struct rollup_pass *pass = worker->pass;
  enum rollup_status status = (enum rollup_status)atomic_load(&pass->status);
  if (status != ROLLUP_DONE || batch->rows == 0)
    return status;
  if (!worker->is_ready && (status = worker_make_ready(worker, batch)) != ROLLUP_DONE)
    return status;
  if (atomic_load(&pass->cuts.open) > 0 && (status = cuts_help(worker)) != ROLLUP_DONE)
    return status;
  if (batch->rows <= SLICE_ROWS)
    return add_slice(worker, batch);
  struct rollup_column columns[COLUMNS_MOST];
  for (uint32_t first = 0; first < batch->rows && status == ROLLUP_DONE; first += SLICE_ROWS) {
    uint32_t rows = batch->rows - first < SLICE_ROWS ? batch->rows - first : SLICE_ROWS;
    slice(pass, batch, first, columns);
    status = add_slice(worker, &(struct rollup_batch){.rows = rows, .columns = columns});
  }
  return status;
}

enum rollup_status
rollup_worker_finish(struct rollup_worker *worker)
{
  struct rollup_pass *pass = worker->pass;
  enum rollup_status status = (enum rollup_status)atomic_load(&pass->status);
  if (status == ROLLUP_DONE && worker->current != NULL && worker->current->rows > 0)
    status = end_piece(worker);
  if (worker->is_ready && pass->found.is_on) {
    piece_free(pass->spec.budget, worker->current);
    worker->current = NULL;
  }
  (void)pthread_mutex_lock(&pass->lock);
  worker->is_finished = true;
  (void)pthread_mutex_unlock(&pass->lock);
  return status;
}

static void
free_scratch(struct rollup_budget *budget, struct scratch *scratch)
{
  budget_free(budget, scratch->data, scratch->bytes);
  *scratch = (struct scratch){0};
}

static void
free_groups(struct rollup_budget *budget, struct unit_groups *groups, unsigned aggregates)
{
  free_scratch(budget, &groups->segment_group);
  free_scratch(budget, &groups->entity);
  free_scratch(budget, &groups->combo);
  free_scratch(budget, &groups->marks);
  free_scratch(budget, &groups->emitted);
  for (unsigned a = 0; groups->folded != NULL && a <= aggregates; a++)
    free_scratch(budget, &groups->folded[a]);
  free(groups->folded);
  free(groups->elements);
}

static void
free_arrays(struct rollup_worker *worker)
{
  struct rollup_pass *pass = worker->pass;
  struct rollup_budget *budget = pass->spec.budget;
  for (unsigned c = 0; c < pass->spec.column_count; c++) {
    if (worker->memos != NULL && worker->memos[c] != NULL)
      dictionary_memo_free(worker->memos[c]);
    if (worker->codes != NULL)
      free(worker->codes[c]);
  }
  for (unsigned i = 0; i < worker->measure_capacity; i++) {
    if (worker->measures != NULL)
      free_scratch(budget, &worker->measures[i]);
    if (worker->combo_measures != NULL)
      free_scratch(budget, &worker->combo_measures[i]);
  }
  free(worker->memos);
  free(worker->codes);
  free(worker->measures);
  free(worker->combo_measures);
  for (unsigned u = 0; worker->groups != NULL && u < pass->unit_count; u++)
    free_groups(budget, &worker->groups[u], pass->units[u].aggregate_count);
  free(worker->groups);
  free(worker->grouping.elements);
  free(worker->grouping.combo_elements);
}

void
worker_free(struct rollup_worker *worker)
{
  struct rollup_budget *budget = worker->pass->spec.budget;
  free_arrays(worker);
  for (unsigned u = 0; worker->cells != NULL && u < worker->pass->unit_count; u++)
    unit_free_cells(&worker->pass->units[u], worker->cells[u]);
  free(worker->cells);
  free(worker->open);
  piece_free(budget, worker->current);
  piece_free(budget, worker->range);
  sort_scratch_clear(&worker->sort);
  struct scratch *scratches[] = {SCRATCHES_OF(worker)};
  for (unsigned i = 0; i < sizeof scratches / sizeof scratches[0]; i++)
    free_scratch(budget, scratches[i]);
  free(worker);
}
