/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/memory.h"

void *
parquet_allocate(const struct parquet_allocator *allocator, size_t bytes)
{
  return allocator->resize(allocator->user, /* old= */ NULL, 0, bytes > 0 ? bytes : 1);
}

void
parquet_release(const struct parquet_allocator *allocator, void *block, size_t bytes)
{
  if (block != NULL)
    (void)allocator->resize(allocator->user, block, bytes > 0 ? bytes : 1, 0);
}

bool
parquet_bytes_grow(struct parquet_bytes *bytes, size_t more)
{
  size_t least = bytes->size + more;
  size_t room = bytes->room + bytes->room / 2 + 256;
  if (room < least)
    room = least;
  void *at = bytes->allocator->resize(bytes->allocator->user, bytes->at, bytes->room, room);
  if (at == NULL) {
    bytes->is_broken = true;
    return false;
  }
  bytes->at = at;
  bytes->room = room;
  return true;
}

void
parquet_bytes_free(struct parquet_bytes *bytes)
{
  parquet_release(bytes->allocator, bytes->at, bytes->room);
  *bytes = (struct parquet_bytes){.allocator = bytes->allocator};
}
