/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to this room: one thread a database that looks at the signals and stops what runs, so that statements can run on
 * the thread that asked for them. A thread for each of the fifty small statements of a run would cost more than they do:
 * 0.1 ms, and some milliseconds on a busy machine. It looks at the memory of the process as well, once something has run.
 */
#pragma once

#include "duck/duck.h"

struct _duckdb_connection;

struct lookout;
struct lookout *lookout_new(guint64 trim_above_bytes);
/* Nothing may run any more. */
void lookout_free(struct lookout *lookout);

/* A statement that runs; on the stack of who runs it. */
struct lookout_post {
  struct _duckdb_connection *connection;
  struct lookout_post *next;
};
/* From enter to leave the connection's statement is interrupted when a signal (util/interrupt.h) comes, within 0.1 s. */
void lookout_enter(struct lookout *lookout, struct lookout_post *post);
void lookout_leave(struct lookout *lookout, struct lookout_post *post);
