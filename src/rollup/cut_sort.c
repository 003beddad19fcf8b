/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/cut.h"
#include "rollup/radix.h"
#include "rollup/ranges.h"
#include <string.h>

static const struct piece_words *
words_of_column(const struct rollup_pass *pass)
{
  const struct piece_words *words = pass->layout.words;
  while (words->column != (unsigned)pass->range_column)
    words++;
  return words;
}

static void
look_at_bits(const struct piece *piece, unsigned slot, uint64_t *ones, uint64_t *zeros)
{
  const uint64_t *words = piece->words[slot];
  for (uint32_t i = 0; i < piece->rows; i++) {
    *ones |= words[i];
    *zeros |= ~words[i];
  }
}

void
cut_vary(const struct rollup_pass *pass, struct cut *cut, uint32_t item)
{
  const struct piece_words *words = words_of_column(pass);
  for (unsigned w = 0; w < words->count; w++) {
    uint64_t ones = 0, zeros = 0;
    look_at_bits(cut->pieces[item], words->first + w, &ones, &zeros);
    atomic_fetch_or(&cut->ones[w], ones);
    atomic_fetch_or(&cut->zeros[w], zeros);
  }
}

/* A row's prefix is made of the first bits that vary. */
bool
cut_choose_prefix(const struct rollup_pass *pass, struct cut *cut)
{
  const struct piece_words *words = words_of_column(pass);
  unsigned room = PREFIX_BITS;
  for (unsigned w = 0; w < words->count && room > 0; w++) {
    uint64_t vary = atomic_load(&cut->ones[w]) & atomic_load(&cut->zeros[w]);
    uint64_t mask = radix_leading_bits(vary, room);
    if (mask == 0)
      continue;
    cut->slots[cut->mask_count] = words->first + w;
    cut->masks[cut->mask_count++] = mask;
    room -= (unsigned)__builtin_popcountll(mask);
  }
  return cut->mask_count > 0;
}

/* In worker->run_keys. NULL: out of memory. */
static const uint64_t *
find_prefixes(struct rollup_worker *worker, const struct cut *cut, const struct piece *piece)
{
  const struct rollup_pass *pass = worker->pass;
  if (!scratch_need(pass->spec.budget, &worker->run_keys, piece->rows * sizeof(uint64_t)))
    return NULL;
  uint64_t *prefixes = worker->run_keys.data;
  for (unsigned i = 0; i < cut->mask_count; i++)
    radix_append_bits(prefixes, piece->words[cut->slots[i]], cut->masks[i], NULL, piece->rows,
                      i == 0, pass->spec.plain);
  return prefixes;
}

/* What another thread has used, or a new one. NULL: out of memory. */
static struct histogram *
take_histogram(struct rollup_pass *pass, struct cut *cut)
{
  (void)pthread_mutex_lock(&pass->cuts.lock);
  struct histogram *histogram = cut->histograms;
  if (histogram != NULL)
    cut->histograms = histogram->next;
  (void)pthread_mutex_unlock(&pass->cuts.lock);
  return histogram != NULL ? histogram : budget_alloc(pass->spec.budget, sizeof *histogram);
}

static void
put_histogram(struct rollup_pass *pass, struct cut *cut, struct histogram *histogram)
{
  (void)pthread_mutex_lock(&pass->cuts.lock);
  histogram->next = cut->histograms;
  cut->histograms = histogram;
  (void)pthread_mutex_unlock(&pass->cuts.lock);
}

bool
cut_count(struct rollup_worker *worker, struct cut *cut, uint32_t item)
{
  const struct piece *piece = cut->pieces[item];
  const uint64_t *prefixes = find_prefixes(worker, cut, piece);
  struct histogram *histogram = prefixes == NULL ? NULL : take_histogram(worker->pass, cut);
  if (histogram == NULL)
    return false;
  for (uint32_t i = 0; i < piece->rows; i++)
    histogram->rows[prefixes[i]]++;
  put_histogram(worker->pass, cut, histogram);
  return true;
}

