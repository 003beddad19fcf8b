/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/engine/local only: the parts of the local engine, which runs a plan's outputs on one embedded DuckDB.
 *
 *     session.c     the database and its limits                         local_open
 *     sums.c        exact sums of doubles as DuckDB's aggregates        sums_register
 *     wide_sums.c   the same of 128-bit integers and decimals           wide_sums_register
 *     memory.c      who has how much of the memory limit                memory_*
 *     run.c         one output: views, layout, files                    local_run
 *     kernel*.c     one output by the one-pass kernel                   kernel.h
 *     write.c       a query's rows -> ordered Parquet files             writer_*
 *     split.c       a materialised result -> one partition at a time    split_write
 *     statistics*.c what is told about a file -> Delta statistics       statistics_*
 *     blame.c       DuckDB's errors in mid-run -> whose fault it is      blame
 *     explain.c     DuckDB's plans, what the kernel observed            local_explain
 *     estimate.c    a sample of the input -> groups to expect           local_estimate
 *     outlook.c     the same rows -> how the kernel would hold them     outlook_of_pass
 */
#pragma once

#include "duck/aggregate.h"
#include "duck/duck.h"
#include "duck/scan.h"
#include "engine/engine.h"
#include "rollup/exact_sum.h"

struct kernel_pass;
struct parquet_column;
struct parquet_statistics;

/* An open local engine. Two connections: callers bind and plan on one, outputs run on the other, so that neither sees
 * the other's temporary views. */
struct local {
  struct duck *duck;
  struct duck_connection *callers;
  struct duck_connection *work;
  guint threads;
  guint64 memory_limit_bytes; /* of the process */
  guint64 data_bytes;         /* of it, for the kernel and DuckDB */
  bool kernel_off;            /* KINDLING_KERNEL=off: DuckDB runs everything; for tests */
  enum engine_writer parquet_writer;
  struct rollup_budget budget; /* the kernel's, for all passes */
  struct rollup_budget
      sum_budget;         /* of sums of doubles in DuckDB, which does not see what they hold */
  guint64 sums_own_bytes; /* of it, what they have in any case */
  _Atomic guint64 sums_seen_bytes; /* what they held when the process was last looked at */
  struct exact_sum_memory sum_memory;
  struct duck_aggregate sums[2];
  GHashTable *wide_sums;            /* name -> struct wide_sum; those that are registered */
  const struct engine_batch *batch; /* between engine_begin and engine_end, or NULL */
  guint64 share_bytes;              /* DuckDB's share of the limit, as it is set */
  GHashTable *views;                /* input -> the SELECT behind its view, as it is in `work` */
  const struct job *current;        /* the job whose views and time zone are in `work`, or NULL */
  GPtrArray *passes; /* struct kernel_pass, of the batch, whose outputs have not all been run */
};

/* The rows of struct engine_driver; self is a struct local. */
gpointer local_open(const struct engine_options *options, GError **error);
void local_close(gpointer self);
void local_begin(gpointer self, const struct engine_batch *batch);
void local_end(gpointer self);
bool local_run(gpointer self, const struct engine_run *run, struct engine_output *ret_output,
               GError **error);
char *local_explain(gpointer self, const struct plan *plan, guint output, enum duck_plan_kind kind,
                    struct json_object **ret_observed, GError **error);
bool local_estimate(gpointer self, struct plan *plan, GError **error);
struct duck_connection *local_connection(gpointer self);
bool local_register_aggregate(gpointer self, const char *name, GError **error);
struct duck *local_database(gpointer self);
struct engine_memory local_memory(gpointer self);

/* Several partitions of a PLAN_BY_PARTITION output are computed at once while they have fewer input rows than this, since
 * each statement costs some 40 ms however little it reads. */
#define LOCAL_BATCH_ROWS G_GUINT64_CONSTANT(1000000)

/* What follows makes only what is not so already. */

/* Makes the inputs' views current over the files of an output (all files when whole), then the job's own views and time
 * zone. partition, or NULL, narrows the output's partitioned input to that partition's files. */
bool views_make_current(struct local *local, const struct plan *plan,
                        const struct plan_output *output, bool whole,
                        const struct plan_partition *partition, GError **error) WARN_UNUSED;

/* The same over the files of a pass, for its scan. */
bool views_make_current_for_pass(struct local *local, const struct plan *plan,
                                 const struct plan_pass *pass, const struct job *job,
                                 GError **error) WARN_UNUSED;
/* One input's view over some of its files (guint). */
bool views_make_over(struct local *local, const struct inventory *inventory, const GArray *files,
                     GError **error) WARN_UNUSED;

/* Splits the limit into what the program needs itself and what is for data. Errors: LIMIT when that is too little. */
bool memory_choose(struct local *local, guint64 limit_bytes, GError **error) WARN_UNUSED;

/* Makes the exact sums known to DuckDB. What they hold is counted; when it is more than ENGINE_SUMS_PERCENT of what is for data, and
 * the process more than its limit, their query is out of memory. */
