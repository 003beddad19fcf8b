/* SPDX-License-Identifier: Apache-2.0 */
#include "run/inspect.h"
#include "duck/duck.h"
#include "duck/footer.h"
#include "plan/plan.h"
#include "run/input.h"
#include "run/temp.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/machine.h"
#include "util/text.h"
#include <string.h>

#define TABLE_NAME  "input"
#define COUNTS      "input_counts"
#define SAMPLE_ROWS 5u
#define VALUE_LIMIT 100u
#define GROUP_LIMIT 2u

static const char *const counted_columns[] = {"category", "event_type"};

static void
value_free(gpointer data)
{
  struct inspection_value *value = data;
  g_free(value->text);
  g_free(value);
}

static void
count_free(gpointer data)
{
  struct inspection_count *count = data;
  g_free(count->column);
  g_ptr_array_unref(count->values);
  g_free(count);
}

static void
sample_free(struct inspection *inspection)
{
  for (guint i = 0; i < inspection->sample->len; i++) {
    char **cells = inspection->sample->pdata[i];
    for (guint j = 0; j < inspection->inventory->columns->len; j++)
      g_free(cells[j]);
    g_free(cells);
  }
  g_ptr_array_unref(inspection->sample);
}

static struct inspection *
inspection_new(struct inventory *inventory)
{
  struct inspection *inspection = g_new0(struct inspection, 1);
  inspection->inventory = inventory;
  inspection->groups = g_ptr_array_new_with_free_func(g_free);
  inspection->counts = g_ptr_array_new_with_free_func(count_free);
  inspection->sample = g_ptr_array_new();
  inspection->gaps = inventory_gaps(inventory);
  inspection->compressions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  return inspection;
}

void
inspection_free(struct inspection *inspection)
{
  if (inspection == NULL)
    return;
  sample_free(inspection);
  g_ptr_array_unref(inspection->groups);
  g_ptr_array_unref(inspection->counts);
  g_ptr_array_unref(inspection->gaps);
  g_hash_table_unref(inspection->compressions);
  inventory_free(inspection->inventory);
  g_free(inspection);
}

static bool
same_group(const struct inspection_group *group, char **values, guint columns)
{
  for (guint i = 0; i < columns; i++)
    if (g_strcmp0(group->values[i], values[i]) != 0)
      return false;
  return true;
}

/* Partitions come ordered by value, so those of one group are neighbours. */
static void
group_partitions(struct inspection *inspection)
{
  const struct inventory *inventory = inspection->inventory;
  inspection->group_columns = MIN(inventory->partition_columns->len, GROUP_LIMIT);
  if (inspection->group_columns == 0)
    return;
  struct inspection_group *group = NULL;
  for (guint i = 0; i < inventory->partitions->len; i++) {
    const struct inventory_partition *partition = inventory->partitions->pdata[i];
    if (group == NULL || !same_group(group, partition->values, inspection->group_columns)) {
      group = g_new0(struct inspection_group, 1);
      group->values = partition->values;
      g_ptr_array_add(inspection->groups, group);
    }
    group->rows += partition->rows;
    group->files += partition->files;
    group->size_bytes += partition->size_bytes;
  }
}

static int
by_size(gconstpointer a, gconstpointer b)
{
  guint64 left = *(const guint64 *)a, right = *(const guint64 *)b;
  return (left > right) - (left < right);
}

static void
measure_files(struct inspection *inspection)
{
  const GPtrArray *files = inspection->inventory->files;
  g_autoptr(GArray) sizes = g_array_new(FALSE, FALSE, sizeof(guint64));
  for (guint i = 0; i < files->len; i++) {
    const struct inventory_file *file = files->pdata[i];
    const char *compression = file->compression != NULL ? file->compression : "none";
    guint64 *count = g_hash_table_lookup(inspection->compressions, compression);
    if (count == NULL) {
      count = g_new0(guint64, 1);
      g_hash_table_insert(inspection->compressions, g_strdup(compression), count);
    }
    (*count)++;
    inspection->row_groups += file->row_groups;
    if (i == 0 || file->size_bytes < inspection->smallest->size_bytes)
      inspection->smallest = file;
    if (i == 0 || file->size_bytes > inspection->largest->size_bytes)
      inspection->largest = file;
    g_array_append_val(sizes, file->size_bytes);
  }
  g_array_sort(sizes, by_size);
  inspection->median_bytes = g_array_index(sizes, guint64, (sizes->len - 1) / 2);
}

static bool
take_sample(struct inspection *inspection, struct duck_connection *connection, GError **error)
{
  const struct inventory *inventory = inspection->inventory;
  g_autofree guint *files = g_new0(guint, inventory->files->len);
  gsize count = 0;
  for (guint64 rows = 0; rows < SAMPLE_ROWS && count < inventory->files->len; count++) {
    files[count] = (guint)count;
    rows += ((const struct inventory_file *)inventory->files->pdata[count])->rows;
  }
  g_autofree char *select = plan_view_sql(inventory, files, count);
  g_autofree char *sql = g_strdup_printf("SELECT * FROM (%s) LIMIT %u", select, SAMPLE_ROWS);
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(connection, sql, NULL, NULL, error);
  if (result == NULL)
    return false;
  for (guint64 row = 0; row < duck_result_rows(result); row++) {
    char **cells = g_new0(char *, inventory->columns->len + 1);
    for (guint i = 0; i < inventory->columns->len; i++)
      cells[i] = g_strdup(duck_result_text(result, i, row));
    g_ptr_array_add(inspection->sample, cells);
  }
  return true;
}

