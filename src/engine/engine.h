/* SPDX-License-Identifier: Apache-2.0
 *
 * An engine computes a plan's outputs into staged Parquet files. Two sit behind this table: local (DuckDB and the one-pass
 * kernel) and Spark (later).
 *
 * Calling sequence: engine_open -> [engine_begin] -> engine_run_output for each output -> [engine_end] -> engine_close.
 * Between engine_begin and engine_end the outputs of a plan share their passes: a pass is computed at its first output
 * and kept until its last one has been run. Without engine_begin every output is computed by itself, in any order.
 */
#pragma once

#include "plan/plan.h"
#include "util/auto.h"
#include "util/json.h"

/* A staged file; the engine owns none of these after handing them over. */
struct engine_file {
  char *path; /* relative to the staging folder: "year=2024/month=1/part-0-<run-id>.parquet" */
  char **
      partition_values; /* one for each partition column, raw text, NULL for NULL; count as in the plan */
  guint partition_count;
  guint64 size_bytes;
  guint64 rows;
  struct json_object *statistics; /* Delta per-file statistics; own reference */
};
void engine_file_free(struct engine_file *file);

/* How an output came to be. */
enum engine_way {
  ENGINE_BY_DUCKDB, /* DuckDB ran its query */
  ENGINE_BY_KERNEL, /* the kernel computed its rollups, DuckDB what is left of its query */
  ENGINE_STREAMED,  /* the kernel computed it and our own writer wrote it while the pass ran */
  ENGINE_IN_ORDER,  /* the kernel gave its groups in order, and our own writer wrote them */
};
/* "duckdb", "kernel", "kernel, streamed", "kernel, in order". */
const char *engine_way_name(enum engine_way way);

struct engine_output {
  GPtrArray *files; /* struct engine_file, in path order */
  guint64 rows, size_bytes;
  double compute_seconds, write_seconds; /* wall; write is 0 where both are one statement */
  /* What the output cost: its own time and an equal share of its pass's, whichever call the pass ran in. */
  double seconds, cpu_seconds;
  enum engine_way way;
  /* Nothing was done: run it again when all others of the batch have been run (engine_run.may_postpone); note says why. */
  bool postponed;
  /* Why the kernel did not compute it with the other outputs of its pass, but in one of its own (way says that it did), or DuckDB
   * did; a clause; or NULL. */
  char *note;
};
void engine_output_clear(struct engine_output *output);

/* Progress of the output at hand: share in [0, 1] or below 0 while unknown; rows read so far or 0. Called from the calling
 * thread about ten times a second. */
typedef void (*engine_progress)(double share, guint64 rows, gpointer user);

enum engine_mode {
  ENGINE_OPTIMISED, /* the plan: pruned files, rollups, partition by partition */
  ENGINE_PLAIN, /* each statement by itself, as written, over all files: what --performance-test compares with */
};

struct engine_run {
  const struct plan *plan;
  guint output; /* index into plan.outputs */
  enum engine_mode mode;
  const char *staging;       /* full path of an existing, empty folder */
  const char *run_id;        /* part of every file name */
  guint64 target_file_bytes; /* 0: 128 MiB */
  engine_progress progress;  /* may be NULL */
  gpointer user;
  /* It will be run again if it is put off, for memory that the others' results hold. */
  bool may_postpone;
};

/* Who writes Parquet. */
enum engine_writer {
  ENGINE_WRITER_KINDLING, /* our own writer what can be written while a pass runs, DuckDB's COPY the rest */
  ENGINE_WRITER_DUCKDB, /* DuckDB's COPY everything */
};

/* What no one counts comes off the memory limit first: the program and its libraries (34 MB), what DuckDB allocates outside of
 * its buffers, a thread's stack and vectors. */
#define ENGINE_OWN_BYTES        G_GUINT64_CONSTANT(48000000)
#define ENGINE_OWN_THREAD_BYTES G_GUINT64_CONSTANT(4000000)
/* What is left is for data; a limit that leaves less is refused. */
#define ENGINE_LEAST_DATA_BYTES G_GUINT64_CONSTANT(16000000)
/* The kernel's part of that while a pass runs, in percent; DuckDB has the rest, and all of it when no pass's results are held. */
#define ENGINE_KERNEL_PERCENT 67
/* From this part of a limit on, in percent, the process keeps no memory that has been freed. */
#define ENGINE_TRIM_PERCENT 96
/* Of the same, in percent, what sums of doubles that are far apart in size (rollup/exact_sum.h) may hold in statements that DuckDB
 * runs, on top of what it counts itself; more only while the whole process is below its limit. */
#define ENGINE_SUMS_PERCENT 10

