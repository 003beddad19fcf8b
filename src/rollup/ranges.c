/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/ranges.h"
#include "rollup/cut.h"

/* What grouping a run needs is some 300 bytes a row, and its loops are fast while a run is in the cache. A large run is therefore
 * cut into ranges of its entities, in order, each of which is grouped like a run. No group has rows in two of them, so it makes no
 * difference to any rollup. Where a run is cut depends on its rows alone, not on how threads came by them. */

/* All families must find their entities whole in a range, and streams theirs in order. */
static bool
fits_all(const struct rollup_pass *pass, unsigned column)
{
  for (unsigned f = 0; f < pass->family_count; f++) {
    const struct family *family = &pass->families[f];
    if (family->rider_count == 0 || family->entity_count == 0)
      continue;
    if (!columns_have(family->entity, family->entity_count, column) ||
        (family->streams && family->entity[0] != column))
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

/* Its slices in one piece; a block that is needed no more is given back, or is the piece. */
static bool
collect_piece(struct rollup_pass *pass, struct cut *cut, uint32_t item)
{
  const struct cut_slice *slices = cut->slices + cut->begins[item];
  uint32_t count = cut->begins[item + 1] - cut->begins[item];
  if (count == 1 && slices[0].kept->count == 1) {
    cut->pieces[item] = slices[0].kept->piece;
    slices[0].kept->piece = NULL;
    return true;
  }
  struct piece *piece = piece_take(pass);
  if (piece == NULL)
    return false;
  cut->pieces[item] = piece;
  uint64_t rows = 0;
  for (uint32_t i = 0; i < count; i++)
    rows += slices[i].rows;
  if (!piece_reserve(pass->spec.budget, &pass->layout, piece, rows))
    return false;
  for (uint32_t i = 0; i < count; i++) {
    piece_join_slice(&pass->layout, piece, slices[i].kept->piece, slices[i].first, slices[i].rows);
    kept_collected(pass, slices[i].kept);
  }
  return true;
}

/* Rows from all over the run, in the worker's piece. */
static bool
gather_sample(struct rollup_worker *worker, const struct cut *cut)
{
  struct rollup_pass *pass = worker->pass;
  if (worker->range == NULL && (worker->range = piece_take(pass)) == NULL)
    return false;
  piece_empty(&pass->layout, worker->range);
  uint64_t step = (cut->rows + SAMPLE_ROWS - 1) / SAMPLE_ROWS, next = 0;
  if (!piece_reserve(pass->spec.budget, &pass->layout, worker->range, cut->rows / step + 1))
    return false;
  for (uint32_t p = 0; p < cut->piece_count; next -= cut->pieces[p++]->rows)
    for (; next < cut->pieces[p]->rows; next += step)
      piece_join_slice(&pass->layout, worker->range, cut->pieces[p], (uint32_t)next, 1);
  cut_narrow_words(&pass->layout, worker->range);
  return true;
}

/* Tables are cut by the entities of a run. Those of its first range alone would leave nearly all others to the last part. */
static enum rollup_status
begin_tables(struct rollup_worker *worker, const struct cut *cut)
{
  struct rollup_pass *pass = worker->pass;
  enum rollup_status status = ROLLUP_DONE;
  bool has_sample = false;
  for (unsigned f = 0; f < pass->family_count && status == ROLLUP_DONE; f++) {
    struct family *family = &pass->families[f];
    if (family->rider_count == 0 || family->entity_count == 0 || tables_have_begun(family))
      continue;
    if (!has_sample && !gather_sample(worker, cut))
      return pass_no_memory(pass);
    has_sample = true;
    struct grouping grouping = {.piece = worker->range, .place = cut->place, .combo_count = 1};
    status = segments_sort(worker, family, &grouping);
    if (status == ROLLUP_DONE)
      status = tables_begin(worker, family, &grouping);
  }
  return status;
}

static uint64_t
rows_of_range(const struct cut *cut, uint32_t range)
{
  uint64_t rows = 0;
  for (uint32_t p = 0; p < cut->piece_count; p++)
    rows += cut_starts(cut, p)[range + 1] - cut_starts(cut, p)[range];
  return rows;
}

/* A range's rows. False: out of memory. */
static bool
collect_range(struct rollup_pass *pass, const struct cut *cut, uint32_t range, struct piece **list)
{
  for (uint32_t p = 0; p < cut->piece_count; p++) {
    const uint32_t *starts = cut_starts(cut, p) + range;
    uint32_t rows = starts[1] - starts[0];
    if (rows > 0 && !pieces_append(pass, list, cut->pieces[p], starts[0], rows))
      return false;
  }
  return true;
}

/* The same in the worker's piece, which is kept for the next range. */
static bool
gather_range(struct rollup_worker *worker, const struct cut *cut, uint32_t range, uint64_t rows)
{
  struct rollup_pass *pass = worker->pass;
  if (worker->range == NULL && (worker->range = piece_take(pass)) == NULL)
    return false;
  piece_empty(&pass->layout, worker->range);
  if (!piece_reserve(pass->spec.budget, &pass->layout, worker->range, rows))
    return false;
  for (uint32_t p = 0; p < cut->piece_count; p++) {
    const uint32_t *starts = cut_starts(cut, p) + range;
    if (starts[1] > starts[0])
      piece_join_slice(&pass->layout, worker->range, cut->pieces[p], starts[0],
                       starts[1] - starts[0]);
  }
  cut_narrow_words(&pass->layout, worker->range);
  return true;
}

static enum rollup_status
cut_again(struct rollup_worker *worker, const struct cut *cut, uint32_t range,
          const struct place *place)
{
  struct rollup_pass *pass = worker->pass;
  struct piece *list = NULL;
  if (!collect_range(pass, cut, range, &list)) {
    pieces_put_back(pass, list);
    return pass_no_memory(pass);
  }
  struct cut *again = cut_of_pieces(pass, list, place, cut->depth + 1);
  if (again == NULL)
    return pass_no_memory(pass);
  enum rollup_status status = cut_do_alone(worker, again);
  cut_free(pass, again);
  return status;
}

/* Of a run's cut each item is a part; of a range's it is the next rows of the part that the range is. */
static struct place
place_of(const struct cut *cut, uint32_t item, uint32_t items)
{
  struct place place = cut->place;
  if (cut->depth > 0)
    place.more |= item + 1 < items;
  else {
    place.part = item;
    place.parts = items;
  }
  return place;
}

static enum rollup_status
group_range(struct rollup_worker *worker, const struct cut *cut, uint32_t item)
{
  struct rollup_pass *pass = worker->pass;
  const struct place place = place_of(cut, item, cut->part_count);
  uint32_t range = cut->parts[item];
  uint64_t rows = rows_of_range(cut, range);
  atomic_fetch_add(&pass->rows_grouped, cut->depth == 0 ? rows : 0);
  if (rows > LARGE_RUN_ROWS && rows < cut->rows && cut->depth < DEPTH_MOST)
    return cut_again(worker, cut, range, &place);
  if (!gather_range(worker, cut, range, rows))
    return pass_no_memory(pass);
  atomic_fetch_add(&pass->ranges_done, 1);
  atomic_fetch_add(&pass->range_workers, !worker->has_ranges);
  worker->has_ranges = true;
  return group_run(worker, worker->range, &place);
}

static enum rollup_status
group_piece(struct rollup_worker *worker, struct cut *cut, uint32_t item)
{
  struct rollup_pass *pass = worker->pass;
  struct piece *piece = cut->pieces[item];
  const struct place place = place_of(cut, item, cut->piece_count);
  cut->pieces[item] = NULL;
  atomic_fetch_add(&pass->rows_grouped, piece->rows);
  enum rollup_status status = group_run(worker, piece, &place);
  piece_put_back(pass, piece);
  return status;
}

static enum rollup_status
group_whole(struct rollup_worker *worker, struct cut *cut)
{
  struct rollup_pass *pass = worker->pass;
  struct piece *list = NULL;
  for (uint32_t p = 0; p < cut->piece_count; p++) {
    cut->pieces[p]->next = list;
    list = cut->pieces[p];
    cut->pieces[p] = NULL;
  }
  struct piece *whole = pieces_join(pass, list);
  if (whole == NULL)
    return pass_no_memory(pass);
  const struct place place = place_of(cut, 0, 1);
  atomic_fetch_add(&pass->rows_grouped, cut->depth == 0 ? cut->rows : 0);
  enum rollup_status status = group_run(worker, whole, &place);
  piece_put_back(pass, whole);
  return status;
}

enum rollup_status
cut_do(struct rollup_worker *worker, struct cut *cut, uint32_t item)
{
  struct rollup_pass *pass = worker->pass;
  bool done = true;
  switch (cut->step) {
  case CUT_COLLECT:
    done = collect_piece(pass, cut, item);
    break;
  case CUT_VARY:
    cut_vary(pass, cut, item);
    break;
  case CUT_COUNT:
    done = cut_count(worker, cut, item);
    break;
  case CUT_SORT:
    done = cut_sort(worker, cut, item);
    break;
  case CUT_GROUP:
    return group_range(worker, cut, item);
  case CUT_GROUP_WHOLE:
    return group_whole(worker, cut);
  case CUT_GROUP_PIECES:
    return group_piece(worker, cut, item);
  case CUT_ENDED:
    break;
  }
  return done ? ROLLUP_DONE : pass_no_memory(pass);
}

enum rollup_status
cut_next_step(struct rollup_worker *worker, struct cut *cut, enum cut_step *ret_step,
              uint32_t *ret_items)
{
  struct rollup_pass *pass = worker->pass;
  *ret_step = CUT_ENDED;
  *ret_items = cut->piece_count;
  switch (cut->step) {
  case CUT_COLLECT:
    *ret_step = pass->range_column < 0 ? CUT_GROUP_PIECES : CUT_VARY;
    return ROLLUP_DONE;
  case CUT_VARY:
    *ret_step = cut_choose_prefix(pass, cut) ? CUT_COUNT : CUT_GROUP_WHOLE;
    *ret_items = *ret_step == CUT_COUNT ? cut->piece_count : 1;
    return ROLLUP_DONE;
  case CUT_COUNT:
    *ret_step = CUT_SORT;
    return cut_choose_ranges(pass, cut) ? ROLLUP_DONE : pass_no_memory(pass);
  case CUT_SORT:
    cut_list_parts(cut);
    *ret_step = CUT_GROUP;
    *ret_items = cut->part_count;
    return begin_tables(worker, cut);
  default:
    return ROLLUP_DONE;
  }
}
