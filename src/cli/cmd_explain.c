/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"
#include "cli/dispatch.h"
#include "cli/job_arguments.h"
#include "cli/plan_text.h"
#include "report/colour.h"
#include "report/envelope.h"
#include "run/run.h"

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
  g_autofree char *plan =
      engine_explain(context->engine, context->plan, output, wanted->kind, error);
  if (plan == NULL)
    return false;
  g_string_append_printf(text, "\n%s%s: %s plan%s\n%s\n", colour_code(colour, COLOUR_BOLD),
                         planned->spec->name, wanted->title, colour_code(colour, COLOUR_END), plan);
  struct json_object *object = json_object_new_object();
  json_add_text(object, "output", planned->spec->name);
  json_add_text(object, "kind", wanted->title);
  json_add_text(object, "plan", plan);
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
  g_autofree char *explained = plan_text(values, context->plan);
  g_autoptr(GString) text = g_string_new(explained);
  JSON_AUTO(object) = envelope_new("explain");
  json_add_object(object, "plan", plan_to_json(context->plan));
  struct json_object *plans = json_object_new_array();
  json_add_object(object, "engine_plans", plans);
  if (!add_engine_plans(values, context, text, plans, error))
    return false;
  return console_either(values, text->str, object, error);
}
