/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/plan/ only: which outputs share a pass, and how an output's result is cut into files.
 */
#pragma once

#include "plan/plan.h"

/* Fills plan.passes and each output's pass and pass_reason from the outputs' rollups and refusals. */
void passes_share(struct plan *plan);
void plan_pass_free(struct plan_pass *pass);

/* Fills layout, layout_reason and partitions (layout.c). */
void layout_choose(const struct plan *plan, struct plan_output *output);
