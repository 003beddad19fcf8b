/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/ranges.h"
#include "rollup/radix.h"
#include <string.h>

/* What grouping a run needs is some 300 bytes a row, and its loops are fast while a run is in the cache. A large run is therefore
 * cut into ranges of its entities, in order, each of which is grouped like a run. No group has rows in two of them, so it makes no
 * difference to any rollup. Where a run is cut depends on its rows alone, not on how threads came by them. */

#define PREFIX_BITS 16u
#define PREFIXES    (1u << PREFIX_BITS)
#define RANGES_MOST 64u /* at a time: a range that holds too many rows is cut again */
#define DEPTH_MOST  8u
#define SAMPLE_ROWS 8192u

static bool
has_column(const struct family *family, unsigned column)
{
  for (unsigned i = 0; i < family->entity_count; i++)
    if (family->entity[i] == column)
      return true;
  return false;
}

/* All families must find their entities whole in a range, and streams theirs in order. */
static bool
fits_all(const struct rollup_pass *pass, unsigned column)
{
  for (unsigned f = 0; f < pass->family_count; f++) {
    const struct family *family = &pass->families[f];
    if (family->rider_count == 0 || family->entity_count == 0)
      continue;
    if (!has_column(family, column) || (family->streams && family->entity[0] != column))
      return false;
  }
  return true;
}

void
ranges_choose(struct rollup_pass *pass)
{
  pass->range_column = -1;
  for (unsigned f = 0; f < pass->family_count; f++) {
    const struct family *family = &pass->families[f];
    bool has_entity = family->rider_count > 0 && family->entity_count > 0;
    if (has_entity && (pass->range_column < 0 || family->streams))
      pass->range_column = (int)family->entity[0];
  }
  pass->has_ranges = pass->range_column < 0 || fits_all(pass, (unsigned)pass->range_column);
}

bool
run_is_large(const struct rollup_pass *pass, uint64_t rows)
{
  return pass->has_ranges && rows > LARGE_RUN_ROWS;
}

/* A run, or a range of it that is cut again. */
struct cut {
  struct rollup_worker *worker;
  struct piece *list; /* its rows */
  uint32_t run, piece_count, range_count;
  bool more; /* other rows of the run follow */
  unsigned depth;
  uint64_t rows;
  unsigned slots[PREFIX_BITS]; /* of the words that tell ranges apart, and which of their bits do */
  uint64_t masks[PREFIX_BITS];
  unsigned mask_count;
  uint32_t *starts; /* by piece and range: its rows, when they are in order of their ranges */
  size_t starts_bytes;
};

static const struct piece_words *
words_of(const struct piece_layout *layout, unsigned column)
{
  const struct piece_words *words = layout->words;
  while (words->column != column)
    words++;
  return words;
}

static uint64_t
bits_that_vary(const struct piece *list, unsigned slot)
{
  uint64_t first = list->words[slot][0], vary = 0;
  for (const struct piece *piece = list; piece != NULL; piece = piece->next)
    for (uint32_t i = 0; i < piece->rows; i++)
      vary |= piece->words[slot][i] ^ first;
  return vary;
}

