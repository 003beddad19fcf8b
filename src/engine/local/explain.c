/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/describe.h"
#include "engine/local/local.h"
#include "util/error.h"

char *
local_explain(gpointer self, const struct plan *plan, guint output, enum duck_plan_kind kind,
              GError **error)
{
  struct local *local = self;
  const struct plan_output *explained = g_ptr_array_index(plan->outputs, output);
  if (!views_make_current(local, plan, explained, false, NULL, error))
    return NULL;
  char *text = duck_explain(local->work, explained->sql, kind, error);
  if (text == NULL)
    blame(local, plan, explained, error);
  return text;
}
