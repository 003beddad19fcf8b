/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include <stdlib.h>
#include <string.h>

/* A rollup's grouping set under inspection: its keys, small and large, and its large distinct arguments. */
struct draft {
  unsigned rollup;
  uint64_t set;
  const struct rollup_spec *spec;
  unsigned small[64], large[64];
  unsigned small_count, large_count;
  int distinct;  /* a large argument of count(DISTINCT), or -1 */
  bool has_more; /* than that one */
  bool is_local; /* each group is within one run; watched: because of this column */
  int watched;
  bool by_marks; /* large distinct arguments are counted by marks (distinct.c), else by presence */
  bool is_refused;
  unsigned place;          /* among all grouping sets of all rollups */
  struct sharing *sharing; /* NULL: units share a family wherever they can */
};

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

static bool
counts_large(const struct rollup_pass *pass, const struct rollup_aggregate *aggregate)
{
  return aggregate->function == ROLLUP_COUNT_DISTINCT &&
         is_large(pass, (unsigned)aggregate->argument);
}

static void
draft_distinct(struct rollup_pass *pass, struct draft *draft)
{
  draft->distinct = -1;
  for (unsigned a = 0; a < draft->spec->aggregate_count; a++) {
    const struct rollup_aggregate *aggregate = &draft->spec->aggregates[a];
    if (!counts_large(pass, aggregate))
      continue;
    draft->has_more |= draft->distinct >= 0 && draft->distinct != aggregate->argument;
    draft->distinct = aggregate->argument;
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
    if (!counts_large(pass, aggregate))
      continue;
    unsigned own = pass->knowledge.columns[aggregate->argument].words;
    most = own > most ? own : most;
    if (own == 0)
      refuse(pass, draft, "the texts of a distinct count are too long");
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

/* Whether each group is within one run; *ret_watched: the column that says so by what has been seen of it, or -1. */
static bool
is_local(const struct rollup_pass *pass, const struct draft *draft, int *ret_watched)
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

static bool
same_columns(const unsigned *a, unsigned a_count, const unsigned *b, unsigned b_count)
{
  return a_count == b_count && memcmp(a, b, a_count * sizeof *a) == 0;
}

/* A run has one order, so streams of one family must ask for the same; run columns do not vary in it. */
static bool
same_order(const struct rollup_pass *pass, const struct family *family, const struct draft *draft)
{
  unsigned at = 0;
  for (unsigned i = 0; i < draft->small_count; i++) {
    if (is_run_column(pass, draft->small[i]))
      continue;
    if (at == family->stream_count || family->stream_keys[at++] != draft->small[i])
      return false;
  }
  return at == family->stream_count;
}

static bool
set_order(const struct rollup_pass *pass, struct family *family, const struct draft *draft)
{
  family->streams = true;
  family->stream_keys = calloc(draft->small_count + 1, sizeof *family->stream_keys);
  for (unsigned i = 0; family->stream_keys != NULL && i < draft->small_count; i++)
    if (!is_run_column(pass, draft->small[i]))
      family->stream_keys[family->stream_count++] = draft->small[i];
  return family->stream_keys != NULL;
}

/* Keys in the order of its stream, if it streams. */
static bool
order_keys(const struct rollup_pass *pass, struct draft *draft)
{
  bool streams = draft->large_count > 0 && can_stream(pass, draft);
  if (streams) {
    sort_by_stream(draft, draft->large, draft->large_count);
    sort_by_stream(draft, draft->small, draft->small_count);
  }
  return streams;
}

/* A unit with keys that are all small is computed where its distinct argument is the entity, when that is one. */
static unsigned
entity_of(const struct draft *draft, unsigned *ret_columns)
{
  unsigned count = draft->large_count;
  memcpy(ret_columns, draft->large, count * sizeof *ret_columns);
  if (count == 0 && draft->distinct >= 0 && !draft->has_more)
    ret_columns[count++] = (unsigned)draft->distinct;
  return count;
}

/* The small columns that tell its rows apart. */
static struct space
draft_space(const struct draft *draft)
{
  struct space space = {{0}};
  for (unsigned i = 0; i < draft->small_count; i++)
    space_add(&space, draft->small[i]);
  if (draft->spec->where >= 0)
    space_add(&space, (unsigned)draft->spec->where);
  for (unsigned a = 0; a < draft->spec->aggregate_count; a++)
    if (draft->spec->aggregates[a].filter >= 0)
      space_add(&space, (unsigned)draft->spec->aggregates[a].filter);
  return space;
}

/* Without an entity of its own a unit rides on the first family that there is; but one that counts the marks of several comes
 * after them all. */
static struct family *
find_family(struct rollup_pass *pass, const struct draft *draft, const unsigned *entity,
            unsigned count, bool streams)
{
  for (unsigned i = 0; i < pass->family_count; i++) {
    struct family *family = &pass->families[i];
    if (draft->sharing != NULL) {
      if (family->group == sharing_group(draft->sharing, draft->place))
        return family;
      continue;
    }
    bool fits = (count == 0 && !draft->has_more) ||
                same_columns(family->entity, family->entity_count, entity, count);
    if (fits && (!streams || !family->streams || same_order(pass, family, draft)))
      return family;
  }
  return NULL;
}

static struct family *
new_family(struct rollup_pass *pass, const unsigned *entity, unsigned count)
{
  struct family *families = realloc(pass->families, (pass->family_count + 1) * sizeof *families);
  if (families == NULL)
    return NULL;
  pass->families = families;
  struct family *family = &families[pass->family_count];
  *family = (struct family){.number = pass->family_count++};
  family->entity = calloc(count + 1, sizeof *family->entity);
  if (family->entity == NULL)
    return NULL;
  if (count > 0)
    memcpy(family->entity, entity, count * sizeof *entity);
  family->entity_count = count;
  const struct rollup_aggregate rows = {
      .function = ROLLUP_COUNT_ROWS, .argument = -1, .filter = -1};
  return measure_of(pass, family, 0, &rows) < 0 ? NULL
                                                : family; /* measure 0, for every state's rows */
}

static int
same_element(const struct unit *unit, unsigned index)
{
  const struct unit_aggregate *wanted = &unit->aggregates[index];
  for (unsigned a = 0; a < index; a++) {
    const struct unit_aggregate *aggregate = &unit->aggregates[a];
    if (wanted->measure >= 0 && aggregate->measure == wanted->measure &&
        aggregate->filter == wanted->filter && aggregate->same_as < 0)
      return (int)a;
  }
  return -1;
}

/* The unit that marks rows for an aggregate, or NULL. */
static const struct unit *
find_marks(const struct rollup_pass *pass, const struct draft *draft,
           const struct rollup_aggregate *aggregate)
{
  int filter = -1;
  for (unsigned i = 0; aggregate->filter >= 0 && i < pass->layout.code_count; i++)
    if (pass->layout.codes[i] == (unsigned)aggregate->filter)
      filter = (int)i;
  if (aggregate->filter >= 0 && filter < 0)
    return NULL;
  for (unsigned u = pass->unit_count; u-- > 0;) {
    const struct unit *unit = &pass->units[u];
    if (unit->ordinal == draft->place && unit->kind == UNIT_DISTINCT &&
        unit->argument == (unsigned)aggregate->argument && unit->filter == filter)
      return unit;
  }
  return NULL;
}

/* False: out of memory, or the rollup has given up. */
static bool
fill_aggregate(struct rollup_pass *pass, struct draft *draft, struct family *family,
               struct unit_aggregate *aggregate)
{
  const struct rollup_aggregate *spec = aggregate->spec;
  bool is_large = counts_large(pass, spec);
  if (is_large && draft->by_marks) {
    aggregate->measure = measure_of_marks(family, find_marks(pass, draft, spec));
    aggregate->kind = (struct element_kind){.type = ELEMENT_COUNT, .bytes = sizeof(uint64_t)};
    return aggregate->measure >= 0;
  }
  if (spec->filter >= 0 && (aggregate->filter = slot_of_code(pass, (unsigned)spec->filter)) < 0)
    return false;
  if (is_large) {
    aggregate->kind = (struct element_kind){.type = ELEMENT_COUNT, .bytes = sizeof(uint64_t)};
    aggregate->in_run = draft->is_local;
    return true;
  }
  aggregate->measure = measure_of(pass, family, draft->rollup, spec);
  draft->is_refused |= aggregate->measure == -2;
  if (aggregate->measure < 0)
    return false;
  aggregate->kind = family->measures[aggregate->measure].kind;
  return true;
}

static bool
fill_aggregates(struct rollup_pass *pass, struct draft *draft, struct family *family,
                struct unit *unit)
{
  unsigned count = draft->spec->aggregate_count;
  unit->aggregates = calloc(count + 1, sizeof *unit->aggregates);
  if (unit->aggregates == NULL)
    return false;
  unit->aggregate_count = count;
  unit->state_bytes = sizeof(uint64_t);
  for (unsigned a = 0; a < count; a++) {
    struct unit_aggregate *aggregate = &unit->aggregates[a];
    const struct rollup_aggregate *spec = &draft->spec->aggregates[a];
    *aggregate = (struct unit_aggregate){.spec = spec, .measure = -1, .filter = -1, .same_as = -1};
    if (!fill_aggregate(pass, draft, family, aggregate))
      return draft->is_refused;
    if (spec->function == ROLLUP_COUNT_ROWS && spec->filter < 0)
      continue; /* the rows of the group, which every state has */
    aggregate->same_as = same_element(unit, a);
    aggregate->offset =
        aggregate->same_as >= 0 ? unit->aggregates[aggregate->same_as].offset : unit->state_bytes;
    if (aggregate->same_as < 0)
      unit->state_bytes += aggregate->kind.bytes;
  }
  return true;
}

static bool
fill_keys(struct rollup_pass *pass, const struct draft *draft, struct unit *unit)
{
  unit->small = calloc(draft->small_count + 1, sizeof *unit->small);
  if (unit->small == NULL)
    return false;
  unit->small_count = draft->small_count;
  unit->key_words = (draft->small_count + 3) / 4;
  for (unsigned i = 0; i < draft->small_count; i++) {
    int slot = slot_of_code(pass, draft->small[i]);
    if (slot < 0)
      return false;
    unit->small[i] = (unsigned)slot;
  }
  unit->where = unit->filter = unit->groups_where = -1;
  if (draft->spec->where < 0)
    return true;
  unit->where = unit->groups_where = slot_of_code(pass, (unsigned)draft->spec->where);
  return unit->where >= 0;
}

/* A family for marks or presence bits; with sharing settled each has its own. NULL: out of memory. */
static struct family *
side_family(struct rollup_pass *pass, const struct draft *draft, const unsigned *entity,
            unsigned count)
{
  struct family *family =
      draft->sharing != NULL ? NULL : find_family(pass, draft, entity, count, false);
  if (family == NULL && (family = new_family(pass, entity, count)) != NULL)
    family->group = draft->sharing != NULL ? NO_GROUP : 0;
  return family;
}

/* The family that computes a unit. NULL: out of memory. */
static struct family *
family_of(struct rollup_pass *pass, const struct draft *draft, bool streams)
{
  unsigned entity[64], count = entity_of(draft, entity);
  if (draft->by_marks && draft->large_count == 0 && count > 0)
    return &pass->families[pass->units[pass->unit_count - 1]
                               .family]; /* where its rows are marked */
  struct family *family = find_family(pass, draft, entity, count, streams);
  if (family == NULL && (family = new_family(pass, entity, count)) != NULL)
    family->group = draft->sharing != NULL ? sharing_group(draft->sharing, draft->place) : 0;
  return family;
}

static bool
add_presence(struct family *family, const struct unit *unit, unsigned aggregate)
{
  struct presence *presences =
      realloc(family->presences, (family->presence_count + 1) * sizeof *presences);
  if (presences == NULL)
    return false;
  family->presences = presences;
  presences[family->presence_count++] =
      (struct presence){.unit = unit->number, .aggregate = aggregate};
  family->needs_entities = true;
  return true;
}

/* One argument is counted where the unit is computed, several each by a family of its own. */
static bool
add_presences(struct rollup_pass *pass, const struct draft *draft, const struct unit *unit)
{
  for (unsigned a = 0; a < unit->aggregate_count; a++) {
    const struct unit_aggregate *aggregate = &unit->aggregates[a];
    if (aggregate->measure >= 0 || aggregate->in_run)
      continue;
    unsigned argument = (unsigned)aggregate->spec->argument;
    struct family *family =
        draft->has_more ? side_family(pass, draft, &argument, 1) : &pass->families[unit->family];
    if (family == NULL || !add_presence(family, unit, a))
      return false;
  }
  return true;
}

static struct unit *
add_unit(struct rollup_pass *pass, const struct draft *draft, enum unit_kind kind, unsigned family)
{
  struct unit *unit = &pass->units[pass->unit_count];
  *unit = (struct unit){.rollup = draft->rollup,
                        .ordinal = draft->place,
                        .number = pass->unit_count,
                        .host = pass->unit_count,
                        .set = draft->set,
                        .kind = kind,
                        .is_local = draft->is_local,
                        .watched = -1,
                        .family = family};
  pass->unit_count++;
  return unit;
}

/* Units that mark rows come before those that count them, and so do their families. */
static bool
add_marks(struct rollup_pass *pass, const struct draft *draft,
          const struct rollup_aggregate *aggregate)
{
  unsigned entity[65], count = draft->large_count, argument = (unsigned)aggregate->argument;
  memcpy(entity, draft->large, count * sizeof *entity);
  bool is_key = false;
  for (unsigned i = 0; i < count; i++)
    is_key |= entity[i] == argument;
  if (!is_key)
    entity[count++] = argument;
  const struct family *family = side_family(pass, draft, entity, count);
  if (family == NULL)
    return false;
  struct unit *unit = add_unit(pass, draft, UNIT_DISTINCT, family->number);
  unit->watched = draft->watched;
  unit->argument = argument;
  if (!fill_keys(pass, draft, unit) || (unit->valid = slot_of_valid(pass, argument)) < 0)
    return false;
  return aggregate->filter < 0 ||
         (unit->filter = slot_of_code(pass, (unsigned)aggregate->filter)) >= 0;
}

static bool
add_all_marks(struct rollup_pass *pass, const struct draft *draft)
{
  for (unsigned a = 0; draft->by_marks && a < draft->spec->aggregate_count; a++) {
    const struct rollup_aggregate *aggregate = &draft->spec->aggregates[a];
    if (counts_large(pass, aggregate) && find_marks(pass, draft, aggregate) == NULL &&
        !add_marks(pass, draft, aggregate))
      return false;
  }
  return true;
}

/* Presence bits hold one entity for each of some cells, and a run counts those of its own cells; all else is marked. */
static bool
wants_marks(const struct rollup_pass *pass, const struct draft *draft)
{
  if (draft->distinct < 0)
    return false;
  return draft->large_count > 0 ||
         (draft->is_local ? draft->has_more : pass->knowledge.too_many_cells[draft->place]);
}

static enum unit_kind
kind_of(const struct draft *draft, bool streams)
{
  if (draft->large_count == 0)
    return UNIT_CELLS;
  if (streams)
    return UNIT_STREAM;
  return draft->small_count == 0 ? UNIT_ENTITY : UNIT_TABLE;
}

static enum rollup_status
add_wish(struct rollup_pass *pass, struct draft *draft)
{
  struct wish wish = {.space = draft_space(draft), .streams = order_keys(pass, draft)};
  wish.entity_count = entity_of(draft, wish.entity);
  for (unsigned i = 0; wish.streams && i < draft->small_count; i++)
    if (!is_run_column(pass, draft->small[i]))
      wish.order[wish.order_count++] = draft->small[i];
  return sharing_add(&pass->knowledge, draft->sharing, draft->place, &wish) ? ROLLUP_DONE
                                                                            : pass_no_memory(pass);
}

static enum rollup_status
make_unit(struct rollup_pass *pass, struct draft *draft)
{
  bool streams = order_keys(pass, draft);
  draft->is_local = is_local(pass, draft, &draft->watched);
  draft->by_marks = wants_marks(pass, draft);
  if (!add_all_marks(pass, draft))
    return pass_no_memory(pass);
  struct family *family = family_of(pass, draft, streams);
  if (family == NULL || (streams && !family->streams && !set_order(pass, family, draft)))
    return pass_no_memory(pass);
  struct unit *unit = add_unit(pass, draft, kind_of(draft, streams), family->number);
  if (draft->distinct >= 0 && !draft->by_marks && draft->is_local)
    unit->watched = draft->watched; /* else nothing depends on it, or only what marks */
  if (!fill_keys(pass, draft, unit) || !fill_aggregates(pass, draft, family, unit))
    return pass_no_memory(pass);
  family->needs_entities |= !draft->is_refused && unit->kind == UNIT_ENTITY;
  if (!draft->is_refused && !add_presences(pass, draft, unit))
    return pass_no_memory(pass);
  return ROLLUP_DONE;
}

/* Units with entities first, so that those without can ride on their families. */
static enum rollup_status
each_draft(struct rollup_pass *pass, struct sharing *sharing, bool with_entity,
           enum rollup_status (*take)(struct rollup_pass *pass, struct draft *draft))
{
  unsigned before = 0;
  for (unsigned r = 0; r < pass->spec.rollup_count; r++) {
    const struct rollup_spec *spec = &pass->spec.rollups[r];
    for (unsigned s = 0; s < spec->set_count && pass->knowledge.gave_up[r] == NULL; s++) {
      struct draft draft = {
          .rollup = r, .set = spec->sets[s], .spec = spec, .place = before + s, .sharing = sharing};
      draft_keys(pass, &draft);
      draft_distinct(pass, &draft);
      check_words(pass, &draft);
      unsigned entity[64];
      if (draft.is_refused || (entity_of(&draft, entity) > 0) != with_entity)
        continue;
      enum rollup_status status = take(pass, &draft);
      if (status != ROLLUP_DONE)
        return status;
    }
    before += spec->set_count;
  }
  return ROLLUP_DONE;
}

static enum rollup_status
all_drafts(struct rollup_pass *pass, struct sharing *sharing,
           enum rollup_status (*take)(struct rollup_pass *pass, struct draft *draft))
{
  enum rollup_status status = each_draft(pass, sharing, true, take);
  return status == ROLLUP_DONE ? each_draft(pass, sharing, false, take) : status;
}

static enum rollup_status
make_all(struct rollup_pass *pass, struct sharing *sharing)
{
  enum rollup_status status = ROLLUP_DONE;
  if (sharing != NULL)
    status = all_drafts(pass, sharing, add_wish);
  if (sharing != NULL && status == ROLLUP_DONE && !sharing_settle(&pass->knowledge, sharing))
    status = pass_no_memory(pass);
  return status == ROLLUP_DONE ? all_drafts(pass, sharing, make_unit) : status;
}

/* Each grouping set, and what marks rows for it. */
static size_t
most_units(const struct rollup_pass *pass)
{
  size_t units = 0;
  for (unsigned r = 0; r < pass->spec.rollup_count; r++) {
    const struct rollup_spec *spec = &pass->spec.rollups[r];
    size_t of_set = 1;
    for (unsigned a = 0; a < spec->aggregate_count; a++)
      of_set += spec->aggregates[a].function == ROLLUP_COUNT_DISTINCT;
    units += spec->set_count * of_set;
  }
  return units;
}

enum rollup_status
units_make(struct rollup_pass *pass)
{
  unsigned sets = 0;
  for (unsigned r = 0; r < pass->spec.rollup_count; r++)
    sets += pass->spec.rollups[r].set_count;
  pass->units = calloc(most_units(pass) + 1, sizeof *pass->units);
  struct sharing *sharing = pass->knowledge.split ? sharing_new(sets) : NULL;
  if (pass->units == NULL || (pass->knowledge.split && sharing == NULL)) {
    sharing_free(sharing);
    return pass_no_memory(pass);
  }
  enum rollup_status status = make_all(pass, sharing);
  sharing_free(sharing);
  return status;
}
