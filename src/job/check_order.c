/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/describe.h"
#include "job/check.h"
#include "job/functions.h"

static void
free_shape(gpointer data)
{
  shape_free(data);
}

/* Columns of an input; unknown ones when it cannot be described, which job_bind has reported before. */
static struct shape *
shape_of_input(const struct checker *checker, const char *name)
{
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  g_autofree char *quoted = text_sql_name(name);
  g_autofree char *sql = g_strdup_printf("SELECT * FROM %s", quoted);
  g_autoptr(GPtrArray) columns = duck_describe(checker->connection, sql, &fault, /* error= */ NULL);
  if (columns == NULL)
    return shape_new(NULL, NULL);
  GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < columns->len; i++) {
    const struct duck_column *column = g_ptr_array_index(columns, i);
    g_ptr_array_add(names, g_utf8_strdown(column->name, -1));
  }
  return shape_new(names, NULL);
}

static bool
check_statement(struct checker *checker, const struct query *query, gsize at, const char *view_name)
{
  checker->base = at;
  struct shape *shape = check_query(checker, /* env= */ NULL, query);
  if (shape == NULL)
    return false;
  if (view_name == NULL)
    shape_free(shape);
  else
    g_hash_table_insert(checker->tables, g_utf8_strdown(view_name, -1), shape);
  return true;
}

bool
check_order(const struct job *job, struct duck_connection *connection, GError **error)
{
  g_autoptr(GHashTable) tables = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_shape);
  struct checker checker = {.job = job,
                            .connection = connection,
                            .aggregates = functions_aggregates(),
                            .tables = tables,
                            .error = error};
  for (char **input = job->inputs; *input != NULL; input++)
    g_hash_table_insert(tables, g_utf8_strdown(*input, -1), shape_of_input(&checker, *input));
  for (guint i = 0; i < job->views->len; i++) {
    const struct job_view *view = g_ptr_array_index(job->views, i);
    if (!check_statement(&checker, view->query, view->at, view->name))
      return false;
  }
  for (guint i = 0; i < job->outputs->len; i++) {
    const struct job_output *output = g_ptr_array_index(job->outputs, i);
    if (!check_statement(&checker, output->query, output->at, /* view_name= */ NULL))
      return false;
  }
  return true;
}
