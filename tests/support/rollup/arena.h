/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory that is freed all at once. Every block is an allocation of its own, so that the sanitizers see its ends. Out of memory
 * ends the test.
 */
#pragma once

#include <stddef.h>

struct arena {
  void **blocks;
  size_t count, capacity;
};

/* Zeroed. */
void *arena_alloc(struct arena *arena, size_t bytes);
void *arena_copy(struct arena *arena, const void *data, size_t bytes);
void arena_clear(struct arena *arena);
