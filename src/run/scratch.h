/* SPDX-License-Identifier: Apache-2.0
 *
 * Local folders that live for a moment. Private to this room.
 */
#pragma once

#include "util/compiler.h"
#include <glib.h>
#include <stdbool.h>

/* A new, empty folder at the path: what was there is deleted. */
bool scratch_make(const char *path, GError **error) WARN_UNUSED;
/* The folder and all below it; absent is no error. */
bool scratch_delete(const char *path, GError **error);
