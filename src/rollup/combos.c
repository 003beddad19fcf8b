/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* qsort_r */
#endif
#include "rollup/hash.h"
#include "rollup/kernel.h"
#include <stdlib.h>
#include <string.h>

/* Combinations of small values are found by adding one column after the other to a running number; as long as all
 * possible numbers are few they are looked up in an array, else in a hash table. */
#define DIRECT 65536u

/* More combinations than this, and one in so many rows, are too many for several rollups together. */
#ifndef MANY_COMBOS
#define MANY_COMBOS 1024u
#endif
#define MANY_ONE_IN 8u

struct finder {
  struct rollup_worker *worker;
  const struct piece *piece;
  uint32_t rows;
  uint32_t *number; /* of each row */
  uint64_t possible;
};

/* Numbers in [0, possible) become numbers in [0, distinct), distinct <= rows. */
static bool
compress(struct finder *finder)
{
  struct rollup_budget *budget = finder->worker->pass->spec.budget;
  bool direct = finder->possible <= DIRECT;
  uint64_t slots = direct ? finder->possible : 1024;
  while (!direct && slots < finder->rows * UINT64_C(2))
    slots *= 2;
  if (!scratch_need(budget, &finder->worker->combo_map, slots * 2 * sizeof(uint32_t)))
    return false;
  uint32_t *map = finder->worker->combo_map.data;
  memset(map, 0, slots * 2 * sizeof *map);
  uint32_t next = 0;
  for (uint32_t i = 0; i < finder->rows; i++) {
    uint32_t number = finder->number[i];
    uint64_t at = number;
    if (!direct) {
      at = hash_pair(number, 1) & (slots - 1);
      while (map[at * 2] != 0 && map[at * 2 + 1] != number)
        at = (at + 1) & (slots - 1);
    }
    if (map[at * 2] == 0) {
      map[at * 2] = ++next;
      map[at * 2 + 1] = number;
    }
    finder->number[i] = map[at * 2] - 1;
  }
  finder->possible = next;
  return true;
}

static bool
add_column(struct finder *finder, unsigned slot)
{
  const struct rollup_pass *pass = finder->worker->pass;
  uint64_t values = dictionary_count(pass->dictionaries[pass->layout.codes[slot]]);
  const uint16_t *codes = finder->piece->codes[slot];
  if (finder->possible > 1 && finder->possible * values > DIRECT && !compress(finder))
    return false;
  if (finder->possible * values > UINT32_MAX)
    return false;
  uint32_t count = (uint32_t)values;
  if (finder->possible == 1)
    for (uint32_t i = 0; i < finder->rows; i++)
      finder->number[i] = codes[i];
  else
    for (uint32_t i = 0; i < finder->rows; i++)
      finder->number[i] = finder->number[i] * count + codes[i];
  finder->possible *= values;
  return true;
}

/* For the comparison of combinations in qsort_r. */
struct ordering {
  const struct family *family;
  const struct piece *piece;
  const uint16_t **ranks; /* by slot of the space */
  const uint32_t *representative;
};

static int
compare_combos(const void *a, const void *b, void *user)
{
  const struct ordering *ordering = user;
  uint32_t left = ordering->representative[*(const uint32_t *)a];
  uint32_t right = ordering->representative[*(const uint32_t *)b];
  for (unsigned i = 0; i < ordering->family->space_count; i++) {
    unsigned slot = ordering->family->space[i];
    if (!ordering->piece->varies[slot])
      continue;
    uint16_t x = ordering->ranks[i][ordering->piece->codes[slot][left]];
    uint16_t y = ordering->ranks[i][ordering->piece->codes[slot][right]];
    if (x != y)
      return x < y ? -1 : 1;
  }
  return 0;
}

/* Combinations are renumbered so that their numbers are in order of their values. */
static bool
order_combos(struct finder *finder, const struct family *family, struct grouping *grouping)
{
  struct rollup_pass *pass = finder->worker->pass;
  uint32_t count = grouping->combo_count;
  const uint16_t *ranks[COLUMNS_MOST];
  for (unsigned i = 0; i < family->space_count; i++)
    if ((ranks[i] = dictionary_ranks(pass->dictionaries[pass->layout.codes[family->space[i]]])) ==
        NULL)
      return false;
  if (!scratch_need(pass->spec.budget, &finder->worker->combo_order, count * 3 * sizeof(uint32_t)))
    return false;
  uint32_t *order = finder->worker->combo_order.data;
  uint32_t *position = order + count, *old = position + count;
  memcpy(old, grouping->representative, count * sizeof *old);
  for (uint32_t i = 0; i < count; i++)
    order[i] = i;
  struct ordering ordering = {family, finder->piece, ranks, old};
  qsort_r(order, count, sizeof *order, compare_combos, &ordering);
  for (uint32_t i = 0; i < count; i++) {
    position[order[i]] = i;
    grouping->representative[i] = old[order[i]];
  }
  for (uint32_t i = 0; i < finder->rows; i++)
    finder->number[i] = position[finder->number[i]];
  return true;
}

