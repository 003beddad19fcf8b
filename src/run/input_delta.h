/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/run: an input that is a Delta table, such as an output of an earlier run.
 */
#pragma once

#include "storage/inventory.h"

/* inventory_read; of a Delta table only the files of its newest version, which may be fewer than its folder holds (with
 * --retain, or while another run publishes). Errors: as inventory_read; INPUT for a table that is empty, or that needs what
 * this program does not know (deletion vectors, column mapping, files elsewhere), or whose log is damaged. */
struct inventory *input_list(const char *name, const char *path, GError **error) WARN_UNUSED;
