/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/separate.h"
#include "plan/exact_sums.h"
#include "plan/separate_node.h"
#include "plan/tree.h"

static void
separation_clear(struct separation *node)
{
  g_free(node->table);
  g_free(node->reason);
  GPtrArray **arrays[] = {&node->carried,     &node->sources, &node->names, &node->groups,
                          &node->group_texts, &node->sets,    &node->calls, &node->call_texts};
  for (gsize i = 0; i < G_N_ELEMENTS(arrays); i++)
    g_clear_pointer(arrays[i], g_ptr_array_unref);
}

static void
separation_init(struct separation *node, struct separator *separator, struct query *query)
{
  *node = (struct separation){.separator = separator, .query = query, .reason_at = -1};
  node->table = g_strdup_printf(RESULT_PREFIX "%u", separator->next);
  node->carried = g_ptr_array_new();
  node->names = g_ptr_array_new_with_free_func(g_free);
  node->groups = g_ptr_array_new_with_free_func((GDestroyNotify)ast_expr_free);
  node->group_texts = g_ptr_array_new_with_free_func(g_free);
  node->sets = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
  node->calls = g_ptr_array_new_with_free_func((GDestroyNotify)ast_expr_free);
  node->call_texts = g_ptr_array_new_with_free_func(g_free);
}

static bool
is_grouped(const struct separation *node)
{
  const struct query *query = node->query;
  if (query->groups->len > 0 || query->group_sets->len > 0 || query->group_by_all ||
      query->having != NULL)
    return true;
  for (guint i = 0; i < query->select->len; i++)
    if (separation_has_aggregate(node, query->select->pdata[i]))
      return true;
  for (guint i = 0; i < query->order->len; i++)
    if (separation_has_aggregate(node, ((struct order *)query->order->pdata[i])->expr))
      return true;
  return query->qualify != NULL && separation_has_aggregate(node, query->qualify);
}

/* The rows of a sub-query are for what reads them. */
static bool
is_distinct(const struct separation *node)
{
  const struct query *query = node->query;
  return query == node->separator->root && query->distinct && query->distinct_on->len == 0;
}

static GPtrArray *
describe_alone(const struct separation *node, struct duck_fault **ret_fault, GError **error)
{
  AUTO(ast_query_free) struct query *alone = ast_query_copy(node->query);
  AUTO(ast_query_free) struct query *shell = sources_select(node->query->from, node->carried);
  GPtrArray *ctes = alone->ctes;
  alone->ctes = shell->ctes;
  shell->ctes = ctes;
  g_ptr_array_set_size(alone->order, 0);
  g_clear_pointer(&alone->limit, ast_expr_free);
  g_clear_pointer(&alone->offset, ast_expr_free);
  return sources_describe(node->separator->connection, alone, ret_fault, error);
}

/* A SELECT that cannot be described by itself refers to an outer query. names: its columns where they are known. */
static bool
describe(struct separation *node, const char *const *names, GError **error)
{
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  node->sources =
      sources_read(node->separator->connection, node->query->from, node->carried, &fault, error);
  bool described = node->sources != NULL;
  for (guint i = 0; described && names != NULL && names[i] != NULL; i++)
    g_ptr_array_add(node->names, g_strdup(names[i]));
  if (described && names == NULL) {
    g_autoptr(GPtrArray) columns = describe_alone(node, &fault, error);
    described = columns != NULL;
    for (guint i = 0; described && i < columns->len; i++)
      g_ptr_array_add(node->names, g_strdup(((struct duck_column *)columns->pdata[i])->name));
  }
  if (!described)
    return fault != NULL &&
           separation_refuse(node, -1, "it does not stand alone (%s)", fault->message);
  return node->names->len == node->query->select->len ||
         separation_refuse(node, -1, "its columns are not those of its select list");
}

