/* SPDX-License-Identifier: Apache-2.0
 *
 * `compare A B`: two published outputs (a table, or a folder of tables) cell by cell. Rows are matched by all columns that
 * are not floating point, in order; floating-point cells may differ by the tolerance.
 */
#pragma once

#include "duck/duck.h"
#include "util/auto.h"
#include "util/json.h"

struct compare_table {
  char *name;
  guint64 rows_a, rows_b;
  guint64 different_rows;    /* rows of A without an equal partner in B */
  double largest_difference; /* of floating-point cells, relative to the larger magnitude */
  char *difference;          /* first difference or reason, worded for people; NULL when equal */
};

struct compare_result {
  GPtrArray *tables; /* struct compare_table, by name */
  bool equal;
};

struct compare_options {
  const char *a,
      *b; /* folders: a Delta table, a folder of Delta tables, or a folder of plain Parquet */
  /* Relative, of the larger magnitude; 0: bit for bit (NaN equals NaN, -0.0 equals 0.0). */
  double tolerance;
};

struct compare_result *compare_run(const struct compare_options *options,
                                   GError **error) WARN_UNUSED;
void compare_result_free(struct compare_result *result);
AUTO_DEFINE(struct compare_result, compare_result_free)
char *compare_text(const struct compare_result *result, bool colour);
struct json_object *compare_json(const struct compare_result *result);

/* Compares two queries of one connection with equal column names; the core of the above and of the performance test.
 * ret_table->name is left NULL. */
bool compare_queries(struct duck_connection *connection, const char *query_a, const char *query_b,
                     double tolerance, struct compare_table *ret_table, GError **error) WARN_UNUSED;
