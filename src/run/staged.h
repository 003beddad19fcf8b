/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading an output's staged files back, before they are published. Private to this room.
 */
#pragma once

#include "engine/engine.h"

/* SELECT of all columns, in the plan's order and stored types, over the files below folder; owned by the caller. */
char *staged_select(const struct plan_output *planned, const struct engine_output *output,
                    const char *folder);
