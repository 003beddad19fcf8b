/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/kernel.h"
#include "util/text.h"

static void
add_rollup_line(const struct kernel_pass *pass, guint number, GString *text)
{
  const struct plan_rollup *rollup = kernel_pass_rollup(pass, number);
  struct rollup_outcome outcome = rollup_pass_outcome(pass->rollups, number);
  if (outcome.kind == ROLLUP_GAVE_UP) {
    g_string_append_printf(text, "%s: left to DuckDB: %s\n", rollup->name, outcome.reason);
    return;
  }
  g_autofree char *groups = text_count(outcome.groups);
  g_autofree char *memory = text_bytes(outcome.memory_bytes);
  g_string_append_printf(text, "%s: %s groups, %s%s%s, %s%s\n", rollup->name, groups,
                         outcome.strategy, outcome.distinct == NULL ? "" : ", ",
                         outcome.distinct == NULL ? "" : outcome.distinct, memory,
                         outcome.kind == ROLLUP_STREAMED ? ", written while it is computed" : "");
}

static void
add_pass_line(const struct kernel_pass *pass, GString *text)
{
  struct rollup_report report = rollup_pass_report(pass->rollups);
  g_autofree char *rows = text_count(report.rows);
  g_autofree char *runs = text_count(report.runs);
  g_autofree char *entities = text_count(report.entities);
  g_autofree char *peak = text_bytes(report.peak_bytes);
  g_autofree char *seconds = text_seconds(pass->seconds);
  g_string_append_printf(text, "pass %u: %s rows, %s runs%s, %s entities, read ",
                         pass->planned->number, rows, runs,
                         report.found ? " found while reading" : "", entities);
  g_string_append_printf(text, "%" G_GUINT64_FORMAT " time%s, %s, %s at most\n", report.passes,
                         report.passes == 1 ? "" : "s", seconds, peak);
}

char *
kernel_pass_text(const struct kernel_pass *pass, guint output)
{
  GString *text = g_string_new(NULL);
  if (pass->rollups != NULL)
    add_pass_line(pass, text);
  for (guint i = 0; i < pass->restarts->len; i++)
    g_string_append_printf(text, "pass %u started again: %s\n", pass->planned->number,
                           (const char *)g_ptr_array_index(pass->restarts, i));
  if (pass->rollups == NULL)
    g_string_append_printf(text, "left to DuckDB: %s\n", pass->failure);
  for (guint i = 0; pass->rollups != NULL && i < pass->spec->numbers->len; i++)
    if (kernel_pass_output_of(pass, i) == output)
      add_rollup_line(pass, i, text);
  return g_string_free(text, FALSE);
}

static struct json_object *
rollup_json(const struct kernel_pass *pass, guint number)
{
  struct rollup_outcome outcome = rollup_pass_outcome(pass->rollups, number);
  struct json_object *json = json_object_new_object();
  json_add_text(json, "name", kernel_pass_rollup(pass, number)->name);
  json_add_uint(json, "groups", outcome.groups);
  json_add_text(json, "strategy", outcome.strategy);
  json_add_text(json, "distinct", outcome.distinct);
  json_add_uint(json, "memory_bytes", outcome.memory_bytes);
  json_add_flag(json, "streamed", outcome.kind == ROLLUP_STREAMED);
  json_add_text(json, "reason", outcome.reason);
  return json;
}

static void
add_report(const struct kernel_pass *pass, struct json_object *json)
{
  struct rollup_report report = rollup_pass_report(pass->rollups);
  json_add_uint(json, "rows", report.rows);
  json_add_uint(json, "runs", report.runs);
  json_add_flag(json, "runs_found", report.found);
  json_add_uint(json, "ranges", report.ranges);
  json_add_uint(json, "range_threads", report.range_workers);
  json_add_uint(json, "entities", report.entities);
  json_add_uint(json, "passes", report.passes);
  json_add_uint(json, "peak_bytes", report.peak_bytes);
}

struct json_object *
kernel_pass_json(const struct kernel_pass *pass, guint output)
{
  struct json_object *json = json_object_new_object();
  struct json_object *restarts = json_object_new_array();
  struct json_object *rollups = json_object_new_array();
  json_add_uint(json, "pass", pass->planned->number);
  if (pass->rollups != NULL)
    add_report(pass, json);
  json_add_real(json, "seconds", pass->seconds);
  for (guint i = 0; i < pass->restarts->len; i++)
    (void)json_object_array_add(restarts,
                                json_object_new_string(g_ptr_array_index(pass->restarts, i)));
  for (guint i = 0; pass->rollups != NULL && i < pass->spec->numbers->len; i++)
    if (kernel_pass_output_of(pass, i) == output)
      (void)json_object_array_add(rollups, rollup_json(pass, i));
  json_add_object(json, "restarts", restarts);
  json_add_object(json, "rollups", rollups);
  json_add_text(json, "reason", kernel_pass_refusal(pass, output));
  return json;
}