static bool
find_representatives(struct finder *finder, struct grouping *grouping)
{
  grouping->combo_count = (uint32_t)finder->possible;
  if (!scratch_need(finder->worker->pass->spec.budget, &finder->worker->representative,
                    grouping->combo_count * sizeof(uint32_t)))
    return false;
  grouping->representative = finder->worker->representative.data;
  for (uint32_t i = finder->rows; i-- > 0;)
    grouping->representative[finder->number[i]] = i;
  return true;
}

/* The numbers of rows as they are kept. */
static enum rollup_status
narrow(struct finder *finder, struct grouping *grouping)
{
  struct rollup_pass *pass = finder->worker->pass;
  if (grouping->combo_count > UINT16_MAX) {
    (void)pthread_mutex_lock(&pass->lock);
    pass->knowledge.ignore_runs = true;
    (void)pthread_mutex_unlock(&pass->lock);
    return pass_again(pass, "a part of the input has more than %u combinations of keys",
                      (unsigned)UINT16_MAX);
  }
  if (!scratch_need(pass->spec.budget, &finder->worker->row_combo, finder->rows * sizeof(uint16_t)))
    return pass_no_memory(pass);
  uint16_t *combo = finder->worker->row_combo.data;
  for (uint32_t i = 0; i < finder->rows; i++)
    combo[i] = (uint16_t)finder->number[i];
  grouping->combo = combo;
  return ROLLUP_DONE;
}

/* Numbers each row's combination among those that there are; the only one is 0, and rows are then not numbered. */
static bool
number_rows(struct finder *finder, const struct family *family)
{
  bool varies = false;
  for (unsigned i = 0; i < family->space_count; i++)
    if (finder->piece->varies[family->space[i]]) {
      varies = true;
      if (!add_column(finder, family->space[i]))
        return false;
    }
  return !varies || compress(finder);
}

/* Units that look at different small keys are computed together as long as the combinations of all are few. */
static bool
may_split(const struct rollup_pass *pass, const struct family *family)
{
  return !pass->knowledge.split && family->rider_count > 1;
}

static bool
are_too_many(const struct finder *finder, uint32_t rows)
{
  return finder->possible > MANY_COMBOS && finder->possible > rows / MANY_ONE_IN;
}

static enum rollup_status
split(struct rollup_pass *pass, const struct piece *piece)
{
  (void)pthread_mutex_lock(&pass->lock);
  bool learnt = pass->knowledge.split || space_learn(pass, piece);
  pass->knowledge.split = true;
  (void)pthread_mutex_unlock(&pass->lock);
  if (!learnt)
    return pass_no_memory(pass);
  return pass_again(pass, "its rollups have too many combinations of small keys together");
}

enum rollup_status
combos_look(struct rollup_worker *worker, const struct piece *piece, uint32_t rows)
{
  struct rollup_pass *pass = worker->pass;
  for (unsigned i = 0; i < pass->family_count; i++) {
    const struct family *family = &pass->families[i];
    if (!may_split(pass, family))
      continue;
    struct finder finder = {.worker = worker, .piece = piece, .rows = piece->rows, .possible = 1};
    if (!scratch_need(pass->spec.budget, &worker->combo, piece->rows * sizeof(uint32_t)))
      return pass_no_memory(pass);
    finder.number = worker->combo.data;
    if (!number_rows(&finder, family))
      return pass_no_memory(pass);
    if (are_too_many(&finder, rows))
      return split(pass, piece);
  }
  return ROLLUP_DONE;
}

enum rollup_status
combos_find(struct rollup_worker *worker, const struct family *family, struct grouping *grouping)
{
  struct rollup_pass *pass = worker->pass;
  const struct piece *piece = grouping->piece;
  struct finder finder = {.worker = worker, .piece = piece, .rows = piece->rows, .possible = 1};
  if (!scratch_need(pass->spec.budget, &worker->combo, piece->rows * sizeof(uint32_t)) ||
      !scratch_need(pass->spec.budget, &worker->representative, sizeof(uint32_t)))
    return pass_no_memory(pass);
  finder.number = worker->combo.data;
  grouping->combo = NULL;
  grouping->combo_count = 1;
  grouping->representative = worker->representative.data;
  grouping->representative[0] = 0;
  if (!number_rows(&finder, family))
    return pass_no_memory(pass);
  if (finder.possible == 1)
    return ROLLUP_DONE;
  /* The last rows of a worker say little about the runs before them, and to start again for them would be dear. */
  uint32_t rows = grouping->place.run == NO_RUN ? CUT_ROWS : piece->rows;
  if (may_split(pass, family) && are_too_many(&finder, rows))
    return split(pass, piece);
  if (!find_representatives(&finder, grouping) ||
      (family->is_ordered && !order_combos(&finder, family, grouping)))
    return pass_no_memory(pass);
  return narrow(&finder, grouping);
}
