/* SPDX-License-Identifier: Apache-2.0 */
#include "report/timings.h"
#include "report/table.h"
#include "util/clock.h"
#include "util/text.h"
#include <string.h>

struct stage {
  char *name;
  double seconds;
};

struct timings {
  GPtrArray *stages;  /* struct stage */
  struct stage *open; /* borrowed from stages, or NULL */
  double opened_at;
};

static void
stage_free(gpointer data)
{
  struct stage *stage = data;
  g_free(stage->name);
  g_free(stage);
}

struct timings *
timings_new(void)
{
  struct timings *timings = g_new0(struct timings, 1);
  timings->stages = g_ptr_array_new_with_free_func(stage_free);
  return timings;
}

void
timings_free(struct timings *timings)
{
  if (timings == NULL)
    return;
  g_ptr_array_unref(timings->stages);
  g_free(timings);
}

static struct stage *
find_or_add(struct timings *timings, const char *name)
{
  for (guint i = 0; i < timings->stages->len; i++) {
    struct stage *stage = g_ptr_array_index(timings->stages, i);
    if (strcmp(stage->name, name) == 0)
      return stage;
  }
  struct stage *stage = g_new0(struct stage, 1);
  stage->name = g_strdup(name);
  g_ptr_array_add(timings->stages, stage);
  return stage;
}

void
timings_end(struct timings *timings)
{
  if (timings == NULL || timings->open == NULL)
    return;
  timings->open->seconds += clock_seconds() - timings->opened_at;
  timings->open = NULL;
}

void
timings_begin(struct timings *timings, const char *stage)
{
  if (timings == NULL)
    return;
  timings_end(timings);
  timings->open = find_or_add(timings, stage);
  timings->opened_at = clock_seconds();
}

void
timings_add(struct timings *timings, const char *stage, double seconds)
{
  if (timings != NULL)
    find_or_add(timings, stage)->seconds += seconds;
}

guint
timings_count(const struct timings *timings)
{
  return timings == NULL ? 0 : timings->stages->len;
}

const char *
timings_stage(const struct timings *timings, guint i, double *ret_seconds)
{
  const struct stage *stage = g_ptr_array_index(timings->stages, i);
  if (ret_seconds != NULL)
    *ret_seconds = stage->seconds;
  return stage->name;
}

double
timings_total(const struct timings *timings)
{
  double total = 0;
  for (guint i = 0; i < timings_count(timings); i++) {
    double seconds;
    (void)timings_stage(timings, i, &seconds);
    total += seconds;
  }
  return total;
}

static double
share_of(double seconds, double total)
{
  return total > 0 ? seconds / total : 0;
}

char *
timings_text(const struct timings *timings, bool colour)
{
  AUTO(table_free) struct table *table = table_new();
  double total = timings_total(timings);
  table_column(table, "stage", TABLE_LEFT);
  table_column(table, "time", TABLE_RIGHT);
  table_column(table, "share", TABLE_RIGHT);
  for (guint i = 0; i < timings_count(timings); i++) {
    double seconds;
    table_row(table);
    table_cell(table, timings_stage(timings, i, &seconds));
    table_cell_take(table, text_seconds(seconds));
    table_cell_format(table, "%.0f %%", 100 * share_of(seconds, total));
  }
  return table_text(table, colour);
}

struct json_object *
timings_json(const struct timings *timings)
{
  struct json_object *array = json_object_new_array();
  double total = timings_total(timings);
  for (guint i = 0; i < timings_count(timings); i++) {
    double seconds;
    struct json_object *stage = json_object_new_object();
    json_add_text(stage, "stage", timings_stage(timings, i, &seconds));
    json_add_real(stage, "seconds", seconds);
    json_add_real(stage, "share", share_of(seconds, total));
    (void)json_object_array_add(array, stage);
  }
  return array;
}
