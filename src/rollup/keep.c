/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/hash.h"
#include "rollup/kernel.h"
#include <stdlib.h>
#include <string.h>

#define RUNS_FREELY 16u

static enum rollup_status
find_no_more(struct rollup_pass *pass, const char *reason)
{
  atomic_store(&pass->knowledge.ignore_found, true);
  return pass_again(pass, "%s", reason);
}

/* Codes of the run columns, 16 bits each; false: they are the same in all rows, those of *keys. */
static bool
find_keys(const struct rollup_pass *pass, const struct piece *piece, uint64_t *keys)
{
  uint64_t constant = 0;
  const uint16_t *codes[FOUND_COLUMNS];
  unsigned shifts[FOUND_COLUMNS], count = 0;
  for (unsigned i = 0; i < pass->run_column_count; i++)
    for (unsigned slot = 0; slot < pass->layout.code_count; slot++) {
      if (pass->layout.codes[slot] != pass->run_columns[i])
        continue;
      if (!piece->varies[slot])
        constant |= (uint64_t)piece->constant[slot] << 16 * i;
      else {
        codes[count] = piece->codes[slot];
        shifts[count++] = 16 * i;
      }
    }
  for (uint32_t row = 0; row < (count == 0 ? 1 : piece->rows); row++)
    keys[row] = constant;
  for (unsigned c = 0; c < count; c++)
    for (uint32_t row = 0; row < piece->rows; row++)
      keys[row] |= (uint64_t)codes[c][row] << shifts[c];
  return count > 0;
}

static bool
grow_slots(struct found *found)
{
  uint32_t mask = found->mask == 0 ? 255 : found->mask * 2 + 1;
  uint32_t *slots = calloc((size_t)mask + 1, sizeof *slots);
  if (slots == NULL)
    return false;
  for (uint32_t run = 0; run < found->count; run++) {
    uint64_t at = hash_words(&found->keys[run], 1);
    while (slots[at & mask] != 0)
      at++;
    slots[at & mask] = run + 1;
  }
  free(found->slots);
  found->slots = slots;
  found->mask = mask;
  return true;
}

static bool
grow_runs(struct found *found)
{
  uint32_t capacity = found->capacity == 0 ? 256 : found->capacity * 2;
  uint64_t *keys = realloc(found->keys, capacity * sizeof *keys);
  found->keys = keys != NULL ? keys : found->keys;
  uint64_t *rows = realloc(found->rows, capacity * sizeof *rows);
  found->rows = rows != NULL ? rows : found->rows;
  if (keys == NULL || rows == NULL)
    return false;
  found->capacity = capacity;
  return true;
}

/* NO_RUN: out of memory. */
static uint32_t
find_run(struct found *found, uint64_t key)
{
  if (found->mask < found->count * UINT64_C(2) + 1 && !grow_slots(found))
    return NO_RUN;
  uint64_t at = hash_words(&key, 1);
  for (uint32_t slot; (slot = found->slots[at & found->mask]) != 0; at++)
    if (found->keys[slot - 1] == key)
      return slot - 1;
  if (found->count == found->capacity && !grow_runs(found))
    return NO_RUN;
  found->keys[found->count] = key;
  found->rows[found->count] = 0;
  found->slots[at & found->mask] = found->count + 1;
  return found->count++;
}

/* The run of each row; under the lock. */
static bool
number_rows(struct found *found, const uint64_t *keys, uint32_t rows, uint32_t *ret_runs)
{
  uint32_t run = NO_RUN;
  for (uint32_t i = 0; i < rows; i++) {
    if (i == 0 || keys[i] != keys[i - 1])
      run = find_run(found, keys[i]);
    if (run == NO_RUN)
      return false;
    ret_runs[i] = run;
  }
  return true;
}

