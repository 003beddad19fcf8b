/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/draft.h"
#include <string.h>

#define KEYS_AND_COUNTED 64u

static bool
is_large(const struct rollup_pass *pass, unsigned column)
{
  return pass->knowledge.columns[column].is_large;
}

static void
refuse(struct rollup_pass *pass, struct draft *draft, const char *reason)
{
  pass_give_up(pass, draft->rollup, "%s", reason);
  draft->is_refused = true;
}

static void
draft_keys(struct rollup_pass *pass, struct draft *draft)
{
  for (unsigned k = 0; k < draft->spec->key_count; k++) {
    if ((draft->set >> k & 1) == 0)
      continue;
    unsigned column = draft->spec->keys[k];
    if (is_large(pass, column))
      draft->large[draft->large_count++] = column;
    else
      draft->small[draft->small_count++] = column;
  }
}

unsigned
draft_counted(const struct rollup_aggregate *aggregate)
{
  return aggregate->function == ROLLUP_COUNT_DISTINCT ? 1 + aggregate->other_count : 0;
}

unsigned
draft_counted_column(const struct rollup_aggregate *aggregate, unsigned index)
{
  return index == 0 ? (unsigned)aggregate->argument : aggregate->others[index - 1];
}

bool
draft_counts(const struct rollup_pass *pass, const struct rollup_aggregate *aggregate)
{
  return aggregate->function == ROLLUP_COUNT_DISTINCT &&
         (aggregate->other_count > 0 || is_large(pass, (unsigned)aggregate->argument));
}

/* A large column of the rows that an aggregate counts; -1: all are small. */
static int
large_counted(const struct rollup_pass *pass, const struct rollup_aggregate *aggregate)
{
  for (unsigned i = 0; i < draft_counted(aggregate); i++)
    if (is_large(pass, draft_counted_column(aggregate, i)))
      return (int)draft_counted_column(aggregate, i);
  return -1;
}

static void
draft_distinct(struct rollup_pass *pass, struct draft *draft)
{
  draft->distinct = -1;
  for (unsigned a = 0; a < draft->spec->aggregate_count; a++) {
    const struct rollup_aggregate *aggregate = &draft->spec->aggregates[a];
    if (!draft_counts(pass, aggregate))
      continue;
    int column = large_counted(pass, aggregate);
    bool is_rows = aggregate->other_count > 0;
    bool is_other = is_rows || draft->has_rows || draft->distinct != column;
    draft->has_more |= column < 0 || (draft->distinct >= 0 && is_other);
    draft->has_rows |= is_rows;
    draft->distinct = column < 0 ? aggregate->argument : column;
    if (draft->spec->key_count + draft_counted(aggregate) > KEYS_AND_COUNTED)
      refuse(pass, draft, "it counts distinct rows of too many columns");
  }
}

static void
check_words(struct rollup_pass *pass, struct draft *draft)
{
  unsigned words = 0, most = 0;
  for (unsigned i = 0; i < draft->large_count; i++) {
    unsigned own = pass->knowledge.columns[draft->large[i]].words;
    words += own;
    if (own == 0)
      refuse(pass, draft, "a key's texts are too long");
  }
  for (unsigned a = 0; a < draft->spec->aggregate_count; a++) {
    const struct rollup_aggregate *aggregate = &draft->spec->aggregates[a];
    if (!draft_counts(pass, aggregate))
      continue;
    unsigned own = 0;
    for (unsigned i = 0; i < draft_counted(aggregate); i++) {
      const struct column_knowledge *known =
          &pass->knowledge.columns[draft_counted_column(aggregate, i)];
      own += known->is_large ? known->words : 0;
      if (known->is_large && known->words == 0)
        refuse(pass, draft, "the texts of a distinct count are too long");
    }
    most = own > most ? own : most;
  }
  if (words + most > WORDS_MOST)
    refuse(pass, draft, "its keys are too long together");
}

static int
position_in_stream(const struct draft *draft, unsigned column)
{
  for (unsigned i = 0; i < draft->spec->stream_order_count; i++)
    if (draft->spec->keys[draft->spec->stream_order[i]] == column)
      return (int)i;
  return INT32_MAX;
}

