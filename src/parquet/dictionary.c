/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/dictionary.h"
#include "parquet/codes.h"
#include "parquet/dictionary_key.h"

enum {
  SAMPLE_BLOCKS = 16,
  SAMPLE_BLOCK_ROWS = 64,
  SAMPLE_SLOTS = 4096,
  PROBES_MOST = 64, /* longer chains are a bad hash, or an attack on it: no dictionary then */
  STEPS = 8,
  OVERHEAD_BYTES = 32,
};

/* ---- Whether to try */

/* The most entries that still make it worth while, each `entry_bytes` long. */
static uint32_t
most_entries(uint32_t count, uint64_t plain_bytes, double entry_bytes)
{
  double best = 0;
  for (unsigned width = 1; width <= PARQUET_CODES_WIDTH_MOST; width++) {
    double room = (double)plain_bytes / 2 - OVERHEAD_BYTES - (double)count * width / 8;
    double most = room / entry_bytes;
    if (most > (double)(1u << width))
      most = (double)(1u << width);
    if (most > best)
      best = most;
  }
  if (best > PARQUET_DICTIONARY_BYTES_MOST / entry_bytes)
    best = PARQUET_DICTIONARY_BYTES_MOST / entry_bytes;
  return best > PARQUET_DICTIONARY_MOST ? PARQUET_DICTIONARY_MOST : (uint32_t)best;
}

struct sample {
  uint32_t rows, runs, distinct;
};

PARQUET_INLINE struct sample
sample_shape(const struct parquet_dense *dense, enum parquet_shape shape)
{
  uint32_t seen[SAMPLE_SLOTS] = {0};
  struct sample sample = {0, 0, 0};
  uint32_t step = dense->count / SAMPLE_BLOCKS;
  for (uint32_t block = 0; block < SAMPLE_BLOCKS; block++) {
    uint32_t last = 0;
    for (uint32_t i = 0; i < SAMPLE_BLOCK_ROWS; i++) {
      struct parquet_key key = parquet_key_of(dense->values, block * step + i, shape);
      uint64_t hash = parquet_key_hash(key, shape);
      uint32_t mark = (uint32_t)(hash >> 20) | 1;
      sample.runs += mark != last;
      last = mark;
      uint32_t at = (uint32_t)(hash >> 52) % SAMPLE_SLOTS;
      while (seen[at] != 0 && seen[at] != mark)
        at = (at + 1) % SAMPLE_SLOTS;
      sample.distinct += seen[at] == 0;
      seen[at] = mark;
    }
  }
  sample.rows = SAMPLE_BLOCKS * SAMPLE_BLOCK_ROWS;
  return sample;
}

static struct sample
sample_take(const struct parquet_dense *dense)
{
  switch (dense->shape) {
  case PARQUET_SHAPE_INT32:
  case PARQUET_SHAPE_FLOAT:
    return sample_shape(dense, PARQUET_SHAPE_INT32);
  case PARQUET_SHAPE_WIDE:
    return sample_shape(dense, PARQUET_SHAPE_WIDE);
  case PARQUET_SHAPE_STRING:
    return sample_shape(dense, PARQUET_SHAPE_STRING);
  default:
    return sample_shape(dense, PARQUET_SHAPE_INT64);
  }
}

/* Of r values drawn from D equal ones about r^2 / 2D meet an earlier one. Neighbours that are the same count once: in sorted
 * columns they say nothing about D, but how much longer than D the column is. */
static bool
looks_hopeless(const struct parquet_dense *dense, uint32_t most)
{
  if (dense->count < 4 * SAMPLE_BLOCKS * SAMPLE_BLOCK_ROWS)
    return false;
  struct sample sample = sample_take(dense);
  double runs = sample.runs, met = runs - sample.distinct;
  double by_meetings = runs * runs / (2 * (met > 0 ? met : 0.5));
  double by_runs = (double)dense->count * runs / sample.rows;
  return (by_meetings < by_runs ? by_meetings : by_runs) > 1.2 * most;
}

/* ---- Numbering */

