/* SPDX-License-Identifier: Apache-2.0
 * SHA-256 as lower-case hexadecimal text; owned by the caller. */
#pragma once

#include <glib.h>

char *hash_text(const char *text, gssize length); /* length -1: to the NUL */
