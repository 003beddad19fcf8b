/* SPDX-License-Identifier: Apache-2.0 */
#include "job/job_inside.h"
#include "util/error.h"
#include <string.h>

const char *
job_param_value(const struct job_options *options, const char *name)
{
  for (gsize i = 0; i < options->param_count; i++)
    if (g_str_equal(options->params[i].name, name))
      return options->params[i].value;
  return NULL;
}

/* USAGE, as what is missing is an option; the place says where its value is used. */
static bool
refuse_missing(const struct job *job, const struct script_parameter *parameter, GError **error)
{
  struct text_position position = text_position_of(job->script, parameter->at);
  (void)error_set(error, ERROR_USAGE, "%s:%u:%u: parameter '%s' has no value", job->path,
                  position.line, position.column, parameter->name);
  return error_hint(error, "Give it by --param %s=VALUE.", parameter->name);
}

static bool
read_parameter(const struct job *job, const struct script_parameter *parameter,
               const struct job_options *options, GPtrArray *names, GError **error)
{
  if (g_ascii_isdigit(parameter->name[0]))
    return job_refuse_hint(job, parameter->at,
                           "Give it a name: write $since, and --param since=VALUE.", error,
                           "a parameter without a name: $%s", parameter->name);
  const char *value = job_param_value(options, parameter->name);
  if (value == NULL)
    return refuse_missing(job, parameter, error);
  if (!g_utf8_validate(value, -1, NULL))
    return error_set(error, ERROR_USAGE, "the value of parameter '%s' is not UTF-8",
                     parameter->name);
  if (!g_ptr_array_find_with_equal_func(names, parameter->name, g_str_equal, NULL))
    g_ptr_array_add(names, g_strdup(parameter->name));
  return true;
}

static bool
refuse_unknown(const struct job *job, const char *name, GError **error)
{
  (void)error_set(error, ERROR_USAGE, "job '%s' has no parameter '%s'", job->name, name);
  if (job->parameters[0] == NULL)
    return error_hint(error, "Its script uses no parameters: leave --param out.");
  const char *nearest = text_nearest(name, (const char *const *)job->parameters);
  if (nearest != NULL)
    return error_hint(error, "Did you mean '%s'?", nearest);
  g_autofree char *all = g_strjoinv("', '", job->parameters);
  return error_hint(error, "Its parameters are '%s'.", all);
}

static bool
check_given(const struct job *job, const struct job_options *options, GError **error)
{
  for (gsize i = 0; i < options->param_count; i++) {
    const char *name = options->params[i].name;
    if (job_param_value(options, name) != options->params[i].value) {
      (void)error_set(error, ERROR_USAGE, "parameter '%s' is given twice", name);
      return error_hint(error, "Give one --param %s=VALUE.", name);
    }
    if (!options->shared_params && !g_strv_contains((const char *const *)job->parameters, name))
      return refuse_unknown(job, name, error);
  }
  return true;
}

bool
job_read_parameters(struct job *job, GPtrArray *statements, const struct job_options *options,
                    GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < statements->len; i++) {
    const struct script_statement *statement = g_ptr_array_index(statements, i);
    for (guint k = 0; k < statement->parameters->len; k++)
      if (!read_parameter(job, &g_array_index(statement->parameters, struct script_parameter, k),
                          options, names, error))
        return false;
  }
  g_ptr_array_add(names, NULL);
  job->parameters = (char **)g_ptr_array_steal(names, NULL);
  return check_given(job, options, error);
}

/* In parentheses, so that a string in front of it or behind it on another line stays another string. */
char *
job_substitute(const struct job *job, const struct script_statement *statement,
               const struct job_options *options, GArray **ret_values)
{
  GString *sql = g_string_new(NULL);
  GArray *values = g_array_new(FALSE, FALSE, sizeof(struct job_value));
  gsize from = statement->query_at;
  for (guint i = 0; i < statement->parameters->len; i++) {
    const struct script_parameter *parameter =
        &g_array_index(statement->parameters, struct script_parameter, i);
    g_autofree char *quoted = text_sql_string(job_param_value(options, parameter->name));
    g_string_append_len(sql, job->script + from, (gssize)(parameter->at - from));
    g_string_append_printf(sql, "(%s)", quoted);
    struct job_value value = {parameter->at, parameter->end, strlen(quoted) + 2};
    g_array_append_val(values, value);
    from = parameter->end;
  }
  g_string_append_len(sql, job->script + from, (gssize)(statement->query_end - from));
  *ret_values = values;
  return g_string_free(sql, FALSE);
}

static bool
put_in(struct expr *expr, gpointer user)
{
  const struct job_options *options = user;
  if (expr->class != EXPR_PARAMETER)
    return true;
  const char *value = job_param_value(options, expr->parameter);
  struct expr *constant = ast_string(value == NULL ? "" : value);
  struct expr old = *expr;
  g_free(constant->alias);
  constant->alias = g_steal_pointer(&old.alias);
  constant->at = old.at;
  *expr = *constant;
  *constant = old;
  constant->alias = g_strdup("");
  ast_expr_free(constant);
  return false;
}

void
job_substitute_tree(struct query *query, const struct job_options *options)
{
  struct job_options values = *options;
  const struct ast_visitor visitor = {.expr = put_in, .user = &values};
  ast_walk_query(query, &visitor);
}
