/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/footer.h"
#include "engine/local/local.h"
#include "util/error.h"
#include "util/machine.h"
#include <string.h>

/* The input file whose path stands first in the message: another one is only what it was compared with. */
static const struct inventory_file *
named_file(const struct plan *plan, const struct plan_output *output, const char *message)
{
  const struct inventory_file *named = NULL;
  const char *first = NULL;
  for (guint i = 0; i < output->inputs->len; i++) {
    const struct plan_input *input = g_ptr_array_index(output->inputs, i);
    const struct inventory *inventory = g_ptr_array_index(plan->inventories, input->inventory);
    for (guint j = 0; j < inventory->files->len; j++) {
      const struct inventory_file *file = g_ptr_array_index(inventory->files, j);
      const char *at = strstr(message, file->path);
      if (at == NULL || (first != NULL && at >= first))
        continue;
      first = at;
      named = file;
    }
  }
  return named;
}

/* Paths of all files that the output reads; the paths are the inventories'. */
static GPtrArray *
input_paths(const struct plan *plan, const struct plan_output *output)
{
  GPtrArray *paths = g_ptr_array_new();
  for (guint i = 0; i < output->inputs->len; i++) {
    const struct plan_input *input = g_ptr_array_index(output->inputs, i);
    const struct inventory *inventory = g_ptr_array_index(plan->inventories, input->inventory);
    for (guint j = 0; j < input->files->len; j++) {
      const struct inventory_file *file =
          g_ptr_array_index(inventory->files, g_array_index(input->files, guint, j));
      g_ptr_array_add(paths, file->path);
    }
  }
  return paths;
}

static bool
replace(GError **error, GError *by)
{
  g_clear_error(error);
  g_propagate_error(error, by);
  return false;
}

static bool
is_open_question(const GError *error)
{
  return error_is(error, ERROR_FAILED) || error_is(error, ERROR_DATA);
}

/* A file that DuckDB names, or is found by reading them all, is the input's fault. */
static bool
blame_file(struct local *local, const struct plan *plan, const struct plan_output *output,
           GError **error)
{
  g_autoptr(GPtrArray) paths = input_paths(plan, output);
  (void)duck_blame_damage(local->duck, (const char *const *)paths->pdata, paths->len,
                          machine_cpu_count(), error);
  const struct inventory_file *file = named_file(plan, output, (*error)->message);
  if (file == NULL || !is_open_question(*error))
    return false;
  GError *by = NULL;
  error_set(&by, ERROR_INPUT, "%s", (*error)->message);
  error_hint(&by, "Replace '%s' or move it out of the input.", file->relative);
  return replace(error, by);
}

/* "type HUGEINT with value 9223372036854775808 can't be cast because the value is out of range for the destination type
 * BIGINT when casting from source column total". */
static bool
sounds_overflown(const char *message)
{
  return strstr(message, "HUGEINT") != NULL && strstr(message, "out of range") != NULL &&
         strstr(message, "BIGINT") != NULL;
}

static bool
is_narrowed(const struct plan_column *column)
{
  return g_str_equal(column->type, "HUGEINT") && g_str_equal(column->stored_type, "BIGINT");
}

static bool
blame_column(const struct plan_output *output, GError **error)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  const char *source = strstr((*error)->message, "source column ");
  const char *told = source != NULL ? source + strlen("source column ") : "";
  for (guint i = 0; i < output->columns->len; i++) {
    const struct plan_column *column = g_ptr_array_index(output->columns, i);
    if (!is_narrowed(column))
      continue;
    if (g_ascii_strcasecmp(told, column->name) == 0)
      g_ptr_array_set_size(names, 0);
    g_ptr_array_add(names, column->name);
    if (g_ascii_strcasecmp(told, column->name) == 0)
      break;
  }
  if (names->len == 0)
    return false;
  g_ptr_array_add(names, NULL);
  g_autofree char *list = g_strjoinv("' or '", (char **)names->pdata);
  GError *by = NULL;
  error_set(&by, ERROR_OUTPUT, "a value of column '%s' does not fit its stored type BIGINT", list);
  error_hint(&by, "Cast it in the query, to DECIMAL(38, 0) or DOUBLE.");
  return replace(error, by);
}

bool
blame(struct local *local, const struct plan *plan, const struct plan_output *output,
      GError **error)
{
  if (error == NULL || *error == NULL || !is_open_question(*error))
    return false;
  if (sounds_overflown((*error)->message))
    (void)blame_column(output, error);
  if (is_open_question(*error))
    (void)blame_file(local, plan, output, error);
  return false;
}
