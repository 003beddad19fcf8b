/* SPDX-License-Identifier: Apache-2.0
 * The plan as explain and run --dry-run print it. */
#pragma once

#include "cli/values.h"
#include "plan/plan.h"

/* plan_explain, more of it with --verbose, its headings bold where stdout is coloured. Owned by the caller. */
char *plan_text(const struct cli_values *values, const struct plan *plan);
