/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/local.h"
#include "util/text.h"

/* The SELECT behind an input's view; files NULL: all of them. An empty list is not the same. */
static char *
select_files(const struct inventory *inventory, const GArray *files)
{
  static const guint no_file = 0;
  if (files == NULL)
    return plan_view_sql(inventory, NULL, 0);
  const guint *first = files->len > 0 ? &g_array_index(files, guint, 0) : &no_file;
  return plan_view_sql(inventory, first, files->len);
}

/* Making a view over files binds it: DuckDB looks at each of them. */
static bool
make_view(struct local *local, const struct inventory *inventory, const GArray *files,
          GError **error)
{
  g_autofree char *query = select_files(inventory, files);
  if (g_strcmp0(g_hash_table_lookup(local->views, inventory->name), query) == 0)
    return true;
  g_hash_table_remove(local->views, inventory->name);
  g_autofree char *name = text_sql_name(inventory->name);
  g_autofree char *sql = g_strdup_printf("CREATE OR REPLACE TEMP VIEW %s AS %s", name, query);
  if (!duck_exec(local->work, sql, error))
    return false;
  g_hash_table_insert(local->views, g_strdup(inventory->name), g_steal_pointer(&query));
  return true;
}

static bool
make_job_current(struct local *local, const struct job *job, GError **error)
{
  if (local->current == job)
    return true;
  local->current = NULL;
  if (!job_make_current(job, local->work, error))
    return false;
  local->current = job;
  return true;
}

bool
views_make_over(struct local *local, const struct inventory *inventory, const GArray *files,
                GError **error)
{
  return make_view(local, inventory, files, error);
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
  return make_job_current(local, output->job, error);
}

bool
views_make_current_for_pass(struct local *local, const struct plan *plan,
                            const struct plan_pass *pass, const struct job *job, GError **error)
{
  for (guint i = 0; i < pass->inputs->len; i++) {
    const struct plan_input *input = g_ptr_array_index(pass->inputs, i);
    const struct inventory *inventory = g_ptr_array_index(plan->inventories, input->inventory);
    if (!make_view(local, inventory, input->files, error))
      return false;
  }
  return make_job_current(local, job, error);
}
