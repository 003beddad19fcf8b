/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/table only: the folders _kindling/<run-id>, one a run, and whose they are.
 *
 * A run's folder is made as _kindling/.new-<run-id> with a locked file "owner" in it and then renamed, so that it has a
 * locked owner from the moment it can be seen under its name: a lock that can be taken is a dead run's. The lock follows
 * the file through the rename. To sweep a folder is to take its lock, look into the job log (an entry that its run wrote
 * must be complete), rename it to _kindling/.swept-<random> and delete that.
 */
#pragma once

#include "table/joblog.h"

/* ret_lock holds the folder until it is given back. Errors: OUTPUT when the run id is taken or no plain name. */
bool staging_claim(struct storage *storage, const char *run_id, struct storage_lock **ret_lock,
                   GError **error) WARN_UNUSED;
/* Removes the folder of a run whose lock the caller holds, and _kindling when it was all that stood there. */
bool staging_discard(struct storage *storage, const char *run_id, GError **error) WARN_UNUSED;

/* Removes all dead runs' folders. newest: the newest job log entry known to be complete; entries that appear meanwhile
 * are completed first. ret_report as in complete_entry. With dry_run only reports. */
bool staging_sweep(struct storage *storage, const struct delta_reader *reader, gint64 newest,
                   bool dry_run, GPtrArray *report, GError **error) WARN_UNUSED;
