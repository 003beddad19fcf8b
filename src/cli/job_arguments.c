/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/job_arguments.h"
#include "util/error.h"
#include <string.h>

void
job_arguments_free(struct job_arguments *arguments)
{
  if (arguments == NULL)
    return;
  g_array_unref(arguments->inputs);
  g_array_unref(arguments->params);
  g_ptr_array_unref(arguments->texts);
  g_free(arguments);
}

GArray *
job_arguments_inputs(const struct cli_values *values, GPtrArray *texts)
{
  GArray *inputs = g_array_new(FALSE, FALSE, sizeof(struct input_binding));
  for (guint i = 0; i < cli_count(values, OPTION_INPUT); i++) {
    char *name = NULL;
    char *path = NULL;
    input_parse(cli_nth(values, OPTION_INPUT, i), &name, &path);
    struct input_binding binding = {.name = name, .path = path};
    g_array_append_val(inputs, binding);
    g_ptr_array_add(texts, name);
    g_ptr_array_add(texts, path);
  }
  return inputs;
}

static bool
is_name(const char *text)
{
  if (!g_ascii_isalpha(text[0]) && text[0] != '_')
    return false;
  for (const char *at = text; *at != '\0'; at++) {
    if (!g_ascii_isalnum(*at) && *at != '_')
      return false;
  }
  return true;
}

static bool
add_param(struct job_arguments *arguments, const char *text, GError **error)
{
  const char *equals = strchr(text, '=');
  char *name = g_strndup(text, equals == NULL ? 0 : (gsize)(equals - text));
  g_ptr_array_add(arguments->texts, name);
  if (!is_name(name))
    return error_set(error, ERROR_USAGE, "--param: '%s' is not NAME=VALUE", text);
  for (guint i = 0; i < arguments->params->len; i++) {
    if (strcmp(g_array_index(arguments->params, struct job_param, i).name, name) == 0)
      return error_set(error, ERROR_USAGE, "--param: '%s' is given twice", name);
  }
  struct job_param param = {.name = name, .value = equals + 1};
  g_array_append_val(arguments->params, param);
  return true;
}

static void
fill_options(struct job_arguments *arguments, const struct cli_values *values)
{
  arguments->options = (struct run_options){
      .jobs = (const char *const *)values->arguments->pdata,
      .job_count = values->arguments->len,
      .inputs = (const struct input_binding *)(gpointer)arguments->inputs->data,
      .input_count = arguments->inputs->len,
      .params = (const struct job_param *)(gpointer)arguments->params->data,
      .param_count = arguments->params->len,
      .engine = cli_text(values, OPTION_ENGINE),
      .threads = (guint)cli_number(values, OPTION_THREADS),
      .memory_limit_bytes = cli_number(values, OPTION_MEMORY_LIMIT),
      .temp_dir = cli_text(values, OPTION_TEMP_DIR),
      .retain_ms = -1,
  };
}

struct job_arguments *
job_arguments_read(const struct cli_values *values, GError **error)
{
  AUTO(job_arguments_free) struct job_arguments *arguments = g_new0(struct job_arguments, 1);
  arguments->texts = g_ptr_array_new_with_free_func(g_free);
  arguments->inputs = job_arguments_inputs(values, arguments->texts);
  arguments->params = g_array_new(FALSE, FALSE, sizeof(struct job_param));
  for (guint i = 0; i < cli_count(values, OPTION_PARAM); i++) {
    if (!add_param(arguments, cli_nth(values, OPTION_PARAM, i), error))
      return NULL;
  }
  fill_options(arguments, values);
  return g_steal_pointer(&arguments);
}
