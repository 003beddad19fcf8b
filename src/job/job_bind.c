/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/describe.h"
#include "job/job_inside.h"
#include "util/error.h"
#include <string.h>

/* Views of a job carry this comment, so that those of another job are found and dropped. */
#define VIEW_MARK "view of a Kindling job"

static char **
zone_names(struct duck_connection *connection)
{
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(connection, "SELECT name FROM pg_timezone_names()",
                                          /* watch= */ NULL, /* user= */ NULL, /* error= */ NULL);
  guint64 count = result == NULL ? 0 : duck_result_rows(result);
  char **names = g_new0(char *, count + 1);
  for (guint64 i = 0; i < count; i++)
    names[i] = g_strdup(duck_result_text(result, 0, i));
  return names;
}

/* DuckDB takes a zone's name in any case; what it prints and stores is then the known spelling. */
static bool
check_time_zone(const struct job *job, struct duck_connection *connection, GError **error)
{
  if (job->time_zone_at == 0)
    return true;
  g_auto(GStrv) names = zone_names(connection);
  if (names[0] == NULL)
    return true;
  for (char **name = names; *name != NULL; name++)
    if (g_ascii_strcasecmp(*name, job->time_zone) == 0)
      return true;
  (void)job_refuse(job, job->time_zone_at, error, "unknown time zone '%s'", job->time_zone);
  const char *nearest = text_nearest(job->time_zone, (const char *const *)names);
  return nearest != NULL ? error_hint(error, "Did you mean '%s'?", nearest)
                         : error_hint(error, "Write a name such as 'Asia/Seoul' or 'UTC'.");
}

/* Not when it is set already: a locked configuration refuses to set even the same value. */
static bool
set_time_zone(const struct job *job, struct duck_connection *connection, GError **error)
{
  AUTO(duck_result_free)
  struct duck_result *now = duck_query(connection, "SELECT current_setting('TimeZone')",
                                       /* watch= */ NULL, /* user= */ NULL, error);
  if (now == NULL)
    return false;
  if (g_strcmp0(duck_result_text(now, 0, 0), job->time_zone) == 0)
    return true;
  g_autofree char *zone = text_sql_string(job->time_zone);
  g_autofree char *sql = g_strdup_printf("SET TimeZone = %s", zone);
  return duck_exec(connection, sql, error);
}

static bool
drop_views(struct duck_connection *connection, GError **error)
{
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(
      connection,
      "SELECT view_name FROM duckdb_views() WHERE temporary AND comment = '" VIEW_MARK "'",
      /* watch= */ NULL, /* user= */ NULL, error);
  if (result == NULL)
    return false;
  for (guint64 i = 0; i < duck_result_rows(result); i++) {
    g_autofree char *name = text_sql_name(duck_result_text(result, 0, i));
    g_autofree char *sql = g_strdup_printf("DROP VIEW IF EXISTS temp.main.%s", name);
    if (!duck_exec(connection, sql, error))
      return false;
  }
  return true;
}

static bool
create_view(const struct job_view *view, struct duck_connection *connection, GError **error)
{
  g_autofree char *name = text_sql_name(view->name);
  g_autofree char *sql =
      g_strdup_printf("CREATE OR REPLACE TEMP VIEW %s AS %s\n; COMMENT ON VIEW temp.main.%s IS "
                      "'" VIEW_MARK "'",
                      name, view->sql, name);
  return duck_exec(connection, sql, error);
}

bool
job_make_current(const struct job *job, struct duck_connection *connection, GError **error)
{
  if (!set_time_zone(job, connection, error) || !drop_views(connection, error))
    return false;
  for (guint i = 0; i < job->views->len; i++)
    if (!create_view(g_ptr_array_index(job->views, i), connection, error))
      return false;
  return true;
}

/* Columns of a text of the script; NULL with an error at its place. */
static GPtrArray *
describe(const struct job *job, struct duck_connection *connection, const char *sql,
         const struct job_text *text, GError **error)
{
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  GPtrArray *columns = duck_describe(connection, sql, &fault, error);
  if (columns == NULL && fault != NULL)
    (void)job_refuse_fault(job, text, fault, error);
  return columns;
}

