/* SPDX-License-Identifier: Apache-2.0 */
#include "run/performance.h"
#include "run/compare.h"
#include "run/scratch.h"
#include "run/staged.h"
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
bench_clear(struct bench *bench)
{
  guint count = bench->context == NULL ? 0 : bench->context->plan->outputs->len + 1;
  samples_free(bench->plain, count);
  samples_free(bench->optimised, count);
  g_free(bench->folder);
  if (bench->context != NULL)
    run_context_free(bench->context);
}

static const char *
mode_name(enum engine_mode mode)
{
  return mode == ENGINE_PLAIN ? "plain" : "optimised";
}

/* One execution into a fresh folder; round -1 is the warm-up. */
static bool
execute(struct bench *bench, guint index, enum engine_mode mode, gint round,
        struct engine_output *ret_output, GError **error)
{
  g_autofree char *folder = g_build_filename(bench->folder, mode_name(mode), NULL);
  if (!interrupt_check(error) || !scratch_make(folder, error))
    return false;
  struct engine_run run = {.plan = bench->context->plan,
                           .output = index,
                           .mode = mode,
                           .staging = folder,
                           .run_id = "performance"};
  clock_reset_peak_memory();
  double wall = clock_seconds(), cpu = clock_cpu_seconds();
  if (!engine_run_output(bench->context->engine, &run, ret_output, error))
    return error_prefix(error, "%s: ", mode_name(mode));
  if (round < 0)
    return true;
  struct samples *samples = mode == ENGINE_PLAIN ? bench->plain : bench->optimised;
  guint all = bench->context->plan->outputs->len;
  samples[index].wall[round] = clock_seconds() - wall;
  samples[index].cpu[round] = clock_cpu_seconds() - cpu;
  samples[index].peak_memory_bytes =
      MAX(samples[index].peak_memory_bytes, clock_peak_memory_bytes());
  samples[all].wall[round] += samples[index].wall[round];
  samples[all].cpu[round] += samples[index].cpu[round];
  samples[all].peak_memory_bytes =
      MAX(samples[all].peak_memory_bytes, samples[index].peak_memory_bytes);
  return true;
}

static bool
check_equal(struct bench *bench, guint index, const struct engine_output *plain,
            const struct engine_output *optimised, struct performance_output *row, GError **error)
{
  const struct plan_output *planned = bench->context->plan->outputs->pdata[index];
  g_autofree char *plain_folder = g_build_filename(bench->folder, "plain", NULL);
  g_autofree char *optimised_folder = g_build_filename(bench->folder, "optimised", NULL);
  g_autofree char *a = staged_select(planned, plain, plain_folder);
  g_autofree char *b = staged_select(planned, optimised, optimised_folder);
  struct compare_table table = {0};
  if (!compare_queries(engine_connection(bench->context->engine), a, b, 0.0, &table, error))
    return false;
  row->rows = table.rows_a;
  row->equal = table.difference == NULL;
  row->difference = table.difference;
  return true;
}

/* Warm-up and timed rounds of one output, plain and optimised in turns, then the check of the last results. */
static bool
measure_output(struct bench *bench, guint index, struct performance_output *row, GError **error)
{
  struct engine_output plain = {0}, optimised = {0};
  gint rounds = (gint)bench->runs;
  bool done = true;
  for (gint round = -WARM_UP_ROUNDS; done && round < rounds; round++) {
    engine_output_clear(&plain);
    engine_output_clear(&optimised);
    done = execute(bench, index, ENGINE_PLAIN, round, &plain, error) &&
           execute(bench, index, ENGINE_OPTIMISED, round, &optimised, error);
    progress_update(bench->options->progress, (round + 2.0) / (rounds + 1.0), 0);
  }
  done = done && check_equal(bench, index, &plain, &optimised, row, error);
  engine_output_clear(&plain);
  engine_output_clear(&optimised);
  return done;
}

static bool
measure_all(struct bench *bench, struct performance_result *result, GError **error)
{
  guint count = bench->context->plan->outputs->len;
  for (guint i = 0; i < count; i++) {
    const struct plan_output *planned = bench->context->plan->outputs->pdata[i];
    struct performance_output *row = g_new0(struct performance_output, 1);
    row->name = g_strdup(planned->spec->name);
    g_ptr_array_add(result->outputs, row);
    progress_begin(bench->options->progress, row->name, i + 1, count);
    bool done = measure_output(bench, i, row, error);
    progress_end(bench->options->progress, 0);
    if (!done)
      return error_prefix(error, "output '%s': ", row->name);
    row->plain = side_of(&bench->plain[i], bench->runs);
    row->optimised = side_of(&bench->optimised[i], bench->runs);
    row->speed_up = speed_up(&row->plain, &row->optimised);
    result->all_equal &= row->equal;
  }
  result->plain = side_of(&bench->plain[count], bench->runs);
  result->optimised = side_of(&bench->optimised[count], bench->runs);
  result->speed_up = speed_up(&result->plain, &result->optimised);
  return true;
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
  bool done =
      bench.context != NULL && open_bench(&bench, error) && measure_all(&bench, result, error);
  bench_clear(&bench);
  return done ? g_steal_pointer(&result) : NULL;
}
