/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to this room: the workers of one scan. A lane is a worker and what it takes to hand it DuckDB's chunks; it
 * serves one thread at a time, and another one after that.
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

/* A lane that nobody uses, or a new one; NULL when the sink stopped the scan. Any thread. */
struct lane *lanes_take(struct lanes *lanes);
void lanes_give_back(struct lanes *lanes, struct lane *lane);
/* Flat vectors, as the C API gives them. False when the sink stopped the scan. */
bool lanes_feed(struct lanes *lanes, struct lane *lane, struct _duckdb_data_chunk *chunk);

bool lanes_stopped(struct lanes *lanes);
