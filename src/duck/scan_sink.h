/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to this room: the aggregate functions that hand a query's rows to a scan's workers. One is registered for a
 * list of column types and used again by later scans of the same types, so that their number is bounded by the
 * different scans and not by the runs.
 */
#pragma once

#include "duck/scan_lanes.h"

struct sink_function;

/* A function of these parameter types (DuckDB's names, count of them) that no other scan uses, for lanes. */
struct sink_function *sink_function_take(struct duck_connection *connection,
                                         const char *const *types, guint count, struct lanes *lanes,
                                         GError **error);
void sink_function_give_back(struct duck_connection *connection, struct sink_function *function);
const char *sink_function_name(const struct sink_function *function);
