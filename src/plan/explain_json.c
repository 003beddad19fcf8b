/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/explain.h"
#include "util/text.h"

static void
append(struct json_object *array, struct json_object *value)
{
  (void)json_object_array_add(array, value);
}

static struct json_object *
indexes_json(const GArray *indexes)
{
  struct json_object *array = json_object_new_array();
  for (guint i = 0; i < indexes->len; i++)
    append(array, json_object_new_int64(g_array_index(indexes, guint, i)));
  return array;
}

static struct json_object *
columns_json(const GPtrArray *columns)
{
  struct json_object *array = json_object_new_array();
  for (guint i = 0; i < columns->len; i++) {
    const struct inventory_column *column = columns->pdata[i];
    struct json_object *json = json_object_new_object();
    json_add_text(json, "name", column->name);
    json_add_text(json, "type", column->type);
    append(array, json);
  }
  return array;
}

static struct json_object *
inventory_json(const struct inventory *inventory)
{
  struct json_object *json = json_object_new_object();
  g_autofree char *view = plan_create_view(inventory);
  json_add_text(json, "name", inventory->name);
  json_add_text(json, "uri", inventory->uri);
  json_add_uint(json, "file_count", inventory->files->len);
  json_add_uint(json, "size_bytes", inventory->size_bytes);
  json_add_uint(json, "rows", inventory->rows);
  json_add_uint(json, "partition_count", inventory->partitions->len);
  json_add_object(json, "partition_columns", columns_json(inventory->partition_columns));
  json_add_object(json, "columns", columns_json(inventory->columns));
  json_add_text(json, "create_view", view);
  struct json_object *files = json_object_new_array();
  for (guint i = 0; i < inventory->files->len; i++)
    append(files, json_object_new_string(
                      ((const struct inventory_file *)inventory->files->pdata[i])->relative));
  json_add_object(json, "files", files);
  return json;
}

/* files: indexes into the input's list of files; null for all of them. */
static struct json_object *
reading_json(const struct plan *plan, const struct plan_input *input)
{
  const struct inventory *inventory = plan->inventories->pdata[input->inventory];
  struct json_object *json = json_object_new_object();
  json_add_text(json, "input", inventory->name);
  json_add_uint(json, "file_count", input->files->len);
  json_add_uint(json, "of_files", inventory->files->len);
  json_add_uint(json, "size_bytes", input->size_bytes);
  json_add_uint(json, "rows", input->rows);
  json_add_object(json, "columns", json_texts((const char *const *)input->columns));
  json_add_object(json, "predicates", json_texts((const char *const *)input->predicates));
  json_add_object(json, "files",
                  input->files->len == inventory->files->len ? NULL : indexes_json(input->files));
  return json;
}

static struct json_object *
readings_json(const struct plan *plan, const GPtrArray *inputs)
{
  struct json_object *array = json_object_new_array();
  for (guint i = 0; i < inputs->len; i++)
    append(array, reading_json(plan, inputs->pdata[i]));
  return array;
}

static struct json_object *
pass_json(const struct plan *plan, const struct plan_pass *pass)
{
  struct json_object *json = json_object_new_object();
  struct json_object *outputs = json_object_new_array();
  for (guint i = 0; i < pass->outputs->len; i++) {
    const struct plan_output *output = plan->outputs->pdata[g_array_index(pass->outputs, guint, i)];
    append(outputs, json_object_new_string(output->spec->name));
  }
  json_add_uint(json, "number", pass->number);
  json_add_text(json, "title", pass->title);
  json_add_uint(json, "rollup_count", pass->rollup_count);
  json_add_object(json, "outputs", outputs);
  json_add_object(json, "inputs", readings_json(plan, pass->inputs));
  explain_pass_kernel(plan, pass, json);
  return json;
}

static struct json_object *
aggregate_json(const struct plan_aggregate *aggregate)
{
  struct json_object *json = json_object_new_object();
  json_add_text(json, "function", aggregate->function);
  json_add_text(json, "text", aggregate->text);
  json_add_text(json, "type", aggregate->type);
  json_add_flag(json, "distinct", aggregate->distinct);
  json_add_flag(json, "filtered", aggregate->filter >= 0);
  json_add_flag(json, "exact", aggregate->exact_function != NULL);
  json_add_flag(json, "argument_can_fail", aggregate->argument_can_fail);
  return json;
}

