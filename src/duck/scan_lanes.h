/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to this room: the workers of one scan. A lane is a thread's worker and what it takes to hand it DuckDB's
 * chunks.
 */
#pragma once

#include "duck/scan.h"

struct _duckdb_data_chunk;

struct lane;
struct lanes;

/* lanes keeps the pointer to sink. */
struct lanes *lanes_new(const struct duck_sink *sink, guint columns);
/* Ends every worker, on up to so many threads, and frees all. */
void lanes_end(struct lanes *lanes, guint threads);

/* The calling thread's lane, begun if it has none; last is one that it may be, or NULL. NULL when the sink stopped the
 * scan. */
struct lane *lanes_mine(struct lanes *lanes, struct lane *last);
/* Flat vectors, as the C API gives them. False when the sink stopped the scan. */
bool lanes_feed(struct lanes *lanes, struct lane *lane, struct _duckdb_data_chunk *chunk);

bool lanes_stopped(struct lanes *lanes);
