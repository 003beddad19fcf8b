/* SPDX-License-Identifier: Apache-2.0 */
#include "job/ast_json.h"
#include "job/check.h"

gsize
check_place(const struct checker *checker, const struct expr *expr)
{
  return expr->at < 0 ? checker->base : (gsize)expr->at;
}

char *
check_sql(const struct checker *checker, const struct expr *expr)
{
  char *sql = ast_expr_to_sql(checker->connection, expr, /* error= */ NULL);
  return sql == NULL ? g_strdup("x") : sql;
}

bool
check_is_aggregate(GHashTable *aggregates, const struct expr *expr)
{
  return expr->class == EXPR_FUNCTION && g_hash_table_contains(aggregates, expr->function);
}

static void
source_free(gpointer data)
{
  struct source *source = data;
  g_free(source->alias);
  shape_free(source->shape);
  g_free(source);
}

void
selection_clear(struct selection *selection)
{
  g_clear_pointer(&selection->sources, g_ptr_array_unref);
  g_clear_pointer(&selection->group_keys, g_ptr_array_unref);
  g_free(selection->qualifiers);
}

struct visit {
  struct checker *checker;
  const struct env *env;
  const struct selection *selection;
  const struct expr *sorted; /* a list() whose result is sorted right away */
  bool failed;
};

/* DuckDB's parser makes list_sort(list(x), ...) of list(x ORDER BY x). */
static bool
sorts_list(const struct expr *expr)
{
  static const char *const sorts[] = {"list_sort", "array_sort", "list_reverse_sort",
                                      "array_reverse_sort", NULL};
  if (expr->class != EXPR_FUNCTION || !g_strv_contains(sorts, expr->function) ||
      expr->children->len == 0)
    return false;
  const struct expr *list = g_ptr_array_index(expr->children, 0);
  return list->class == EXPR_FUNCTION &&
         (g_str_equal(list->function, "list") || g_str_equal(list->function, "array_agg"));
}

static bool
visit_expr(struct expr *expr, gpointer user)
{
  struct visit *visit = user;
  if (visit->failed || !check_functions(visit->checker, visit->selection, expr))
    visit->failed = true;
  else if (sorts_list(expr))
    visit->sorted = g_ptr_array_index(expr->children, 0);
  else if (check_is_aggregate(visit->checker->aggregates, expr) && expr != visit->sorted)
    visit->failed = !check_aggregate(visit->checker, visit->selection, expr);
  else if (expr->class == EXPR_WINDOW)
    visit->failed = !check_window(visit->checker, visit->selection, expr);
  return !visit->failed;
}

static bool
visit_query(struct query *query, gpointer user)
{
  struct visit *visit = user;
  AUTO(shape_free)
  struct shape *shape = visit->failed ? NULL : check_query(visit->checker, visit->env, query);
  visit->failed = shape == NULL;
  return false;
}

static bool
add_source(struct checker *checker, const struct env *env, const struct table_ref *table,
           struct selection *selection)
{
  const char *name = *table->alias != '\0' ? table->alias : table->name;
  struct shape *shape = table->class == TABLE_SUBQUERY ? check_query(checker, env, table->query)
                                                       : shape_of_table(checker, env, table);
  if (shape == NULL)
    return false;
  if (table->class == TABLE_SUBQUERY)
    shape_rename(shape, json_get(table->raw, "column_name_alias"));
  struct source *source = g_new0(struct source, 1);
  source->alias = g_utf8_strdown(name, -1);
  source->shape = shape;
  g_ptr_array_add(selection->sources, source);
  return true;
}

static bool
add_sources(struct checker *checker, const struct env *env, const struct table_ref *table,
            struct selection *selection)
{
  if (table == NULL || table->class == TABLE_EMPTY)
    return true;
  if (table->class != TABLE_JOIN)
    return add_source(checker, env, table, selection);
  bool filters =
      g_strcmp0(table->join_type, "SEMI") == 0 || g_strcmp0(table->join_type, "ANTI") == 0;
  if (!add_sources(checker, env, table->left, selection))
    return false;
  guint before = selection->sources->len;
  if (!add_sources(checker, env, table->right, selection))
    return false;
  if (filters)
    g_ptr_array_set_size(selection->sources, (gint)before);
  return true;
}

