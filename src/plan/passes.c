/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/passes.h"
#include "plan/kernel.h"
#include "plan/prune.h"
#include "plan/tree.h"
#include <string.h>

enum { MOST_NAMES = 3 };

void
plan_pass_free(struct plan_pass *pass)
{
  if (pass == NULL)
    return;
  g_free(pass->source);
  g_free(pass->title);
  g_free(pass->time_zone);
  g_array_unref(pass->outputs);
  g_ptr_array_unref(pass->inputs);
  g_free(pass->scan_sql);
  g_clear_pointer(&pass->scan_columns, g_ptr_array_unref);
  g_ptr_array_unref(pass->kernel_rollups);
  g_array_unref(pass->run_columns);
  g_free(pass);
}

static struct plan_pass *
pass_for(struct plan *plan, const struct job *job, const struct plan_rollup *rollup,
         guint *ret_index)
{
  for (guint i = 0; i < plan->passes->len; i++) {
    struct plan_pass *known = plan->passes->pdata[i];
    *ret_index = i;
    if (g_str_equal(known->source, rollup->source) && g_str_equal(known->time_zone, job->time_zone))
      return known;
  }
  struct plan_pass *pass = g_new0(struct plan_pass, 1);
  pass->number = plan->passes->len + 1;
  pass->source = g_strdup(rollup->source);
  pass->title = g_strdup(rollup->title);
  pass->time_zone = g_strdup(job->time_zone);
  pass->outputs = g_array_new(FALSE, FALSE, sizeof(guint));
  pass->inputs = g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)plan_input_free);
  pass->kernel_rollups =
      g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)plan_kernel_rollup_free);
  pass->run_columns = g_array_new(FALSE, FALSE, sizeof(guint));
  *ret_index = plan->passes->len;
  g_ptr_array_add(plan->passes, pass);
  return pass;
}

static bool
note_table(struct table_ref *table, gpointer user)
{
  if (table->class == TABLE_BASE)
    g_hash_table_add(user, g_ascii_strdown(table->name, -1));
  return true;
}

static bool
scan_reads(const struct plan_rollup *rollup, const struct inventory *inventory)
{
  g_autoptr(GHashTable) names = tree_set_new();
  const struct ast_visitor visitor = {.table = note_table, .user = names};
  ast_walk_query(rollup->scan, &visitor);
  g_autofree char *name = g_ascii_strdown(inventory->name, -1);
  return g_hash_table_contains(names, name);
}

static gint
compare_indexes(gconstpointer a, gconstpointer b)
{
  guint left = *(const guint *)a;
  guint right = *(const guint *)b;
  return left < right ? -1 : left > right;
}

static GArray *
union_files(const GArray *left, const GArray *right)
{
  GArray *all = g_array_new(FALSE, FALSE, sizeof(guint));
  g_array_append_vals(all, left->data, left->len);
  g_array_append_vals(all, right->data, right->len);
  g_array_sort(all, compare_indexes);
  guint count = 0;
  for (guint i = 0; i < all->len; i++)
    if (count == 0 || g_array_index(all, guint, i) != g_array_index(all, guint, count - 1))
      g_array_index(all, guint, count++) = g_array_index(all, guint, i);
  g_array_set_size(all, count);
  return all;
}

static char **
union_texts(char **left, char **right)
{
  GPtrArray *texts = g_ptr_array_new();
  for (gsize i = 0; left[i] != NULL; i++)
    g_ptr_array_add(texts, g_strdup(left[i]));
  for (gsize i = 0; right[i] != NULL; i++)
    if (!g_strv_contains((const char *const *)left, right[i]))
      g_ptr_array_add(texts, g_strdup(right[i]));
  g_ptr_array_add(texts, NULL);
  return (char **)g_ptr_array_free(texts, FALSE);
}

