/* SPDX-License-Identifier: Apache-2.0
 *
 * `kindling run` and the work it shares with explain: jobs and inputs are opened, a plan is built, outputs are computed into
 * staging, and all are published as one transaction.
 *
 *     jobs ----> job_load --.                      .--> plan_explain (explain, --dry-run)
 *     inputs --> input_read -+-> job_bind -> plan -+--> engine_run_output ... -> publish_commit (run)
 *                                                  '--> performance_run (--performance-test)
 */
#pragma once

#include "engine/engine.h"
#include "job/job.h"
#include "plan/plan.h"
#include "report/progress.h"
#include "report/timings.h"
#include "run/input.h"
#include "run/temp.h"
#include "util/json.h"

struct run_options {
  const char *const *jobs; /* names or paths; at least one */
  gsize job_count;
  const struct input_binding *inputs;
  gsize input_count;
  const struct job_param *params;
  gsize param_count;
  const char *output;         /* NULL where nothing is published */
  const char *engine;         /* NULL: "local" */
  guint threads;              /* 0: all */
  guint64 memory_limit_bytes; /* 0: 80 % */
  const char *temp_dir;       /* NULL: a folder in $TMPDIR or /tmp, removed at the end */
  const char *app_name;
  gint64 retain_ms; /* -1: as the tables say */
  enum engine_writer parquet_writer;
  guint runs;                /* performance test: timed rounds after the warm-up; 0: 3 */
  struct progress *progress; /* NULL: silent */
  bool verbose;              /* progress notes what was left to DuckDB */
};

/* Everything up to the plan. Freed as a whole; the plan borrows from it. */
struct run_context {
  struct engine *engine;
  GPtrArray *jobs;        /* struct job */
  GPtrArray *inventories; /* struct inventory */
  struct plan *plan;
  struct temp *temp;
  double load_seconds, input_seconds, plan_seconds;
};
struct run_context *run_prepare(const struct run_options *options, GError **error) WARN_UNUSED;
void run_context_free(struct run_context *context);
AUTO_DEFINE(struct run_context, run_context_free)

struct run_output {
  char *name;
  char *job;
  gint64 version;
  guint64 rows, files, size_bytes;
  double seconds; /* its own and an equal share of its pass's */
  gint pass;      /* from 1; 0: by itself */
  enum engine_way way;
  char *note; /* as in struct engine_output */
};
/* "was left to DuckDB", "was computed in a pass of its own": what a note is the reason of. */
const char *run_output_departure(enum engine_way way);

struct run_result {
  char *run_id;
  char *output;       /* absolute */
  GPtrArray *outputs; /* struct run_output */
  /* By stage: "read scripts", "read footers", "plan", each output, "publish". */
  struct timings *timings;
  double wall_seconds, cpu_seconds;
  guint64 peak_memory_bytes;
  guint64 input_rows, input_files, input_bytes;
};

/* Errors: those of the rooms (see design of exit codes in util/error.h). On any error nothing is published and no
 * temporary file is left, signals included. */
struct run_result *run_publish(const struct run_options *options, GError **error) WARN_UNUSED;
void run_result_free(struct run_result *result);
AUTO_DEFINE(struct run_result, run_result_free)

/* The table shown at the end; owned by the caller. */
char *run_result_text(const struct run_result *result, bool colour);
/* {"schema_version":1,"command":"run",...}; new reference. */
struct json_object *run_result_json(const struct run_result *result);
