/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/engine/local only: the bridge between plan, DuckDB's scan, the kernel (src/rollup) and our Parquet writer.
 *
 *     plan_pass --kernel_spec_new--> struct rollup_pass_spec, expected runs
 *     inputs' views --duck_scan--> rollup_worker_add          kernel_pass_run
 *         runs of streamed outputs --> row groups --> files   kernel_stream_*, while the scan runs
 *     groups --rollup_cursor, duck_feed--> "kindling_result_N" --> post_sql --> files     kernel_feed_*
 *
 * A pass that fails without an error of its own, or a rollup that gives up, has a reason: DuckDB then runs the outputs
 * concerned as the plan's sql says, with the same values.
 */
#pragma once

#include "engine/local/local.h"
#include "parquet/parquet.h"
#include "rollup/rollup.h"

/* The kernel's name for a layout; false for DUCK_VALUE_NONE. */
bool kernel_layout_of(const char *duck_type, enum rollup_type *ret_type);

/* A pass as the kernel is told of it. */
struct kernel_spec {
  struct rollup_pass_spec pass;
  struct rollup_spec *rollups; /* pass.rollups, to be given streams */
  GArray *numbers;             /* guint: index into plan_pass.kernel_rollups of each of them */
  /* Partition values of a run: one for each run column, the inventory's texts, NULL for NULL. Entries: runs. */
  GPtrArray *run_values;
  const struct inventory *inventory; /* of the runs; NULL without */
  GPtrArray *blocks;                 /* all memory behind pass */
};
/* The rollups of the outputs given (guint). NULL with a reason when a type cannot be handed over. */
struct kernel_spec *kernel_spec_new(const struct plan *plan, const struct plan_pass *planned,
                                    const GArray *outputs, char **ret_reason);
void kernel_spec_free(struct kernel_spec *spec);
/* Memory that lives as long as the spec, zeroed. */
gpointer kernel_spec_alloc(struct kernel_spec *spec, gsize bytes);
/* kernel_runs.c: fills pass.runs and run_values; leaves them empty when a partition's value has no layout. */
void kernel_runs_fill(struct kernel_spec *spec, const struct plan *plan,
                      const struct plan_pass *planned);

/* What a streamed output needs to know of its run. */
struct kernel_target {
  const struct plan *plan;
  guint output;
  const char *staging; /* NULL: only to be counted, by explain; nothing is encoded or written */
  const char *run_id;
  guint64 target_file_bytes;
};

/* An output that is written while its pass runs. */
struct kernel_stream;
/* NULL when the output cannot be streamed: not direct, not ordered by keys, partitioned by what is no key, a codec or a type
 * that our writer does not have. Sets the stream members of the rollup's spec; whether runs are such that it is streamed the
 * kernel decides. Lives no longer than the spec. */
struct kernel_stream *kernel_stream_new(struct kernel_spec *spec, guint rollup,
                                        const struct kernel_target *target,
                                        struct rollup_budget *budget);
/* Blocks to come are of the runs that the kernel has found; until it starts again. */
void kernel_stream_found(struct kernel_stream *stream, const struct rollup_runs *runs);
/* After the pass: writes what waits, closes the files. One that has given up removes them, and holds no memory any more. */
void kernel_stream_finish(struct kernel_stream *stream);
/* Why the output must be computed in another way; NULL: it need not. */
const char *kernel_stream_reason(const struct kernel_stream *stream);
/* It was for want of memory. */
bool kernel_stream_ran_out(const struct kernel_stream *stream);
/* Gives the files their names and adds them to the writer's result, or raises what went wrong. */
bool kernel_stream_publish(struct kernel_stream *stream, struct writer *writer,
                           GError **error) WARN_UNUSED;
/* Removes files that were not published. */
void kernel_stream_free(struct kernel_stream *stream);

/* Why an output cannot be had from its pass. */
struct kernel_refusal {
  char *reason; /* a clause; NULL: it can */
  bool ran_out; /* for want of memory */
};

/* A pass that has run for one output or for all of its outputs in a batch. */
struct kernel_pass {
  const struct plan *plan;
  const struct plan_pass *planned;
  GArray *outputs;                 /* guint: computed together */
  struct kernel_refusal *refusals; /* one an output of these, once it has run */
  struct kernel_spec *spec;
  struct rollup_pass *rollups; /* NULL: failed */
  GPtrArray *streams;          /* struct kernel_stream or NULL, one a rollup of the spec */
  GPtrArray *restarts;         /* char *: why it took all rows again, each time; a clause */
  char *failure;               /* why nothing of it can be used; a clause */
  bool all_was_too_much;       /* it failed for what all its rollups need together */
  guint waiting;               /* outputs not yet run */
  guint postponed;             /* outputs that were put off */
  double seconds, cpu_seconds;
};
/* Runs the pass of run's output: with all outputs of the batch that it has, or for this output alone (without a batch in any
 * case). NULL with an error for what DuckDB would meet as well (damaged input, signals); anything else is in failure. */
