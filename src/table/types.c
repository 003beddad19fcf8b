/* SPDX-License-Identifier: Apache-2.0 */
#include "table/types.h"
#include "util/error.h"
#include "util/json.h"
#include "util/text.h"
#include <stdio.h>
#include <string.h>

#define DEPTH_LIMIT 32

struct primitive {
  const char *duck;
  const char *stored;
  const char *delta;
};

static const struct primitive PRIMITIVES[] = {
    {"BOOLEAN", "BOOLEAN", "boolean"},
    {"TINYINT", "TINYINT", "byte"},
    {"SMALLINT", "SMALLINT", "short"},
    {"INTEGER", "INTEGER", "integer"},
    {"BIGINT", "BIGINT", "long"},
    {"HUGEINT", "BIGINT", "long"},
    {"FLOAT", "FLOAT", "float"},
    {"DOUBLE", "DOUBLE", "double"},
    {"VARCHAR", "VARCHAR", "string"},
    {"JSON", "VARCHAR", "string"},
    {"BLOB", "BLOB", "binary"},
    {"DATE", "DATE", "date"},
    {"TIMESTAMP", "TIMESTAMP", "timestamp_ntz"},
    {"TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE", "timestamp"},
};

struct refusal {
  const char *duck;
  const char *cast; /* what to cast to */
};

static const struct refusal REFUSALS[] = {
    {"UTINYINT", "SMALLINT"},      {"USMALLINT", "INTEGER"},       {"UINTEGER", "BIGINT"},
    {"UBIGINT", "DECIMAL(20, 0)"}, {"UHUGEINT", "DECIMAL(38, 0)"}, {"TIMESTAMP_S", "TIMESTAMP"},
    {"TIMESTAMP_MS", "TIMESTAMP"}, {"TIMESTAMP_NS", "TIMESTAMP"},  {"\"NULL\"", "VARCHAR"},
    {"NULL", "VARCHAR"},
};

static bool convert(const char *text, guint depth, GString *stored, struct json_object **ret_delta,
                    GError **error);

static bool
refuse(const char *text, GError **error)
{
  const char *cast = "VARCHAR"; /* UUID, TIME, INTERVAL, BIT, BIGNUM and all that is not listed */
  for (gsize i = 0; i < G_N_ELEMENTS(REFUSALS); i++)
    if (strcmp(REFUSALS[i].duck, text) == 0)
      cast = REFUSALS[i].cast;
  error_set(error, ERROR_OUTPUT, "type %s cannot be stored in a table", text);
  if (g_str_has_prefix(text, "STRUCT("))
    return error_hint(error,
                      "Name its fields, {'a': ..., 'b': ...}, or write CAST(... AS VARCHAR) in the "
                      "script.");
  return error_hint(error, "Write CAST(... AS %s) in the script.", cast);
}

/* The parts of "a, b" between commas that stand outside quotes and brackets, stripped. */
static GPtrArray *
split_list(const char *text, gsize length)
{
  GPtrArray *parts = g_ptr_array_new_with_free_func(g_free);
  gsize begin = 0;
  int depth = 0;
  char quote = '\0';
  for (gsize i = 0; i < length; i++) {
    char c = text[i];
    if (quote != '\0')
      quote = c == quote ? '\0' : quote;
    else if (c == '\'' || c == '"')
      quote = c;
    else if (c == '(' || c == '[')
      depth++;
    else if (c == ')' || c == ']')
      depth--;
    else if (c == ',' && depth == 0) {
      g_ptr_array_add(parts, g_strstrip(g_strndup(text + begin, i - begin)));
      begin = i + 1;
    }
  }
  g_ptr_array_add(parts, g_strstrip(g_strndup(text + begin, length - begin)));
  return parts;
}

/* What stands in the brackets of "NAME(...)"; NULL when the text is of another shape. */
static GPtrArray *
arguments_of(const char *text, const char *name)
{
  gsize length = strlen(text), head = strlen(name);
  if (!g_str_has_prefix(text, name) || length < head + 2 || text[head] != '(' ||
      text[length - 1] != ')')
    return NULL;
  return split_list(text + head + 1, length - head - 2);
}

/* "name TYPE" or "\"a \"\"name\" TYPE". ret_type points into field. */
static char *
field_name(const char *field, const char **ret_type)
{
  if (field[0] != '"') {
    const char *space = strchr(field, ' ');
    *ret_type = space == NULL ? NULL : space + 1;
    return space == NULL ? NULL : g_strndup(field, (gsize)(space - field));
  }
  g_autoptr(GString) name = g_string_new(NULL);
  const char *c = field + 1;
  for (; *c != '\0' && !(c[0] == '"' && c[1] != '"'); c++) {
    if (*c == '"')
      c++;
    g_string_append_c(name, *c);
  }
  *ret_type = *c == '"' && c[1] == ' ' ? c + 2 : NULL;
  return *ret_type == NULL ? NULL : g_strdup(name->str);
}

static bool
convert_struct(const char *text, GPtrArray *fields, guint depth, GString *stored,
               struct json_object **ret_delta, GError **error)
{
  JSON_AUTO(list) = json_object_new_array();
  g_string_append(stored, "STRUCT(");
  for (guint i = 0; i < fields->len; i++) {
    const char *type = NULL;
    g_autofree char *name = field_name(fields->pdata[i], &type);
    struct json_object *delta = NULL;
    if (name == NULL)
      return refuse(text, error);
    g_autofree char *quoted = text_sql_name(name);
    g_string_append_printf(stored, "%s%s ", i == 0 ? "" : ", ", quoted);
    if (!convert(type, depth + 1, stored, &delta, error))
      return false;
    struct json_object *field = json_object_new_object();
    json_add_text(field, "name", name);
    json_add_object(field, "type", delta);
    json_add_flag(field, "nullable", true);
    json_add_object(field, "metadata", json_object_new_object());
    (void)json_object_array_add(list, field);
  }
  g_string_append_c(stored, ')');
  *ret_delta = json_object_new_object();
  json_add_text(*ret_delta, "type", "struct");
  json_add_object(*ret_delta, "fields", json_object_get(list));
  return true;
}

