/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/local.h"
#include "storage/hive.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/text.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <string.h>

#define TARGET_FILE_BYTES (G_GUINT64_CONSTANT(128) << 20)
#define FILE_LIMIT        100000u

enum { LONGEST_SHOWN = 60 /* bytes */ };

void
writer_init(struct writer *writer, struct local *local, const struct engine_run *run,
            struct engine_output *result)
{
  *writer = (struct writer){
      .local = local,
      .run = run,
      .output = g_ptr_array_index(run->plan->outputs, run->output),
      .result = result,
      .scope_to = 1,
      .next_part = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
  };
  for (guint i = 0; i < writer->output->inputs->len; i++)
    writer->rows_total +=
        ((const struct plan_input *)g_ptr_array_index(writer->output->inputs, i))->rows;
}

void
writer_clear(struct writer *writer)
{
  g_clear_pointer(&writer->next_part, g_hash_table_unref);
}

static bool
watch(double share, gpointer user)
{
  const struct writer *writer = user;
  double part = writer->share_from;
  if (share > 0)
    part += share * (writer->share_to - writer->share_from);
  double whole = writer->scope_from + part * (writer->scope_to - writer->scope_from);
  if (whole <= 0 && share < 0)
    whole = -1;
  guint64 rows = whole > 0 ? (guint64)(whole * (double)writer->rows_total) : 0;
  writer->run->progress(whole, rows, writer->run->user);
  return true;
}

/* Without anyone to tell, statements need no thread of their own. */
static duck_watch
watch_of(const struct writer *writer)
{
  return writer->run->progress == NULL ? NULL : watch;
}

struct duck_result *
writer_query(struct writer *writer, const char *sql, double from, double to, GError **error)
{
  writer->share_from = from;
  writer->share_to = to;
  return duck_query(writer->local->work, sql, watch_of(writer), writer, error);
}

static bool
scan(struct writer *writer, const char *sql, enum duck_scan_way way, const struct duck_sink *sink,
     double from, double to, GError **error)
{
  writer->share_from = from;
  writer->share_to = to;
  return duck_scan(writer->local->work, sql, way, sink, watch_of(writer), writer, error);
}

bool
writer_scan(struct writer *writer, const char *sql, const struct duck_sink *sink, double from,
            double to, GError **error)
{
  return scan(writer, sql, DUCK_SCAN_AGGREGATE, sink, from, to, error);
}

bool
writer_fetch(struct writer *writer, const char *sql, const struct duck_sink *sink, double from,
             double to, GError **error)
{
  return scan(writer, sql, DUCK_SCAN_FETCH, sink, from, to, error);
}

static bool
refuse_empty(const char *column, GError **error)
{
  g_autofree char *name = text_sql_name(column);
  error_set(error, ERROR_OUTPUT, "partition column '%s' has an empty string as a value", column);
  return error_hint(error,
                    "Delta readers take an empty partition value for NULL: write nullif(%s, '') "
                    "in the query.",
                    name);
}

static bool
refuse_long(const char *column, const char *value, gsize bytes, GError **error)
{
  g_autofree char *name = text_sql_name(column);
  g_autofree char *shown = text_shorten(value, LONGEST_SHOWN);
  error_set(error, ERROR_OUTPUT,
            "partition column '%s' has the value '%s' of %zu bytes: its folder's name would be %zu "
            "bytes long, at most %d are possible",
            column, shown, strlen(value), bytes, NAME_MAX);
  return error_hint(
      error,
      "Partition by something shorter, left(%s, 20) or md5(%s): all but letters of "
      "ASCII, digits, '-', '_' and '.' take three bytes and more in names of folders.",
      name, name);
}

bool
writer_check_values(const struct writer *writer, char *const *values, GError **error)
{
  const GArray *partition_by = writer->output->partition_by;
  for (guint i = 0; i < partition_by->len; i++) {
    const struct plan_column *column =
        g_ptr_array_index(writer->output->columns, g_array_index(partition_by, guint, i));
    if (values[i] == NULL)
      continue;
    if (*values[i] == '\0')
      return refuse_empty(column->name, error);
    g_autofree char *folder = hive_format(column->name, values[i]);
    if (strlen(folder) > NAME_MAX)
      return refuse_long(column->name, values[i], strlen(folder), error);
  }
  return true;
}

/* "year=2024/month=1", "" without partition columns; owned by the caller. */
static char *
folder_of(const struct plan_output *output, char *const *values)
{
  GString *folder = g_string_new(NULL);
  for (guint i = 0; i < output->partition_by->len; i++) {
    const struct plan_column *column =
        g_ptr_array_index(output->columns, g_array_index(output->partition_by, guint, i));
    g_autofree char *part = hive_format(column->name, values[i]);
    g_string_append_printf(folder, "%s%s", i == 0 ? "" : "/", part);
  }
  return g_string_free(folder, FALSE);
}

/* Relative path of the next file in a folder, which is made; NULL with an error. Numbers go by folder, not by value, so that
 * values that share a folder's name do not overwrite each other. */
