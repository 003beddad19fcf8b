/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/table only: rolling a job log entry forward. The run that wrote it does so, and whoever finds it unfinished;
 * both may do it at once, each step is idempotent. docs/design/table.md argues why.
 */
#pragma once

#include "table/joblog.h"

/* snapshots: NULL, or one of each output in the entry's order, which are brought up to date and used instead of reading
 * the tables afresh. ret_versions: NULL, or room for the Delta version of each output. ret_report: NULL, or char *
 * sentences are added for what was done. Marks the entry done. */
bool complete_entry(struct storage *storage, gint64 number, struct json_object *entry,
                    const struct delta_reader *reader, struct delta_snapshot *const *snapshots,
                    gint64 *ret_versions, GPtrArray *report, GError **error) WARN_UNUSED;

/* Completes the newest entry when it is not done. ret_newest: its number, -1 for an empty log. With dry_run only reports. */
bool complete_newest(struct storage *storage, const struct delta_reader *reader, bool dry_run,
                     GPtrArray *report, gint64 *ret_newest, GError **error) WARN_UNUSED;

/* Deletes data files of a table (paths relative to it, decoded) and the folders that become empty. Absent ones, and paths
 * that lead out of the table or into its log, are passed over. */
bool complete_delete_files(struct storage *storage, const char *table, GPtrArray *paths,
                           GError **error) WARN_UNUSED;
