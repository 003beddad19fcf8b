/* SPDX-License-Identifier: Apache-2.0
 *
 * Parquet footers of many files, read in parallel: rows, row groups, compression, schema. Only footers are read.
 *
 * Cost: 0.015 ms of CPU a local file, whatever its size; 0.35 to 0.5 ms where DuckDB has to read the footer (files that
 * are not local, encrypted, damaged or odd ones); a bind for each distinct schema.
 */
#pragma once

#include "duck/describe.h"
#include "duck/duck.h"

struct duck_footer {
  guint64 rows;
  guint row_groups;
  /* "SNAPPY", "ZSTD", "UNCOMPRESSED", "mixed", or NULL for a file without row groups. */
  char *compression;
  /* Of struct duck_column: the types that DuckDB reads them as; shared between equal files, so not to be changed. */
  GPtrArray *columns;
};
void duck_footer_free(struct duck_footer *footer);
AUTO_DEFINE(struct duck_footer, duck_footer_free)

/* ret_footers is a GPtrArray of struct duck_footer, in the order of paths. A file that is missing, empty, truncated, no
 * Parquet or unreadable is an error of kind INPUT (or ACCESS) that names it: the first such file in the order given. */
bool duck_read_footers(struct duck *duck, const char *const *paths, gsize count, guint threads,
                       GPtrArray **ret_footers, GError **error) WARN_UNUSED;

/* For use after a query over these files failed with error, which must be set: if DuckDB met damaged data and did not say
 * where, the files are read wholly, in parallel, until the first that fails in the order given, and the error names it.
 * Any other error is left as it is, at no cost. Returns false. */
bool duck_blame_damage(struct duck *duck, const char *const *paths, gsize count, guint threads,
                       GError **error);
