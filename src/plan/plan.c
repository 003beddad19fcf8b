/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/plan.h"
#include "job/functions.h"
#include "plan/compose.h"
#include "plan/culprit.h"
#include "plan/exact_sums.h"
#include "plan/kernel.h"
#include "plan/names.h"
#include "plan/passes.h"
#include "plan/prune.h"
#include "plan/separate.h"
#include "plan/sources.h"
#include "plan/tree.h"
#include "util/error.h"
#include "util/text.h"

void
plan_column_free(gpointer pointer)
{
  struct plan_column *column = pointer;
  g_free(column->name);
  g_free(column->type);
  g_free(column->stored_type);
  g_free(column);
}

static void
output_free(gpointer pointer)
{
  struct plan_output *output = pointer;
  GPtrArray **arrays[] = {&output->columns, &output->inputs, &output->rollups, &output->refusals,
                          &output->partitions};
  for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
    g_clear_pointer(arrays[i], g_ptr_array_unref);
  g_clear_pointer(&output->partition_by, g_array_unref);
  ast_query_free(output->post);
  g_free(output->post_sql);
  g_free(output->plain_sql);
  g_free(output->sql);
  g_strfreev(output->order_by);
  g_free(output->layout_reason);
  g_free(output->kernel_reason);
  g_clear_pointer(&output->direct, g_array_unref);
  g_clear_pointer(&output->direct_order, g_array_unref);
  g_clear_pointer(&output->ordered_keys, g_array_unref);
  g_free(output->ordered_sql);
  g_free(output->pass_reason);
  g_free(output);
}

void
plan_free(struct plan *plan)
{
  if (plan == NULL)
    return;
  g_ptr_array_unref(plan->jobs);
  g_ptr_array_unref(plan->inventories);
  g_ptr_array_unref(plan->outputs);
  g_ptr_array_unref(plan->passes);
  g_free(plan);
}

bool
plan_is_among(const GArray *numbers, guint wanted)
{
  for (guint i = 0; i < numbers->len; i++)
    if (g_array_index(numbers, guint, i) == wanted)
      return true;
  return false;
}

static struct plan *
plan_new(void)
{
  struct plan *plan = g_new0(struct plan, 1);
  plan->jobs = g_ptr_array_new();
  plan->inventories = g_ptr_array_new();
  plan->outputs = g_ptr_array_new_with_free_func(output_free);
  plan->passes = g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)plan_pass_free);
  return plan;
}

static struct plan_output *
output_new(const struct job *job, const struct job_output *spec)
{
  struct plan_output *output = g_new0(struct plan_output, 1);
  output->job = job;
  output->spec = spec;
  output->columns = g_ptr_array_new_with_free_func(plan_column_free);
  output->partition_by = g_array_new(FALSE, FALSE, sizeof(guint));
  output->rollups = g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)plan_rollup_free);
  output->refusals = g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)plan_refusal_free);
  return output;
}

static bool
is_partition_column(const struct job_output *spec, const char *name)
{
  for (gsize i = 0; spec->partition_by[i] != NULL; i++)
    if (tree_same_name(spec->partition_by[i], name))
      return true;
  return false;
}

static bool
add_column(const struct plan_request *request, struct plan_output *output,
           const struct duck_column *spec, GError **error)
{
  struct plan_column *column = g_new0(struct plan_column, 1);
  g_ptr_array_add(output->columns, column);
  column->name = g_strdup(spec->name);
  column->type = g_strdup(spec->type);
  if (!request->stored_type(spec->type, &column->stored_type, error) ||
      (is_partition_column(output->spec, spec->name) &&
       !request->partition_type(column->stored_type, error))) {
    g_autofree char *place = plan_column_place(output->job, output->spec, output->columns->len - 1);
    return error_prefix(error, "%s: output '%s', column '%s': ", place, output->spec->name,
                        spec->name);
  }
  return true;
}

