/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/cells.h"
#include "rollup/kernel.h"
#include <stdlib.h>
#include <string.h>

#define GROWTH_RUNS 3u /* runs that tell whether each brings cells of its own */

static const struct unit *
unit_of(const struct rollup_pass *pass, const struct presence *presence)
{
  return &pass->units[presence->unit];
}

static bool
has_bits(const struct rollup_pass *pass, const struct presence *presence)
{
  return pass->knowledge.gave_up[unit_of(pass, presence)->rollup] == NULL;
}

static uint64_t
run_columns_of(const struct rollup_pass *pass, const struct unit *unit)
{
  uint64_t columns = 0;
  for (unsigned i = 0; i < unit->small_count; i++) {
    unsigned column = pass->layout.codes[unit->small[i]];
    columns |= column < 64 ? UINT64_C(1) << column : 0;
  }
  return columns;
}

/* Cells of an item in the run at hand; 0: out of memory. */
static uint64_t
own_cells(const struct rollup_pass *pass, const struct presence *presence,
          const struct grouping *grouping)
{
  const struct unit *unit = unit_of(pass, presence);
  int filter = unit->aggregates[presence->aggregate].filter;
  struct cells *cells = cells_new(pass->spec.budget, unit->key_words, 0);
  uint64_t key[KEY_WORDS_MOST + 1], count = 0;
  bool found = cells != NULL;
  for (uint32_t c = 0; found && c < grouping->combo_count; c++) {
    if (!flag_is_true(pass, grouping, unit->where, c) || !flag_is_true(pass, grouping, filter, c))
      continue;
    unit_key(unit, grouping, c, key);
    found = cells_find(cells, key) != NO_CELL;
    count = cells->count;
  }
  cells_free(cells);
  return found ? count : 0;
}

/* How many times the cells of this run there will be, of rows whose runs are not told: where each run has brought cells of its
 * own so far, as in the order of time. 0: not known. */
static uint64_t
runs_to_come(const struct rollup_pass *pass, const struct family *family,
             const struct grouping *grouping, uint64_t own)
{
  uint64_t runs = atomic_load(&pass->runs_done) + 1;
  if (pass->run_count > 0 || runs < GROWTH_RUNS || pass->spec.rows == 0 ||
      family->bits->count * UINT64_C(10) < own * runs * 6)
    return 0;
  return pass->spec.rows / grouping->piece->rows;
}

/* Cells when all runs are like this one; 0: not known. */
static uint64_t
expected_cells(const struct rollup_pass *pass, const struct family *family,
               const struct grouping *grouping)
{
  uint64_t own = 0, cells = 0;
  for (unsigned i = 0; i < family->presence_count; i++) {
    const struct presence *presence = &family->presences[i];
    if (!has_bits(pass, presence))
      continue;
    uint64_t count = own_cells(pass, presence, grouping);
    own += count;
    cells += count * runs_differing(pass, run_columns_of(pass, unit_of(pass, presence)));
  }
  return pass->run_count > 0 ? cells : own * runs_to_come(pass, family, grouping, own);
}

/* Some more than there will be if the other runs are like this one, but twice as many as there are at least. */
static unsigned
wanted_words(const struct family *family, uint64_t expected)
{
  if (expected == 0)
    return BIT_WORDS_MOST;
  uint64_t words = (expected + expected / 8) / 64 + 1;
  words = words < family->bit_words * UINT64_C(2) ? family->bit_words * UINT64_C(2) : words;
  return words < BIT_WORDS_MOST ? (unsigned)words : BIT_WORDS_MOST;
}

static uint32_t
largest(const uint32_t *counts, unsigned count)
{
  uint32_t found = 0;
  for (unsigned i = 1; i < count; i++)
    found = counts[i] > counts[found] ? i : found;
  return found;
}

/* Units with most cells are counted in another way, until those of the others take half of the bits: there will be more. False:
 * out of memory. */
static bool
give_bits_up(struct rollup_pass *pass, const struct family *family, uint64_t expected)
{
  uint32_t seen = family->bits->count;
  uint64_t times = expected > seen ? expected / seen : 1;
  uint32_t left = seen;
  uint32_t *counts = calloc(family->presence_count + 1, sizeof *counts);
  if (counts == NULL)
    return false;
  for (uint32_t bit = 0; bit < seen; bit++)
    counts[cells_key(family->bits, bit)[0]]++;
  while (left * times > BIT_WORDS_MOST * 32) {
    uint32_t most = largest(counts, family->presence_count);
    pass->knowledge.too_many_cells[unit_of(pass, &family->presences[most])->ordinal] = true;
    left -= counts[most];
    counts[most] = 0;
  }
  free(counts);
  unsigned words = (unsigned)(left * times * 2 / 64);
  pass->knowledge.bit_words = words > BIT_WORDS ? words : BIT_WORDS;
  return true;
}

/* More cells than bits: as many as it takes, up to what a state may have; if that is not enough, those with few keep their bits.
 * The first worker that finds it out decides, by all cells of its run. */
static enum rollup_status
too_many_bits(struct rollup_pass *pass, struct family *family, const struct grouping *grouping)
{
  /* Beyond what a state may have, with some room for what is but an estimate. */
  uint64_t expected = expected_cells(pass, family, grouping);
  bool fit = family->bits->count <= BIT_WORDS_MOST * 64 &&
             (pass->run_count > 0 || expected < BIT_WORDS_MOST * UINT64_C(80));
  unsigned words = wanted_words(family, expected);
  bool decided = true;
  (void)pthread_mutex_lock(&pass->lock);
  bool is_known = family->is_full;
  family->is_full = true;
  if (!is_known && family->bit_words < BIT_WORDS_MOST && fit) {
    if (words > pass->knowledge.bit_words)
      pass->knowledge.bit_words = words;
  } else if (!is_known) {
    decided = give_bits_up(pass, family, pass->run_count > 0 ? 0 : expected);
  }
  (void)pthread_mutex_unlock(&pass->lock);
  if (!decided)
    return pass_no_memory(pass);
  return pass_again(pass, "distinct values are counted for more groups than was assumed");
}

