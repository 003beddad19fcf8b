/* SPDX-License-Identifier: Apache-2.0
 *
 * The other direction: rows made by C as a table of DuckDB, read in parallel and as often as wanted.
 */
#pragma once

#include "duck/scan.h"

struct duck_feed_column {
  const char *name;
  const char *
      type; /* DuckDB's name of a type that has a layout; BIGINT, HUGEINT, DOUBLE, VARCHAR, DECIMAL(38,2), ... */
};

struct duck_feed {
  const struct duck_feed_column *columns;
  guint column_count;
  guint64 rows; /* exactly */
  guint parts;  /* most threads that may read at once; at least 1 */
  /* Part of parts; NULL: out of memory. */
  gpointer (*open)(gpointer user, guint part, guint parts);
  /* At most 2048 rows; 0 rows at the end of the part. Values and texts live until the next call or close. columns says
   * which ones are wanted, as indexes into the feed's: the batch has just these, in this order. */
  bool (*next)(gpointer reader, const guint *columns, guint column_count,
               struct duck_batch *ret_batch);
  void (*close)(gpointer reader);
  gpointer user;
};

/* Makes `name` readable on the connection as a temporary view over the feed, replacing one of that name. The feed and what
 * it points to must live until duck_feed_withdraw. */
bool duck_feed_offer(struct duck_connection *connection, const char *name,
                     const struct duck_feed *feed, GError **error) WARN_UNUSED;
/* Reading the name is an error from now on. */
bool duck_feed_withdraw(struct duck_connection *connection, const char *name,
                        GError **error) WARN_UNUSED;
