/* SPDX-License-Identifier: Apache-2.0 */
#include "run/run.h"
#include "plan/culprit.h"
#include "run/history.h"
#include "run/targets.h"
#include "run/unchanged.h"
#include "table/publish.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/interrupt.h"
#include <string.h>

static void
output_free(gpointer data)
{
  struct run_output *output = data;
  if (output == NULL) /* not computed */
    return;
  g_free(output->name);
  g_free(output->job);
  g_free(output->note);
  g_free(output);
}

void
run_result_free(struct run_result *result)
{
  g_free(result->run_id);
  g_free(result->output);
  g_ptr_array_unref(result->outputs);
  timings_free(result->timings);
  g_free(result);
}

static struct run_result *
result_new(const struct run_context *context)
{
  struct run_result *result = g_new0(struct run_result, 1);
  result->run_id = clock_run_id();
  result->outputs = g_ptr_array_new_with_free_func(output_free);
  g_ptr_array_set_size(result->outputs, (gint)context->plan->outputs->len);
  result->timings = timings_new();
  for (guint i = 0; i < context->inventories->len; i++) {
    const struct inventory *inventory = context->inventories->pdata[i];
    result->input_rows += inventory->rows;
    result->input_files += inventory->files->len;
    result->input_bytes += inventory->size_bytes;
  }
  timings_add(result->timings, "read scripts", context->load_seconds);
  timings_add(result->timings, "read footers", context->input_seconds);
  timings_add(result->timings, "plan", context->plan_seconds);
  return result;
}

/* input -> {"uri":..., "fingerprint":..., "partitions":{folder: first 16 digits of its fingerprint}} */
static struct json_object *
input_fingerprint(const struct run_context *context)
{
  struct json_object *root = json_object_new_object();
  for (guint i = 0; i < context->inventories->len; i++) {
    const struct inventory *inventory = context->inventories->pdata[i];
    struct json_object *input = json_object_new_object();
    g_autofree char *whole = inventory_fingerprint(inventory);
    json_add_text(input, "uri", inventory->uri);
    json_add_text(input, "fingerprint", whole);
    struct json_object *partitions = json_object_new_object();
    for (guint k = 0; k < inventory->partitions->len; k++) {
      const struct inventory_partition *partition = inventory->partitions->pdata[k];
      g_autofree char *digits = g_strndup(partition->fingerprint, 16);
      json_add_text(partitions, partition->folder, digits);
    }
    json_add_object(input, "partitions", partitions);
    json_add_object(root, inventory->name, input);
  }
  return root;
}

static void
on_progress(double share, guint64 rows, gpointer user)
{
  struct progress *progress = user;
  progress_update(progress, share, rows);
}

static bool
stage_files(struct publish *publish, gsize index, GPtrArray *files, GError **error)
{
  for (guint i = 0; i < files->len; i++) {
    const struct engine_file *file = files->pdata[i];
    struct publish_file staged = {.path = file->path,
                                  .partition_values = (const char *const *)file->partition_values,
                                  .size_bytes = file->size_bytes,
                                  .rows = file->rows,
                                  .statistics = file->statistics};
    if (!publish_add(publish, index, &staged, error))
      return false;
  }
  return true;
}

/* Takes the output over. */
static bool
add_output(const struct run_context *context, struct publish *publish, guint index,
           struct engine_output *output, struct run_result *result, GError **error)
{
  const struct plan_output *planned = context->plan->outputs->pdata[index];
  bool staged = stage_files(publish, index, output->files, error);
  struct run_output *row = g_new0(struct run_output, 1);
  *row = (struct run_output){.name = g_strdup(planned->spec->name),
                             .job = g_strdup(planned->job->name),
                             .rows = output->rows,
                             .files = output->files->len,
                             .size_bytes = output->size_bytes,
                             .seconds = output->seconds,
                             .pass = planned->pass + 1,
                             .way = output->way,
                             .note = g_strdup(output->note)};
  result->outputs->pdata[index] = row;
  timings_add(result->timings, planned->spec->name, row->seconds);
  engine_output_clear(output);
  return staged;
}

/* "'x' was left to DuckDB: ..." */
static void
tell_note(const struct run_options *options, const char *name, const struct engine_output *output)
{
  if (!options->verbose || output->note == NULL)
    return;
  const char *what = output->postponed ? "is put off" : run_output_departure(output->way);
  progress_note(options->progress, "'%s' %s: %s", name, what, output->note);
}

