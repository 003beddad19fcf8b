/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/exact_sums.h"
#include "plan/flatten.h"
#include "plan/guard.h"
#include "plan/separate_node.h"
#include "plan/tree.h"
#include "util/error.h"
#include <string.h>

static void
aggregate_free(gpointer pointer)
{
  struct plan_aggregate *aggregate = pointer;
  g_free(aggregate->function);
  g_free(aggregate->exact_function);
  g_array_unref(aggregate->arguments);
  g_ptr_array_unref(aggregate->order);
  g_free(aggregate->text);
  g_free(aggregate->type);
  g_free(aggregate);
}

void
plan_rollup_free(struct plan_rollup *rollup)
{
  if (rollup == NULL)
    return;
  g_free(rollup->name);
  ast_query_free(rollup->scan);
  g_clear_pointer(&rollup->groups, g_ptr_array_unref);
  g_clear_pointer(&rollup->group_inputs, g_array_unref);
  g_clear_pointer(&rollup->group_sets, g_ptr_array_unref);
  g_clear_pointer(&rollup->aggregates, g_ptr_array_unref);
  g_free(rollup->scan_sql);
  g_strfreev(rollup->group_texts);
  g_strfreev(rollup->group_types);
  g_free(rollup->kernel_reason);
  g_free(rollup->estimated_strategy);
  g_free(rollup->estimated_refusal);
  g_free(rollup->source);
  g_free(rollup->title);
  g_free(rollup->where_text);
  ast_query_free(rollup->query);
  g_free(rollup);
}

/* The scan delivers each expression once. */
struct inputs {
  struct query *scan;
  GHashTable *known; /* canonical text -> index + 1 */
};

static guint
need(struct inputs *inputs, const struct expr *expr)
{
  char *text = ast_canonical_expr(expr, NULL);
  gpointer found = g_hash_table_lookup(inputs->known, text);
  if (found != NULL) {
    g_free(text);
    return GPOINTER_TO_UINT(found) - 1;
  }
  guint index = inputs->scan->select->len;
  g_hash_table_insert(inputs->known, text, GUINT_TO_POINTER(index + 1));
  struct expr *copy = ast_expr_copy(expr);
  g_autofree char *alias = g_strdup_printf("c%u", index);
  tree_set_alias(copy, alias);
  g_ptr_array_add(inputs->scan->select, copy);
  return index;
}

static const char *
plain_function(const struct expr *call)
{
  const char *plain = exact_sums_plain_name(call->function);
  return plain != NULL ? plain : call->function;
}

static struct plan_aggregate *
aggregate_of(struct inputs *inputs, const struct expr *call)
{
  struct plan_aggregate *aggregate = g_new0(struct plan_aggregate, 1);
  aggregate->function = g_strdup(plain_function(call));
  if (!g_str_equal(aggregate->function, call->function))
    aggregate->exact_function = g_strdup(call->function);
  aggregate->arguments = g_array_new(FALSE, FALSE, sizeof(guint));
  aggregate->order = g_ptr_array_new_with_free_func(g_free);
  aggregate->distinct = call->distinct;
  bool failing = call->filter != NULL && guard_can_fail(call->filter);
  for (guint i = 0; i < call->children->len; i++) {
    guint index = need(inputs, call->children->pdata[i]);
    failing |= guard_can_fail(call->children->pdata[i]);
    g_array_append_val(aggregate->arguments, index);
  }
  aggregate->filter = call->filter == NULL ? -1 : (gint)need(inputs, call->filter);
  for (guint i = 0; i < call->order->len; i++) {
    const struct order *order = call->order->pdata[i];
    struct plan_aggregate_order *copy = g_new0(struct plan_aggregate_order, 1);
    copy->input = need(inputs, order->expr);
    copy->descending = order->descending;
    copy->nulls = order->nulls;
    failing |= guard_can_fail(order->expr);
    g_ptr_array_add(aggregate->order, copy);
  }
  aggregate->argument_can_fail = failing && inputs->scan->where != NULL;
  return aggregate;
}

/* A table alone in FROM needs no alias: its columns stand without it. Then 'events e' and 'events' are one source. */
static void
drop_alias(struct table_ref *from)
{
  if (from->class != TABLE_BASE ||
      json_object_array_length(json_get(from->raw, "column_name_alias")) > 0)
    return;
  g_free(from->alias);
  from->alias = g_strdup("");
}

static char *
source_text(const struct query *scan)
{
  GString *text = g_string_new(NULL);
  for (guint i = 0; i < scan->ctes->len; i++) {
    const struct cte *cte = scan->ctes->pdata[i];
    g_autofree char *name = g_ascii_strdown(cte->name, -1);
    g_autofree char *query = ast_canonical_query(cte->query);
    g_string_append_printf(text, "%s AS %s; ", name, query);
  }
  g_autofree char *from = ast_canonical_table(scan->from);
  g_string_append(text, from);
  return g_string_free(text, FALSE);
}

static struct query *
scan_shell(const struct separation *node)
{
  struct query *scan = sources_select(node->query->from, node->carried);
  drop_alias(scan->from);
  if (node->query->where != NULL) {
    AUTO(ast_expr_free) struct expr *where = ast_expr_copy(node->query->where);
    separation_expand(node, &where);
    scan->where = sources_strip(node->sources, where);
  }
  if (node->sources->len == 1) {
    const struct source *source = node->sources->pdata[0];
    flatten_scan(scan, source->columns, node->separator->volatiles);
  }
  return scan;
}

