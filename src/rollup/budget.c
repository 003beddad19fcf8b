/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* mremap */
#endif
#include "rollup/budget.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define LARGE_PAGE ((size_t)2 << 20)

/* AddressSanitizer watches the blocks of malloc only. */
#if defined(__SANITIZE_ADDRESS__)
#define WATCHED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WATCHED 1
#endif
#endif
#ifdef WATCHED
#define MAPPED_FROM SIZE_MAX
#else
#define MAPPED_FROM ((size_t)1 << 20)
#endif

static bool
is_mapped(size_t bytes)
{
  return bytes >= MAPPED_FROM;
}

static size_t
round_up(size_t bytes, size_t unit)
{
  return (bytes + unit - 1) / unit * unit;
}

static size_t
whole_pages(size_t bytes)
{
  return round_up(bytes, (size_t)sysconf(_SC_PAGESIZE));
}

bool
budget_take(struct rollup_budget *budget, uint64_t bytes)
{
  uint64_t used = atomic_load_explicit(&budget->used_bytes, memory_order_relaxed);
  do {
    if (used > budget->limit_bytes || bytes > budget->limit_bytes - used)
      return false;
  } while (!atomic_compare_exchange_weak_explicit(&budget->used_bytes, &used, used + bytes,
                                                  memory_order_relaxed, memory_order_relaxed));
  uint64_t peak = atomic_load_explicit(&budget->peak_bytes, memory_order_relaxed);
  while (peak < used + bytes &&
         !atomic_compare_exchange_weak_explicit(&budget->peak_bytes, &peak, used + bytes,
                                                memory_order_relaxed, memory_order_relaxed))
    continue;
  return true;
}

void
budget_give(struct rollup_budget *budget, uint64_t bytes)
{
  atomic_fetch_sub_explicit(&budget->used_bytes, bytes, memory_order_relaxed);
}

/* Large pages need an address at a multiple of their size, which the system does not promise: one more is asked for, and what
 * stands out at both ends is given back. */
static char *
map_with(size_t bytes, int flags)
{
  size_t size = whole_pages(bytes), extra = size >= LARGE_PAGE ? LARGE_PAGE : 0;
  char *start =
      mmap(NULL, size + extra, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | flags, -1, 0);
  if (start == MAP_FAILED)
    return NULL;
  if (extra == 0)
    return start;
  size_t before = round_up((uintptr_t)start, LARGE_PAGE) - (uintptr_t)start;
  if (before > 0)
    munmap(start, before);
  if (extra > before)
    munmap(start + before + size, extra - before);
  madvise(start + before, size, MADV_HUGEPAGE);
  return start + before;
}

static char *
map(size_t bytes)
{
  return map_with(bytes, 0);
}

void *
budget_reserve(size_t bytes)
{
  return map_with(bytes < LARGE_PAGE ? LARGE_PAGE : bytes, MAP_NORESERVE);
}

void
budget_unreserve(void *space, size_t bytes)
{
  if (space != NULL)
    munmap(space, whole_pages(bytes < LARGE_PAGE ? LARGE_PAGE : bytes));
}

static void
release(void *block, size_t bytes)
{
  if (is_mapped(bytes))
    munmap(block, whole_pages(bytes));
  else
    free(block);
}

static void *
obtain(size_t bytes)
{
  return is_mapped(bytes) ? map(bytes) : calloc(1, bytes > 0 ? bytes : 1);
}

void *
budget_alloc(struct rollup_budget *budget, size_t bytes)
{
  if (!budget_take(budget, bytes))
    return NULL;
  void *block = obtain(bytes);
  if (block == NULL)
    budget_give(budget, bytes);
  return block;
}

/* Moves the pages, not what is in them, to where they are aligned for large ones again. */
static void *
map_resized(char *old, size_t old_bytes, size_t new_bytes)
{
  size_t old_size = whole_pages(old_bytes), new_size = whole_pages(new_bytes);
  char *block = old;
  if (old_size != new_size && mremap(old, old_size, new_size, 0) == MAP_FAILED) {
    block = map(new_bytes);
    if (block == NULL)
      return NULL;
    if (mremap(old, old_size, new_size, MREMAP_MAYMOVE | MREMAP_FIXED, block) == MAP_FAILED) {
      munmap(block, new_size);
      return NULL;
    }
  }
  if (new_size > old_size && new_size >= LARGE_PAGE)
    madvise(block, new_size, MADV_HUGEPAGE);
  if (new_bytes > old_bytes) /* the last page may hold what was there before the block shrank */
    memset(block + old_bytes, 0, (old_size < new_bytes ? old_size : new_bytes) - old_bytes);
  return block;
}

static void *
heap_resized(char *old, size_t old_bytes, size_t new_bytes)
{
  char *block = realloc(old, new_bytes > 0 ? new_bytes : 1);
  if (block != NULL && new_bytes > old_bytes)
    memset(block + old_bytes, 0, new_bytes - old_bytes);
  return block;
}

/* Both blocks exist for a moment: both count. */
static void *
moved(struct rollup_budget *budget, void *old, size_t old_bytes, size_t new_bytes)
{
  void *block = budget_alloc(budget, new_bytes);
  if (block == NULL)
    return NULL;
  memcpy(block, old, old_bytes < new_bytes ? old_bytes : new_bytes);
  budget_free(budget, old, old_bytes);
  return block;
}

void *
budget_resize(struct rollup_budget *budget, void *old, size_t old_bytes, size_t new_bytes)
{
  if (old == NULL)
    return budget_alloc(budget, new_bytes);
  if (is_mapped(old_bytes) != is_mapped(new_bytes))
    return moved(budget, old, old_bytes, new_bytes);
  if (new_bytes > old_bytes && !budget_take(budget, new_bytes - old_bytes))
    return NULL;
  void *block = is_mapped(new_bytes) ? map_resized(old, old_bytes, new_bytes)
                                     : heap_resized(old, old_bytes, new_bytes);
  if (block == NULL) {
    if (new_bytes > old_bytes)
      budget_give(budget, new_bytes - old_bytes);
    return NULL;
  }
  if (new_bytes < old_bytes)
    budget_give(budget, old_bytes - new_bytes);
  return block;
}

void
budget_free(struct rollup_budget *budget, void *block, size_t bytes)
{
  if (block == NULL)
    return;
  release(block, bytes);
  budget_give(budget, bytes);
}