static struct json_object *
rollup_json(const struct plan_rollup *rollup)
{
  struct json_object *json = json_object_new_object();
  struct json_object *sets = json_object_new_array();
  for (guint i = 0; i < rollup->group_sets->len; i++)
    append(sets, indexes_json(rollup->group_sets->pdata[i]));
  struct json_object *aggregates = json_object_new_array();
  for (guint i = 0; i < rollup->aggregates->len; i++)
    append(aggregates, aggregate_json(rollup->aggregates->pdata[i]));
  json_add_text(json, "name", rollup->name);
  json_add_text(json, "source", rollup->title);
  json_add_text(json, "where", rollup->where_text);
  json_add_object(json, "keys", json_texts((const char *const *)rollup->group_texts));
  json_add_object(json, "grouping_sets", sets);
  json_add_object(json, "aggregates", aggregates);
  json_add_object(json, "key_types", json_texts((const char *const *)rollup->group_types));
  json_add_text(json, "kernel_reason", rollup->kernel_reason);
  json_add_text(json, "scan_sql", rollup->scan_sql);
  return json;
}

static struct json_object *
output_columns_json(const struct plan_output *output)
{
  struct json_object *array = json_object_new_array();
  for (guint i = 0; i < output->columns->len; i++) {
    const struct plan_column *column = output->columns->pdata[i];
    struct json_object *json = json_object_new_object();
    json_add_text(json, "name", column->name);
    json_add_text(json, "type", column->type);
    json_add_text(json, "stored_type", column->stored_type);
    append(array, json);
  }
  return array;
}

static struct json_object *
refusals_json(const struct plan_output *output)
{
  struct json_object *array = json_object_new_array();
  for (guint i = 0; i < output->refusals->len; i++) {
    const struct plan_refusal *refusal = output->refusals->pdata[i];
    struct text_position place = text_position_of(output->job->script, refusal->at);
    struct json_object *json = json_object_new_object();
    json_add_text(json, "kind", refusal->kind == PLAN_NOT_EXACT ? "not_exact" : "not_taken");
    json_add_text(json, "reason", refusal->reason);
    json_add_uint(json, "line", place.line);
    json_add_uint(json, "column", place.column);
    append(array, json);
  }
  return array;
}

static struct json_object *
layout_json(const struct plan_output *output)
{
  struct json_object *json = json_object_new_object();
  json_add_text(json, "kind", explain_layout_name(output->layout));
  json_add_text(json, "reason", output->layout_reason);
  json_add_object(json, "partition_by",
                  json_texts((const char *const *)output->spec->partition_by));
  struct json_object *partitions = json_object_new_array();
  for (guint i = 0; i < output->partitions->len; i++) {
    const struct plan_partition *partition = output->partitions->pdata[i];
    struct json_object *entry = json_object_new_object();
    struct json_object *values = json_object_new_array();
    for (guint k = 0; k < output->partition_by->len; k++)
      append(values,
             partition->values[k] == NULL ? NULL : json_object_new_string(partition->values[k]));
    json_add_object(entry, "values", values);
    json_add_uint(entry, "file_count", partition->files->len);
    json_add_uint(entry, "input_rows", partition->rows);
    append(partitions, entry);
  }
  json_add_object(json, "partitions", partitions);
  return json;
}

static struct json_object *
output_json(const struct plan *plan, const struct plan_output *output)
{
  struct json_object *json = json_object_new_object();
  struct json_object *rollups = json_object_new_array();
  for (guint i = 0; i < output->rollups->len; i++)
    append(rollups, rollup_json(output->rollups->pdata[i]));
  g_autofree char *post = explain_post(output);
  json_add_text(json, "name", output->spec->name);
  json_add_text(json, "job", output->job->name);
  json_add_int(json, "pass", output->pass + 1);
  json_add_text(json, "pass_reason", output->pass_reason);
  explain_output_kernel(plan, output, json);
  json_add_object(json, "inputs", readings_json(plan, output->inputs));
  json_add_object(json, "rollups", rollups);
  json_add_object(json, "refusals", refusals_json(output));
  json_add_text(json, "post", post);
  json_add_object(json, "order_by", json_texts((const char *const *)output->order_by));
  json_add_object(json, "layout", layout_json(output));
  json_add_object(json, "columns", output_columns_json(output));
  json_add_text(json, "compression", output->spec->compression);
  json_add_text(json, "post_sql", output->post_sql);
  json_add_text(json, "ordered_sql", output->ordered_sql);
  json_add_text(json, "sql", output->sql);
  json_add_text(json, "plain_sql", output->plain_sql);
  return json;
}

struct json_object *
plan_to_json(const struct plan *plan)
{
  struct json_object *json = json_object_new_object();
  struct json_object *passes = json_object_new_array();
  for (guint i = 0; i < plan->passes->len; i++)
    append(passes, pass_json(plan, plan->passes->pdata[i]));
  struct json_object *outputs = json_object_new_array();
  for (guint i = 0; i < plan->outputs->len; i++)
    append(outputs, output_json(plan, plan->outputs->pdata[i]));
  struct json_object *inputs = json_object_new_array();
  for (guint i = 0; i < plan->inventories->len; i++)
    append(inputs, inventory_json(plan->inventories->pdata[i]));
  json_add_object(json, "passes", passes);
  json_add_object(json, "outputs", outputs);
  json_add_object(json, "inputs", inputs);
  return json;
}
