/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/kernel.h"
#include "plan/sources.h"
#include "plan/tree.h"
#include "util/error.h"

bool
kernel_in_pass(const struct plan_pass *pass, const struct plan_rollup *rollup)
{
  return g_str_equal(pass->source, rollup->source);
}

static GPtrArray *
rollups_of(const struct plan *plan, const struct plan_pass *pass)
{
  GPtrArray *rollups = g_ptr_array_new();
  for (guint i = 0; i < pass->outputs->len; i++) {
    const struct plan_output *output = plan->outputs->pdata[g_array_index(pass->outputs, guint, i)];
    for (guint k = 0; k < output->rollups->len; k++)
      if (kernel_in_pass(pass, output->rollups->pdata[k]))
        g_ptr_array_add(rollups, output->rollups->pdata[k]);
  }
  return rollups;
}

/* The union of the scans' select lists, without a WHERE: one bind for all types. */
static struct query *
union_scan(GPtrArray *rollups, GPtrArray *texts)
{
  const struct plan_rollup *first = rollups->pdata[0];
  struct query *query = sources_select(first->scan->from, first->scan->ctes);
  g_autoptr(GHashTable) known = tree_set_new();
  for (guint i = 0; i < rollups->len; i++) {
    const struct query *scan = ((const struct plan_rollup *)rollups->pdata[i])->scan;
    for (guint k = 0; k < scan->select->len; k++) {
      g_autofree char *text = ast_canonical_expr(scan->select->pdata[k], NULL);
      if (!g_hash_table_add(known, g_strdup(text)))
        continue;
      struct expr *copy = ast_expr_copy(scan->select->pdata[k]);
      g_autofree char *alias = g_strdup_printf("c%u", query->select->len);
      tree_set_alias(copy, alias);
      g_ptr_array_add(query->select, copy);
      g_ptr_array_add(texts, g_steal_pointer(&text));
    }
  }
  return query;
}

static void
refuse_all(GPtrArray *rollups, const char *reason)
{
  for (guint i = 0; i < rollups->len; i++) {
    struct plan_rollup *rollup = rollups->pdata[i];
    rollup->kernel_reason = g_strdup_printf("its scan does not bind (%s)", reason);
  }
}

/* Types by canonical text; every rollup of the pass is checked. */
static bool
check_pass(struct duck_connection *connection, const struct plan *plan,
           const struct plan_pass *pass, GHashTable *types, GError **error)
{
  g_autoptr(GPtrArray) rollups = rollups_of(plan, pass);
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
  AUTO(ast_query_free) struct query *query = union_scan(rollups, texts);
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  g_autoptr(GPtrArray) columns = sources_describe(connection, query, &fault, error);
  if (columns == NULL) {
    if (fault != NULL)
      refuse_all(rollups, fault->message);
    return fault != NULL;
  }
  for (guint i = 0; i < columns->len && i < texts->len; i++)
    g_hash_table_insert(types, g_strdup(texts->pdata[i]),
                        g_strdup(((const struct duck_column *)columns->pdata[i])->type));
  for (guint i = 0; i < rollups->len; i++)
    kernel_check(rollups->pdata[i], types);
  return true;
}

static GHashTable *
types_new(void)
{
  return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

bool
kernel_plan(struct duck_connection *connection, struct plan *plan, GError **error)
{
  g_autoptr(GPtrArray) types = g_ptr_array_new_with_free_func((GDestroyNotify)g_hash_table_unref);
  for (guint i = 0; i < plan->passes->len; i++) {
    g_ptr_array_add(types, types_new());
    if (!check_pass(connection, plan, plan->passes->pdata[i], types->pdata[i], error))
      return false;
  }
  for (guint i = 0; i < plan->outputs->len; i++)
    kernel_output(plan, plan->outputs->pdata[i]);
  for (guint i = 0; i < plan->passes->len; i++) {
    struct plan_pass *pass = plan->passes->pdata[i];
    g_autoptr(GArray) outputs = kernel_fit(plan, pass, types->pdata[i]);
    if (outputs->len > 0 && !kernel_scan(connection, plan, pass, outputs, types->pdata[i], error))
      return error_prefix(error, "the scan of pass %u: ", i + 1);
  }
  for (guint i = 0; i < plan->outputs->len; i++)
    if (!kernel_order(connection, plan->outputs->pdata[i], error))
      return false;
  return true;
}
