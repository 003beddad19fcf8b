/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/inventory.h"
#include <string.h>

#define GAP_LIMIT     1000
#define SPARSE_FACTOR 4 /* whole numbers with more room than this between them are no sequence */

/* How a number of the sequence is shown, and what it counts. */
struct scale {
  char *(*show)(gint64 number, const char *name);
  const char *one;
  const char *many;
  const char *name; /* of the column */
};

static char *
show_day(gint64 number, const char *name)
{
  (void)name;
  GDate date;
  g_date_clear(&date, 1);
  g_date_set_julian(&date, (guint32)number);
  return g_strdup_printf("%04u-%02u-%02u", g_date_get_year(&date), (guint)g_date_get_month(&date),
                         (guint)g_date_get_day(&date));
}

static char *
show_month(gint64 number, const char *name)
{
  (void)name;
  return g_strdup_printf("%04" G_GINT64_FORMAT "-%02" G_GINT64_FORMAT, number / 12,
                         number % 12 + 1);
}

static char *
show_number(gint64 number, const char *name)
{
  return g_strdup_printf("%s=%" G_GINT64_FORMAT, name, number);
}

/* -1 when there is no such column, or its values are no whole numbers. */
static int
find_number_column(const struct inventory *inventory, const char *name)
{
  for (guint i = 0; i < inventory->partition_columns->len; i++) {
    const struct inventory_column *column = inventory->partition_columns->pdata[i];
    if (g_ascii_strcasecmp(column->name, name) == 0 && g_str_equal(column->type, "INTEGER"))
      return (int)i;
  }
  return -1;
}

static int
find_only_date(const struct inventory *inventory)
{
  int found = -1;
  for (guint i = 0; i < inventory->partition_columns->len; i++) {
    const struct inventory_column *column = inventory->partition_columns->pdata[i];
    if (!g_str_equal(column->type, "DATE"))
      continue;
    if (found >= 0)
      return -1;
    found = (int)i;
  }
  return found;
}

static int
by_number(gconstpointer a, gconstpointer b)
{
  gint64 left = *(const gint64 *)a, right = *(const gint64 *)b;
  return (left > right) - (left < right);
}

static void
add_gaps(GPtrArray *gaps, GArray *numbers, const struct scale *scale, const char *prefix)
{
  g_array_sort(numbers, by_number);
  for (guint i = 1; i < numbers->len && gaps->len < GAP_LIMIT; i++) {
    gint64 low = g_array_index(numbers, gint64, i - 1);
    gint64 high = g_array_index(numbers, gint64, i);
    if (low == high || high - low == 1)
      continue;
    gint64 count = high - low - 1;
    g_autofree char *first = scale->show(low + 1, scale->name);
    g_autofree char *last = scale->show(high - 1, scale->name);
    const char *unit = count == 1 ? scale->one : scale->many;
    g_ptr_array_add(gaps, count == 1 ? g_strdup_printf("%s%s (1 %s)", prefix, first, unit)
                                     : g_strdup_printf("%s%s .. %s (%" G_GINT64_FORMAT " %s)",
                                                       prefix, first, last, count, unit));
  }
}

static gint64
number_at(const struct inventory *inventory, guint partition, int column)
{
  const struct inventory_partition *row = inventory->partitions->pdata[partition];
  return row->values[column] != NULL ? g_ascii_strtoll(row->values[column], NULL, 10) : G_MININT64;
}

static void
add_day(GArray *numbers, gint64 year, gint64 month, gint64 day)
{
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31 ||
      !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
    return;
  GDate date;
  g_date_clear(&date, 1);
  g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
  gint64 number = g_date_get_julian(&date);
  g_array_append_val(numbers, number);
}

static void
gaps_of_dates(const struct inventory *inventory, int column, GArray *numbers)
{
  for (guint i = 0; i < inventory->partitions->len; i++) {
    const struct inventory_partition *partition = inventory->partitions->pdata[i];
    const char *text = partition->values[column];
    if (text != NULL)
      add_day(numbers, g_ascii_strtoll(text, NULL, 10), g_ascii_strtoll(text + 5, NULL, 10),
              g_ascii_strtoll(text + 8, NULL, 10));
  }
}