static bool
sort_by_stream(const struct draft *draft, unsigned *columns, unsigned count)
{
  for (unsigned i = 1; i < count; i++)
    for (unsigned k = i;
         k > 0 && position_in_stream(draft, columns[k]) < position_in_stream(draft, columns[k - 1]);
         k--) {
      unsigned column = columns[k];
      columns[k] = columns[k - 1];
      columns[k - 1] = column;
    }
  return true;
}

static uint64_t
column_set(const unsigned *columns, unsigned count)
{
  uint64_t set = 0;
  for (unsigned i = 0; i < count; i++)
    set |= columns[i] < 64 ? UINT64_C(1) << columns[i] : 0;
  return set;
}

static bool
has_runs(const struct rollup_pass *pass)
{
  return pass->run_count > 0 || pass->found.is_on;
}

/* Runs that are found differ in any of their columns. */
static bool
keys_tell_runs_apart(const struct rollup_pass *pass, const struct draft *draft)
{
  if (!pass->found.is_on)
    return runs_tell_apart(pass, column_set(draft->small, draft->small_count));
  unsigned found = 0;
  for (unsigned i = 0; i < draft->small_count; i++)
    found += is_run_column(pass, draft->small[i]);
  return found == pass->run_column_count;
}

static bool
find_locality(const struct rollup_pass *pass, const struct draft *draft, int *ret_watched)
{
  *ret_watched = -1;
  if (!has_runs(pass))
    return false;
  if (keys_tell_runs_apart(pass, draft))
    return true;
  for (unsigned i = 0; i < draft->small_count; i++) {
    unsigned column = draft->small[i];
    const struct column_knowledge *known = &pass->knowledge.columns[column];
    if (is_run_column(pass, column) ||
        (pass->found.is_on ? known->is_scattered : known->is_not_local))
      continue;
    *ret_watched = (int)column;
    return true;
  }
  return false;
}

static bool
can_stream(const struct rollup_pass *pass, const struct draft *draft)
{
  return has_runs(pass) && keys_tell_runs_apart(pass, draft) &&
         stream_fits(pass, draft->spec, pass->run_columns, pass->run_column_count,
                     pass->found.is_on);
}

bool
draft_order(const struct rollup_pass *pass, struct draft *draft)
{
  bool streams = draft->large_count > 0 && can_stream(pass, draft);
  if (streams) {
    sort_by_stream(draft, draft->large, draft->large_count);
    sort_by_stream(draft, draft->small, draft->small_count);
  }
  return streams;
}

unsigned
draft_entity(const struct draft *draft, unsigned *ret_columns)
{
  unsigned count = draft->large_count;
  memcpy(ret_columns, draft->large, count * sizeof *ret_columns);
  if (count == 0 && draft->distinct >= 0 && !draft->has_more)
    ret_columns[count++] = (unsigned)draft->distinct;
  return count;
}

struct space
draft_space(const struct rollup_pass *pass, const struct draft *draft)
{
  struct space space = {{0}};
  for (unsigned i = 0; i < draft->small_count; i++)
    space_add(&space, draft->small[i]);
  if (draft->spec->where >= 0)
    space_add(&space, (unsigned)draft->spec->where);
  for (unsigned a = 0; a < draft->spec->aggregate_count; a++) {
    const struct rollup_aggregate *aggregate = &draft->spec->aggregates[a];
    if (aggregate->filter >= 0)
      space_add(&space, (unsigned)aggregate->filter);
    for (unsigned i = 0; aggregate->other_count > 0 && i < draft_counted(aggregate); i++)
      if (!is_large(pass, draft_counted_column(aggregate, i)))
        space_add(&space, draft_counted_column(aggregate, i));
  }
  return space;
}

void
draft_locality(const struct rollup_pass *pass, struct draft *draft)
{
  draft->is_local = find_locality(pass, draft, &draft->watched);
}

void
draft_make(struct rollup_pass *pass, struct draft *draft)
{
  draft_keys(pass, draft);
  draft_distinct(pass, draft);
  check_words(pass, draft);
}
