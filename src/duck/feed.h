/* SPDX-License-Identifier: Apache-2.0
 *
 * The other direction: rows made by C as a table of DuckDB, read in parallel and as often as wanted, by any query.
 *
 * The rows come in no order where parts > 1: queries sort. DuckDB asks for the wanted columns only; it pushes no filters down.
 *
 * Cost, 5 million rows of a BIGINT, a DOUBLE and a text of 20 bytes, 2 threads: 0.08 CPU seconds for the maximum of each, where
 * a table of DuckDB's own takes 0.11; texts are not copied on the way.
 */
#pragma once

#include "duck/scan.h"

struct duck_feed_column {
  const char *name;
  /* DuckDB's name of a type that has a layout: BIGINT, HUGEINT, DOUBLE, VARCHAR, DECIMAL(38,2), ... */
  const char *type;
};

struct duck_feed {
  const struct duck_feed_column *columns;
  guint column_count;
  guint64 rows; /* exactly: a reading that gives others fails */
  /* Most threads that may read at once; at least 1. A thread may read several parts, one after the other. */
  guint parts;
  /* A reader of part number `part`, by any thread, for each reading; NULL fails the query. */
  gpointer (*open)(gpointer user, guint part, guint parts);
  /* At most 2048 rows; 0 rows at the end of the part; false fails the query. Values and texts live until the next call or close.
   * columns says which ones are wanted, as indexes into the feed's: the batch has just these, in this order. */
  bool (*next)(gpointer reader, const guint *columns, guint column_count,
               struct duck_batch *ret_batch);
  /* Every reader once, also when the query ends early. */
  void (*close)(gpointer reader);
  gpointer user;
};

/* Makes `name` readable on the connection as a temporary view over the feed, replacing one of that name; the configuration may
 * be locked. The feed and what it points to must live until duck_feed_withdraw, and no query may be reading it then. One feed may
 * be offered on several connections. A failing open or next fails the query with "the rows of 'name' cannot be read". */
bool duck_feed_offer(struct duck_connection *connection, const char *name,
                     const struct duck_feed *feed, GError **error) WARN_UNUSED;
/* Reading the name is an error from now on, also when this returns false (a signal, or there was no such offer). */
bool duck_feed_withdraw(struct duck_connection *connection, const char *name,
                        GError **error) WARN_UNUSED;
