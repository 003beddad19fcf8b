/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/job only: the steps of job_load and job_bind. All errors are of kind SCRIPT, at a place of the script, with
 * a hint, unless a function says otherwise.
 */
#pragma once

#include "job/job.h"
#include "job/script.h"

/* job_refuse and error_hint in one. hint may be NULL. Returns false. */
bool job_refuse_hint(const struct job *job, gsize at, const char *hint, GError **error,
                     const char *format, ...) PRINTF_LIKE(5, 6);

/* A text of the script in which parameters have been replaced. */
struct job_text {
  gsize at;             /* where it starts in the script */
  const GArray *values; /* struct job_value, or NULL */
};
/* Byte offset in the script of a byte offset in the text; the text's start for a negative one. */
gsize job_text_place(const struct job_text *text, gssize offset);
/* What DuckDB says about such a text, worded for the author of the script. */
bool job_refuse_fault(const struct job *job, const struct job_text *text,
                      const struct duck_fault *fault, GError **error);

/* Where the script is: a shipped job's name or a path; owned by the caller. Errors: USAGE. */
char *job_find(const struct job_options *options, GError **error);

/* Parameters. The value of a name, or NULL. */
const char *job_param_value(const struct job_options *options, const char *name);
/* Fills job->parameters and refuses missing, unknown, repeated and numbered ones. Errors: USAGE, SCRIPT. */
bool job_read_parameters(struct job *job, GPtrArray *statements, const struct job_options *options,
                         GError **error);
/* The query's text with values put in; ret_values as in struct job_view. */
char *job_substitute(const struct job *job, const struct script_statement *statement,
                     const struct job_options *options, GArray **ret_values);
/* Parameters in the tree become string constants. */
void job_substitute_tree(struct query *query, const struct job_options *options);

/* Names of outputs and views, COPY options. */
bool job_check_output_name(const struct job *job, const struct script_statement *statement,
                           GError **error);
bool job_check_view_name(const struct job *job, const struct script_statement *statement,
                         GError **error);
bool job_read_copy_options(const struct job *job, const struct script_statement *statement,
                           struct job_output *output, GError **error);

/* Fills job->inputs and input_at: table names that neither a CTE around them nor an earlier view defines. */
bool job_find_inputs(struct job *job, GError **error);

/* A walk over a tree that stops at the first refusal. */
struct tree_check {
  const struct job *job;
  gsize base; /* the nearest place that is known, for nodes without one */
  GError **error;
  bool failed;
};
/* Refuses once; at -1: at base. Returns false. */
bool tree_refuse(struct tree_check *check, gssize at, const char *hint, const char *what);

/* What needs no data: see check_sources.c and check_syntax.c. base is the place for nodes that have none. */
bool check_sources(const struct job *job, struct query *query, gsize base, GError **error);
bool check_syntax(const struct job *job, struct query *query, gsize base, GError **error);

/* What needs the inputs' columns, views being in place: functions and aggregates that depend on chance or on the order
 * of rows; windows and LIMIT whose order does not decide every tie. */
bool check_order(const struct job *job, struct duck_connection *connection, GError **error);