static void
merge_input(const struct plan *plan, struct plan_pass *pass, const struct plan_input *input)
{
  static const char *const none[] = {NULL};
  const struct inventory *inventory = plan->inventories->pdata[input->inventory];
  const struct plan_input *old = NULL;
  guint at = 0;
  for (; at < pass->inputs->len; at++) {
    old = pass->inputs->pdata[at];
    if (old->inventory == input->inventory)
      break;
    old = NULL;
  }
  g_autoptr(GArray) nothing = g_array_new(FALSE, FALSE, sizeof(guint));
  char **no_texts = (char **)(guintptr)none;
  struct plan_input *merged = plan_input_new(
      inventory, input->inventory, union_files(old == NULL ? nothing : old->files, input->files));
  g_strfreev(merged->columns);
  merged->columns = union_texts(old == NULL ? no_texts : old->columns, input->columns);
  if (merged->files->len < inventory->files->len) {
    g_strfreev(merged->predicates);
    merged->predicates = union_texts(old == NULL ? no_texts : old->predicates, input->predicates);
  }
  if (old == NULL) {
    g_ptr_array_add(pass->inputs, merged);
    return;
  }
  plan_input_free(pass->inputs->pdata[at]);
  pass->inputs->pdata[at] = merged;
}

static void
join_pass(struct plan *plan, guint index, struct plan_output *output)
{
  for (guint i = 0; i < output->rollups->len; i++) {
    const struct plan_rollup *rollup = output->rollups->pdata[i];
    guint number;
    struct plan_pass *pass = pass_for(plan, output->job, rollup, &number);
    pass->rollup_count++;
    if (output->pass < 0)
      output->pass = (gint)number;
    if (pass->outputs->len == 0 ||
        g_array_index(pass->outputs, guint, pass->outputs->len - 1) != index)
      g_array_append_val(pass->outputs, index);
    for (guint k = 0; k < output->inputs->len; k++) {
      const struct plan_input *input = output->inputs->pdata[k];
      if (scan_reads(rollup, plan->inventories->pdata[input->inventory]))
        merge_input(plan, pass, input);
    }
  }
}

static bool
has_twin(const struct plan *plan, const struct plan_pass *pass)
{
  for (guint i = 0; i < plan->passes->len; i++) {
    const struct plan_pass *other = plan->passes->pdata[i];
    if (other != pass && g_str_equal(other->source, pass->source))
      return true;
  }
  return false;
}

static char *
shared_reason(const struct plan *plan, const struct plan_pass *pass, guint index)
{
  g_autoptr(GString) text = g_string_new(NULL);
  guint others = 0;
  for (guint i = 0; i < pass->outputs->len; i++) {
    guint other = g_array_index(pass->outputs, guint, i);
    const struct plan_output *output = plan->outputs->pdata[other];
    if (other == index)
      continue;
    if (others < MOST_NAMES)
      g_string_append_printf(text, "%s%s", others == 0 ? "" : ", ", output->spec->name);
    others++;
  }
  if (others == 0)
    return g_strdup_printf("runs by itself: no other output reads '%s'%s", pass->title,
                           has_twin(plan, pass) ? " in its time zone" : "");
  if (others > MOST_NAMES)
    g_string_append_printf(text, " and %u more", others - MOST_NAMES);
  return g_strdup_printf("shares pass %u with %s", pass->number, text->str);
}

static char *
own_reason(const struct plan_output *output)
{
  for (guint i = 0; i < output->refusals->len; i++) {
    const struct plan_refusal *refusal = output->refusals->pdata[i];
    if (refusal->kind != PLAN_NOT_TAKEN)
      continue;
    struct text_position place = text_position_of(output->job->script, refusal->at);
    return g_strdup_printf("runs by itself: %s (line %u)", refusal->reason, place.line);
  }
  return g_strdup("runs by itself: it does not group");
}

void
passes_share(struct plan *plan)
{
  for (guint i = 0; i < plan->outputs->len; i++) {
    struct plan_output *output = plan->outputs->pdata[i];
    output->pass = -1;
    join_pass(plan, i, output);
  }
  for (guint i = 0; i < plan->outputs->len; i++) {
    struct plan_output *output = plan->outputs->pdata[i];
    output->pass_reason = output->pass < 0
                              ? own_reason(output)
                              : shared_reason(plan, plan->passes->pdata[output->pass], i);
  }
}
