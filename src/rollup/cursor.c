/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/cells.h"
#include "rollup/in_order.h"
#include "rollup/kernel.h"
#include <stdlib.h>
#include <string.h>

#define AHEAD 16u

/* A cursor goes through the units of its rollup, and in each through cells or records. */
struct rollup_cursor {
  const struct rollup_pass *pass;
  unsigned rollup, part, parts;
  unsigned unit; /* number of the unit at hand */
  uint32_t at;   /* cell or record to come */
  bool is_begun;
  struct in_order *in_order; /* of the only unit, or NULL: records come as they stand */
  void *memory;
  size_t memory_bytes;
  struct rollup_batch batch;
  struct rollup_column *columns;
  uint32_t index[ROLLUP_CURSOR_ROWS];
};

static uint32_t
share(uint32_t count, unsigned part, unsigned parts)
{
  return (uint32_t)((uint64_t)count * part / parts);
}

static const struct table *
table_of(const struct rollup_pass *pass, const struct unit *unit)
{
  return unit->kind == UNIT_ENTITY ? pass->families[unit->family].entities : unit->table;
}

/* Whether it is one of a rollup's grouping sets: hidden units are not. */
static bool
is_set_of(const struct unit *unit, unsigned rollup)
{
  return unit->rollup == rollup && unit->kind != UNIT_DISTINCT;
}

struct rollup_cursor *
rollup_cursor_new(const struct rollup_pass *pass, unsigned rollup, unsigned part, unsigned parts)
{
  struct rollup_cursor *cursor = calloc(1, sizeof *cursor);
  if (cursor == NULL)
    return NULL;
  *cursor = (struct rollup_cursor){.pass = pass, .rollup = rollup, .part = part, .parts = parts};
  for (unsigned u = 0; u < pass->unit_count; u++) {
    if (!is_set_of(&pass->units[u], rollup))
      continue;
    size_t bytes = emitter_bytes(pass, &pass->units[u], ROLLUP_CURSOR_ROWS);
    cursor->memory_bytes = bytes > cursor->memory_bytes ? bytes : cursor->memory_bytes;
  }
  cursor->memory = budget_alloc(pass->spec.budget, cursor->memory_bytes + 1);
  cursor->columns = calloc(emitter_columns(&pass->spec.rollups[rollup]), sizeof *cursor->columns);
  if (cursor->memory != NULL && cursor->columns != NULL)
    return cursor;
  rollup_cursor_free(cursor);
  return NULL;
}

/* The unit of a rollup's only grouping set, or NULL. */
static const struct unit *
only_unit(const struct rollup_pass *pass, unsigned rollup)
{
  const struct unit *only = NULL;
  for (unsigned u = 0; pass->is_finished && u < pass->unit_count; u++) {
    if (!is_set_of(&pass->units[u], rollup))
      continue;
    if (only != NULL)
      return NULL;
    only = &pass->units[u];
  }
  return only;
}

bool
rollup_pass_can_order(const struct rollup_pass *pass, unsigned rollup, const unsigned *keys,
                      unsigned key_count)
{
  const struct unit *unit = only_unit(pass, rollup);
  return unit != NULL && table_of(pass, unit) != NULL && in_order_fits(pass, unit, keys, key_count);
}

struct rollup_cursor *
rollup_cursor_new_in_order(const struct rollup_pass *pass, unsigned rollup, const unsigned *keys,
                           unsigned key_count, unsigned part, unsigned parts)
{
  struct rollup_cursor *cursor = rollup_cursor_new(pass, rollup, part, parts);
  const struct unit *unit = only_unit(pass, rollup);
  if (cursor == NULL || unit == NULL)
    return cursor;
  cursor->in_order = in_order_new(pass, unit, table_of(pass, unit), keys, key_count, part, parts);
  if (cursor->in_order != NULL)
    return cursor;
  rollup_cursor_free(cursor);
  return NULL;
}

void
rollup_cursor_free(struct rollup_cursor *cursor)
{
  if (cursor == NULL)
    return;
  in_order_free(cursor->in_order);
  budget_free(cursor->pass->spec.budget, cursor->memory, cursor->memory_bytes + 1);
  free(cursor->columns);
  free(cursor);
}

static void
emit_states(struct emitter *emitter, const char *states, size_t stride, const uint32_t *index,
            uint32_t count)
{
  const struct emit_rows rows = {states, stride};
  for (unsigned a = 0; a < emitter->unit->aggregate_count; a++)
    emit_elements(emitter, a, states + emitter->unit->aggregates[a].offset, stride, index, count,
                  &rows);
}

/* Small keys from their codes, four a word. */
static void
emit_codes(struct emitter *emitter, uint32_t row, const uint64_t *words)
{
  const struct unit *unit = emitter->unit;
  for (unsigned k = 0; k < emitter->spec->key_count; k++) {
    if ((unit->set >> k & 1) == 0)
      continue;
    for (unsigned i = 0; i < unit->small_count; i++)
      if (emitter->pass->layout.codes[unit->small[i]] == emitter->spec->keys[k])
        emit_code(emitter, k, row, (uint16_t)(words[i / 4] >> i % 4 * 16));
  }
}

