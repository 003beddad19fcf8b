/* SPDX-License-Identifier: Apache-2.0
 *
 * Where in its script an output's error comes from, as far as the message and the tree say, and what to write there
 * instead.
 */
#pragma once

#include "plan/plan.h"

/* Completes an error that ended an output's computation:
 *     j.sql:2:3: output 'o': could not convert string '' to INTEGER in column 'txt'
 *     HINT: Write CAST(NULLIF(txt, '') AS INTEGER) if ...
 * The place is that of the expression, where only one of the script can have failed so (j.sql:2 for several in one line); else
 * the line in which the output's query begins. DATA errors get it and a hint, OUTPUT errors the place of the column that they name; all others
 * the output's name only. Returns false. */
bool plan_blame_output(const struct plan_output *output, GError **error);

/* The place of a column of the output in its script: "j.sql:2:3"; of the query, when it does not stand there by itself. */
char *plan_column_place(const struct job *job, const struct job_output *spec, guint column);
