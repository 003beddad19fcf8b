/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/exact_sums.h"
#include "duck/describe.h"
#include "duck/type.h"
#include "plan/tree.h"
#include "util/json.h"
#include <string.h>

static const struct {
  const char *function;
  const char *exact;
} exact_names[] = {
    {"sum", EXACT_SUM}, {"fsum", EXACT_SUM}, {"kahan_sum", EXACT_SUM}, {"sumkahan", EXACT_SUM},
    {"avg", EXACT_AVG}, {"mean", EXACT_AVG}, {"favg", EXACT_AVG},
};

static const char *
exact_name(const char *function)
{
  for (gsize i = 0; i < G_N_ELEMENTS(exact_names); i++)
    if (g_str_equal(exact_names[i].function, function))
      return exact_names[i].exact;
  return NULL;
}

/* v.sum() is parsed as a call without arguments in the schema v. */
static void
unfold_method(struct expr *expr)
{
  const char *schema = json_get_text(expr->raw, "schema");
  const char *catalog = json_get_text(expr->raw, "catalog");
  if (expr->children->len > 0 || schema == NULL || *schema == '\0' ||
      tree_same_name(schema, "main"))
    return;
  bool qualified = catalog != NULL && *catalog != '\0';
  const char *const names[] = {qualified ? catalog : schema, qualified ? schema : NULL, NULL};
  g_ptr_array_add(expr->children, ast_column(names, ""));
  json_add_text(expr->raw, "schema", "");
  json_add_text(expr->raw, "catalog", "");
}

static bool
is_star(const struct expr *expr, gpointer user)
{
  (void)user;
  return expr->class == EXPR_STAR;
}

static bool
collect_call(struct expr *expr, gpointer user)
{
  if ((expr->class != EXPR_FUNCTION && expr->class != EXPR_WINDOW) ||
      exact_name(expr->function) == NULL)
    return true;
  unfold_method(expr);
  /* sum(COLUMNS(...)) is many calls of as many types. */
  if (expr->children->len == 1 && tree_find(expr->children->pdata[0], is_star, NULL) == NULL)
    g_ptr_array_add(user, expr);
  return true;
}

/* The calls of each node, in an order that is the same for a tree and its copy. ORDER BY of a set operation repeats
 * expressions of its branches: it is left out here and follows them later. */
static GPtrArray *
collect_calls(struct query *root, GArray *owners)
{
  GPtrArray *calls = g_ptr_array_new();
  g_autoptr(GPtrArray) nodes = tree_nodes(root);
  for (guint i = 0; i < nodes->len; i++) {
    struct query *node = nodes->pdata[i];
    if (node->class == QUERY_SELECT)
      tree_walk_own(node, collect_call, calls);
    while (owners != NULL && owners->len < calls->len)
      g_array_append_val(owners, i);
  }
  return calls;
}

/* Equal calls of one node share a number, so that the marks do not make them differ. */
static guint
number_calls(GPtrArray *calls, GArray *owners, GArray *numbers)
{
  g_autoptr(GHashTable) known = tree_set_new();
  for (guint i = 0; i < calls->len; i++) {
    g_autofree char *text = ast_canonical_expr(calls->pdata[i], NULL);
    char *key = g_strdup_printf("%u %s", g_array_index(owners, guint, i), text);
    gpointer found = g_hash_table_lookup(known, key);
    guint number = found == NULL ? g_hash_table_size(known) : GPOINTER_TO_UINT(found) - 1;
    if (found == NULL)
      g_hash_table_insert(known, key, GUINT_TO_POINTER(number + 1));
    else
      g_free(key);
    g_array_append_val(numbers, number);
  }
  return g_hash_table_size(known);
}

static char *
marked_sql(struct duck_connection *connection, struct query *root, GPtrArray *calls,
           GArray *numbers, GError **error)
{
  AUTO(ast_query_free) struct query *copy = ast_query_copy(root);
  g_autoptr(GPtrArray) nodes = tree_nodes(copy);
  for (guint i = 0; i < nodes->len; i++) {
    struct query *node = nodes->pdata[i];
    if (node->class == QUERY_SET_OPERATION)
      g_ptr_array_set_size(node->order, 0);
  }
  g_autoptr(GPtrArray) copies = collect_calls(copy, NULL);
  for (guint i = 0; i < copies->len && i < calls->len; i++) {
    const struct expr *call = calls->pdata[i];
    struct expr *marked = copies->pdata[i];
    struct expr *mark =
        ast_call("kindling_type_of", false, ast_integer(g_array_index(numbers, guint, i)),
                 ast_expr_copy(call->children->pdata[0]), NULL);
    marked->filter = ast_and(marked->filter, mark);
  }
  return ast_to_sql(connection, copy, error);
}

const char *
exact_sums_plain_name(const char *function)
{
  if (g_str_has_prefix(function, EXACT_SUM))
    return "sum";
  return g_str_has_prefix(function, EXACT_AVG) ? "avg" : NULL;
}

/* What is behind kindling_sum for an argument of this type; NULL: DuckDB's own sums will do. */
static char *
suffix_of(const char *type)
{
  guint8 width = 0, scale = 0;
  if (type == NULL)
    return NULL;
  if (g_str_equal(type, "DOUBLE") || g_str_equal(type, "FLOAT") || g_str_equal(type, "UHUGEINT"))
    return g_strdup("");
  if (g_str_equal(type, "HUGEINT"))
    return g_strdup("_hugeint");
  if (duck_decimal_of(type, &width, &scale) && width > 18)
    return g_strdup_printf("_decimal_%u", scale);
  return NULL;
}

struct naming {
  GPtrArray *calls;
  bool found;
};

