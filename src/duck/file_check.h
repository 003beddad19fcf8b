/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to this room: why a Parquet file cannot be read, in words that name the file. */
#pragma once

#include "util/error.h"
#include <glib.h>
#include <stdbool.h>

/* Looks at a file that DuckDB refused with failure (taken over; may be NULL): missing, no right, a folder, empty, too
 * short, no Parquet, cut off, encrypted; else DuckDB's own words. Sets an error of the kind given, or ACCESS for a missing
 * right, or failure's own kind when that is LIMIT or a signal. Returns false. */
bool file_blame(const char *path, enum error_kind kind, GError *failure, GError **error);