/* More runs than are sensible for the rows that there will be. */
static bool
are_too_many(const struct rollup_pass *pass)
{
  uint64_t rows = atomic_load(&pass->rows);
  rows = rows > pass->spec.rows ? rows : pass->spec.rows;
  return pass->found.count > FOUND_RUNS_MOST ||
         pass->found.count > RUNS_FREELY + rows / FOUND_RUN_ROWS;
}

static int
code_slot(const struct rollup_pass *pass, unsigned column)
{
  for (unsigned slot = 0; slot < pass->layout.code_count; slot++)
    if (pass->layout.codes[slot] == column)
      return (int)slot;
  return -1;
}

/* Whether a column's values in these rows are one value that no other run has; under the lock. */
static bool
is_kept_to_runs(const struct rollup_pass *pass, unsigned column, const struct kept *kept)
{
  unsigned slot = (unsigned)code_slot(pass, column);
  uint32_t *owners = pass->local_run[column];
  for (uint32_t r = 0; r < kept->count; r++) {
    uint16_t code = piece_code(kept->piece, slot, kept->starts[r]);
    uint16_t differ = 0;
    for (uint32_t row = kept->starts[r]; kept->piece->varies[slot] && row < kept->starts[r + 1];
         row++)
      differ |= (uint16_t)(kept->piece->codes[slot][row] ^ code);
    if (differ != 0 || (owners[code] != 0 && owners[code] != kept->runs[r] + 1))
      return false;
    owners[code] = kept->runs[r] + 1;
  }
  return true;
}

/* All columns that are not kept to runs are told at once: each start is a scan of all rows. */
static enum rollup_status
check_watched(struct rollup_pass *pass, const struct kept *kept)
{
  int scattered = -1;
  for (unsigned u = 0; u < pass->unit_count; u++) {
    int column = pass->units[u].watched;
    if (column < 0)
      continue;
    (void)pthread_mutex_lock(&pass->found.lock);
    bool is_kept = is_kept_to_runs(pass, (unsigned)column, kept);
    pass->knowledge.columns[column].is_scattered |= !is_kept;
    (void)pthread_mutex_unlock(&pass->found.lock);
    if (!is_kept)
      scattered = column;
  }
  return scattered < 0
             ? ROLLUP_DONE
             : pass_again(pass, "a value of column %d is in more than one of the runs found",
                          scattered);
}

static struct kept *
kept_new(struct rollup_pass *pass, uint32_t runs)
{
  size_t bytes = sizeof(struct kept) + (2 * (size_t)runs + 1) * sizeof(uint32_t);
  struct kept *kept = budget_alloc(pass->spec.budget, bytes);
  if (kept == NULL)
    return NULL;
  kept->bytes = bytes;
  kept->count = runs;
  atomic_store(&kept->left, runs);
  kept->runs = (uint32_t *)(void *)(kept + 1);
  kept->starts = kept->runs + runs;
  return kept;
}

/* Adds the rows to their runs' counts, and takes the block over. */
static bool
register_kept(struct rollup_pass *pass, struct kept *kept)
{
  struct found *found = &pass->found;
  bool done = true;
  (void)pthread_mutex_lock(&found->lock);
  if (found->kept_count == found->kept_capacity) {
    uint32_t capacity = found->kept_capacity == 0 ? 64 : found->kept_capacity * 2;
    struct kept **all = realloc(found->kept, capacity * sizeof(struct kept *));
    done = all != NULL;
    found->kept = done ? all : found->kept;
    found->kept_capacity = done ? capacity : found->kept_capacity;
  }
  if (done)
    found->kept[found->kept_count++] = kept;
  for (uint32_t r = 0; done && r < kept->count; r++)
    found->rows[kept->runs[r]] += kept->starts[r + 1] - kept->starts[r];
  (void)pthread_mutex_unlock(&found->lock);
  return done;
}