static GArray *
sorted_set(const GArray *set, const GArray *map)
{
  GArray *sorted = g_array_new(FALSE, FALSE, sizeof(guint));
  guint most = 0;
  for (guint i = 0; i < map->len; i++)
    most = MAX(most, g_array_index(map, guint, i));
  for (guint key = 0; key <= most; key++)
    for (guint i = 0; i < set->len; i++)
      if (g_array_index(map, guint, g_array_index(set, guint, i)) == key) {
        g_array_append_val(sorted, key);
        break;
      }
  return sorted;
}

static bool
is_column(const struct expr *expr, gpointer user)
{
  (void)user;
  return expr->class == EXPR_COLUMN;
}

/* GROUP BY ALL and SELECT DISTINCT: entries without an aggregate are keys, but for those without a column too. */
static bool
group_by_entries(struct separation *node)
{
  const struct query *query = node->query;
  bool aggregates = false;
  for (guint i = 0; i < query->select->len; i++) {
    struct expr *entry = query->select->pdata[i];
    bool aggregate = separation_has_aggregate(node, entry);
    aggregates |= aggregate;
    if (!aggregate && tree_find(entry, is_column, NULL) != NULL && !separation_group(node, entry))
      return false;
  }
  if (node->groups->len == 0 && !aggregates)
    return separation_refuse(node, -1,
                             node->is_distinct ? "SELECT DISTINCT of nothing but constants"
                                               : "GROUP BY ALL without keys or aggregates");
  GArray *set = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 0; i < node->groups->len; i++)
    g_array_append_val(set, i);
  g_ptr_array_add(node->sets, set);
  return true;
}

/* DuckDB rolls up two spellings of one key (a and t.a, or its alias) each by itself, and then takes the last for both. */
static bool
find_groups(struct separation *node)
{
  const struct query *query = node->query;
  if (query->group_by_all || node->is_distinct)
    return group_by_entries(node);
  g_autoptr(GArray) map = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 0; i < query->groups->len; i++) {
    struct expr *group = query->groups->pdata[i];
    struct expr *entry = separation_entry(node, group, PLACE_GROUP);
    g_autofree char *text = separation_text(node, entry == NULL ? group : entry);
    if (!separation_group(node, entry == NULL ? group : entry))
      return false;
    guint index = 0;
    while (!g_str_equal(node->group_texts->pdata[index], text))
      index++;
    if (query->group_sets->len > 1 && plan_is_among(map, index))
      return separation_refuse(node, group->at, "one key in two spellings in GROUPING SETS");
    g_array_append_val(map, index);
  }
  for (guint i = 0; i < query->group_sets->len; i++)
    g_ptr_array_add(node->sets, sorted_set(query->group_sets->pdata[i], map));
  if (node->sets->len == 0)
    g_ptr_array_add(node->sets, g_array_new(FALSE, FALSE, sizeof(guint)));
  return true;
}

static bool
is_result_name(const struct separation *node, const struct expr *expr)
{
  if (!tree_is_name(expr))
    return false;
  guint count = 0;
  for (guint i = 0; i < node->names->len; i++)
    count += tree_same_name(node->names->pdata[i], expr->names[0]);
  return count == 1;
}

static bool
rewrite_order(struct separation *node, struct query *post)
{
  for (guint i = 0; i < post->order->len; i++) {
    struct order *order = post->order->pdata[i];
    enum expr_class class = order->expr->class;
    if (class == EXPR_STAR || class == EXPR_CONSTANT || is_result_name(node, order->expr))
      continue;
    if (!separation_rewrite(node, &order->expr))
      return false;
  }
  return true;
}

static struct query *
post_query(struct separation *node)
{
  if (!separation_check_having(node))
    return NULL;
  AUTO(ast_query_free) struct query *post = ast_query_copy(node->query);
  for (guint i = 0; i < post->select->len; i++) {
    if (!separation_rewrite(node, (struct expr **)&post->select->pdata[i]))
      return NULL;
    tree_set_alias(post->select->pdata[i], node->names->pdata[i]);
  }
  if ((post->having != NULL && !separation_rewrite(node, &post->having)) ||
      (post->qualify != NULL && !separation_rewrite(node, &post->qualify)) ||
      !rewrite_order(node, post))
    return NULL;
  ast_expr_free(post->where);
  post->where = g_steal_pointer(&post->having);
  ast_table_ref_free(post->from);
  post->from = ast_table(node->table, NULL);
  g_ptr_array_set_size(post->groups, 0);
  g_ptr_array_set_size(post->group_sets, 0);
  post->group_by_all = false;
  post->distinct &= !node->is_distinct;
  return g_steal_pointer(&post);
}

