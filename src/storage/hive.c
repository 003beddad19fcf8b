/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/hive.h"
#include <errno.h>
#include <string.h>

/* RFC 3986's unreserved characters: what DuckDB leaves as they are. */
static bool
is_plain(char byte)
{
  return g_ascii_isalnum(byte) || byte == '-' || byte == '.' || byte == '_' || byte == '~';
}

static bool
is_null(const char *text, gsize length)
{
  return (length == strlen(HIVE_NULL) && strncmp(text, HIVE_NULL, length) == 0) ||
         (length == 4 && g_ascii_strncasecmp(text, "NULL", 4) == 0);
}

static void
append_byte(GString *out, char byte)
{
  g_string_append_printf(out, "%%%02X", (guint)(guchar)byte);
}

/* What Spark leaves as it is in a name, so that readers that do not decode names find the columns all the same. */
static bool
is_plain_in_name(char byte)
{
  return (guchar)byte >= ' ' && byte != 0x7f && strchr("\"#%'*/:=?\\{[]^", byte) == NULL;
}

static void
append_encoded(GString *out, const char *text, bool (*is_kept)(char byte))
{
  for (; *text != '\0'; text++) {
    if (is_kept(*text))
      g_string_append_c(out, *text);
    else
      append_byte(out, *text);
  }
}

char *
hive_format(const char *name, const char *text)
{
  GString *out = g_string_new(NULL);
  append_encoded(out, name, is_plain_in_name);
  g_string_append_c(out, '=');
  if (text == NULL) {
    g_string_append(out, HIVE_NULL);
  } else if (is_null(text, strlen(text))) {
    append_byte(out, text[0]);
    append_encoded(out, text + 1, is_plain);
  } else {
    append_encoded(out, text, is_plain);
  }
  return g_string_free(out, FALSE);
}

/* As spelt when the decoded bytes are no text; *ret_invalid is then set. */
static char *
decode(const char *text, gsize length, bool *ret_invalid)
{
  GString *out = g_string_sized_new(length);
  for (gsize i = 0; i < length; i++) {
    bool code = text[i] == '%' && length - i > 2 && g_ascii_isxdigit(text[i + 1]) &&
                g_ascii_isxdigit(text[i + 2]);
    if (code) {
      int byte = g_ascii_xdigit_value(text[i + 1]) * 16 + g_ascii_xdigit_value(text[i + 2]);
      g_string_append_c(out, (char)byte);
      i += 2;
    } else {
      g_string_append_c(out, text[i]);
    }
  }
  if (g_utf8_validate_len(out->str, out->len, NULL))
    return g_string_free(out, FALSE);
  g_string_free(out, TRUE);
  *ret_invalid = true;
  return g_utf8_make_valid(text, (gssize)length);
}

bool
hive_parse(const char *folder, gsize length, struct hive_value *ret_value)
{
  const char *equals = memchr(folder, '=', length);
  if (equals == NULL || equals == folder)
    return false;
  gsize name_length = (gsize)(equals - folder);
  const char *text = equals + 1;
  gsize text_length = length - name_length - 1;
  struct hive_value value = {0};
  value.name = decode(folder, name_length, &value.invalid);
  if (!is_null(text, text_length))
    value.text = decode(text, text_length, &value.invalid);
  *ret_value = value;
  return true;
}

char *
hive_spelling(const char *path, const char *name)
{
  for (const char *at = path, *slash; (slash = strchr(at, '/')) != NULL; at = slash + 1) {
    struct hive_value value = {0};
    if (!hive_parse(at, (gsize)(slash - at), &value))
      continue;
    bool found = g_str_equal(value.name, name);
    hive_value_clear(&value);
    if (found)
      return g_strndup(at, (gsize)(strchr(at, '=') - at));
  }
  return NULL;
}

void
hive_value_clear(struct hive_value *value)
{
  g_clear_pointer(&value->name, g_free);
  g_clear_pointer(&value->text, g_free);
}

/* Digits with at most one sign, within 64 bits. */
static bool
whole_number(const char *text, gint64 *ret_number)
{
  const char *digits = text + (*text == '-' || *text == '+');
  if (*digits == '\0' || digits[strspn(digits, "0123456789")] != '\0')
    return false;
  errno = 0;
  *ret_number = g_ascii_strtoll(text, NULL, 10);
  return errno == 0;
}

static bool
is_date(const char *text)
{
  static const char shape[] = "dddd-dd-dd";
  if (strlen(text) != strlen(shape))
    return false;
  for (gsize i = 0; shape[i] != '\0'; i++)
    if (shape[i] == '-' ? text[i] != '-' : !g_ascii_isdigit(text[i]))
      return false;
  guint year = (guint)g_ascii_strtoull(text, NULL, 10);
  guint month = (guint)g_ascii_strtoull(text + 5, NULL, 10);
  guint day = (guint)g_ascii_strtoull(text + 8, NULL, 10);
  return year >= 1 && g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year);
}

const char *
hive_common_type(const char *const *texts, gsize count)
{
  bool whole = true, small = true, date = true, any = false;
  for (gsize i = 0; i < count; i++) {
    if (texts[i] == NULL)
      continue;
    gint64 number = 0;
    any = true;
    whole = whole && whole_number(texts[i], &number);
    small = small && whole && number >= G_MININT32 && number <= G_MAXINT32;
    date = date && is_date(texts[i]);
  }
  if (any && whole)
    return small ? "INTEGER" : "BIGINT";
  return any && date ? "DATE" : "VARCHAR";
}

char *
hive_canonical(const char *type, const char *text)
{
  bool number_type = g_str_equal(type, "INTEGER") || g_str_equal(type, "BIGINT");
  gint64 number = 0;
  if (text != NULL && number_type && whole_number(text, &number))
    return g_strdup_printf("%" G_GINT64_FORMAT, number);
  return g_strdup(text);
}

int
hive_compare(const char *type, const char *left, const char *right)
{
  if (left == NULL || right == NULL)
    return (left == NULL) - (right == NULL);
  bool number_type = g_str_equal(type, "INTEGER") || g_str_equal(type, "BIGINT");
  gint64 a = 0, b = 0;
  if (number_type && whole_number(left, &a) && whole_number(right, &b))
    return (a > b) - (a < b);
  return strcmp(left, right);
}
