/* SPDX-License-Identifier: Apache-2.0
 *
 * The one table of output types: what DuckDB calls a column's type, what we store, what Delta calls it.
 * Source: Delta protocol, "Primitive Types"; https://github.com/delta-io/delta/blob/master/PROTOCOL.md
 *
 *     DuckDB                         stored as        Delta
 *     HUGEINT                        BIGINT           long         (checked: an overflow fails the run)
 *     TIMESTAMP                      TIMESTAMP        timestamp_ntz
 *     TIMESTAMP WITH TIME ZONE       the same         timestamp
 *     ENUM(...)                      VARCHAR          string
 *     UBIGINT, UUID, TIME, INTERVAL, TIMESTAMP_NS, BIT, ...   refused, with the cast to write
 */
#pragma once

#include "util/compiler.h"
#include <glib.h>
#include <stdbool.h>

/* ret_stored: DuckDB's name of the type that is written; ret_delta: Delta's name ("long", "decimal(18,2)", or for nested
 * types the JSON text of the type object). Either may be NULL. Refused types: error of kind OUTPUT, worded
 * "type TIME cannot be stored in a table" with a HINT that gives the cast. */
bool table_type(const char *duck_type, char **ret_stored, char **ret_delta,
                GError **error) WARN_UNUSED;
/* As a partition column only primitive types are allowed, no BLOB, and no TIMESTAMP WITH TIME ZONE: Delta readers want its
 * values in UTC, the folders and the script's time zone say otherwise. */
bool table_partition_type(const char *duck_type, GError **error) WARN_UNUSED;
