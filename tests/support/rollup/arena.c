/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rollup/arena.h"
#include <stdlib.h>
#include <string.h>

void *
arena_alloc(struct arena *arena, size_t bytes)
{
  if (arena->count == arena->capacity) {
    arena->capacity = arena->capacity == 0 ? 64 : arena->capacity * 2;
    arena->blocks = realloc(arena->blocks, arena->capacity * sizeof *arena->blocks);
    if (arena->blocks == NULL)
      abort();
  }
  void *block = calloc(1, bytes > 0 ? bytes : 1);
  if (block == NULL)
    abort();
  arena->blocks[arena->count++] = block;
  return block;
}

void *
arena_copy(struct arena *arena, const void *data, size_t bytes)
{
  void *block = arena_alloc(arena, bytes);
  if (bytes > 0)
    memcpy(block, data, bytes);
  return block;
}

void
arena_clear(struct arena *arena)
{
  for (size_t i = 0; i < arena->count; i++)
    free(arena->blocks[i]);
  free(arena->blocks);
  *arena = (struct arena){0};
}
