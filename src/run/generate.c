/* SPDX-License-Identifier: Apache-2.0 */
#include "run/generate.h"
#include "duck/duck.h"
#include "report/envelope.h"
#include "run/generate_parts.h"
#include "storage/hive.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/machine.h"
#include "util/parallel.h"
#include "util/text.h"

#define BYTES_A_ROW 20u /* about; for the look at the free disk */
#define ROW_LIMIT   G_GUINT64_CONSTANT(100000000000)
#define USER_LIMIT  G_GUINT64_CONSTANT(1000000000)
#define DAY_LIMIT   36500u

/* One DuckDB of one thread each: the order of rows, and so the bytes, cannot depend on how threads meet. */
struct worker {
  struct duck *duck;
  struct duck_connection *connection;
};

struct generation {
  const struct generate_options *options;
  struct generate_place *place;
  const GArray *files;
  guint64 rows, users;
  struct worker *workers;
  GMutex lock;
  guint64 done; /* rows, under lock */
};

static bool
open_worker(struct worker *worker, GError **error)
{
  const struct duck_options options = {.threads = 1, .keep_insertion_order = true};
  worker->duck = duck_open(&options, error);
  if (worker->duck == NULL)
    return false;
  worker->connection = duck_connect(worker->duck, error);
  return worker->connection != NULL && duck_exec(worker->connection, generate_macros_sql, error);
}

static void
close_workers(struct worker *workers, guint count)
{
  for (guint i = 0; i < count; i++) {
    if (workers[i].connection != NULL)
      duck_disconnect(workers[i].connection);
    if (workers[i].duck != NULL)
      duck_close(workers[i].duck);
  }
  g_free(workers);
}

static void
tell(struct generation *generation, guint64 rows)
{
  const struct generate_options *options = generation->options;
  g_mutex_lock(&generation->lock);
  generation->done += rows;
  if (options->progress != NULL)
    options->progress((double)generation->done / (double)generation->rows, generation->done,
                      options->user);
  g_mutex_unlock(&generation->lock);
}

static char *
folder_of(const struct generate_file *file)
{
  GDate date;
  g_date_clear(&date, 1);
  g_date_set_julian(&date, file->day);
  return g_strdup_printf("year=%u/month=%u/day=%u", g_date_get_year(&date),
                         (guint)g_date_get_month(&date), (guint)g_date_get_day(&date));
}

static bool
write_file(guint number, gsize i, gpointer user, GError **error)
{
  struct generation *generation = user;
  struct worker *worker = &generation->workers[number];
  const struct generate_file *file = &g_array_index(generation->files, struct generate_file, i);
  if (worker->connection == NULL && !open_worker(worker, error))
    return false;
  g_autofree char *folder = folder_of(file);
  if (!generate_place_make_folder(generation->place, folder, error))
    return false;
  g_autofree char *path = g_strdup_printf("%s/part-%u.parquet", folder, file->part);
  g_autofree char *full = generate_place_path(generation->place, path);
  g_autofree char *target = text_sql_string(full);
  g_autofree char *rows = generate_rows_sql(file, generation->users, generation->options->seed);
  g_autofree char *sql =
      g_strdup_printf("COPY (%s) TO %s (FORMAT parquet, COMPRESSION snappy)", rows, target);
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(worker->connection, sql, NULL, NULL, error);
  if (result == NULL)
    return false;
  tell(generation, file->hi - file->lo);
  return true;
}

static bool
check_limits(guint64 rows, guint64 users, guint days, GError **error)
{
  if (rows > ROW_LIMIT)
    return error_set(error, ERROR_USAGE, "at most 100,000,000,000 events can be made");
  if (users > USER_LIMIT)
    return error_set(error, ERROR_USAGE, "at most 1,000,000,000 users can be made");
  if (days > DAY_LIMIT)
    return error_set(error, ERROR_USAGE, "at most 36,500 days can be made");
  return true;
}