static void
gaps_of_days(const struct inventory *inventory, int year, int month, int day, GArray *numbers)
{
  for (guint i = 0; i < inventory->partitions->len; i++)
    add_day(numbers, number_at(inventory, i, year), number_at(inventory, i, month),
            number_at(inventory, i, day));
}

static void
gaps_of_months(const struct inventory *inventory, int year, int month, GArray *numbers)
{
  for (guint i = 0; i < inventory->partitions->len; i++) {
    gint64 y = number_at(inventory, i, year), m = number_at(inventory, i, month);
    gint64 number = y * 12 + m - 1;
    if (y >= 1 && y <= 9999 && m >= 1 && m <= 12)
      g_array_append_val(numbers, number);
  }
}

static bool
same_outer(const struct inventory_partition *a, const struct inventory_partition *b, guint count)
{
  for (guint i = 0; i < count; i++)
    if (g_strcmp0(a->values[i], b->values[i]) != 0)
      return false;
  return true;
}

static bool
is_dense(const GArray *numbers)
{
  gint64 low = g_array_index(numbers, gint64, 0);
  gint64 high = g_array_index(numbers, gint64, numbers->len - 1);
  guint64 span = (guint64)high - (guint64)low;
  return span / SPARSE_FACTOR < numbers->len;
}

/* Partitions are ordered, so those of one outer folder are neighbours and their numbers rise. */
static void
gaps_of_innermost(const struct inventory *inventory, GPtrArray *gaps)
{
  guint inner = inventory->partition_columns->len - 1;
  const struct inventory_column *column = inventory->partition_columns->pdata[inner];
  const struct scale scale = {show_number, "value", "values", column->name};
  if (!g_str_equal(column->type, "INTEGER") && !g_str_equal(column->type, "BIGINT"))
    return;
  for (guint begin = 0, end; begin < inventory->partitions->len; begin = end) {
    const struct inventory_partition *first = inventory->partitions->pdata[begin];
    g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
    for (end = begin; end < inventory->partitions->len; end++) {
      const struct inventory_partition *partition = inventory->partitions->pdata[end];
      if (!same_outer(first, partition, inner))
        break;
      gint64 number = number_at(inventory, end, (int)inner);
      if (partition->values[inner] != NULL)
        g_array_append_val(numbers, number);
    }
    const char *slash = strrchr(first->folder, '/');
    g_autofree char *prefix =
        slash != NULL && inner > 0
            ? g_strdup_printf("%.*s/", (int)(slash - first->folder), first->folder)
            : g_strdup("");
    if (numbers->len > 1 && is_dense(numbers))
      add_gaps(gaps, numbers, &scale, prefix);
  }
}

GPtrArray *
inventory_gaps(const struct inventory *inventory)
{
  GPtrArray *gaps = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(gint64));
  const struct scale days = {show_day, "day", "days", NULL};
  const struct scale months = {show_month, "month", "months", NULL};
  int date = find_only_date(inventory);
  int year = find_number_column(inventory, "year");
  int month = find_number_column(inventory, "month");
  int day = find_number_column(inventory, "day");
  if (date >= 0) {
    gaps_of_dates(inventory, date, numbers);
    add_gaps(gaps, numbers, &days, "");
  } else if (year >= 0 && month >= 0 && day >= 0) {
    gaps_of_days(inventory, year, month, day, numbers);
    add_gaps(gaps, numbers, &days, "");
  } else if (year >= 0 && month >= 0) {
    gaps_of_months(inventory, year, month, numbers);
    add_gaps(gaps, numbers, &months, "");
  } else if (inventory->partition_columns->len > 0) {
    gaps_of_innermost(inventory, gaps);
  }
  return gaps;
}