bool sums_register(struct local *local, GError **error) WARN_UNUSED;
/* Makes one sum or average of 128-bit numbers known, by its name in plan/exact_sums.h, if it is not known yet. All 80 at every start
 * took 0.9 to 1.5 ms. */
bool wide_sums_register(struct local *local, const char *name, GError **error) WARN_UNUSED;

/* DuckDB's share of what is for data: all that the kernel does not need, which is ENGINE_KERNEL_PERCENT of it while a pass
 * runs, and after that what the results of passes hold. */
bool memory_share(struct local *local, bool pass_runs, GError **error) WARN_UNUSED;

/* What is being written of one output. */
struct writer {
  struct local *local;
  const struct engine_run *run;
  const struct plan_output *output;
  struct engine_output *result;
  GHashTable *next_part;       /* folder -> guint: number of its next file */
  guint64 rows_total;          /* input rows of the output: what progress is measured by */
  guint64 rows_done;           /* before the statement at hand */
  guint64 rows_now;            /* of the statement at hand */
  double scope_from, scope_to; /* what the shares below are parts of: [0, 1) is the whole output */
  double share_from, share_to; /* of the statement at hand in the scope */
  /* What the output's pass cost it, less what was spent on the pass while this output ran. */
  double borrowed_seconds, borrowed_cpu_seconds;
};
void writer_init(struct writer *writer, struct local *local, const struct engine_run *run,
                 struct engine_output *result);
void writer_clear(struct writer *writer);

/* The query, or what a test of --performance-test plants instead of it. */
char *writer_planted(const struct writer *writer, const char *sql);

/* duck_query with the writer's progress: the statement is the part [from, to) of the work in the writer's scope. */
struct duck_result *writer_query(struct writer *writer, const char *sql, double from, double to,
                                 GError **error) WARN_UNUSED;

/* duck_scan likewise. */
bool writer_scan(struct writer *writer, const char *sql, const struct duck_sink *sink, double from,
                 double to, GError **error) WARN_UNUSED;

/* The same by the thread that asks, in the query's order. */
bool writer_fetch(struct writer *writer, const char *sql, const struct duck_sink *sink, double from,
                  double to, GError **error) WARN_UNUSED;

/* Writes a query's rows (all columns of the output, stored types) as the files of one partition, in the query's order:
 * one file, or files of about the target size when that would be much larger. values has an entry a partition column.
 * No rows: no file. Errors: OUTPUT for an empty-string value. */
bool writer_write(struct writer *writer, const char *query, char *const *values, double from,
                  double to, GError **error) WARN_UNUSED;
/* The script's own way: DuckDB's COPY of the whole query, PARTITION_BY by DuckDB. */
bool writer_write_plain(struct writer *writer, const char *query, GError **error) WARN_UNUSED;
/* False when an empty string stands among the partition values, which cannot be told from NULL in a table, or one too long for a folder. */
bool writer_check_values(const struct writer *writer, char *const *values,
                         GError **error) WARN_UNUSED;

/* For files that another writer has made: the relative path of the next file of a partition, whose folder is made (NULL with
 * an error), and its entry in the result; takes the statistics over. */
char *writer_next_path(struct writer *writer, char *const *values, GError **error) WARN_UNUSED;
void writer_add_file(struct writer *writer, const char *path, char *const *values, guint64 rows,
                     guint64 size_bytes, struct json_object *statistics);
guint64 writer_target_bytes(const struct engine_run *run);

/* Materialises the result of the output's query once, in order, and writes it partition by partition. */
bool split_write(struct writer *writer, const char *query, GError **error) WARN_UNUSED;

/* Delta per-file statistics from the column_statistics of COPY ... (RETURN_STATS): {"numRecords", "minValues",
 * "maxValues", "nullCount"} over the output's non-partition columns. A bound is left out rather than told wrong: of
 * doubles with NaN or infinities, strings of more than 32 characters, dates and timestamps outside the years 0001 to 9999, nested types and
 * blobs. New reference. Source: Delta protocol, "Per-file Statistics". */
struct json_object *statistics_json(const struct plan_output *output, guint64 rows,
                                    struct json_object *columns);
/* The same from what our own writer tells of a file: a statistic for each of its columns (parquet/parquet.h). */
struct json_object *statistics_of_file(const struct plan_output *output,
                                       const struct parquet_column *columns, guint column_count,
                                       guint64 rows, const struct parquet_statistics *statistics);
/* A bound from its text as DuckDB prints it; NULL for one that is better left out. New reference. */
struct json_object *statistics_bound(const char *type, const char *text, bool is_maximum);
/* Takes the references over. */
struct json_object *statistics_object(guint64 rows, struct json_object *minimums,
                                      struct json_object *maximums, struct json_object *nulls);

/* Gives an error met while an output ran its right kind: a file that cannot be decoded is INPUT and is named (files are read
 * one by one when DuckDB does not name it), a value that does not fit its stored type is OUTPUT and names the column. Returns
 * false. */
bool blame(struct local *local, const struct plan *plan, const struct plan_output *output,
           GError **error);
