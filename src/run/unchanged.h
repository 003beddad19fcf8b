/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the files of a plan's inputs are still what was listed: a run opens them more than once (footers, a scan for each pass, and
 * again where a pass starts again), and all its outputs must be of the same rows.
 */
#pragma once

#include "plan/plan.h"

/* Size and time of modification of each file that an output reads. Errors: INPUT, for the first that has another one or, unless
 * may_be_gone (what was opened before is whole then), is not there; ACCESS. Cost: a stat a file. */
bool unchanged_check(const struct plan *plan, bool may_be_gone, GError **error) WARN_UNUSED;
