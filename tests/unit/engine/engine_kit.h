/* SPDX-License-Identifier: Apache-2.0
 *
 * A job over small inputs, planned and run by the local engine, for the tests of this room. Inputs are written by DuckDB
 * below <kit>/<input name>, the script is <kit>/job.sql, every run has a staging folder of its own.
 */
#pragma once

#include "duck/duck.h"
#include "duck/footer.h"
#include "engine/engine.h"
#include "job/job.h"
#include "plan/plan.h"
#include "util/interrupt.h"
#include "util/text.h"
#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct kit {
  char *dir;
  struct duck *tool; /* writes inputs, reads outputs */
  struct duck_connection *connection;
  struct engine *engine;
  struct job *job;
  GPtrArray *inventories;
  struct plan *plan;
  guint runs;
  guint64 memory_limit_bytes, temp_limit_bytes; /* for the next kit_plan; 0: the defaults */
  enum engine_writer parquet_writer;            /* the same */
};

static inline void
kit_no_error(GError *error)
{
  if (error != NULL)
    fail_msg("%s", error->message);
}

static inline void
kit_must(bool done, GError **error)
{
  if (!done)
    fail_msg("%s", *error != NULL ? (*error)->message : "failed without an error");
}

static inline void PRINTF_LIKE(2, 3) kit_exec(struct kit *kit, const char *format, ...)
{
  GError *error = NULL;
  va_list list;
  va_start(list, format);
  g_autofree char *sql = g_strdup_vprintf(format, list);
  va_end(list);
  kit_must(duck_exec(kit->connection, sql, &error), &error);
}

static inline struct kit *
kit_new(void)
{
  GError *error = NULL;
  struct kit *kit = g_new0(struct kit, 1);
  kit->dir = g_dir_make_tmp("kindling-engine-XXXXXX", &error);
  kit_no_error(error);
  const struct duck_options options = {.threads = 2, .keep_insertion_order = true};
  kit->tool = duck_open(&options, &error);
  kit_no_error(error);
  kit->connection = duck_connect(kit->tool, &error);
  kit_no_error(error);
  return kit;
}

/* This room does not know src/table: the types of its tests are stored as they are, but for HUGEINT. */
static inline bool
kit_stored_type(const char *duck_type, char **ret_stored, GError **error)
{
  (void)error;
  *ret_stored = g_strdup(g_str_equal(duck_type, "HUGEINT") ? "BIGINT" : duck_type);
  return true;
}

static inline bool
kit_partition_type(const char *duck_type, GError **error)
{
  (void)duck_type;
  (void)error;
  return true;
}

static inline bool
kit_register(const char *name, gpointer engine, GError **error)
{
  return engine_register_aggregate(engine, name, error);
}

/* An input of one file, from a query. */
static inline void
kit_input(struct kit *kit, const char *name, const char *query)
{
  g_autofree char *folder = g_build_filename(kit->dir, name, NULL);
  assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
  kit_exec(kit, "COPY (%s) TO '%s/a.parquet' (FORMAT parquet)", query, folder);
}

static inline void
kit_open(struct kit *kit, guint threads)
{
  GError *error = NULL;
  if (kit->engine != NULL)
    engine_close(kit->engine);
  g_autofree char *temp = g_build_filename(kit->dir, "spill", NULL);
  (void)g_mkdir_with_parents(temp, 0700);
  const struct engine_options options = {.threads = threads,
                                         .temp_dir = temp,
                                         .memory_limit_bytes = kit->memory_limit_bytes,
                                         .temp_limit_bytes = kit->temp_limit_bytes,
                                         .parquet_writer = kit->parquet_writer};
  kit->engine = engine_open("local", &options, &error);
  kit_no_error(error);
}

static inline struct inventory *
kit_inventory(struct kit *kit, const char *name)
{
  GError *error = NULL;
  g_autofree char *path = g_build_filename(kit->dir, name, NULL);
  struct inventory *inventory = inventory_read(name, path, &error);
  kit_no_error(error);
  g_autofree const char **paths = g_new0(const char *, inventory->files->len + 1);
  for (guint i = 0; i < inventory->files->len; i++)
    paths[i] = ((struct inventory_file *)g_ptr_array_index(inventory->files, i))->path;
  g_autoptr(GPtrArray) footers = NULL;
  kit_must(duck_read_footers(engine_database(kit->engine), paths, inventory->files->len, 2,
                             &footers, &error),
           &error);
  for (guint i = 0; i < inventory->files->len; i++) {
    const struct duck_footer *footer = g_ptr_array_index(footers, i);
    g_autoptr(GPtrArray) columns =
        g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)inventory_column_free);
    for (guint j = 0; j < footer->columns->len; j++) {
      const struct duck_column *column = g_ptr_array_index(footer->columns, j);
      g_ptr_array_add(columns, inventory_column_new(column->name, column->type));
    }
    inventory_set_footer(inventory, i, footer->rows, footer->row_groups, footer->compression,
                         columns);
  }
  kit_must(inventory_check_schema(inventory, &error), &error);
  g_autofree char *select = plan_view_sql(inventory, NULL, 0);
  g_autofree char *quoted = text_sql_name(name);
  g_autofree char *view = g_strdup_printf("CREATE OR REPLACE TEMP VIEW %s AS %s", quoted, select);
  kit_must(duck_exec(engine_connection(kit->engine), view, &error), &error);
  return inventory;
}