static void
summarise_sources(struct selection *selection)
{
  selection->sources_known = true;
  selection->sources_keyed = true;
  for (guint i = 0; i < selection->sources->len; i++) {
    const struct source *source = g_ptr_array_index(selection->sources, i);
    selection->sources_known = selection->sources_known && source->shape->columns != NULL;
    selection->sources_keyed = selection->sources_keyed && source->shape->key != NULL;
  }
  selection->qualifiers = g_new0(const char *, 2);
  if (selection->sources->len == 1)
    selection->qualifiers[0] = ((struct source *)g_ptr_array_index(selection->sources, 0))->alias;
}

static bool
visit_collation(struct expr *expr, gpointer user)
{
  const struct expr **found = user;
  if (g_str_equal(expr->type, "COLLATE"))
    *found = expr;
  return *found == NULL && expr->class != EXPR_SUBQUERY;
}

/* Groups of texts that a collation makes equal show any one of them. In ORDER BY alone it is harmless. */
static bool
check_collations(struct checker *checker, const struct query *query)
{
  const struct expr *found = NULL;
  const struct ast_visitor visitor = {.expr = visit_collation, .user = &found};
  GPtrArray *const lists[] = {query->select, query->groups, query->distinct_on};
  for (gsize k = 0; k < G_N_ELEMENTS(lists); k++)
    for (guint i = 0; i < lists[k]->len; i++)
      ast_walk_expr(g_ptr_array_index(lists[k], i), &visitor);
  return found == NULL ||
         job_refuse_hint(checker->job, check_place(checker, found),
                         "Write lower(x), or strip_accents(x); COLLATE may stand in ORDER BY.",
                         checker->error,
                         "COLLATE makes different texts equal, of which any is kept");
}

struct search {
  GHashTable *aggregates;
  bool found;
};

static bool
visit_search(struct expr *expr, gpointer user)
{
  struct search *search = user;
  search->found =
      search->found || check_is_aggregate(search->aggregates, expr) || expr->class == EXPR_GROUPING;
  return !search->found && expr->class != EXPR_SUBQUERY;
}

static bool
has_aggregate(GHashTable *aggregates, struct expr *expr)
{
  struct search search = {aggregates, false};
  const struct ast_visitor visitor = {.expr = visit_search, .user = &search};
  ast_walk_expr(expr, &visitor);
  return search.found;
}

static void
find_groups(struct selection *selection)
{
  const struct query *query = selection->query;
  selection->group_keys = g_ptr_array_new();
  selection->several_sets = query->group_sets->len > 1;
  selection->grouped = query->groups->len > 0 || query->group_sets->len > 0 ||
                       query->group_by_all || query->having != NULL;
  for (guint i = 0; i < query->groups->len; i++) {
    struct expr *written = g_ptr_array_index(query->groups, i);
    struct expr *entry = selection_resolve(selection, written, /* alias_first= */ false);
    g_ptr_array_add(selection->group_keys, entry == NULL ? written : entry);
  }
  for (guint i = 0; i < query->select->len; i++) {
    struct expr *expr = g_ptr_array_index(query->select, i);
    bool aggregate = has_aggregate(selection->aggregates, expr);
    selection->grouped = selection->grouped || aggregate;
    if (query->group_by_all && !aggregate)
      g_ptr_array_add(selection->group_keys, expr);
  }
}

static void
walk_joins(const struct table_ref *table, const struct ast_visitor *visitor)
{
  if (table == NULL)
    return;
  walk_joins(table->left, visitor);
  walk_joins(table->right, visitor);
  ast_walk_expr(table->condition, visitor);
  ast_walk_expr(table->function, visitor);
  for (guint i = 0; i < table->rows->len; i++)
    ast_walk_expr(g_ptr_array_index(table->rows, i), visitor);
}

static bool
check_exprs(struct checker *checker, const struct env *env, const struct selection *selection)
{
  const struct query *query = selection->query;
  struct visit visit = {.checker = checker, .env = env, .selection = selection};
  const struct ast_visitor visitor = {.expr = visit_expr, .query = visit_query, .user = &visit};
  walk_joins(query->from, &visitor);
  for (guint i = 0; i < query->select->len; i++)
    ast_walk_expr(g_ptr_array_index(query->select, i), &visitor);
  ast_walk_expr(query->where, &visitor);
  for (guint i = 0; i < query->groups->len; i++)
    ast_walk_expr(g_ptr_array_index(query->groups, i), &visitor);
  ast_walk_expr(query->having, &visitor);
  ast_walk_expr(query->qualify, &visitor);
  for (guint i = 0; i < query->distinct_on->len; i++)
    ast_walk_expr(g_ptr_array_index(query->distinct_on, i), &visitor);
  for (guint i = 0; i < query->order->len; i++)
    ast_walk_expr(((struct order *)g_ptr_array_index(query->order, i))->expr, &visitor);
  ast_walk_expr(query->limit, &visitor);
  ast_walk_expr(query->offset, &visitor);
  return !visit.failed;
}

