/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/cells.h"
#include "rollup/kernel.h"
#include "rollup/ranges.h"
#include <stdlib.h>
#include <string.h>

#ifndef BITS_LINE
#define BITS_LINE 64u /* bytes of a cache line */
#endif

static bool
is_active(const struct rollup_pass *pass, const struct unit *unit)
{
  return pass->knowledge.gave_up[unit->rollup] == NULL;
}

/* Cells are made of combinations, so the measures of their aggregates are wanted by combination. */
static void
mark_measures(struct family *family)
{
  for (unsigned u = 0; u < family->unit_count; u++) {
    const struct unit *unit = family->units[u];
    family->has_measures |= unit->kind != UNIT_DISTINCT;
    if (unit->kind != UNIT_CELLS)
      continue;
    family->measures[0].is_for_cells = true;
    for (unsigned a = 0; a < unit->aggregate_count; a++)
      if (unit->aggregates[a].measure >= 0)
        family->measures[unit->aggregates[a].measure].is_for_cells = true;
  }
}

static bool
rides(const struct family *family, unsigned count, unsigned ordinal)
{
  for (unsigned u = 0; u < count; u++)
    if (family->units[u]->ordinal == ordinal)
      return true;
  return false;
}

static void
count_riders(const struct rollup_pass *pass, struct family *family)
{
  for (unsigned u = 0; u < family->unit_count; u++)
    family->rider_count += !rides(family, u, family->units[u]->ordinal);
  for (unsigned i = 0; i < family->presence_count; i++) {
    const struct unit *unit = &pass->units[family->presences[i].unit];
    family->rider_count += unit->family != family->number && is_active(pass, unit);
  }
}

/* A unit of a rollup that gave up while units were made, on another of its sets or aggregates, is not computed: no table has states
 * of it. */
static bool
collect_units(struct rollup_pass *pass, struct family *family)
{
  family->units = calloc(pass->unit_count + 1, sizeof(struct unit *));
  if (family->units == NULL)
    return false;
  for (unsigned u = 0; u < pass->unit_count; u++) {
    struct unit *unit = &pass->units[u];
    if (unit->family == family->number && is_active(pass, unit))
      family->units[family->unit_count++] = unit;
    else if (unit->family == family->number)
      unit->aggregate_count = 0;
  }
  mark_measures(family);
  count_riders(pass, family);
  for (unsigned m = 0; m < family->measure_count; m++)
    family->has_sums |= family->measures[m].kind.type == ELEMENT_REAL;
  return true;
}

static void
add_to_space(struct family *family, unsigned slot)
{
  for (unsigned i = 0; i < family->space_count; i++)
    if (family->space[i] == slot)
      return;
  family->space[family->space_count++] = slot;
}

/* The unit whose groups must be neighbours when a run is in order. */
static const struct unit *
ordered_unit(const struct family *family)
{
  for (unsigned i = 0; i < family->unit_count; i++)
    if (family->units[i]->kind == UNIT_STREAM)
      return family->units[i];
  for (unsigned i = 0; i < family->unit_count; i++)
    if (family->units[i]->kind == UNIT_TABLE)
      return family->units[i];
  return NULL;
}

static void
add_predicate_to_space(struct family *family, int slot)
{
  if (slot >= 0)
    add_to_space(family, (unsigned)slot);
}

static void
add_presences_to_space(const struct rollup_pass *pass, struct family *family)
{
  for (unsigned i = 0; i < family->presence_count; i++) {
    const struct unit *unit = &pass->units[family->presences[i].unit];
    if (!is_active(pass, unit))
      continue;
    for (unsigned k = 0; k < unit->small_count; k++)
      add_to_space(family, unit->small[k]);
    add_predicate_to_space(family, unit->where);
    add_predicate_to_space(family, unit->aggregates[family->presences[i].aggregate].filter);
  }
}

static bool
find_space(struct rollup_pass *pass, struct family *family)
{
  family->space = calloc(pass->layout.code_count + 1, sizeof *family->space);
  if (family->space == NULL)
    return false;
  const struct unit *first = ordered_unit(family);
  family->is_ordered = first != NULL;
  for (unsigned i = 0; first != NULL && i < first->small_count; i++)
    add_to_space(family, first->small[i]);
  for (unsigned u = 0; u < family->unit_count; u++) {
    const struct unit *unit = family->units[u];
    for (unsigned i = 0; i < unit->small_count; i++)
      add_to_space(family, unit->small[i]);
    add_predicate_to_space(family, unit->where);
    add_predicate_to_space(family, unit->filter);
    for (unsigned a = 0; a < unit->aggregate_count; a++)
      if (unit->aggregates[a].measure >= 0 || unit->aggregates[a].in_run)
        add_predicate_to_space(family, unit->aggregates[a].filter);
  }
  add_presences_to_space(pass, family);
  return true;
}

