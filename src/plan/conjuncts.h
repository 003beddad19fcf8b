/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/plan/ only: the parts of a WHERE that are joined by AND, so that what all rollups of a scan ask for can be the scan's
 * own WHERE, and the rest a flag. They are told by their canonical texts.
 */
#pragma once

#include "job/ast.h"

/* char *: each once; empty for no condition. */
GPtrArray *conjuncts_texts(const struct expr *condition);
/* Leaves in texts what is among others as well. */
void conjuncts_keep(GPtrArray *texts, GPtrArray *others);
/* Drops from texts those that may raise an error: alone they would be asked of more rows. */
void conjuncts_drop_failing(const struct expr *condition, GPtrArray *texts);

/* The conjuncts whose texts are among these, or are not; in their order; NULL for none. New expressions. */
struct expr *conjuncts_among(const struct expr *condition, GPtrArray *texts);
struct expr *conjuncts_without(const struct expr *condition, GPtrArray *texts);
