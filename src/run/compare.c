/* SPDX-License-Identifier: Apache-2.0 */
#include "run/compare.h"
#include "run/published.h"
#include "run/temp.h"
#include "util/error.h"
#include "util/text.h"
#include <string.h>

static void
table_free(gpointer data)
{
  struct compare_table *table = data;
  g_free(table->name);
  g_free(table->difference);
  g_free(table);
}

void
compare_result_free(struct compare_result *result)
{
  g_ptr_array_unref(result->tables);
  g_free(result);
}

static bool
refuse_compare(const char *name, GError **error)
{
  error_prefix(error, "cannot compare '%s': ", name);
  if (error == NULL || *error == NULL)
    return false;
  if (strstr((*error)->message, "damaged data: ") != NULL)
    return error_hint(error, "Replace the file or move it out of its folder.");
  if (strstr((*error)->message, "no such file: ") != NULL)
    return error_hint(error, "Run the job that publishes the table again, or roll the table back.");
  return false;
}

static bool
compare_pair(struct duck_connection *connection, const struct published_table *a,
             const struct published_table *b, double tolerance, struct compare_result *result,
             GError **error)
{
  struct compare_table *table = g_new0(struct compare_table, 1);
  g_ptr_array_add(result->tables, table);
  const struct published_table *named = a != NULL ? a : b;
  if (a == NULL || b == NULL)
    table->difference = g_strdup_printf("only on the %s side", a == NULL ? "second" : "first");
  else if (!compare_queries(connection, a->select, b->select, tolerance, table, error))
    return refuse_compare(named->name, error);
  table->name = g_strdup(named->name);
  result->equal &= table->difference == NULL;
  return true;
}

static const struct published_table *
find_table(GPtrArray *tables, const char *name)
{
  for (guint i = 0; i < tables->len; i++)
    if (g_str_equal(((struct published_table *)tables->pdata[i])->name, name))
      return tables->pdata[i];
  return NULL;
}

static bool
compare_all(struct duck_connection *connection, GPtrArray *a, GPtrArray *b, double tolerance,
            struct compare_result *result, GError **error)
{
  bool single =
      a->len == 1 && b->len == 1; /* two tables of different folder names are still a pair */
  for (guint i = 0; i < a->len; i++) {
    const struct published_table *left = a->pdata[i];
    const struct published_table *right = single ? b->pdata[0] : find_table(b, left->name);
    if (!compare_pair(connection, left, right, tolerance, result, error))
      return false;
  }
  for (guint i = 0; !single && i < b->len; i++) {
    const struct published_table *right = b->pdata[i];
    if (find_table(a, right->name) == NULL &&
        !compare_pair(connection, NULL, right, tolerance, result, error))
      return false;
  }
  return true;
}

struct compare_result *
compare_run(const struct compare_options *options, GError **error)
{
  AUTO(temp_free) struct temp *temp = temp_new(/* parent= */ NULL);
  AUTO(duck_close)
  struct duck *duck = duck_open(&(struct duck_options){.temp_dir = temp_path(temp)}, error);
  if (duck == NULL)
    return NULL;
  AUTO(duck_disconnect) struct duck_connection *connection = duck_connect(duck, error);
  if (connection == NULL)
    return NULL;
  g_autoptr(GPtrArray) a = NULL;
  g_autoptr(GPtrArray) b = NULL;
  if (!published_open(duck, options->a, &a, error) || !published_open(duck, options->b, &b, error))
    return NULL;
  AUTO(compare_result_free) struct compare_result *result = g_new0(struct compare_result, 1);
  result->tables = g_ptr_array_new_with_free_func(table_free);
  result->equal = true;
  if (!compare_all(connection, a, b, options->tolerance, result, error))
    return NULL;
  return g_steal_pointer(&result);
}
