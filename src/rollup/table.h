/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: groups with many keys, shared by all threads. Records (key words, then a state of zeros to begin with) are
 * kept in parts by range of the entity's words; each part has its own lock and hash of 64-bit slots (half of a
 * key's hash, and the record's number). The ranges are quantiles of the first run, so that sorted keys are already cut
 * into them.
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
  uint32_t next, end; /* numbers of records to come: they are given out in blocks */
  uint64_t *slots;
  uint64_t slot_count;
  char apart[64]; /* the next part's lock is on another cache line */
};

struct table {
  struct rollup_budget *budget;
  unsigned key_words,
      entity_words; /* the entity's words come first in a key; 0: one part has all */
  uint32_t record_bytes;
  pthread_mutex_t border_lock;
  _Atomic bool has_borders;
  char *records; /* of all parts; never moves */
  size_t reserved_bytes;
  _Atomic uint32_t next; /* the first record that no part has */
  /* Room for the parts' first slots, with large pages; larger ones have pages of their own. */
  uint64_t *slots;
  _Atomic uint64_t slots_taken;
  uint64_t *borders; /* TABLE_PARTS - 1 of entity_words: the first key of parts 1, 2, ... */
  struct table_part parts[TABLE_PARTS];
};

/* NULL: out of memory. */
struct table *rollup_table_new(struct rollup_budget *budget, unsigned key_words,
                               unsigned entity_words, uint32_t state_bytes);
void rollup_table_free(struct table *table);

/* Chooses the ranges by count > 0 entities in ascending order, entity_words each; only the first call does. */
void table_choose_borders(struct table *table, const uint64_t *words, uint32_t count);

/* Cuts count keys in ascending order into the parts: part p's are [ret_cuts[p], ret_cuts[p + 1]). Key i is the entity_words
 * words at words + entity[i] * entity_words; entity NULL: i. Keys of no words (words may be NULL) are all the last part's. */
void table_cut(const struct table *table, const uint64_t *words, const uint32_t *entity,
               uint32_t count, uint32_t ret_cuts[TABLE_PARTS + 1]);

/* The records of at most TABLE_BATCH keys (count * key_words words) of one part, whose lock is held; new ones are made. False: out
 * of memory. */
bool table_find(struct table *table, struct table_part *part, const uint64_t *keys, uint32_t count,
                uint32_t *ret_records);
/* The same for those who only ask which keys were not there before. */
bool table_add(struct table *table, struct table_part *part, const uint64_t *keys, uint32_t count,
               bool *ret_is_new);

/* Records have numbers below table_end; some of them are not used: all zeros. */
static inline char *
table_record(const struct table *table, uint32_t record)
{
  return table->records + (uint64_t)record * table->record_bytes;
}
static inline char *
table_states(const struct table *table)
{
  return table->records + table->key_words * sizeof(uint64_t);
}
/* The record of a part's slot that is not 0. */
static inline uint32_t
table_slot_record(uint64_t slot)
{
  return (uint32_t)slot - 1;
}
uint32_t table_end(const struct table *table);
uint64_t table_count(const struct table *table);
uint64_t table_bytes(const struct table *table);
