/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/describe.h"
#include "plan/compose.h"
#include "plan/names.h"
#include "util/error.h"

enum verdict { VERDICT_GOOD, VERDICT_NAMES, VERDICT_WRONG };

/* ret_wrong: what is wrong with a statement; false only with error set. */
static bool
judge(const struct plan_request *request, const struct plan_output *output, const char *sql,
      enum verdict *ret_verdict, char **ret_wrong, GError **error)
{
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  g_autoptr(GPtrArray) columns = duck_describe(request->connection, sql, &fault, error);
  *ret_verdict = VERDICT_WRONG;
  if (columns == NULL) {
    if (fault != NULL)
      *ret_wrong = g_strdup(fault->message);
    return fault != NULL;
  }
  bool types = columns->len == output->columns->len;
  bool names = types;
  for (guint i = 0; types && i < columns->len; i++) {
    const struct duck_column *found = columns->pdata[i];
    const struct plan_column *wanted = output->columns->pdata[i];
    g_autofree char *stored = NULL; /* the two spell the fields of a STRUCT in their own ways */
    if (!request->stored_type(found->type, &stored, error))
      return false;
    types = g_str_equal(stored, wanted->stored_type);
    names &= g_str_equal(found->name, wanted->name);
  }
  *ret_verdict = !types ? VERDICT_WRONG : names ? VERDICT_GOOD : VERDICT_NAMES;
  *ret_wrong = *ret_verdict == VERDICT_GOOD ? NULL : g_strdup("its columns would change");
  return true;
}

/* ret_sql is set only when the statement holds, else ret_wrong. ret_by_position: how it was composed. */
static bool
compose_checked(const struct plan_request *request, const struct plan_output *output,
                const struct query *root, char **ret_sql, bool *ret_by_position, char **ret_wrong,
                GError **error)
{
  enum verdict verdict = VERDICT_NAMES;
  for (int by_position = 0; by_position < 2 && verdict == VERDICT_NAMES; by_position++) {
    g_clear_pointer(ret_wrong, g_free);
    g_autofree char *sql = compose_sql(request->connection, root, output->rollups, output->columns,
                                       by_position != 0, error);
    if (sql == NULL || !judge(request, output, sql, &verdict, ret_wrong, error))
      return false;
    if (verdict != VERDICT_GOOD)
      continue;
    *ret_sql = g_steal_pointer(&sql);
    *ret_by_position = by_position != 0;
  }
  return true;
}

static void
drop_rollups(struct plan_output *output, const struct query *root)
{
  g_ptr_array_set_size(output->rollups, 0);
  ast_query_free(output->post);
  output->post = ast_query_copy(root);
}

/* The statement as written: views are views. */
static bool
compose_written(const struct plan_request *request, struct plan_output *output,
                const struct query *root, char **ret_wrong, GError **error)
{
  const GPtrArray *views = output->job->views;
  g_autofree const char **names = g_new0(const char *, views->len + 1);
  for (guint i = 0; i < views->len; i++)
    names[i] = ((const struct job_view *)views->pdata[i])->name;
  AUTO(ast_query_free) struct query *copy = ast_query_copy(root);
  bool by_position = false;
  return names_inline_views(request->connection, copy, names, error) &&
         compose_checked(request, output, copy, &output->plain_sql, &by_position, ret_wrong, error);
}

static bool
compose_plain(const struct plan_request *request, struct plan_output *output,
              const struct query *written, const struct query *exact, GError **error)
{
  g_autofree char *wrong = NULL;
  if (!compose_written(request, output, exact, &wrong, error))
    return false;
  if (output->plain_sql != NULL)
    return true;
  plan_refuse(output, PLAN_NOT_EXACT,
              g_strdup_printf("with exact sums it would not hold: %s", wrong));
  drop_rollups(output, written);
  g_autofree char *still = NULL;
  if (!compose_written(request, output, written, &still, error))
    return false;
  return output->plain_sql != NULL ||
         error_set(error, ERROR_SCRIPT, "cannot plan the query: %s", still);
}

/* The results of the rollups are tables of the types that the rollups' queries have, so what holds for sql holds here. */
static bool
compose_post(const struct plan_request *request, struct plan_output *output, bool by_position,
             GError **error)
{
  g_autoptr(GPtrArray) none = g_ptr_array_new();
  output->post_sql =
      compose_sql(request->connection, output->post, none, output->columns, by_position, error);
  return output->post_sql != NULL;
}

bool
compose_output(const struct plan_request *request, struct plan_output *output,
               const struct query *written, const struct query *exact, GError **error)
{
  if (!compose_plain(request, output, written, exact, error))
    return false;
  g_autofree char *wrong = NULL;
  bool by_position = false;
  if (output->rollups->len > 0 &&
      !compose_checked(request, output, output->post, &output->sql, &by_position, &wrong, error))
    return false;
  if (output->sql != NULL)
    return compose_post(request, output, by_position, error);
  if (wrong != NULL) {
    plan_refuse(output, PLAN_NOT_TAKEN, g_strdup_printf("separated it would not hold: %s", wrong));
    drop_rollups(output, exact);
  }
  output->sql = g_strdup(output->plain_sql);
  output->post_sql = g_strdup(output->plain_sql);
  return true;
}
