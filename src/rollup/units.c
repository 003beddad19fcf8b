/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/draft.h"
#include <stdlib.h>
#include <string.h>

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

static bool
same_values(const struct rollup_aggregate *a, const struct rollup_aggregate *b)
{
  return a->argument == b->argument &&
         same_columns(a->others, a->other_count, b->others, b->other_count);
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
        same_values(unit->counted, aggregate) && unit->filter == filter)
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
  bool is_large = draft_counts(pass, spec);
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
  draft->is_refused |= aggregate->measure == PLACE_GIVEN_UP;
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
  unsigned entity[64], count = draft_entity(draft, entity);
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

/* The rollup's keys, and the columns whose values are counted. */
static void
add_counted(const struct rollup_pass *pass, const struct rollup_aggregate *aggregate,
            struct draft *draft)
{
  for (unsigned i = 0; i < draft_counted(aggregate); i++) {
    unsigned column = draft_counted_column(aggregate, i);
    if (columns_have(draft->small, draft->small_count, column) ||
        columns_have(draft->large, draft->large_count, column))
      continue;
    if (pass->knowledge.columns[column].is_large)
      draft->large[draft->large_count++] = column;
    else
      draft->small[draft->small_count++] = column;
  }
}

/* Units that mark rows come before those that count them, and so do their families. */
static bool
add_marks(struct rollup_pass *pass, const struct draft *draft,
          const struct rollup_aggregate *aggregate)
{
  struct draft marks = *draft;
  add_counted(pass, aggregate, &marks);
  bool has_entity = marks.large_count > 0;
  marks.has_more |= !has_entity; /* on a family of none */
  marks.is_local &= has_entity;  /* ranges of a run share combinations */
  const struct family *family = side_family(pass, &marks, marks.large, marks.large_count);
  if (family == NULL)
    return false;
  struct unit *unit = add_unit(pass, &marks, UNIT_DISTINCT, family->number);
  unit->watched = draft->watched;
  unit->counted = aggregate;
  if (!fill_keys(pass, &marks, unit))
    return false;
  bool is_rows = aggregate->other_count > 0;
  unit->valid = is_rows ? -1 : slot_of_valid(pass, (unsigned)aggregate->argument);
  if (!is_rows && unit->valid < 0)
    return false;
  return aggregate->filter < 0 ||
         (unit->filter = slot_of_code(pass, (unsigned)aggregate->filter)) >= 0;
}

static bool
add_all_marks(struct rollup_pass *pass, const struct draft *draft)
{
  for (unsigned a = 0; draft->by_marks && a < draft->spec->aggregate_count; a++) {
    const struct rollup_aggregate *aggregate = &draft->spec->aggregates[a];
    if (draft_counts(pass, aggregate) && find_marks(pass, draft, aggregate) == NULL &&
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
  return draft->large_count > 0 || draft->has_rows ||
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
  struct wish wish = {.space = draft_space(pass, draft), .streams = draft_order(pass, draft)};
  wish.entity_count = draft_entity(draft, wish.entity);
  for (unsigned i = 0; wish.streams && i < draft->small_count; i++)
    if (!is_run_column(pass, draft->small[i]))
      wish.order[wish.order_count++] = draft->small[i];
  return sharing_add(&pass->knowledge, draft->sharing, draft->place, &wish) ? ROLLUP_DONE
                                                                            : pass_no_memory(pass);
}

static enum rollup_status
make_unit(struct rollup_pass *pass, struct draft *draft)
{
  bool streams = draft_order(pass, draft);
  draft_locality(pass, draft);
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
      draft_make(pass, &draft);
      unsigned entity[64];
      if (draft.is_refused || (draft_entity(&draft, entity) > 0) != with_entity)
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
