/* SPDX-License-Identifier: Apache-2.0
 *
 * Footers of local files are read here (footer_local.c, 0.01 ms a file), those that are not understood there by DuckDB, whose
 * parquet_full_metadata opens a file once for all that is asked (0.15 ms a file; parquet_schema and parquet_metadata
 * cost that each). It runs on one thread, so several connections share the files. The types that read_parquet gives are
 * asked of DuckDB once for each distinct schema. */
#include "duck/footer.h"
#include "duck/file_check.h"
#include "duck/footer_local.h"
#include "duck/handle.h"
#include "util/error.h"
#include "util/parallel.h"
#include "util/text.h"
#include <string.h>

enum { MOST_FILES_A_QUERY = 128, MOST_FILES = 10 * 1000 * 1000 };

struct reading {
  struct duck_connection **connections; /* one a worker */
  struct footer_buffer *buffers;        /* one a worker */
  const char *const *paths;
  gsize count;
  gsize step;            /* files a query */
  GHashTable *order;     /* path -> its index + 1 */
  GPtrArray *footers;    /* each item writes its own files' places only */
  GMutex lock;           /* the two below */
  GHashTable *by_schema; /* GBytes: schema as it was told -> its number + 1 */
  GArray *examples;      /* number of a schema -> index of a file that has it */
  guint *schema_of;      /* index of a file -> number of its schema */
  GPtrArray **columns;   /* number of a schema -> its columns */
};

void
duck_footer_free(struct duck_footer *footer)
{
  if (footer == NULL)
    return;
  g_free(footer->compression);
  g_clear_pointer(&footer->columns, g_ptr_array_unref);
  g_free(footer);
}

static void
free_footer(gpointer footer)
{
  duck_footer_free(footer);
}

static char *
metadata_sql(const char *const *paths, gsize count)
{
  g_autoptr(GString) sql = g_string_new(
      "SELECT parquet_file_metadata[1].file_name, parquet_file_metadata[1].num_rows,"
      " parquet_file_metadata[1].num_row_groups,"
      " list_min([m.compression FOR m IN parquet_metadata]),"
      " list_max([m.compression FOR m IN parquet_metadata]),"
      " to_json([{'a': s.name, 'b': s.type, 'c': s.type_length, 'd': s.repetition_type,"
      " 'e': s.num_children, 'f': s.converted_type, 'g': s.scale, 'h': s.precision,"
      " 'i': s.logical_type} FOR s IN parquet_schema])"
      " FROM parquet_full_metadata([");
  for (gsize i = 0; i < count; i++) {
    g_autofree char *path = text_sql_file(paths[i]);
    g_string_append_printf(sql, "%s%s", i == 0 ? "" : ",", path);
  }
  g_string_append(sql, "])");
  return g_strdup(sql->str);
}

/* Takes the schema over. */
static guint
schema_number(struct reading *reading, GBytes *schema, gsize file)
{
  g_mutex_lock(&reading->lock);
  guint number = GPOINTER_TO_UINT(g_hash_table_lookup(reading->by_schema, schema));
  if (number == 0) {
    g_array_append_val(reading->examples, file);
    number = reading->examples->len;
    g_hash_table_insert(reading->by_schema, g_bytes_ref(schema), GUINT_TO_POINTER(number));
  }
  g_mutex_unlock(&reading->lock);
  g_bytes_unref(schema);
  return number - 1;
}

static void
keep_footer(struct reading *reading, const struct duck_result *result, guint64 row)
{
  const char *path = duck_result_text(result, 0, row);
  const char *schema = duck_result_text(result, 5, row);
  gsize place = path == NULL ? 0 : GPOINTER_TO_SIZE(g_hash_table_lookup(reading->order, path));
  if (place == 0 || schema == NULL)
    return;
  struct duck_footer *footer = g_new0(struct duck_footer, 1);
  footer->rows = (guint64)MAX(duck_result_int(result, 1, row, 0), 0);
  footer->row_groups = (guint)MAX(duck_result_int(result, 2, row, 0), 0);
  const char *least = duck_result_text(result, 3, row), *most = duck_result_text(result, 4, row);
  footer->compression = g_strdup(g_strcmp0(least, most) == 0 ? least : "mixed");
  GBytes *told = g_bytes_new(schema, strlen(schema));
  reading->schema_of[place - 1] = schema_number(reading, told, place - 1);
  duck_footer_free(g_ptr_array_index(reading->footers, place - 1));
  g_ptr_array_index(reading->footers, place - 1) = footer;
}

static bool
read_files(struct reading *reading, guint worker, const char *const *paths, gsize count,
           GError **error)
{
  g_autofree char *sql = metadata_sql(paths, count);
  AUTO(duck_result_free)
  struct duck_result *result = query_own(reading->connections[worker], sql, NULL, error);
  for (guint64 row = 0; result != NULL && row < duck_result_rows(result); row++)
    keep_footer(reading, result, row);
  return result != NULL;
}

/* Reads by itself what it can of [first, end); the others are counted, and their paths put in front in ret_left. */
static gsize
read_local(struct reading *reading, struct footer_buffer *buffer, gsize first, gsize end,
           const char **ret_left)
{
  gsize left = 0;
  for (gsize i = first; i < end; i++) {
    GBytes *schema = NULL;
    struct duck_footer *footer = footer_read_local(reading->paths[i], buffer, &schema);
    if (footer == NULL) {
      ret_left[left++] = reading->paths[i];
      continue;
    }
    reading->schema_of[i] = schema_number(reading, schema, i);
    g_ptr_array_index(reading->footers, i) = footer;
  }
  return left;
}

