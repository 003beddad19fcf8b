/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/kernel.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/fault.h"

/* Errors that DuckDB would meet as well stay errors; after all others it may try by itself: what cannot be evaluated for
 * one output must not fail another, and it may fit where the kernel took half of the memory. */
static bool
judge(struct local *local, struct kernel_pass *pass, const struct plan_output *output,
      GError *problem, GError **error)
{
  (void)blame(local, pass->plan, output, &problem);
  if (error_is(problem, ERROR_FAILED) || error_is(problem, ERROR_DATA) ||
      error_is(problem, ERROR_LIMIT)) {
    (void)kernel_pass_fail(pass, problem->message);
    g_error_free(problem);
    return true;
  }
  g_propagate_error(error, problem);
  return false;
}

static bool
is_planted(const struct plan_output *output)
{
  g_autofree char *step = g_strconcat("optimised:", output->spec->name, NULL);
  return fault_planted("wrong", step);
}

/* Streams for the outputs that can have one; without a run they only count. */
static void
make_streams(struct local *local, struct kernel_pass *pass, const struct engine_run *run)
{
  for (guint i = 0; i < pass->spec->numbers->len; i++) {
    guint number = kernel_pass_output_of(pass, i);
    const struct plan_output *output = g_ptr_array_index(pass->plan->outputs, number);
    struct kernel_target target = {.plan = pass->plan, .output = number};
    if (run != NULL) {
      target.staging = local->batch != NULL ? local->batch->stagings[number] : run->staging;
      target.run_id = run->run_id;
      target.target_file_bytes = writer_target_bytes(run);
    }
    struct kernel_stream *stream = NULL;
    if (local->parquet_writer == ENGINE_WRITER_KINDLING && !is_planted(output))
      stream = kernel_stream_new(pass->spec, i, &target, &local->budget);
    g_ptr_array_add(pass->streams, stream);
  }
}

static void
stream_free(gpointer data)
{
  kernel_stream_free(data);
}

static void
take_all_outputs(struct kernel_pass *pass)
{
  for (guint i = 0; i < pass->planned->outputs->len; i++) {
    guint index = g_array_index(pass->planned->outputs, guint, i);
    const struct plan_output *output = g_ptr_array_index(pass->plan->outputs, index);
    if (output->is_kernel && g_ptr_array_index(pass->plan->passes, output->pass) == pass->planned)
      g_array_append_val(pass->outputs, index);
  }
}

static void
choose_outputs(const struct local *local, const struct engine_run *run, bool alone,
               struct kernel_pass *pass)
{
  guint only = run->output;
  if (local->batch == NULL || alone)
    g_array_append_val(pass->outputs, only);
  else
    take_all_outputs(pass);
}

/* What the kernel is told of the pass. False: it has failed. */
static bool
describe(struct local *local, struct kernel_pass *pass, const struct engine_run *run)
{
  pass->spec = kernel_spec_new(pass->plan, pass->planned, pass->outputs, &pass->failure);
  if (pass->spec == NULL)
    return false;
  pass->spec->pass.budget = &local->budget;
  pass->spec->pass.threads = local->threads;
  pass->spec->pass.find_runs = true;
  pass->spec->pass.rows = kernel_rows_of(pass->planned);
  make_streams(local, pass, run);
  return true;
}

static bool
compute(struct writer *writer, struct kernel_pass *pass, GError **error)
{
  struct local *local = writer->local;
  if (!describe(local, pass, writer->run))
    return true;
  atomic_store(&local->budget.peak_bytes, atomic_load(&local->budget.used_bytes));
  GError *problem = NULL;
  if (!memory_share(local, true, &problem) ||
      !views_make_current_for_pass(local, pass->plan, pass->planned, writer->output->job, &problem))
    return judge(local, pass, writer->output, problem, error);
  pass->rollups = rollup_pass_new(&pass->spec->pass);
  if (pass->rollups == NULL)
    return kernel_pass_fail(pass, "no memory is left for the kernel");
  if (!kernel_scan_run(local, pass, writer->run, &problem))
    return judge(local, pass, writer->output, problem, error);
  return true;
}

void
kernel_pass_drop(struct kernel_pass *pass)
{
  g_ptr_array_set_size(pass->streams, 0);
  g_clear_pointer(&pass->rollups, rollup_pass_free);
  g_clear_pointer(&pass->spec, kernel_spec_free);
}

static void
finish_streams(struct kernel_pass *pass)
{
  for (guint i = 0; i < pass->streams->len; i++) {
    struct kernel_stream *stream = g_ptr_array_index(pass->streams, i);
    if (stream != NULL && rollup_pass_outcome(pass->rollups, i).kind == ROLLUP_STREAMED)
      kernel_stream_finish(stream);
  }
}

static struct kernel_pass *
pass_new(const struct plan *plan, const struct plan_pass *planned)
{
  struct kernel_pass *pass = g_new0(struct kernel_pass, 1);
  pass->plan = plan;
  pass->planned = planned;
  pass->outputs = g_array_new(FALSE, FALSE, sizeof(guint));
  pass->streams = g_ptr_array_new_with_free_func(stream_free);
  pass->restarts = g_ptr_array_new_with_free_func(g_free);
  return pass;
}