static uint32_t
emit_cells(struct rollup_cursor *cursor, struct emitter *emitter)
{
  const struct cells *cells = emitter->unit->total;
  uint32_t end = share(cells->count, cursor->part + 1, cursor->parts);
  uint32_t count = 0;
  for (; cursor->at < end && count < ROLLUP_CURSOR_ROWS; cursor->at++) {
    emit_codes(emitter, count, cells_key(cells, cursor->at));
    cursor->index[count++] = cursor->at;
  }
  if (count > 0)
    emit_states(emitter, cells->states, cells->state_bytes, cursor->index, count);
  return count;
}

static void
emit_entity(struct emitter *emitter, const struct family *family, uint32_t row,
            const uint64_t *words)
{
  for (unsigned k = 0; k < emitter->spec->key_count; k++) {
    unsigned column = emitter->spec->keys[k];
    if ((emitter->unit->set >> k & 1) == 0 || !emitter->pass->columns[column].is_large)
      continue;
    unsigned count;
    unsigned first = entity_word(emitter->pass, family, column, &count);
    emit_words(emitter, k, row, words + first, 1, count);
  }
}

/* The next records that hold groups, into the cursor's index. False: out of memory. */
static bool
next_records(struct rollup_cursor *cursor, const struct unit *unit, const struct table *table,
             uint32_t *ret_count)
{
  if (cursor->in_order != NULL)
    return in_order_next(cursor->in_order, cursor->index, ROLLUP_CURSOR_ROWS, ret_count);
  uint32_t end = share(table_end(table), cursor->part + 1, cursor->parts), count = 0;
  const char *states = table_states(table) + unit->state_at;
  for (; cursor->at < end && count < ROLLUP_CURSOR_ROWS; cursor->at++)
    /* others are not used, or entities whose rows do not count here */
    if (*(const uint64_t *)(const void *)(states + (size_t)cursor->at * table->record_bytes) != 0)
      cursor->index[count++] = cursor->at;
  *ret_count = count;
  return true;
}

/* Records in order stand anywhere: what comes is fetched some of them ahead. */
static void
fetch_record(const struct table *table, const struct unit *unit, uint32_t record)
{
  const char *at = table_record(table, record);
  const char *state = at + table->key_words * sizeof(uint64_t) + unit->state_at;
  __builtin_prefetch(at);
  __builtin_prefetch(state);
  __builtin_prefetch(state + unit->state_bytes - 1);
}

static bool
emit_records(struct rollup_cursor *cursor, struct emitter *emitter, const struct table *table,
             uint32_t *ret_count)
{
  const struct unit *unit = emitter->unit;
  const struct family *family = &cursor->pass->families[unit->family];
  if (!next_records(cursor, unit, table, ret_count))
    return false;
  for (uint32_t i = 0; i < *ret_count; i++) {
    if (cursor->in_order != NULL && i + AHEAD < *ret_count)
      fetch_record(table, unit, cursor->index[i + AHEAD]);
    const uint64_t *key = (const uint64_t *)(const void *)table_record(table, cursor->index[i]);
    emit_entity(emitter, family, i, key);
    emit_codes(emitter, i, key + family->word_count);
  }
  if (*ret_count > 0)
    emit_states(emitter, table_states(table) + unit->state_at, table->record_bytes, cursor->index,
                *ret_count);
  return true;
}

static bool
emit_unit(struct rollup_cursor *cursor, const struct unit *unit)
{
  struct emitter emitter;
  emitter_place(&emitter, cursor->pass, unit, cursor->memory, ROLLUP_CURSOR_ROWS);
  const struct table *table = table_of(cursor->pass, unit);
  uint32_t count = 0;
  if (unit->kind == UNIT_CELLS)
    count = emit_cells(cursor, &emitter);
  else if (table != NULL && !emit_records(cursor, &emitter, table, &count))
    return false;
  emitter_finish(&emitter, count);
  cursor->batch = (struct rollup_batch){.rows = count, .columns = emitter.columns};
  return true;
}

static void
begin_unit(struct rollup_cursor *cursor)
{
  cursor->at = 0;
  if (cursor->unit >= cursor->pass->unit_count)
    return;
  const struct unit *unit = &cursor->pass->units[cursor->unit];
  const struct table *table = table_of(cursor->pass, unit);
  uint32_t count = 0;
  if (unit->kind == UNIT_CELLS)
    count = unit->total == NULL ? 0 : unit->total->count;
  else if (table != NULL)
    count = table_end(table);
  cursor->at = share(count, cursor->part, cursor->parts);
}

const struct rollup_batch *
rollup_cursor_next(struct rollup_cursor *cursor)
{
  if (!cursor->pass->is_finished)
    cursor->unit = cursor->pass->unit_count;
  if (!cursor->is_begun)
    begin_unit(cursor);
  cursor->is_begun = true;
  for (; cursor->unit < cursor->pass->unit_count; cursor->unit++, begin_unit(cursor)) {
    const struct unit *unit = &cursor->pass->units[cursor->unit];
    if (!is_set_of(unit, cursor->rollup) || unit->kind == UNIT_STREAM)
      continue;
    if (!emit_unit(cursor, unit))
      return NULL;
    if (cursor->batch.rows > 0)
      return &cursor->batch;
  }
  cursor->batch = (struct rollup_batch){.rows = 0, .columns = cursor->columns};
  return &cursor->batch;
}
