/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/kernel.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/fault.h"
#include "util/text.h"
#include <string.h>

/* For the tests of --performance-test only: what "wrong:optimised:<name>" plants. */
char *
writer_planted(const struct writer *writer, const char *sql)
{
  if (writer->run->mode != ENGINE_OPTIMISED)
    return g_strdup(sql);
  g_autofree char *step = g_strconcat("optimised:", writer->output->spec->name, NULL);
  if (!fault_planted("wrong", step))
    return g_strdup(sql);
  return g_strdup_printf("SELECT * FROM (%s) OFFSET 1", sql);
}

/* Partitions [first, end) of an output at once: one straight into its file, several by way of a table. */
static bool
write_batch(struct writer *writer, const char *sql, guint first, guint end, GError **error)
{
  const struct plan_output *output = writer->output;
  const struct plan_partition *one = g_ptr_array_index(output->partitions, first);
  g_autoptr(GArray) files = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = first; i < end; i++) {
    const struct plan_partition *partition = g_ptr_array_index(output->partitions, i);
    if (!writer_check_values(writer, partition->values, error))
      return false;
    g_array_append_vals(files, partition->files->data, partition->files->len);
  }
  const struct plan_partition batch = {.files = files};
  if (!views_make_current(writer->local, writer->run->plan, output, false, &batch, error))
    return false;
  if (end - first == 1)
    return writer_write(writer, sql, one->values, 0, 1, error);
  return split_write(writer, sql, error);
}

static guint64
partition_rows(const struct plan_output *output, guint index)
{
  return ((const struct plan_partition *)g_ptr_array_index(output->partitions, index))->rows;
}

static bool
write_by_partition(struct writer *writer, const char *sql, GError **error)
{
  const struct plan_output *output = writer->output;
  guint count = output->partitions->len;
  guint64 total = 0, done = 0;
  for (guint i = 0; i < count; i++)
    total += partition_rows(output, i);
  for (guint first = 0, end; first < count; first = end) {
    guint64 rows = partition_rows(output, first);
    for (end = first + 1; end < count && rows + partition_rows(output, end) <= LOCAL_BATCH_ROWS;
         end++)
      rows += partition_rows(output, end);
    writer->scope_from = total > 0 ? (double)done / (double)total : 0;
    done += rows;
    writer->scope_to = total > 0 ? (double)done / (double)total : 1;
    if (!write_batch(writer, sql, first, end, error))
      return false;
  }
  return true;
}

static void
sleep_when_planted(const struct writer *writer)
{
  g_autofree char *step = g_strconcat("optimised:", writer->output->spec->name, NULL);
  if (fault_planted("slow", step))
    g_usleep(2 * G_USEC_PER_SEC);
}

/* By DuckDB alone, as the plan lays it out. */
static bool
write_by_duckdb(struct writer *writer, GError **error)
{
  const struct plan_output *output = writer->output;
  if (!views_make_current(writer->local, writer->run->plan, output, false, NULL, error))
    return false;
  g_autofree char *sql = writer_planted(writer, output->sql);
  switch (output->layout) {
  case PLAN_SPLIT:
    return split_write(writer, sql, error);
  case PLAN_BY_PARTITION:
    return write_by_partition(writer, sql, error);
  case PLAN_SINGLE:
    break;
  }
  char *no_values[] = {NULL};
  return writer_write(writer, sql, no_values, 0, 1, error);
}

static bool
write_output(struct writer *writer, GError **error)
{
  const struct plan_output *output = writer->output;
  if (writer->run->mode == ENGINE_PLAIN)
    return views_make_current(writer->local, writer->run->plan, output, true, NULL, error) &&
           writer_write_plain(writer, output->plain_sql, error);
  sleep_when_planted(writer);
  if (!output->is_kernel)
    return write_by_duckdb(writer, error);
  if (writer->local->kernel_off) {
    writer->result->note = g_strdup("KINDLING_KERNEL is off");
    return write_by_duckdb(writer, error);
  }
  bool written = false;
  return kernel_write(writer, &written, error) && (written || write_by_duckdb(writer, error));
}

static gint
compare_files(gconstpointer a, gconstpointer b)
{
  const struct engine_file *const *left = a;
  const struct engine_file *const *right = b;
  return strcmp((*left)->path, (*right)->path);
}

static void
add_up(struct engine_output *result)
{
  g_ptr_array_sort(result->files, compare_files);
  for (guint i = 0; i < result->files->len; i++) {
    const struct engine_file *file = g_ptr_array_index(result->files, i);
    result->rows += file->rows;
    result->size_bytes += file->size_bytes;
  }
}

static bool
step_here(const char *step, const char *name, GError **error)
{
  g_autofree char *text = g_strdup_printf("engine.%s:%s", step, name);
  return fault_here(text, error);
}

/* "failed to offload data block of size 256.0 KiB (480.0 KiB/536.3 KiB used)", "failed to create directory '/temp/kindling-1'" */
static bool
hint_at_temp_dir(GError **error)
{
  if (error == NULL || *error == NULL)
    return false;
  if (strstr((*error)->message, "failed to offload ") != NULL ||
      strstr((*error)->message, "temp_directory") != NULL)
    return error_hint(error,
                      "Give --temp-dir a disk with more space, or allow more by --memory-limit.");
  if (strstr((*error)->message, "failed to create directory '") != NULL)
    return error_hint(error, "Give --temp-dir a folder that can be written to.");
  return false;
}

/* "could not allocate block of size 256.0 KiB (61.3 MiB/61.5 MiB used)", "sums ... need more memory than there is for them" */
static bool
hint_at_limit(const struct local *local, GError **error)
{
  if (error == NULL || !error_is(*error, ERROR_LIMIT) ||
      strstr((*error)->message, "HINT: ") != NULL ||
      (strstr((*error)->message, " used)") == NULL &&
       strstr((*error)->message, "more memory than there is") == NULL))
    return false;
  g_autofree char *limit = text_bytes(local->memory_limit_bytes);
  g_autofree char *own = text_bytes(local->memory_limit_bytes - local->data_bytes);
  return error_hint(
      error,
      "Allow more by --memory-limit, or use fewer --threads: the limit is %s, of which the "
      "program itself needs %s.",
      limit, own);
}

bool
local_run(gpointer self, const struct engine_run *run, struct engine_output *ret_output,
          GError **error)
{
  struct local *local = self;
  const struct plan_output *output = g_ptr_array_index(run->plan->outputs, run->output);
  struct engine_output result = {
      .files = g_ptr_array_new_with_free_func((GDestroyNotify)engine_file_free)};
  struct writer writer;
  double wall = clock_seconds(), cpu = clock_cpu_seconds();
  writer_init(&writer, local, run, &result);
  bool done = step_here("output", output->spec->name, error) && write_output(&writer, error) &&
              step_here("written", output->spec->name, error);
  writer_clear(&writer);
  result.seconds = clock_seconds() - wall + writer.borrowed_seconds;
  result.cpu_seconds = clock_cpu_seconds() - cpu + writer.borrowed_cpu_seconds;
  if (!done) {
    engine_output_clear(&result);
    return blame(local, run->plan, output, error) || hint_at_temp_dir(error) ||
           hint_at_limit(local, error);
  }
  add_up(&result);
  *ret_output = result;
  return true;
}