static void
exchange(struct query *left, struct query *right)
{
  struct query swap = *left;
  *left = *right;
  *right = swap;
}

/* False: refused, or error set. */
static bool
separate_node(struct separation *node, GPtrArray *visible, const char *const *names, GError **error)
{
  if (!separation_check(node) || !separation_carry(node, visible) ||
      !describe(node, names, error) || !separation_check_rows(node) || !find_groups(node))
    return false;
  AUTO(ast_query_free) struct query *post = post_query(node);
  if (post == NULL)
    return false;
  struct plan_rollup *rollup = separation_rollup(node, error);
  if (rollup == NULL)
    return false;
  g_ptr_array_add(node->separator->rollups, rollup);
  node->separator->next++;
  exchange(node->query, post);
  return true;
}

void
plan_refusal_free(struct plan_refusal *refusal)
{
  g_free(refusal->reason);
  g_free(refusal);
}

static void
note_refusal(struct separation *node)
{
  gssize at = node->reason_at >= 0 ? node->reason_at : tree_place(node->query);
  struct plan_refusal *refusal = g_new0(struct plan_refusal, 1);
  refusal->at = at < 0 ? 0 : (gsize)at;
  refusal->reason = g_steal_pointer(&node->reason);
  g_ptr_array_add(node->separator->refusals, refusal);
}

struct visit {
  struct separator *separator;
  struct query *node;
  GPtrArray *visible;
  GError **error;
  bool failed;
};

static bool visit_node(struct separator *separator, struct query *query, GPtrArray *outer,
                       const char *const *names, GError **error);

static bool
visit_inner(struct query *query, gpointer user)
{
  struct visit *visit = user;
  if (query == visit->node)
    return true;
  for (guint i = 0; i < visit->node->ctes->len; i++)
    if (((const struct cte *)visit->node->ctes->pdata[i])->query == query)
      return false;
  if (!visit->failed)
    visit->failed = !visit_node(visit->separator, query, visit->visible, NULL, visit->error);
  return false;
}

static bool
visit_node(struct separator *separator, struct query *query, GPtrArray *outer,
           const char *const *names, GError **error)
{
  if (query->class == QUERY_RECURSIVE || query->class == QUERY_OTHER || query->class == QUERY_CTE)
    return true;
  g_autoptr(GPtrArray) visible = g_ptr_array_new();
  for (guint i = 0; i < outer->len; i++)
    g_ptr_array_add(visible, outer->pdata[i]);
  for (guint i = 0; i < query->ctes->len; i++) {
    struct cte *cte = query->ctes->pdata[i];
    if (cte->query != NULL && !visit_node(separator, cte->query, visible, NULL, error))
      return false;
    g_ptr_array_add(visible, cte);
  }
  struct visit visit = {.separator = separator, .node = query, .visible = visible, .error = error};
  const struct ast_visitor visitor = {.query = visit_inner, .user = &visit};
  ast_walk_query(query, &visitor);
  if (visit.failed)
    return false;
  if (query->class != QUERY_SELECT)
    return true;
  struct separation node;
  separation_init(&node, separator, query);
  bool groups = is_grouped(&node);
  node.is_distinct = !groups && is_distinct(&node);
  bool done = (!groups && !node.is_distinct) || separate_node(&node, visible, names, error);
  if (!done && node.reason != NULL) {
    note_refusal(&node);
    done = true;
  }
  separation_clear(&node);
  return done;
}

bool
separate_query(struct separator *separator, struct query *root, const char *const *names,
               GError **error)
{
  g_autoptr(GPtrArray) visible = g_ptr_array_new();
  separator->root = root;
  return visit_node(separator, root, visible, names, error);
}