static enum rollup_status
mask_item(struct rollup_worker *worker, struct family *family, unsigned item,
          const struct grouping *grouping)
{
  struct rollup_pass *pass = worker->pass;
  const struct presence *presence = &family->presences[item];
  const struct unit *unit = unit_of(pass, presence);
  int filter = unit->aggregates[presence->aggregate].filter;
  uint64_t key[1 + KEY_WORDS_MOST];
  memset(key, 0, sizeof key);
  key[0] = item;
  uint64_t *masks = worker->masks.data;
  for (uint32_t c = 0; c < grouping->combo_count; c++) {
    if (!flag_is_true(pass, grouping, unit->where, c) || !flag_is_true(pass, grouping, filter, c))
      continue;
    unit_key(unit, grouping, c, key + 1);
    uint32_t bit = cells_find(family->bits, key);
    if (bit == NO_CELL)
      return pass_no_memory(pass);
    if (bit < family->bit_words * 64)
      masks[(size_t)c * family->bit_words + bit / 64] |= UINT64_C(1) << bit % 64;
  }
  return ROLLUP_DONE;
}

enum rollup_status
presence_masks(struct rollup_worker *worker, struct family *family, const struct grouping *grouping)
{
  if (family->bit_words == 0)
    return ROLLUP_DONE;
  size_t bytes = (size_t)grouping->combo_count * family->bit_words * sizeof(uint64_t);
  if (!scratch_need(worker->pass->spec.budget, &worker->masks, bytes))
    return pass_no_memory(worker->pass);
  memset(worker->masks.data, 0, bytes);
  enum rollup_status status = ROLLUP_DONE;
  (void)pthread_mutex_lock(&family->bits_lock);
  for (unsigned i = 0; i < family->presence_count && status == ROLLUP_DONE; i++)
    if (has_bits(worker->pass, &family->presences[i]))
      status = mask_item(worker, family, i, grouping);
  if (status == ROLLUP_DONE && family->bits->count > family->bit_words * 64)
    status = too_many_bits(worker->pass, family, grouping);
  (void)pthread_mutex_unlock(&family->bits_lock);
  return status;
}

/* Counters that stand upright: plane k holds bit k of the count of each presence bit, so that a record is added to all of
 * them by a few operations a word. */
enum { PLANES = 8, PLANE_RECORDS = (1 << PLANES) - 1 };
struct planes {
  uint64_t bits[PLANES][BIT_WORDS_MOST];
  unsigned records;
};

static void
planes_add(struct planes *planes, const uint64_t *bits, unsigned words)
{
  uint64_t carry[BIT_WORDS_MOST], any = 1;
  memcpy(carry, bits, words * sizeof *bits);
  for (unsigned k = 0; any != 0 && k < PLANES; k++) {
    any = 0;
    for (unsigned w = 0; w < words; w++) {
      uint64_t before = planes->bits[k][w];
      planes->bits[k][w] = before ^ carry[w];
      carry[w] &= before;
      any |= carry[w];
    }
  }
  planes->records++;
}

static void
planes_flush(struct planes *planes, unsigned words, uint64_t *counts)
{
  for (unsigned k = 0; k < PLANES; k++)
    for (unsigned bit = 0; bit < words * 64; bit++)
      counts[bit] += (planes->bits[k][bit / 64] >> bit % 64 & 1) << k;
  memset(planes, 0, sizeof *planes);
}

enum rollup_status
presence_count(struct rollup_pass *pass, struct family *family)
{
  if (family->bit_words == 0 || family->entities == NULL)
    return ROLLUP_DONE;
  const struct table *table = family->entities;
  family->bit_counts = budget_alloc(pass->spec.budget, family->bit_words * 64 * sizeof(uint64_t));
  if (family->bit_counts == NULL)
    return pass_no_memory(pass);
  struct planes planes;
  memset(&planes, 0, sizeof planes);
  for (uint32_t i = 0, end = table_end(table); i < end; i++) {
    const char *states = table_states(table) + (size_t)i * table->record_bytes;
    planes_add(&planes, (const uint64_t *)(const void *)states, family->bit_words);
    if (planes.records == PLANE_RECORDS)
      planes_flush(&planes, family->bit_words, family->bit_counts);
  }
  planes_flush(&planes, family->bit_words, family->bit_counts);
  return ROLLUP_DONE;
}

void
presence_deliver(const struct rollup_pass *pass, const struct family *family, struct unit *unit)
{
  if (family->bit_counts == NULL)
    return;
  for (uint32_t bit = 0; bit < family->bits->count; bit++) {
    const uint64_t *key = cells_key(family->bits, bit);
    const struct presence *presence = &family->presences[key[0]];
    if (presence->unit != unit->number || !has_bits(pass, presence))
      continue;
    uint32_t cell = cells_find(unit->total, key + 1);
    if (cell != NO_CELL)
      *(uint64_t *)(void *)((char *)cells_state(unit->total, cell) +
                            unit->aggregates[presence->aggregate].offset) = family->bit_counts[bit];
  }
}
