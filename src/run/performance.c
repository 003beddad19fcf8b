/* SPDX-License-Identifier: Apache-2.0 */
#include "run/performance.h"
#include "plan/culprit.h"
#include "run/compare.h"
#include "run/scratch.h"
#include "run/staged.h"
#include "run/unchanged.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/interrupt.h"
#include <stdlib.h>
#include <string.h>

enum { WARM_UP_ROUNDS = 1, DEFAULT_RUNS = 3 };

/* One mode's measurements of one output over the timed rounds. */
struct samples {
  double *wall;
  double *cpu;
  guint64 peak_memory_bytes;
};

struct bench {
  const struct run_options *options;
  struct run_context *context;
  guint runs;
  char *folder;          /* scratch below the temp folder's parent, removed at the end */
  struct samples *plain; /* one an output, and one more for all outputs together */
  struct samples *optimised;
  struct engine_output *plain_outputs, *optimised_outputs; /* of the last round, one an output */
};

static void
output_free(gpointer data)
{
  struct performance_output *output = data;
  g_free(output->name);
  g_free(output->difference);
  g_free(output);
}

void
performance_result_free(struct performance_result *result)
{
  g_ptr_array_unref(result->outputs);
  g_free(result);
}

static int
by_value(const void *a, const void *b)
{
  double left = *(const double *)a, right = *(const double *)b;
  return (left > right) - (left < right);
}

