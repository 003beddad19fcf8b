/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/cut.h"
#include "rollup/ranges.h"

static struct cut *
cut_new(struct rollup_pass *pass, const struct place *place)
{
  struct cut *cut = budget_alloc(pass->spec.budget, sizeof *cut);
  if (cut != NULL)
    cut->place = *place;
  return cut;
}

static bool
make_pieces(struct rollup_pass *pass, struct cut *cut, uint32_t count)
{
  cut->pieces = budget_alloc(pass->spec.budget, count * sizeof(struct piece *));
  cut->piece_count = cut->pieces == NULL ? 0 : count;
  cut->items = cut->piece_count;
  return cut->pieces != NULL;
}

void
cut_free(struct rollup_pass *pass, struct cut *cut)
{
  struct rollup_budget *budget = pass->spec.budget;
  for (uint32_t i = 0; cut->pieces != NULL && i < cut->piece_count; i++)
    if (cut->pieces[i] != NULL)
      piece_put_back(pass, cut->pieces[i]);
  pieces_put_back(pass, cut->spare);
  for (struct histogram *histogram = cut->histograms, *next; histogram != NULL; histogram = next) {
    next = histogram->next;
    budget_free(budget, histogram, sizeof *histogram);
  }
  size_t starts = (size_t)cut->piece_count * (cut->range_count + 1);
  budget_free(budget, cut->starts, starts * sizeof *cut->starts);
  budget_free(budget, cut->slices, cut->slice_count * sizeof *cut->slices);
  budget_free(budget, cut->begins, (cut->slice_count + UINT64_C(1)) * sizeof *cut->begins);
  budget_free(budget, cut->pieces, cut->piece_count * sizeof(struct piece *));
  budget_free(budget, cut, sizeof *cut);
}

struct cut *
cut_of_pieces(struct rollup_pass *pass, struct piece *list, const struct place *place,
              unsigned depth)
{
  uint32_t count = 0;
  for (const struct piece *piece = list; piece != NULL; piece = piece->next)
    count++;
  struct cut *cut = cut_new(pass, place);
  if (cut == NULL || !make_pieces(pass, cut, count)) {
    if (cut != NULL)
      cut_free(pass, cut);
    pieces_put_back(pass, list);
    return NULL;
  }
  cut->depth = depth;
  cut->step = pass->range_column < 0 ? CUT_GROUP_PIECES : CUT_VARY;
  for (uint32_t i = 0; i < count; i++, list = list->next) {
    cut->pieces[i] = list;
    cut->rows += list->rows;
  }
  return cut;
}

/* Of all blocks, as many as there is room for; how many there are. */
static uint32_t
list_slices(const struct found *found, uint32_t run, struct cut_slice *slices, uint32_t room)
{
  uint32_t count = 0;
  for (uint32_t i = 0; i < found->kept_count; i++) {
    struct cut_slice slice = {.kept = found->kept[i]};
    slice.rows = kept_rows(slice.kept, run, &slice.first);
    if (slice.rows == 0)
      continue;
    if (count < room)
      slices[count] = slice;
    count++;
  }
  return count;
}

/* Neighbours that fit a piece; how many pieces there are. */
static uint32_t
join_slices(struct cut *cut)
{
  uint32_t pieces = 0, rows = 0;
  for (uint32_t i = 0; i < cut->slice_count; i++) {
    if (i == 0 || rows + cut->slices[i].rows > CUT_ROWS) {
      cut->begins[pieces++] = i;
      rows = 0;
    }
    rows += cut->slices[i].rows;
  }
  cut->begins[pieces] = cut->slice_count;
  return pieces;
}

struct cut *
cut_of_found(struct rollup_pass *pass, uint32_t run, uint32_t number)
{
  struct rollup_budget *budget = pass->spec.budget;
  struct cut *cut = cut_new(pass, &(struct place){.run = number, .parts = 1});
  if (cut == NULL)
    return NULL;
  cut->rows = pass->found.rows[run];
  cut->slice_count = list_slices(&pass->found, run, NULL, 0);
  cut->slices = budget_alloc(budget, cut->slice_count * sizeof *cut->slices);
  cut->begins = budget_alloc(budget, (cut->slice_count + UINT64_C(1)) * sizeof *cut->begins);
  if (cut->slices == NULL || cut->begins == NULL) {
    cut_free(pass, cut);
    return NULL;
  }
  (void)list_slices(&pass->found, run, cut->slices, cut->slice_count);
  if (make_pieces(pass, cut, join_slices(cut)))
    return cut;
  cut_free(pass, cut);
  return NULL;
}