static char *
next_path(struct writer *writer, const char *folder, GError **error)
{
  guint number = GPOINTER_TO_UINT(g_hash_table_lookup(writer->next_part, folder));
  g_hash_table_insert(writer->next_part, g_strdup(folder), GUINT_TO_POINTER(number + 1));
  if (writer->result->files->len >= FILE_LIMIT) {
    error_set(error, ERROR_OUTPUT, "the result would have more than %u files", FILE_LIMIT);
    error_hint(error, "Partition it by fewer columns, or by columns with fewer values.");
    return NULL;
  }
  g_autofree char *full = g_build_filename(writer->run->staging, folder, NULL);
  if (g_mkdir_with_parents(full, 0777) != 0) {
    error_set_errno(error, ERROR_OUTPUT, errno, "cannot make the folder '%s'", full);
    return NULL;
  }
  return g_strdup_printf("%s%spart-%u-%s.parquet", folder, *folder == '\0' ? "" : "/", number,
                         writer->run->run_id);
}

/* Columns that stand in the files, quoted. */
static char *
stored_columns(const struct plan_output *output)
{
  GString *list = g_string_new(NULL);
  for (guint i = 0; i < output->columns->len; i++) {
    bool in_folder = false;
    for (guint j = 0; j < output->partition_by->len; j++)
      in_folder = in_folder || g_array_index(output->partition_by, guint, j) == i;
    if (in_folder)
      continue;
    const struct plan_column *column = g_ptr_array_index(output->columns, i);
    g_autofree char *name = text_sql_name(column->name);
    g_string_append_printf(list, "%s%s", list->len == 0 ? "" : ", ", name);
  }
  return g_string_free(list, FALSE);
}

static struct duck_result *
copy(struct writer *writer, const char *query, const char *path, const char *options, double from,
     double to, GError **error)
{
  g_autofree char *target = text_sql_string(path);
  g_autofree char *compression = text_sql_string(writer->output->spec->compression);
  g_autofree char *sql =
      g_strdup_printf("COPY (%s) TO %s (FORMAT parquet, COMPRESSION %s, RETURN_STATS%s)", query,
                      target, compression, options);
  return writer_query(writer, sql, from, to, error);
}

char *
writer_next_path(struct writer *writer, char *const *values, GError **error)
{
  g_autofree char *folder = folder_of(writer->output, values);
  return next_path(writer, folder, error);
}

void
writer_add_file(struct writer *writer, const char *path, char *const *values, guint64 rows,
                guint64 size_bytes, struct json_object *statistics)
{
  struct engine_file *file = g_new0(struct engine_file, 1);
  file->path = g_strdup(path);
  file->partition_count = writer->output->partition_by->len;
  file->partition_values = g_new0(char *, file->partition_count + 1);
  for (guint i = 0; i < file->partition_count; i++)
    file->partition_values[i] = g_strdup(values[i]);
  file->rows = rows;
  file->size_bytes = size_bytes;
  file->statistics = statistics;
  g_ptr_array_add(writer->result->files, file);
}

static void
add_file(struct writer *writer, const char *path, char *const *values,
         const struct duck_result *told, guint64 row)
{
  guint64 rows = (guint64)duck_result_int(told, 1, row, 0);
  JSON_AUTO(columns) = duck_result_json(told, 4, row);
  writer_add_file(writer, path, values, rows, (guint64)duck_result_int(told, 2, row, 0),
                  statistics_json(writer->output, rows, columns));
}

guint64
writer_target_bytes(const struct engine_run *run)
{
  return run->target_file_bytes > 0 ? run->target_file_bytes : TARGET_FILE_BYTES;
}

/* Reads a file that became too large again and writes it as files of about the target size. Its row numbers are its
 * order, and DuckDB reads only the row groups of a range of them. */
static bool
cut_file(struct writer *writer, const char *whole, guint64 rows, guint64 count, const char *folder,
         char *const *values, GError **error)
{
  g_autofree char *source = text_sql_file(whole);
  for (guint64 i = 0; i < count; i++) {
    guint64 first = rows * i / count, end = rows * (i + 1) / count;
    g_autofree char *path = next_path(writer, folder, error);
    if (path == NULL)
      return false;
    g_autofree char *full = g_build_filename(writer->run->staging, path, NULL);
    g_autofree char *query = g_strdup_printf(
        "SELECT * EXCLUDE (file_row_number) FROM read_parquet(%s, file_row_number = true, "
        "hive_partitioning = false) WHERE file_row_number >= %" G_GUINT64_FORMAT
        " AND file_row_number < %" G_GUINT64_FORMAT " ORDER BY file_row_number",
        source, first, end);
    AUTO(duck_result_free)
    struct duck_result *told =
        copy(writer, query, full, "", writer->share_to, writer->share_to, error);
    if (told == NULL)
      return false;
    add_file(writer, path, values, told, 0);
  }
  return true;
}

/* How many files a file of this size should be: 1 up to a quarter above the target. */
static guint64
file_count(const struct writer *writer, guint64 size_bytes, guint64 rows)
{
  guint64 target = writer_target_bytes(writer->run);
  if (size_bytes <= target + target / 4)
    return 1;
  return MIN((size_bytes + target - 1) / target, rows);
}

