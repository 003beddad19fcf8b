/* SPDX-License-Identifier: Apache-2.0
 *
 * What an input holds: its Parquet files with their partitions, by our own listing (never a glob handed to the engine).
 *
 * An input is a folder, partitioned or not, or one Parquet file. Only folders below the path given are partitions.
 * Names that start with '_' or '.' are ignored at every level (but for folders "_name=value", which are partitions as in
 * Spark), and files not ending in ".parquet" or ".parq" (any case) are ignored and counted; an input that is one file may
 * have any name. Folders without '=' may stand at any level and mean nothing. Partition columns are typed once, for the
 * whole input (hive_common_type): month=01 and month=1 are the same partition. Names of columns are compared without
 * case (ASCII), as SQL does; the spelling of the first path counts.
 *
 * inventory_read lists and types: one listing, no file is opened. Rows, row groups and columns come from footers, which
 * another room reads (duck/footer.h), by inventory_set_footer for each file and then inventory_check_schema.
 *
 * Errors, kind INPUT: path missing; no Parquet file in it (says what is there instead); files whose folders name different
 * partition columns, or a different number (a file of each named); one partition column twice on a path; a partition
 * folder or a file name that is no UTF-8; an empty file; what storage_list_tree refuses. ACCESS: no right to read (named).
 *
 * Cost of inventory_read: one listing; 10,000 files take less than a tenth of a second.
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
  char *path;     /* absolute path or URI: what the engine opens (as a literal, not as a glob) */
  char *relative; /* below the input; the file name itself when the input is one file */
  guint64 size_bytes;
  gint64 modified_ms;
  guint partition; /* index into partitions */
  /* from the footer: */
  guint64 rows;
  guint row_groups;
  char *compression; /* or NULL */
  /* struct inventory_column in file order, shared between files of one schema; NULL before inventory_set_footer */
  GPtrArray *columns;
};

struct inventory_partition {
  char **values; /* one for each partition column, canonical; NULL for NULL (not a terminator!) */
  char *folder;  /* relative, as first met; "" when the input is not partitioned */
  guint64 files, size_bytes, rows;
  /* SHA-256 over relative path, size and modification time of its files, in path order */
  char *fingerprint;
};

struct inventory {
  char *name; /* the table's name in the script */
  char *uri;  /* absolute */
  bool single_file;
  GPtrArray *partition_columns; /* struct inventory_column, outermost first; may be empty */
  GPtrArray *partitions;        /* struct inventory_partition, ordered by typed values, NULL last */
  GPtrArray *files;             /* struct inventory_file, ordered by partition, then path */
  guint64 ignored_files;        /* other endings; names with '_' or '.' in front are not counted */
  guint64 size_bytes;

  /* After inventory_check_schema: */
  bool has_footers;
  guint64 rows;
  /* struct inventory_column of the table as the script sees it: the files' common columns in the first file's order, then
   * the partition columns */
  GPtrArray *columns;
  /* char *: what differs between files, one sentence each, both files named; at most 1000 */
  GPtrArray *drift;
  /* lower-case column name -> sentence: in some files only, or of different types (both files named); a script that uses
   * it is refused */
  GHashTable *partial;
};

/* name is the table's name in the script; uri what storage_open takes. */
struct inventory *inventory_read(const char *name, const char *uri, GError **error) WARN_UNUSED;
/* Only the files of a folder whose relative paths are in wanted (a set of char *); has the others neither checked nor
 * counted. Errors: as above, and INPUT for a wanted file that is not there. */
struct inventory *inventory_read_files(const char *name, const char *uri, GHashTable *wanted,
                                       GError **error) WARN_UNUSED;
void inventory_free(struct inventory *inventory);
AUTO_DEFINE(struct inventory, inventory_free)

/* columns: GPtrArray of struct inventory_column; a reference is taken. Arrays with equal contents may be shared. */
void inventory_set_footer(struct inventory *inventory, gsize file, guint64 rows, guint row_groups,
                          const char *compression, GPtrArray *columns);
/* After all footers: finds columns, drift and partial, and the totals. Columns in another order, or extra ones, are
 * fine. A column that is in the files and in the folders' names is a partition column (a drift sentence says so). May be
 * called again. Errors, kind INPUT: no column is common to all files; a file has two columns of one name. */
bool inventory_check_schema(struct inventory *inventory, GError **error) WARN_UNUSED;

/* columns: GPtrArray of struct inventory_column. NULL: none has the name. */
const struct inventory_column *inventory_find_column(const GPtrArray *columns, const char *name);

void inventory_column_free(struct inventory_column *column);
struct inventory_column *inventory_column_new(const char *name, const char *type);

/* SHA-256 of all partitions' fingerprints; owned by the caller. */
char *inventory_fingerprint(const struct inventory *inventory);

/* What is missing between the first and the last: days in inputs partitioned by one DATE column or by year, month and day;
 * months in those by year and month; else the values of the innermost column when it is a sequence of whole numbers.
 * GPtrArray of char *, at most 1000: "2024-02-29 .. 2024-03-02 (3 days)", "2024-05 (1 month)",
 * "site=a/hour=7 .. hour=9 (3 values)"; empty when none or not applicable. */
GPtrArray *inventory_gaps(const struct inventory *inventory);
