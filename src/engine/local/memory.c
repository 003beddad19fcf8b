/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/local.h"

bool
memory_share(struct local *local, bool pass_runs, GError **error)
{
  guint64 limit = local->memory_limit_bytes;
  guint64 kernel = pass_runs ? local->budget.limit_bytes : local->budget.used_bytes;
  guint64 share = limit - MIN(kernel, limit / 2);
  if (share == local->share_bytes)
    return true;
  g_autofree char *sql = g_strdup_printf("SET memory_limit = '%" G_GUINT64_FORMAT "B'", share);
  if (!duck_exec(local->work, sql, error))
    return false;
  local->share_bytes = share;
  return true;
}
