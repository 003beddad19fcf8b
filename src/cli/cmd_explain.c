/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"
#include "cli/dispatch.h"
#include "cli/job_arguments.h"
#include "cli/plan_text.h"
#include "plan/culprit.h"
#include "report/colour.h"
#include "report/envelope.h"
#include "run/run.h"
#include "util/text.h"

struct wanted {
  enum option_id option;
  enum duck_plan_kind kind;
  const char *title;
};

static const struct wanted kinds[] = {
    {OPTION_LOGICAL, DUCK_PLAN_LOGICAL, "logical"},
    {OPTION_PHYSICAL, DUCK_PLAN_PHYSICAL, "physical"},
    {OPTION_ANALYZE, DUCK_PLAN_ANALYZED, "analyzed"},
};

static bool
add_engine_plan(struct run_context *context, guint output, const struct wanted *wanted, bool colour,
                GString *text, struct json_object *plans, GError **error)
{
  const struct plan_output *planned = g_ptr_array_index(context->plan->outputs, output);
  struct json_object *observed = NULL;
  g_autofree char *plan =
      engine_explain(context->engine, context->plan, output, wanted->kind, &observed, error);
  if (plan == NULL)
    return plan_blame_output(planned, error);
  g_string_append_printf(text, "\n%s%s: %s plan%s\n%s\n", colour_code(colour, COLOUR_BOLD),
                         planned->spec->name, wanted->title, colour_code(colour, COLOUR_END), plan);
  struct json_object *object = json_object_new_object();
  json_add_text(object, "output", planned->spec->name);
  json_add_text(object, "kind", wanted->title);
  json_add_text(object, "plan", plan);
  json_add_object(object, "observed", observed);
  (void)json_object_array_add(plans, object);
  return true;
}

static bool
add_engine_plans(const struct cli_values *values, struct run_context *context, GString *text,
                 struct json_object *plans, GError **error)
{
  bool colour = console_colour(values, stdout);
  for (guint i = 0; i < context->plan->outputs->len; i++) {
    for (gsize j = 0; j < G_N_ELEMENTS(kinds); j++) {
      if (cli_flag(values, kinds[j].option) &&
          !add_engine_plan(context, i, &kinds[j], colour, text, plans, error))
        return false;
    }
  }
  return true;
}

/* "memory 12.9 GB at most; while a pass runs, 6.4 GB of it for the kernel and 6.4 GB for DuckDB" */
static void
add_memory(const struct run_context *context, GString *text, struct json_object *object)
{
  struct engine_memory memory = engine_memory(context->engine);
  guint64 rest = memory.data_bytes - memory.kernel_bytes;
  g_autofree char *limit = text_bytes(memory.limit_bytes);
  g_autofree char *kernel = text_bytes(memory.kernel_bytes);
  g_autofree char *duckdb = text_bytes(rest);
  g_string_append_printf(text, "\nmemory %s at most", limit);
  if (memory.kernel_bytes > 0)
    g_string_append_printf(text, "; while a pass runs, %s of it for the kernel and %s for DuckDB",
                           kernel, duckdb);
  g_string_append_c(text, '\n');
  struct json_object *told = json_object_new_object();
  json_add_uint(told, "limit_bytes", memory.limit_bytes);
  json_add_uint(told, "kernel_bytes", memory.kernel_bytes);
  json_add_uint(told, "duckdb_bytes_in_a_pass", rest);
  json_add_object(object, "memory", told);
}

bool
cmd_explain(const struct cli_values *values, UNUSED int *ret_exit_code, GError **error)
{
  AUTO(job_arguments_free) struct job_arguments *arguments = job_arguments_read(values, error);
  if (arguments == NULL)
    return false;
  AUTO(progress_free) struct progress *progress = console_progress(values);
  progress_begin(progress, "preparing", 0, 0);
  arguments->options.progress = progress;
  AUTO(run_context_free) struct run_context *context = run_prepare(&arguments->options, error);
  if (context == NULL)
    return false;
  if (!engine_estimate(context->engine, context->plan, error))
    return false;
  g_autofree char *explained = plan_text(values, context->plan);
  g_autoptr(GString) text = g_string_new(explained);
  JSON_AUTO(object) = envelope_new("explain");
  json_add_object(object, "plan", plan_to_json(context->plan));
  add_memory(context, text, object);
  struct json_object *plans = json_object_new_array();
  json_add_object(object, "engine_plans", plans);
  if (!add_engine_plans(values, context, text, plans, error))
    return false;
  return console_either(values, text->str, object, error);
}
