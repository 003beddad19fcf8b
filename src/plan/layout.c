/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/passes.h"
#include "plan/tree.h"
#include <string.h>

struct layout {
  const struct plan *plan;
  const struct plan_output *output;
  const struct plan_rollup *rollup;
  const struct plan_input *input;
  const struct inventory *inventory;
  /* guint: index of each PARTITION_BY column among the inventory's partition columns. */
  GArray *keys;
};

static bool
mixes_rows(const struct expr *expr, gpointer user)
{
  (void)user;
  return expr->class == EXPR_WINDOW || expr->class == EXPR_SUBQUERY;
}

static bool
any_mixes_rows(const struct query *post)
{
  for (guint i = 0; i < post->select->len; i++)
    if (tree_find(post->select->pdata[i], mixes_rows, NULL) != NULL)
      return true;
  for (guint i = 0; i < post->order->len; i++)
    if (tree_find(((const struct order *)post->order->pdata[i])->expr, mixes_rows, NULL) != NULL)
      return true;
  return tree_find(post->where, mixes_rows, NULL) != NULL;
}

/* Why rows of one partition could depend on rows of another; NULL: they do not. */
static const char *
dependence(const struct query *post)
{
  if (post->limit != NULL || post->offset != NULL)
    return "it has LIMIT or OFFSET";
  if (post->qualify != NULL)
    return "it has QUALIFY";
  if (post->distinct || post->distinct_on->len > 0)
    return "it has DISTINCT";
  return any_mixes_rows(post) ? "it has a window or a sub-query over the grouped rows" : NULL;
}

static const struct plan_input *
input_named(const struct layout *layout, const char *name)
{
  for (guint i = 0; i < layout->output->inputs->len; i++) {
    const struct plan_input *input = layout->output->inputs->pdata[i];
    const struct inventory *inventory = layout->plan->inventories->pdata[input->inventory];
    if (tree_same_name(inventory->name, name))
      return input;
  }
  return NULL;
}

static gint
partition_column(const struct inventory *inventory, const char *name)
{
  for (guint i = 0; i < inventory->partition_columns->len; i++)
    if (tree_same_name(
            ((const struct inventory_column *)inventory->partition_columns->pdata[i])->name, name))
      return (gint)i;
  return -1;
}

/* The group that a column of the result is, unchanged; or NULL. */
static const struct expr *
plain_group(const struct layout *layout, guint column)
{
  const struct query *post = layout->output->post;
  if (column >= post->select->len)
    return NULL;
  const struct expr *entry = post->select->pdata[column];
  if (entry->class != EXPR_COLUMN || g_strv_length(entry->names) != 2 ||
      entry->names[1][0] != 'g' || !g_ascii_isdigit(entry->names[1][1]))
    return NULL;
  guint64 index = g_ascii_strtoull(entry->names[1] + 1, NULL, 10);
  return index < layout->rollup->groups->len ? layout->rollup->groups->pdata[index] : NULL;
}

static char *
find_keys(struct layout *layout)
{
  for (guint i = 0; i < layout->output->partition_by->len; i++) {
    guint column = g_array_index(layout->output->partition_by, guint, i);
    const char *name = ((const struct plan_column *)layout->output->columns->pdata[column])->name;
    const struct expr *group = plain_group(layout, column);
    gint key = group != NULL && tree_is_name(group)
                   ? partition_column(layout->inventory, group->names[0])
                   : -1;
    if (key < 0)
      return g_strdup_printf("%s is no partition column of %s", name, layout->inventory->name);
    g_array_append_val(layout->keys, key);
  }
  return NULL;
}

