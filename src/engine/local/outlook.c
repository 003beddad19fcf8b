/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/kernel.h"

static void
tell(const struct kernel_pass *pass, guint number)
{
  struct plan_rollup *rollup = kernel_pass_rollup(pass, number);
  const char *distinct, *strategy = rollup_pass_strategy(pass->rollups, number, &distinct);
  g_free(rollup->estimated_refusal);
  rollup->estimated_refusal = g_strdup(rollup_pass_gave_up(pass->rollups, number));
  g_free(rollup->estimated_strategy);
  rollup->estimated_strategy = strategy == NULL || distinct == NULL
                                   ? g_strdup(strategy)
                                   : g_strdup_printf("%s, %s", strategy, distinct);
}

void
outlook_of_pass(struct local *local, const struct plan *plan, const struct plan_pass *planned,
                const char *sql)
{
  struct kernel_pass *pass = kernel_pass_uncomputed(local, plan, planned);
  /* what rollups have given up is known even when the pass stopped for it */
  if (pass->rollups != NULL) {
    bool looked = kernel_scan_look(local, pass, sql);
    for (guint i = 0; i < pass->spec->numbers->len; i++)
      if (looked || rollup_pass_gave_up(pass->rollups, i) != NULL)
        tell(pass, i);
  }
  kernel_pass_free(pass);
}
