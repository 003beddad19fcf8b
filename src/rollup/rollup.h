/* SPDX-License-Identifier: Apache-2.0
 *
 * The one-pass rollup kernel: column batches go in once, any number of rollups come out. Plain C on arrays; it knows no
 * DuckDB, no files, no SQL.
 *
 *     description --> rollup_pass_new
 *                        |   each thread: rollup_worker_new -> rollup_worker_add (batches) -> rollup_worker_finish
 *                        v
 *                     (rollup_pass_found -> each thread: rollup_worker_group)
 *                        v
 *                     rollup_pass_finish -> for each rollup: rollup_pass_outcome, rollup_cursor_* (batches of groups)
 *
 * A rollup is a grouped aggregation: keys, grouping sets, a predicate, aggregates. All rollups of a pass read the same rows.
 * Results are exactly those of DuckDB's GROUP BY over the same rows, sums and averages of doubles those of exact_sum.h; they
 * are the same bit for bit whatever the number of threads, the sizes of the batches and the order of the rows.
 *
 * What a rollup needs and the kernel does not have (more memory than the budget, two unrelated keys with many values, ...)
 * is told as its outcome, with the reason; the caller computes that rollup in another way. Nothing aborts.
 *
 * How it works, with pictures: docs/design/rollup.md.
 */
#pragma once

#include "rollup/batch.h"
#include "rollup/budget.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rollup_function {
  ROLLUP_COUNT_ROWS,     /* count(*): no argument; INT64 */
  ROLLUP_COUNT,          /* count(x); INT64 */
  ROLLUP_COUNT_DISTINCT, /* count(DISTINCT x), or of rows of several columns; INT64 */
  ROLLUP_SUM, /* INT128 of integers; where one does not fit the rollup is given up; DOUBLE of floating point, exact */
  ROLLUP_AVERAGE, /* DOUBLE; of integers the exact sum divided by count * scale in long double, as DuckDB does */
  ROLLUP_MIN, /* the argument's type */
  ROLLUP_MAX,
  ROLLUP_FIRST, /* the argument in the row that comes first by order; min_by, max_by, first, last; the argument's type */
};

struct rollup_order {
  unsigned column;
  bool descending, nulls_first;
};

enum { ROLLUP_ORDER_MOST = 12 }; /* the marks of their values share 16 bits */

struct rollup_aggregate {
  enum rollup_function function;
  int argument; /* column, -1 without */
  int filter;   /* BOOL column: rows where it is true count; -1: all rows */
  /* ROLLUP_COUNT_DISTINCT only: columns beside the argument; then NULL is a value like any other, as in keys. */
  const unsigned *others;
  unsigned other_count;
  /* ROLLUP_FIRST only; every tie must be decided or be between equal arguments. */
  const struct rollup_order *order;
  unsigned order_count;    /* at most ROLLUP_ORDER_MOST; with more the rollup is given up */
  bool skip_null_argument; /* ROLLUP_FIRST: rows whose argument is NULL do not count */
  bool skip_null_order;    /* ROLLUP_FIRST: rows where the first order key is NULL do not count */
  double scale;            /* ROLLUP_AVERAGE of a decimal: 10 ^ its scale; else 1 */
  bool is_decimal;         /* ROLLUP_SUM of INT128: one of more than 38 digits does not fit */
};

/* Groups of a complete run, in order: first all keys, then all aggregates, as the cursor gives them. A large run comes in parts,
 * which threads give at once and in any order; the groups of part 0 come before those of part 1, and so on. */
struct rollup_block {
  unsigned run;
  unsigned part, parts; /* parts: 1 or more, the same in all blocks of a run */
  bool more; /* the part goes on in the thread's next call; the last one may have no groups */
  struct rollup_batch batch; /* lives until the callback returns */
};

