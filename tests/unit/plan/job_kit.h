/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs over small partitioned inputs, loaded, bound and planned: the files below <dir>/<input> are written by DuckDB.
 */
#pragma once

#include "plan_kit.h"

#include "duck/footer.h"
#include "util/text.h"
#include <glib/gstdio.h>

struct job_kit {
  struct kit *kit;
  char *dir;
  GPtrArray *inventories; /* struct inventory */
  GPtrArray *jobs;        /* struct job */
  struct plan *plan;
};

static inline void
job_kit_must(bool done, GError *const *error)
{
  if (!done)
    fail_msg("%s", *error != NULL ? (*error)->message : "failed without an error");
}

static inline void job_kit_exec(struct job_kit *kit, const char *format, ...) PRINTF_LIKE(2, 3);

static inline void
job_kit_exec(struct job_kit *kit, const char *format, ...)
{
  va_list list;
  va_start(list, format);
  g_autofree char *sql = g_strdup_vprintf(format, list);
  va_end(list);
  kit_exec(kit->kit, sql);
}

static inline int
job_kit_open(void **state)
{
  GError *error = NULL;
  void *inner = NULL;
  if (kit_open(&inner) != 0)
    return -1;
  struct job_kit *kit = g_new0(struct job_kit, 1);
  kit->kit = inner;
  kit->dir = g_dir_make_tmp("kindling-plan-XXXXXX", &error);
  kit->inventories = g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)inventory_free);
  kit->jobs = g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)job_free);
  *state = kit;
  return kit->dir == NULL ? -1 : 0;
}

static inline void
job_kit_remove(const char *path)
{
  g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
  for (const char *name = dir == NULL ? NULL : g_dir_read_name(dir); name != NULL;
       name = g_dir_read_name(dir)) {
    g_autofree char *child = g_build_filename(path, name, NULL);
    job_kit_remove(child);
  }
  (void)g_remove(path);
}

static inline int
job_kit_close(void **state)
{
  struct job_kit *kit = *state;
  plan_free(kit->plan);
  g_ptr_array_unref(kit->jobs);
  g_ptr_array_unref(kit->inventories);
  job_kit_remove(kit->dir);
  g_free(kit->dir);
  void *inner = kit->kit;
  (void)kit_close(&inner);
  g_free(kit);
  return 0;
}

/* Writes one file: path below the kit's folder. */
static inline void
job_kit_file(struct job_kit *kit, const char *path, const char *query)
{
  g_autofree char *file = g_build_filename(kit->dir, path, NULL);
  g_autofree char *folder = g_path_get_dirname(file);
  g_autofree char *quoted = text_sql_string(file);
  assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
  job_kit_exec(kit, "COPY (%s) TO %s (FORMAT parquet)", query, quoted);
}

/* Reads an input and makes its view; path below the kit's folder. Borrowed. */
static inline struct inventory *
job_kit_input(struct job_kit *kit, const char *name, const char *path)
{
  GError *error = NULL;
  g_autofree char *folder = g_build_filename(kit->dir, path, NULL);
  struct inventory *inventory = inventory_read(name, folder, &error);
  job_kit_must(inventory != NULL, &error);
  g_ptr_array_add(kit->inventories, inventory);
  g_autofree const char **paths = g_new0(const char *, inventory->files->len + 1);
  for (guint i = 0; i < inventory->files->len; i++)
    paths[i] = ((struct inventory_file *)inventory->files->pdata[i])->path;
  g_autoptr(GPtrArray) footers = NULL;
  job_kit_must(duck_read_footers(kit->kit->duck, paths, inventory->files->len, 2, &footers, &error),
               &error);
  for (guint i = 0; i < footers->len; i++) {
    const struct duck_footer *footer = footers->pdata[i];
    g_autoptr(GPtrArray) columns =
        g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)inventory_column_free);
    for (guint k = 0; k < footer->columns->len; k++) {
      const struct duck_column *column = footer->columns->pdata[k];
      g_ptr_array_add(columns, inventory_column_new(column->name, column->type));
    }
    inventory_set_footer(inventory, i, footer->rows, footer->row_groups, footer->compression,
                         columns);
  }
  job_kit_must(inventory_check_schema(inventory, &error), &error);
  g_autofree char *select = plan_view_sql(inventory, NULL, 0);
  g_autofree char *quoted = text_sql_name(name);
  job_kit_exec(kit, "CREATE OR REPLACE TEMP VIEW %s AS %s", quoted, select);
  return inventory;
}

