/* SPDX-License-Identifier: Apache-2.0 */
#include "report/envelope.h"
#include "report/table.h"
#include "run/run.h"
#include "util/text.h"

static char *
outputs_text(const struct run_result *result, bool colour)
{
  AUTO(table_free) struct table *table = table_new();
  table_column(table, "output", TABLE_LEFT);
  table_column(table, "rows", TABLE_RIGHT);
  table_column(table, "files", TABLE_RIGHT);
  table_column(table, "size", TABLE_RIGHT);
  table_column(table, "version", TABLE_RIGHT);
  table_column(table, "time", TABLE_RIGHT);
  for (guint i = 0; i < result->outputs->len; i++) {
    const struct run_output *output = result->outputs->pdata[i];
    table_row(table);
    table_cell(table, output->name);
    table_cell_take(table, text_count(output->rows));
    table_cell_take(table, text_count(output->files));
    table_cell_take(table, text_bytes(output->size_bytes));
    table_cell_format(table, "%" G_GINT64_FORMAT, output->version);
    table_cell_take(table, text_seconds(output->seconds));
  }
  return table_text(table, colour);
}

const char *
run_output_departure(enum engine_way way)
{
  return way == ENGINE_BY_DUCKDB ? "was left to DuckDB" : "was computed in a pass of its own";
}

/* "note    'x' was left to DuckDB: ...\n" for each output that did not come as it was planned. */
static char *
notes_text(const struct run_result *result)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < result->outputs->len; i++) {
    const struct run_output *output = result->outputs->pdata[i];
    if (output->note != NULL)
      g_string_append_printf(text, "note    '%s' %s: %s\n", output->name,
                             run_output_departure(output->way), output->note);
  }
  return g_string_free(text, FALSE);
}

char *
run_result_text(const struct run_result *result, bool colour)
{
  g_autofree char *outputs = outputs_text(result, colour);
  g_autofree char *stages = timings_text(result->timings, colour);
  g_autofree char *notes = notes_text(result);
  g_autofree char *rows = text_count(result->input_rows);
  g_autofree char *files = text_count(result->input_files);
  g_autofree char *size = text_bytes(result->input_bytes);
  g_autofree char *wall = text_seconds(result->wall_seconds);
  g_autofree char *cpu = text_seconds(result->cpu_seconds);
  g_autofree char *memory = text_bytes(result->peak_memory_bytes);
  return g_strdup_printf(
      "%s\n%s\ninput   %s rows in %s files, %s\nrun     %s, %s of CPU, %s of memory at most\n"
      "%soutput  %s (run %s)\n",
      outputs, stages, rows, files, size, wall, cpu, memory, notes, result->output, result->run_id);
}

static struct json_object *
output_json(const struct run_output *output)
{
  struct json_object *row = json_object_new_object();
  json_add_text(row, "name", output->name);
  json_add_text(row, "job", output->job);
  json_add_int(row, "version", output->version);
  json_add_uint(row, "rows", output->rows);
  json_add_uint(row, "files", output->files);
  json_add_uint(row, "size_bytes", output->size_bytes);
  json_add_real(row, "seconds", output->seconds);
  json_add_object(row, "pass", output->pass == 0 ? NULL : json_object_new_int(output->pass));
  json_add_text(row, "computed_by", engine_way_name(output->way));
  json_add_text(row, "note", output->note);
  return row;
}

struct json_object *
run_result_json(const struct run_result *result)
{
  struct json_object *root = envelope_new("run");
  json_add_text(root, "run_id", result->run_id);
  json_add_text(root, "output", result->output);
  struct json_object *input = json_object_new_object();
  json_add_uint(input, "rows", result->input_rows);
  json_add_uint(input, "files", result->input_files);
  json_add_uint(input, "size_bytes", result->input_bytes);
  json_add_object(root, "input", input);
  struct json_object *outputs = json_object_new_array();
  for (guint i = 0; i < result->outputs->len; i++)
    (void)json_object_array_add(outputs, output_json(result->outputs->pdata[i]));
  json_add_object(root, "outputs", outputs);
  json_add_object(root, "stages", timings_json(result->timings));
  json_add_real(root, "wall_seconds", result->wall_seconds);
  json_add_real(root, "cpu_seconds", result->cpu_seconds);
  json_add_uint(root, "peak_memory_bytes", result->peak_memory_bytes);
  return root;
}