struct rollup_spec {
  const unsigned *keys; /* columns */
  unsigned key_count;
  const uint64_t *sets; /* grouping sets: bit i set: key i is a key of the set; at most 64 keys */
  unsigned set_count;   /* without GROUP BY: one empty set */
  int where;            /* BOOL column: rows where it is true count; -1: all rows */
  const struct rollup_aggregate *aggregates;
  unsigned aggregate_count;
  /* NULL, or: the rollup would like to give its groups away as soon as they are final, run by run (struct rollup_runs), each
   * run's groups ordered by the keys of stream_order, ascending, NULL last. Called from the threads that add or group rows,
   * runs in any order, a run in one call or, if it is large, in several. Where a run is cut into blocks depends on its rows alone.
   * False: stop the pass. If the pass starts again, all that was given is void. */
  bool (*stream)(void *user, const struct rollup_block *block);
  void (*stream_restart)(void *user);
  void *stream_user;
  /* Indexes into keys, each once: run columns, then keys with many values, then others; in another order nothing is streamed. */
  const unsigned *stream_order;
  unsigned stream_order_count;
  unsigned stream_fixed; /* of them: the first that must be run columns */
};

/* Runs: rows that belong together because some columns (the input's partition columns, as a rule) have the same values in
 * them, and only in them. Knowing how many rows a run has lets the kernel finish with it while others are still read. */
struct rollup_runs {
  const unsigned *columns; /* columns that cut the input; 0 of them: no runs are known */
  unsigned column_count;
  /* A row a run, column_count columns of the columns' types; runs are numbered by this. */
  struct rollup_batch values;
  const uint64_t *rows; /* rows that will come with these values, exactly */
};

enum { ROLLUP_COLUMNS_MOST = 512 };
struct rollup_pass_spec {
  const enum rollup_type *columns; /* types of the batches' columns */
  unsigned column_count;           /* at most ROLLUP_COLUMNS_MOST; with more the pass fails */
  const struct rollup_spec *rollups;
  unsigned rollup_count;
  struct rollup_runs runs;
  /* Runs that are not told may be found, where more rollups can be streamed then, or distinct values counted that are too many for
   * anything but tables: all rows are kept until the last has come (some 50 bytes each, of the budget), and grouped run by run
   * by rollup_worker_group. */
  bool find_runs;
  uint64_t rows; /* that will come, about; 0: not known. Says whether finding runs can pay. */
  struct rollup_budget *budget; /* must outlive the pass */
  unsigned threads;             /* workers that will be made, about */
  bool plain;                   /* no instructions above the baseline: for tests */
};

enum rollup_status {
  ROLLUP_DONE,
  ROLLUP_AGAIN, /* what was assumed of the data does not hold: give all rows again, to new workers */
  ROLLUP_STOPPED, /* a stream said so */
  ROLLUP_FAILED,  /* no rollup can be had; see rollup_pass_reason */
};

/* The spec is copied. NULL: out of memory. */
struct rollup_pass *rollup_pass_new(const struct rollup_pass_spec *spec);
void rollup_pass_free(struct rollup_pass *pass);

/* One worker a thread; any number of them, at any time until finish. NULL: out of memory, which the pass keeps and its finish
 * tells. Workers belong to the pass. */
struct rollup_worker *rollup_worker_new(struct rollup_pass *pass);
/* Other than ROLLUP_DONE: stop giving rows; finish the pass to hear more. */
enum rollup_status rollup_worker_add(struct rollup_worker *worker,
                                     const struct rollup_batch *batch);
/* No more rows from this worker; every worker must be finished before the pass is. May be called from another thread. */
enum rollup_status rollup_worker_finish(struct rollup_worker *worker);

/* After the last worker is finished: the runs that were found, in the order of their values by their columns, NULL last, as
 * blocks number them; NULL when there are none. Lives until the pass is finished. */
const struct rollup_runs *rollup_pass_found(struct rollup_pass *pass);
/* Then: whether there are rows that have not been grouped, of runs that were found or of large ones that were whole near the end. */
bool rollup_pass_holds_rows(struct rollup_pass *pass);
/* Groups one of the runs found, or a part of a large run, by a new worker a thread; threads may wait for each other. ret_more: whether
 * there was something left. What no worker has grouped rollup_pass_finish does, alone. */
