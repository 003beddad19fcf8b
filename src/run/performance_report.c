/* SPDX-License-Identifier: Apache-2.0 */
#include "report/envelope.h"
#include "report/table.h"
#include "run/performance.h"
#include "util/text.h"

static char *
spread(const struct performance_side *side)
{
  g_autofree char *median = text_seconds(side->median_seconds);
  return g_strdup_printf("%s (%.2f - %.2f)", median, side->lowest_seconds, side->highest_seconds);
}

static void
add_row(struct table *table, const char *name, const struct performance_side *plain,
        const struct performance_side *optimised, double speed_up, const char *equal)
{
  table_row(table);
  table_cell(table, name);
  table_cell_take(table, spread(plain));
  table_cell_take(table, spread(optimised));
  table_cell_format(table, "%.2f x", speed_up);
  table_cell_format(table, "%.2f s", plain->cpu_seconds);
  table_cell_format(table, "%.2f s", optimised->cpu_seconds);
  table_cell_take(table, text_bytes(plain->peak_memory_bytes));
  table_cell_take(table, text_bytes(optimised->peak_memory_bytes));
  table_cell(table, equal);
}

static char *
verdicts(const struct performance_result *result)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < result->outputs->len; i++) {
    const struct performance_output *output = result->outputs->pdata[i];
    if (!output->equal)
      g_string_append_printf(text,
                             "WRONG: '%s': the optimised result differs from the plain one: %s\n",
                             output->name, output->difference);
    else if (output->speed_up < 1.0)
      g_string_append_printf(text, "'%s' is slower optimised: %.2f times the plain time\n",
                             output->name, 1.0 / output->speed_up);
  }
  if (result->speed_up < 1.0)
    g_string_append_printf(text, "optimised is NOT faster in all: %.2f times the plain time\n",
                           1.0 / result->speed_up);
  else
    g_string_append_printf(text, "optimised is %.2f times as fast in all\n", result->speed_up);
  if (result->all_equal)
    g_string_append(text, "all results are equal, cell by cell\n");
  return g_string_free(text, FALSE);
}

char *
performance_text(const struct performance_result *result, bool colour)
{
  AUTO(table_free) struct table *table = table_new();
  table_column(table, "output", TABLE_LEFT);
  static const char *const headings[] = {"plain",    "optimised",    "speed-up",   "CPU plain",
                                         "CPU opt.", "memory plain", "memory opt."};
  for (gsize i = 0; i < G_N_ELEMENTS(headings); i++)
    table_column(table, headings[i], TABLE_RIGHT);
  table_column(table, "results", TABLE_LEFT);
  for (guint i = 0; i < result->outputs->len; i++) {
    const struct performance_output *output = result->outputs->pdata[i];
    add_row(table, output->name, &output->plain, &output->optimised, output->speed_up,
            output->equal ? "equal" : "DIFFERENT");
  }
  add_row(table, "all", &result->plain, &result->optimised, result->speed_up,
          result->all_equal ? "equal" : "DIFFERENT");
  g_autofree char *rows = table_text(table, colour);
  g_autofree char *words = verdicts(result);
  return g_strdup_printf("%s\nmedian of %u runs after a warm-up (lowest - highest)\n%s", rows,
                         result->runs, words);
}

static struct json_object *
side_json(const struct performance_side *side)
{
  struct json_object *object = json_object_new_object();
  json_add_real(object, "median_seconds", side->median_seconds);
  json_add_real(object, "lowest_seconds", side->lowest_seconds);
  json_add_real(object, "highest_seconds", side->highest_seconds);
  json_add_real(object, "cpu_seconds", side->cpu_seconds);
  json_add_uint(object, "peak_memory_bytes", side->peak_memory_bytes);
  return object;
}

static void
add_sides(struct json_object *object, const struct performance_side *plain,
          const struct performance_side *optimised, double speed_up)
{
  json_add_object(object, "plain", side_json(plain));
  json_add_object(object, "optimised", side_json(optimised));
  json_add_real(object, "speed_up", speed_up);
}

struct json_object *
performance_json(const struct performance_result *result)
{
  struct json_object *root = envelope_new("run");
  struct json_object *test = json_object_new_object();
  json_add_uint(test, "runs", result->runs);
  json_add_flag(test, "all_equal", result->all_equal);
  add_sides(test, &result->plain, &result->optimised, result->speed_up);
  struct json_object *outputs = json_object_new_array();
  for (guint i = 0; i < result->outputs->len; i++) {
    const struct performance_output *output = result->outputs->pdata[i];
    struct json_object *row = json_object_new_object();
    json_add_text(row, "name", output->name);
    json_add_uint(row, "rows", output->rows);
    json_add_flag(row, "equal", output->equal);
    json_add_text(row, "difference", output->difference);
    add_sides(row, &output->plain, &output->optimised, output->speed_up);
    (void)json_object_array_add(outputs, row);
  }
  json_add_object(test, "outputs", outputs);
  json_add_object(root, "performance_test", test);
  return root;
}
