/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/plan/ only: expressions that are evaluated on rows that a WHERE had kept from them.
 *
 *     WHERE v ~ '[0-9]+' GROUP BY CAST(v AS INT)    as one of several rollups of a scan:
 *
 *     v ~ '[0-9]+'                                          the flag
 *     CASE WHEN v ~ '[0-9]+' THEN CAST(v AS INT) END        the key
 *
 * DuckDB evaluates AND and OR in a filter and in WHEN row by row as far as needed, but in a select list all of it; and what stands
 * behind several WHENs it computes once, in a select list. So a condition of which a part can fail is written as nested
 * CASEs, parts that cannot fail first.
 */
#pragma once

#include "job/ast.h"

/* Whether an expression may raise an error for some row. Columns, constants, comparisons and a list of functions cannot. */
bool guard_can_fail(const struct expr *expr);

/* A BOOLEAN that is true exactly where condition is, and fails no sooner than it would in a WHERE. New expression. */
struct expr *guard_flag(const struct expr *condition);

/* CASE WHEN condition THEN expr END if expr can fail and there is a condition, else expr; expr is taken over. */
struct expr *guard_expr(const struct expr *condition, struct expr *expr);