static bool
find_words(struct rollup_pass *pass, struct family *family)
{
  unsigned most = 1;
  for (unsigned i = 0; i < family->entity_count; i++)
    most += pass->knowledge.columns[family->entity[i]].words;
  family->words = calloc(most, sizeof *family->words);
  if (family->words == NULL)
    return false;
  for (unsigned i = 0; i < family->entity_count; i++) {
    int first = slots_of_words(pass, family->entity[i]);
    if (first < 0)
      return false;
    for (unsigned w = 0; w < pass->knowledge.columns[family->entity[i]].words; w++)
      family->words[family->word_count++] = (unsigned)first + w;
  }
  return true;
}

static unsigned
presence_key_words(const struct rollup_pass *pass)
{
  unsigned most = 0;
  for (unsigned u = 0; u < pass->unit_count; u++)
    most = pass->units[u].key_words > most ? pass->units[u].key_words : most;
  return 1 + most;
}

/* Presence bits fill the record's last cache line: there is no cheaper place for them. */
static unsigned
presence_words(const struct rollup_pass *pass, const struct family *family, uint32_t state_bytes)
{
  bool has_bits = false;
  for (unsigned i = 0; i < family->presence_count; i++)
    has_bits |= is_active(pass, &pass->units[family->presences[i].unit]);
  if (!has_bits)
    return 0;
  uint32_t others = family->word_count * 8 + state_bytes;
  uint32_t least = others + pass->knowledge.bit_words * 8;
  unsigned words = ((least + BITS_LINE - 1) / BITS_LINE * BITS_LINE - others) / 8;
  return words < BIT_WORDS_MOST ? words : BIT_WORDS_MOST;
}

static bool
make_tables(struct rollup_pass *pass, struct family *family)
{
  struct rollup_budget *budget = pass->spec.budget;
  (void)pthread_mutex_init(&family->bits_lock, NULL);
  family->has_lock = true;
  uint32_t bytes = 0;
  for (unsigned u = 0; u < family->unit_count; u++) {
    struct unit *unit = family->units[u];
    if (unit->kind == UNIT_ENTITY) {
      unit->state_at = bytes;
      bytes += unit->state_bytes;
    } else if (unit->kind == UNIT_DISTINCT && !unit->is_local &&
               !distinct_lay_out(pass, family, unit)) {
      return false;
    }
  }
  if (!hosts_make(pass, family))
    return false;
  family->bit_words = presence_words(pass, family, bytes);
  for (unsigned u = 0; u < family->unit_count; u++)
    family->units[u]->state_at += family->units[u]->kind == UNIT_ENTITY ? family->bit_words * 8 : 0;
  bytes += family->bit_words * 8;
  family->bits = cells_new(budget, presence_key_words(pass), 0);
  if (family->needs_entities && bytes > 0)
    family->entities = rollup_table_new(budget, family->word_count, family->word_count, bytes);
  return family->bits != NULL &&
         (family->entities != NULL || !family->needs_entities || bytes == 0);
}

static bool
watch_columns(struct rollup_pass *pass)
{
  pass->local_run = calloc(pass->spec.column_count + 1, sizeof *pass->local_run);
  if (pass->local_run == NULL)
    return false;
  for (unsigned u = 0; u < pass->unit_count; u++) {
    int column = pass->units[u].watched;
    if (column >= 0 && pass->local_run[column] == NULL &&
        (pass->local_run[column] = calloc(SMALL_VALUES + 1, sizeof(uint32_t))) == NULL)
      return false;
  }
  return true;
}

static bool
comes_before(const struct family *a, const struct family *b)
{
  if ((a->group == NO_GROUP) != (b->group == NO_GROUP))
    return a->group == NO_GROUP;
  return a->entity_count > b->entity_count;
}

/* What a family counts is marked by itself or by one before it: one of NO_GROUP, one with more entity columns, or one of as
 * many that was made earlier (units.c). */
static bool
order_families(struct rollup_pass *pass)
{
  pass->family_order = calloc(pass->family_count + 1, sizeof *pass->family_order);
  if (pass->family_order == NULL)
    return false;
  for (unsigned i = 0; i < pass->family_count; i++) {
    unsigned k = i;
    for (; k > 0 && comes_before(&pass->families[i], &pass->families[pass->family_order[k - 1]]);
         k--)
      pass->family_order[k] = pass->family_order[k - 1];
    pass->family_order[k] = i;
  }
  return true;
}

static bool
all_gave_up(const struct rollup_pass *pass)
{
  for (unsigned r = 0; r < pass->spec.rollup_count; r++)
    if (pass->knowledge.gave_up[r] == NULL)
      return false;
  return true;
}

static enum rollup_status
choose_runs(struct rollup_pass *pass, const struct rollup_batch *sample)
{
  found_choose(pass);
  pass->found.is_on = pass->found.is_on && sample->rows > 0;
  if (!pass->found.is_on)
    return ROLLUP_DONE;
  for (unsigned i = 0; i < pass->run_column_count; i++)
    if (slot_of_code(pass, pass->run_columns[i]) < 0)
      return pass_no_memory(pass);
  return sample_scattered(pass, sample) ? ROLLUP_DONE : pass_no_memory(pass);
}

