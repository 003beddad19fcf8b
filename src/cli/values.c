/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/values.h"
#include "cli/parse.h"
#include "util/error.h"
#include "util/machine.h"
#include "util/text.h"
#include <math.h>
#include <string.h>

void
cli_values_free(struct cli_values *values)
{
  if (values == NULL)
    return;
  for (guint i = 0; i < OPTION_IDS; i++)
    g_clear_pointer(&values->options[i].texts, g_ptr_array_unref);
  g_ptr_array_unref(values->arguments);
  g_free(values);
}

static bool
read_choice(const struct option *option, const char *text, struct cli_value *value, GError **error)
{
  for (gsize i = 0; option->choices[i] != NULL; i++) {
    if (strcmp(option->choices[i], text) == 0) {
      value->number = i;
      return true;
    }
  }
  g_autofree char *list = g_strjoinv(", ", (char **)(gintptr)option->choices);
  error_set(error, ERROR_USAGE, "'%s' is none of %s", text, list);
  const char *nearest = text_nearest(text, option->choices);
  return nearest == NULL ? false : error_hint(error, "Did you mean '%s'?", nearest);
}

static bool
read_real(const char *text, double *ret_real, GError **error)
{
  char *end = NULL;
  double real = g_ascii_strtod(text, &end);
  bool starts_well = g_ascii_isdigit(text[0]) || text[0] == '.';
  if (!starts_well || end == text || *end != '\0' || !isfinite(real) || real < 0 || real > 1 ||
      strpbrk(text, "xX") != NULL)
    return error_set(error, ERROR_USAGE, "'%s' is not a number from 0 to 1", text);
  *ret_real = real;
  return true;
}

static bool
read_date(const char *text, GError **error)
{
  g_auto(GStrv) parts = g_strsplit(text, "-", -1);
  guint64 year;
  guint64 month;
  guint64 day;
  bool read = strlen(text) == strlen("YYYY-MM-DD") && g_strv_length(parts) == 3 &&
              strlen(parts[0]) == 4 && strlen(parts[1]) == 2 &&
              text_parse_count(parts[0], 1, 9999, &year, NULL) &&
              text_parse_count(parts[1], 1, 12, &month, NULL) &&
              text_parse_count(parts[2], 1, 31, &day, NULL) &&
              g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year);
  return read || error_set(error, ERROR_USAGE, "'%s' is not a date like 2024-01-31", text);
}

bool
values_check_text(const char *text, gsize limit_bytes, GError **error)
{
  if (*text == '\0')
    return error_set(error, ERROR_USAGE, "the value is empty");
  if (strlen(text) > limit_bytes)
    return error_set(error, ERROR_USAGE, "the value is longer than %" G_GSIZE_FORMAT " bytes",
                     limit_bytes);
  return g_utf8_validate(text, -1, NULL) || error_set(error, ERROR_USAGE, "'%s' is no UTF-8", text);
}

static bool
read_typed(const struct option *option, const char *text, struct cli_value *value, GError **error)
{
  switch (option->type) {
  case OPTION_TYPE_FLAG:
    value->number = 1;
    return true;
  case OPTION_TYPE_TEXT:
    return values_check_text(text, VALUES_TEXT_LIMIT, error);
  case OPTION_TYPE_PATH:
    return values_check_text(text, VALUES_PATH_LIMIT, error);
  case OPTION_TYPE_COUNT:
    return text_parse_count(text, option->lowest, option->highest, &value->number, error);
  case OPTION_TYPE_SIZE:
    return text_parse_size(text, machine_memory_bytes(), &value->number, error);
  case OPTION_TYPE_DURATION:
    return text_parse_duration(text, &value->ms, error);
  case OPTION_TYPE_REAL:
    return read_real(text, &value->real, error);
  case OPTION_TYPE_DATE:
    return read_date(text, error);
  case OPTION_TYPE_CHOICE:
    return read_choice(option, text, value, error);
  }
  return false;
}

static bool
set_value(struct cli_values *values, enum option_id id, const char *text, const char *where,
          GError **error)
{
  struct cli_value *value = &values->options[id];
  if (!read_typed(&option_table[id], text, value, error))
    return error_prefix(error, "%s: ", where);
  if (value->texts == NULL)
    value->texts = g_ptr_array_new();
  g_ptr_array_add(value->texts, (gpointer)(gintptr)text);
  return true;
}

bool
values_give(struct cli_values *values, enum option_id id, const char *text, GError **error)
{
  const struct option *option = &option_table[id];
  struct cli_value *value = &values->options[id];
  g_autofree char *where = g_strdup_printf("--%s", option->name);
  if (value->given && !option->repeats)
    return error_set(error, ERROR_USAGE, "--%s is given twice", option->name);
  if (option->needs != NULL)
    return error_set(error, ERROR_USAGE, "--%s needs %s, which this build does not have yet",
                     option->name, option->needs);
  if (!set_value(values, id, text, where, error))
    return false;
  value->given = true;
  if (id == OPTION_ENGINE && strcmp(text, "spark") == 0) {
    error_set(error, ERROR_USAGE, "--engine spark: this build has no Spark engine yet");
    return error_hint(error, "Leave --engine out to compute on this machine.");
  }
  return true;
}

bool
values_complete(struct cli_values *values, guint64 options, GError **error)
{
  for (guint id = 0; id < OPTION_IDS; id++) {
    const struct option *option = &option_table[id];
    const char *from = option->environment == NULL ? NULL : g_getenv(option->environment);
    if (values->options[id].given || (options & OPTION_BIT(id)) == 0)
      continue;
    if (from != NULL && *from != '\0') {
      if (!set_value(values, (enum option_id)id, from, option->environment, error))
        return false;
      values->options[id].given = true;
    } else if (option->otherwise != NULL) {
      if (!set_value(values, (enum option_id)id, option->otherwise, "default", error))
        return false;
    }
  }
  return true;
}

bool
cli_flag(const struct cli_values *values, enum option_id id)
{
  return values->options[id].given;
}

const char *
cli_text(const struct cli_values *values, enum option_id id)
{
  return cli_nth(values, id, 0);
}

guint64
cli_number(const struct cli_values *values, enum option_id id)
{
  return values->options[id].number;
}

gint64
cli_ms(const struct cli_values *values, enum option_id id)
{
  return values->options[id].texts == NULL ? -1 : values->options[id].ms;
}

double
cli_real(const struct cli_values *values, enum option_id id)
{
  return values->options[id].real;
}

guint
cli_count(const struct cli_values *values, enum option_id id)
{
  return values->options[id].texts == NULL ? 0 : values->options[id].texts->len;
}

const char *
cli_nth(const struct cli_values *values, enum option_id id, guint i)
{
  return i < cli_count(values, id) ? g_ptr_array_index(values->options[id].texts, i) : NULL;
}
