/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: groups with many keys, shared by all threads. Records (key words, then a state of zeros to begin with) are
 * kept in parts by range of the entity's words; each part has its own lock, memory and hash of 64-bit slots (half of a
 * key's hash, and the record's number). The ranges are the quantiles of the first run, so that a sorted run is already
 * cut into them.
 *
 * Cost: about 45 ns a look-up in a table of 500,000 records of 128 bytes, in batches of TABLE_BATCH with prefetching.
 */
#pragma once

#include "rollup/budget.h"
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { TABLE_PARTS = 64, TABLE_BATCH = 128 };

struct table_part {
  pthread_mutex_t lock;
  uint32_t count;
  size_t capacity; /* records */
  char *records;
  uint64_t *slots;
  uint64_t slot_count;
  char apart[64]; /* the next part's lock is on another cache line */
};

struct table {
  struct rollup_budget *budget;
  unsigned key_words, entity_words; /* the entity's words come first in a key */
  uint32_t record_bytes;
  pthread_mutex_t border_lock;
  _Atomic bool has_borders;
  uint64_t *borders; /* TABLE_PARTS - 1 of entity_words: the first key of parts 1, 2, ... */
  struct table_part parts[TABLE_PARTS];
};

/* NULL: out of memory. */
struct table *rollup_table_new(struct rollup_budget *budget, unsigned key_words,
                               unsigned entity_words, uint32_t state_bytes);
void rollup_table_free(struct table *table);

/* Cuts count keys in ascending order into the parts: part p's are [ret_cuts[p], ret_cuts[p + 1]). Key i is words[w][rows[i]]
 * for w < entity_words. The first call chooses the ranges. */
void table_cut(struct table *table, const uint64_t *const *words, const uint32_t *rows,
               uint32_t count, uint32_t ret_cuts[TABLE_PARTS + 1]);

/* The records of at most TABLE_BATCH keys (count * key_words words) of one part, whose lock is held; new ones are made. False: out
 * of memory. Records may move. */
bool table_find(struct table *table, struct table_part *part, const uint64_t *keys, uint32_t count,
                uint32_t *ret_records);

static inline char *
table_state(const struct table *table, const struct table_part *part)
{
  return part->records + table->key_words * sizeof(uint64_t);
}
uint64_t table_count(const struct table *table);
uint64_t table_bytes(const struct table *table);