static const struct plan_pass *
pass_of_output(const struct plan *plan, guint output)
{
  const struct plan_output *planned = g_ptr_array_index(plan->outputs, output);
  return g_ptr_array_index(plan->passes, planned->pass);
}

struct kernel_pass *
kernel_pass_unrun(const struct plan *plan, guint output)
{
  struct kernel_pass *pass = pass_new(plan, pass_of_output(plan, output));
  g_array_append_val(pass->outputs, output);
  pass->spec = kernel_spec_new(plan, pass->planned, pass->outputs, &pass->failure);
  return pass;
}

struct kernel_pass *
kernel_pass_uncomputed(struct local *local, const struct plan *plan,
                       const struct plan_pass *planned)
{
  struct kernel_pass *pass = pass_new(plan, planned);
  take_all_outputs(pass);
  if (describe(local, pass, NULL))
    pass->rollups = rollup_pass_new(&pass->spec->pass);
  return pass;
}

static const struct plan_kernel_rollup *
kernel_rollup(const struct kernel_pass *pass, guint number)
{
  return g_ptr_array_index(pass->planned->kernel_rollups,
                           g_array_index(pass->spec->numbers, guint, number));
}

guint
kernel_pass_output_of(const struct kernel_pass *pass, guint number)
{
  return kernel_rollup(pass, number)->output;
}

struct plan_rollup *
kernel_pass_rollup(const struct kernel_pass *pass, guint number)
{
  const struct plan_kernel_rollup *kernel = kernel_rollup(pass, number);
  const struct plan_output *output = g_ptr_array_index(pass->plan->outputs, kernel->output);
  return g_ptr_array_index(output->rollups, kernel->rollup);
}

struct kernel_stream *
kernel_pass_stream(const struct kernel_pass *pass, guint output)
{
  for (guint i = 0; pass->rollups != NULL && i < pass->streams->len; i++)
    if (kernel_pass_output_of(pass, i) == output &&
        rollup_pass_outcome(pass->rollups, i).kind == ROLLUP_STREAMED)
      return g_ptr_array_index(pass->streams, i);
  return NULL;
}

static void
refuse(struct kernel_refusal *refusal, const char *reason, bool ran_out)
{
  refusal->ran_out |= ran_out;
  if (refusal->reason == NULL)
    refusal->reason = g_strdup(reason);
}

static void
note_refusal(const struct kernel_pass *pass, guint output, struct kernel_refusal *refusal)
{
  if (pass->failure != NULL)
    refuse(refusal, pass->failure, pass->all_was_too_much);
  for (guint i = 0; pass->rollups != NULL && i < pass->spec->numbers->len; i++) {
    struct rollup_outcome outcome = rollup_pass_outcome(pass->rollups, i);
    if (kernel_pass_output_of(pass, i) == output && outcome.kind == ROLLUP_GAVE_UP)
      refuse(refusal, outcome.reason, outcome.ran_out);
  }
  const struct kernel_stream *stream = kernel_pass_stream(pass, output);
  if (stream != NULL && kernel_stream_reason(stream) != NULL)
    refuse(refusal, kernel_stream_reason(stream), kernel_stream_ran_out(stream));
}

static void
note_refusals(struct kernel_pass *pass)
{
  pass->refusals = g_new0(struct kernel_refusal, pass->outputs->len + 1);
  for (guint i = 0; i < pass->outputs->len; i++)
    note_refusal(pass, g_array_index(pass->outputs, guint, i), &pass->refusals[i]);
}

static const struct kernel_refusal *
refusal_of(const struct kernel_pass *pass, guint output)
{
  guint i = 0;
  while (g_array_index(pass->outputs, guint, i) != output)
    i++;
  return &pass->refusals[i];
}

const char *
kernel_pass_refusal(const struct kernel_pass *pass, guint output)
{
  return refusal_of(pass, output)->reason;
}

bool
kernel_pass_ran_out(const struct kernel_pass *pass, guint output)
{
  return pass->outputs->len > 1 && refusal_of(pass, output)->ran_out;
}

struct kernel_pass *
kernel_pass_run(struct writer *writer, bool alone, GError **error)
{
  struct local *local = writer->local;
  struct kernel_pass *pass =
      pass_new(writer->run->plan, pass_of_output(writer->run->plan, writer->run->output));
  choose_outputs(local, writer->run, alone, pass);
  pass->waiting = pass->outputs->len;
  double wall = clock_seconds(), cpu = clock_cpu_seconds();
  bool done = compute(writer, pass, error);
  if (!done || pass->failure != NULL)
    kernel_pass_drop(pass);
  else
    finish_streams(pass);
  note_refusals(pass);
  if (done)
    done = memory_share(local, false, error);
  if (!done) {
    kernel_pass_free(pass);
    return NULL;
  }
  pass->seconds = clock_seconds() - wall;
  pass->cpu_seconds = clock_cpu_seconds() - cpu;
  return pass;
}

void
kernel_pass_free(struct kernel_pass *pass)
{
  if (pass == NULL)
    return;
  kernel_pass_drop(pass);
  g_ptr_array_unref(pass->streams);
  g_ptr_array_unref(pass->restarts);
  for (guint i = 0; pass->refusals != NULL && i < pass->outputs->len; i++)
    g_free(pass->refusals[i].reason);
  g_free(pass->refusals);
  g_array_unref(pass->outputs);
  g_free(pass->failure);
  g_free(pass);
}
