/* SPDX-License-Identifier: Apache-2.0
 *
 * `history`, `rollback` and `gc`: the published versions of an output folder's tables.
 */
#pragma once

#include "table/delta.h"
#include "table/publish.h"
#include "util/json.h"

/* How src/table reads (and writes) checkpoints: by DuckDB. */
const struct delta_reader *history_reader(void);

/* output: a folder of tables, or one table. Versions newest first; at most limit a table (0: all). Text and JSON at once:
 * either may be NULL. */
bool history_show(const char *output, guint limit, bool colour, char **ret_text,
                  struct json_object **ret_json, GError **error) WARN_UNUSED;

/* One new version a table whose content is that of version to. */
bool history_rollback(const char *output, gint64 to, bool dry_run, char **ret_text,
                      struct json_object **ret_json, GError **error) WARN_UNUSED;

/* Completes what a killed run left, sweeps staging, deletes replaced files. older_than_ms -1: each table's own retain time. */
bool history_collect(const char *output, gint64 older_than_ms, bool dry_run, char **ret_text,
                     struct json_object **ret_json, GError **error) WARN_UNUSED;
