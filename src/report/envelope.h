/* SPDX-License-Identifier: Apache-2.0
 *
 * The outer object of everything printed by --json: {"schema_version":1,"command":"run",...}. Members are added, never
 * renamed or removed, while schema_version is the same. */
#pragma once

#include "util/json.h"

#define ENVELOPE_SCHEMA_VERSION 1

/* New reference; the caller adds its members. */
struct json_object *envelope_new(const char *command);

/* {"schema_version":1,"command":...,"error":{"kind","exit_code","message","hint"}}: hint is the lines after "HINT: ", or
 * null. command may be NULL (left out): the error came before any command was known. New reference. */
struct json_object *envelope_error(const char *command, const GError *error);

/* The message without its hints, and the hints without "HINT: ", a line each (NULL when there is none). Owned by the
 * caller. */
void envelope_split_message(const char *text, char **ret_message, char **ret_hint);
