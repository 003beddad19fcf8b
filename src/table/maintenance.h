/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/table only: what gc and rollback share. One of them at a time works in an output folder, since the one
 * deletes what the other may bring back.
 */
#pragma once

#include "table/joblog.h"

/* Refuses tables that are not there (INPUT) or not ours (OUTPUT), and takes the lock; ret_lock NULL takes none. */
bool maintenance_begin(struct storage *storage, const char *table,
                       const struct delta_snapshot *snapshot, struct storage_lock **ret_lock,
                       GError **error) WARN_UNUSED;
