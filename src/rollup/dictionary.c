/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* qsort_r */
#endif
#include "rollup/dictionary.h"
#include "rollup/dictionary_table.h"
#include "rollup/words.h"
#include <stdlib.h>
#include <string.h>

enum { LIMIT_MOST = 65535, TEXTS_BYTES = 16 << 10 };

static uint32_t
slots_for(uint32_t limit)
{
  uint32_t slots = 64;
  while (slots < 2 * limit)
    slots *= 2;
  return slots;
}

struct dictionary *
dictionary_new(struct rollup_budget *budget, enum rollup_type type, uint32_t limit)
{
  struct dictionary *dictionary = budget_alloc(budget, sizeof *dictionary);
  if (dictionary == NULL)
    return NULL;
  dictionary->budget = budget;
  dictionary->type = type;
  dictionary->limit = limit < LIMIT_MOST ? limit : LIMIT_MOST;
  dictionary->slot_mask = slots_for(dictionary->limit) - 1;
  dictionary->values = budget_alloc(budget, dictionary->limit * sizeof *dictionary->values);
  dictionary->slots =
      budget_alloc(budget, ((size_t)dictionary->slot_mask + 1) * sizeof *dictionary->slots);
  atomic_init(&dictionary->null_code, DICTIONARY_NO_CODE);
  pthread_mutex_init(&dictionary->lock, NULL);
  if (dictionary->values != NULL && dictionary->slots != NULL)
    return dictionary;
  dictionary_free(dictionary);
  return NULL;
}

static size_t
ranks_bytes(uint32_t count)
{
  return sizeof(struct dictionary_ranks) + count * sizeof(uint16_t);
}

void
dictionary_free(struct dictionary *dictionary)
{
  if (dictionary == NULL)
    return;
  struct rollup_budget *budget = dictionary->budget;
  for (struct dictionary_ranks *ranks = dictionary->ranks, *older; ranks != NULL; ranks = older) {
    older = ranks->older;
    budget_free(budget, ranks, ranks_bytes(ranks->count));
  }
  for (struct dictionary_texts *texts = dictionary->texts, *older; texts != NULL; texts = older) {
    older = texts->older;
    budget_free(budget, texts, texts->bytes);
  }
  budget_free(budget, dictionary->values, dictionary->limit * sizeof *dictionary->values);
  budget_free(budget, dictionary->slots,
              ((size_t)dictionary->slot_mask + 1) * sizeof *dictionary->slots);
  pthread_mutex_destroy(&dictionary->lock);
  budget_free(budget, dictionary, sizeof *dictionary);
}

bool
dictionary_has_text(const struct dictionary *dictionary, uint16_t code,
                    const struct rollup_string *string)
{
  return memcmp(dictionary->values[code].string.pointer.address, string->pointer.address,
                string->length) == 0;
}

static bool
is_value(const struct dictionary *dictionary, uint16_t code, struct dictionary_key key,
         const struct rollup_string *string)
{
  const uint64_t *words = dictionary->values[code].words;
  if (words[0] != key.words[0])
    return false;
  if (dictionary_key_is_long(dictionary, key))
    return dictionary_has_text(dictionary, code, string);
  return words[1] == key.words[1];
}

/* The slot of the value, or the empty one where it belongs. */
static uint32_t
find_slot(const struct dictionary *dictionary, struct dictionary_key key,
          const struct rollup_string *string, uint16_t *ret_code)
{
  uint32_t slot = (uint32_t)dictionary_hash(key) & dictionary->slot_mask;
  for (;; slot = (slot + 1) & dictionary->slot_mask) {
    uint16_t entry = atomic_load_explicit(&dictionary->slots[slot], memory_order_acquire);
    uint16_t code = (uint16_t)(entry - 1);
    if (entry != 0 && !is_value(dictionary, code, key, string))
      continue;
    *ret_code = entry != 0 ? code : DICTIONARY_NO_CODE;
    return slot;
  }
}

