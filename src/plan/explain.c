/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/explain.h"
#include "plan/tree.h"

char *
explain_partition_columns(const struct inventory *inventory)
{
  if (inventory->partition_columns->len == 0)
    return NULL;
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < inventory->partition_columns->len; i++) {
    const struct inventory_column *column = inventory->partition_columns->pdata[i];
    g_string_append_printf(text, "%s%s %s", i == 0 ? "" : ", ", column->name, column->type);
  }
  return g_string_free(text, FALSE);
}

char *
explain_sets(const struct plan_rollup *rollup)
{
  const GArray *first = rollup->group_sets->pdata[0];
  if (rollup->group_sets->len == 1 && first->len == rollup->groups->len)
    return NULL;
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < rollup->group_sets->len; i++) {
    const GArray *set = rollup->group_sets->pdata[i];
    g_string_append(text, i == 0 ? "(" : ", (");
    for (guint k = 0; k < set->len; k++)
      g_string_append_printf(text, "%s%s", k == 0 ? "" : ", ",
                             rollup->group_texts[g_array_index(set, guint, k)]);
    g_string_append_c(text, ')');
  }
  return g_string_free(text, FALSE);
}

static void
add(GString *text, bool holds, const char *phrase)
{
  if (holds)
    g_string_append_printf(text, "%s%s", text->len == 0 ? "" : ", ", phrase);
}

static bool
is_window(const struct expr *expr, gpointer user)
{
  (void)user;
  return expr->class == EXPR_WINDOW;
}

static bool
has_window(const struct query *query)
{
  for (guint i = 0; i < query->select->len; i++)
    if (tree_find(query->select->pdata[i], is_window, NULL) != NULL)
      return true;
  return tree_find(query->qualify, is_window, NULL) != NULL;
}

char *
explain_post(const struct plan_output *output)
{
  const struct query *post = output->post;
  if (output->rollups->len == 0)
    return NULL;
  g_autoptr(GString) text = g_string_new(NULL);
  bool direct = post->class == QUERY_SELECT && post->from->class == TABLE_BASE &&
                g_str_has_prefix(post->from->name, "kindling_result_");
  add(text, !direct, "runs a query over the rolled-up rows");
  add(text, direct && post->where != NULL, "filters groups");
  add(text, has_window(post), "computes windows");
  add(text, post->qualify != NULL, "filters by windows");
  add(text, post->distinct || post->distinct_on->len > 0, "drops repeated rows");
  add(text, post->order->len > 0, "sorts");
  add(text, post->limit != NULL || post->offset != NULL, "limits");
  return text->len == 0 ? NULL : g_string_free(g_steal_pointer(&text), FALSE);
}

const char *
explain_layout_name(enum plan_layout layout)
{
  switch (layout) {
  case PLAN_SINGLE:
    return "single";
  case PLAN_SPLIT:
    return "split";
  case PLAN_BY_PARTITION:
    break;
  }
  return "by_partition";
}

char *
explain_layout(const struct plan_output *output)
{
  switch (output->layout) {
  case PLAN_SINGLE:
    return g_strdup("computed and written as one table: it is not partitioned");
  case PLAN_SPLIT:
    return g_strdup_printf("computed as a whole, then written partition by partition: %s",
                           output->layout_reason);
  case PLAN_BY_PARTITION:
    break;
  }
  return g_strdup_printf("%u partition%s, each %s: %s", output->partitions->len,
                         output->partitions->len == 1 ? "" : "s",
                         output->is_kernel ? "with the rows of its own files only"
                                           : "computed from its own files",
                         output->layout_reason);
}