static size_t
width_of(enum parquet_shape shape)
{
  return shape == PARQUET_SHAPE_INT32 || shape == PARQUET_SHAPE_FLOAT    ? 4
         : shape == PARQUET_SHAPE_INT64 || shape == PARQUET_SHAPE_DOUBLE ? 8
                                                                         : 16;
}

static bool
same_as_first(const struct parquet_dense *dense, uint32_t from, uint32_t to)
{
  const char *bytes = dense->values;
  size_t width = width_of(dense->shape);
  /* Each value is its neighbour: one comparison of the array with itself, a value further on. */
  return memcmp(bytes + from * width, bytes, width) == 0 &&
         memcmp(bytes + from * width, bytes + (from + 1) * width, (to - from - 1) * width) == 0;
}

static bool
is_constant(const struct parquet_dense *dense)
{
  enum { BLOCK = 4096 };
  for (uint32_t at = 0; at < dense->count; at += BLOCK)
    if (!same_as_first(dense, at, dense->count - at < BLOCK ? dense->count : at + BLOCK))
      return false;
  return true;
}

/* The slot of the key or of where it belongs; NULL: too far. */
PARQUET_INLINE uint32_t *
find_slot(const struct parquet_dictionary *dictionary, struct parquet_key key,
          enum parquet_shape shape)
{
  uint32_t mask = (uint32_t)(UINT64_MAX >> dictionary->hash_shift);
  uint32_t at = (uint32_t)(parquet_key_hash(key, shape) >> dictionary->hash_shift);
  for (unsigned probe = 0; probe < PROBES_MOST; probe++, at = (at + 1) & mask) {
    uint32_t code = dictionary->table[at];
    if (code == 0 ||
        parquet_key_is(parquet_key_of(dictionary->entry_bytes.at, code - 1, shape), key, shape))
      return &dictionary->table[at];
  }
  return NULL;
}

PARQUET_INLINE bool
add_entry(struct parquet_dictionary *dictionary, struct parquet_key key, enum parquet_shape shape,
          unsigned width)
{
  uint32_t count = dictionary->entries.count;
  dictionary->bytes += shape == PARQUET_SHAPE_STRING ? 4 + (uint64_t)(uint32_t)key.low : width;
  if (count == dictionary->most || dictionary->bytes > dictionary->most_bytes)
    return false;
  memcpy(dictionary->entry_bytes.at + (size_t)count * width, &key, width);
  dictionary->entries.count = count + 1;
  return true;
}

/* Whether there will be too many, if each step brings new values as the last two steps did: fewer by the same factor. */
static bool
will_pass(const struct parquet_dictionary *dictionary, uint32_t gained, uint32_t gained_before,
          unsigned steps_left)
{
  double factor = gained_before > gained ? (double)gained / gained_before : 1;
  double expected = dictionary->entries.count, gain = gained;
  for (unsigned step = 0; step < steps_left; step++)
    expected += gain *= factor;
  return expected > 1.05 * dictionary->most;
}

PARQUET_INLINE bool
number_rows(struct parquet_dictionary *dictionary, const struct parquet_dense *dense,
            enum parquet_shape shape, unsigned width)
{
  uint16_t *codes = (uint16_t *)(void *)dictionary->code_bytes.at;
  uint32_t row = 0, last = UINT32_MAX, runs = 0, gained = 0;
  for (unsigned step = 0; step < STEPS; step++) {
    uint32_t end = (uint32_t)((uint64_t)dense->count * (step + 1) / STEPS);
    uint32_t before = dictionary->entries.count, gained_before = gained;
    for (; row < end; row++) {
      struct parquet_key key = parquet_key_of(dense->values, row, shape);
      uint32_t *slot = find_slot(dictionary, key, shape);
      if (slot == NULL)
        return false;
      if (*slot == 0) {
        if (!add_entry(dictionary, key, shape, width))
          return false;
        *slot = dictionary->entries.count;
      }
      uint32_t code = *slot - 1;
      codes[row] = (uint16_t)code;
      runs += code != last;
      last = code;
    }
    gained = dictionary->entries.count - before;
    if (step > 0 && will_pass(dictionary, gained, gained_before, STEPS - 1 - step))
      return false;
  }
  memset(codes + row, 0, PARQUET_CODES_PADDING * sizeof *codes);
  dictionary->codes = codes;
  dictionary->runs = runs;
  return true;
}