/* Under the lock. */
static char *
keep_text(struct dictionary *dictionary, const char *text, uint32_t length)
{
  struct dictionary_texts *texts = dictionary->texts;
  if (texts == NULL || texts->bytes - texts->used < length) {
    size_t bytes = sizeof *texts + length;
    bytes = bytes > TEXTS_BYTES ? bytes : TEXTS_BYTES;
    texts = budget_alloc(dictionary->budget, bytes);
    if (texts == NULL)
      return NULL;
    *texts = (struct dictionary_texts){
        .older = dictionary->texts, .bytes = bytes, .used = sizeof *texts};
    dictionary->texts = texts;
  }
  char *kept = (char *)texts + texts->used;
  memcpy(kept, text, length);
  texts->used += length;
  return kept;
}

/* Under the lock. The value is whole before its slot, and the slot before the count. */
static enum dictionary_status
add(struct dictionary *dictionary, uint32_t slot, struct dictionary_key key,
    const struct rollup_string *string, uint16_t *ret_code)
{
  uint32_t code = atomic_load_explicit(&dictionary->count, memory_order_relaxed);
  if (code == dictionary->limit)
    return DICTIONARY_FULL;
  union dictionary_value value = {.words = {key.words[0], key.words[1]}};
  if (dictionary_key_is_long(dictionary, key)) {
    const char *text = keep_text(dictionary, string->pointer.address, string->length);
    if (text == NULL)
      return DICTIONARY_NO_MEMORY;
    value.string = rollup_string_of(text, string->length);
  }
  dictionary->values[code] = value;
  atomic_store_explicit(&dictionary->slots[slot], (uint16_t)(code + 1), memory_order_release);
  atomic_store_explicit(&dictionary->count, code + 1, memory_order_release);
  *ret_code = (uint16_t)code;
  return DICTIONARY_OK;
}

enum dictionary_status
dictionary_find(struct dictionary *dictionary, struct dictionary_key key,
                const struct rollup_string *string, uint16_t *ret_code)
{
  uint16_t code;
  find_slot(dictionary, key, string, &code);
  if (code != DICTIONARY_NO_CODE) {
    *ret_code = code;
    return DICTIONARY_OK;
  }
  pthread_mutex_lock(&dictionary->lock);
  enum dictionary_status status = DICTIONARY_OK;
  uint32_t slot = find_slot(dictionary, key, string, &code);
  if (code == DICTIONARY_NO_CODE)
    status = add(dictionary, slot, key, string, &code);
  pthread_mutex_unlock(&dictionary->lock);
  if (status == DICTIONARY_OK)
    *ret_code = code;
  return status;
}

/* Under the lock. */
static enum dictionary_status
add_null(struct dictionary *dictionary)
{
  uint32_t code = atomic_load_explicit(&dictionary->count, memory_order_relaxed);
  if (code == dictionary->limit)
    return DICTIONARY_FULL;
  atomic_store_explicit(&dictionary->null_code, code, memory_order_release);
  atomic_store_explicit(&dictionary->count, code + 1, memory_order_release);
  return DICTIONARY_OK;
}

enum dictionary_status
dictionary_find_null(struct dictionary *dictionary, uint16_t *ret_code)
{
  enum dictionary_status status = DICTIONARY_OK;
  uint32_t code = atomic_load_explicit(&dictionary->null_code, memory_order_acquire);
  if (code == DICTIONARY_NO_CODE) {
    pthread_mutex_lock(&dictionary->lock);
    if (atomic_load_explicit(&dictionary->null_code, memory_order_relaxed) == DICTIONARY_NO_CODE)
      status = add_null(dictionary);
    code = atomic_load_explicit(&dictionary->null_code, memory_order_relaxed);
    pthread_mutex_unlock(&dictionary->lock);
  }
  *ret_code = (uint16_t)code;
  return status;
}

uint32_t
dictionary_count(const struct dictionary *dictionary)
{
  return atomic_load_explicit(&dictionary->count, memory_order_acquire);
}