enum rollup_status rollup_worker_group(struct rollup_worker *worker, bool *ret_more);
/* For progress: whether most rows are held until the last has come, and how many have been grouped, where runs are known. From any
 * thread, at any time until the pass is finished. */
bool rollup_pass_keeps_rows(const struct rollup_pass *pass, uint64_t *ret_grouped);

/* After ROLLUP_AGAIN the pass is empty again, knows more, and takes all rows anew; this happens a few times at most. */
enum rollup_status rollup_pass_finish(struct rollup_pass *pass);
/* Why the pass failed or must start again; a clause without a full stop. */
const char *rollup_pass_reason(const struct rollup_pass *pass);

enum rollup_outcome_kind {
  ROLLUP_RESULT, /* a cursor gives its groups */
  ROLLUP_STREAMED, /* its groups were given to stream, each run of the runs' list that has rows once */
  ROLLUP_GAVE_UP, /* reason says why */
};
struct rollup_outcome {
  enum rollup_outcome_kind kind;
  const char *reason;   /* GAVE_UP; a clause; the pass's */
  const char *strategy; /* "cells", "entity table", "runs in order"; the pass's */
  /* "distinct values in tables", "distinct values run by run"; NULL: neither is needed. */
  const char *distinct;
  uint64_t groups;
  uint64_t memory_bytes; /* of its groups, about */
  bool ran_out; /* GAVE_UP for want of memory: without the pass's other rollups it might do */
};
struct rollup_outcome rollup_pass_outcome(const struct rollup_pass *pass, unsigned rollup);
/* Before the pass is finished: the outcome's strategy and distinct as far as rows have been seen; NULL: the rollup has given up, or
 * there were none. */
const char *rollup_pass_strategy(const struct rollup_pass *pass, unsigned rollup,
                                 const char **ret_distinct);
/* Why the rollup has given up, so far and not for want of memory; NULL: it has not. The pass's. */
const char *rollup_pass_gave_up(const struct rollup_pass *pass, unsigned rollup);

/* What the kernel found out: for explain --analyze and tests. */
struct rollup_report {
  uint64_t rows, runs, entities, passes;
  uint64_t peak_bytes;
  uint64_t ranges;        /* that large runs were cut into */
  uint64_t range_workers; /* that have grouped some of them */
  bool found;             /* the runs were found, not told */
};
struct rollup_report rollup_pass_report(const struct rollup_pass *pass);

/* Gives a rollup's groups in batches of at most 2048 rows, in no order that callers may rely on. Columns: the keys in
 * their types (NULL where the set rolls a key up), the aggregates, then an INT64 whose bit i says that key i is rolled up.
 * Cursors of one rollup share nothing: give each thread one of the parts. */
enum { ROLLUP_CURSOR_ROWS = 2048 };
struct rollup_cursor;
/* Part of parts: [0, parts). NULL: out of memory. */
struct rollup_cursor *rollup_cursor_new(const struct rollup_pass *pass, unsigned rollup,
                                        unsigned part, unsigned parts);
/* Whether a rollup's groups can be had in an order: of keys (indexes into its own), ascending, NULL last. They can when it has one
 * grouping set that is not streamed, and the order begins with its large keys, as the kernel holds them. */
bool rollup_pass_can_order(const struct rollup_pass *pass, unsigned rollup, const unsigned *keys,
                           unsigned key_count);
/* The same, each part in that order, and all its groups before those of the next part. keys must outlive the cursor. */
struct rollup_cursor *rollup_cursor_new_in_order(const struct rollup_pass *pass, unsigned rollup,
                                                 const unsigned *keys, unsigned key_count,
                                                 unsigned part, unsigned parts);
/* 0 rows at the end. The batch and its strings live until the next call. NULL: out of memory. */
const struct rollup_batch *rollup_cursor_next(struct rollup_cursor *cursor);
void rollup_cursor_free(struct rollup_cursor *cursor);

/* The type of an aggregate's result column. */
enum rollup_type rollup_result_type(const struct rollup_pass_spec *pass,
                                    const struct rollup_aggregate *aggregate);
