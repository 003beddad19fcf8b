/* SPDX-License-Identifier: Apache-2.0
 *
 * What an input holds: its Parquet files with their partitions, by our own listing (never a glob handed to the engine).
 *
 * An input is a folder, partitioned or not, or one Parquet file. Only folders below the path given are partitions.
 * Names that start with '_' or '.' are ignored at every level, and files not ending in ".parquet" (any case), ".parq"
 * are ignored and counted. Partition columns are typed once, for the whole input (hive_common_type): month=01 and month=1
 * are the same partition.
 *
 * inventory_read lists and types: one listing, no file is opened. Rows, row groups and columns come from footers, which
 * another room reads (duck/footer.h), by inventory_set_footer for each file and then inventory_check_schema.
 *
 * Errors, kind INPUT: path missing; nothing readable in it; folders of one level that name different partition columns,
 * or files at different depths (both paths named); an empty file. ACCESS: no right to read (named).
 */
#pragma once

#include "util/auto.h"
#include "util/compiler.h"
#include <glib.h>
#include <stdbool.h>

struct inventory_column {
  char *name;
  char *type; /* DuckDB's name of the type */
};

struct inventory_file {
  char *path;            /* absolute path or URI: what the engine opens */
  char *relative;        /* below the input; the file name itself when the input is one file */
  guint64 size_bytes;
  gint64 modified_ms;
  guint partition;       /* index into partitions */
  /* from the footer: */
  guint64 rows;
  guint row_groups;
  char *compression;     /* or NULL */
  GPtrArray *columns;    /* struct inventory_column, file order; shared between files of one schema; NULL before */
};

struct inventory_partition {
  char **values;         /* one for each partition column, canonical; NULL for NULL (not a terminator!) */
  char *folder;          /* relative, as first met; "" when the input is not partitioned */
  guint64 files, size_bytes, rows;
  char *fingerprint;     /* SHA-256 over relative path, size and modification time of its files, in path order */
};

struct inventory {
  char *name;                  /* the table's name in the script */
  char *uri;                   /* absolute */
  bool single_file;
  GPtrArray *partition_columns; /* struct inventory_column, outermost first; may be empty */
  GPtrArray *partitions;       /* struct inventory_partition, ordered by typed values, NULL last */
  GPtrArray *files;            /* struct inventory_file, ordered by partition, then path */
  GPtrArray *columns;          /* struct inventory_column: of the table as the script sees it: the files' common columns in
                                  the first file's order, then the partition columns; after inventory_check_schema */
  GPtrArray *drift;            /* char *: what differs between files, one sentence each, both files named; after
                                  inventory_check_schema */
  GHashTable *partial;         /* lower-case column name -> sentence: in some files only (both named), or of different
                                  types; a script that uses it is refused */
  guint64 ignored_files;       /* other endings */
  guint64 size_bytes, rows;
  bool has_footers;
};

struct inventory *inventory_read(const char *name, const char *uri, GError **error) WARN_UNUSED;
void inventory_free(struct inventory *inventory);
AUTO_DEFINE(struct inventory, inventory_free)

/* columns: GPtrArray of struct inventory_column; a reference is taken. Arrays with equal contents may be shared. */
void inventory_set_footer(struct inventory *inventory, gsize file, guint64 rows, guint row_groups,
                          const char *compression, GPtrArray *columns);
/* After all footers: finds columns, drift and partial, and the totals. Columns in another order, or extra ones, are
 * fine. Errors, kind INPUT: no column is common to all files. */
bool inventory_check_schema(struct inventory *inventory, GError **error) WARN_UNUSED;

void inventory_column_free(struct inventory_column *column);
struct inventory_column *inventory_column_new(const char *name, const char *type);

/* SHA-256 of all partitions' fingerprints; owned by the caller. */
char *inventory_fingerprint(const struct inventory *inventory);

/* Missing days (or the missing values of the innermost whole-number sequence) in inputs partitioned by year/month/day or
 * by one DATE column: GPtrArray of char *, "2024-02-30 .. 2024-03-02 (3 days)"; empty when none or not applicable. */
GPtrArray *inventory_gaps(const struct inventory *inventory);