static bool
find_columns(const struct plan_request *request, struct plan_output *output, GError **error)
{
  const struct job_output *spec = output->spec;
  for (guint i = 0; i < spec->columns->len; i++)
    if (!add_column(request, output, spec->columns->pdata[i], error))
      return false;
  for (gsize k = 0; spec->partition_by[k] != NULL; k++)
    for (guint i = 0; i < output->columns->len; i++) {
      const struct plan_column *column = output->columns->pdata[i];
      if (tree_same_name(column->name, spec->partition_by[k])) {
        g_array_append_val(output->partition_by, i);
        break;
      }
    }
  return true;
}

void
plan_refuse(struct plan_output *output, enum plan_refusal_kind kind, char *reason)
{
  struct plan_refusal *refusal = g_new0(struct plan_refusal, 1);
  refusal->kind = kind;
  refusal->at = output->spec->at;
  refusal->reason = reason;
  g_ptr_array_add(output->refusals, refusal);
}

static struct query *
resolve(const struct plan *plan, const struct job *job, const struct job_output *spec)
{
  g_autofree const char **inputs = g_new0(const char *, plan->inventories->len + 1);
  for (guint i = 0; i < plan->inventories->len; i++)
    inputs[i] = ((const struct inventory *)plan->inventories->pdata[i])->name;
  g_autofree struct names_view *views = g_new0(struct names_view, job->views->len + 1);
  for (guint i = 0; i < job->views->len; i++) {
    const struct job_view *view = job->views->pdata[i];
    views[i] = (struct names_view){.name = view->name, .query = view->query};
  }
  return names_resolve(spec->query, views, job->views->len, inputs);
}

static char **
column_names(const struct plan_output *output)
{
  char **names = g_new0(char *, output->columns->len + 1);
  for (guint i = 0; i < output->columns->len; i++)
    names[i] = g_strdup(((const struct plan_column *)output->columns->pdata[i])->name);
  return names;
}

struct building {
  const struct plan_request *request;
  struct plan *plan;
  struct separator separator;
};

static bool
register_aggregates(const struct plan_request *request, GHashTable *names, GError **error)
{
  GHashTableIter iter;
  gpointer name = NULL;
  g_hash_table_iter_init(&iter, names);
  while (g_hash_table_iter_next(&iter, &name, NULL))
    if (!request->register_aggregate(name, request->user, error))
      return false;
  return true;
}

static bool
make_sums_exact(const struct plan_request *request, struct plan_output *output, GError **error)
{
  g_autoptr(GHashTable) names = tree_set_new();
  g_autofree char *doubt = NULL;
  if (!exact_sums_rewrite(request->connection, output->post, names, &doubt, error))
    return false;
  if (doubt != NULL)
    plan_refuse(output, PLAN_NOT_EXACT,
                g_strdup_printf("the types of its sums are not known: %s", doubt));
  return register_aggregates(request, names, error);
}

static bool
build_output(struct building *building, struct plan_output *output, GError **error)
{
  struct duck_connection *connection = building->request->connection;
  struct separator *separator = &building->separator;
  output->post = resolve(building->plan, output->job, output->spec);
  AUTO(ast_query_free) struct query *written = ast_query_copy(output->post);
  if (!make_sums_exact(building->request, output, error))
    return false;
  if (!prune_inputs(connection, output->post, building->plan->inventories, separator->volatiles,
                    &output->inputs, error))
    return false;
  output->order_by = compose_order(output->post, output->columns);
  AUTO(ast_query_free) struct query *exact = ast_query_copy(output->post);
  g_auto(GStrv) names = column_names(output);
  separator->rollups = output->rollups;
  separator->refusals = output->refusals;
  if (!separate_query(separator, output->post, (const char *const *)names, error))
    return false;
  names_drop_unused(output->post);
  if (!compose_output(building->request, output, written, exact, error))
    return false;
  layout_choose(building->plan, output);
  return true;
}