static inline void
kit_forget(struct kit *kit)
{
  g_clear_pointer(&kit->plan, plan_free);
  g_clear_pointer(&kit->inventories, g_ptr_array_unref);
  g_clear_pointer(&kit->job, job_free);
}

/* Plans a script on an engine of so many threads. */
static inline void
kit_plan(struct kit *kit, guint threads, const char *script)
{
  GError *error = NULL;
  kit_forget(kit);
  kit_open(kit, threads);
  g_autofree char *path = g_build_filename(kit->dir, "job.sql", NULL);
  (void)g_file_set_contents(path, script, -1, &error);
  kit_no_error(error);
  const struct job_options options = {.job = path};
  kit->job = job_load(engine_connection(kit->engine), &options, &error);
  kit_no_error(error);
  kit->inventories = g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)inventory_free);
  for (guint i = 0; kit->job->inputs[i] != NULL; i++)
    g_ptr_array_add(kit->inventories, kit_inventory(kit, kit->job->inputs[i]));
  kit_must(job_bind(kit->job, engine_connection(kit->engine), &error), &error);
  const struct plan_request request = {
      .jobs = &kit->job,
      .job_count = 1,
      .inventories = (struct inventory *const *)kit->inventories->pdata,
      .inventory_count = kit->inventories->len,
      .connection = engine_connection(kit->engine),
      .stored_type = kit_stored_type,
      .partition_type = kit_partition_type,
      .register_aggregate = kit_register,
      .user = kit->engine,
  };
  kit->plan = plan_build(&request, &error);
  kit_no_error(error);
}

static inline char *
kit_staging(const struct kit *kit)
{
  return g_strdup_printf("%s/staging-%u", kit->dir, kit->runs);
}

/* Runs output number `output` into a new staging folder, kit_staging. */
static inline bool
kit_run_with(struct kit *kit, struct engine_run *run, struct engine_output *ret_output,
             GError **error)
{
  kit->runs++;
  g_autofree char *staging = kit_staging(kit);
  (void)g_mkdir(staging, 0700);
  run->plan = kit->plan;
  run->staging = staging;
  run->run_id = "run";
  bool done = engine_run_output(kit->engine, run, ret_output, error);
  run->staging = NULL;
  return done;
}

static inline struct engine_output
kit_run(struct kit *kit, guint output, enum engine_mode mode)
{
  GError *error = NULL;
  struct engine_run run = {.output = output, .mode = mode};
  struct engine_output result = {0};
  (void)kit_run_with(kit, &run, &result, &error);
  kit_no_error(error);
  return result;
}

/* First cell of a query, "NULL" for NULL; %s in the query stands for the newest staging folder. */
static inline char *
kit_ask(struct kit *kit, const char *query)
{
  GError *error = NULL;
  g_autofree char *staging = kit_staging(kit);
  g_auto(GStrv) parts = g_strsplit(query, "%s", -1);
  g_autofree char *sql = g_strjoinv(staging, parts);
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(kit->connection, sql, NULL, NULL, &error);
  kit_no_error(error);
  const char *text = duck_result_text(result, 0, 0);
  return g_strdup(text != NULL ? text : "NULL");
}

static inline void
kit_assert(struct kit *kit, const char *query, const char *expected)
{
  g_autofree char *found = kit_ask(kit, query);
  assert_string_equal(found, expected);
}

/* Paths and rows: "a=1/part-0-run.parquet 3\n...". */
static inline char *
kit_files(const struct engine_output *output)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < output->files->len; i++) {
    const struct engine_file *file = g_ptr_array_index(output->files, i);
    g_string_append_printf(text, "%s %" G_GUINT64_FORMAT "\n", file->path, file->rows);
  }
  return g_string_free(text, FALSE);
}

static inline void
kit_remove_tree(const char *path)
{
  g_autoptr(GDir) dir =
      g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
  for (const char *name = dir != NULL ? g_dir_read_name(dir) : NULL; name != NULL;
       name = g_dir_read_name(dir)) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    kit_remove_tree(child);
  }
  (void)g_remove(path);
}

static inline void
kit_free(struct kit *kit)
{
  interrupt_pretend(0);
  kit_forget(kit);
  if (kit->engine != NULL)
    engine_close(kit->engine);
  duck_disconnect(kit->connection);
  duck_close(kit->tool);
  kit_remove_tree(kit->dir);
  g_free(kit->dir);
  g_free(kit);
}
