/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/local.h"
#include "util/error.h"
#include "util/machine.h"
#include "util/text.h"
#include <malloc.h>

bool
memory_choose(struct local *local, guint64 limit_bytes, GError **error)
{
  guint64 limit = limit_bytes > 0 ? limit_bytes : machine_memory_bytes() / 5 * 4;
  guint64 own = ENGINE_OWN_BYTES + ENGINE_OWN_THREAD_BYTES * local->threads;
  if (limit_bytes > 0 && limit_bytes < own + ENGINE_LEAST_DATA_BYTES) {
    g_autofree char *given = text_bytes(limit_bytes);
    g_autofree char *needed = text_bytes(own);
    g_autofree char *least = text_bytes(own + ENGINE_LEAST_DATA_BYTES);
    error_set(error, ERROR_LIMIT, "a memory limit of %s is too little: the program itself needs %s",
              given, needed);
    error_hint(error, "Allow %s or more by --memory-limit, or use fewer --threads.", least);
    return false;
  }
  local->memory_limit_bytes = limit;
  local->data_bytes = MAX(limit, own + ENGINE_LEAST_DATA_BYTES) - own;
  local->share_bytes = local->data_bytes;
  local->budget.limit_bytes = local->data_bytes / 100 * ENGINE_KERNEL_PERCENT;
  local->sum_budget.limit_bytes = local->data_bytes;
  local->sums_own_bytes = local->data_bytes / 100 * ENGINE_SUMS_PERCENT;
  return true;
}

bool
memory_share(struct local *local, bool pass_runs, GError **error)
{
  guint64 limit = local->data_bytes;
  guint64 kernel = pass_runs ? local->budget.limit_bytes : local->budget.used_bytes;
  guint64 share = limit - MIN(kernel, local->budget.limit_bytes);
  if (share == local->share_bytes)
    return true;
  if (share > local->share_bytes)
    (void)malloc_trim(
        0); /* what the kernel has freed is DuckDB's to allocate, by an allocator of its own */
  g_autofree char *sql = g_strdup_printf("SET memory_limit = '%" G_GUINT64_FORMAT "B'", share);
  if (!duck_exec(local->work, sql, error))
    return false;
  local->share_bytes = share;
  return true;
}
