/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/run/generate*.c: the rows as SQL, and where they go.
 */
#pragma once

#include "storage/storage.h"

/* Rows [lo, hi) of all, which are part of the day that has the rows [day_lo, day_lo + day_rows). */
struct generate_file {
  guint32 day; /* Julian day number of GDate */
  guint part;
  guint64 lo, hi;
  guint64 day_lo, day_rows;
};

/* One row a file that has rows, in order: GArray of struct generate_file. */
GArray *generate_files(guint64 rows, guint32 first_day, guint days);

/* SELECT of the file's rows, in order of their number; owned by the caller. */
char *generate_rows_sql(const struct generate_file *file, guint64 users, guint64 seed);
/* Functions that generate_rows_sql uses. */
extern const char generate_macros_sql[];

/* Where the files are written and then moved to. */
struct generate_place;
/* Errors: OUTPUT. */
struct generate_place *generate_place_begin(const char *output, GError **error) WARN_UNUSED;
/* Full path of a path below the staging; owned by the caller. */
char *generate_place_path(const struct generate_place *place, const char *path);
/* The output's absolute path; borrowed. */
const char *generate_place_output(const struct generate_place *place);
bool generate_place_make_folder(struct generate_place *place, const char *path,
                                GError **error) WARN_UNUSED;
/* Files and bytes staged so far. */
bool generate_place_measure(struct generate_place *place, guint64 *ret_files, guint64 *ret_bytes,
                            GError **error) WARN_UNUSED;
bool generate_place_finish(struct generate_place *place, GError **error) WARN_UNUSED;
/* Removes the staging, if any is left. */
void generate_place_free(struct generate_place *place);
AUTO_DEFINE(struct generate_place, generate_place_free)