static bool
refuse_twin(const struct plan *plan, const struct job *job, const struct job_output *spec,
            GError **error)
{
  for (guint i = 0; i < plan->outputs->len; i++) {
    const struct plan_output *other = plan->outputs->pdata[i];
    if (!tree_same_name(other->spec->name, spec->name))
      continue;
    (void)error_set(error, ERROR_SCRIPT, "jobs '%s' and '%s' both have an output '%s'",
                    other->job->name, job->name, spec->name);
    return error_hint(error, "Rename one of them, or run the jobs into different folders.");
  }
  return true;
}

static bool
build_job(struct building *building, const struct job *job, GError **error)
{
  if (!job_make_current(job, building->request->connection, error))
    return false;
  for (guint i = 0; i < job->outputs->len; i++) {
    const struct job_output *spec = job->outputs->pdata[i];
    if (!refuse_twin(building->plan, job, spec, error))
      return false;
    struct plan_output *output = output_new(job, spec);
    g_ptr_array_add(building->plan->outputs, output);
    if (!find_columns(building->request, output, error))
      return false;
    if (!build_output(building, output, error))
      return error_prefix(error, "output '%s': ", spec->name);
  }
  return true;
}

static bool
create_view(struct duck_connection *connection, const struct inventory *inventory, bool with_files,
            GError **error)
{
  static const guint none;
  g_autofree char *select = plan_view_sql(inventory, with_files ? NULL : &none, 0);
  g_autofree char *name = text_sql_name(inventory->name);
  g_autofree char *sql = g_strdup_printf("CREATE OR REPLACE TEMP VIEW %s AS %s", name, select);
  return duck_exec(connection, sql, error);
}

/* Binding against files opens them, and a list of ten thousand names takes its time. A type that cannot be written in SQL
 * needs them. */
bool
plan_create_bare_view(struct duck_connection *connection, const struct inventory *inventory,
                      GError **error)
{
  g_autoptr(GError) refusal = NULL;
  if (create_view(connection, inventory, false, &refusal))
    return true;
  if (error_is(refusal, ERROR_FAILED) || error_is(refusal, ERROR_DATA))
    return create_view(connection, inventory, true, error);
  g_propagate_error(error, g_steal_pointer(&refusal));
  return false;
}

static bool
set_views(const struct plan_request *request, bool with_files, GError **error)
{
  for (gsize i = 0; i < request->inventory_count && !request->views_are_bare; i++) {
    const struct inventory *inventory = request->inventories[i];
    if (with_files ? !create_view(request->connection, inventory, true, error)
                   : !plan_create_bare_view(request->connection, inventory, error))
      return error_prefix(error, "input '%s': ", inventory->name);
  }
  return true;
}

static bool
build_jobs(const struct plan_request *request, struct plan *plan, GError **error)
{
  struct building building = {.request = request,
                              .plan = plan,
                              .separator = {.connection = request->connection,
                                            .aggregates = functions_aggregates(),
                                            .volatiles = functions_volatiles()}};
  for (gsize i = 0; i < request->job_count; i++)
    if (!build_job(&building, request->jobs[i], error))
      return false;
  return true;
}

static bool
share(const struct plan_request *request, struct plan *plan, GError **error)
{
  passes_share(plan);
  return kernel_plan(request->connection, plan, error);
}

struct plan *
plan_build(const struct plan_request *request, GError **error)
{
  AUTO(plan_free) struct plan *plan = plan_new();
  for (gsize i = 0; i < request->job_count; i++)
    g_ptr_array_add(plan->jobs, request->jobs[i]);
  for (gsize i = 0; i < request->inventory_count; i++)
    g_ptr_array_add(plan->inventories, request->inventories[i]);
  bool built = set_views(request, /* with_files= */ false, error) &&
               build_jobs(request, plan, error) && share(request, plan, error);
  if (!set_views(request, /* with_files= */ true, built ? error : NULL) || !built)
    return NULL;
  return g_steal_pointer(&plan);
}
