/* SPDX-License-Identifier: Apache-2.0
 *
 * Checkpoints of Delta logs, which are Parquet, read and written by DuckDB: the callbacks of struct delta_reader.
 * Source: Delta protocol, "Checkpoint Schema".
 */
#pragma once

#include "table/delta.h"

bool checkpoint_read(const char *path, gpointer user, GPtrArray **ret_rows,
                     GError **error) WARN_UNUSED;
/* Writes a file beside path on the way, and removes it. */
bool checkpoint_write(const char *path, GPtrArray *rows, gpointer user, GError **error) WARN_UNUSED;