static void
fill(const struct separation *node, struct plan_rollup *rollup)
{
  g_autoptr(GHashTable) known = tree_set_new();
  struct inputs inputs = {.scan = rollup->scan, .known = known};
  for (guint i = 0; i < node->groups->len; i++) {
    guint index = need(&inputs, node->groups->pdata[i]);
    g_array_append_val(rollup->group_inputs, index);
    g_ptr_array_add(rollup->groups, ast_expr_copy(node->groups->pdata[i]));
  }
  for (guint i = 0; i < node->calls->len; i++)
    g_ptr_array_add(rollup->aggregates, aggregate_of(&inputs, node->calls->pdata[i]));
  AUTO(ast_expr_free) struct expr *one = ast_integer(1);
  if (rollup->scan->select->len == 0)
    (void)need(&inputs, one);
}

static void
append_title(GString *title, const struct table_ref *table)
{
  if (table->class == TABLE_JOIN) {
    append_title(title, table->left);
    g_string_append(title, " join ");
    append_title(title, table->right);
  } else if (table->class == TABLE_BASE) {
    g_string_append(title, table->name);
  } else {
    g_string_append(title, *table->alias == '\0' ? "a sub-query" : table->alias);
  }
}

/* Keys and calls as columns without a name: DuckDB names each by its text, and says its type. */
static struct query *
bare_query(const struct separation *node)
{
  struct query *query = sources_select(node->query->from, node->carried);
  for (guint i = 0; i < node->groups->len; i++) {
    g_ptr_array_add(query->select, ast_expr_copy(node->groups->pdata[i]));
    g_ptr_array_add(query->groups, ast_expr_copy(node->groups->pdata[i]));
  }
  GArray *set = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 0; i < node->groups->len; i++)
    g_array_append_val(set, i);
  g_ptr_array_add(query->group_sets, set);
  for (guint i = 0; i < node->calls->len; i++) {
    struct expr *copy = ast_expr_copy(node->calls->pdata[i]);
    const char *function = plain_function(copy);
    if (function != copy->function) {
      g_free(copy->function);
      copy->function = g_strdup(function);
    }
    g_ptr_array_add(query->select, copy);
  }
  return query;
}

static bool
describe_parts(struct separation *node, struct plan_rollup *rollup, GError **error)
{
  guint keys = node->groups->len;
  rollup->group_texts = g_new0(char *, keys + 1);
  rollup->group_types = g_new0(char *, keys + 1);
  if (keys + node->calls->len == 0)
    return true;
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  AUTO(ast_query_free) struct query *query = bare_query(node);
  g_autoptr(GPtrArray) columns =
      sources_describe(node->separator->connection, query, &fault, error);
  if (columns == NULL)
    return fault != NULL &&
           separation_refuse(node, -1, "its rollup does not bind (%s)", fault->message);
  for (guint i = 0; i < columns->len; i++) {
    const struct duck_column *column = columns->pdata[i];
    if (i < keys) {
      rollup->group_texts[i] = g_strdup(column->name);
      rollup->group_types[i] = g_strdup(column->type);
      continue;
    }
    struct plan_aggregate *aggregate = rollup->aggregates->pdata[i - keys];
    bool star = g_str_equal(column->name, "count_star()");
    aggregate->text = g_strdup(star ? "count(*)" : column->name);
    aggregate->type = g_strdup(column->type);
  }
  return true;
}

static bool
write_texts(const struct separation *node, struct plan_rollup *rollup, GError **error)
{
  struct duck_connection *connection = node->separator->connection;
  if (rollup->scan->where != NULL) {
    rollup->where_text = ast_expr_to_sql(connection, rollup->scan->where, error);
    if (rollup->where_text == NULL)
      return false;
  }
  GString *title = g_string_new(NULL);
  append_title(title, rollup->scan->from);
  rollup->title = g_string_free(title, FALSE);
  rollup->scan_sql = ast_to_sql(connection, rollup->scan, error);
  return rollup->scan_sql != NULL;
}

struct plan_rollup *
separation_rollup(struct separation *node, GError **error)
{
  struct plan_rollup *rollup = g_new0(struct plan_rollup, 1);
  rollup->name = g_strdup(node->table);
  rollup->scan = scan_shell(node);
  rollup->groups = g_ptr_array_new_with_free_func((GDestroyNotify)ast_expr_free);
  rollup->group_inputs = g_array_new(FALSE, FALSE, sizeof(guint));
  rollup->group_sets = g_ptr_array_ref(node->sets);
  rollup->aggregates = g_ptr_array_new_with_free_func(aggregate_free);
  rollup->needs_grouping_bits = node->grouping_bits;
  fill(node, rollup);
  rollup->source = source_text(rollup->scan);
  rollup->query = rollup_query(node->separator->connection, rollup, error);
  if (rollup->query != NULL && describe_parts(node, rollup, error) &&
      write_texts(node, rollup, error))
    return rollup;
  plan_rollup_free(rollup);
  return NULL;
}