/* Finds the first bad file of a group that failed as a whole. */
static bool
blame_file(struct reading *reading, guint worker, gsize first, gsize end, GError **error)
{
  for (gsize i = first; i < end; i++) {
    GError *failure = NULL;
    if (g_ptr_array_index(reading->footers, i) == NULL &&
        !read_files(reading, worker, &reading->paths[i], 1, &failure))
      return file_blame(reading->paths[i], ERROR_INPUT, failure, error);
  }
  return true;
}

static bool
read_group(guint worker, gsize item, gpointer user, GError **error)
{
  struct reading *reading = user;
  gsize first = item * reading->step;
  gsize end = MIN(first + reading->step, reading->count);
  g_autoptr(GError) failure = NULL;
  g_autofree const char **left = g_new(const char *, end - first);
  gsize count = read_local(reading, &reading->buffers[worker], first, end, left);
  if (count == 0)
    return true;
  bool good = read_files(reading, worker, left, count, &failure);
  if (!good && (error_is(failure, ERROR_INTERRUPTED) || error_is(failure, ERROR_TERMINATED))) {
    g_propagate_error(error, g_steal_pointer(&failure));
    return false;
  }
  if (!good && !blame_file(reading, worker, first, end, error))
    return false;
  for (gsize i = first; i < end; i++)
    if (g_ptr_array_index(reading->footers, i) == NULL)
      return file_blame(reading->paths[i], ERROR_INPUT, NULL, error);
  return true;
}

static bool
describe_schema(guint worker, gsize number, gpointer user, GError **error)
{
  struct reading *reading = user;
  const char *path = reading->paths[g_array_index(reading->examples, gsize, number)];
  g_autofree char *literal = text_sql_file(path);
  g_autofree char *sql =
      g_strdup_printf("SELECT * FROM read_parquet(%s, hive_partitioning = false)", literal);
  struct duck_fault *fault = NULL;
  reading->columns[number] = duck_describe(reading->connections[worker], sql, &fault, error);
  if (reading->columns[number] != NULL)
    return true;
  GError *failure = NULL;
  if (fault != NULL)
    (void)fault_consume(fault, &failure);
  return file_blame(path, ERROR_INPUT, failure, error);
}

static bool
connect_all(struct reading *reading, struct duck *duck, guint threads, GError **error)
{
  for (guint i = 0; i < threads; i++) {
    reading->connections[i] = connect_plainly(duck, error);
    if (reading->connections[i] == NULL)
      return false;
  }
  return true;
}

static void
share_columns(struct reading *reading)
{
  for (gsize i = 0; i < reading->count; i++) {
    struct duck_footer *footer = g_ptr_array_index(reading->footers, i);
    footer->columns = g_ptr_array_ref(reading->columns[reading->schema_of[i]]);
  }
}

static bool
read_all(struct reading *reading, struct duck *duck, guint threads, GError **error)
{
  gsize groups = (reading->count + reading->step - 1) / reading->step;
  if (!connect_all(reading, duck, threads, error) ||
      !parallel_for(threads, groups, read_group, reading, error))
    return false;
  reading->columns = g_new0(GPtrArray *, reading->examples->len + 1);
  if (!parallel_for(threads, reading->examples->len, describe_schema, reading, error))
    return false;
  share_columns(reading);
  return true;
}

static void
reading_open(struct reading *reading, guint threads)
{
  reading->connections = g_new0(struct duck_connection *, threads);
  reading->buffers = g_new0(struct footer_buffer, threads);
  reading->step = CLAMP(reading->count / (threads * 4), 1, MOST_FILES_A_QUERY);
  reading->order = g_hash_table_new(g_str_hash, g_str_equal);
  for (gsize i = 0; i < reading->count; i++)
    g_hash_table_insert(reading->order, (gpointer)(guintptr)reading->paths[i],
                        GSIZE_TO_POINTER(i + 1));
  reading->footers = g_ptr_array_new_with_free_func(free_footer);
  g_ptr_array_set_size(reading->footers, (gint)reading->count);
  g_mutex_init(&reading->lock);
  reading->by_schema = g_hash_table_new_full(g_bytes_hash, g_bytes_equal,
                                             (GDestroyNotify)(gpointer)g_bytes_unref, NULL);
  reading->examples = g_array_new(FALSE, FALSE, sizeof(gsize));
  reading->schema_of = g_new0(guint, reading->count + 1);
}

static void
reading_close(struct reading *reading, guint threads)
{
  for (guint i = 0; i < threads; i++) {
    duck_disconnect(reading->connections[i]);
    g_free(reading->buffers[i].bytes);
  }
  g_free(reading->buffers);
  for (guint i = 0; reading->columns != NULL && i < reading->examples->len; i++)
    g_clear_pointer(&reading->columns[i], g_ptr_array_unref);
  g_free(reading->connections);
  g_free(reading->columns);
  g_free(reading->schema_of);
  g_hash_table_unref(reading->order);
  g_hash_table_unref(reading->by_schema);
  g_array_unref(reading->examples);
  g_mutex_clear(&reading->lock);
  g_clear_pointer(&reading->footers, g_ptr_array_unref);
}

bool
duck_read_footers(struct duck *duck, const char *const *paths, gsize count, guint threads,
                  GPtrArray **ret_footers, GError **error)
{
  if (count > MOST_FILES)
    return error_set(error, ERROR_LIMIT, "%" G_GSIZE_FORMAT " files are too many", count);
  struct reading reading = {.paths = paths, .count = count};
  threads = MAX(threads, 1);
  reading_open(&reading, threads);
  bool good = read_all(&reading, duck, threads, error);
  if (good)
    *ret_footers = g_steal_pointer(&reading.footers);
  reading_close(&reading, threads);
  return good;
}
