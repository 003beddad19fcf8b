/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/type.h"
#include "engine/local/local.h"
#include <math.h>
#include <string.h>

#define TEXT_LIMIT 32 /* characters: what readers and writers of Delta agree to keep */

/* The column of the key "\"a\"\"b\""; NULL for a part of a nested column ("\"a\".\"element\"") or a partition column. */
static const struct plan_column *
find_column(const struct plan_output *output, const char *key)
{
  for (guint i = 0; i < output->columns->len; i++) {
    const struct plan_column *column = g_ptr_array_index(output->columns, i);
    g_auto(GStrv) parts = g_strsplit(column->name, "\"", -1);
    g_autofree char *doubled = g_strjoinv("\"\"", parts);
    g_autofree char *quoted = g_strdup_printf("\"%s\"", doubled);
    if (g_str_equal(quoted, key))
      return column;
  }
  return NULL;
}

static struct json_object *
whole_number(const char *text)
{
  char *end = NULL;
  gint64 value = g_ascii_strtoll(text, &end, 10);
  return end != text && *end == '\0' ? json_object_new_int64(value) : NULL;
}

/* The digits as DuckDB prints them: they are JSON's too, and exact. */
static struct json_object *
exact_number(const char *text)
{
  char *end = NULL;
  double value = g_ascii_strtod(text, &end);
  if (end == text || *end != '\0' || !isfinite(value))
    return NULL;
  return json_object_new_double_s(value, text);
}

/* Parquet allows a zero bound to stand for both zeros. */
static struct json_object *
real_number(const char *text, bool is_maximum)
{
  struct json_object *number = exact_number(text);
  if (number == NULL || json_object_get_double(number) != 0)
    return number;
  (void)json_object_put(number);
  return json_object_new_double_s(0, is_maximum ? "0.0" : "-0.0");
}

/* "2024-01-31" or, with a time, "2024-01-31 23:59:59[.123456]"; nothing else, so no infinity and no year before 0001 or
 * after 9999. */
static bool
is_moment(const char *text, bool has_time)
{
  const char *shape = has_time ? "0000-00-00 00:00:00" : "0000-00-00";
  gsize length = strlen(shape);
  if (strlen(text) < length || g_str_has_prefix(text, "0000"))
    return false;
  for (gsize i = 0; i < length; i++)
    if (shape[i] == '0' ? !g_ascii_isdigit(text[i]) : text[i] != shape[i])
      return false;
  const char *rest = text + length;
  if (!has_time || *rest != '.')
    return *rest == '\0';
  gsize digits = strspn(rest + 1, "0123456789");
  return digits >= 1 && digits <= 6 && rest[1 + digits] == '\0';
}

static struct json_object *
timestamp(const char *text, bool is_utc)
{
  g_autofree char *moment = g_strdup(text);
  if (is_utc) {
    if (!g_str_has_suffix(moment, "+00"))
      return NULL;
    moment[strlen(moment) - strlen("+00")] = '\0';
  }
  if (!is_moment(moment, true))
    return NULL;
  moment[strlen("2024-01-31")] = 'T';
  g_autofree char *iso = g_strconcat(moment, is_utc ? "Z" : "", NULL);
  return json_object_new_string(iso);
}

struct json_object *
statistics_bound(const char *type, const char *text, bool is_maximum)
{
  if (duck_decimal_of(type, NULL, NULL))
    return exact_number(text);
  if (g_str_equal(type, "DOUBLE") || g_str_equal(type, "FLOAT"))
    return real_number(text, is_maximum);
  if (g_str_equal(type, "BOOLEAN"))
    return json_object_new_boolean(g_str_equal(text, "1") || g_str_equal(text, "true"));
  if (g_str_equal(type, "DATE"))
    return is_moment(text, false) ? json_object_new_string(text) : NULL;
  if (g_str_equal(type, "TIMESTAMP"))
    return timestamp(text, false);
  if (g_str_equal(type, "TIMESTAMP WITH TIME ZONE"))
    return timestamp(text, true);
  if (g_str_equal(type, "VARCHAR"))
    return g_utf8_strlen(text, -1) <= TEXT_LIMIT ? json_object_new_string(text) : NULL;
  if (g_str_equal(type, "TINYINT") || g_str_equal(type, "SMALLINT") ||
      g_str_equal(type, "INTEGER") || g_str_equal(type, "BIGINT"))
    return whole_number(text);
  return NULL;
}

/* Read as far as its NUL byte, a greatest text would be too small. */
static bool
has_nul(struct json_object *told, const char *key)
{
  struct json_object *text = json_get(told, key);
  return json_object_is_type(text, json_type_string) &&
         (gsize)json_object_get_string_len(text) != strlen(json_object_get_string(text));
}

static void
add_column(const struct plan_column *column, struct json_object *told, struct json_object *minimums,
           struct json_object *maximums, struct json_object *nulls)
{
  const char *null_count = json_get_text(told, "null_count");
  if (null_count != NULL)
    json_object_object_add(nulls, column->name, whole_number(null_count));
  const char *low = json_get_text(told, "min");
  const char *high = json_get_text(told, "max");
  if (low == NULL || high == NULL || has_nul(told, "min") || has_nul(told, "max"))
    return;
  bool is_real =
      g_str_equal(column->stored_type, "DOUBLE") || g_str_equal(column->stored_type, "FLOAT");
  if (is_real && g_strcmp0(json_get_text(told, "has_nan"), "false") != 0)
    return;
  JSON_AUTO(minimum) = statistics_bound(column->stored_type, low, false);
  JSON_AUTO(maximum) = statistics_bound(column->stored_type, high, true);
  if (minimum == NULL || maximum == NULL)
    return;
  json_object_object_add(minimums, column->name, json_object_get(minimum));
  json_object_object_add(maximums, column->name, json_object_get(maximum));
}

struct json_object *
statistics_object(guint64 rows, struct json_object *minimums, struct json_object *maximums,
                  struct json_object *nulls)
{
  struct json_object *statistics = json_object_new_object();
  json_add_uint(statistics, "numRecords", rows);
  json_add_object(statistics, "minValues", minimums);
  json_add_object(statistics, "maxValues", maximums);
  json_add_object(statistics, "nullCount", nulls);
  return statistics;
}

struct json_object *
statistics_json(const struct plan_output *output, guint64 rows, struct json_object *columns)
{
  struct json_object *minimums = json_object_new_object();
  struct json_object *maximums = json_object_new_object();
  struct json_object *nulls = json_object_new_object();
  if (json_object_is_type(columns, json_type_object)) {
    json_object_object_foreach(columns, key, told)
    {
      const struct plan_column *column = find_column(output, key);
      if (column != NULL)
        add_column(column, told, minimums, maximums, nulls);
    }
  }
  return statistics_object(rows, minimums, maximums, nulls);
}
