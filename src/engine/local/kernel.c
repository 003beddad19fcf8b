/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/kernel.h"

static struct kernel_pass *
known_pass(const struct local *local, const struct plan_pass *planned)
{
  for (guint i = 0; i < local->passes->len; i++) {
    struct kernel_pass *pass = g_ptr_array_index(local->passes, i);
    if (pass->planned == planned)
      return pass;
  }
  return NULL;
}

static struct kernel_pass *
pass_of(struct writer *writer, GError **error)
{
  struct local *local = writer->local;
  const struct plan *plan = writer->run->plan;
  struct kernel_pass *pass =
      known_pass(local, g_ptr_array_index(plan->passes, writer->output->pass));
  if (pass == NULL) {
    pass = kernel_pass_run(writer, false, error);
    if (pass == NULL)
      return NULL;
    g_ptr_array_add(local->passes, pass);
    writer->borrowed_seconds -= pass->seconds;
    writer->borrowed_cpu_seconds -= pass->cpu_seconds;
    writer->scope_from = KERNEL_PASS_SHARE;
  }
  writer->borrowed_seconds += pass->seconds / pass->outputs->len;
  writer->borrowed_cpu_seconds += pass->cpu_seconds / pass->outputs->len;
  return pass;
}

static bool
write_post(struct writer *writer, const struct kernel_pass *pass, GError **error)
{
  const struct plan_output *output = writer->output;
  g_autofree char *sql = writer_planted(writer, output->post_sql);
  bool done = false;
  if (!kernel_small_write(writer, pass, sql, &done, error) || done)
    return done;
  if (output->partition_by->len > 0)
    return split_write(writer, sql, error);
  char *no_values[] = {NULL};
  return writer_write(writer, sql, no_values, 0, 1, error);
}

static bool
write_results(struct writer *writer, const struct kernel_pass *pass, GError **error)
{
  struct local *local = writer->local;
  if (!views_make_current(local, pass->plan, writer->output, false, NULL, error))
    return false;
  bool done = false;
  if (!kernel_ordered_write(writer, pass, &done, error) || done)
    return done;
  struct kernel_feeds *feeds = kernel_feeds_offer(local, pass, writer->run->output, NULL, error);
  if (feeds == NULL)
    return false;
  done = write_post(writer, pass, error);
  return kernel_feeds_withdraw(feeds, done ? error : NULL) && done;
}

static bool
write_from(struct writer *writer, const struct kernel_pass *pass, GError **error)
{
  struct kernel_stream *stream = kernel_pass_stream(pass, writer->run->output);
  writer->result->way = stream != NULL ? ENGINE_STREAMED : ENGINE_BY_KERNEL;
  if (stream == NULL)
    return write_results(writer, pass, error);
  return kernel_stream_publish(stream, writer, error);
}

static bool
write_or_refuse(struct writer *writer, const struct kernel_pass *pass, bool *ret_done,
                GError **error)
{
  const char *refusal = kernel_pass_refusal(pass, writer->run->output);
  *ret_done = refusal == NULL;
  if (refusal == NULL)
    return write_from(writer, pass, error);
  g_free(writer->result->note);
  writer->result->note = g_strdup(refusal);
  return true;
}

/* What was too much for all outputs of a pass may do for one. */
static bool
write_alone(struct writer *writer, const struct kernel_pass *shared, bool *ret_done, GError **error)
{
  writer->result->note = g_strdup(kernel_pass_refusal(shared, writer->run->output));
  struct kernel_pass *pass = kernel_pass_run(writer, true, error);
  if (pass == NULL)
    return false;
  writer->scope_from = KERNEL_PASS_SHARE;
  bool done = write_or_refuse(writer, pass, ret_done, error);
  kernel_pass_free(pass);
  return done;
}

static bool
postpone(struct writer *writer, struct kernel_pass *pass)
{
  pass->postponed++;
  writer->result->postponed = true;
  writer->result->note = g_strdup(kernel_pass_refusal(pass, writer->run->output));
  return true;
}

/* Beside results that are held a pass may have half of the kernel's memory at least, or is not tried. */
static bool
has_room(const struct local *local, const struct kernel_pass *pass)
{
  return pass->rollups == NULL || local->budget.used_bytes < local->budget.limit_bytes / 2;
}

bool
kernel_write(struct writer *writer, bool *ret_done, GError **error)
{
  struct local *local = writer->local;
  struct kernel_pass *pass = pass_of(writer, error);
  if (pass == NULL)
    return false;
  *(pass->waiting > 0 ? &pass->waiting : &pass->postponed) -= 1;
  bool alone = kernel_pass_ran_out(pass, writer->run->output);
  if (alone && pass->waiting > 0 && pass->rollups != NULL && writer->run->may_postpone)
    return *ret_done = postpone(writer, pass);
  if (alone && pass->waiting == 0)
    kernel_pass_drop(pass);
  bool done = alone && has_room(local, pass) ? write_alone(writer, pass, ret_done, error)
                                             : write_or_refuse(writer, pass, ret_done, error);
  if ((pass->waiting > 0 || pass->postponed > 0) && local->batch != NULL)
    return done;
  g_ptr_array_remove(local->passes, pass);
  return memory_share(local, false, done ? error : NULL) && done;
}

void
local_begin(gpointer self, const struct engine_batch *batch)
{
  struct local *local = self;
  local_end(local);
  local->batch = batch;
  local->current = NULL;
}

void
local_end(gpointer self)
{
  struct local *local = self;
  local->batch = NULL;
  g_ptr_array_set_size(local->passes, 0);
  /* What cannot be given back now is when the next pass ends. */
  bool shared = local->work == NULL || memory_share(local, false, NULL);
  (void)shared;
}
