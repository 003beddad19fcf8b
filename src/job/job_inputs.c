/* SPDX-License-Identifier: Apache-2.0 */
#include "job/job_inside.h"
#include <string.h>

/* Names are compared as DuckDB compares them: without case. */
static bool
same_name(const char *a, const char *b)
{
  g_autofree char *lower_a = g_utf8_strdown(a, -1);
  g_autofree char *lower_b = g_utf8_strdown(b, -1);
  return g_str_equal(lower_a, lower_b);
}

struct finder {
  const struct job *job;
  guint view_count;  /* views that stand in front of this statement */
  GPtrArray *scope;  /* names of the CTEs around, borrowed */
  GPtrArray *inputs; /* names, owned */
  GArray *places;    /* gsize */
  GError **error;
  bool failed;
};

static bool
in_scope(const struct finder *finder, const char *name)
{
  for (guint i = 0; i < finder->scope->len; i++)
    if (same_name(g_ptr_array_index(finder->scope, i), name))
      return true;
  return false;
}

static const struct job_view *
view_named(const struct finder *finder, const char *name, guint *ret_index)
{
  for (guint i = 0; i < finder->job->views->len; i++) {
    const struct job_view *view = g_ptr_array_index(finder->job->views, i);
    *ret_index = i;
    if (same_name(view->name, name))
      return view;
  }
  return NULL;
}

static void
use_table(struct finder *finder, const struct table_ref *table)
{
  guint index = 0;
  if (finder->failed || in_scope(finder, table->name))
    return;
  const struct job_view *view = view_named(finder, table->name, &index);
  gsize at = table->at < 0 ? 0 : (gsize)table->at;
  if (view != NULL && index >= finder->view_count) {
    struct text_position defined = text_position_of(finder->job->script, view->name_at);
    finder->failed = !job_refuse_hint(
        finder->job, at, "Create a view in front of its first use, from other tables than itself.",
        finder->error, "view '%s' is used before line %u creates it", table->name, defined.line);
  }
  if (view != NULL)
    return;
  for (guint i = 0; i < finder->inputs->len; i++)
    if (same_name(g_ptr_array_index(finder->inputs, i), table->name))
      return;
  g_ptr_array_add(finder->inputs, g_strdup(table->name));
  g_array_append_val(finder->places, at);
}

static void find_in_query(struct finder *finder, struct query *query);

static bool
visit_table(struct table_ref *table, gpointer user)
{
  if (table->class == TABLE_BASE)
    use_table(user, table);
  return true;
}

static bool
visit_query(struct query *query, gpointer user)
{
  find_in_query(user, query);
  return false;
}

static void
walk_inside(struct finder *finder, struct query *query)
{
  const struct ast_visitor visitor = {.table = visit_table, .query = visit_query, .user = finder};
  for (guint i = 0; i < query->select->len; i++)
    ast_walk_expr(g_ptr_array_index(query->select, i), &visitor);
  ast_walk_table(query->from, &visitor);
  struct expr *const parts[] = {query->where, query->having, query->qualify, query->limit,
                                query->offset};
  for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
    ast_walk_expr(parts[i], &visitor);
  for (guint i = 0; i < query->groups->len; i++)
    ast_walk_expr(g_ptr_array_index(query->groups, i), &visitor);
  for (guint i = 0; i < query->distinct_on->len; i++)
    ast_walk_expr(g_ptr_array_index(query->distinct_on, i), &visitor);
  for (guint i = 0; i < query->order->len; i++)
    ast_walk_expr(((struct order *)g_ptr_array_index(query->order, i))->expr, &visitor);
  for (guint i = 0; i < query->branches->len; i++)
    find_in_query(finder, g_ptr_array_index(query->branches, i));
}

/* A CTE sees the ones in front of it, and itself only when it is recursive. */
static void
find_in_query(struct finder *finder, struct query *query)
{
  guint depth = finder->scope->len;
  for (guint i = 0; i < query->ctes->len; i++) {
    struct cte *cte = g_ptr_array_index(query->ctes, i);
    if (cte->query->class == QUERY_RECURSIVE)
      g_ptr_array_add(finder->scope, cte->name);
    find_in_query(finder, cte->query);
    g_ptr_array_add(finder->scope, cte->name);
  }
  walk_inside(finder, query);
  g_ptr_array_set_size(finder->scope, (gint)depth);
}

static void
find_in_script(struct finder *finder)
{
  const struct job *job = finder->job;
  for (guint i = 0; i < job->views->len; i++) {
    const struct job_view *view = g_ptr_array_index(job->views, i);
    finder->view_count = i;
    find_in_query(finder, view->query);
  }
  for (guint i = 0; i < job->outputs->len; i++) {
    const struct job_output *output = g_ptr_array_index(job->outputs, i);
    finder->view_count = 0;
    while (finder->view_count < job->views->len &&
           ((struct job_view *)g_ptr_array_index(job->views, finder->view_count))->at < output->at)
      finder->view_count++;
    find_in_query(finder, output->query);
  }
}

bool
job_find_inputs(struct job *job, GError **error)
{
  g_autoptr(GPtrArray) scope = g_ptr_array_new();
  g_autoptr(GPtrArray) inputs = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(gsize));
  struct finder finder = {
      .job = job, .scope = scope, .inputs = inputs, .places = places, .error = error};
  find_in_script(&finder);
  if (finder.failed)
    return false;
  g_ptr_array_add(inputs, NULL);
  job->inputs = (char **)g_ptr_array_steal(inputs, NULL);
  job->input_at = g_memdup2(places->data, sizeof(gsize) * places->len);
  return true;
}
