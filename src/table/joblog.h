/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/table only: the job log, one entry a run. docs/design/table.md.
 *
 *     _kindling/log/<20 digits n>.json   entry n: the commit of a whole run; never changed, never deleted
 *     _kindling/log/<20 digits n>.done   entry n is complete: a shortcut, nothing depends on it
 *
 * An entry:
 *     { "schema_version": 1, "run_id": text, "begun_ms": n, "committed_ms": n, "app_name": text or null,
 *       "jobs": [{"name": text, "hash": text}], "input": {..},
 *       "outputs": [ { "name": text, "job": text, "job_hash": text, "begin_version": n, "schema": {Delta struct type},
 *                      "partition_columns": [text], "retain_ms": n,
 *                      "adds": [ { "staged": path, "path": path, "add": {Delta add action} } ] } ] }   in name order
 * Paths are relative to the output root.
 */
#pragma once

#include "table/delta.h"

#define JOBLOG_ROOT   "_kindling"
#define JOBLOG_FOLDER "_kindling/log"

/* ret_number: the newest entry, -1 for none; ret_done: it has its .done. */
bool joblog_newest(struct storage *storage, gint64 *ret_number, bool *ret_done,
                   GError **error) WARN_UNUSED;
/* ret_entry: checked: every member that completing it needs is there, every path lies where it must. */
bool joblog_read(struct storage *storage, gint64 number, struct json_object **ret_entry,
                 GError **error) WARN_UNUSED;
bool joblog_write(struct storage *storage, gint64 number, struct json_object *entry,
                  bool *ret_created, GError **error) WARN_UNUSED;
bool joblog_mark_done(struct storage *storage, gint64 number, GError **error) WARN_UNUSED;

/* The checks of joblog_read: pure. file is for messages. */
bool joblog_check(struct json_object *entry, const char *file, GError **error) WARN_UNUSED;
