/* SPDX-License-Identifier: Apache-2.0
 *
 * `kindling inspect`: what an input holds. All but the sample and the counts by value comes from names and footers.
 */
#pragma once

#include "storage/inventory.h"
#include "util/json.h"

struct inspect_options {
  const char *input;          /* a folder or a file */
  guint threads;              /* 0: all */
  guint64 memory_limit_bytes; /* 0: the engine's default */
  const char *temp_dir;       /* NULL: $TMPDIR or /tmp */
};

/* Rows that share the values of the first one or two partition columns. */
struct inspection_group {
  char **values; /* one for each group column; borrowed from the inventory; NULL for NULL */
  guint64 rows, files, size_bytes;
};

struct inspection_value {
  char *text; /* NULL for NULL */
  guint64 rows;
};

/* Rows by value of one column: the most frequent first, then by value. */
struct inspection_count {
  char *column;
  GPtrArray *values; /* struct inspection_value, at most 100 */
  bool complete;     /* there are no more */
};

struct inspection {
  struct inventory *inventory;
  guint group_columns; /* 0, 1 or 2 */
  GPtrArray *groups;   /* struct inspection_group in order of value; empty when not partitioned */
  GPtrArray *counts;   /* struct inspection_count of the columns "category", "event_type", if any */
  /* char **, a row each: the first rows of the first files, at most 5, with a cell for each of inventory->columns, NULL
   * for NULL (not a terminator) */
  GPtrArray *sample;
  GPtrArray *gaps;          /* char *, as inventory_gaps */
  GHashTable *compressions; /* char * -> guint64 *: files by compression, "none" without rows */
  guint64 row_groups;
  const struct inventory_file *smallest, *largest; /* by bytes; the first of equals */
  guint64 median_bytes;                            /* of the files; the lower of two middle ones */
  double seconds;
};

/* Errors: INPUT, ACCESS, LIMIT, signals. */
struct inspection *inspect_input(const struct inspect_options *options, GError **error) WARN_UNUSED;
void inspection_free(struct inspection *inspection);
AUTO_DEFINE(struct inspection, inspection_free)

/* For people; at most 100 groups are shown. Owned by the caller. */
char *inspection_text(const struct inspection *inspection, bool colour);
/* {"schema_version":1,"command":"inspect",...}; new reference. */
struct json_object *inspection_to_json(const struct inspection *inspection);
