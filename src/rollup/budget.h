/* SPDX-License-Identifier: Apache-2.0
 *
 * The kernel's share of the memory limit. Everything that grows with the data is allocated here; what would pass the limit
 * is refused (NULL), never allocated, and the kernel then gives up in good order. Blocks of 1 MiB and more are mapped by
 * themselves, with large pages where the system has them; the system gives their memory only when it is touched, but the
 * budget counts their size. They grow without a copy, and both sizes count only where a block crosses 1 MiB. All functions
 * may be called from any thread. Under AddressSanitizer all blocks come from the heap, which it watches.
 */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rollup_budget {
  uint64_t limit_bytes;
  _Atomic uint64_t used_bytes, peak_bytes;
};

/* Zeroed. NULL when it would pass the limit or the system has none. */
void *budget_alloc(struct rollup_budget *budget, size_t bytes);
/* What grows is zeroed; old may be NULL with 0 bytes. On NULL the old block is as it was. */
void *budget_resize(struct rollup_budget *budget, void *old, size_t old_bytes, size_t new_bytes);
/* bytes is the size that it was allocated with. NULL is ignored. */
void budget_free(struct rollup_budget *budget, void *block, size_t bytes);

/* Address space of so many bytes, without memory behind it until it is touched, for what grows and must not move; large
 * pages. Not counted: budget_take and budget_give count what is used of it. NULL: the system has none. */
void *budget_reserve(size_t bytes);
void budget_unreserve(void *space, size_t bytes);
bool budget_take(struct rollup_budget *budget, uint64_t bytes);
void budget_give(struct rollup_budget *budget, uint64_t bytes);
