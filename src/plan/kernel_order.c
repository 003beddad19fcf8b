/* SPDX-License-Identifier: Apache-2.0 */
#include "job/functions.h"
#include "plan/compose.h"
#include "plan/kernel.h"
#include "plan/tree.h"
#include <string.h>

bool
kernel_group_column(const struct plan_rollup *rollup, const struct expr *expr,
                    struct plan_direct *ret_column)
{
  if (expr->class != EXPR_COLUMN || g_strv_length(expr->names) != 2 ||
      !g_str_equal(expr->names[0], rollup->name))
    return false;
  const char *name = expr->names[1];
  if ((name[0] != 'g' && name[0] != 'a') || !g_ascii_isdigit(name[1]))
    return false;
  ret_column->is_key = name[0] == 'g';
  ret_column->index = (guint)g_ascii_strtoull(name + 1, NULL, 10);
  return ret_column->index < (ret_column->is_key ? rollup->groups : rollup->aggregates)->len;
}

/* The place in the select list that a term of ORDER BY means, or its length. */
static guint
place_of(const struct plan_output *output, const struct expr *expr)
{
  guint count = output->columns->len;
  if (expr->class == EXPR_CONSTANT) {
    gint64 number = json_get_int(json_get(expr->raw, "value"), "value", 0);
    return number >= 1 && number <= count ? (guint)number - 1 : count;
  }
  for (guint i = 0; tree_is_name(expr) && i < count; i++)
    if (tree_same_name(((const struct plan_column *)output->columns->pdata[i])->name,
                       expr->names[0]))
      return i;
  return count;
}

static bool
order_key(const struct plan_output *output, const struct expr *expr, guint *ret_key)
{
  const struct plan_rollup *rollup = output->rollups->pdata[0];
  struct plan_direct column;
  if (!kernel_group_column(rollup, expr, &column)) {
    guint place = place_of(output, expr);
    if (place == output->columns->len ||
        !kernel_group_column(rollup, output->post->select->pdata[place], &column))
      return false;
  }
  *ret_key = column.index;
  return column.is_key;
}

GArray *
kernel_order_keys(const struct plan_output *output)
{
  const GPtrArray *terms = output->post->order;
  g_autoptr(GArray) keys = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 0; i < terms->len; i++) {
    const struct order *term = terms->pdata[i];
    guint key;
    if (term->descending || term->nulls == NULLS_FIRST || !order_key(output, term->expr, &key))
      return NULL;
    g_array_append_val(keys, key);
  }
  return g_steal_pointer(&keys);
}

/* What does not look at one row alone, or gives another number of rows. */
static bool
is_beyond_row(const struct expr *expr, gpointer user)
{
  (void)user;
  static const char *const makers[] = {"unnest", "generate_series", "range"};
  if (expr->class == EXPR_WINDOW || expr->class == EXPR_SUBQUERY || expr->class == EXPR_STAR)
    return true;
  if (expr->class != EXPR_FUNCTION)
    return false;
  for (gsize i = 0; i < G_N_ELEMENTS(makers); i++)
    if (g_str_equal(makers[i], expr->function))
      return true;
  return g_hash_table_contains(functions_aggregates(), expr->function) ||
         g_hash_table_contains(functions_volatiles(), expr->function);
}

static bool
reads_rows(const struct plan_output *output)
{
  const struct query *post = output->post;
  if (output->rollups->len != 1 || post->class != QUERY_SELECT || post->ctes->len > 0 ||
      post->from->class != TABLE_BASE || post->groups->len > 0 || post->group_sets->len > 0 ||
      post->group_by_all || post->having != NULL || post->qualify != NULL || post->limit != NULL ||
      post->offset != NULL || post->distinct || post->distinct_on->len > 0 || post->sampled ||
      post->select->len != output->columns->len || tree_find(post->where, is_beyond_row, NULL))
    return false;
  for (guint i = 0; i < post->select->len; i++)
    if (tree_find(post->select->pdata[i], is_beyond_row, NULL) != NULL)
      return false;
  const struct plan_rollup *rollup = output->rollups->pdata[0];
  return rollup->group_sets->len == 1 && g_str_equal(post->from->name, rollup->name);
}

/* The order of an ENUM is not that of the text that the kernel has of it. */
static bool
has_enum_key(const struct plan_output *output, const GArray *keys)
{
  const struct plan_rollup *rollup = output->rollups->pdata[0];
  for (guint i = 0; i < keys->len; i++)
    if (g_str_has_prefix(rollup->group_types[g_array_index(keys, guint, i)], "ENUM"))
      return true;
  return false;
}

bool
kernel_order(struct duck_connection *connection, struct plan_output *output, GError **error)
{
  if (!output->is_kernel || output->partition_by->len > 0 || output->post->order->len == 0 ||
      !reads_rows(output))
    return true;
  g_autoptr(GArray) keys = kernel_order_keys(output);
  if (keys == NULL || has_enum_key(output, keys))
    return true;
  const struct plan_rollup *rollup = output->rollups->pdata[0];
  AUTO(ast_query_free) struct query *rows = ast_query_copy(output->post);
  g_ptr_array_set_size(rows->order, 0);
  output->ordered_sql = compose_rows_sql(connection, rows, rollup->name, output->columns, error);
  if (output->ordered_sql == NULL)
    return false;
  output->ordered_keys = g_steal_pointer(&keys);
  return true;
}
