/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening an input: listing, footers, schema, and its view in the engine. What run, explain and inspect have in common.
 */
#pragma once

#include "duck/duck.h"
#include "storage/inventory.h"

/* Which path an input table has: --input P (name NULL: the job's only input) or --input NAME=P. */
struct input_binding {
  const char *name;
  const char *path;
};

/* Binds the names that jobs need (a NULL-terminated list) to the paths given. ret_inputs: GPtrArray of struct
 * input_binding, one a name, in order, elements borrowed from the arguments. Errors: USAGE, with the --input to write: a
 * name without a path, a path whose name no job uses, one bare path for several names. */
bool input_match(char **names, const struct input_binding *given, gsize given_count,
                 GPtrArray **ret_inputs, GError **error) WARN_UNUSED;

/* Splits "NAME=PATH" (NAME a plain identifier, and no file of the whole text exists) or takes the text as a path. */
void input_parse(const char *text, char **ret_name, char **ret_path);

/* Lists, reads all footers on threads threads, checks the schema. Errors: INPUT, ACCESS. */
struct inventory *input_read(struct duck *duck, const char *name, const char *path, guint threads,
                             GError **error) WARN_UNUSED;

/* Makes the view `name` over all files current in a connection. */
bool input_create_view(struct duck_connection *connection, const struct inventory *inventory,
                       GError **error) WARN_UNUSED;
