/* SPDX-License-Identifier: Apache-2.0 */
#include "table/maintenance.h"
#include "table/actions.h"
#include "util/error.h"

bool
maintenance_begin(struct storage *storage, const char *table, const struct delta_snapshot *snapshot,
                  struct storage_lock **ret_lock, GError **error)
{
  if (snapshot->version < 0)
    return error_set(error, ERROR_INPUT, "there is no table '%s' in '%s'", table,
                     storage_uri(storage));
  if (delta_snapshot_txn(snapshot, ACTIONS_APP_ID) < 0)
    return error_set(error, ERROR_OUTPUT, "table '%s' was not published by this program", table);
  if (ret_lock == NULL)
    return true;
  g_autoptr(GError) failure = NULL;
  *ret_lock = storage_lock(storage, JOBLOG_ROOT "/maintenance", &failure);
  if (*ret_lock != NULL)
    return true;
  if (failure == NULL)
    return error_set(error, ERROR_FAILED, "another gc or rollback is working in '%s'",
                     storage_uri(storage));
  g_propagate_error(error, g_steal_pointer(&failure));
  return false;
}
