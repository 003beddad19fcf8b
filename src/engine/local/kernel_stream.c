/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/kernel_stream.h"
#include "util/error.h"
#include <glib/gstdio.h>

static void *
resize_in_budget(void *user, void *old, size_t old_bytes, size_t new_bytes)
{
  if (new_bytes > 0)
    return budget_resize(user, old, old_bytes, new_bytes);
  budget_free(user, old, old_bytes);
  return NULL;
}

static void
part_free(gpointer data)
{
  stream_part_free(data);
}

void
kernel_stream_free(struct kernel_stream *stream)
{
  if (stream == NULL)
    return;
  g_ptr_array_unref(stream->parts);
  g_ptr_array_unref(stream->scratches);
  g_array_unref(stream->columns);
  g_array_unref(stream->partition_columns);
  g_free(stream->parquet);
  g_free(stream->run_part);
  g_free(stream->run_slot);
  g_clear_error(&stream->error);
  g_mutex_clear(&stream->mutex);
  g_free(stream);
}

static bool
give_up(struct kernel_stream *stream, const char *reason, bool ran_out)
{
  g_mutex_lock(&stream->mutex);
  if (stream->reason == NULL && stream->error == NULL) {
    stream->reason = reason;
    stream->ran_out = ran_out;
  }
  g_atomic_int_set(&stream->stopped, 1);
  g_mutex_unlock(&stream->mutex);
  return false;
}

bool
stream_give_up(struct kernel_stream *stream, const char *reason)
{
  return give_up(stream, reason, false);
}

bool
stream_run_out(struct kernel_stream *stream, const char *reason)
{
  return give_up(stream, reason, true);
}

bool
stream_fail(struct kernel_stream *stream, GError *error)
{
  g_mutex_lock(&stream->mutex);
  if (stream->error == NULL)
    stream->error = g_steal_pointer(&error);
  g_clear_error(&error);
  g_atomic_int_set(&stream->stopped, 1);
  g_mutex_unlock(&stream->mutex);
  return false;
}

static struct parquet_scratch *
take_scratch(struct kernel_stream *stream)
{
  g_mutex_lock(&stream->mutex);
  guint count = stream->scratches->len;
  struct parquet_scratch *scratch =
      count > 0 ? g_ptr_array_steal_index(stream->scratches, count - 1) : NULL;
  g_mutex_unlock(&stream->mutex);
  return scratch != NULL ? scratch : parquet_scratch_new(&stream->allocator);
}

static void
group_free(gpointer data)
{
  parquet_group_free(data);
}

GPtrArray *
stream_groups_new(void)
{
  return g_ptr_array_new_with_free_func(group_free);
}

struct parquet_group *
stream_encode(struct kernel_stream *stream, const struct parquet_values *values, uint32_t rows)
{
  struct parquet_options options = stream->options;
  options.scratch = take_scratch(stream);
  if (options.scratch == NULL)
    return NULL;
  struct parquet_group *group =
      parquet_encode(stream->parquet, stream->columns->len, values, rows, &options);
  g_mutex_lock(&stream->mutex);
  g_ptr_array_add(stream->scratches, options.scratch);
  g_mutex_unlock(&stream->mutex);
  return group;
}

static bool
fail_narrow(struct kernel_stream *stream, const struct stream_column *column)
{
  GError *error = NULL;
  error_set(&error, ERROR_OUTPUT, "a value of column '%s' does not fit its stored type BIGINT",
            column->name);
  error_hint(&error, "Cast it in the query, to DECIMAL(38, 0) or DOUBLE.");
  return stream_fail(stream, error);
}

/* Row groups of a large block, in the order of its rows. NULL after stream_give_up or stream_fail. */
static GPtrArray *
encode_slices(struct kernel_stream *stream, const struct rollup_batch *batch, int64_t *narrow,
              struct parquet_values *values)
{
  GPtrArray *groups = stream_groups_new();
  for (uint32_t first = 0; first < batch->rows; first += STREAM_GROUP_ROWS) {
    uint32_t rows = MIN(batch->rows - first, (uint32_t)STREAM_GROUP_ROWS);
    const struct stream_column *column = NULL;
    struct parquet_group *group = NULL;
    if (!stream_slice(stream, batch, first, rows, narrow, values, &column))
      (void)fail_narrow(stream, column);
    else
      group = stream_encode(stream, values, rows);
    if (group == NULL) {
      (void)stream_run_out(stream, "no memory is left for the Parquet pages of its groups");
      g_ptr_array_unref(groups);
      return NULL;
    }
    g_ptr_array_add(groups, group);
  }
  return groups;
}

static bool
take_block(struct kernel_stream *stream, const struct rollup_block *block, int64_t *narrow)
{
  g_autofree struct parquet_values *values =
      g_new0(struct parquet_values, stream->columns->len + 1);
  GPtrArray *groups = NULL, *rows = NULL;
  if (block->batch.rows >= STREAM_SMALL_ROWS) {
    groups = encode_slices(stream, &block->batch, narrow, values);
    if (groups == NULL)
      return false;
  } else if (block->batch.rows > 0) {
    const struct stream_column *column = NULL;
    if (!stream_slice(stream, &block->batch, 0, block->batch.rows, narrow, values, &column))
      return fail_narrow(stream, column);
    struct stream_rows *copy = stream_rows_copy(stream, values, block->batch.rows);
    if (copy == NULL)
      return stream_run_out(stream, "no memory is left to keep its groups until their turn");
    rows = g_ptr_array_new();
    g_ptr_array_add(rows, copy);
  }
  return stream_part_take(stream->run_part[block->run], stream->run_slot[block->run], block, groups,
                          rows);
}

