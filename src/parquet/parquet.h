/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes Parquet: row groups are encoded in memory, by any thread, and files are put together from encoded row groups. Plain C on
 * arrays; stands alone. Flat columns only, all OPTIONAL.
 *
 *     columns (arrays) --parquet_encode--> struct parquet_group (bytes, sizes, statistics)
 *     parquet_file_open -> parquet_file_add (groups in order) -> parquet_file_close (footer; fsync is the caller's)
 *
 * Data pages are version 1, cut near 1 MiB. A column chunk is dictionary-encoded (RLE_DICTIONARY) when that takes at most half the bytes, else
 * PLAIN. A PLAIN chunk that hardly shrinks stays uncompressed. Definition levels RLE. Statistics in column chunks and data page headers: null count, min and max (min_value, max_value with
 * column orders TypeDefinedOrder), left out where they would lie (NaN) or are longer than 64 bytes; zeros as -0.0 .. 0.0.
 * A page index (ColumnIndex, OffsetIndex) in files of which a chunk has several data pages.
 * Little-endian machines only. How it works and why: docs/design/parquet.md. Source: Apache Parquet format 2.10, parquet.thrift,
 * Encodings.md.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What goes in: the array's element. What stands in the file: physical and logical type, in the comment. */
enum parquet_type {
  PARQUET_BOOL,          /* uint8_t, 0 or 1 -> BOOLEAN */
  PARQUET_INT8,          /* int8_t -> INT32, Integer(8) */
  PARQUET_INT16,         /* int16_t -> INT32, Integer(16) */
  PARQUET_INT32,         /* int32_t -> INT32 */
  PARQUET_INT64,         /* int64_t -> INT64 */
  PARQUET_FLOAT,         /* float */
  PARQUET_DOUBLE,        /* double */
  PARQUET_DATE,          /* int32_t days since 1970 -> INT32, Date */
  PARQUET_TIMESTAMP,     /* int64_t microseconds -> INT64, Timestamp(micros, not UTC) */
  PARQUET_TIMESTAMP_UTC, /* the same, UTC */
  PARQUET_DECIMAL16,     /* int16_t -> INT32, Decimal: DuckDB's widths up to 4 digits */
  PARQUET_DECIMAL32,     /* int32_t -> INT32, Decimal */
  PARQUET_DECIMAL64,     /* int64_t -> INT64, Decimal */
  PARQUET_DECIMAL128,    /* two uint64_t, low first -> FIXED_LEN_BYTE_ARRAY(16), Decimal */
  PARQUET_STRING,        /* struct parquet_string -> BYTE_ARRAY, String */
};

/* The 16-byte string of DuckDB and Arrow: length, then 12 bytes of text, or its first 4 and its address. */
struct parquet_string {
  uint32_t length;
  union {
    char inlined[12];
    struct {
      char prefix[4];
      const char *address;
    } __attribute__((packed)) pointer;
  };
};

struct parquet_column {
  const char *name;
  enum parquet_type type;
  uint8_t precision, scale; /* decimals */
};

struct parquet_values {
  const void *values;
  const uint64_t *validity; /* bit i set: row i is not NULL; NULL pointer: none is */
};

enum parquet_codec { PARQUET_UNCOMPRESSED, PARQUET_SNAPPY, PARQUET_ZSTD };

/* Where all memory comes from: realloc's contract with the old size told; new_bytes 0 frees. NULL: no memory. */
struct parquet_allocator {
  void *(*resize)(void *user, void *old, size_t old_bytes, size_t new_bytes);
  void *user;
};

/* What encoding needs on the side, kept from one row group to the next: a few MB that need not be asked for anew each
 * time. Used by one thread at a time. new gives NULL: out of memory. */
struct parquet_scratch;
struct parquet_scratch *parquet_scratch_new(const struct parquet_allocator *allocator);
void parquet_scratch_free(struct parquet_scratch *scratch);

struct parquet_options {
  enum parquet_codec codec;
  int zstd_level;                            /* 0: 3 */
  const struct parquet_allocator *allocator; /* must outlive what is made with it */
  struct parquet_scratch *scratch;           /* for parquet_encode; NULL: one for the call */
};

/* A bound of a column, as the value that went in; strings whole, zeros as 0.0, NaN left out. */
struct parquet_bound {
  bool is_known;
  union {
    int64_t integer;  /* BOOL, INT*, DATE, TIMESTAMP*, DECIMAL16..64 */
    uint64_t wide[2]; /* DECIMAL128, low first */
    double real;
    struct {
      const char *text; /* owned by the statistics */
      uint32_t length;
    } string;
  };
};
struct parquet_statistics {
  uint64_t null_count;
  bool has_nan;
  struct parquet_bound min, max;
};

struct parquet_group;
/* Encodes a row group. rows at least 1. NULL: out of memory, or a string of more than 1 GiB. The values are not needed
 * afterwards. */
struct parquet_group *parquet_encode(const struct parquet_column *columns, unsigned column_count,
                                     const struct parquet_values *values, uint32_t rows,
                                     const struct parquet_options *options);
void parquet_group_free(struct parquet_group *group);
uint64_t parquet_group_bytes(const struct parquet_group *group);
uint32_t parquet_group_rows(const struct parquet_group *group);
/* A statistic for each column. */
const struct parquet_statistics *parquet_group_statistics(const struct parquet_group *group);

struct parquet_file;
/* Creates the file, which must not exist. On failure NULL, and errno says why. created_by goes into the footer. */
struct parquet_file *parquet_file_open(const char *path, const struct parquet_column *columns,
                                       unsigned column_count, const char *created_by,
                                       const struct parquet_options *options);
/* Appends a group's bytes and frees the group. False: errno. */
bool parquet_file_add(struct parquet_file *file, struct parquet_group *group);
uint64_t parquet_file_bytes(const struct parquet_file *file); /* so far, without the footer */
uint64_t parquet_file_rows(const struct parquet_file *file);
/* Of all groups added; lives until the file is closed. */
const struct parquet_statistics *parquet_file_statistics(const struct parquet_file *file);
/* Writes the footer, flushes to disk (fsync) and closes; frees the struct in any case. ret_bytes: the file's size. False: errno. */
bool parquet_file_close(struct parquet_file *file, uint64_t *ret_bytes);
/* Closes without a footer; the caller removes the file. */
void parquet_file_abandon(struct parquet_file *file);
