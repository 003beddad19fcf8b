/* SPDX-License-Identifier: Apache-2.0 */
#include "run/targets.h"

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