static bool
number(struct parquet_dictionary *dictionary, const struct parquet_dense *dense)
{
  switch (dense->shape) {
  case PARQUET_SHAPE_INT32:
  case PARQUET_SHAPE_FLOAT:
    return number_rows(dictionary, dense, PARQUET_SHAPE_INT32, 4);
  case PARQUET_SHAPE_WIDE:
    return number_rows(dictionary, dense, PARQUET_SHAPE_WIDE, 16);
  case PARQUET_SHAPE_STRING:
    return number_rows(dictionary, dense, PARQUET_SHAPE_STRING, 16);
  default:
    return number_rows(dictionary, dense, PARQUET_SHAPE_INT64, 8);
  }
}

static bool
make_room(struct parquet_dictionary *dictionary, uint32_t count)
{
  unsigned bits = 6;
  while ((1u << bits) < 2 * dictionary->most)
    bits++;
  dictionary->hash_shift = 64 - bits;
  size_t slot_bytes = sizeof(uint32_t) << bits;
  dictionary->table = parquet_bytes_clear(&dictionary->slots, slot_bytes);
  if (dictionary->table == NULL ||
      parquet_bytes_clear(&dictionary->entry_bytes, 16ull * dictionary->most) == NULL ||
      parquet_bytes_clear(&dictionary->code_bytes,
                          sizeof(uint16_t) * (count + (size_t)PARQUET_CODES_PADDING)) == NULL)
    return false;
  memset(dictionary->table, 0, slot_bytes);
  return true;
}

enum parquet_dictionary_outcome
parquet_dictionary_make(struct parquet_dictionary *dictionary, const struct parquet_dense *dense,
                        uint64_t plain_bytes)
{
  if (dense->count == 0)
    return PARQUET_DICTIONARY_NO;
  double entry_bytes = (double)plain_bytes / dense->count;
  dictionary->most = most_entries(dense->count, plain_bytes, entry_bytes);
  dictionary->most_bytes = plain_bytes / 2 < PARQUET_DICTIONARY_BYTES_MOST
                               ? plain_bytes / 2
                               : PARQUET_DICTIONARY_BYTES_MOST;
  dictionary->entries = (struct parquet_dense){dense->shape, NULL, 0};
  dictionary->bytes = 0;
  dictionary->codes = NULL;
  dictionary->runs = 1;
  if (dictionary->most == 0)
    return PARQUET_DICTIONARY_NO;
  if (is_constant(dense)) {
    dictionary->entries = (struct parquet_dense){dense->shape, dense->values, 1};
    dictionary->bytes = plain_bytes / dense->count;
    return PARQUET_DICTIONARY_YES;
  }
  if (looks_hopeless(dense, dictionary->most))
    return PARQUET_DICTIONARY_NO;
  if (!make_room(dictionary, dense->count))
    return PARQUET_DICTIONARY_NO_MEMORY;
  if (!number(dictionary, dense))
    return PARQUET_DICTIONARY_NO;
  dictionary->entries.values = dictionary->entry_bytes.at;
  return PARQUET_DICTIONARY_YES;
}

bool
parquet_dictionary_used(struct parquet_dictionary *dictionary, uint32_t first, uint32_t count,
                        struct parquet_dense *ret_entries)
{
  const struct parquet_dense *all = &dictionary->entries;
  *ret_entries = (struct parquet_dense){all->shape, all->values, count > 0};
  if (dictionary->codes == NULL || count == 0)
    return true;
  size_t width = width_of(all->shape), marks = (all->count + 15ull) & ~15ull;
  uint8_t *is_used = parquet_bytes_clear(&dictionary->slots, marks + width * all->count);
  if (is_used == NULL)
    return false;
  memset(is_used, 0, marks);
  for (uint32_t i = 0; i < count; i++)
    is_used[dictionary->codes[first + i]] = 1;
  uint8_t *to = is_used + marks;
  uint32_t used = 0;
  for (uint32_t code = 0; code < all->count; code++)
    if (is_used[code])
      memcpy(to + width * used++, (const char *)all->values + width * code, width);
  *ret_entries = (struct parquet_dense){all->shape, to, used};
  return true;
}
