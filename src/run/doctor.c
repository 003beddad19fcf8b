/* SPDX-License-Identifier: Apache-2.0 */
#include "run/doctor.h"
#include "duck/duck.h"
#include "job/job.h"
#include "report/colour.h"
#include "report/envelope.h"
#include "storage/inventory.h"
#include "storage/storage.h"
#include "util/error.h"
#include "util/machine.h"
#include "util/text.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define ENGINE_EXPECTED     "v1.5.5"
#define TEMP_LEAST_BYTES    1000000000u
#define MEMORY_LEAST_BYTES  500000000u
#define ENGINE_MEMORY_BYTES 256000000u

static void
check_free(gpointer data)
{
  struct doctor_check *check = data;
  g_free(check->name);
  g_free(check->detail);
  g_free(check);
}

void
doctor_result_free(struct doctor_result *result)
{
  if (result == NULL)
    return;
  g_ptr_array_unref(result->checks);
  g_free(result);
}

/* Takes detail over; a failed check is passed as the error, which is cleared. */
static void
note(struct doctor_result *result, const char *name, char *detail, GError **error)
{
  struct doctor_check *check = g_new0(struct doctor_check, 1);
  check->name = g_strdup(name);
  check->passed = *error == NULL;
  check->detail = *error == NULL ? detail : g_strdup((*error)->message);
  if (*error != NULL)
    g_free(detail);
  g_clear_error(error);
  result->healthy = result->healthy && check->passed;
  g_ptr_array_add(result->checks, check);
}

static char *
query_version(struct duck *duck, GError **error)
{
  AUTO(duck_disconnect) struct duck_connection *connection = duck_connect(duck, error);
  if (connection == NULL)
    return NULL;
  AUTO(duck_result_free)
  struct duck_result *rows = duck_query(connection, "SELECT version()", NULL, NULL, error);
  return rows == NULL ? NULL : g_strdup(duck_result_text(rows, 0, 0));
}

static struct duck *
open_engine(GError **error)
{
  struct duck_options options = {.threads = 1, .memory_limit_bytes = ENGINE_MEMORY_BYTES};
  return duck_open(&options, error);
}

char *
doctor_engine_version(GError **error)
{
  AUTO(duck_close) struct duck *duck = open_engine(error);
  return duck == NULL ? NULL : query_version(duck, error);
}

static void
check_engine(struct doctor_result *result, struct duck *duck, GError **error)
{
  char *version = duck == NULL ? NULL : query_version(duck, error);
  if (version != NULL && g_strcmp0(version, ENGINE_EXPECTED) != 0)
    error_set(error, ERROR_FAILED, "DuckDB %s is linked in, %s is needed", version,
              ENGINE_EXPECTED);
  char *detail = version == NULL ? NULL : g_strdup_printf("DuckDB %s", version);
  g_free(version);
  note(result, "engine", detail, error);
}

static bool
load_extension(struct duck *duck, const char *path, GError **error)
{
  if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
    return error_set(error, ERROR_FAILED, "'%s' is missing", path);
  if (duck == NULL)
    return error_set(error, ERROR_FAILED, "the engine does not start");
  AUTO(duck_disconnect) struct duck_connection *connection = duck_connect(duck, error);
  g_autofree char *quoted = text_sql_string(path);
  g_autofree char *sql = g_strdup_printf("LOAD %s", quoted);
  return connection != NULL && duck_exec(connection, sql, error);
}

static void
check_extension(struct doctor_result *result, struct duck *duck)
{
  g_autoptr(GError) error = NULL;
  g_autofree char *share = machine_share_dir();
  if (share == NULL) {
    error_set(&error, ERROR_FAILED, "no folder share/kindling beside the program");
    error_hint(&error, "Install the whole tree: make install PREFIX=...");
    note(result, "extension", NULL, &error);
    return;
  }
  g_autofree char *path = g_build_filename(share, "extensions", "httpfs.duckdb_extension", NULL);
  (void)load_extension(duck, path, &error);
  note(result, "extension", g_strdup_printf("httpfs loads from %s", path), &error);
}

static void
check_jobs(struct doctor_result *result, struct duck *duck)
{
  g_autoptr(GError) error = NULL;
  g_auto(GStrv) names = job_shipped(NULL);
  AUTO(duck_disconnect)
  struct duck_connection *connection = duck == NULL ? NULL : duck_connect(duck, &error);
  if (names == NULL || names[0] == NULL)
    error_set(&error, ERROR_FAILED, "no shipped job found");
  for (gsize i = 0; error == NULL && connection != NULL && names[i] != NULL; i++) {
    struct job_options options = {.job = names[i]};
    AUTO(job_free) struct job *job = job_load(connection, &options, &error);
    (void)job;
  }
  char *list = names == NULL ? NULL : g_strjoinv(", ", names);
  note(result, "jobs", list, &error);
}

/* The folder itself, or the nearest one above it that exists. */
static char *
existing_folder(const char *path)
{
  g_autofree char *folder = g_canonicalize_filename(path, NULL);
  while (!g_file_test(folder, G_FILE_TEST_EXISTS)) {
    char *parent = g_path_get_dirname(folder);
    g_free(folder);
    folder = parent;
  }
  return g_steal_pointer(&folder);
}

