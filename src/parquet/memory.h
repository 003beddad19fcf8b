/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: memory from the caller's allocator, and bytes that grow. Nothing here aborts: a failure is
 * remembered in the bytes (is_broken), what is appended then is dropped, and whoever made them asks once, at the end.
 */
#pragma once

#include "parquet/parquet.h"
#include <string.h>

/* Not cleared. NULL: no memory. 0 bytes give a block of 1. */
void *parquet_allocate(const struct parquet_allocator *allocator, size_t bytes);
/* bytes as told to parquet_allocate. NULL is ignored. */
void parquet_release(const struct parquet_allocator *allocator, void *block, size_t bytes);

struct parquet_bytes {
  const struct parquet_allocator *allocator;
  uint8_t *at;
  size_t size, room;
  bool is_broken;
};

/* Room for `more` bytes behind size. False: no memory; the bytes stay as they are and are broken. */
bool parquet_bytes_grow(struct parquet_bytes *bytes, size_t more);
void parquet_bytes_free(struct parquet_bytes *bytes);

static inline bool
parquet_bytes_reserve(struct parquet_bytes *bytes, size_t more)
{
  return more <= bytes->room - bytes->size || parquet_bytes_grow(bytes, more);
}

static inline void
parquet_bytes_append(struct parquet_bytes *bytes, const void *from, size_t count)
{
  if (count == 0 || !parquet_bytes_reserve(bytes, count))
    return;
  memcpy(bytes->at + bytes->size, from, count);
  bytes->size += count;
}

/* ULEB128. */
static inline void
parquet_bytes_append_varint(struct parquet_bytes *bytes, uint64_t value)
{
  uint8_t coded[10];
  size_t count = 0;
  for (; value > 127; value >>= 7)
    coded[count++] = (uint8_t)(value | 128);
  coded[count++] = (uint8_t)value;
  parquet_bytes_append(bytes, coded, count);
}

/* Empties the bytes and makes room; for scratch that is filled anew. NULL: no memory. */
static inline void *
parquet_bytes_clear(struct parquet_bytes *bytes, size_t room)
{
  bytes->size = 0;
  bytes->is_broken = false;
  return parquet_bytes_reserve(bytes, room > 0 ? room : 1) ? bytes->at : NULL;
}
