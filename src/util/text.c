/* SPDX-License-Identifier: Apache-2.0 */
#include "util/text.h"
#include "util/error.h"
#include <math.h>
#include <string.h>
#include <time.h>

struct unit {
  const char *name;
  guint64 factor;
};

static const struct unit size_units[] = {
    {"", 1},
    {"B", 1},
    {"kB", 1000},
    {"MB", 1000000},
    {"GB", 1000000000},
    {"TB", 1000000000000},
    {"KiB", 1ull << 10},
    {"MiB", 1ull << 20},
    {"GiB", 1ull << 30},
    {"TiB", 1ull << 40},
};

static const struct unit duration_units[] = {
    {"s", 1000}, {"m", 60 * 1000}, {"h", 3600 * 1000}, {"d", 86400 * 1000}, {"w", 7 * 86400 * 1000},
};

#define FRACTION_DIGITS 9
#define FRACTION_SCALE  1000000000u
#define DURATION_LIMIT  (G_GINT64_CONSTANT(36525) * 86400 * 1000)

/* "12", "1.5": billionths, at most 2^63 of them times 2; rest points behind the number and its
 * spaces. */
static bool
read_decimal(const char *text, guint64 *ret_whole, guint32 *ret_billionths, const char **ret_rest)
{
  guint64 whole = 0;
  const char *at = text;
  for (; g_ascii_isdigit(*at); at++) {
    if (!g_uint64_checked_mul(&whole, whole, 10) ||
        !g_uint64_checked_add(&whole, whole, (guint64)(*at - '0')))
      return false;
  }
  if (at == text)
    return false;
  guint32 fraction = 0;
  if (*at == '.') {
    guint32 scale = FRACTION_SCALE / 10;
    const char *first = ++at;
    for (; g_ascii_isdigit(*at) && at - first < FRACTION_DIGITS; at++, scale /= 10)
      fraction += (guint32)(*at - '0') * scale;
    if (at == first)
      return false;
  }
  while (*at == ' ')
    at++;
  *ret_whole = whole;
  *ret_billionths = fraction;
  *ret_rest = at;
  return true;
}

static bool
scale_decimal(guint64 whole, guint32 billionths, guint64 factor, guint64 *ret_value)
{
  guint64 value;
  if (!g_uint64_checked_mul(&value, whole, factor))
    return false;
  guint64 part = (guint64)((double)billionths / FRACTION_SCALE * (double)factor);
  return g_uint64_checked_add(ret_value, value, part);
}

static const struct unit *
find_unit(const struct unit *units, gsize count, const char *name)
{
  for (gsize i = 0; i < count; i++) {
    if (g_ascii_strcasecmp(units[i].name, name) == 0)
      return &units[i];
  }
  return NULL;
}

static bool
refuse_size(const char *text, const char *reason, GError **error)
{
  error_set(error, ERROR_USAGE, "'%s' is not a size: %s", text, reason);
  return error_hint(error,
                    "Write 512MB, 4GiB or 80%%; kB, MB, GB, TB are powers of 1000, KiB, MiB, "
                    "GiB, TiB powers of 1024.");
}

static bool
percent_of(const char *text, guint64 whole, guint32 billionths, guint64 total_bytes,
           guint64 *ret_bytes, GError **error)
{
  if (total_bytes == 0)
    return refuse_size(text, "there is no total that a share could be of", error);
  if (whole > 100 || (whole == 100 && billionths > 0))
    return refuse_size(text, "more than 100 %", error);
  double share = ((double)whole + (double)billionths / FRACTION_SCALE) / 100;
  guint64 bytes = (guint64)(share * (double)total_bytes);
  if (bytes == 0)
    return refuse_size(text, "it is zero", error);
  *ret_bytes = MIN(bytes, total_bytes);
  return true;
}

bool
text_parse_size(const char *text, guint64 total_bytes, guint64 *ret_bytes, GError **error)
{
  guint64 whole;
  guint32 billionths;
  const char *rest;
  if (!read_decimal(text, &whole, &billionths, &rest))
    return refuse_size(text, "it does not begin with a number that can be counted", error);
  if (strcmp(rest, "%") == 0)
    return percent_of(text, whole, billionths, total_bytes, ret_bytes, error);
  const struct unit *unit = find_unit(size_units, G_N_ELEMENTS(size_units), rest);
  if (unit == NULL)
    return refuse_size(text, "unknown unit", error);
  guint64 bytes;
  if (!scale_decimal(whole, billionths, unit->factor, &bytes))
    return refuse_size(text, "it is too large", error);
  if (bytes == 0)
    return refuse_size(text, "it is zero", error);
  *ret_bytes = bytes;
  return true;
}