/* Why not PLAN_BY_PARTITION; NULL: it is. */
static char *
obstacle(struct layout *layout)
{
  const struct plan_output *output = layout->output;
  const struct query *post = output->post;
  if (output->rollups->len != 1 || post->class != QUERY_SELECT)
    return g_strdup("it is not one grouped SELECT");
  layout->rollup = output->rollups->pdata[0];
  if (post->from->class != TABLE_BASE || !g_str_equal(post->from->name, layout->rollup->name))
    return g_strdup("it is not one grouped SELECT");
  const struct query *scan = layout->rollup->scan;
  layout->input = scan->from->class == TABLE_BASE && scan->ctes->len == 0
                      ? input_named(layout, scan->from->name)
                      : NULL;
  if (layout->input == NULL)
    return g_strdup("its FROM is not one input");
  layout->inventory = layout->plan->inventories->pdata[layout->input->inventory];
  const GArray *set = layout->rollup->group_sets->pdata[0];
  if (layout->rollup->group_sets->len != 1 || set->len != layout->rollup->groups->len)
    return g_strdup("it has several grouping sets");
  const char *reason = dependence(post);
  return reason != NULL ? g_strdup(reason) : find_keys(layout);
}

static void
partition_free(gpointer pointer)
{
  struct plan_partition *partition = pointer;
  g_free(partition->values); /* its entries are the inventory's */
  g_array_unref(partition->files);
  g_free(partition);
}

/* Equal for equal values; lengths keep one value from reading as two. */
static char *
values_key(const struct layout *layout, const struct inventory_partition *partition)
{
  GString *key = g_string_new(NULL);
  for (guint i = 0; i < layout->keys->len; i++) {
    const char *value = partition->values[g_array_index(layout->keys, guint, i)];
    if (value == NULL)
      g_string_append_c(key, '-');
    else
      g_string_append_printf(key, "%zu:%s", strlen(value), value);
  }
  return g_string_free(key, FALSE);
}

static struct plan_partition *
partition_for(const struct layout *layout, GPtrArray *partitions, GHashTable *known, guint index)
{
  const struct inventory_partition *source = layout->inventory->partitions->pdata[index];
  char *key = values_key(layout, source);
  struct plan_partition *found = g_hash_table_lookup(known, key);
  if (found != NULL) {
    g_free(key);
    return found;
  }
  found = g_new0(struct plan_partition, 1);
  found->values = g_new0(char *, layout->keys->len + 1);
  for (guint i = 0; i < layout->keys->len; i++)
    found->values[i] = source->values[g_array_index(layout->keys, guint, i)];
  found->files = g_array_new(FALSE, FALSE, sizeof(guint));
  g_ptr_array_add(partitions, found);
  g_hash_table_insert(known, key, found);
  return found;
}

static GPtrArray *
group_files(const struct layout *layout)
{
  GPtrArray *partitions = g_ptr_array_new_with_free_func(partition_free);
  g_autoptr(GHashTable) known = tree_set_new();
  for (guint i = 0; i < layout->input->files->len; i++) {
    guint index = g_array_index(layout->input->files, guint, i);
    const struct inventory_file *file = layout->inventory->files->pdata[index];
    struct plan_partition *partition = partition_for(layout, partitions, known, file->partition);
    g_array_append_val(partition->files, index);
    partition->rows += file->rows;
  }
  return partitions;
}

void
layout_choose(const struct plan *plan, struct plan_output *output)
{
  g_autoptr(GArray) keys = g_array_new(FALSE, FALSE, sizeof(guint));
  struct layout layout = {.plan = plan, .output = output, .keys = keys};
  output->layout = output->partition_by->len == 0 ? PLAN_SINGLE : PLAN_SPLIT;
  output->layout_reason =
      output->layout == PLAN_SINGLE ? g_strdup("it is not partitioned") : obstacle(&layout);
  if (output->layout_reason != NULL) {
    output->partitions = g_ptr_array_new_with_free_func(partition_free);
    return;
  }
  output->layout = PLAN_BY_PARTITION;
  output->partitions = group_files(&layout);
  g_autofree char *names = g_strjoinv(", ", output->spec->partition_by);
  output->layout_reason = g_strdup_printf("%s: partition columns of %s that it groups by", names,
                                          layout.inventory->name);
}
