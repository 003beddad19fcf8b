/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to this room: what a DuckDB message says, taken apart. json is the error as an object, or NULL; all results are
 * owned by the caller. */
#pragma once

#include "util/json.h"

/* The names, or the functions' signatures, that DuckDB offers instead; NULL for none. */
char **fault_candidates(struct json_object *json, const char *message);
/* The name that the error is about, or NULL. */
char *fault_name(struct json_object *json, const char *message);
/* The first line in our wording (util/error.h), types by their names in SQL; "" when it says nothing. Valid UTF-8 without control characters. */
char *fault_reword(const char *message);
