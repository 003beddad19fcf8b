/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/exact_sums.h"
#include "plan/separate_node.h"
#include "plan/tree.h"
#include <string.h>

enum { MOST_GROUPING_BITS = 60 };

bool
separation_refuse(struct separation *node, gssize at, const char *format, ...)
{
  if (node->reason != NULL)
    return false;
  va_list arguments;
  va_start(arguments, format);
  node->reason = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  node->reason_at = at;
  return false;
}

char *
separation_text(const struct separation *node, const struct expr *expr)
{
  AUTO(ast_expr_free) struct expr *copy = sources_strip(node->sources, expr);
  return ast_canonical_expr(copy, NULL);
}

static gint
index_of(GPtrArray *texts, const char *text)
{
  for (guint i = 0; i < texts->len; i++)
    if (g_str_equal(texts->pdata[i], text))
      return (gint)i;
  return -1;
}

bool
separation_is_group(const struct separation *node, const char *text)
{
  return index_of(node->group_texts, text) >= 0;
}

static bool
is_aggregate(const struct expr *expr, gpointer user)
{
  const struct separation *node = user;
  return expr->class == EXPR_FUNCTION &&
         (g_hash_table_contains(node->separator->aggregates, expr->function) ||
          exact_sums_plain_name(expr->function) != NULL);
}

bool
separation_has_aggregate(const struct separation *node, struct expr *expr)
{
  return tree_find(expr, is_aggregate, (gpointer)(guintptr)node) != NULL;
}

bool
separation_is_aggregate(const struct separation *node, const struct expr *expr)
{
  return is_aggregate(expr, (gpointer)(guintptr)node);
}

static bool
is_window(const struct expr *expr, gpointer user)
{
  (void)user;
  return expr->class == EXPR_WINDOW;
}

bool
separation_group(struct separation *node, struct expr *expr)
{
  if (separation_has_aggregate(node, expr))
    return separation_refuse(node, expr->at, "an aggregate in GROUP BY");
  if (tree_find(expr, is_window, NULL) != NULL)
    return separation_refuse(node, expr->at, "a window call in GROUP BY");
  g_autofree char *text = separation_text(node, expr);
  if (index_of(node->group_texts, text) >= 0)
    return true;
  struct expr *group = sources_strip(node->sources, expr);
  tree_set_alias(group, "");
  g_ptr_array_add(node->groups, group);
  g_ptr_array_add(node->group_texts, g_steal_pointer(&text));
  return true;
}

static struct expr *
numbered_entry(const struct query *query, const struct expr *expr)
{
  struct json_object *value = json_get(expr->raw, "value");
  const char *type = json_get_text(json_get(value, "type"), "id");
  if (type == NULL || (!g_str_equal(type, "INTEGER") && !g_str_equal(type, "BIGINT")))
    return NULL;
  gint64 number = json_get_int(value, "value", 0);
  return number >= 1 && number <= query->select->len ? query->select->pdata[number - 1] : NULL;
}

struct expr *
separation_entry(const struct separation *node, const struct expr *expr,
                 enum separation_place place)
{
  if (expr->class == EXPR_CONSTANT && place == PLACE_GROUP)
    return numbered_entry(node->query, expr);
  if (!tree_is_name(expr))
    return NULL;
  if (place != PLACE_ORDER && sources_have(node->sources, expr->names[0]))
    return NULL;
  for (guint i = 0; i < node->query->select->len; i++) {
    struct expr *entry = node->query->select->pdata[i];
    if (*entry->alias != '\0' && tree_same_name(entry->alias, expr->names[0]))
      return entry;
  }
  return NULL;
}

static bool
expand(struct expr **slot, gpointer user)
{
  const struct separation *node = user;
  const struct expr *entry = separation_entry(node, *slot, PLACE_SELECT);
  if (entry == NULL)
    return false;
  struct expr *copy = ast_expr_copy(entry);
  separation_expand(node, &copy);
  tree_replace(slot, copy);
  return true;
}

void
separation_expand(const struct separation *node, struct expr **slot)
{
  ast_rewrite_expr(slot, expand, (gpointer)(guintptr)node);
}

static struct expr *
result_column(const struct separation *node, const char *letter, gint index)
{
  g_autofree char *name = index < 0 ? g_strdup(letter) : g_strdup_printf("%s%d", letter, index);
  const char *const names[] = {node->table, name, NULL};
  return ast_column(names, "");
}