/* Julian day of the first day, after checking that the last one has a date of four digits. */
static bool
first_day(const char *start, guint days, guint32 *ret_day, GError **error)
{
  if (!g_str_equal(hive_common_type(&start, 1), "DATE"))
    return error_set(error, ERROR_USAGE, "'%s' is no day: write it as 2024-01-31", start);
  guint64 year = g_ascii_strtoull(start, NULL, 10);
  guint64 month = g_ascii_strtoull(start + 5, NULL, 10);
  guint64 day = g_ascii_strtoull(start + 8, NULL, 10);
  GDate first, last;
  g_date_clear(&first, 1);
  g_date_set_dmy(&first, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
  g_date_clear(&last, 1);
  g_date_set_dmy(&last, 31, G_DATE_DECEMBER, 9999);
  *ret_day = g_date_get_julian(&first);
  if (days <= g_date_get_julian(&last) - *ret_day + 1)
    return true;
  return error_set(error, ERROR_USAGE, "%u days from '%s' end after the year 9999", days, start);
}

static bool
check_disk(const char *output, guint64 rows, GError **error)
{
  g_autofree char *folder = g_strdup(output);
  while (!g_file_test(folder, G_FILE_TEST_IS_DIR)) {
    char *parent = g_path_get_dirname(folder);
    g_free(folder);
    folder = parent;
  }
  guint64 available = machine_disk_free_bytes(folder);
  if (available == 0 || rows <= available / BYTES_A_ROW)
    return true;
  g_autofree char *need = text_bytes(rows * BYTES_A_ROW);
  g_autofree char *have = text_bytes(available);
  error_set(error, ERROR_LIMIT, "the events need about %s, '%s' has %s free", need, folder, have);
  return error_hint(error,
                    "Give --output a folder on a disk with more space, or make fewer --rows.");
}

static bool
write_all(struct generation *generation, GError **error)
{
  guint threads = generation->options->threads;
  threads = threads > 0 ? threads : machine_cpu_count();
  threads = MIN(threads, MAX(generation->files->len, 1));
  generation->workers = g_new0(struct worker, threads);
  g_mutex_init(&generation->lock);
  bool done = parallel_for(threads, generation->files->len, write_file, generation, error);
  g_mutex_clear(&generation->lock);
  close_workers(generation->workers, threads);
  return done;
}

static guint
count_days(const GArray *files)
{
  guint days = 0;
  for (guint i = 0; i < files->len; i++)
    days += g_array_index(files, struct generate_file, i).part == 0;
  return days;
}

bool
generate_events(const struct generate_options *options, struct generate_result *ret_result,
                GError **error)
{
  double begin = clock_seconds();
  guint64 rows = options->rows > 0 ? options->rows : 1000000;
  guint64 users = options->users > 0 ? options->users : MAX(rows / 40, 1);
  guint days = options->days > 0 ? options->days : 366;
  guint32 first = 0;
  if (!check_limits(rows, users, days, error) ||
      !first_day(options->start != NULL ? options->start : "2024-01-01", days, &first, error))
    return false;
  AUTO(generate_place_free)
  struct generate_place *place = generate_place_begin(options->output, error);
  if (place == NULL || !check_disk(generate_place_output(place), rows, error))
    return false;
  g_autoptr(GArray) files = generate_files(rows, first, days);
  struct generation generation = {
      .options = options, .place = place, .files = files, .rows = rows, .users = users};
  struct generate_result result = {.rows = rows, .users = users, .days = count_days(files)};
  if (!write_all(&generation, error) ||
      !generate_place_measure(place, &result.files, &result.size_bytes, error) ||
      !generate_place_finish(place, error))
    return false;
  result.output = g_strdup(generate_place_output(place));
  result.seconds = clock_seconds() - begin;
  *ret_result = result;
  return true;
}

void
generate_result_clear(struct generate_result *result)
{
  g_clear_pointer(&result->output, g_free);
}

char *
generate_result_text(const struct generate_result *result)
{
  g_autofree char *rows = text_count(result->rows);
  g_autofree char *users = text_count(result->users);
  g_autofree char *files = text_count(result->files);
  g_autofree char *size = text_bytes(result->size_bytes);
  g_autofree char *seconds = text_seconds(result->seconds);
  return g_strdup_printf("%s events of up to %s users on %u days in %s files, %s, in %s: %s\n",
                         rows, users, result->days, files, size, seconds, result->output);
}

struct json_object *
generate_result_json(const struct generate_result *result)
{
  struct json_object *json = envelope_new("generate");
  json_add_text(json, "output", result->output);
  json_add_uint(json, "rows", result->rows);
  json_add_uint(json, "users", result->users);
  json_add_uint(json, "days", result->days);
  json_add_uint(json, "files", result->files);
  json_add_uint(json, "size_bytes", result->size_bytes);
  json_add_real(json, "seconds", result->seconds);
  return json;
}
