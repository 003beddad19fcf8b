/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/conjuncts.h"
#include "plan/guard.h"

static void
collect(const struct expr *condition, GPtrArray *parts)
{
  if (condition == NULL)
    return;
  if (condition->class != EXPR_CONJUNCTION || !g_str_equal(condition->type, "CONJUNCTION_AND")) {
    g_ptr_array_add(parts, (gpointer)(guintptr)condition);
    return;
  }
  for (guint i = 0; i < condition->children->len; i++)
    collect(condition->children->pdata[i], parts);
}

static GPtrArray *
parts_of(const struct expr *condition)
{
  GPtrArray *parts = g_ptr_array_new();
  collect(condition, parts);
  return parts;
}

static bool
find(GPtrArray *texts, const char *text, guint *ret_index)
{
  return g_ptr_array_find_with_equal_func(texts, text, g_str_equal, ret_index);
}

GPtrArray *
conjuncts_texts(const struct expr *condition)
{
  GPtrArray *texts = g_ptr_array_new_with_free_func(g_free);
  g_autoptr(GPtrArray) parts = parts_of(condition);
  for (guint i = 0; i < parts->len; i++) {
    g_autofree char *text = ast_canonical_expr(parts->pdata[i], NULL);
    if (!find(texts, text, NULL))
      g_ptr_array_add(texts, g_steal_pointer(&text));
  }
  return texts;
}

void
conjuncts_keep(GPtrArray *texts, GPtrArray *others)
{
  for (guint i = texts->len; i > 0; i--)
    if (!find(others, texts->pdata[i - 1], NULL))
      (void)g_ptr_array_remove_index(texts, i - 1);
}

void
conjuncts_drop_failing(const struct expr *condition, GPtrArray *texts)
{
  g_autoptr(GPtrArray) parts = parts_of(condition);
  for (guint i = 0; i < parts->len; i++) {
    guint index;
    g_autofree char *text = ast_canonical_expr(parts->pdata[i], NULL);
    if (guard_can_fail(parts->pdata[i]) && find(texts, text, &index))
      (void)g_ptr_array_remove_index(texts, index);
  }
}

static struct expr *
choose(const struct expr *condition, GPtrArray *texts, bool among)
{
  struct expr *chosen = NULL;
  g_autoptr(GPtrArray) parts = parts_of(condition);
  for (guint i = 0; i < parts->len; i++) {
    g_autofree char *text = ast_canonical_expr(parts->pdata[i], NULL);
    if (find(texts, text, NULL) == among)
      chosen = ast_and(chosen, ast_expr_copy(parts->pdata[i]));
  }
  return chosen;
}

struct expr *
conjuncts_among(const struct expr *condition, GPtrArray *texts)
{
  return choose(condition, texts, true);
}

struct expr *
conjuncts_without(const struct expr *condition, GPtrArray *texts)
{
  return choose(condition, texts, false);
}