/* A row's prefix is made of the first bits that vary. False: none does. */
static bool
choose_prefix(struct cut *cut)
{
  const struct rollup_pass *pass = cut->worker->pass;
  const struct piece_words *words = words_of(&pass->layout, (unsigned)pass->range_column);
  unsigned room = PREFIX_BITS;
  for (unsigned w = 0; w < words->count && room > 0; w++) {
    uint64_t mask = radix_leading_bits(bits_that_vary(cut->list, words->first + w), room);
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
find_prefixes(const struct cut *cut, const struct piece *piece)
{
  struct rollup_worker *worker = cut->worker;
  const struct rollup_pass *pass = worker->pass;
  if (!scratch_need(pass->spec.budget, &worker->run_keys, piece->rows * sizeof(uint64_t)))
    return NULL;
  uint64_t *prefixes = worker->run_keys.data;
  for (unsigned i = 0; i < cut->mask_count; i++)
    radix_append_bits(prefixes, piece->words[cut->slots[i]], cut->masks[i], NULL, piece->rows,
                      i == 0, pass->spec.plain);
  return prefixes;
}

/* The range of each prefix, in worker->range_of: about as many rows in each range. */
static bool
choose_ranges(struct cut *cut)
{
  struct rollup_worker *worker = cut->worker;
  if (!scratch_need(worker->pass->spec.budget, &worker->range_of, PREFIXES * sizeof(uint32_t)))
    return false;
  uint32_t *range_of = worker->range_of.data;
  memset(range_of, 0, PREFIXES * sizeof *range_of);
  for (const struct piece *piece = cut->list; piece != NULL; piece = piece->next) {
    const uint64_t *prefixes = find_prefixes(cut, piece);
    if (prefixes == NULL)
      return false;
    for (uint32_t i = 0; i < piece->rows; i++)
      range_of[prefixes[i]]++;
  }
  uint64_t ranges = (cut->rows + RANGE_ROWS - 1) / RANGE_ROWS, before = 0;
  ranges = ranges < RANGES_MOST ? ranges : RANGES_MOST;
  cut->range_count = (uint32_t)ranges;
  for (uint32_t prefix = 0; prefix < PREFIXES; prefix++) {
    uint32_t rows = range_of[prefix];
    range_of[prefix] = (uint32_t)((before + rows / 2) * ranges / cut->rows);
    before += rows;
  }
  return true;
}

/* Rows of a piece into another in the order of their ranges; starts: where each range begins, and the end. */
static bool
sort_piece(const struct cut *cut, const struct piece *from, struct piece *to, uint32_t *starts)
{
  struct rollup_worker *worker = cut->worker;
  struct rollup_budget *budget = worker->pass->spec.budget;
  const uint64_t *prefixes = find_prefixes(cut, from);
  if (prefixes == NULL || !scratch_need(budget, &worker->run_of_row, from->rows * sizeof(uint32_t)))
    return false;
  const uint32_t *range_of = worker->range_of.data;
  uint32_t *order = worker->run_of_row.data, next[RANGES_MOST];
  memset(starts, 0, (cut->range_count + 1) * sizeof *starts);
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

/* Each piece is copied into the one before it. */
static bool
sort_pieces(struct cut *cut)
{
  struct rollup_pass *pass = cut->worker->pass;
  cut->starts_bytes = (size_t)cut->piece_count * (cut->range_count + 1) * sizeof *cut->starts;
  cut->starts = budget_alloc(pass->spec.budget, cut->starts_bytes);
  struct piece *empty = cut->starts == NULL ? NULL : piece_take(pass);
  uint32_t *starts = cut->starts;
  bool done = empty != NULL;
  for (struct piece **at = &cut->list; done && *at != NULL; at = &(*at)->next) {
    struct piece *from = *at;
    done = sort_piece(cut, from, empty, starts);
    if (!done)
      break;
    starts += cut->range_count + 1;
    empty->next = from->next;
    *at = empty;
    empty = from;
    piece_empty(&pass->layout, empty);
  }
  if (empty != NULL)
    piece_put_back(pass, empty);
  return done;
}

static uint64_t
rows_of_range(const struct cut *cut, uint32_t range)
{
  uint64_t rows = 0;
  for (uint32_t p = 0; p < cut->piece_count; p++) {
    const uint32_t *starts = cut->starts + (size_t)p * (cut->range_count + 1) + range;
    rows += starts[1] - starts[0];
  }
  return rows;
}

/* A range's rows. False: out of memory. */
static bool
collect_range(const struct cut *cut, uint32_t range, struct piece **list)
{
  const uint32_t *starts = cut->starts + range;
  for (const struct piece *from = cut->list; from != NULL; from = from->next) {
    uint32_t rows = starts[1] - starts[0];
    if (rows > 0 && !pieces_append(cut->worker->pass, list, from, starts[0], rows))
      return false;
    starts += cut->range_count + 1;
  }
  return true;
}

/* The same in the worker's piece, which is kept for the next range. */
static bool
gather_range(const struct cut *cut, uint32_t range, uint64_t rows)
{
  struct rollup_worker *worker = cut->worker;
  struct rollup_pass *pass = worker->pass;
  if (worker->range == NULL && (worker->range = piece_take(pass)) == NULL)
    return false;
  piece_empty(&pass->layout, worker->range);
  if (!piece_reserve(pass->spec.budget, &pass->layout, worker->range, rows))
    return false;
  const uint32_t *starts = cut->starts + range;
  for (const struct piece *from = cut->list; from != NULL; from = from->next) {
    if (starts[1] > starts[0])
      piece_join_slice(&pass->layout, worker->range, from, starts[0], starts[1] - starts[0]);
    starts += cut->range_count + 1;
  }
  return true;
}

/* Fewer bits vary in a range than in the run: that makes sorting it cheaper. */
static void
narrow_words(const struct piece_layout *layout, struct piece *piece)
{
  for (unsigned slot = 0; slot < layout->word_slots; slot++) {
    piece->first_word[slot] = piece->words[slot][0];
    piece->vary[slot] = bits_that_vary(piece, slot);
  }
}

/* Rows from all over the run, in the worker's piece. */
static bool
gather_sample(const struct cut *cut)
{
  struct rollup_worker *worker = cut->worker;
  struct rollup_pass *pass = worker->pass;
  if (worker->range == NULL && (worker->range = piece_take(pass)) == NULL)
    return false;
  piece_empty(&pass->layout, worker->range);
  uint64_t step = (cut->rows + SAMPLE_ROWS - 1) / SAMPLE_ROWS, next = 0;
  if (!piece_reserve(pass->spec.budget, &pass->layout, worker->range, cut->rows / step + 1))
    return false;
  for (const struct piece *from = cut->list; from != NULL; from = from->next) {
    for (; next < from->rows; next += step)
      piece_join_slice(&pass->layout, worker->range, from, (uint32_t)next, 1);
    next -= from->rows;
  }
  narrow_words(&pass->layout, worker->range);
  return true;
}

/* Tables are cut by the entities of a run. Those of its first range alone would leave nearly all others to the last part. */
static enum rollup_status
begin_tables(const struct cut *cut)
{
  struct rollup_worker *worker = cut->worker;
  struct rollup_pass *pass = worker->pass;
  enum rollup_status status = ROLLUP_DONE;
  bool has_sample = false;
  for (unsigned f = 0; f < pass->family_count && status == ROLLUP_DONE; f++) {
    struct family *family = &pass->families[f];
    if (family->rider_count == 0 || family->entity_count == 0 || tables_have_begun(family))
      continue;
    if (!has_sample && !gather_sample(cut))
      return pass_no_memory(pass);
    has_sample = true;
    struct grouping grouping = {.piece = worker->range, .run = cut->run, .combo_count = 1};
    status = segments_sort(worker, family, &grouping);
    if (status == ROLLUP_DONE)
      status = tables_begin(worker, family, &grouping);
  }
  return status;
}

static enum rollup_status group_cut(struct cut *cut);

static enum rollup_status
group_range(const struct cut *cut, uint32_t range, uint64_t rows, bool more)
{
  struct rollup_worker *worker = cut->worker;
  struct rollup_pass *pass = worker->pass;
  if (rows <= LARGE_RUN_ROWS || rows == cut->rows || cut->depth == DEPTH_MOST) {
    if (!gather_range(cut, range, rows))
      return pass_no_memory(pass);
    narrow_words(&pass->layout, worker->range);
    atomic_fetch_add(&pass->ranges_done, 1);
    return group_run(worker, worker->range, cut->run, more);
  }
  struct cut again = {.worker = worker, .run = cut->run, .more = more, .depth = cut->depth + 1};
  if (collect_range(cut, range, &again.list))
    return group_cut(&again);
  pieces_put_back(pass, again.list);
  return pass_no_memory(pass);
}

static enum rollup_status
group_ranges(const struct cut *cut)
{
  uint32_t end = cut->range_count;
  while (rows_of_range(cut, end - 1) == 0)
    end--;
  enum rollup_status status = ROLLUP_DONE;
  for (uint32_t range = 0; range < end && status == ROLLUP_DONE; range++) {
    uint64_t rows = rows_of_range(cut, range);
    if (rows > 0)
      status = group_range(cut, range, rows, cut->more || range + 1 < end);
  }
  return status;
}

static enum rollup_status
group_in_order(struct cut *cut)
{
  enum rollup_status status = begin_tables(cut);
  if (status != ROLLUP_DONE)
    return status;
  if (!choose_ranges(cut) || !sort_pieces(cut))
    return pass_no_memory(cut->worker->pass);
  return group_ranges(cut);
}

/* Without an entity rows may be cut anywhere. */
static enum rollup_status
group_pieces(const struct cut *cut)
{
  enum rollup_status status = ROLLUP_DONE;
  for (struct piece *piece = cut->list; piece != NULL && status == ROLLUP_DONE; piece = piece->next)
    status = group_run(cut->worker, piece, cut->run, cut->more || piece->next != NULL);
  return status;
}

/* All of one entity. */
static enum rollup_status
group_whole(struct cut *cut)
{
  struct rollup_pass *pass = cut->worker->pass;
  cut->list = pieces_join(pass, cut->list);
  return cut->list == NULL ? pass_no_memory(pass)
                           : group_run(cut->worker, cut->list, cut->run, cut->more);
}

/* Puts the list back. */
static enum rollup_status
group_cut(struct cut *cut)
{
  struct rollup_pass *pass = cut->worker->pass;
  for (const struct piece *piece = cut->list; piece != NULL; piece = piece->next) {
    cut->rows += piece->rows;
    cut->piece_count++;
  }
  enum rollup_status status;
  if (pass->range_column < 0)
    status = group_pieces(cut);
  else if (!choose_prefix(cut))
    status = group_whole(cut);
  else
    status = group_in_order(cut);
  budget_free(pass->spec.budget, cut->starts, cut->starts_bytes);
  pieces_put_back(pass, cut->list);
  return status;
}

enum rollup_status
ranges_group(struct rollup_worker *worker, struct piece *list, uint32_t run)
{
  struct cut cut = {.worker = worker, .list = list, .run = run};
  return group_cut(&cut);
}