/* Computes one output into staging. postponed: outputs that were put off, to be added to; NULL: it is the second time. */
static bool
compute_output(struct run_context *context, const struct run_options *options,
               struct publish *publish, guint index, struct run_result *result, GArray *postponed,
               GError **error)
{
  const struct plan_output *planned = context->plan->outputs->pdata[index];
  progress_begin(options->progress, planned->spec->name, index + 1, context->plan->outputs->len);
  struct engine_run run = {.plan = context->plan,
                           .output = index,
                           .mode = ENGINE_OPTIMISED,
                           .staging = publish_staging(publish, index),
                           .run_id = result->run_id,
                           .progress = options->progress == NULL ? NULL : on_progress,
                           .user = options->progress,
                           .may_postpone = postponed != NULL};
  struct engine_output output = {0};
  bool done = engine_run_output(context->engine, &run, &output, error);
  progress_end(options->progress, output.rows);
  tell_note(options, planned->spec->name, &output);
  if (!done)
    return plan_blame_output(planned, error);
  if (!output.postponed)
    return add_output(context, publish, index, &output, result, error);
  g_array_append_val(postponed, index);
  engine_output_clear(&output);
  return true;
}

static bool
compute_each(struct run_context *context, const struct run_options *options,
             struct publish *publish, struct run_result *result, GError **error)
{
  g_autoptr(GArray) postponed = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 0; i < context->plan->outputs->len; i++)
    if (!interrupt_check(error) ||
        !compute_output(context, options, publish, i, result, postponed, error))
      return false;
  for (guint i = 0; i < postponed->len; i++)
    if (!interrupt_check(error) ||
        !compute_output(context, options, publish, g_array_index(postponed, guint, i), result, NULL,
                        error))
      return false;
  return interrupt_check(error);
}

/* Outputs of one pass are computed together, at the first of them. */
static bool
compute_all(struct run_context *context, const struct run_options *options, struct publish *publish,
            struct run_result *result, GError **error)
{
  guint count = context->plan->outputs->len;
  g_autofree const char **stagings = g_new0(const char *, count + 1);
  for (guint i = 0; i < count; i++)
    stagings[i] = publish_staging(publish, i);
  const struct engine_batch batch = {
      .plan = context->plan, .stagings = stagings, .run_id = result->run_id};
  engine_begin(context->engine, &batch);
  bool done = compute_each(context, options, publish, result, error);
  engine_end(context->engine);
  return done;
}

/* What came of files that were changed meanwhile is not published. */
static bool
compute_unchanged(struct run_context *context, const struct run_options *options,
                  struct publish *publish, struct run_result *result, GError **error)
{
  GError *failure = NULL;
  (void)compute_all(context, options, publish, result, &failure);
  return unchanged_conclude(context->plan, failure, error);
}

static bool
commit(struct publish *publish, struct run_result *result, GError **error)
{
  double start = clock_seconds();
  g_autofree struct publish_result *published = g_new0(struct publish_result, result->outputs->len);
  if (!publish_prepare(publish, error) || !interrupt_check(error) ||
      !publish_commit(publish, published, error))
    return false;
  for (guint i = 0; i < result->outputs->len; i++)
    ((struct run_output *)result->outputs->pdata[i])->version = published[i].version;
  timings_add(result->timings, "publish", clock_seconds() - start);
  return true;
}

static void
measure(struct run_result *result, double start)
{
  result->wall_seconds = clock_seconds() - start;
  result->cpu_seconds = clock_cpu_seconds();
  result->peak_memory_bytes = clock_peak_memory_bytes();
}

struct run_result *
run_publish(const struct run_options *options, GError **error)
{
  double start = clock_seconds();
  if (!targets_check_folder(options->output, options->inputs, options->input_count, error))
    return NULL;
  AUTO(run_context_free) struct run_context *context = run_prepare(options, error);
  if (context == NULL)
    return NULL;
  AUTO(run_result_free) struct run_result *result = result_new(context);
  JSON_AUTO(fingerprint) = input_fingerprint(context);
  AUTO(targets_free) struct targets *targets = targets_new(context->plan);
  struct publish_options publishing = {.output = options->output,
                                       .run_id = result->run_id,
                                       .app_name = options->app_name,
                                       .retain_ms = options->retain_ms,
                                       .input_fingerprint = fingerprint,
                                       .outputs = targets->outputs,
                                       .output_count = targets->count,
                                       .reader = *history_reader()};
  AUTO(publish_end) struct publish *publish = publish_begin(&publishing, error);
  if (publish == NULL || !compute_unchanged(context, options, publish, result, error) ||
      !commit(publish, result, error))
    return NULL;
  result->output = g_canonicalize_filename(options->output, NULL);
  measure(result, start);
  return g_steal_pointer(&result);
}
