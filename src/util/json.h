/* SPDX-License-Identifier: Apache-2.0
 *
 * json-c with scope cleanup and reading that tolerates absent members. json-c keeps uint64, which DuckDB's syntax
 * trees need.
 */
#pragma once

#include <glib.h>
#include <json-c/json.h>
#include <stdbool.h>

static inline void
json_release(struct json_object **object)
{
  if (*object != NULL)
    (void)json_object_put(*object);
}
/* A reference that is dropped at the end of the scope: JSON_AUTO(tree) = json_parse(...). */
#define JSON_AUTO(name) __attribute__((cleanup(json_release))) struct json_object *name

/* New reference, or NULL with an error of kind FAILED that names the byte where reading stopped. Depth at most 512; the
 * text is valid UTF-8 and not just null. */
struct json_object *json_parse(const char *text, gsize length, GError **error);

/* Members of an object; NULL, false or the default when absent, null or of another type. Borrowed. */
struct json_object *json_get(struct json_object *object, const char *key);
const char *json_get_text(struct json_object *object, const char *key);
gint64 json_get_int(struct json_object *object, const char *key, gint64 otherwise);
bool json_get_flag(struct json_object *object, const char *key);

/* Setting members: text NULL is JSON null; add_object takes the reference over. */
void json_add_text(struct json_object *object, const char *key, const char *value);
void json_add_int(struct json_object *object, const char *key, gint64 value);
void json_add_uint(struct json_object *object, const char *key, guint64 value);
void json_add_real(struct json_object *object, const char *key, double value);
void json_add_flag(struct json_object *object, const char *key, bool value);
void json_add_object(struct json_object *object, const char *key, struct json_object *value);
/* Array from a NULL-terminated list; NULL gives []. */
struct json_object *json_texts(const char *const *texts);

/* One line, no spaces; owned by the caller. Slashes are not escaped. */
char *json_line(struct json_object *object);
/* Indented, for people; owned by the caller. */
char *json_pretty(struct json_object *object);
