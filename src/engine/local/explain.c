/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/describe.h"
#include "engine/local/kernel.h"
#include "util/error.h"

#define AFTER "what DuckDB does with the kernel's groups:\n"

static char *
explain_by_duckdb(struct local *local, const struct plan *plan, const struct plan_output *explained,
                  enum duck_plan_kind kind, GError **error)
{
  if (!views_make_current(local, plan, explained, false, NULL, error))
    return NULL;
  char *text = duck_explain(local->work, explained->sql, kind, error);
  if (text == NULL)
    blame(local, plan, explained, error);
  return text;
}

/* The post-query over the groups, if they have been computed. */
static char *
explain_post(struct local *local, const struct kernel_pass *pass, guint output,
             enum duck_plan_kind kind, GError **error)
{
  const struct plan_output *explained = g_ptr_array_index(pass->plan->outputs, output);
  if (!views_make_current(local, pass->plan, explained, false, NULL, error))
    return NULL;
  struct kernel_feeds *feeds = kernel_feeds_offer(local, pass, output, NULL, error);
  if (feeds == NULL)
    return NULL;
  g_autofree char *text = duck_explain(local->work, explained->post_sql, kind, error);
  if (!kernel_feeds_withdraw(feeds, text != NULL ? error : NULL))
    return NULL;
  return g_steal_pointer(&text);
}

static char *
explain_scan(struct local *local, const struct kernel_pass *pass, const struct job *job,
             enum duck_plan_kind kind, GError **error)
{
  if (!views_make_current_for_pass(local, pass->plan, pass->planned, job, error))
    return NULL;
  return duck_explain(local->work, pass->planned->scan_sql, kind, error);
}

/* The scan that feeds the kernel, and what is left of the query, over no groups. */
static char *
explain_both(struct local *local, const struct plan *plan, guint output, enum duck_plan_kind kind,
             GError **error)
{
  const struct plan_output *explained = g_ptr_array_index(plan->outputs, output);
  struct kernel_pass *pass = kernel_pass_unrun(plan, output);
  if (pass->failure != NULL) {
    kernel_pass_free(pass);
    return explain_by_duckdb(local, plan, explained, kind, error);
  }
  g_autofree char *scan = explain_scan(local, pass, explained->job, kind, error);
  g_autofree char *post = scan != NULL ? explain_post(local, pass, output, kind, error) : NULL;
  guint number = pass->planned->number;
  kernel_pass_free(pass);
  if (post == NULL)
    return NULL;
  return g_strdup_printf("the scan of pass %u, which feeds the kernel:\n%s\n" AFTER "%s", number,
                         scan, post);
}

/* What DuckDB does for an output of a pass that has run, without writing it. */
static char *
explain_rest(struct local *local, const struct kernel_pass *pass, guint output, GError **error)
{
  if (kernel_pass_refusal(pass, output) != NULL)
    return explain_by_duckdb(local, pass->plan, g_ptr_array_index(pass->plan->outputs, output),
                             DUCK_PLAN_ANALYZED, error);
  if (kernel_pass_stream(pass, output) != NULL)
    return g_strdup("nothing: they come in order, and a run writes them as they come\n");
  return explain_post(local, pass, output, DUCK_PLAN_ANALYZED, error);
}

static char *
analyze(struct local *local, const struct plan *plan, guint output,
        struct json_object **ret_observed, GError **error)
{
  const struct engine_run run = {.plan = plan, .output = output, .run_id = "explain"};
  struct engine_output nothing = {0};
  struct writer writer;
  writer_init(&writer, local, &run, &nothing);
  struct kernel_pass *pass = kernel_pass_run(&writer, true, error);
  writer_clear(&writer);
  if (pass == NULL)
    return NULL;
  g_autofree char *text = explain_rest(local, pass, output, error);
  g_autofree char *observed = kernel_pass_text(pass, output);
  if (text != NULL && ret_observed != NULL)
    *ret_observed = kernel_pass_json(pass, output);
  kernel_pass_free(pass);
  if (text == NULL)
    return NULL;
  return g_strdup_printf("%s\n" AFTER "%s", observed, text);
}

char *
local_explain(gpointer self, const struct plan *plan, guint output, enum duck_plan_kind kind,
              struct json_object **ret_observed, GError **error)
{
  struct local *local = self;
  const struct plan_output *explained = g_ptr_array_index(plan->outputs, output);
  if (!explained->is_kernel || local->kernel_off)
    return explain_by_duckdb(local, plan, explained, kind, error);
  if (kind == DUCK_PLAN_ANALYZED)
    return analyze(local, plan, output, ret_observed, error);
  return explain_both(local, plan, output, kind, error);
}