/* Counts become the places of the runs' first rows, runs without rows are left out. NULL: out of memory. */
static struct kept *
list_runs(struct rollup_pass *pass, uint32_t *starts, uint32_t runs, uint32_t rows)
{
  uint32_t present = 0;
  for (uint32_t run = 0; run < runs; run++)
    present += starts[run] > 0;
  struct kept *kept = kept_new(pass, present);
  if (kept == NULL)
    return NULL;
  uint32_t at = 0, row = 0;
  for (uint32_t run = 0; run < runs; run++) {
    uint32_t count = starts[run];
    starts[run] = row;
    if (count == 0)
      continue;
    kept->runs[at] = run;
    kept->starts[at++] = row;
    row += count;
  }
  kept->starts[at] = rows;
  return kept;
}

/* The worker's rows copied in the order of their runs. NULL: out of memory. */
static struct kept *
sort_rows_by_run(struct rollup_worker *worker, uint32_t *run_of, uint32_t runs)
{
  struct rollup_pass *pass = worker->pass;
  const struct piece *piece = worker->current;
  if (!scratch_need(pass->spec.budget, &worker->run_starts, runs * sizeof(uint32_t)))
    return NULL;
  uint32_t *starts = worker->run_starts.data;
  memset(starts, 0, runs * sizeof *starts);
  for (uint32_t i = 0; i < piece->rows; i++)
    starts[run_of[i]]++;
  struct kept *kept = list_runs(pass, starts, runs, piece->rows);
  if (kept == NULL)
    return NULL;
  uint32_t *order = worker->run_keys.data; /* the keys are not needed any more */
  for (uint32_t i = 0; i < piece->rows; i++)
    order[starts[run_of[i]]++] = i;
  kept->piece = piece_new(pass->spec.budget, &pass->layout);
  if (kept->piece != NULL &&
      piece_gather(pass->spec.budget, &pass->layout, kept->piece, piece, order))
    return kept;
  piece_free(pass->spec.budget, kept->piece);
  budget_free(pass->spec.budget, kept, kept->bytes);
  return NULL;
}

/* All rows are of one run: they are kept as they are. */
static struct kept *
keep_whole(struct rollup_worker *worker, uint32_t run)
{
  struct kept *kept = kept_new(worker->pass, 1);
  if (kept == NULL)
    return NULL;
  kept->piece = worker->current;
  worker->current = NULL;
  kept->runs[0] = run;
  kept->starts[1] = kept->piece->rows;
  return kept;
}

enum rollup_status
keep_rows(struct rollup_worker *worker)
{
  struct rollup_pass *pass = worker->pass;
  struct found *found = &pass->found;
  uint32_t rows = worker->current->rows;
  if (!scratch_need(pass->spec.budget, &worker->run_keys, rows * sizeof(uint64_t)) ||
      !scratch_need(pass->spec.budget, &worker->run_of_row, rows * sizeof(uint32_t)))
    return pass_no_memory(pass);
  bool varies = find_keys(pass, worker->current, worker->run_keys.data);
  uint32_t *run_of = worker->run_of_row.data;
  (void)pthread_mutex_lock(&found->lock);
  bool numbered = number_rows(found, worker->run_keys.data, varies ? rows : 1, run_of);
  uint32_t runs = found->count;
  bool too_many = are_too_many(pass);
  (void)pthread_mutex_unlock(&found->lock);
  if (!numbered)
    return pass_no_memory(pass);
  if (too_many)
    return find_no_more(pass, "its rows are of too many runs to be kept by them");
  struct kept *kept =
      varies ? sort_rows_by_run(worker, run_of, runs) : keep_whole(worker, run_of[0]);
  if (kept == NULL)
    return pass_no_memory(pass);
  if (worker->current != NULL)
    piece_empty(&pass->layout, worker->current);
  if (register_kept(pass, kept))
    return check_watched(pass, kept);
  piece_free(pass->spec.budget, kept->piece);
  budget_free(pass->spec.budget, kept, kept->bytes);
  return pass_no_memory(pass);
}
