/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading published outputs back: the newest version of each table below a folder, as a SELECT for DuckDB. For compare.
 */
#pragma once

#include "duck/duck.h"
#include "util/compiler.h"

struct published_table {
  char *name; /* folder name */
  /* SELECT <columns, typed as the table's schema says> FROM ... : the live files only. */
  char *select;
};

/* path: a Delta table, a folder of Delta tables, or plain Parquet (a folder or a file). ret_tables: GPtrArray of struct
 * published_table, by name. Errors: INPUT when there is nothing of the kind. */
bool published_open(struct duck *duck, const char *path, GPtrArray **ret_tables,
                    GError **error) WARN_UNUSED;