/* The other rollups of the pass go on when this one cannot. */
static bool
on_block(void *user, const struct rollup_block *block)
{
  struct kernel_stream *stream = user;
  if (g_atomic_int_get(&stream->stopped) != 0 || stream->target.staging == NULL)
    return true;
  gsize rows = MIN(block->batch.rows, (uint32_t)STREAM_GROUP_ROWS);
  gsize bytes = MAX(rows * stream_narrowed(stream) * sizeof(int64_t), 16);
  int64_t *narrow = budget_alloc(stream->budget, bytes);
  if (narrow == NULL)
    return stream_run_out(stream, "no memory is left to write its groups"), true;
  (void)take_block(stream, block, narrow);
  budget_free(stream->budget, narrow, bytes);
  return true;
}

static void
on_restart(void *user)
{
  struct kernel_stream *stream = user;
  stream_lay_out_told(stream, &stream->spec->rollups[stream->rollup]);
  g_clear_error(&stream->error);
  stream->reason = NULL;
  stream->ran_out = false;
  g_atomic_int_set(&stream->stopped, 0);
}

struct kernel_stream *
stream_new(const struct kernel_target *target, struct rollup_budget *budget)
{
  struct kernel_stream *stream = g_new0(struct kernel_stream, 1);
  stream->target = *target;
  stream->output = g_ptr_array_index(target->plan->outputs, target->output);
  stream->planned = g_ptr_array_index(target->plan->passes, stream->output->pass);
  stream->budget = budget;
  stream->columns = g_array_new(FALSE, TRUE, sizeof(struct stream_column));
  stream->partition_columns = g_array_new(FALSE, FALSE, sizeof(unsigned));
  stream->parts = g_ptr_array_new_with_free_func(part_free);
  g_mutex_init(&stream->mutex);
  stream->scratches =
      g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)parquet_scratch_free);
  stream->allocator = (struct parquet_allocator){.resize = resize_in_budget, .user = budget};
  stream->options.allocator = &stream->allocator;
  return stream;
}

struct kernel_stream *
stream_of_run(const struct writer *writer)
{
  const struct engine_run *run = writer->run;
  const struct kernel_target target = {.plan = run->plan,
                                       .output = run->output,
                                       .staging = run->staging,
                                       .run_id = run->run_id,
                                       .target_file_bytes = writer_target_bytes(run)};
  return stream_new(&target, &writer->local->budget);
}

struct kernel_stream *
kernel_stream_new(struct kernel_spec *spec, guint rollup, const struct kernel_target *target,
                  struct rollup_budget *budget)
{
  struct kernel_stream *stream = stream_new(target, budget);
  if (!stream_fit(stream, spec, rollup)) {
    kernel_stream_free(stream);
    return NULL;
  }
  spec->rollups[rollup].stream = on_block;
  spec->rollups[rollup].stream_restart = on_restart;
  spec->rollups[rollup].stream_user = stream;
  return stream;
}

void
kernel_stream_finish(struct kernel_stream *stream)
{
  for (guint i = 0; i < stream->parts->len && stream->stopped == 0; i++)
    (void)stream_part_finish(g_ptr_array_index(stream->parts, i));
  g_ptr_array_set_size(stream->scratches, 0);
  if (stream->reason != NULL)
    g_ptr_array_set_size(stream->parts, 0);
}

const char *
kernel_stream_reason(const struct kernel_stream *stream)
{
  return stream->reason;
}

bool
kernel_stream_ran_out(const struct kernel_stream *stream)
{
  return stream->ran_out;
}

static bool
publish_file(const struct stream_part *part, struct stream_file *file, struct writer *writer,
             GError **error)
{
  g_autofree char *path = writer_next_path(writer, part->values, error);
  if (path == NULL)
    return false;
  g_autofree char *full = g_build_filename(part->stream->target.staging, path, NULL);
  if (g_rename(file->path, full) != 0)
    return error_set_errno(error, ERROR_FAILED, errno, "cannot rename '%s'", file->path);
  writer_add_file(writer, path, part->values, file->rows, file->size_bytes,
                  g_steal_pointer(&file->statistics));
  return true;
}

bool
kernel_stream_publish(struct kernel_stream *stream, struct writer *writer, GError **error)
{
  if (stream->error != NULL) {
    g_propagate_error(error, g_steal_pointer(&stream->error));
    return false;
  }
  for (guint i = 0; i < stream->parts->len; i++) {
    struct stream_part *part = g_ptr_array_index(stream->parts, i);
    if (part->files->len > 0 && !writer_check_values(writer, part->values, error))
      return false;
    for (guint k = 0; k < part->files->len; k++)
      if (!publish_file(part, g_ptr_array_index(part->files, k), writer, error))
        return false;
    g_ptr_array_set_size(part->files, 0);
  }
  return true;
}
