/* SPDX-License-Identifier: Apache-2.0
 *
 * Hostile values of any type: extremes, NaNs, both zeros, texts with equal beginnings.
 */
#pragma once

#include "support/rollup/choose.h"
#include "support/rollup/sheet.h"

/* count values (some may be equal) as an array of the type's elements; texts live in the arena. */
void *random_values(struct choose *choose, struct arena *arena, enum rollup_type type,
                    uint32_t count);