static void
find_giant(struct rollup_pass *pass)
{
  bool found = false;
  for (uint32_t r = 0; r < pass->run_count && !found; r++)
    found = pass->runs[r].rows > pass->told_rows / 2 && run_is_large(pass, pass->runs[r].rows);
  atomic_store(&pass->has_giant, found);
}

enum rollup_status
pass_lay_out(struct rollup_pass *pass, const struct rollup_batch *sample)
{
  pass->layout = (struct piece_layout){.types = pass->spec.columns, .plain = pass->spec.plain};
  pass->dictionaries = calloc(pass->spec.column_count + 1, sizeof *pass->dictionaries);
  if (pass->dictionaries == NULL)
    return pass_no_memory(pass);
  enum rollup_status status = sample_columns(pass, sample);
  if (status == ROLLUP_DONE)
    status = runs_lay_out(pass);
  if (status == ROLLUP_DONE)
    status = choose_runs(pass, sample);
  if (status == ROLLUP_DONE)
    status = units_make(pass);
  if (status != ROLLUP_DONE)
    return status;
  if (all_gave_up(pass))
    return pass_stop(pass, ROLLUP_FAILED, pass->knowledge.gave_up[0]);
  for (unsigned f = 0; f < pass->family_count; f++) {
    struct family *family = &pass->families[f];
    if (!collect_units(pass, family) || !find_space(pass, family) || !find_words(pass, family) ||
        !make_tables(pass, family))
      return pass_no_memory(pass);
  }
  if (!watch_columns(pass) || !order_families(pass))
    return pass_no_memory(pass);
  memcpy(pass->columns, pass->knowledge.columns, pass->spec.column_count * sizeof *pass->columns);
  pass->is_laid_out = true;
  ranges_choose(pass);
  find_giant(pass);
  return found_check(pass);
}

/* Sums that left their windows hold memory of their own. */
static void
free_states(const struct unit *unit, char *states, size_t stride, uint32_t count)
{
  for (unsigned a = 0; a < unit->aggregate_count; a++) {
    const struct unit_aggregate *aggregate = &unit->aggregates[a];
    for (uint32_t i = 0;
         aggregate->kind.type == ELEMENT_REAL && aggregate->same_as < 0 && i < count; i++)
      element_free(&aggregate->kind, states + i * stride + aggregate->offset);
  }
}

static void
free_table_states(const struct unit *unit, const struct table *table)
{
  if (table != NULL)
    free_states(unit, table_states(table) + unit->state_at, table->record_bytes, table_end(table));
}

void
unit_free_cells(const struct unit *unit, struct cells *cells)
{
  if (cells != NULL && cells->count > 0)
    free_states(unit, cells->states, cells->state_bytes, cells->count);
  cells_free(cells);
}

static void
unit_clear(struct rollup_pass *pass, struct unit *unit)
{
  if (unit->kind == UNIT_ENTITY && unit->family < pass->family_count)
    free_table_states(unit, pass->families[unit->family].entities);
  if (unit->kind == UNIT_TABLE)
    free_table_states(unit, unit->table);
  unit_free_cells(unit, unit->total);
  free(unit->small);
  free(unit->aggregates);
  free(unit->packing);
}

static void
family_clear(struct family *family, struct rollup_budget *budget)
{
  free(family->entity);
  free(family->words);
  free(family->space);
  free(family->stream_keys);
  free(family->units);
  for (unsigned i = 0; i < family->measure_count; i++)
    free(family->measures[i].order);
  free(family->measures);
  free(family->presences);
  rollup_table_free(family->entities);
  if (family->bits != NULL && family->bit_counts != NULL)
    budget_free(budget, family->bit_counts, family->bit_words * 64 * sizeof(uint64_t));
  cells_free(family->bits);
  if (family->has_lock)
    (void)pthread_mutex_destroy(&family->bits_lock);
}

void
pass_clear_layout(struct rollup_pass *pass)
{
  for (unsigned u = 0; u < pass->unit_count; u++)
    unit_clear(pass, &pass->units[u]);
  for (unsigned u = 0; u < pass->unit_count; u++)
    if (pass->units[u].host == u)
      rollup_table_free(pass->units[u].table);
  for (unsigned f = 0; f < pass->family_count; f++)
    family_clear(&pass->families[f], pass->spec.budget);
  free(pass->units);
  free(pass->families);
  free(pass->family_order);
  for (unsigned c = 0; c < pass->spec.column_count; c++) {
    if (pass->dictionaries != NULL && pass->dictionaries[c] != NULL)
      dictionary_free(pass->dictionaries[c]);
    if (pass->local_run != NULL)
      free(pass->local_run[c]);
  }
  free(pass->dictionaries);
  free(pass->local_run);
  free(pass->layout.words);
  free(pass->layout.codes);
  free(pass->layout.numbers);
  free(pass->layout.valids);
  pass->units = NULL;
  pass->families = NULL;
  pass->family_order = NULL;
  pass->dictionaries = NULL;
  pass->local_run = NULL;
  pass->unit_count = pass->family_count = 0;
  pass->layout = (struct piece_layout){0};
  pass->is_laid_out = false;
}