static bool
convert_map(GPtrArray *types, guint depth, GString *stored, struct json_object **ret_delta,
            GError **error)
{
  struct json_object *value = NULL;
  JSON_AUTO(key) = NULL;
  g_string_append(stored, "MAP(");
  if (!convert(types->pdata[0], depth + 1, stored, &key, error))
    return false;
  g_string_append(stored, ", ");
  if (!convert(types->pdata[1], depth + 1, stored, &value, error))
    return false;
  g_string_append_c(stored, ')');
  *ret_delta = json_object_new_object();
  json_add_text(*ret_delta, "type", "map");
  json_add_object(*ret_delta, "keyType", json_object_get(key));
  json_add_object(*ret_delta, "valueType", value);
  json_add_flag(*ret_delta, "valueContainsNull", true);
  return true;
}

/* "T[]" and "T[3]": both are lists in Parquet. */
static bool
convert_list(const char *text, guint depth, GString *stored, struct json_object **ret_delta,
             GError **error)
{
  g_autofree char *element = g_strndup(text, (gsize)(strrchr(text, '[') - text));
  struct json_object *delta = NULL;
  if (!convert(element, depth + 1, stored, &delta, error))
    return false;
  g_string_append(stored, "[]");
  *ret_delta = json_object_new_object();
  json_add_text(*ret_delta, "type", "array");
  json_add_object(*ret_delta, "elementType", delta);
  json_add_flag(*ret_delta, "containsNull", true);
  return true;
}

static bool
convert_primitive(const char *text, GString *stored, struct json_object **ret_delta, GError **error)
{
  guint precision = 0, scale = 0;
  int end = 0;
  if (sscanf(text, "DECIMAL(%2u,%2u)%n", &precision, &scale, &end) == 2 && end > 0 &&
      text[end] == '\0') {
    g_autofree char *delta = g_strdup_printf("decimal(%u,%u)", precision, scale);
    g_string_append(stored, text);
    *ret_delta = json_object_new_string(delta);
    return true;
  }
  bool is_enum = g_str_has_prefix(text, "ENUM(");
  for (gsize i = 0; i < G_N_ELEMENTS(PRIMITIVES); i++)
    if (strcmp(PRIMITIVES[i].duck, is_enum ? "VARCHAR" : text) == 0) {
      g_string_append(stored, PRIMITIVES[i].stored);
      *ret_delta = json_object_new_string(PRIMITIVES[i].delta);
      return true;
    }
  return refuse(text, error);
}

static bool
convert(const char *text, guint depth, GString *stored, struct json_object **ret_delta,
        GError **error)
{
  gsize length = strlen(text);
  if (depth > DEPTH_LIMIT)
    return error_set(error, ERROR_OUTPUT, "a type nested more than %d levels deep cannot be stored",
                     DEPTH_LIMIT);
  if (length > 2 && text[length - 1] == ']' && strrchr(text, '[') != NULL)
    return convert_list(text, depth, stored, ret_delta, error);
  g_autoptr(GPtrArray) fields = arguments_of(text, "STRUCT");
  if (fields != NULL)
    return convert_struct(text, fields, depth, stored, ret_delta, error);
  g_autoptr(GPtrArray) types = arguments_of(text, "MAP");
  if (types != NULL && types->len == 2)
    return convert_map(types, depth, stored, ret_delta, error);
  return convert_primitive(text, stored, ret_delta, error);
}

/* The refusal of a part of a nested type says what it is a part of. */
static bool
name_whole(const char *duck_type, GError **error)
{
  g_autofree char *own = g_strdup_printf("type %s cannot ", duck_type);
  if (error == NULL || g_str_has_prefix((*error)->message, own))
    return false;
  return error_hint(error, "It is a part of %s: cast it there, or the whole to VARCHAR.",
                    duck_type);
}

bool
table_type(const char *duck_type, char **ret_stored, char **ret_delta, GError **error)
{
  g_autoptr(GString) stored = g_string_new(NULL);
  JSON_AUTO(delta) = NULL;
  if (!convert(duck_type, 0, stored, &delta, error))
    return name_whole(duck_type, error);
  if (ret_stored != NULL)
    *ret_stored = g_strdup(stored->str);
  if (ret_delta != NULL)
    *ret_delta = json_object_is_type(delta, json_type_string)
                     ? g_strdup(json_object_get_string(delta))
                     : json_line(delta);
  return true;
}

bool
table_partition_type(const char *duck_type, GError **error)
{
  g_autofree char *delta = NULL;
  if (!table_type(duck_type, /* ret_stored= */ NULL, &delta, error))
    return false;
  bool instant = strcmp(delta, "timestamp") == 0;
  if (delta[0] != '{' && strcmp(delta, "binary") != 0 && !instant)
    return true;
  error_set(error, ERROR_OUTPUT, "type %s cannot partition a table", duck_type);
  if (instant)
    return error_hint(error, "Write CAST(... AS DATE) or CAST(... AS TIMESTAMP) in the script.");
  return error_hint(error, "Partition by a number, text, date or TIMESTAMP column.");
}
