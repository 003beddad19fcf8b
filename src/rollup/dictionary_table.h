/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/rollup: the shared part of dictionary.h, and what a memo asks of it. Values are never moved or changed once
 * their code is published, so that looking one up takes no lock; adding one does.
 */
#pragma once

#include "rollup/dictionary.h"
#include <pthread.h>
#include <stdatomic.h>

enum { DICTIONARY_NO_CODE = UINT16_MAX };

/* A value in two words that are equal for equal values: numbers in the first, their other bits 0; doubles with one zero and
 * one NaN; texts of up to 12 bytes as the struct is; longer texts the struct's first word and a hash, which equal texts
 * share, but others may too. */
struct dictionary_key {
  uint64_t words[2];
};

union dictionary_value {
  struct rollup_string string;
  uint64_t words[2];
};

struct dictionary_ranks {
  struct dictionary_ranks *older;
  uint32_t count;
  uint16_t ranks[];
};

struct dictionary_texts {
  struct dictionary_texts *older;
  size_t bytes, used;
  char text[];
};

struct dictionary {
  struct rollup_budget *budget;
  enum rollup_type type;
  uint32_t limit, slot_mask;
  union dictionary_value *values;
  _Atomic uint16_t *slots; /* by hash, linear probing, at most half full: code + 1; 0 is empty */
  _Atomic uint32_t count;
  _Atomic uint32_t null_code;
  _Atomic(struct dictionary_ranks *) ranks; /* the newest */
  _Atomic bool lacks_ranks;
  pthread_mutex_t lock; /* who adds values, texts, ranks */
  struct dictionary_texts *texts;
};

static inline uint64_t
dictionary_hash(struct dictionary_key key)
{
  unsigned __int128 product = (unsigned __int128)(key.words[0] ^ 0x9e3779b97f4a7c15u) *
                              (key.words[1] ^ 0xd1b54a32d192ed03u);
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline bool
dictionary_key_is_long(const struct dictionary *dictionary, struct dictionary_key key)
{
  return dictionary->type == ROLLUP_STRING && (uint32_t)key.words[0] > 12;
}

/* The code of a value; string is the text when the key is a long text's. */
enum dictionary_status dictionary_find(struct dictionary *dictionary, struct dictionary_key key,
                                       const struct rollup_string *string, uint16_t *ret_code);
enum dictionary_status dictionary_find_null(struct dictionary *dictionary, uint16_t *ret_code);
/* Whether the text of a published code is that of the string, which is as long and has the same prefix. */
bool dictionary_has_text(const struct dictionary *dictionary, uint16_t code,
                         const struct rollup_string *string);
