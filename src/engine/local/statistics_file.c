/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/local.h"
#include "parquet/parquet.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MOST = 48 };

#define DAY_MICROSECONDS (G_GINT64_CONSTANT(86400) * 1000000)

/* "2024-01-31"; NULL outside the years 0001 to 9999. */
static char *
date_text(gint64 days)
{
  /* 0001-01-01 and 9999-12-31 */
  if (days < -719162 || days > 2932896)
    return NULL;
  GDate date;
  g_date_clear(&date, 1);
  g_date_set_julian(&date, (guint32)(days + 719163));
  return g_strdup_printf("%04u-%02u-%02u", g_date_get_year(&date), (guint)g_date_get_month(&date),
                         (guint)g_date_get_day(&date));
}

/* "2024-01-31 23:59:59[.123456]" and, in UTC, "+00", as DuckDB prints it. */
static char *
timestamp_text(gint64 microseconds, bool is_utc)
{
  gint64 day = microseconds / DAY_MICROSECONDS, rest = microseconds % DAY_MICROSECONDS;
  if (rest < 0) {
    rest += DAY_MICROSECONDS;
    day--;
  }
  g_autofree char *date = date_text(day);
  if (date == NULL)
    return NULL;
  guint seconds = (guint)(rest / 1000000), fraction = (guint)(rest % 1000000);
  g_autofree char *parts = fraction == 0 ? g_strdup("") : g_strdup_printf(".%06u", fraction);
  for (gsize end = strlen(parts); end > 0 && parts[end - 1] == '0'; end--)
    parts[end - 1] = '\0';
  return g_strdup_printf("%s %02u:%02u:%02u%s%s", date, seconds / 3600, seconds / 60 % 60,
                         seconds % 60, parts, is_utc ? "+00" : "");
}

/* The digits of a whole number with a point put in: -5 with scale 2 is "-0.05". */
static char *
decimal_text(unsigned __int128 magnitude, bool negative, guint scale)
{
  char digits[DIGITS_MOST];
  guint at = sizeof digits;
  digits[--at] = '\0';
  for (guint i = 0; magnitude > 0 || i <= scale; i++) {
    if (i == scale && scale > 0)
      digits[--at] = '.';
    digits[--at] = (char)('0' + (int)(magnitude % 10));
    magnitude /= 10;
  }
  return g_strdup_printf("%s%s", negative ? "-" : "", digits + at);
}

static char *
decimal128_text(const uint64_t wide[2], guint scale)
{
  unsigned __int128 bits = (unsigned __int128)wide[1] << 64 | wide[0];
  bool negative = wide[1] >> 63 != 0;
  return decimal_text(negative ? -bits : bits, negative, scale);
}

static bool
reads_back(const char *text, double value, bool is_float)
{
  return is_float ? strtof(text, NULL) == (float)value : g_ascii_strtod(text, NULL) == value;
}

/* The shortest digits that read back as the value, written as DuckDB writes them: "0.1", "100.0", "1e+300". */
static char *
real_text(double value, bool is_float)
{
  char text[64], format[16];
  for (int digits = 0; digits <= 16; digits++) {
    g_snprintf(format, sizeof format, "%%.%de", digits);
    (void)g_ascii_formatd(text, sizeof text, format, value);
    if (reads_back(text, value, is_float))
      break;
  }
  char *e = strchr(text, 'e');
  int exponent = e == NULL ? 0 : (int)g_ascii_strtoll(e + 1, NULL, 10);
  if (e == NULL || exponent < -4 || exponent >= 16)
    return g_strdup(text);
  int digits = (int)(e - text) - (value < 0) - 1;
  int decimals = MAX(MAX(digits - 1, 0) - exponent, 0);
  g_snprintf(format, sizeof format, "%%.%df", MAX(decimals, 1));
  (void)g_ascii_formatd(text, sizeof text, format, value);
  return g_strdup(text);
}

/* As DuckDB prints it; NULL when it is better left out. */
static char *
bound_text(const struct parquet_column *column, const struct parquet_bound *bound)
{
  if (!bound->is_known)
    return NULL;
  switch (column->type) {
  case PARQUET_BOOL:
    return g_strdup(bound->integer != 0 ? "true" : "false");
  case PARQUET_INT8:
  case PARQUET_INT16:
  case PARQUET_INT32:
  case PARQUET_INT64:
    return g_strdup_printf("%" G_GINT64_FORMAT, bound->integer);
  case PARQUET_FLOAT:
  case PARQUET_DOUBLE:
    return isfinite(bound->real) ? real_text(bound->real, column->type == PARQUET_FLOAT) : NULL;
  case PARQUET_DATE:
    return date_text(bound->integer);
  case PARQUET_TIMESTAMP:
    return timestamp_text(bound->integer, false);
  case PARQUET_TIMESTAMP_UTC:
    return timestamp_text(bound->integer, true);
  case PARQUET_DECIMAL16:
  case PARQUET_DECIMAL32:
  case PARQUET_DECIMAL64:
    return decimal_text(bound->integer < 0 ? -(unsigned __int128)(__int128)bound->integer
                                           : (unsigned __int128)bound->integer,
                        bound->integer < 0, column->scale);
  case PARQUET_DECIMAL128:
    return decimal128_text(bound->wide, column->scale);
  case PARQUET_STRING:
    return memchr(bound->string.text, '\0', bound->string.length) == NULL
               ? g_strndup(bound->string.text, bound->string.length)
               : NULL;
  }
  return NULL;
}

static const char *
stored_type_of(const struct plan_output *output, const char *name)
{
  for (guint i = 0; i < output->columns->len; i++) {
    const struct plan_column *column = g_ptr_array_index(output->columns, i);
    if (g_str_equal(column->name, name))
      return column->stored_type;
  }
  return "";
}

static gint
compare_names(gconstpointer a, gconstpointer b, gpointer user)
{
  const struct parquet_column *columns = user;
  return strcmp(columns[*(const guint *)a].name, columns[*(const guint *)b].name);
}

/* The columns by name, as DuckDB tells them. */
static guint *
order_of(const struct parquet_column *columns, guint count)
{
  guint *order = g_new(guint, count + 1);
  for (guint i = 0; i < count; i++)
    order[i] = i;
  g_qsort_with_data(order, (gint)count, sizeof *order, compare_names, (gpointer)(guintptr)columns);
  return order;
}

struct json_object *
statistics_of_file(const struct plan_output *output, const struct parquet_column *columns,
                   guint column_count, guint64 rows, const struct parquet_statistics *statistics)
{
  struct json_object *minimums = json_object_new_object();
  struct json_object *maximums = json_object_new_object();
  struct json_object *nulls = json_object_new_object();
  g_autofree guint *order = order_of(columns, column_count);
  for (guint k = 0; k < column_count; k++) {
    guint i = order[k];
    const char *name = columns[i].name;
    json_add_uint(nulls, name, statistics[i].null_count);
    g_autofree char *low = bound_text(&columns[i], &statistics[i].min);
    g_autofree char *high = bound_text(&columns[i], &statistics[i].max);
    if (low == NULL || high == NULL || statistics[i].has_nan)
      continue;
    const char *type = stored_type_of(output, name);
    JSON_AUTO(minimum) = statistics_bound(type, low, false);
    JSON_AUTO(maximum) = statistics_bound(type, high, true);
    if (minimum == NULL || maximum == NULL)
      continue;
    json_object_object_add(minimums, name, json_object_get(minimum));
    json_object_object_add(maximums, name, json_object_get(maximum));
  }
  return statistics_object(rows, minimums, maximums, nulls);
}