static const struct {
  const char *function;
  guint arguments;
  bool distinct;
} kernel_aggregates[] = {
    {"count_star", 0, false}, {"count", 1, true},         {"sum", 1, false},
    {"avg", 1, false},        {"mean", 1, false},         {"min", 1, true},
    {"max", 1, true},         {"bool_and", 1, true},      {"bool_or", 1, true},
    {"first", 1, false},      {"last", 1, false},         {"any_value", 1, false},
    {"arbitrary", 1, false},  {"arg_min", 2, false},      {"arg_max", 2, false},
    {"argmin", 2, false},     {"argmax", 2, false},       {"min_by", 2, false},
    {"max_by", 2, false},     {"arg_min_null", 2, false}, {"arg_max_null", 2, false},
};

static bool
check_call(struct separation *node, const struct expr *call)
{
  const char *plain = exact_sums_plain_name(call->function);
  const char *function = plain != NULL ? plain : call->function;
  for (gsize i = 0; i < G_N_ELEMENTS(kernel_aggregates); i++) {
    if (!g_str_equal(kernel_aggregates[i].function, function))
      continue;
    if (call->children->len != kernel_aggregates[i].arguments)
      return separation_refuse(node, call->at, "%s() with %u arguments", function,
                               call->children->len);
    if (call->distinct && !kernel_aggregates[i].distinct)
      return separation_refuse(node, call->at, "DISTINCT inside %s()", function);
    return true;
  }
  return separation_refuse(node, call->at, "%s() is not one of the kernel's aggregates", function);
}

static void
replace_call(struct separation *node, struct expr **slot, char *text)
{
  gint index = index_of(node->call_texts, text);
  if (index < 0) {
    index = (gint)node->calls->len;
    struct expr *call = sources_strip(node->sources, *slot);
    tree_set_alias(call, "");
    g_ptr_array_add(node->calls, call);
    g_ptr_array_add(node->call_texts, g_strdup(text));
  }
  tree_replace(slot, result_column(node, "a", index));
}

/* GROUPING(x, y): a bit an argument, the last one lowest; gs has bit i for key i. */
static void
replace_grouping(struct separation *node, struct expr **slot)
{
  struct expr *bits = NULL;
  for (guint i = 0; i < (*slot)->children->len; i++) {
    struct expr *child = (*slot)->children->pdata[i];
    struct expr *entry = separation_entry(node, child, PLACE_GROUP);
    g_autofree char *text = separation_text(node, entry == NULL ? child : entry);
    gint index = index_of(node->group_texts, text);
    if (index < 0 || index >= MOST_GROUPING_BITS) {
      ast_expr_free(bits);
      (void)separation_refuse(node, (*slot)->at,
                              index < 0 ? "GROUPING of something that is no key"
                                        : "GROUPING with so many keys");
      return;
    }
    struct expr *shifted =
        ast_call(">>", true, result_column(node, "gs", -1), ast_integer(index), NULL);
    struct expr *bit = ast_call("&", true, shifted, ast_integer(1), NULL);
    bits = bits == NULL
               ? bit
               : ast_call("|", true, ast_call("<<", true, bits, ast_integer(1), NULL), bit, NULL);
  }
  node->grouping_bits = true;
  tree_replace(slot, bits);
}

static void
replace_column(struct separation *node, struct expr **slot)
{
  const struct expr *entry = separation_entry(node, *slot, PLACE_SELECT);
  if (entry == NULL) {
    g_autofree char *name = g_strjoinv(".", (*slot)->names);
    (void)separation_refuse(node, (*slot)->at, "column '%s' is neither grouped nor aggregated",
                            name);
    return;
  }
  struct expr *copy = ast_expr_copy(entry);
  if (separation_rewrite(node, &copy))
    tree_replace(slot, copy);
  else
    ast_expr_free(copy);
}

static bool
rewrite(struct expr **slot, gpointer user)
{
  struct separation *node = user;
  if (node->reason != NULL)
    return true;
  g_autofree char *text = separation_text(node, *slot);
  gint group = index_of(node->group_texts, text);
  if (group >= 0) {
    tree_replace(slot, result_column(node, "g", group));
    return true;
  }
  if (is_aggregate(*slot, node)) {
    if (check_call(node, *slot))
      replace_call(node, slot, text);
    return true;
  }
  if ((*slot)->class == EXPR_GROUPING) {
    replace_grouping(node, slot);
    return true;
  }
  if ((*slot)->class != EXPR_COLUMN)
    return false;
  replace_column(node, slot);
  return true;
}

bool
separation_rewrite(struct separation *node, struct expr **slot)
{
  ast_rewrite_expr(slot, rewrite, node);
  return node->reason == NULL;
}