static bool
try_to_write(const char *folder, GError **error)
{
  if (!g_file_test(folder, G_FILE_TEST_EXISTS))
    return error_set(error, ERROR_OUTPUT, "there is no folder '%s'", folder);
  if (!g_file_test(folder, G_FILE_TEST_IS_DIR))
    return error_set(error, ERROR_OUTPUT, "'%s' is no folder", folder);
  g_autofree char *path = g_build_filename(folder, ".kindling-doctor-XXXXXX", NULL);
  int file = g_mkstemp(path);
  if (file < 0)
    return error_set_errno(error, ERROR_OUTPUT, errno, "cannot write to '%s'", folder);
  (void)close(file);
  (void)g_unlink(path);
  return true;
}

static void
check_temp_dir(struct doctor_result *result, const char *temp_dir)
{
  g_autoptr(GError) error = NULL;
  const char *path = temp_dir == NULL ? g_get_tmp_dir() : temp_dir;
  guint64 free_bytes = 0;
  if (!try_to_write(path, &error)) {
    error_hint(&error, "Choose a folder that you may write to with --temp-dir.");
  } else {
    free_bytes = machine_disk_free_bytes(path);
    g_autofree char *size = text_bytes(free_bytes);
    if (free_bytes < TEMP_LEAST_BYTES) {
      error_set(&error, ERROR_LIMIT, "'%s' has only %s free", path, size);
      error_hint(&error, "Choose another disk with --temp-dir.");
    }
  }
  g_autofree char *size = text_bytes(free_bytes);
  note(result, "temp directory", g_strdup_printf("%s, %s free", path, size), &error);
}

static void
check_machine(struct doctor_result *result)
{
  g_autoptr(GError) error = NULL;
  guint64 bytes = machine_memory_bytes();
  g_autofree char *size = text_bytes(bytes);
  if (bytes < MEMORY_LEAST_BYTES)
    error_set(&error, ERROR_LIMIT, "only %s of memory may be used", size);
  note(result, "machine", g_strdup_printf("%u CPUs, %s of memory", machine_cpu_count(), size),
       &error);
}

static void
check_input(struct doctor_result *result, const struct input_binding *input)
{
  g_autoptr(GError) error = NULL;
  const char *name = input->name == NULL ? "input" : input->name;
  AUTO(inventory_free) struct inventory *inventory = inventory_read(name, input->path, &error);
  char *detail = NULL;
  if (inventory != NULL) {
    g_autofree char *size = text_bytes(inventory->size_bytes);
    detail = g_strdup_printf("%s: %u files, %s", input->path, inventory->files->len, size);
  }
  note(result, input->name == NULL ? "input" : input->name, detail, &error);
}

static void
check_output(struct doctor_result *result, const char *output)
{
  g_autoptr(GError) error = NULL;
  AUTO(storage_close) struct storage *storage = storage_open(output, &error);
  char *detail = NULL;
  if (storage != NULL) {
    g_autofree char *path = storage_path(storage, "");
    g_autofree char *folder = existing_folder(path);
    if (try_to_write(folder, &error)) {
      g_autofree char *size = text_bytes(machine_disk_free_bytes(folder));
      detail = g_strdup_printf("%s can be written, %s free", output, size);
    } else {
      error_hint(&error, "Choose a folder that you may write to with --output.");
    }
  }
  note(result, "output", detail, &error);
}

struct doctor_result *
doctor_run(const struct doctor_options *options)
{
  g_autoptr(GError) error = NULL;
  struct doctor_result *result = g_new0(struct doctor_result, 1);
  result->checks = g_ptr_array_new_with_free_func(check_free);
  result->healthy = true;
  note(result, "program", g_strdup("kindling " KINDLING_VERSION), &error);
  AUTO(duck_close) struct duck *duck = open_engine(&error);
  check_engine(result, duck, &error);
  check_extension(result, duck);
  check_jobs(result, duck);
  check_temp_dir(result, options->temp_dir);
  check_machine(result);
  for (gsize i = 0; i < options->input_count; i++)
    check_input(result, &options->inputs[i]);
  if (options->output != NULL)
    check_output(result, options->output);
  return result;
}

char *
doctor_text(const struct doctor_result *result, bool colour)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < result->checks->len; i++) {
    const struct doctor_check *check = g_ptr_array_index(result->checks, i);
    g_autofree char *message = NULL;
    g_autofree char *hint = NULL;
    envelope_split_message(check->detail, &message, &hint);
    g_string_append_printf(text, "%s%-6s%s  %-14s  %s\n",
                           colour_code(colour, check->passed ? COLOUR_GREEN : COLOUR_RED),
                           check->passed ? "ok" : "FAILED", colour_code(colour, COLOUR_END),
                           check->name, message);
    if (hint != NULL)
      g_string_append_printf(text, "%24s%s\n", "", hint);
  }
  return g_string_free(text, FALSE);
}

struct json_object *
doctor_json(const struct doctor_result *result)
{
  struct json_object *envelope = envelope_new("doctor");
  struct json_object *checks = json_object_new_array();
  json_add_flag(envelope, "healthy", result->healthy);
  for (guint i = 0; i < result->checks->len; i++) {
    const struct doctor_check *check = g_ptr_array_index(result->checks, i);
    struct json_object *object = json_object_new_object();
    json_add_text(object, "name", check->name);
    json_add_flag(object, "passed", check->passed);
    json_add_text(object, "detail", check->detail);
    (void)json_object_array_add(checks, object);
  }
  json_add_object(envelope, "checks", checks);
  return envelope;
}