static void
add_up_histograms(struct rollup_pass *pass, struct cut *cut)
{
  struct histogram *sum = cut->histograms;
  for (struct histogram *other; (other = sum->next) != NULL;) {
    for (uint32_t prefix = 0; prefix < PREFIXES; prefix++)
      sum->rows[prefix] += other->rows[prefix];
    sum->next = other->next;
    budget_free(pass->spec.budget, other, sizeof *other);
  }
}

/* About as many rows in each range. */
bool
cut_choose_ranges(struct rollup_pass *pass, struct cut *cut)
{
  add_up_histograms(pass, cut);
  uint64_t ranges = (cut->rows + RANGE_ROWS - 1) / RANGE_ROWS, before = 0;
  ranges = ranges < RANGES_MOST ? ranges : RANGES_MOST;
  uint32_t *range_of = cut->histograms->rows;
  for (uint32_t prefix = 0; prefix < PREFIXES; prefix++) {
    uint32_t rows = range_of[prefix];
    range_of[prefix] = (uint32_t)((before + rows / 2) * ranges / cut->rows);
    before += rows;
  }
  size_t bytes = (size_t)cut->piece_count * (ranges + 1) * sizeof *cut->starts;
  cut->starts = budget_alloc(pass->spec.budget, bytes);
  cut->range_count = cut->starts == NULL ? 0 : (uint32_t)ranges;
  return cut->starts != NULL;
}

uint32_t *
cut_starts(const struct cut *cut, uint32_t piece)
{
  return cut->starts + (size_t)piece * (cut->range_count + 1);
}

/* Rows of a piece into another in the order of their ranges. */
static bool
sort_piece(struct rollup_worker *worker, const struct cut *cut, const struct piece *from,
           struct piece *to, uint32_t *starts)
{
  struct rollup_budget *budget = worker->pass->spec.budget;
  const uint64_t *prefixes = find_prefixes(worker, cut, from);
  if (prefixes == NULL || !scratch_need(budget, &worker->run_of_row, from->rows * sizeof(uint32_t)))
    return false;
  const uint32_t *range_of = cut->histograms->rows;
  uint32_t *order = worker->run_of_row.data, next[RANGES_MOST];
  for (uint32_t i = 0; i < from->rows; i++)
    starts[range_of[prefixes[i]] + 1]++;
  for (uint32_t r = 0; r < cut->range_count; r++) {
    next[r] = starts[r];
    starts[r + 1] += starts[r];
  }
  for (uint32_t i = 0; i < from->rows; i++)
    order[next[range_of[prefixes[i]]]++] = i;
  return piece_gather(budget, &worker->pass->layout, to, from, order);
}

/* What another piece's rows have been moved from, or an empty one. NULL: out of memory. */
static struct piece *
take_spare(struct rollup_pass *pass, struct cut *cut)
{
  struct piece *piece = piece_pop(&pass->cuts.lock, &cut->spare);
  if (piece == NULL)
    return piece_take(pass);
  piece_empty(&pass->layout, piece);
  return piece;
}

bool
cut_sort(struct rollup_worker *worker, struct cut *cut, uint32_t item)
{
  struct rollup_pass *pass = worker->pass;
  struct piece *from = cut->pieces[item], *to = take_spare(pass, cut);
  if (to == NULL)
    return false;
  bool done = sort_piece(worker, cut, from, to, cut_starts(cut, item));
  if (done)
    cut->pieces[item] = to;
  piece_push(&pass->cuts.lock, &cut->spare, done ? from : to);
  return done;
}

/* Nothing is sorted any more. */
void
cut_list_parts(struct cut *cut)
{
  for (uint32_t range = 0; range < cut->range_count; range++) {
    bool has_rows = false;
    for (uint32_t p = 0; p < cut->piece_count && !has_rows; p++)
      has_rows = cut_starts(cut, p)[range + 1] > cut_starts(cut, p)[range];
    if (has_rows)
      cut->parts[cut->part_count++] = range;
  }
}

void
cut_narrow_words(const struct piece_layout *layout, struct piece *piece)
{
  for (unsigned slot = 0; slot < layout->word_slots; slot++) {
    uint64_t ones = 0, zeros = 0;
    look_at_bits(piece, slot, &ones, &zeros);
    piece->first_word[slot] = piece->words[slot][0];
    piece->vary[slot] = ones & zeros;
  }
}
