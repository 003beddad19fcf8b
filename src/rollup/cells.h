/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: a hash table from keys of a few words to numbered cells, each with a state of zeros to begin
 * with. For groups of small keys: thousands, not millions. One thread at a time.
 */
#pragma once

#include "rollup/budget.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NO_CELL UINT32_MAX

struct cells {
  struct rollup_budget *budget;
  unsigned key_words;   /* 0: there is one cell */
  uint32_t state_bytes; /* a multiple of 8; may be 0 */
  uint32_t count, capacity;
  uint64_t *keys;
  char *states;
  uint32_t *slots; /* cell + 1 */
  uint32_t slot_count;
};

/* NULL: out of memory. */
struct cells *cells_new(struct rollup_budget *budget, unsigned key_words, uint32_t state_bytes);
void cells_free(struct cells *cells);
/* The cell of a key, a new one when it is not there; NO_CELL: out of memory. */
uint32_t cells_find(struct cells *cells, const uint64_t *key);

static inline void *
cells_state(const struct cells *cells, uint32_t cell)
{
  return cells->states + (uint64_t)cell * cells->state_bytes;
}
static inline const uint64_t *
cells_key(const struct cells *cells, uint32_t cell)
{
  return cells->key_words == 0 ? NULL : cells->keys + (uint64_t)cell * cells->key_words;
}