static bool
finds_call(struct expr *expr, gpointer user)
{
  struct naming *naming = user;
  naming->found |= g_ptr_array_find(naming->calls, expr, NULL);
  return !naming->found;
}

static bool
name_entries(struct duck_connection *connection, struct naming *naming, struct query *node,
             GError **error)
{
  const struct ast_visitor visitor = {.expr = finds_call, .user = naming};
  for (guint i = 0; i < node->select->len; i++) {
    struct expr *expr = node->select->pdata[i];
    if (*expr->alias != '\0')
      continue;
    naming->found = false;
    ast_walk_expr(expr, &visitor);
    if (!naming->found)
      continue;
    g_autofree char *name = ast_expr_to_sql(connection, expr, error);
    if (name == NULL)
      return false;
    tree_set_alias(expr, name);
  }
  return true;
}

/* A column without an alias is named by its expression: marks and other names of functions would change it. */
static bool
name_columns(struct duck_connection *connection, struct query *root, GPtrArray *calls,
             GError **error)
{
  struct naming naming = {.calls = calls};
  g_autoptr(GPtrArray) nodes = tree_nodes(root);
  for (guint i = 0; i < nodes->len; i++)
    if (!name_entries(connection, &naming, nodes->pdata[i], error))
      return false;
  return true;
}

/* DuckDB 1.5.5 computes a frame that is the whole partition by a path (WindowConstantAggregator) that hands a registered
 * aggregate one state where it is owed one a row. A frame that starts a finite number of rows before is the same frame on
 * another path. */
static void
avoid_whole_frame(struct expr *expr)
{
  const char *start = json_get_text(expr->raw, "start");
  const char *end = json_get_text(expr->raw, "end");
  bool unordered = expr->order->len == 0;
  bool from_first = g_strcmp0(start, "UNBOUNDED_PRECEDING") == 0 ||
                    (unordered && g_strcmp0(start, "CURRENT_ROW_RANGE") == 0);
  bool to_last = g_strcmp0(end, "UNBOUNDED_FOLLOWING") == 0 ||
                 (unordered && g_strcmp0(end, "CURRENT_ROW_RANGE") == 0);
  if (!from_first || !to_last || expr->children->len != 1)
    return;
  json_add_text(expr->raw, "start", "EXPR_PRECEDING_ROWS");
  json_add_text(expr->raw, "end", "UNBOUNDED_FOLLOWING");
  json_add_object(expr->raw, "start_expr", json_object_new_object());
  g_ptr_array_add(expr->children, ast_integer(G_MAXINT64 / 2));
}

static void
rename_call(struct expr *expr, const char *suffix)
{
  const char *name = exact_name(expr->function);
  if (name == NULL)
    return;
  g_free(expr->function);
  expr->function = g_strconcat(name, suffix, NULL);
  json_add_text(expr->raw, "schema", "");
  json_add_text(expr->raw, "catalog", "");
  g_ptr_array_set_size(expr->class == EXPR_WINDOW ? expr->argument_order : expr->order, 0);
  if (expr->class == EXPR_WINDOW)
    avoid_whole_frame(expr);
}

static bool
rename_equal(struct expr *expr, gpointer user)
{
  if (expr->class != EXPR_FUNCTION || exact_name(expr->function) == NULL)
    return true;
  g_autofree char *text = ast_canonical_expr(expr, NULL);
  const char *suffix = g_hash_table_lookup(user, text);
  if (suffix != NULL)
    rename_call(expr, suffix);
  return true;
}

static void
rename_calls(struct query *root, GPtrArray *calls, GArray *numbers, GPtrArray *types,
             GHashTable *names)
{
  g_autoptr(GHashTable) texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr(GPtrArray) suffixes = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < calls->len; i++) {
    char *suffix = suffix_of(types->pdata[g_array_index(numbers, guint, i)]);
    g_ptr_array_add(suffixes, suffix);
    if (suffix != NULL)
      g_hash_table_insert(texts, ast_canonical_expr(calls->pdata[i], NULL), g_strdup(suffix));
  }
  for (guint i = 0; i < calls->len; i++) {
    struct expr *call = calls->pdata[i];
    if (suffixes->pdata[i] == NULL)
      continue;
    rename_call(call, suffixes->pdata[i]);
    g_hash_table_add(names, g_strdup(call->function));
  }
  g_autoptr(GPtrArray) nodes = tree_nodes(root);
  for (guint i = 0; i < nodes->len; i++) {
    struct query *node = nodes->pdata[i];
    if (node->class == QUERY_SET_OPERATION)
      tree_walk_own(node, rename_equal, texts);
  }
}

bool
exact_sums_rewrite(struct duck_connection *connection, struct query *root, GHashTable *names,
                   char **ret_doubt, GError **error)
{
  *ret_doubt = NULL;
  g_autoptr(GArray) owners = g_array_new(FALSE, FALSE, sizeof(guint));
  g_autoptr(GArray) numbers = g_array_new(FALSE, FALSE, sizeof(guint));
  g_autoptr(GPtrArray) calls = collect_calls(root, owners);
  if (calls->len == 0)
    return true;
  if (!name_columns(connection, root, calls, error))
    return false;
  guint count = number_calls(calls, owners, numbers);
  g_autofree char *sql = marked_sql(connection, root, calls, numbers, error);
  if (sql == NULL)
    return false;
  g_autoptr(GPtrArray) types = NULL;
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  if (duck_probe_types(connection, sql, count, &types, &fault, error)) {
    rename_calls(root, calls, numbers, types, names);
    return true;
  }
  if (fault != NULL)
    *ret_doubt = g_strdup(fault->message);
  return fault != NULL;
}
