/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: a value as two words, its hash, and whether two are the same. Inlined into loops that know the
 * shape. Values are the same when their bytes are: 0.0 and -0.0 are two.
 */
#pragma once

#include "parquet/types.h"
#include <string.h>

#define PARQUET_INLINE static inline __attribute__((always_inline))

struct parquet_key {
  uint64_t low, high;
};

PARQUET_INLINE struct parquet_key
parquet_key_of(const void *values, uint32_t at, enum parquet_shape shape)
{
  struct parquet_key key = {0, 0};
  const char *bytes = values;
  switch (shape) {
  case PARQUET_SHAPE_INT32:
  case PARQUET_SHAPE_FLOAT: {
    uint32_t word;
    memcpy(&word, bytes + 4ull * at, 4);
    key.low = word;
    break;
  }
  case PARQUET_SHAPE_INT64:
  case PARQUET_SHAPE_DOUBLE:
    memcpy(&key.low, bytes + 8ull * at, 8);
    break;
  default:
    memcpy(&key, bytes + 16ull * at, 16);
  }
  return key;
}

PARQUET_INLINE uint64_t
parquet_hash_mix(uint64_t hash, uint64_t word)
{
  hash = (hash ^ word) * 0x9e3779b97f4a7c15ull;
  return hash ^ hash >> 29;
}

static inline uint64_t
parquet_hash_text(const char *text, uint32_t length)
{
  uint64_t hash = length, word;
  for (uint32_t at = 0; at + 8 < length; at += 8) {
    memcpy(&word, text + at, 8);
    hash = parquet_hash_mix(hash, word);
  }
  memcpy(&word, text + length - 8, 8);
  return parquet_hash_mix(hash, word) * 0xd6e8feb86659fd93ull;
}

/* The high bits are good. */
PARQUET_INLINE uint64_t
parquet_key_hash(struct parquet_key key, enum parquet_shape shape)
{
  if (shape == PARQUET_SHAPE_STRING) {
    if ((uint32_t)key.low > 12) {
      const char *text;
      memcpy(&text, &key.high, sizeof text);
      return parquet_hash_text(text, (uint32_t)key.low);
    }
  } else if (shape != PARQUET_SHAPE_WIDE) {
    uint64_t hash = (key.low ^ key.low >> 32) * 0x9e3779b97f4a7c15ull;
    return hash;
  }
  return parquet_hash_mix(key.low * 0xd6e8feb86659fd93ull, key.high) * 0x9e3779b97f4a7c15ull;
}

PARQUET_INLINE bool
parquet_key_is(struct parquet_key a, struct parquet_key b, enum parquet_shape shape)
{
  if (a.low != b.low)
    return false;
  if (shape != PARQUET_SHAPE_STRING && shape != PARQUET_SHAPE_WIDE)
    return true;
  if (a.high == b.high)
    return true;
  if (shape == PARQUET_SHAPE_WIDE || (uint32_t)a.low <= 12)
    return false;
  const char *texts[2];
  memcpy(&texts[0], &a.high, sizeof texts[0]);
  memcpy(&texts[1], &b.high, sizeof texts[1]);
  return memcmp(texts[0], texts[1], (uint32_t)a.low) == 0;
}
