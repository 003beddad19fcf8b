/* SPDX-License-Identifier: Apache-2.0
 *
 * Publishing all outputs of a run as one transaction. docs/design/table.md has the pictures and the argument why no
 * reader ever sees a mix.
 *
 *     <output>/_kindling/<run-id>/owner                 locked while the run lives
 *     <output>/_kindling/<run-id>/<name>/...            staged files, as they will stand in the table
 *     <output>/_kindling/log/<20 digits>.json           the job log: entry n is the commit of a whole run
 *     <output>/<name>/_delta_log/<20 digits>.json       the Delta log that readers see
 *     <output>/<name>/year=2024/month=1/part-0-<run-id>.parquet
 *
 * Calling sequence:
 *     publish_begin      completes what a killed run left, sweeps dead runs' staging, refuses foreign folders,
 *                        notes every output's version
 *     publish_staging    folder for an output's files
 *     publish_add        one staged file, with its statistics
 *     publish_prepare    all files are there, of the size told, and durable (fsync); the commit is almost certain now
 *     publish_commit     job log entry n by put-if-absent (this is the commit), then for each output in name order: move
 *                        files in, Delta commit, delete replaced files (unless retained)
 *     publish_end        releases the lock and removes the staging; before a commit it abandons the run
 *
 * Races: exactly one run wins entry n. The loser completes the winner's entry, then commits as n + 1 if none of its own
 * outputs has a new version since publish_begin, else fails with CONFLICT, having changed nothing.
 * A kill after entry n is rolled forward by the next publish_begin (or gc); a kill before it changes nothing.
 *
 * Steps for fault injection (util/fault.h): publish.staged, publish.prepared, publish.logged, publish.moving,
 * publish.moved, publish.committed (each once for every output from publish.moving on, as "publish.moved" and also
 * "publish.moved:<output name>"), publish.deleted, publish.done.
 */
#pragma once

#include "storage/storage.h"
#include "table/delta.h"
#include "util/auto.h"
#include "util/json.h"

struct publish_column {
  const char *name;
  const char *stored_type; /* DuckDB's name, as table_type gives it */
};

struct publish_output {
  const char *name; /* folder below the output root: a plain name, first character not '.' or '_' */
  const struct publish_column *columns; /* all, partition columns included, in the result's order */
  gsize column_count;
  const char *const *partition_by; /* NULL-terminated; may be empty */
  const char *job;                 /* job's name */
  const char *job_hash;
};

struct publish_options {
  const char *output;   /* root: a path or URI */
  const char *run_id;   /* clock_run_id() */
  const char *app_name; /* for the history; may be NULL */
  gint64 retain_ms;     /* how long replaced files are kept; -1: keep what the table says (default:
                                             delete at once); 0: delete at once. Kept as table property
                                             "kindling.retain" */
  /* For history and the job log: input -> partition -> fingerprint; borrowed. */
  struct json_object *input_fingerprint;
  const struct publish_output *outputs;
  gsize output_count;
  struct delta_reader reader;
};

/* A staged file. Statistics are those of the Delta protocol ("Per-file Statistics"). */
struct publish_file {
  const char *path; /* relative to publish_staging of its output, as it will stand in the table: a
                                             folder for each partition column (hive_format), then a file name that
                                             contains the run id: "year=2024/month=1/part-0-<run-id>.parquet" */
  const char *const *partition_values; /* one for each partition column, raw text, NULL for NULL */
  guint64 size_bytes;
  guint64 rows;
  /* Or NULL: {"numRecords":..,"minValues":{..},"maxValues":{..},"nullCount":{..}}; borrowed. */
  struct json_object *statistics;
};

struct publish_result {
  const char *name; /* the pointer that the options gave */
  gint64 version;   /* the Delta version that this run committed */
  guint64 files, rows, size_bytes;
};

struct publish;

/* Errors: OUTPUT for a folder that is not ours (has content, but neither our log nor a recorded run of ours) or a table
 * that we may not write; ACCESS, LIMIT. */
struct publish *publish_begin(const struct publish_options *options, GError **error) WARN_UNUSED;
void publish_end(struct publish *publish);
AUTO_DEFINE(struct publish, publish_end)

/* Full path of the folder for an output's staged files (it exists), and of a scratch folder on the same file system that is
 * removed at the end. Borrowed. */
const char *publish_staging(struct publish *publish, gsize output);
const char *publish_scratch(struct publish *publish);

bool publish_add(struct publish *publish, gsize output, const struct publish_file *file,
                 GError **error) WARN_UNUSED;
bool publish_prepare(struct publish *publish, GError **error) WARN_UNUSED;
/* results: output_count elements. Errors: CONFLICT ("another run published version N of 'x' first"). */
bool publish_commit(struct publish *publish, struct publish_result *results,
                    GError **error) WARN_UNUSED;

/* What is done without a run: completes a killed run's entry and sweeps dead staging (gc, history, rollback call it).
 * ret_report may be NULL: GPtrArray of char *, a sentence for each thing done. With dry_run nothing is changed. */
bool publish_recover(struct storage *storage, const struct delta_reader *reader, bool dry_run,
                     GPtrArray **ret_report, GError **error) WARN_UNUSED;

/* Deletes files that no version younger than older_than_ms needs (gc): replaced files past the table's retain time (or
 * older_than_ms when it is not negative), and files that no version names and that are older than a day. */
struct publish_garbage {
  guint64 files, size_bytes;
};
bool publish_collect(struct storage *storage, const char *table, const struct delta_reader *reader,
                     gint64 older_than_ms, bool dry_run, GPtrArray **ret_paths,
                     struct publish_garbage *ret_garbage, GError **error) WARN_UNUSED;

/* Refuses what publish_rollback would refuse, and changes nothing: asked of every table before the first is rolled back. */
bool publish_rollback_check(struct storage *storage, const char *table, gint64 to_version,
                            const struct delta_reader *reader, GError **error) WARN_UNUSED;
/* A new version whose live files are those of an older one; all its files must still be there. */
bool publish_rollback(struct storage *storage, const char *table, gint64 to_version,
                      const struct delta_reader *reader, gint64 *ret_version,
                      GError **error) WARN_UNUSED;

/* Names of the tables below an output root, sorted; NULL-terminated. */
char **publish_tables(struct storage *storage, GError **error) WARN_UNUSED;
