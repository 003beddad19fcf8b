/* SPDX-License-Identifier: Apache-2.0
 *
 * `kindling generate`: sample events with a realistic skew, as Hive-partitioned Parquet.
 *
 *     <output>/year=2024/month=1/day=1/part-0.parquet      snappy; one file a day, more when it has over 5 million rows
 *
 *     user_id     VARCHAR    "user_00000017": low numbers are busier, the busiest percent of users make 7 % of the rows
 *     event_type  VARCHAR    view 5/12, click 3/12, search, add_to_cart, purchase, login 1/12 each
 *     category    VARCHAR    one of 20, electronics (14 %) to shoes (3 %)
 *     value       DOUBLE     0.00 to 499.99, mostly small (mean 125)
 *     timestamp   TIMESTAMP  rises with the row, whole milliseconds
 *     year, month, day       in the folders' names only
 *
 * Weekends have 30 % more rows than weekdays, and the last day half as many again as the first. A row is a pure function of
 * its number, the seed, rows, users, days and start: the same options give the same bytes, at any number of threads (by
 * one version of DuckDB).
 */
#pragma once

#include "util/compiler.h"
#include "util/json.h"
#include <glib.h>
#include <stdbool.h>

/* Called after each file, from any thread, by one at a time. */
typedef void (*generate_progress)(double share, guint64 rows, gpointer user);

struct generate_options {
  const char *output;         /* a new or empty folder */
  guint64 rows;               /* 0: 1,000,000 */
  guint64 users;              /* 0: rows / 40, at least 1; at most 10^9 */
  guint days;                 /* 0: 366 */
  const char *start;          /* the first day, YYYY-MM-DD; NULL: "2024-01-01" */
  guint64 seed;               /* any, 0 too */
  guint threads;              /* 0: all */
  generate_progress progress; /* or NULL */
  gpointer user;
};

struct generate_result {
  char *output; /* absolute */
  guint64 rows, files, size_bytes, users;
  guint days; /* that have rows */
  double seconds;
};

/* Writes beside the output (or, when it is there and empty, in it) under a hidden name and moves all into place at the
 * end, so that neither a failure nor a kill leaves a part of an input; a new folder appears in one step, of an empty one
 * the year folders appear one after the other. Leftovers of killed calls on the same output are removed.
 * Errors: OUTPUT for a folder that is not empty, USAGE for a bad start or too many days, LIMIT, ACCESS, signals. */
bool generate_events(const struct generate_options *options, struct generate_result *ret_result,
                     GError **error) WARN_UNUSED;
void generate_result_clear(struct generate_result *result);

/* One sentence for people, owned by the caller; and {"schema_version":1,"command":"generate",...}, a new reference. */
char *generate_result_text(const struct generate_result *result);
struct json_object *generate_result_json(const struct generate_result *result);