bool
text_parse_duration(const char *text, gint64 *ret_ms, GError **error)
{
  guint64 whole;
  guint32 billionths;
  const char *rest;
  guint64 ms;
  const struct unit *unit = NULL;
  if (read_decimal(text, &whole, &billionths, &rest))
    unit = find_unit(duration_units, G_N_ELEMENTS(duration_units), rest);
  if (unit == NULL) {
    error_set(error, ERROR_USAGE, "'%s' is not a duration", text);
    return error_hint(error, "Write a number and s, m, h, d or w: 90s, 30m, 12h, 7d, 2w.");
  }
  if (!scale_decimal(whole, billionths, unit->factor, &ms) || ms > (guint64)DURATION_LIMIT)
    return error_set(error, ERROR_USAGE, "'%s' is too long: at most 100 years", text);
  *ret_ms = (gint64)ms;
  return true;
}

bool
text_parse_count(const char *text, guint64 lowest, guint64 highest, guint64 *ret_count,
                 GError **error)
{
  if (g_ascii_string_to_unsigned(text, 10, lowest, highest, ret_count, NULL))
    return true;
  if (highest == G_MAXUINT64)
    return error_set(error, ERROR_USAGE,
                     "'%s' is not a whole number of at least %" G_GUINT64_FORMAT, text, lowest);
  return error_set(error, ERROR_USAGE,
                   "'%s' is not a whole number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT,
                   text, lowest, highest);
}

char *
text_bytes(guint64 bytes)
{
  static const char *const names[] = {"kB", "MB", "GB", "TB", "PB", "EB"};
  if (bytes < 1000)
    return g_strdup_printf("%" G_GUINT64_FORMAT " B", bytes);
  double value = (double)bytes / 1000;
  gsize unit = 0;
  for (; value >= 999.5 && unit + 1 < G_N_ELEMENTS(names); unit++)
    value /= 1000;
  return g_strdup_printf(value < 9.95 ? "%.1f %s" : "%.0f %s", value, names[unit]);
}

char *
text_count(guint64 count)
{
  g_autofree char *digits = g_strdup_printf("%" G_GUINT64_FORMAT, count);
  gsize length = strlen(digits);
  GString *grouped = g_string_new(NULL);
  for (gsize i = 0; i < length; i++) {
    if (i > 0 && (length - i) % 3 == 0)
      g_string_append_c(grouped, ',');
    g_string_append_c(grouped, digits[i]);
  }
  return g_string_free(grouped, FALSE);
}

char *
text_seconds(double seconds)
{
  if (!(seconds > 0)) /* NaN too */
    seconds = 0;
  if (seconds < 0.995)
    return g_strdup_printf("%.2f s", seconds);
  if (seconds < 59.95)
    return g_strdup_printf("%.1f s", seconds);
  guint64 whole = seconds < 1e15 ? (guint64)(seconds + 0.5) : (guint64)1e15;
  if (whole < 3600)
    return g_strdup_printf("%" G_GUINT64_FORMAT " min %02u s", whole / 60, (guint)(whole % 60));
  return g_strdup_printf("%" G_GUINT64_FORMAT " h %02u min", whole / 3600,
                         (guint)(whole % 3600 / 60));
}

char *
text_utc(gint64 ms)
{
  gint64 seconds = ms / 1000 - (ms % 1000 < 0 ? 1 : 0);
  time_t when = (time_t)seconds;
  struct tm parts;
  if (gmtime_r(&when, &parts) == NULL)
    return g_strdup_printf("%" G_GINT64_FORMAT " ms", ms);
  return g_strdup_printf("%04d-%02d-%02dT%02d:%02d:%02dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                         parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
}

static char *
quote(const char *value, char mark)
{
  GString *quoted = g_string_new(NULL);
  g_string_append_c(quoted, mark);
  for (const char *at = value; *at != '\0'; at++) {
    if (*at == mark)
      g_string_append_c(quoted, mark);
    g_string_append_c(quoted, *at);
  }
  g_string_append_c(quoted, mark);
  return g_string_free(quoted, FALSE);
}

char *
text_shorten(const char *text, gsize bytes)
{
  gsize kept = strlen(text);
  if (kept <= bytes)
    return g_strdup(text);
  for (kept = bytes; kept > 0 && ((guchar)text[kept] & 0xc0) == 0x80;)
    kept--;
  return g_strdup_printf("%.*s...", (int)kept, text);
}

char *
text_sql_string(const char *value)
{
  return quote(value, '\'');
}

char *
text_sql_name(const char *name)
{
  return quote(name, '"');
}

char *
text_sql_file(const char *path)
{
  g_autoptr(GString) pattern = g_string_new(NULL);
  for (const char *at = path; *at != '\0'; at++)
    g_string_append_printf(pattern, strchr("*?[", *at) != NULL ? "[%c]" : "%c", *at);
  return text_sql_string(pattern->str);
}

struct text_position
text_position_of(const char *text, gsize offset)
{
  struct text_position position = {.line = 1, .column = 1};
  for (gsize i = 0; i < offset && text[i] != '\0'; i++) {
    bool continues = ((guchar)text[i] & 0xC0) == 0x80;
    if (text[i] == '\n')
      position = (struct text_position){.line = position.line + 1, .column = 1};
    else if (!continues)
      position.column++;
  }
  return position;
}