/* events: year=2023..2024, month=1..3, one file each of 40 rows, and one more in the first folder. */
static inline struct inventory *
job_kit_events(struct job_kit *kit)
{
  for (int year = 2023; year <= 2024; year++)
    for (int month = 1; month <= 3; month++) {
      g_autofree char *path = g_strdup_printf("events/year=%d/month=%02d/a.parquet", year, month);
      g_autofree char *query = g_strdup_printf(
          "SELECT i AS id, 'u' || (i %% 7) AS user_id, ['a','b',NULL][1+(i%%3)::INT] AS category,"
          " (i * %d + %d)::DOUBLE / 3 AS value, (i %% 5)::INT AS event_type FROM range(40) t(i)",
          month, year);
      job_kit_file(kit, path, query);
    }
  job_kit_file(
      kit, "events/year=2023/month=01/b.parquet",
      "SELECT i AS id, 'v' AS user_id, 'c' AS category, 1.5::DOUBLE AS value, 1 AS event_type"
      " FROM range(5) t(i)");
  return job_kit_input(kit, "events", "events");
}

static inline int
job_kit_open_events(void **state)
{
  if (job_kit_open(state) != 0)
    return -1;
  (void)job_kit_events(*state);
  return 0;
}

static inline bool
job_kit_stored_type(const char *duck_type, char **ret_stored, GError **error)
{
  if (g_str_equal(duck_type, "TIME"))
    return error_set(error, ERROR_OUTPUT, "type TIME cannot be stored in a table");
  bool text = g_str_has_prefix(duck_type, "ENUM");
  *ret_stored = g_strdup(g_str_equal(duck_type, "HUGEINT") ? "BIGINT"
                         : text                            ? "VARCHAR"
                                                           : duck_type);
  return true;
}

static inline bool
job_kit_partition_type(const char *duck_type, GError **error)
{
  return !g_str_equal(duck_type, "BLOB") ||
         error_set(error, ERROR_OUTPUT, "a BLOB cannot be a partition column");
}

/* They are registered before: what is asked for must be among them. */
static inline bool
job_kit_register(const char *name, gpointer user, GError **error)
{
  (void)user;
  for (gsize i = 0; i < G_N_ELEMENTS(kit_aggregates); i++)
    if (g_str_equal(kit_aggregates[i].name, name))
      return true;
  return error_set(error, ERROR_FAILED, "there is no aggregate '%s'", name);
}

static inline void
job_kit_forget(struct job_kit *kit)
{
  plan_free(kit->plan);
  kit->plan = NULL;
  g_ptr_array_set_size(kit->jobs, 0);
}

/* Adds a job; plan it with job_kit_build. */
static inline void
job_kit_load(struct job_kit *kit, const char *script)
{
  GError *error = NULL;
  g_autofree char *path = g_strdup_printf("%s/job%u.sql", kit->dir, kit->jobs->len + 1);
  job_kit_must(g_file_set_contents(path, script, -1, &error), &error);
  const struct job_options options = {.job = path};
  struct job *job = job_load(kit->kit->connection, &options, &error);
  job_kit_must(job != NULL, &error);
  g_ptr_array_add(kit->jobs, job);
  job_kit_must(job_bind(job, kit->kit->connection, &error), &error);
}

static inline struct plan *
job_kit_build(struct job_kit *kit, GError **error)
{
  const struct plan_request request = {
      .jobs = (struct job *const *)kit->jobs->pdata,
      .job_count = kit->jobs->len,
      .inventories = (struct inventory *const *)kit->inventories->pdata,
      .inventory_count = kit->inventories->len,
      .connection = kit->kit->connection,
      .stored_type = job_kit_stored_type,
      .partition_type = job_kit_partition_type,
      .register_aggregate = job_kit_register,
  };
  kit->plan = plan_build(&request, error);
  return kit->plan;
}

/* One job, planned. Borrowed. */
static inline struct plan *
job_kit_plan(struct job_kit *kit, const char *script)
{
  GError *error = NULL;
  job_kit_forget(kit);
  job_kit_load(kit, script);
  job_kit_must(job_kit_build(kit, &error) != NULL, &error);
  return kit->plan;
}

static inline const struct plan_output *
job_kit_output(const struct job_kit *kit, guint index)
{
  return kit->plan->outputs->pdata[index];
}

/* One output from one query, without options. Borrowed. */
static inline const struct plan_output *
job_kit_plan_query(struct job_kit *kit, const char *query, const char *options)
{
  g_autofree char *script =
      g_strdup_printf("COPY (%s) TO 'out' (FORMAT parquet%s);\n", query, options);
  (void)job_kit_plan(kit, script);
  return job_kit_output(kit, 0);
}
