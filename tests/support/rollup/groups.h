/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a rollup's groups by the kernel's cursors, in any number of parts; in an order of its keys where there is one that the
 * kernel can give, and then holds them to it.
 */
#pragma once

#include "support/rollup/choose.h"
#include "support/rollup/drive.h"

/* False: fault says what is wrong. Out of memory, ret_rollup has no result. */
bool groups_read(const struct rollup_pass *kernel, const struct rollup_spec *spec, unsigned rollup,
                 struct choose *choose, struct drive_rollup *ret_rollup, char *fault,
                 size_t fault_size);