static struct shape *
check_select(struct checker *checker, const struct env *env, const struct query *query)
{
  CLEANUP(selection_clear)
  struct selection selection = {
      .query = query, .aggregates = checker->aggregates, .connection = checker->connection};
  selection.sources = g_ptr_array_new_with_free_func(source_free);
  if (!add_sources(checker, env, query->from, &selection))
    return NULL;
  summarise_sources(&selection);
  find_groups(&selection);
  if (!check_collations(checker, query) || !check_exprs(checker, env, &selection) ||
      !check_limit(checker, &selection))
    return NULL;
  return shape_of_selection(&selection);
}

static struct shape *
check_set_operation(struct checker *checker, const struct env *env, const struct query *query)
{
  AUTO(shape_free) struct shape *first = NULL;
  for (guint i = 0; i < query->branches->len; i++) {
    struct shape *shape = check_query(checker, env, g_ptr_array_index(query->branches, i));
    if (shape == NULL)
      return NULL;
    if (i == 0)
      first = shape;
    else
      shape_free(shape);
  }
  if (first == NULL)
    return shape_new(NULL, NULL);
  bool by_name = g_strcmp0(query->set_operation, "UNION_BY_NAME") == 0;
  bool adds = by_name || g_strcmp0(query->set_operation, "UNION") == 0;
  if (by_name)
    g_clear_pointer(&first->columns, g_ptr_array_unref);
  if (adds || !query->set_operation_all)
    g_clear_pointer(&first->key, g_strfreev);
  if (!query->set_operation_all)
    first->key = shape_whole_key(first);
  return check_set_limit(checker, query, first) ? g_steal_pointer(&first) : NULL;
}

/* The part that refers to itself sees the columns of the first one. */
static struct shape *
check_recursive(struct checker *checker, const struct env *env, const struct query *query)
{
  if (query->branches->len != 2)
    return shape_new(NULL, NULL);
  AUTO(shape_free)
  struct shape *first = check_query(checker, env, g_ptr_array_index(query->branches, 0));
  if (first == NULL)
    return NULL;
  g_clear_pointer(&first->key, g_strfreev);
  shape_rename(first, json_get(query->raw, "aliases"));
  const char *name = json_get_text(query->raw, "cte_name");
  g_autofree char *lower = g_utf8_strdown(name == NULL ? "" : name, -1);
  const struct env own = {env, lower, first};
  AUTO(shape_free)
  struct shape *second = check_query(checker, &own, g_ptr_array_index(query->branches, 1));
  if (second == NULL)
    return NULL;
  if (!json_get_flag(query->raw, "union_all"))
    first->key = shape_whole_key(first);
  return g_steal_pointer(&first);
}

static struct shape *
check_body(struct checker *checker, const struct env *env, const struct query *query)
{
  switch (query->class) {
  case QUERY_SELECT:
    return check_select(checker, env, query);
  case QUERY_RECURSIVE:
    return check_recursive(checker, env, query);
  case QUERY_SET_OPERATION:
  case QUERY_CTE:
  case QUERY_OTHER:
    break;
  }
  return check_set_operation(checker, env, query);
}

static struct shape *
check_from_cte(struct checker *checker, const struct env *env, const struct query *query,
               guint index)
{
  if (index == query->ctes->len)
    return check_body(checker, env, query);
  const struct cte *cte = g_ptr_array_index(query->ctes, index);
  AUTO(shape_free) struct shape *shape = check_query(checker, env, cte->query);
  if (shape == NULL)
    return NULL;
  shape_rename(shape, json_get(json_get(cte->raw, "value"), "aliases"));
  g_autofree char *name = g_utf8_strdown(cte->name, -1);
  const struct env inner = {env, name, shape};
  return check_from_cte(checker, &inner, query, index + 1);
}

struct shape *
check_query(struct checker *checker, const struct env *env, const struct query *query)
{
  return check_from_cte(checker, env, query, 0);
}
