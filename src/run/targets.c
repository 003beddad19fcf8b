/* SPDX-License-Identifier: Apache-2.0 */
#include "run/targets.h"
#include "util/error.h"
#include <stdlib.h>
#include <string.h>

static void
fill(struct publish_output *target, const struct plan_output *output, GPtrArray *blocks)
{
  struct publish_column *columns = g_new0(struct publish_column, output->columns->len + 1);
  g_ptr_array_add(blocks, columns);
  for (guint i = 0; i < output->columns->len; i++) {
    const struct plan_column *column = output->columns->pdata[i];
    columns[i] = (struct publish_column){.name = column->name, .stored_type = column->stored_type};
  }
  const char **partition_by = g_new0(const char *, output->partition_by->len + 1);
  g_ptr_array_add(blocks, partition_by);
  for (guint i = 0; i < output->partition_by->len; i++) {
    guint column = g_array_index(output->partition_by, guint, i);
    partition_by[i] = ((const struct plan_column *)output->columns->pdata[column])->name;
  }
  *target = (struct publish_output){.name = output->spec->name,
                                    .columns = columns,
                                    .column_count = output->columns->len,
                                    .partition_by = partition_by,
                                    .job = output->job->name,
                                    .job_hash = output->job->hash};
}

struct targets *
targets_new(const struct plan *plan)
{
  struct targets *targets = g_new0(struct targets, 1);
  targets->count = plan->outputs->len;
  targets->outputs = g_new0(struct publish_output, targets->count + 1);
  targets->blocks = g_ptr_array_new_with_free_func(g_free);
  for (gsize i = 0; i < targets->count; i++)
    fill(&targets->outputs[i], plan->outputs->pdata[i], targets->blocks);
  return targets;
}

void
targets_free(struct targets *targets)
{
  g_ptr_array_unref(targets->blocks);
  g_free(targets->outputs);
  g_free(targets);
}

/* Links followed as far as the path exists; owned by the caller. */
static char *
real_path(const char *path)
{
  g_autofree char *head = g_canonicalize_filename(path, NULL);
  g_autoptr(GString) tail = g_string_new(NULL);
  char *real = NULL;
  while ((real = realpath(head, NULL)) == NULL && !g_str_equal(head, "/")) {
    g_autofree char *name = g_path_get_basename(head);
    char *parent = g_path_get_dirname(head);
    g_string_prepend(tail, name);
    g_string_prepend_c(tail, '/');
    g_free(head);
    head = parent;
  }
  char *whole = g_strconcat(real != NULL ? real : head, tail->str, NULL);
  free(real);
  return whole;
}

static bool
is_below(const char *path, const char *folder)
{
  gsize length = strlen(folder);
  return g_str_has_prefix(path, folder) &&
         (path[length] == '/' || path[length] == '\0' || g_str_has_suffix(folder, "/"));
}

bool
targets_check_folder(const char *output, const struct input_binding *inputs, gsize input_count,
                     GError **error)
{
  g_autofree char *real = real_path(output);
  for (gsize i = 0; i < input_count; i++) {
    g_autofree char *input = real_path(inputs[i].path);
    if (!is_below(real, input))
      continue;
    if (g_str_equal(real, input))
      error_set(error, ERROR_OUTPUT, "output folder '%s' is an input", real);
    else
      error_set(error, ERROR_OUTPUT, "output folder '%s' lies in the input '%s'", real, input);
    return error_hint(error, "Give --output a folder outside of it: a run would read what earlier "
                             "runs wrote.");
  }
  return true;
}
