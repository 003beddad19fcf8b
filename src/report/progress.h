/* SPDX-License-Identifier: Apache-2.0
 *
 * Progress for people, on stderr: one line a pass with its name, share done, rows a second and time left.
 *
 *     progress_begin(progress, "daily-activity", 1, 7);
 *     progress_update(progress, share, rows);              as often as one likes
 *     progress_end(progress, rows);
 *
 * On a terminal the line is rewritten in place at most ten times a second and stays as a summary when the pass ends:
 *     [1/7] daily-activity   43 %   5,200,000 rows/s   12 s left
 *     [1/7] daily-activity   20,000,000 rows   4.1 s
 * Elsewhere a line is written when a pass begins, every five seconds, and when it ends. The first output comes with the
 * first call. All functions accept NULL, for silence. Not for several threads at once.
 */
#pragma once

#include "util/auto.h"
#include "util/compiler.h"
#include <stdbool.h>
#include <stdio.h>

enum progress_mode {
  PROGRESS_AUTO,  /* TTY on a terminal, else PLAIN */
  PROGRESS_TTY,   /* one line, rewritten in place */
  PROGRESS_PLAIN, /* whole lines */
  PROGRESS_NONE,
};

struct progress_options {
  FILE *out; /* borrowed; NULL: stderr */
  enum progress_mode mode;
  bool colour;
  double interval_seconds; /* between PLAIN lines; 0: 5 */
  guint columns;           /* of the terminal; 0: asks it, 80 when it does not say */
};

struct progress;
/* NULL for PROGRESS_NONE: silence. */
struct progress *progress_new(const struct progress_options *options);
/* An unfinished line is taken back. */
void progress_free(struct progress *progress);
AUTO_DEFINE(struct progress, progress_free)

/* number of total, from 1; total 0: not counted. Ends a pass that is still open, without a summary. */
void progress_begin(struct progress *progress, const char *name, guint number, guint total);
/* share in [0, 1], below 0 while unknown; rows read so far, 0 while unknown. */
void progress_update(struct progress *progress, double share, guint64 rows);
/* rows written or read in all, 0 when that means nothing here. */
void progress_end(struct progress *progress, guint64 rows);
/* A line of its own, above the one being rewritten: what fell back, what was skipped. */
void progress_note(struct progress *progress, const char *format, ...) PRINTF_LIKE(2, 3);

/* What a line says, as a pure value for the tests. */
struct progress_state {
  const char *name;
  guint number;
  guint total;
  double share;
  guint64 rows;
  double elapsed_seconds;
};
/* While a pass runs; owned by the caller. */
char *progress_line(const struct progress_state *state);
/* When it has ended; owned by the caller. */
char *progress_summary(const struct progress_state *state);
