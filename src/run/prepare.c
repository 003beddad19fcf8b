/* SPDX-License-Identifier: Apache-2.0 */
#include "run/run.h"
#include "table/types.h"
#include "util/clock.h"
#include "util/error.h"
#include "util/interrupt.h"
#include "util/machine.h"
#include <gio/gio.h>
#include <string.h>

void
run_context_free(struct run_context *context)
{
  if (context->plan != NULL)
    plan_free(context->plan);
  g_clear_pointer(&context->inventories, g_ptr_array_unref);
  g_clear_pointer(&context->jobs, g_ptr_array_unref);
  if (context->engine != NULL)
    engine_close(context->engine);
  if (context->temp != NULL)
    temp_free(context->temp);
  g_free(context);
}

static bool
open_engine(struct run_context *context, const struct run_options *options, GError **error)
{
  context->temp = temp_new(options->temp_dir);
  struct engine_options engine = {.threads = options->threads,
                                  .memory_limit_bytes = options->memory_limit_bytes,
                                  .temp_dir = temp_path(context->temp),
                                  .parquet_writer = options->parquet_writer};
  context->engine =
      engine_open(options->engine != NULL ? options->engine : "local", &engine, error);
  return context->engine != NULL;
}

static bool
load_jobs(struct run_context *context, const struct run_options *options, GError **error)
{
  for (gsize i = 0; i < options->job_count; i++) {
    struct job_options job = {.job = options->jobs[i],
                              .params = options->params,
                              .param_count = options->param_count,
                              .shared_params = options->job_count > 1};
    struct job *loaded = job_load(engine_connection(context->engine), &job, error);
    if (loaded == NULL)
      return false;
    g_ptr_array_add(context->jobs, loaded);
  }
  return true;
}

static bool
any_job_uses(const struct run_context *context, const char *parameter)
{
  for (guint i = 0; i < context->jobs->len; i++) {
    const struct job *job = context->jobs->pdata[i];
    if (g_strv_contains((const char *const *)job->parameters, parameter))
      return true;
  }
  return false;
}

/* With one job job_load has refused unknown parameters itself, naming the script. */
static bool
refuse_unknown_params(const struct run_context *context, const struct run_options *options,
                      GError **error)
{
  for (gsize i = 0; options->job_count > 1 && i < options->param_count; i++)
    if (!any_job_uses(context, options->params[i].name))
      return error_set(error, ERROR_USAGE, "--param %s: no job uses $%s", options->params[i].name,
                       options->params[i].name);
  return true;
}

static char **
input_names(const struct run_context *context)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < context->jobs->len; i++) {
    const struct job *job = context->jobs->pdata[i];
    for (gsize k = 0; job->inputs[k] != NULL; k++) {
      bool known = false;
      for (guint n = 0; n < names->len; n++)
        known |= g_ascii_strcasecmp(names->pdata[n], job->inputs[k]) == 0;
      if (!known)
        g_ptr_array_add(names, g_strdup(job->inputs[k]));
    }
  }
  g_ptr_array_add(names, NULL);
  return (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
}

static bool
read_inputs(struct run_context *context, const struct run_options *options, GError **error)
{
  g_auto(GStrv) names = input_names(context);
  g_autoptr(GPtrArray) bindings = NULL;
  if (!input_match(names, options->inputs, options->input_count, &bindings, error))
    return false;
  guint threads = options->threads != 0 ? options->threads : machine_cpu_count();
  for (guint i = 0; i < bindings->len; i++) {
    const struct input_binding *binding = bindings->pdata[i];
    progress_note(options->progress, "reading %s", binding->path);
    struct inventory *inventory =
        input_read(engine_database(context->engine), binding->name, binding->path, threads, error);
    if (inventory == NULL)
      return error_prefix(error, "input '%s': ", binding->name);
    g_ptr_array_add(context->inventories, inventory);
    if (!interrupt_check(error))
      return false;
    if (!plan_create_bare_view(engine_connection(context->engine), inventory, error))
      return error_prefix(error, "cannot read '%s': ", inventory->uri);
  }
  return true;
}

struct partial_search {
  GHashTable *partial;
  const char *sentence;
};

static bool
find_partial(struct expr *expr, gpointer user)
{
  struct partial_search *search = user;
  if (search->sentence != NULL || expr->class != EXPR_COLUMN || expr->names == NULL)
    return search->sentence == NULL;
  guint parts = g_strv_length(expr->names);
  g_autofree char *name = parts == 0 ? NULL : g_ascii_strdown(expr->names[parts - 1], -1);
  if (name != NULL)
    search->sentence = g_hash_table_lookup(search->partial, name);
  return true;
}

/* A column that only some files have is not in the view, so the script fails to bind: then that is the cause to name. */
static bool
explain_partial(const struct run_context *context, const struct job *job, GError **error)
{
  for (guint i = 0; i < context->inventories->len; i++) {
    const struct inventory *inventory = context->inventories->pdata[i];
    struct partial_search search = {.partial = inventory->partial};
    const struct ast_visitor visitor = {.expr = find_partial, .user = &search};
    for (guint k = 0; k < job->views->len; k++)
      ast_walk_query(((struct job_view *)job->views->pdata[k])->query, &visitor);
    for (guint k = 0; k < job->outputs->len; k++)
      ast_walk_query(((struct job_output *)job->outputs->pdata[k])->query, &visitor);
    if (search.sentence == NULL)
      continue;
    g_clear_error(error);
    error_set(error, ERROR_INPUT, "input '%s': %s", inventory->name, search.sentence);
    return error_hint(error, "Job '%s' reads this column: all files must have it, in one type.",
                      job->name);
  }
  return false;
}

static bool
bind_jobs(struct run_context *context, GError **error)
{
  for (guint i = 0; i < context->jobs->len; i++) {
    struct job *job = context->jobs->pdata[i];
    if (!job_bind(job, engine_connection(context->engine), error))
      return explain_partial(context, job, error);
  }
  return true;
}

static bool
stored_type(const char *type, char **ret_stored, GError **error)
{
  return table_type(type, ret_stored, NULL, error);
}

static bool
register_aggregate(const char *name, gpointer engine, GError **error)
{
  return engine_register_aggregate(engine, name, error);
}

static bool
build_plan(struct run_context *context, GError **error)
{
  struct plan_request request = {.jobs = (struct job *const *)context->jobs->pdata,
                                 .job_count = context->jobs->len,
                                 .inventories =
                                     (struct inventory *const *)context->inventories->pdata,
                                 .inventory_count = context->inventories->len,
                                 .connection = engine_connection(context->engine),
                                 .views_are_bare = true,
                                 .stored_type = stored_type,
                                 .partition_type = table_partition_type,
                                 .register_aggregate = register_aggregate,
                                 .user = context->engine};
  context->plan = plan_build(&request, error);
  return context->plan != NULL;
}

struct run_context *
run_prepare(const struct run_options *options, GError **error)
{
  AUTO(run_context_free) struct run_context *context = g_new0(struct run_context, 1);
  context->jobs = g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)job_free);
  context->inventories = g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)inventory_free);

  double start = clock_seconds();
  if (!open_engine(context, options, error) || !load_jobs(context, options, error) ||
      !refuse_unknown_params(context, options, error))
    return NULL;
  double loaded = clock_seconds();
  if (!read_inputs(context, options, error))
    return NULL;
  double read = clock_seconds();
  if (!bind_jobs(context, error) || !build_plan(context, error))
    return NULL;
  context->load_seconds = loaded - start;
  context->input_seconds = read - loaded;
  context->plan_seconds = clock_seconds() - read;
  return g_steal_pointer(&context);
}
