/* SPDX-License-Identifier: Apache-2.0
 *
 * What DuckDB's name of a type ("VARCHAR", "DECIMAL(18,2)", as duck_result_type, duck_describe and duck_probe_types give it)
 * tells without asking DuckDB. Nothing here fails, needs a connection or allocates.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

/* The C layouts of a batch's values: DuckDB's flat vectors. Strings are 16 bytes: a 32-bit length, then 12 bytes of text
 * or 4 bytes of it and the address of all of it. Decimals are the integer of their width. */
enum duck_value {
  DUCK_VALUE_BOOL,
  DUCK_VALUE_INT8,
  DUCK_VALUE_INT16,
  DUCK_VALUE_INT32,
  DUCK_VALUE_INT64,
  DUCK_VALUE_INT128,
  DUCK_VALUE_UINT8,
  DUCK_VALUE_UINT16,
  DUCK_VALUE_UINT32,
  DUCK_VALUE_UINT64,
  DUCK_VALUE_FLOAT,
  DUCK_VALUE_DOUBLE,
  DUCK_VALUE_STRING,
  DUCK_VALUE_NONE, /* a type that has no such layout: nested types, INTERVAL, ... */
};
/* The layout of a type by DuckDB's name of it: DATE is INT32, TIMESTAMP INT64, DECIMAL(18,2) INT64. ENUM, BLOB, UUID, TIME
 * and the like are NONE: callers cast them. */
enum duck_value duck_value_of(const char *type);

/* Whether it is a decimal's, "DECIMAL(18,2)" to the letter: width 18, its digits (1 to 38), and scale 2, those of them behind the
 * point (0 to width). Either may be NULL; both are left alone when it is not. */
bool duck_decimal_of(const char *type, guint8 *ret_width, guint8 *ret_scale);
