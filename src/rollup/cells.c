/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/cells.h"
#include "rollup/hash.h"
#include <string.h>

#define FIRST_CELLS 16u

struct cells *
cells_new(struct rollup_budget *budget, unsigned key_words, uint32_t state_bytes)
{
  struct cells *cells = budget_alloc(budget, sizeof *cells);
  if (cells == NULL)
    return NULL;
  cells->budget = budget;
  cells->key_words = key_words;
  cells->state_bytes = state_bytes;
  return cells;
}

void
cells_free(struct cells *cells)
{
  if (cells == NULL)
    return;
  struct rollup_budget *budget = cells->budget;
  budget_free(budget, cells->keys, (size_t)cells->capacity * cells->key_words * sizeof(uint64_t));
  budget_free(budget, cells->states, (size_t)cells->capacity * cells->state_bytes);
  budget_free(budget, cells->slots, (size_t)cells->slot_count * sizeof *cells->slots);
  budget_free(budget, cells, sizeof *cells);
}

static bool
grow(struct rollup_budget *budget, void **block, size_t old_bytes, size_t new_bytes)
{
  if (new_bytes == 0)
    return true;
  void *grown = budget_resize(budget, *block, old_bytes, new_bytes);
  if (grown == NULL)
    return false;
  *block = grown;
  return true;
}

static void
fill_slots(struct cells *cells)
{
  for (uint32_t i = 0; i < cells->count; i++) {
    uint64_t at = hash_words(cells_key(cells, i), cells->key_words);
    while (cells->slots[at & (cells->slot_count - 1)] != 0)
      at++;
    cells->slots[at & (cells->slot_count - 1)] = i + 1;
  }
}

/* Slots are twice the capacity, a power of two. Each array is resized on its own, so that a failure half way leaves a valid
 * table: capacity is raised last, and freeing goes by what each array has. */
static bool
cells_grow(struct cells *cells)
{
  uint32_t old = cells->capacity;
  uint32_t capacity = old == 0 ? FIRST_CELLS : old * 2;
  size_t keys = cells->key_words * sizeof(uint64_t);
  if (capacity > UINT32_MAX / 4)
    return false;
  uint32_t *slots = budget_alloc(cells->budget, (size_t)capacity * 2 * sizeof *slots);
  if (slots == NULL)
    return false;
  if (!grow(cells->budget, (void **)&cells->keys, old * keys, capacity * keys)) {
    budget_free(cells->budget, slots, (size_t)capacity * 2 * sizeof *slots);
    return false;
  }
  if (!grow(cells->budget, (void **)&cells->states, (size_t)old * cells->state_bytes,
            (size_t)capacity * cells->state_bytes)) {
    budget_free(cells->budget, slots, (size_t)capacity * 2 * sizeof *slots);
    if (old == 0) {
      budget_free(cells->budget, cells->keys, capacity * keys);
      cells->keys = NULL;
      return false;
    }
    void *shrunk = budget_resize(cells->budget, cells->keys, capacity * keys, old * keys);
    cells->keys = shrunk != NULL ? shrunk : cells->keys;
    return false;
  }
  budget_free(cells->budget, cells->slots, (size_t)cells->slot_count * sizeof *cells->slots);
  cells->slots = slots;
  cells->slot_count = capacity * 2;
  cells->capacity = capacity;
  fill_slots(cells);
  return true;
}

static bool
has_key(const struct cells *cells, uint32_t cell, const uint64_t *key)
{
  const uint64_t *own = cells_key(cells, cell);
  for (unsigned w = 0; w < cells->key_words; w++)
    if (own[w] != key[w])
      return false;
  return true;
}

uint32_t
cells_find(struct cells *cells, const uint64_t *key)
{
  if (cells->count == cells->capacity && !cells_grow(cells))
    return NO_CELL;
  uint64_t at = hash_words(key, cells->key_words);
  for (;; at++) {
    uint32_t found = cells->slots[at & (cells->slot_count - 1)];
    if (found == 0)
      break;
    if (has_key(cells, found - 1, key))
      return found - 1;
  }
  uint32_t cell = cells->count++;
  cells->slots[at & (cells->slot_count - 1)] = cell + 1;
  for (unsigned w = 0; w < cells->key_words; w++)
    cells->keys[(uint64_t)cell * cells->key_words + w] = key[w];
  return cell;
}