/* With several jobs in one call a view may have the name of another job's input, and would hide it. */
static bool
check_hides_nothing(const struct job *job, const struct job_view *view,
                    struct duck_connection *connection, GError **error)
{
  g_autofree char *name = text_sql_string(view->name);
  g_autofree char *sql =
      g_strdup_printf("SELECT 1 FROM duckdb_views() WHERE temporary AND comment IS DISTINCT FROM "
                      "'" VIEW_MARK "' AND lower(view_name) = lower(%s)",
                      name);
  AUTO(duck_result_free)
  struct duck_result *found =
      duck_query(connection, sql, /* watch= */ NULL, /* user= */ NULL, error);
  if (found == NULL)
    return false;
  return duck_result_rows(found) == 0 ||
         job_refuse_hint(job, view->name_at, "Rename the view, or run the jobs one by one.", error,
                         "view '%s' has the name of an input of this run", view->name);
}

static bool
bind_views(const struct job *job, struct duck_connection *connection, GError **error)
{
  for (guint i = 0; i < job->views->len; i++) {
    const struct job_view *view = g_ptr_array_index(job->views, i);
    const struct job_text text = {view->at, view->values};
    if (!check_hides_nothing(job, view, connection, error))
      return false;
    g_autoptr(GPtrArray) columns = describe(job, connection, view->sql, &text, error);
    if (columns == NULL || !create_view(view, connection, error))
      return false;
  }
  return true;
}

static bool
refuse_partition(const struct job *job, const struct job_output *output, const char *name,
                 GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < output->columns->len; i++)
    g_ptr_array_add(names, ((struct duck_column *)g_ptr_array_index(output->columns, i))->name);
  g_ptr_array_add(names, NULL);
  const char *nearest = text_nearest(name, (const char *const *)names->pdata);
  (void)job_refuse(job, output->partition_at, error,
                   "PARTITION_BY names '%s', which is no column of output '%s'", name,
                   output->name);
  if (nearest != NULL)
    return error_hint(error, "Did you mean '%s'?", nearest);
  g_autofree char *all = g_strjoinv("', '", (char **)names->pdata);
  return error_hint(error, "Its columns are '%s'.", all);
}

/* Partition columns take the result's spelling. */
static bool
bind_partitions(const struct job *job, struct job_output *output, GError **error)
{
  guint count = 0;
  for (char **name = output->partition_by; *name != NULL; name++, count++) {
    const char *found = NULL;
    for (guint i = 0; found == NULL && i < output->columns->len; i++) {
      const struct duck_column *column = g_ptr_array_index(output->columns, i);
      if (g_ascii_strcasecmp(column->name, *name) == 0)
        found = column->name;
    }
    if (found == NULL)
      return refuse_partition(job, output, *name, error);
    g_free(*name);
    *name = g_strdup(found);
  }
  if (count == 0 || count < output->columns->len)
    return true;
  return job_refuse_hint(job, output->partition_at,
                         "Leave at least one column out of PARTITION_BY: partition columns stand "
                         "in the folders' names, the others in the files.",
                         error, "PARTITION_BY names every column of output '%s'", output->name);
}

static bool
check_column_names(const struct job *job, const struct job_output *output, GError **error)
{
  for (guint i = 0; i < output->columns->len; i++) {
    const struct duck_column *column = g_ptr_array_index(output->columns, i);
    for (guint k = 0; k < i; k++) {
      const struct duck_column *other = g_ptr_array_index(output->columns, k);
      if (g_ascii_strcasecmp(column->name, other->name) == 0)
        return job_refuse_hint(job, output->at, "Name one of them otherwise: x AS other_name.",
                               error, "output '%s' has two columns named '%s'", output->name,
                               column->name);
    }
  }
  return true;
}

static bool
bind_outputs(const struct job *job, struct duck_connection *connection, GError **error)
{
  for (guint i = 0; i < job->outputs->len; i++) {
    struct job_output *output = g_ptr_array_index(job->outputs, i);
    const struct job_text text = {output->at, output->values};
    GPtrArray *columns = describe(job, connection, output->sql, &text, error);
    if (columns == NULL)
      return false;
    g_clear_pointer(&output->columns, g_ptr_array_unref);
    output->columns = columns;
    if (!check_column_names(job, output, error) || !bind_partitions(job, output, error))
      return false;
  }
  return true;
}

bool
job_bind(struct job *job, struct duck_connection *connection, GError **error)
{
  return check_time_zone(job, connection, error) && set_time_zone(job, connection, error) &&
         drop_views(connection, error) && bind_views(job, connection, error) &&
         bind_outputs(job, connection, error) && check_order(job, connection, error);
}
