/* SPDX-License-Identifier: Apache-2.0
 * What the sort keys leave open: for the verdict, and for the hint that names it. */
#include "job/check.h"

/* What a window's result stands beside: every column of the select list, QUALIFY and ORDER BY, also inside windows. */
struct uses {
  const struct selection *selection;
  GPtrArray *keys;
  GPtrArray *missing; /* struct expr; NULL: only the verdict is wanted */
  bool covered;
};

static bool
visit_use(struct expr *expr, gpointer user)
{
  struct uses *uses = user;
  if (expr->class == EXPR_WINDOW)
    return true;
  if (total_determines(uses->selection, uses->keys, expr) ||
      selection_resolve(uses->selection, expr, /* alias_first= */ false) != NULL)
    return false;
  if (expr->class == EXPR_SUBQUERY) {
    uses->covered = false;
    (void)total_determines_subquery(uses->selection, uses->keys, expr, uses->missing);
    return false;
  }
  bool leaf = expr->class == EXPR_COLUMN || expr->class == EXPR_STAR ||
              expr->class == EXPR_GROUPING || check_is_aggregate(uses->selection->aggregates, expr);
  if (!leaf)
    return true;
  uses->covered = false;
  if (uses->missing != NULL)
    g_ptr_array_add(uses->missing, expr);
  return false;
}

static void
walk_uses(struct uses *uses)
{
  const struct query *query = uses->selection->query;
  const struct ast_visitor visitor = {.expr = visit_use, .user = uses};
  for (guint i = 0; i < query->select->len; i++)
    ast_walk_expr(g_ptr_array_index(query->select, i), &visitor);
  ast_walk_expr(query->qualify, &visitor);
  for (guint i = 0; i < query->distinct_on->len; i++)
    ast_walk_expr(g_ptr_array_index(query->distinct_on, i), &visitor);
  for (guint i = 0; i < query->order->len; i++) {
    const struct order *order = g_ptr_array_index(query->order, i);
    if (selection_resolve(uses->selection, order->expr, /* alias_first= */ true) == NULL)
      ast_walk_expr(order->expr, &visitor);
  }
}

bool
total_covers_uses(const struct selection *selection, GPtrArray *keys)
{
  struct uses uses = {selection, keys, NULL, true};
  walk_uses(&uses);
  return uses.covered;
}

static void
add_text(GPtrArray *texts, char *text)
{
  if (g_ptr_array_find_with_equal_func(texts, text, g_str_equal, NULL))
    g_free(text);
  else
    g_ptr_array_add(texts, text);
}

static void
add_star_columns(const struct checker *checker, const struct selection *selection, GPtrArray *keys,
                 GPtrArray *texts)
{
  for (guint i = 0; selection->sources_known && i < selection->sources->len; i++) {
    const struct source *source = g_ptr_array_index(selection->sources, i);
    for (guint k = 0; k < source->shape->columns->len; k++) {
      const char *name = g_ptr_array_index(source->shape->columns, k);
      AUTO(ast_expr_free) struct expr *column = ast_column_named(name, /* alias= */ NULL);
      if (!total_holds_column(selection, keys, source->alias, name))
        add_text(texts, check_sql(checker, column));
    }
  }
}

static void
add_exprs(const struct checker *checker, GPtrArray *exprs, GPtrArray *texts)
{
  for (guint i = 0; i < exprs->len; i++) {
    const struct expr *expr = g_ptr_array_index(exprs, i);
    if (expr->class != EXPR_STAR)
      add_text(texts, check_sql(checker, expr));
  }
}

static void
add_missing_groups(const struct checker *checker, const struct selection *selection,
                   GPtrArray *keys, GPtrArray *texts)
{
  g_autoptr(GPtrArray) missing = g_ptr_array_new();
  for (guint i = 0; i < selection->group_keys->len; i++) {
    struct expr *key = g_ptr_array_index(selection->group_keys, i);
    if (!total_determines(selection, keys, key))
      g_ptr_array_add(missing, key);
  }
  add_exprs(checker, missing, texts);
  if (!selection->several_sets || total_tells_sets_apart(selection, keys))
    return;
  g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(g_free);
  add_exprs(checker, selection->group_keys, all);
  g_ptr_array_add(all, NULL);
  g_autofree char *names = g_strjoinv(", ", (char **)all->pdata);
  add_text(texts, g_strdup_printf("grouping_id(%s)", names));
}

static void
add_missing_sources(const struct selection *selection, GPtrArray *keys, GPtrArray *texts)
{
  for (guint i = 0; i < selection->sources->len; i++) {
    const struct source *source = g_ptr_array_index(selection->sources, i);
    for (char **column = source->shape->key; *column != NULL; column++)
      if (!total_holds_column(selection, keys, source->alias, *column))
        add_text(texts, g_strdup(*column));
  }
}

char *
total_missing(const struct checker *checker, const struct selection *selection, GPtrArray *keys)
{
  g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
  if (selection->grouped) {
    add_missing_groups(checker, selection, keys, texts);
  } else if (selection->sources_keyed) {
    add_missing_sources(selection, keys, texts);
  } else {
    g_autoptr(GPtrArray) missing = g_ptr_array_new();
    struct uses uses = {selection, keys, missing, true};
    walk_uses(&uses);
    add_exprs(checker, missing, texts);
    for (guint i = 0; i < missing->len; i++)
      if (((const struct expr *)g_ptr_array_index(missing, i))->class == EXPR_STAR)
        add_star_columns(checker, selection, keys, texts);
  }
  if (texts->len == 0)
    return g_strdup("");
  g_ptr_array_add(texts, NULL);
  g_autofree char *joined = g_strjoinv(" NULLS LAST, ", (char **)texts->pdata);
  return g_strconcat(joined, " NULLS LAST", NULL);
}