static bool
is_null(const struct dictionary *dictionary, uint16_t code)
{
  return atomic_load_explicit(&dictionary->null_code, memory_order_acquire) == code;
}

bool
dictionary_value(const struct dictionary *dictionary, uint16_t code, void *ret_value)
{
  if (is_null(dictionary, code))
    return false;
  memcpy(ret_value, &dictionary->values[code], rollup_type_bytes(dictionary->type));
  return true;
}

static int
compare_numbers(uint64_t a, uint64_t b)
{
  return (a > b) - (a < b);
}

static int
compare_texts(const struct rollup_string *a, const struct rollup_string *b)
{
  uint32_t shorter = a->length < b->length ? a->length : b->length;
  int order = memcmp(rollup_string_text(a), rollup_string_text(b), shorter);
  return order != 0 ? order : compare_numbers(a->length, b->length);
}

static int
compare_values(enum rollup_type type, const union dictionary_value *a,
               const union dictionary_value *b)
{
  if (type == ROLLUP_STRING)
    return compare_texts(&a->string, &b->string);
  if (type != ROLLUP_INT128)
    return compare_numbers(words_ordered(type, a, 0), words_ordered(type, b, 0));
  if (a->words[1] != b->words[1])
    return (int64_t)a->words[1] < (int64_t)b->words[1] ? -1 : 1;
  return compare_numbers(a->words[0], b->words[0]);
}

static int
compare_codes(const void *a, const void *b, void *data)
{
  const struct dictionary *dictionary = data;
  uint16_t of_a = *(const uint16_t *)a, of_b = *(const uint16_t *)b;
  if (is_null(dictionary, of_a) || is_null(dictionary, of_b))
    return is_null(dictionary, of_a) - is_null(dictionary, of_b);
  return compare_values(dictionary->type, &dictionary->values[of_a], &dictionary->values[of_b]);
}

/* Under the lock. */
static struct dictionary_ranks *
ranks_make(struct dictionary *dictionary, uint32_t count)
{
  uint16_t *codes = budget_alloc(dictionary->budget, count * sizeof *codes);
  struct dictionary_ranks *ranks = budget_alloc(dictionary->budget, ranks_bytes(count));
  if (codes == NULL || ranks == NULL) {
    budget_free(dictionary->budget, codes, count * sizeof *codes);
    budget_free(dictionary->budget, ranks, ranks_bytes(count));
    return NULL;
  }
  for (uint32_t code = 0; code < count; code++)
    codes[code] = (uint16_t)code;
  qsort_r(codes, count, sizeof *codes, compare_codes, dictionary);
  for (uint32_t rank = 0; rank < count; rank++)
    ranks->ranks[codes[rank]] = (uint16_t)rank;
  ranks->count = count;
  budget_free(dictionary->budget, codes, count * sizeof *codes);
  return ranks;
}

const uint16_t *
dictionary_ranks(struct dictionary *dictionary)
{
  uint32_t count = dictionary_count(dictionary);
  struct dictionary_ranks *ranks = atomic_load_explicit(&dictionary->ranks, memory_order_acquire);
  if (ranks != NULL && ranks->count >= count)
    return ranks->ranks;
  pthread_mutex_lock(&dictionary->lock);
  count = dictionary_count(dictionary);
  ranks = atomic_load_explicit(&dictionary->ranks, memory_order_relaxed);
  if (ranks == NULL || ranks->count < count) {
    struct dictionary_ranks *older = ranks;
    ranks = ranks_make(dictionary, count);
    if (ranks != NULL) {
      ranks->older = older;
      atomic_store_explicit(&dictionary->ranks, ranks, memory_order_release);
    }
  }
  if (ranks == NULL)
    atomic_store_explicit(&dictionary->lacks_ranks, true, memory_order_relaxed);
  pthread_mutex_unlock(&dictionary->lock);
  return ranks != NULL ? ranks->ranks : NULL;
}

bool
dictionary_lacks_ranks(const struct dictionary *dictionary)
{
  return atomic_load_explicit(&dictionary->lacks_ranks, memory_order_relaxed);
}
