/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/engine/local/kernel_stream*.c only: an output that is written while its pass runs.
 *
 *     threads of the scan                            in each output partition, under its lock
 *     block of a run --> row groups (or raw rows) --> slot of the run --> pieces in run order --> files
 *
 * Blocks come in any order, files keep the order of runs: what came too early waits, encoded, in its slot. Blocks of fewer
 * than STREAM_SMALL_ROWS groups wait raw and are encoded together with their neighbours.
 *
 * All that grows is allocated from the kernel's budget. Out of memory, the stream gives up and its output is computed in
 * another way; what is the output's own fault (a sum that does not fit, a full disk) is kept as its error.
 */
#pragma once

#include "engine/local/kernel.h"

enum {
  STREAM_SMALL_ROWS = 30000,
  STREAM_GROUP_ROWS = 122880, /* rows of a row group at most, as DuckDB's; a multiple of 64 */
};

struct stream_column {
  struct parquet_column parquet;
  unsigned from;    /* column of the kernel's blocks */
  unsigned bytes;   /* of a value as it is encoded */
  bool narrowed;    /* HUGEINT that is stored as BIGINT, checked */
  const char *name; /* the output's */
};

/* Rows of a small run, copied: one block of the budget's. */
struct stream_rows {
  uint32_t rows;
  gsize bytes; /* of the block, this struct included */
  struct parquet_values values[];
};

/* A part of a file, in order; ready once its row groups are encoded. */
struct stream_piece {
  GPtrArray *groups; /* struct parquet_group */
  GPtrArray *rows;   /* struct stream_rows, to be encoded */
  bool ready;
};

/* Part of a run. */
struct stream_share {
  bool arrived;
  /* struct stream_piece: its blocks that have groups and have not moved on, each encoded or raw; or NULL. */
  GPtrArray *pieces;
};

struct stream_slot {
  struct stream_share *shares; /* NULL: no block has come */
  guint share_count, next;     /* next: first share that has not moved on */
};

struct stream_file {
  char *path; /* full, a name for the time of the run */
  guint64 rows, size_bytes;
  struct json_object *statistics;
};

/* An output partition. */
struct stream_part {
  struct kernel_stream *stream;
  char *const *values; /* one a partition column */
  GMutex mutex;
  guint number;
  struct stream_slot *slots; /* its runs, in the output's order */
  guint slot_count, next;    /* next: first slot that has not moved on */
  GPtrArray *waiting;        /* struct stream_rows that have moved on but not into a piece */
  guint64 waiting_rows;
  GQueue pieces; /* struct stream_piece */
  struct parquet_file *file;
  char *file_path;
  GPtrArray *files; /* struct stream_file, closed */
};

struct kernel_stream {
  struct kernel_target target;
  struct kernel_spec *spec;
  const struct plan_pass *planned;
  GArray *partition_columns; /* unsigned: the scan columns of PARTITION_BY */
  guint rollup;              /* index into spec->rollups */
  const struct plan_output *output;
  struct rollup_budget *budget;
  GArray *columns;                /* struct stream_column: those stored in the files */
  struct parquet_column *parquet; /* the same, as the writer takes them */
  struct parquet_allocator allocator;
  struct parquet_options options;
  GPtrArray *parts; /* struct stream_part, in the order of the inventory's partitions */
  struct stream_part **run_part; /* of each run */
  guint *run_slot;
  guint run_count;
  GMutex mutex;
  GPtrArray *scratches; /* struct parquet_scratch that no thread uses */
  gint stopped;         /* atomic: an error, or out of memory */
  GError *error;
  const char *reason; /* why it gave up */
  bool ran_out;
};

/* kernel_stream.c */

/* Without columns and parts. */
struct kernel_stream *stream_new(const struct kernel_target *target, struct rollup_budget *budget);
/* The same for rows of the output that is being run, which are there already. */
struct kernel_stream *stream_of_run(const struct writer *writer);

/* The first failure counts. All return false. */
bool stream_give_up(struct kernel_stream *stream, const char *reason);
bool stream_run_out(struct kernel_stream *stream, const char *reason); /* for want of memory */
bool stream_fail(struct kernel_stream *stream, GError *error);

/* An array of struct parquet_group that owns them. */
GPtrArray *stream_groups_new(void);
/* parquet_encode with the stream's options. NULL: out of memory. */
struct parquet_group *stream_encode(struct kernel_stream *stream,
                                    const struct parquet_values *values, uint32_t rows);

/* kernel_stream_fit.c: fills columns, codec and parts. False: the output cannot be streamed. */
bool stream_fit(struct kernel_stream *stream, struct kernel_spec *spec, guint rollup);
/* Columns and codec only, for rows of all the output's columns: from is their index in the output. */
bool stream_fit_columns(struct kernel_stream *stream);
/* The same, and a part with slots that follow each other, of an output that is not partitioned. */
bool stream_fit_rows(struct kernel_stream *stream, guint slots);

/* kernel_stream_parts.c: parts, empty, for the runs that the kernel was told. */
void stream_lay_out_told(struct kernel_stream *stream, const struct rollup_spec *rollup);

/* kernel_stream_rows.c */

/* The rows [first, first + rows) of a block as the writer takes them; first is a multiple of 64. narrow must have room for rows
 * numbers for each narrowed column, one after the other. False: a sum does not fit, see ret_column. */
bool stream_slice(const struct kernel_stream *stream, const struct rollup_batch *batch,
                  uint32_t first, uint32_t rows, int64_t *narrow, struct parquet_values *ret_values,
                  const struct stream_column **ret_column);
guint stream_narrowed(const struct kernel_stream *stream);
/* NULL: out of memory. */
struct stream_rows *stream_rows_copy(const struct kernel_stream *stream,
                                     const struct parquet_values *values, uint32_t rows);
/* Rows [first, first + rows) of a column from any first on; bits has room for the validity of rows. */
struct parquet_values stream_values_from(const struct parquet_values *values, gsize value_bytes,
                                         uint32_t first, uint32_t rows, uint64_t *bits);
void stream_rows_free_all(const struct kernel_stream *stream, GPtrArray *rows);
void stream_rows_free(const struct kernel_stream *stream, struct stream_rows *rows);
/* Row groups of several small runs, appended to groups. False: out of memory. */
bool stream_rows_encode(struct kernel_stream *stream, const GPtrArray *rows, GPtrArray *groups);

/* kernel_stream_files.c */

struct stream_part *stream_part_new(struct kernel_stream *stream, char *const *values,
                                    guint number);
void stream_part_free(struct stream_part *part);
/* Takes the row groups, or the rows, of a run's block over: either may be NULL. block: or NULL, all that comes for the slot. From any
 * thread. */
bool stream_part_take(struct stream_part *part, guint slot, const struct rollup_block *block,
                      GPtrArray *groups, GPtrArray *rows);
/* No more runs come: all that waits is written and the file closed. */
bool stream_part_finish(struct stream_part *part);
/* Forgets all runs and removes the files. */
void stream_part_reset(struct stream_part *part);