static double
median(double *values, guint count)
{
  qsort(values, count, sizeof *values, by_value);
  return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static struct performance_side
side_of(const struct samples *samples, guint runs)
{
  struct performance_side side = {.peak_memory_bytes = samples->peak_memory_bytes};
  side.median_seconds = median(samples->wall, runs);
  side.lowest_seconds = samples->wall[0];
  side.highest_seconds = samples->wall[runs - 1];
  side.cpu_seconds = median(samples->cpu, runs);
  return side;
}

static double
speed_up(const struct performance_side *plain, const struct performance_side *optimised)
{
  return optimised->median_seconds > 0 ? plain->median_seconds / optimised->median_seconds : 1.0;
}

static bool
open_bench(struct bench *bench, GError **error)
{
  guint count = bench->context->plan->outputs->len + 1;
  bench->plain = g_new0(struct samples, count);
  bench->optimised = g_new0(struct samples, count);
  bench->plain_outputs = g_new0(struct engine_output, count);
  bench->optimised_outputs = g_new0(struct engine_output, count);
  for (guint i = 0; i < count; i++) {
    bench->plain[i].wall = g_new0(double, bench->runs);
    bench->plain[i].cpu = g_new0(double, bench->runs);
    bench->optimised[i].wall = g_new0(double, bench->runs);
    bench->optimised[i].cpu = g_new0(double, bench->runs);
  }
  bench->folder = g_build_filename(temp_path(bench->context->temp), "performance", NULL);
  return scratch_make(bench->folder, error);
}

static void
samples_free(struct samples *samples, guint count)
{
  for (guint i = 0; samples != NULL && i < count; i++) {
    g_free(samples[i].wall);
    g_free(samples[i].cpu);
  }
  g_free(samples);
}

static void
outputs_free(struct engine_output *outputs, guint count)
{
  for (guint i = 0; outputs != NULL && i < count; i++)
    engine_output_clear(&outputs[i]);
  g_free(outputs);
}

static void
bench_clear(struct bench *bench)
{
  guint count = bench->context == NULL ? 0 : bench->context->plan->outputs->len + 1;
  samples_free(bench->plain, count);
  samples_free(bench->optimised, count);
  outputs_free(bench->plain_outputs, count);
  outputs_free(bench->optimised_outputs, count);
  g_free(bench->folder);
  if (bench->context != NULL)
    run_context_free(bench->context);
}

static const char *
mode_name(enum engine_mode mode)
{
  return mode == ENGINE_PLAIN ? "plain" : "optimised";
}

static char *
folder_of(const struct bench *bench, enum engine_mode mode, guint output)
{
  return g_strdup_printf("%s/%s-%u", bench->folder, mode_name(mode), output);
}

static void
note_sample(struct bench *bench, enum engine_mode mode, guint index, guint round,
            const struct engine_output *output)
{
  struct samples *samples = mode == ENGINE_PLAIN ? bench->plain : bench->optimised;
  guint all = bench->context->plan->outputs->len;
  samples[index].wall[round] = output->seconds;
  samples[index].cpu[round] = output->cpu_seconds;
  samples[index].peak_memory_bytes =
      MAX(samples[index].peak_memory_bytes, clock_peak_memory_bytes());
  samples[all].wall[round] += output->seconds;
  samples[all].cpu[round] += output->cpu_seconds;
  samples[all].peak_memory_bytes =
      MAX(samples[all].peak_memory_bytes, samples[index].peak_memory_bytes);
}

/* One output into its folder, whose last result is replaced; round -1 is the warm-up. */
static bool
execute(struct bench *bench, guint index, enum engine_mode mode, gint round, GError **error)
{
  struct engine_output *output =
      mode == ENGINE_PLAIN ? &bench->plain_outputs[index] : &bench->optimised_outputs[index];
  g_autofree char *folder = folder_of(bench, mode, index);
  engine_output_clear(output);
  struct engine_run run = {.plan = bench->context->plan,
                           .output = index,
                           .mode = mode,
                           .staging = folder,
                           .run_id = "performance"};
  clock_reset_peak_memory();
  if (!interrupt_check(error) || !engine_run_output(bench->context->engine, &run, output, error))
    return error_prefix(error, "%s: ", mode_name(mode));
  if (round >= 0)
    note_sample(bench, mode, index, (guint)round, output);
  return true;
}

/* All outputs in one mode. */
static bool
execute_all(struct bench *bench, enum engine_mode mode, gint round, GError **error)
{
  const GPtrArray *outputs = bench->context->plan->outputs;
  for (guint i = 0; i < outputs->len; i++) {
    const struct plan_output *planned = outputs->pdata[i];
    if (!execute(bench, i, mode, round, error))
      return plan_blame_output(planned, error);
    progress_update(bench->options->progress, (i + 1.0) / outputs->len, 0);
  }
  return true;
}

static bool
make_folders(struct bench *bench, enum engine_mode mode, GPtrArray *folders, GError **error)
{
  for (guint i = 0; i < bench->context->plan->outputs->len; i++) {
    char *folder = folder_of(bench, mode, i);
    g_ptr_array_add(folders, folder);
    if (!scratch_make(folder, error))
      return false;
  }
  return true;
}

/* Optimised is what a run does: the outputs of a pass together. */
static bool
execute_mode(struct bench *bench, enum engine_mode mode, gint round, GError **error)
{
  g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(g_free);
  if (!make_folders(bench, mode, folders, error))
    return false;
  if (mode == ENGINE_PLAIN)
    return execute_all(bench, mode, round, error);
  const struct engine_batch batch = {.plan = bench->context->plan,
                                     .stagings = (const char *const *)folders->pdata,
                                     .run_id = "performance"};
  engine_begin(bench->context->engine, &batch);
  bool done = execute_all(bench, mode, round, error);
  engine_end(bench->context->engine);
  return done;
}

static bool
check_equal(struct bench *bench, guint index, struct performance_output *row, GError **error)
{
  const struct plan_output *planned = bench->context->plan->outputs->pdata[index];
  g_autofree char *plain = folder_of(bench, ENGINE_PLAIN, index);
  g_autofree char *optimised = folder_of(bench, ENGINE_OPTIMISED, index);
  g_autofree char *a = staged_select(planned, &bench->plain_outputs[index], plain);
  g_autofree char *b = staged_select(planned, &bench->optimised_outputs[index], optimised);
  struct compare_table table = {0};
  AUTO(duck_disconnect)
  struct duck_connection *connection = duck_connect(engine_database(bench->context->engine), error);
  if (connection == NULL || !compare_queries(connection, a, b, 0.0, &table, error))
    return false;
  row->rows = table.rows_a;
  row->equal = table.difference == NULL;
  row->difference = table.difference;
  return true;
}

/* Warm-up and timed rounds, plain and optimised in turns. */
static bool
measure_rounds(struct bench *bench, GError **error)
{
  static const enum engine_mode modes[] = {ENGINE_PLAIN, ENGINE_OPTIMISED};
  gint rounds = (gint)bench->runs;
  guint steps = (guint)(rounds + WARM_UP_ROUNDS) * G_N_ELEMENTS(modes), step = 0;
  for (gint round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (gsize i = 0; i < G_N_ELEMENTS(modes); i++) {
      progress_begin(bench->options->progress, mode_name(modes[i]), ++step, steps);
      bool done = execute_mode(bench, modes[i], round, error);
      progress_end(bench->options->progress, 0);
      if (!done)
        return false;
    }
  }
  return true;
}

static bool
judge_output(struct bench *bench, guint index, struct performance_result *result, GError **error)
{
  const struct plan_output *planned = bench->context->plan->outputs->pdata[index];
  struct performance_output *row = g_new0(struct performance_output, 1);
  row->name = g_strdup(planned->spec->name);
  g_ptr_array_add(result->outputs, row);
  if (!check_equal(bench, index, row, error))
    return error_prefix(error, "output '%s': ", row->name);
  row->plain = side_of(&bench->plain[index], bench->runs);
  row->optimised = side_of(&bench->optimised[index], bench->runs);
  row->speed_up = speed_up(&row->plain, &row->optimised);
  result->all_equal &= row->equal;
  return true;
}

static bool
measure_all(struct bench *bench, struct performance_result *result, GError **error)
{
  guint count = bench->context->plan->outputs->len;
  if (!measure_rounds(bench, error))
    return false;
  for (guint i = 0; i < count; i++)
    if (!judge_output(bench, i, result, error))
      return false;
  result->plain = side_of(&bench->plain[count], bench->runs);
  result->optimised = side_of(&bench->optimised[count], bench->runs);
  result->speed_up = speed_up(&result->plain, &result->optimised);
  return true;
}

/* Two modes on files that were changed in between would differ for no fault of theirs. */
static bool
measure_unchanged(struct bench *bench, struct performance_result *result, GError **error)
{
  GError *failure = NULL;
  (void)measure_all(bench, result, &failure);
  return unchanged_conclude(bench->context->plan, failure, error);
}

struct performance_result *
performance_run(const struct run_options *options, GError **error)
{
  struct bench bench = {.options = options,
                        .runs = options->runs != 0 ? options->runs : DEFAULT_RUNS};
  AUTO(performance_result_free)
  struct performance_result *result = g_new0(struct performance_result, 1);
  result->runs = bench.runs;
  result->all_equal = true;
  result->outputs = g_ptr_array_new_with_free_func(output_free);
  bench.context = run_prepare(options, error);
  bool done = bench.context != NULL && open_bench(&bench, error) &&
              measure_unchanged(&bench, result, error);
  bench_clear(&bench);
  return done ? g_steal_pointer(&result) : NULL;
}
