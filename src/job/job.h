/* SPDX-License-Identifier: Apache-2.0
 *
 * A job: a SQL script read, checked and understood, before any work.
 *
 *     COPY (query) TO 'output-name' (FORMAT parquet [, PARTITION_BY (...)] [, COMPRESSION ...]);
 *     CREATE [TEMP] VIEW name AS query;
 *     SET TimeZone = '...';
 *
 * Two steps. job_load needs no data: it splits the script, refuses what a job may not hold, puts parameters in, and
 * names the inputs that the script needs. job_bind needs the inputs' columns, as views in a connection: it refuses
 * unknown columns, results that depend on row order or chance, and finds out the outputs' columns.
 *
 * Errors: kind SCRIPT (USAGE for a wrong --param), worded "jobs/x.sql:12:7: <what was found>" with a HINT that says what
 * to write instead. Nothing of DuckDB's inside comes out.
 */
#pragma once

#include "duck/describe.h"
#include "duck/duck.h"
#include "job/ast.h"
#include "util/auto.h"
#include "util/text.h"
#include <glib.h>
#include <stdbool.h>

/* A parameter's value in a text: it stands there as ('value') instead of $name. */
struct job_value {
  gsize at;     /* byte offset of the $ in the script */
  gsize end;    /* behind the name */
  gsize length; /* bytes of what stands there instead */
};

/* Trees: parameters are put in as string constants; places (at) are byte offsets in the script. */
struct job_view {
  char *name;
  struct query *query;
  char *sql; /* as written, parameters put in: what DuckDB runs for the script as written */
  gsize at;  /* byte offset of the query in the script */
  gsize name_at;
  GArray *values; /* struct job_value, in order */
};

struct job_output {
  char *name;
  struct query *query; /* views not inlined */
  char *sql;           /* the query as written, parameters put in */
  char *script_text;   /* the query exactly as in the script */
  gsize at;            /* byte offset of the query in the script */
  gsize name_at;       /* byte offset of the name */
  GArray *values;      /* struct job_value, in order */
  gsize partition_at;  /* byte offset of the option; 0 without one */
  char **
      partition_by; /* NULL-terminated, as the result's columns are spelt (after job_bind); empty for none */
  char *compression; /* "snappy" (default), "zstd", "gzip", "lz4_raw", "brotli", "uncompressed" */
  /* struct duck_column, after job_bind: DuckDB's types of the query as written. */
  GPtrArray *columns;
};

struct job {
  char *name;      /* "batch-processing": file name without folder and .sql */
  char *path;      /* as given, or where the shipped job was found */
  char *script;    /* whole text */
  char *time_zone; /* never NULL: "UTC" unless set */
  gsize time_zone_at;
  GPtrArray *views;   /* struct job_view, in order */
  GPtrArray *outputs; /* struct job_output, in order; at least one */
  char **
      inputs; /* free table names, in order of first use, as first spelt; NULL-terminated; may be empty */
  gsize *input_at;   /* byte offset of the first use of each input, for job_refuse */
  char **parameters; /* names of the $parameters that the script uses, each once; NULL-terminated */
  /* SHA-256 of the meaning: canonical trees, options, zone and parameter values; comments and spelling of white space do not
   * change it. */
  char *hash;
};

struct job_param {
  const char *name;
  const char *value;
};

struct job_options {
  const char *job;                /* a shipped job's name, or a path to a script */
  const char *jobs_dir;           /* folder of the shipped jobs; NULL: machine_share_dir()/jobs */
  const struct job_param *params; /* an unknown one is refused unless shared_params */
  gsize param_count;
  bool shared_params; /* several jobs in one call: a parameter may belong to another one */
};

/* connection is used for parsing only. Errors: SCRIPT, USAGE. */
struct job *job_load(struct duck_connection *connection, const struct job_options *options,
                     GError **error) WARN_UNUSED;
void job_free(struct job *job);
AUTO_DEFINE(struct job, job_free)

/* The inputs must exist as views or tables in connection, under their names; the job's own views must not (they are
 * created as TEMP VIEWs here, in order, replacing those of another job). Fills columns and partition_by, then runs every
 * check that needs them. Errors: SCRIPT. */
bool job_bind(struct job *job, struct duck_connection *connection, GError **error) WARN_UNUSED;

/* Makes the job's views and time zone current in a connection again (several jobs share one connection). */
bool job_make_current(const struct job *job, struct duck_connection *connection,
                      GError **error) WARN_UNUSED;

/* Names of the shipped jobs, sorted; NULL-terminated; owned by the caller. */
char **job_shipped(const char *jobs_dir);

/* "path:line:column" of a byte offset in the script; owned by the caller. */
char *job_place(const struct job *job, gsize at);

/* A refusal at a place of the script: "path:line:column: <text>", kind SCRIPT. Returns false; add a hint by error_hint.
 * For checks in this room, and for an input that no --input names:
 *     job_refuse(job, job->input_at[i], error, "no input is given for table '%s'", job->inputs[i]); */
bool job_refuse(const struct job *job, gsize at, GError **error, const char *format, ...)
    PRINTF_LIKE(4, 5);
