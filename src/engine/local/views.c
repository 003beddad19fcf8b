/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/local.h"
#include "util/text.h"

static bool
make_view(struct local *local, const struct inventory *inventory, const GArray *files,
          GError **error)
{
  g_autofree char *name = text_sql_name(inventory->name);
  g_autofree char *query =
      files == NULL
          ? plan_view_sql(inventory, NULL, inventory->files->len)
          : plan_view_sql(inventory, (const guint *)(const void *)files->data, files->len);
  g_autofree char *sql = g_strdup_printf("CREATE OR REPLACE TEMP VIEW %s AS %s", name, query);
  return duck_exec(local->work, sql, error);
}

bool
views_make_current(struct local *local, const struct plan *plan, const struct plan_output *output,
                   bool whole, const struct plan_partition *partition, GError **error)
{
  for (guint i = 0; i < output->inputs->len; i++) {
    const struct plan_input *input = g_ptr_array_index(output->inputs, i);
    const struct inventory *inventory = g_ptr_array_index(plan->inventories, input->inventory);
    const GArray *files = whole ? NULL : input->files;
    if (partition != NULL && inventory->partition_columns->len > 0)
      files = partition->files;
    if (!make_view(local, inventory, files, error))
      return false;
  }
  return job_make_current(output->job, local->work, error);
}
