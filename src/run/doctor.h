/* SPDX-License-Identifier: Apache-2.0
 *
 * `doctor`: what is installed, and what can be read and written. Every check is made, whatever the ones before it found;
 * nothing is left behind.
 */
#pragma once

#include "run/input.h"
#include "util/auto.h"
#include "util/json.h"

struct doctor_check {
  char *name; /* "engine" */
  bool passed;
  char *detail; /* what was found: one line; or why it failed, with what to do */
};

struct doctor_result {
  GPtrArray *checks; /* struct doctor_check */
  bool healthy;      /* all passed */
};

struct doctor_options {
  const struct input_binding *inputs;
  gsize input_count;
  const char *output;   /* NULL: not checked */
  const char *temp_dir; /* NULL: $TMPDIR or /tmp */
};

struct doctor_result *doctor_run(const struct doctor_options *options);
void doctor_result_free(struct doctor_result *result);
AUTO_DEFINE(struct doctor_result, doctor_result_free)

/* Owned by the caller. */
char *doctor_text(const struct doctor_result *result, bool colour);
/* {"schema_version":1,"command":"doctor","healthy":..,"checks":[{"name","passed","detail"}]}; new reference. */
struct json_object *doctor_json(const struct doctor_result *result);

/* DuckDB's version, "v1.5.5"; owned by the caller; NULL with an error. */
char *doctor_engine_version(GError **error);
