/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to this room: one cell of a DuckDB vector as a value, a text, or JSON. Written by the tags of DuckDB's
 * handle types, so that only .c files include duckdb.h.
 *
 * TIMESTAMPTZ is shown in UTC. GEOMETRY and VARIANT, for which the C API has no value, are shown as "(not shown)".
 */
#pragma once

#include "util/json.h"
#include <glib.h>
#include <stdbool.h>

struct _duckdb_vector;
struct _duckdb_logical_type;
struct _duckdb_value;

bool cell_is_null(struct _duckdb_vector *vector, guint64 row);
/* A duckdb_value of any type, NULL included; the caller destroys it. */
struct _duckdb_value *cell_value(struct _duckdb_vector *vector, struct _duckdb_logical_type *type,
                                 guint64 row);
/* As DuckDB casts it to VARCHAR; NULL for NULL; owned by the caller. */
char *cell_text(struct _duckdb_vector *vector, struct _duckdb_logical_type *type, guint64 row);
/* STRUCT and MAP as objects, LIST and ARRAY as arrays, all else as text; NULL for NULL. New reference. */
struct json_object *cell_json(struct _duckdb_vector *vector, struct _duckdb_logical_type *type,
                              guint64 row);