static bool
count_values(struct inspection *inspection, struct duck_connection *connection, const char *column,
             GError **error)
{
  g_autofree char *quoted = text_sql_name(column);
  g_autofree char *sql = g_strdup_printf(
      "SELECT CAST(v AS VARCHAR), n FROM (SELECT %s AS v, CAST(sum(n) AS BIGINT) AS n FROM " COUNTS
      " GROUP BY 1) ORDER BY n DESC, v NULLS LAST LIMIT %u",
      quoted, VALUE_LIMIT + 1);
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(connection, sql, NULL, NULL, error);
  if (result == NULL)
    return false;
  struct inspection_count *count = g_new0(struct inspection_count, 1);
  count->column = g_strdup(column);
  count->values = g_ptr_array_new_with_free_func(value_free);
  count->complete = duck_result_rows(result) <= VALUE_LIMIT;
  for (guint64 row = 0; row < MIN(duck_result_rows(result), VALUE_LIMIT); row++) {
    struct inspection_value *value = g_new0(struct inspection_value, 1);
    value->text = g_strdup(duck_result_text(result, 0, row));
    value->rows = (guint64)duck_result_int(result, 1, row, 0);
    g_ptr_array_add(count->values, value);
  }
  g_ptr_array_add(inspection->counts, count);
  return true;
}

/* The files are read once for all columns: opening ten thousand of them costs more than counting. */
static bool
count_together(struct duck_connection *connection, const GPtrArray *columns, GError **error)
{
  g_autoptr(GString) names = g_string_new(NULL);
  for (guint i = 0; i < columns->len; i++) {
    g_autofree char *quoted = text_sql_name(columns->pdata[i]);
    g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", quoted);
  }
  g_autofree char *sql = g_strdup_printf(
      "CREATE TEMP TABLE " COUNTS " AS SELECT %s, count(*) AS n FROM " TABLE_NAME " GROUP BY %s",
      names->str, names->str);
  AUTO(duck_result_free)
  struct duck_result *done = duck_query(connection, sql, NULL, NULL, error);
  return done != NULL;
}

static bool
query_values(struct inspection *inspection, struct duck *duck, GError **error)
{
  AUTO(duck_disconnect) struct duck_connection *connection = duck_connect(duck, error);
  if (connection == NULL || !take_sample(inspection, connection, error))
    return false;
  g_autoptr(GPtrArray) columns = g_ptr_array_new();
  for (gsize i = 0; i < G_N_ELEMENTS(counted_columns); i++) {
    const struct inventory_column *column =
        inventory_find_column(inspection->inventory->columns, counted_columns[i]);
    if (column != NULL)
      g_ptr_array_add(columns, column->name);
  }
  if (columns->len == 0)
    return true;
  if (!input_create_view(connection, inspection->inventory, error) ||
      !count_together(connection, columns, error))
    return false;
  for (guint i = 0; i < columns->len; i++)
    if (!count_values(inspection, connection, columns->pdata[i], error))
      return false;
  return true;
}

/* DuckDB does not always say which file it could not read. */
static void
blame_file(const struct inspection *inspection, struct duck *duck, guint threads, GError **error)
{
  const GPtrArray *files = inspection->inventory->files;
  g_autofree const char **paths = g_new0(const char *, files->len + 1);
  for (guint i = 0; i < files->len; i++)
    paths[i] = ((const struct inventory_file *)files->pdata[i])->path;
  (void)duck_blame_damage(duck, paths, files->len, threads, error);
  if (error != NULL && *error != NULL && strstr((*error)->message, "damaged data: ") != NULL)
    (void)error_hint(error, "Replace the file or move it out of the input.");
}

struct inspection *
inspect_input(const struct inspect_options *options, GError **error)
{
  double begin = clock_seconds();
  guint threads = options->threads > 0 ? options->threads : machine_cpu_count();
  AUTO(temp_free) struct temp *temp = temp_new(options->temp_dir);
  const struct duck_options settings = {.threads = threads,
                                        .memory_limit_bytes = options->memory_limit_bytes,
                                        .temp_dir = temp_path(temp),
                                        .keep_insertion_order = true};
  AUTO(duck_close) struct duck *duck = duck_open(&settings, error);
  if (duck == NULL)
    return NULL;
  struct inventory *inventory = input_read(duck, TABLE_NAME, options->input, threads, error);
  if (inventory == NULL)
    return NULL;
  AUTO(inspection_free) struct inspection *inspection = inspection_new(inventory);
  group_partitions(inspection);
  measure_files(inspection);
  if (!query_values(inspection, duck, error)) {
    blame_file(inspection, duck, threads, error);
    return NULL;
  }
  inspection->seconds = clock_seconds() - begin;
  return g_steal_pointer(&inspection);
}
