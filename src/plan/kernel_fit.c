/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/kernel.h"

static GArray *
kernel_outputs(const struct plan *plan, const struct plan_pass *pass)
{
  GArray *outputs = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 0; i < pass->outputs->len; i++) {
    guint index = g_array_index(pass->outputs, guint, i);
    if (((const struct plan_output *)plan->outputs->pdata[index])->is_kernel)
      g_array_append_val(outputs, index);
  }
  return outputs;
}

static char *
obstacle(guint alone, guint together)
{
  if (alone > PLAN_SCAN_COLUMNS_MOST)
    return g_strdup_printf("its scan has %u columns, more than %d", alone, PLAN_SCAN_COLUMNS_MOST);
  return g_strdup_printf("its scan has %u columns, with the outputs before it %u, more than %d",
                         alone, together, PLAN_SCAN_COLUMNS_MOST);
}

static guint
columns_alone(const struct plan *plan, struct plan_pass *pass, guint output, GHashTable *types)
{
  g_autoptr(GArray) one = g_array_new(FALSE, FALSE, sizeof(guint));
  g_array_append_val(one, output);
  return kernel_scan_columns(plan, pass, one, types);
}

GArray *
kernel_fit(const struct plan *plan, struct plan_pass *pass, GHashTable *types)
{
  g_autoptr(GArray) outputs = kernel_outputs(plan, pass);
  if (outputs->len == 0 ||
      kernel_scan_columns(plan, pass, outputs, types) <= PLAN_SCAN_COLUMNS_MOST)
    return g_steal_pointer(&outputs);
  GArray *kept = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 0; i < outputs->len; i++) {
    guint index = g_array_index(outputs, guint, i);
    g_array_append_val(kept, index);
    guint together = kernel_scan_columns(plan, pass, kept, types);
    if (together <= PLAN_SCAN_COLUMNS_MOST)
      continue;
    g_array_set_size(kept, kept->len - 1);
    kernel_refuse(plan->outputs->pdata[index],
                  obstacle(columns_alone(plan, pass, index, types), together));
  }
  return kept;
}
