/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include <string.h>

static void
emit_entity_key(struct emitter *emitter, unsigned key, const struct family *family,
                const struct grouping *grouping, const struct unit_groups *groups)
{
  unsigned words;
  unsigned first = entity_word(emitter->pass, family, emitter->spec->keys[key], &words);
  const uint32_t *entity = groups->entity.data;
  for (uint32_t i = 0; i < groups->count; i++)
    emit_words(emitter, key, i,
               grouping->entity_words + (size_t)entity[i] * family->word_count + first, 1, words);
}

/* Copies value i's bytes from values[index[i]]; 8 and 16 are nearly all there are. */
static void
spread(void *to, const void *values, size_t bytes, const uint16_t *index, uint32_t count)
{
  if (bytes == sizeof(uint64_t)) {
    for (uint32_t i = 0; i < count; i++)
      ((uint64_t *)to)[i] = ((const uint64_t *)values)[index[i]];
    return;
  }
  if (bytes == sizeof(struct rollup_string)) {
    for (uint32_t i = 0; i < count; i++)
      ((struct rollup_string *)to)[i] = ((const struct rollup_string *)values)[index[i]];
    return;
  }
  for (uint32_t i = 0; i < count; i++)
    memcpy((char *)to + i * bytes, (const char *)values + index[i] * bytes, bytes);
}

/* Each combination's value is decoded once. */
static bool
emit_small_key(struct rollup_worker *worker, struct emitter *emitter, unsigned key, unsigned slot,
               const struct grouping *grouping, const struct unit_groups *groups)
{
  unsigned column = emitter->spec->keys[key];
  const struct dictionary *dictionary = emitter->pass->dictionaries[column];
  size_t bytes = rollup_type_bytes(emitter->pass->spec.columns[column]);
  if (!scratch_need(worker->pass->spec.budget, &worker->stamps,
                    grouping->combo_count * (bytes + 1)))
    return false;
  char *values = worker->stamps.data;
  char *nulls = values + grouping->combo_count * bytes;
  bool any_null = false;
  for (uint32_t c = 0; c < grouping->combo_count; c++) {
    uint16_t code = piece_code(grouping->piece, slot, grouping->representative[c]);
    nulls[c] = !dictionary_value(dictionary, code, values + c * bytes);
    any_null |= nulls[c] != 0;
  }
  const uint16_t *combo = groups->combo.data;
  spread(emitter->values[key], values, bytes, combo, groups->count);
  for (uint32_t i = 0; any_null && i < groups->count; i++)
    if (nulls[combo[i]] != 0)
      emit_null(emitter, key, i);
  return true;
}

static bool
emit_keys(struct rollup_worker *worker, struct emitter *emitter, const struct family *family,
          const struct grouping *grouping, const struct unit_groups *groups)
{
  const struct unit *unit = emitter->unit;
  for (unsigned k = 0; k < emitter->spec->key_count; k++) {
    unsigned column = emitter->spec->keys[k];
    if (emitter->pass->columns[column].is_large) {
      emit_entity_key(emitter, k, family, grouping, groups);
      continue;
    }
    for (unsigned i = 0; i < unit->small_count; i++)
      if (emitter->pass->layout.codes[unit->small[i]] == column &&
          !emit_small_key(worker, emitter, k, unit->small[i], grouping, groups))
        return false;
  }
  return true;
}

enum rollup_status
stream_begin(struct rollup_worker *worker, const struct unit *unit, const struct grouping *grouping)
{
  struct rollup_pass *pass = worker->pass;
  struct unit_groups *groups = &worker->groups[unit->number];
  uint32_t rows = grouping->piece->rows;
  if (!scratch_need(pass->spec.budget, &groups->emitted, emitter_bytes(pass, unit, rows)))
    return pass_no_memory(pass);
  emitter_place(&groups->emitter, pass, unit, groups->emitted.data, rows);
  return ROLLUP_DONE;
}

enum rollup_status
stream_take(struct rollup_worker *worker, const struct family *family, struct unit *unit,
            const struct grouping *grouping)
{
  struct unit_groups *groups = &worker->groups[unit->number];
  if (overflow_in_groups(unit, groups)) {
    atomic_store(&unit->has_overflown, true);
    return pass_again(worker->pass, "a sum does not fit its type");
  }
  struct emitter *emitter = &groups->emitter;
  if (!emit_keys(worker, emitter, family, grouping, groups))
    return pass_no_memory(worker->pass);
  const struct emit_rows rows = {groups->elements[unit->aggregate_count], sizeof(uint64_t)};
  for (unsigned a = 0; a < unit->aggregate_count; a++) {
    const struct unit_aggregate *aggregate = &unit->aggregates[a];
    if (aggregate->kind.type == ELEMENT_FIRST)
      emit_rows(emitter, a, &family->measures[aggregate->measure], grouping->piece,
                groups->elements[a], groups->count);
    else
      emit_elements(emitter, a, groups->elements[a], aggregate->kind.bytes, NULL, groups->count,
                    &rows);
  }
  emitter_advance(emitter, groups->count);
  return ROLLUP_DONE;
}

enum rollup_status
stream_end(struct rollup_worker *worker, struct unit *unit, const struct grouping *grouping)
{
  struct rollup_pass *pass = worker->pass;
  struct emitter *emitter = &worker->groups[unit->number].emitter;
  const struct rollup_spec *spec = &pass->spec.rollups[unit->rollup];
  uint32_t rows = emitter->first;
  if (rows > 0)
    emitter_finish(emitter, 0);
  const struct rollup_block block = {
      .run = grouping->place.run,
      .part = grouping->place.part,
      .parts = grouping->place.parts,
      .more = grouping->place.more,
      .batch = {.rows = rows, .columns = rows > 0 ? emitter->columns : NULL}};
  atomic_fetch_add(&unit->streamed, rows);
  return spec->stream(spec->stream_user, &block)
             ? ROLLUP_DONE
             : pass_stop(pass, ROLLUP_STOPPED, "its reader has stopped it");
}