struct kernel_pass *kernel_pass_run(struct writer *writer, bool alone, GError **error) WARN_UNUSED;
/* Why nothing of the pass can be used. Returns true: it is no error. */
bool kernel_pass_fail(struct kernel_pass *pass, const char *reason);
/* kernel_scan.c: gives all rows of the scan to the kernel, again when it asks for that. False with an error of the scan's. */
bool kernel_scan_run(struct local *local, struct kernel_pass *pass, const struct engine_run *run,
                     GError **error) WARN_UNUSED;
/* Gives the rows of a query to a pass, again when it asks for that, and does not finish it. False: they have not all been taken. */
bool kernel_scan_look(const struct local *local, const struct kernel_pass *pass, const char *sql);
/* Rows of the pass's inputs. */
guint64 kernel_rows_of(const struct plan_pass *planned);
/* For plans of the output's post-query: a pass without groups, or with a failure. */
struct kernel_pass *kernel_pass_unrun(const struct plan *plan, guint output);
/* A pass for all its outputs that has no rows yet and writes nothing; rollups is NULL when it cannot be had. */
struct kernel_pass *kernel_pass_uncomputed(struct local *local, const struct plan *plan,
                                           const struct plan_pass *planned);
void kernel_pass_free(struct kernel_pass *pass);
/* A pass's part of the progress of the output in whose time it runs. */
#define KERNEL_PASS_SHARE 0.9
/* The output that a rollup of the pass's spec belongs to, and the rollup as it was planned. */
guint kernel_pass_output_of(const struct kernel_pass *pass, guint number);
struct plan_rollup *kernel_pass_rollup(const struct kernel_pass *pass, guint number);
/* The stream that the output was written by, or NULL. */
struct kernel_stream *kernel_pass_stream(const struct kernel_pass *pass, guint output);
/* Why an output of the pass cannot be had from it, or NULL. */
const char *kernel_pass_refusal(const struct kernel_pass *pass, guint output);
/* Whether it is for want of memory in a pass that several outputs share: one of its own may do. */
bool kernel_pass_ran_out(const struct kernel_pass *pass, guint output);
/* Its results are not needed any more; what it refused is still known. */
void kernel_pass_drop(struct kernel_pass *pass);

/* outlook.c: how the kernel would hold the groups of the pass's rollups, by some rows of its scan: fills estimated_strategy, or
 * estimated_refusal. sql gives these rows; of what they cannot tell nothing is told. Writes nothing. Cost: grouping the rows. */
void outlook_of_pass(struct local *local, const struct plan *plan, const struct plan_pass *planned,
                     const char *sql);

/* kernel_observed.c: what the kernel observed of an output, for people: a line for the pass, one for each time that it started
 * again, one for each rollup of the output. Owned by the caller. */
char *kernel_pass_text(const struct kernel_pass *pass, guint output);
/* The same as engine_explain tells it. New reference. */
struct json_object *kernel_pass_json(const struct kernel_pass *pass, guint output);

/* An order that an output's only rollup is read in, by key ranges: parts. The place of a group: its part, and its number in that. */
#define KERNEL_PLACE_BITS 40
struct kernel_order {
  const unsigned *keys; /* of the rollup */
  guint key_count, parts;
};
/* The groups of an output's rollups as tables that its post-query reads; order: or NULL, as ordered_sql reads them. */
struct kernel_feeds;
struct kernel_feeds *kernel_feeds_offer(struct local *local, const struct kernel_pass *pass,
                                        guint output, const struct kernel_order *order,
                                        GError **error) WARN_UNUSED;
bool kernel_feeds_withdraw(struct kernel_feeds *feeds, GError **error) WARN_UNUSED;

/* kernel_ordered.c: writes an output by the plan's ordered_sql and our own Parquet writer, in parallel, instead of sorting. ret_done is
 * false, and nothing written, when it must be written in another way. */
bool kernel_ordered_write(struct writer *writer, const struct kernel_pass *pass, bool *ret_done,
                          GError **error) WARN_UNUSED;

/* kernel_small.c: writes an output of few groups, whose rows sql gives in order, by our own Parquet writer. ret_done as above. The
 * output's feeds are offered. */
bool kernel_small_write(struct writer *writer, const struct kernel_pass *pass, const char *sql,
                        bool *ret_done, GError **error) WARN_UNUSED;

/* An output of the plan's kernel: from its pass, which is run first when it has not been; what ran out of memory beside the
 * pass's other outputs is tried in a pass of its own, best when these are done: the result then says postponed. False in
 * ret_done, and nothing written, when DuckDB must do it. The result's note says why it was not computed with the others, or not
 * at all. */
bool kernel_write(struct writer *writer, bool *ret_done, GError **error) WARN_UNUSED;
