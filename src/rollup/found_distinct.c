/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/draft.h"
#include <stdlib.h>

#define ORDERED_VALUES 4u

/* What runs by some columns would do. */
struct choice {
  unsigned columns[FOUND_COLUMNS], count;
  unsigned helped; /* grouping sets whose distinct values are counted in each of the runs */
};

/* A grouping set of small keys, of a rollup that counts distinct values of a large column. */
static bool
counts_large(struct rollup_pass *pass, const struct rollup_spec *spec, uint64_t set)
{
  bool counts = false;
  for (unsigned a = 0; a < spec->aggregate_count; a++)
    counts |= draft_counts(pass, &spec->aggregates[a]);
  for (unsigned k = 0; k < spec->key_count; k++)
    counts &= (set >> k & 1) == 0 || !pass->knowledge.columns[spec->keys[k]].is_large;
  return counts;
}

static bool
has_key(const struct rollup_spec *spec, uint64_t set, unsigned column)
{
  for (unsigned k = 0; k < spec->key_count; k++)
    if ((set >> k & 1) != 0 && spec->keys[k] == column)
      return true;
  return false;
}

/* Calls take for each such set; crowds: only where presence bits are known to be too few. */
static void
each_set(struct rollup_pass *pass, bool crowds, struct choice *choice,
         void (*take)(struct rollup_pass *pass, const struct rollup_spec *spec, uint64_t set,
                      struct choice *choice))
{
  unsigned place = 0;
  for (unsigned r = 0; r < pass->spec.rollup_count; r++) {
    const struct rollup_spec *spec = &pass->spec.rollups[r];
    for (unsigned s = 0; s < spec->set_count; s++, place++)
      if (pass->knowledge.gave_up[r] == NULL && counts_large(pass, spec, spec->sets[s]) &&
          (!crowds || pass->knowledge.too_many_cells[place]))
        take(pass, spec, spec->sets[s], choice);
  }
}

static void
count_helped(struct rollup_pass *pass, const struct rollup_spec *spec, uint64_t set,
             struct choice *choice)
{
  (void)pass;
  bool is_helped = true;
  for (unsigned i = 0; i < choice->count; i++)
    is_helped &= has_key(spec, set, choice->columns[i]);
  choice->helped += is_helped;
}

/* The same of the runs that were told. */
static void
count_told(struct rollup_pass *pass, const struct rollup_spec *spec, uint64_t set,
           struct choice *choice)
{
  uint64_t columns = 0;
  for (unsigned k = 0; k < spec->key_count; k++)
    if ((set >> k & 1) != 0 && spec->keys[k] < 64)
      columns |= UINT64_C(1) << spec->keys[k];
  choice->helped += runs_tell_apart(pass, columns);
}

/* Its values come one after the other: the first batch had few of those that were met until the pass started again. */
static bool
is_in_order(const struct column_knowledge *known)
{
  return known->values >= known->sample_values * ORDERED_VALUES;
}

/* Columns that have had one value cost nothing, and may yet change; then those in order, by which rows of a run lie together;
 * of the others those with most values. */
static bool
comes_before(const struct column_knowledge *a, const struct column_knowledge *b)
{
  if ((a->values < 2) != (b->values < 2))
    return a->values < 2;
  if (is_in_order(a) != is_in_order(b))
    return is_in_order(a);
  return !is_in_order(a) && a->values > b->values;
}

/* The set's keys in that order; returns their number. */
static unsigned
order_keys(const struct rollup_pass *pass, const struct rollup_spec *spec, uint64_t set,
           unsigned *ret_columns)
{
  const struct column_knowledge *known = pass->knowledge.columns;
  unsigned count = 0;
  for (unsigned k = 0; k < spec->key_count; k++) {
    if ((set >> k & 1) == 0 || known[spec->keys[k]].values == 0)
      continue;
    unsigned at = count++;
    for (; at > 0 && comes_before(&known[spec->keys[k]], &known[ret_columns[at - 1]]); at--)
      ret_columns[at] = ret_columns[at - 1];
    ret_columns[at] = spec->keys[k];
  }
  return count;
}

/* Values of a column in all rows, about. */
static uint64_t
expected_values(const struct rollup_pass *pass, const struct column_knowledge *known)
{
  uint64_t seen = pass->knowledge.rows_seen;
  if (!is_in_order(known) || seen == 0 || seen >= pass->spec.rows)
    return known->values;
  return known->values * pass->spec.rows / seen;
}

static void
consider(struct rollup_pass *pass, const struct rollup_spec *spec, uint64_t set,
         struct choice *choice)
{
  unsigned columns[64], count = order_keys(pass, spec, set, columns);
  struct choice other = {.count = 0};
  uint64_t runs = 1;
  for (unsigned i = 0; i < count && other.count < FOUND_COLUMNS; i++) {
    const struct column_knowledge *known = &pass->knowledge.columns[columns[i]];
    if (runs >= FOUND_RUNS_LEAST && pass->spec.rows / runs <= CUT_ROWS)
      break;
    if (known->values < 2 && other.count + 1 == FOUND_COLUMNS)
      continue;
    other.columns[other.count++] = columns[i];
    runs *= expected_values(pass, known);
  }
  if (runs < FOUND_RUNS_LEAST)
    return;
  each_set(pass, true, &other, count_helped);
  if (other.helped > choice->helped)
    *choice = other;
}

unsigned
found_by_distinct(struct rollup_pass *pass, unsigned *ret_columns)
{
  struct choice choice = {.count = 0}, told = {.count = 0};
  if (pass->spec.rows == 0)
    return 0;
  if (pass->run_column_count > 0)
    each_set(pass, false, &told, count_told);
  choice.helped = told.helped;
  each_set(pass, true, &choice, consider);
  for (unsigned i = 0; i < choice.count; i++)
    ret_columns[i] = choice.columns[i];
  return choice.count;
}
