/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether the files of a plan's inputs are still what was listed: a run opens them more than once (footers, a scan for each pass, and
 * again where a pass starts again), and all its outputs must be of the same rows.
 */
#pragma once

#include "plan/plan.h"

/* Ends work on those files, which failed so (taken over; NULL: it is done). True when it is done and each file that an output reads has
 * the size and the time of modification that were listed; a file that is gone was whole when it was opened. False with the failure, or
 * with INPUT for the first file that was changed or deleted, where that may be why the work failed. ACCESS. Cost: a stat a file. */
bool unchanged_conclude(const struct plan *plan, GError *failure, GError **error) WARN_UNUSED;
