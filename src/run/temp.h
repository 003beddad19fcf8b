/* SPDX-License-Identifier: Apache-2.0
 *
 * The temporary folder of one run: kindling-<run id> below --temp-dir, $TMPDIR or /tmp, readable by its owner only. DuckDB
 * spills into it. Private to this room.
 *
 * The folder holds a file "owner" that is locked as long as the process lives, so that what a killed run left can be told from
 * what a living one uses, whatever process ids and containers are involved. temp_new removes dead runs' folders in the
 * same place; what cannot be removed (another user's) is left alone. Cost: one reading of the directory.
 */
#pragma once

#include "util/auto.h"
#include "util/compiler.h"

struct temp;

/* parent: NULL for $TMPDIR or /tmp. Never fails: a folder that cannot be made is met again, as an error, by whoever writes
 * into it, and most runs do not. */
struct temp *temp_new(const char *parent) WARN_UNUSED;
/* Removes the folder with all that is in it. */
void temp_free(struct temp *temp);
AUTO_DEFINE(struct temp, temp_free)

const char *temp_path(const struct temp *temp);
