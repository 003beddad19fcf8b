/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/kernel.h"
#include "plan/tree.h"
#include <string.h>

static char *
refusal_reason(const struct plan_output *output)
{
  for (guint i = 0; i < output->refusals->len; i++) {
    const struct plan_refusal *refusal = output->refusals->pdata[i];
    if (refusal->kind == PLAN_NOT_TAKEN)
      return g_strdup(refusal->reason);
  }
  return g_strdup("it does not group");
}

/* Why DuckDB runs the output; NULL: the kernel does. */
static char *
obstacle(const struct plan *plan, const struct plan_output *output)
{
  if (output->rollups->len == 0)
    return refusal_reason(output);
  const struct plan_pass *pass = plan->passes->pdata[output->pass];
  for (guint i = 0; i < output->rollups->len; i++) {
    const struct plan_rollup *rollup = output->rollups->pdata[i];
    if (rollup->kernel_reason != NULL)
      return g_strdup(rollup->kernel_reason);
    if (!kernel_in_pass(pass, rollup))
      return g_strdup_printf("its rollups read '%s' and '%s', which are two passes", pass->title,
                             rollup->title);
  }
  return NULL;
}

static char *
summary(const struct plan_output *output)
{
  if (output->rollups->len > 1)
    return g_strdup_printf("%u rollups in pass %d", output->rollups->len, output->pass + 1);
  const struct plan_rollup *rollup = output->rollups->pdata[0];
  guint keys = rollup->groups->len;
  guint sets = rollup->group_sets->len;
  guint aggregates = rollup->aggregates->len;
  g_autofree char *sets_text =
      sets == 1 ? g_strdup("") : g_strdup_printf(", %u grouping sets", sets);
  return g_strdup_printf("%u key%s%s and %u aggregate%s in pass %d", keys, keys == 1 ? "" : "s",
                         sets_text, aggregates, aggregates == 1 ? "" : "s", output->pass + 1);
}

/* The post-query reads its only rollup, whole, and gives its groups as they are. */
static bool
is_plain_post(const struct plan_output *output)
{
  const struct query *post = output->post;
  if (output->rollups->len != 1 || post->class != QUERY_SELECT || post->ctes->len > 0)
    return false;
  const struct plan_rollup *rollup = output->rollups->pdata[0];
  const GArray *set = rollup->group_sets->pdata[0];
  return post->from->class == TABLE_BASE && g_str_equal(post->from->name, rollup->name) &&
         rollup->group_sets->len == 1 && set->len == rollup->groups->len && set->len > 0 &&
         post->where == NULL && post->qualify == NULL && post->limit == NULL &&
         post->offset == NULL && !post->distinct && post->distinct_on->len == 0 && !post->sampled &&
         post->select->len == output->columns->len;
}

static GArray *
find_direct(const struct plan_output *output)
{
  if (!is_plain_post(output))
    return NULL;
  const struct plan_rollup *rollup = output->rollups->pdata[0];
  g_autoptr(GArray) direct = g_array_new(FALSE, FALSE, sizeof(struct plan_direct));
  for (guint i = 0; i < output->columns->len; i++) {
    const struct plan_column *column = output->columns->pdata[i];
    struct plan_direct entry;
    if (!kernel_group_column(rollup, output->post->select->pdata[i], &entry))
      return NULL;
    if (!g_str_equal(column->type, column->stored_type) && !g_str_equal(column->type, "HUGEINT"))
      return NULL;
    g_array_append_val(direct, entry);
  }
  return g_steal_pointer(&direct);
}

void
kernel_refuse(struct plan_output *output, char *reason)
{
  g_free(output->kernel_reason);
  output->kernel_reason = reason;
  output->is_kernel = false;
  g_clear_pointer(&output->direct, g_array_unref);
  g_clear_pointer(&output->direct_order, g_array_unref);
}

void
kernel_output(const struct plan *plan, struct plan_output *output)
{
  char *reason = obstacle(plan, output);
  output->is_kernel = reason == NULL;
  output->kernel_reason = reason == NULL ? summary(output) : reason;
  if (!output->is_kernel)
    return;
  output->direct = find_direct(output);
  if (output->direct != NULL)
    output->direct_order = kernel_order_keys(output);
}
