/* SPDX-License-Identifier: Apache-2.0 */
#include "util/json.h"
#include "util/error.h"

#define DEPTH_LIMIT 512

static struct json_object *
refuse(struct json_object *object, gsize at, const char *reason, GError **error)
{
  if (object != NULL)
    (void)json_object_put(object);
  error_set(error, ERROR_FAILED, "invalid JSON at byte %" G_GSIZE_FORMAT ": %s", at, reason);
  return NULL;
}

struct json_object *
json_parse(const char *text, gsize length, GError **error)
{
  if (length > G_MAXINT)
    return refuse(NULL, 0, "the text is longer than 2 GiB", error);
  struct json_tokener *tokener = json_tokener_new_ex(DEPTH_LIMIT);
  json_tokener_set_flags(tokener, JSON_TOKENER_VALIDATE_UTF8);
  struct json_object *object = json_tokener_parse_ex(tokener, text, (int)length);
  gsize end = json_tokener_get_parse_end(tokener);
  if (json_tokener_get_error(tokener) == json_tokener_continue)
    object = json_tokener_parse_ex(tokener, "", 1); /* the NUL ends a number at the end of text */
  enum json_tokener_error status = json_tokener_get_error(tokener);
  json_tokener_free(tokener);
  while (end < length && g_ascii_isspace(text[end]))
    end++;
  if (status == json_tokener_continue || status == json_tokener_error_parse_eof)
    return refuse(object, end, "the text ends too early", error);
  if (status != json_tokener_success)
    return refuse(object, end, json_tokener_error_desc(status), error);
  if (end < length)
    return refuse(object, end, "text after the value", error);
  if (object == NULL)
    return refuse(NULL, 0, "null is no value here", error);
  return object;
}

struct json_object *
json_get(struct json_object *object, const char *key)
{
  struct json_object *value = NULL;
  if (object == NULL || !json_object_is_type(object, json_type_object))
    return NULL;
  (void)json_object_object_get_ex(object, key, &value);
  return value;
}

const char *
json_get_text(struct json_object *object, const char *key)
{
  struct json_object *value = json_get(object, key);
  return json_object_is_type(value, json_type_string) ? json_object_get_string(value) : NULL;
}

gint64
json_get_int(struct json_object *object, const char *key, gint64 otherwise)
{
  struct json_object *value = json_get(object, key);
  return json_object_is_type(value, json_type_int) ? json_object_get_int64(value) : otherwise;
}

bool
json_get_flag(struct json_object *object, const char *key)
{
  struct json_object *value = json_get(object, key);
  return json_object_is_type(value, json_type_boolean) && json_object_get_boolean(value);
}

void
json_add_object(struct json_object *object, const char *key, struct json_object *value)
{
  (void)json_object_object_add(object, key, value);
}

void
json_add_text(struct json_object *object, const char *key, const char *value)
{
  json_add_object(object, key, value == NULL ? NULL : json_object_new_string(value));
}

void
json_add_int(struct json_object *object, const char *key, gint64 value)
{
  json_add_object(object, key, json_object_new_int64(value));
}

void
json_add_uint(struct json_object *object, const char *key, guint64 value)
{
  json_add_object(object, key, json_object_new_uint64(value));
}

void
json_add_real(struct json_object *object, const char *key, double value)
{
  json_add_object(object, key, json_object_new_double(value));
}

void
json_add_flag(struct json_object *object, const char *key, bool value)
{
  json_add_object(object, key, json_object_new_boolean(value));
}

struct json_object *
json_texts(const char *const *texts)
{
  struct json_object *array = json_object_new_array();
  for (gsize i = 0; texts != NULL && texts[i] != NULL; i++)
    (void)json_object_array_add(array, json_object_new_string(texts[i]));
  return array;
}

char *
json_line(struct json_object *object)
{
  return g_strdup(json_object_to_json_string_ext(object, JSON_C_TO_STRING_PLAIN |
                                                             JSON_C_TO_STRING_NOSLASHESCAPE));
}

char *
json_pretty(struct json_object *object)
{
  int flags = JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED | JSON_C_TO_STRING_NOSLASHESCAPE;
  return g_strdup(json_object_to_json_string_ext(object, flags));
}