static bool
keep_file(struct writer *writer, const char *folder, const char *written, char *const *values,
          const struct duck_result *told, GError **error)
{
  guint64 rows = (guint64)duck_result_int(told, 1, 0, 0);
  guint64 count = file_count(writer, (guint64)duck_result_int(told, 2, 0, 0), rows);
  if (rows > 0 && count == 1) {
    g_autofree char *path = next_path(writer, folder, error);
    if (path == NULL)
      return false;
    g_autofree char *full = g_build_filename(writer->run->staging, path, NULL);
    if (g_rename(written, full) != 0)
      return error_set_errno(error, ERROR_FAILED, errno, "cannot rename '%s'", written);
    add_file(writer, path, values, told, 0);
    return true;
  }
  if (rows > 0 && !cut_file(writer, written, rows, count, folder, values, error))
    return false;
  if (g_unlink(written) != 0)
    return error_set_errno(error, ERROR_FAILED, errno, "cannot remove '%s'", written);
  return true;
}

bool
writer_write(struct writer *writer, const char *query, char *const *values, double from, double to,
             GError **error)
{
  g_autofree char *folder = folder_of(writer->output, values);
  g_autofree char *columns = stored_columns(writer->output);
  g_autofree char *written =
      g_strdup_printf("%s/.whole-%s.parquet", writer->run->staging, writer->run->run_id);
  g_autofree char *selected = g_strdup_printf("SELECT %s FROM (%s)", columns, query);
  double begin = clock_seconds();
  AUTO(duck_result_free)
  struct duck_result *told = copy(writer, selected, written, "", from, to, error);
  double copied = clock_seconds();
  if (told == NULL || !keep_file(writer, folder, written, values, told, error))
    return false;
  writer->result->compute_seconds += copied - begin;
  writer->result->write_seconds += clock_seconds() - copied;
  return true;
}

/* SELECT list that casts every column to its stored type. */
static char *
cast_columns(const struct plan_output *output)
{
  GString *list = g_string_new(NULL);
  for (guint i = 0; i < output->columns->len; i++) {
    const struct plan_column *column = g_ptr_array_index(output->columns, i);
    g_autofree char *name = text_sql_name(column->name);
    if (g_str_equal(column->type, column->stored_type))
      g_string_append_printf(list, "%s%s", i == 0 ? "" : ", ", name);
    else
      g_string_append_printf(list, "%sCAST(%s AS %s) AS %s", i == 0 ? "" : ", ", name,
                             column->stored_type, name);
  }
  return g_string_free(list, FALSE);
}

static char *
plain_options(const struct writer *writer)
{
  GString *options = g_string_new(NULL);
  g_string_append_printf(options, ", OVERWRITE_OR_IGNORE, FILENAME_PATTERN 'part-{i}-%s'",
                         writer->run->run_id);
  for (guint i = 0; i < writer->output->partition_by->len; i++) {
    const struct plan_column *column = g_ptr_array_index(
        writer->output->columns, g_array_index(writer->output->partition_by, guint, i));
    g_autofree char *name = text_sql_name(column->name);
    g_string_append_printf(options, "%s%s", i == 0 ? ", PARTITION_BY (" : ", ", name);
  }
  g_string_append_c(options, ')');
  return g_string_free(options, FALSE);
}

/* partition_values of one told file: a map from column to text, NULL for NULL. */
static bool
add_plain_file(struct writer *writer, const struct duck_result *told, guint64 row, GError **error)
{
  const struct plan_output *output = writer->output;
  JSON_AUTO(keys) = duck_result_json(told, 5, row);
  g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < output->partition_by->len; i++) {
    const struct plan_column *column =
        g_ptr_array_index(output->columns, g_array_index(output->partition_by, guint, i));
    g_ptr_array_add(values, g_strdup(json_get_text(keys, column->name)));
  }
  char *const *texts = (char *const *)values->pdata;
  if (!writer_check_values(writer, texts, error))
    return false;
  const char *full = duck_result_text(told, 0, row);
  const char *relative = full + strlen(writer->run->staging);
  add_file(writer, relative + strspn(relative, "/"), texts, told, row);
  return true;
}

bool
writer_write_plain(struct writer *writer, const char *query, GError **error)
{
  g_autofree char *columns = cast_columns(writer->output);
  g_autofree char *selected = g_strdup_printf("SELECT %s FROM (%s)", columns, query);
  if (writer->output->partition_by->len == 0) {
    char *no_values[] = {NULL};
    return writer_write(writer, selected, no_values, 0, 1, error);
  }
  g_autofree char *options = plain_options(writer);
  double begin = clock_seconds();
  AUTO(duck_result_free)
  struct duck_result *told = copy(writer, selected, writer->run->staging, options, 0, 1, error);
  if (told == NULL)
    return false;
  for (guint64 i = 0; i < duck_result_rows(told); i++)
    if (duck_result_int(told, 1, i, 0) > 0 && !add_plain_file(writer, told, i, error))
      return false;
  writer->result->compute_seconds = clock_seconds() - begin;
  return true;
}