struct engine_options {
  guint threads;              /* 0: machine_cpu_count() */
  guint64 memory_limit_bytes; /* of the process; 0: 80 % of machine_memory_bytes() */
  const char *temp_dir;       /* for spilling; required */
  guint64 temp_limit_bytes;   /* 0: 90 % of the free space of temp_dir's disk */
  enum engine_writer parquet_writer;
};

/* The outputs of a plan, each to be run once, optimised. */
struct engine_batch {
  const struct plan *plan;
  const char *const *stagings; /* one an output: full path of an existing, empty folder */
  const char *run_id;
  guint64 target_file_bytes; /* 0: 128 MiB */
};

/* Who may use how much memory. */
struct engine_memory {
  guint64 limit_bytes;
  guint64 data_bytes;   /* of it, for the kernel and DuckDB; the rest is the program's own */
  guint64 kernel_bytes; /* of that, for the kernel while a pass runs; 0: it is switched off */
};

enum engine_features {
  ENGINE_EXPLAIN = 1 << 0,
  ENGINE_EXPLAIN_ANALYZE = 1 << 1,
  ENGINE_REMOTE = 1 << 2
};

struct engine;
struct engine_driver {
  const char *name; /* "local" */
  guint features;
  gpointer (*open)(const struct engine_options *options, GError **error);
  void (*close)(gpointer self);
  void (*begin)(gpointer self, const struct engine_batch *batch);
  void (*end)(gpointer self);
  bool (*run)(gpointer self, const struct engine_run *run, struct engine_output *ret_output,
              GError **error);
  char *(*explain)(gpointer self, const struct plan *plan, guint output, enum duck_plan_kind kind,
                   struct json_object **ret_observed, GError **error);
  bool (*estimate)(gpointer self, struct plan *plan, GError **error);
  /* A connection for binding jobs and building plans, with nothing in it (duck_only_plans). Borrowed. */
  struct duck_connection *(*connection)(gpointer self);
  bool (*register_aggregate)(gpointer self, const char *name, GError **error);
  struct duck *(*database)(gpointer self);
  struct engine_memory (*memory)(gpointer self);
};
extern const struct engine_driver engine_local;

struct engine *engine_open(const char *name, const struct engine_options *options,
                           GError **error) WARN_UNUSED;
void engine_close(struct engine *engine);
AUTO_DEFINE(struct engine, engine_close)

/* What batch points to must live until engine_end. While it lasts, engine_run_output of this plan in optimised mode takes its
 * staging, run id and file size from here, and files of any of its outputs may appear in their folders. */
void engine_begin(struct engine *engine, const struct engine_batch *batch);
/* Frees what passes still hold. Nothing happens without engine_begin. */
void engine_end(struct engine *engine);

/* Errors: INPUT for a corrupt page met in mid-run (the file is named), OUTPUT for an empty-string partition value or a value
 * that does not fit its stored type, DATA for one that the script cannot be computed with, LIMIT for memory and disk, INTERRUPTED,
 * TERMINATED, else FAILED. A failed run leaves files in the staging folder; the caller removes it. */
bool engine_run_output(struct engine *engine, const struct engine_run *run,
                       struct engine_output *ret_output, GError **error) WARN_UNUSED;
/* Text of the engine's plan for one output. DUCK_PLAN_ANALYZED runs it by itself, without writing it, and tells what the kernel
 * observed, in ret_observed too: {"pass", "rows", "runs", "runs_found", "entities", "passes", "restarts": [reasons], "seconds",
 * "peak_bytes", "rollups": [{"name", "groups", "strategy", "distinct", "memory_bytes", "streamed", "reason"}], "reason"}; a new
 * reference; NULL where the kernel had no part. */
char *engine_explain(struct engine *engine, const struct plan *plan, guint output,
                     enum duck_plan_kind kind, struct json_object **ret_observed,
                     GError **error) WARN_UNUSED;
/* Fills the estimates of the plan's rollups that the kernel computes, from some rows of their input: for explain. What cannot be
 * read leaves them unknown; false only when a signal stops it. Cost: some files are read, tenths of a second. */
bool engine_estimate(struct engine *engine, struct plan *plan, GError **error) WARN_UNUSED;
struct duck_connection *engine_connection(struct engine *engine);
/* Makes one of our own aggregates known to the database, by its name in plan/exact_sums.h: for plan_request.register_aggregate, which
 * asks for those that a plan needs. One that is known already is left as it is. As all of an engine's calls: not while another
 * one runs. Errors: FAILED, also for any other name. */
bool engine_register_aggregate(struct engine *engine, const char *name, GError **error) WARN_UNUSED;
struct duck *engine_database(struct engine *engine);
struct engine_memory engine_memory(const struct engine *engine);
