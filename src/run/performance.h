/* SPDX-License-Identifier: Apache-2.0
 *
 * `run --performance-test`: all outputs computed both ways, plain (each statement by itself, as written, over all files)
 * and optimised (the plan), a warm-up and then several rounds in turns, results compared cell by cell. Publishes nothing.
 *
 * Optimised is what a run does: outputs of a pass are computed together. The time of an output is its own and an equal share
 * of its pass's; the times of all outputs add up to that of the run. Scratch space: all outputs, twice.
 */
#pragma once

#include "run/run.h"

struct performance_side {
  double median_seconds, lowest_seconds, highest_seconds; /* wall, over the rounds */
  double cpu_seconds;                                     /* median of user + system */
  guint64 peak_memory_bytes; /* largest growth of the resident set while it ran */
};

struct performance_output {
  char *name;
  struct performance_side plain, optimised;
  double speed_up; /* plain median / optimised median */
  guint64 rows;
  bool equal;
  char *difference; /* first difference, worded for people; NULL when equal */
};

struct performance_result {
  guint runs;
  GPtrArray *outputs;                       /* struct performance_output */
  struct performance_side plain, optimised; /* all outputs together */
  double speed_up;
  bool all_equal;
};

/* A difference is no error here: the caller ends with exit code 1 when all_equal is false. */
struct performance_result *performance_run(const struct run_options *options,
                                           GError **error) WARN_UNUSED;
void performance_result_free(struct performance_result *result);
AUTO_DEFINE(struct performance_result, performance_result_free)
char *performance_text(const struct performance_result *result, bool colour);
struct json_object *performance_json(const struct performance_result *result);
