/* SPDX-License-Identifier: Apache-2.0
 *
 * A plan's outputs as src/table wants to know them. Private to this room.
 */
#pragma once

#include "plan/plan.h"
#include "run/input.h"
#include "table/publish.h"
#include "util/auto.h"

/* Borrows names and types from the plan: it must not outlive it. */
struct targets {
  struct publish_output *outputs;
  gsize count;
  GPtrArray *blocks; /* the arrays that outputs point into */
};

struct targets *targets_new(const struct plan *plan);
void targets_free(struct targets *targets);
AUTO_DEFINE(struct targets, targets_free)

/* Refuses an output folder that is one of the inputs or lies below one: a run would read what earlier runs wrote. */
bool targets_check_folder(const char *output, const struct input_binding *inputs, gsize input_count,
                          GError **error) WARN_UNUSED;
