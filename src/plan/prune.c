/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/prune.h"
#include "plan/tree.h"
#include "util/error.h"
#include "util/interrupt.h"
#include "util/text.h"
#include <string.h>

/* One input while references to it are collected. */
struct pruning {
  struct duck_connection *connection;
  const struct inventory *inventory;
  GHashTable *volatiles;
  bool *kept;            /* one for each partition: some reference needs it */
  GPtrArray *predicates; /* char *: those that left something out */
  bool referenced;
};

/* One use of the input in a FROM. */
struct reference {
  const struct inventory *inventory;
  const char *qualifier;
  GPtrArray *others; /* struct table_ref: the other tables of this FROM */
  GPtrArray *inventories;
  GHashTable *volatiles;
  bool sure;
  guint columns; /* met so far */
};

void
plan_input_free(struct plan_input *input)
{
  if (input == NULL)
    return;
  g_array_unref(input->files);
  g_strfreev(input->predicates);
  g_strfreev(input->columns);
  g_free(input);
}

struct plan_input *
plan_input_new(const struct inventory *inventory, guint index, GArray *files)
{
  struct plan_input *input = g_new0(struct plan_input, 1);
  input->inventory = index;
  input->files = files;
  input->predicates = g_new0(char *, 1);
  input->columns = g_new0(char *, 1);
  for (guint i = 0; i < files->len; i++) {
    const struct inventory_file *file = inventory->files->pdata[g_array_index(files, guint, i)];
    input->size_bytes += file->size_bytes;
    input->rows += file->rows;
  }
  return input;
}

static const struct inventory *
inventory_named(GPtrArray *inventories, const struct table_ref *table)
{
  if (table->class != TABLE_BASE || *table->schema != '\0' || *table->catalog != '\0')
    return NULL;
  for (guint i = 0; i < inventories->len; i++) {
    const struct inventory *inventory = inventories->pdata[i];
    if (tree_same_name(inventory->name, table->name))
      return inventory;
  }
  return NULL;
}

/* A bare name is the input's when no other table of the FROM can have it. */
static bool
is_alone(const struct reference *reference, const char *name)
{
  for (guint i = 0; i < reference->others->len; i++) {
    const struct inventory *other =
        inventory_named(reference->inventories, reference->others->pdata[i]);
    if (other == NULL || inventory_find_column(other->columns, name) != NULL)
      return false;
  }
  return true;
}

static bool
is_partition_column(const struct reference *reference, const struct expr *expr)
{
  char *const *names = expr->names;
  guint count = g_strv_length(expr->names);
  if (count == 1)
    return inventory_find_column(reference->inventory->partition_columns, names[0]) != NULL &&
           is_alone(reference, names[0]);
  return count == 2 && tree_same_name(names[0], reference->qualifier) &&
         inventory_find_column(reference->inventory->partition_columns, names[1]) != NULL;
}

static bool
check_expr(struct expr *expr, gpointer user)
{
  struct reference *reference = user;
  switch (expr->class) {
  case EXPR_COLUMN:
    reference->columns++;
    reference->sure &= is_partition_column(reference, expr);
    break;
  case EXPR_FUNCTION:
    reference->sure &= !g_hash_table_contains(reference->volatiles, expr->function);
    break;
  case EXPR_OTHER:
    reference->sure &= g_str_equal(expr->type, "COLLATE");
    break;
  case EXPR_WINDOW:
  case EXPR_STAR:
  case EXPR_SUBQUERY:
  case EXPR_PARAMETER:
  case EXPR_LAMBDA:
  case EXPR_GROUPING:
    reference->sure = false;
    break;
  case EXPR_CONSTANT:
  case EXPR_CASE:
  case EXPR_CAST:
  case EXPR_COMPARISON:
  case EXPR_CONJUNCTION:
  case EXPR_OPERATOR:
  case EXPR_BETWEEN:
    break;
  }
  return reference->sure;
}

static bool
strip_table(struct expr **slot, gpointer user)
{
  (void)user;
  struct expr *expr = *slot;
  if (expr->class != EXPR_COLUMN || expr->names[0] == NULL || expr->names[1] == NULL)
    return false;
  const char *const names[] = {expr->names[1], NULL};
  tree_replace(slot, ast_column(names, ""));
  return true;
}

/* The conjunct over bare partition columns, or NULL when it is none. */
static struct expr *
usable(const struct reference *reference, const struct expr *conjunct)
{
  struct expr *copy = ast_expr_copy(conjunct);
  struct reference check = *reference;
  check.sure = true;
  const struct ast_visitor visitor = {.expr = check_expr, .user = &check};
  ast_walk_expr(copy, &visitor);
  if (!check.sure || check.columns == 0) {
    ast_expr_free(copy);
    return NULL;
  }
  ast_rewrite_expr(&copy, strip_table, NULL);
  return copy;
}

static void
append_partition(GString *sql, const struct inventory *inventory, guint index)
{
  const struct inventory_partition *partition = inventory->partitions->pdata[index];
  g_string_append_printf(sql, "%s(%u", index == 0 ? "" : ", ", index);
  for (guint k = 0; k < inventory->partition_columns->len; k++) {
    const struct inventory_column *column = inventory->partition_columns->pdata[k];
    g_autofree char *value =
        partition->values[k] == NULL ? g_strdup("NULL") : text_sql_string(partition->values[k]);
    g_string_append_printf(sql, ", CAST(%s AS %s)", value, column->type);
  }
  g_string_append_c(sql, ')');
}

static char *
predicate_sql(const struct inventory *inventory, const char *predicate)
{
  GString *sql = g_string_new("SELECT p.kindling_partition FROM (VALUES ");
  for (guint i = 0; i < inventory->partitions->len; i++)
    append_partition(sql, inventory, i);
  g_string_append(sql, ") AS p(kindling_partition");
  for (guint k = 0; k < inventory->partition_columns->len; k++) {
    const struct inventory_column *column = inventory->partition_columns->pdata[k];
    g_autofree char *name = text_sql_name(column->name);
    g_string_append_printf(sql, ", %s", name);
  }
  g_string_append_printf(sql, ") WHERE %s", predicate);
  return g_string_free(sql, FALSE);
}

/* Clears kept where the predicate is not true; ret_effect: it left something out. An error of the predicate itself
 * leaves all in. */
static bool
apply_predicate(const struct pruning *pruning, const char *predicate, bool *kept, bool *ret_effect,
                GError **error)
{
  guint count = pruning->inventory->partitions->len;
  *ret_effect = false;
  g_autofree char *sql = predicate_sql(pruning->inventory, predicate);
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(pruning->connection, sql, NULL, NULL, NULL);
  if (result == NULL)
    return interrupt_check(error);
  g_autofree bool *holds = g_new0(bool, count);
  for (guint64 row = 0; row < duck_result_rows(result); row++) {
    gint64 index = duck_result_int(result, 0, row, -1);
    if (index >= 0 && index < count)
      holds[index] = true;
  }
  for (guint i = 0; i < count; i++) {
    *ret_effect |= kept[i] && !holds[i];
    kept[i] = kept[i] && holds[i];
  }
  return true;
}

static void
note_predicate(struct pruning *pruning, const char *predicate)
{
  for (guint i = 0; i < pruning->predicates->len; i++)
    if (g_str_equal(pruning->predicates->pdata[i], predicate))
      return;
  g_ptr_array_add(pruning->predicates, g_strdup(predicate));
}

static bool
apply_conjuncts(struct pruning *pruning, const struct reference *reference, const struct expr *expr,
                bool *kept, GError **error)
{
  if (expr->class == EXPR_CONJUNCTION && g_str_equal(expr->type, "CONJUNCTION_AND")) {
    for (guint i = 0; i < expr->children->len; i++)
      if (!apply_conjuncts(pruning, reference, expr->children->pdata[i], kept, error))
        return false;
    return true;
  }
  AUTO(ast_expr_free) struct expr *conjunct = usable(reference, expr);
  if (conjunct == NULL)
    return true;
  g_autofree char *sql = ast_expr_to_sql(pruning->connection, conjunct, error);
  bool effect;
  if (sql == NULL || !apply_predicate(pruning, sql, kept, &effect, error))
    return false;
  if (effect)
    note_predicate(pruning, sql);
  return true;
}

/* Whether every row of table that the FROM lets through passes the WHERE as it is: not on the side of an outer join that
 * NULLs may stand in for, nor where leaving rows out brings others in. */
static bool
is_preserved(const struct table_ref *from, const struct table_ref *table)
{
  if (from == table)
    return true;
  if (from == NULL || from->class != TABLE_JOIN || g_str_equal(from->join_ref, "POSITIONAL"))
    return false;
  bool asof = g_str_equal(from->join_ref, "ASOF");
  bool inner = g_str_equal(from->join_type, "INNER");
  bool left = inner || g_str_equal(from->join_type, "LEFT") ||
              g_str_equal(from->join_type, "SEMI") || g_str_equal(from->join_type, "ANTI");
  bool right = (inner && !asof) || (g_str_equal(from->join_type, "RIGHT") && !asof);
  return (left && is_preserved(from->left, table)) || (right && is_preserved(from->right, table));
}

static bool
apply_reference(struct pruning *pruning, const struct query *node, const struct table_ref *table,
                GPtrArray *leaves, GPtrArray *inventories, GError **error)
{
  guint count = pruning->inventory->partitions->len;
  g_autofree bool *kept = g_new0(bool, count + 1);
  memset(kept, true, count);
  pruning->referenced = true;
  bool renamed = json_object_array_length(json_get(table->raw, "column_name_alias")) > 0;
  bool prunable = node->where != NULL && pruning->inventory->partition_columns->len > 0 &&
                  !renamed && !table->sampled && !node->sampled && is_preserved(node->from, table);
  if (prunable) {
    g_autoptr(GPtrArray) others = g_ptr_array_new();
    for (guint i = 0; i < leaves->len; i++)
      if (leaves->pdata[i] != table)
        g_ptr_array_add(others, leaves->pdata[i]);
    struct reference reference = {.inventory = pruning->inventory,
                                  .qualifier = *table->alias == '\0' ? table->name : table->alias,
                                  .others = others,
                                  .inventories = inventories,
                                  .volatiles = pruning->volatiles};
    if (!apply_conjuncts(pruning, &reference, node->where, kept, error))
      return false;
  }
  for (guint i = 0; i < count; i++)
    pruning->kept[i] |= kept[i];
  return true;
}

static bool
apply_all(struct pruning *pruning, struct query *root, GPtrArray *inventories, GError **error)
{
  g_autoptr(GPtrArray) nodes = tree_nodes(root);
  for (guint i = 0; i < nodes->len; i++) {
    struct query *node = nodes->pdata[i];
    g_autoptr(GPtrArray) leaves = tree_leaves(node->from);
    for (guint k = 0; k < leaves->len; k++)
      if (inventory_named(inventories, leaves->pdata[k]) == pruning->inventory &&
          !apply_reference(pruning, node, leaves->pdata[k], leaves, inventories, error))
        return false;
  }
  return true;
}

static struct plan_input *
input_of(struct pruning *pruning, guint index, struct query *root)
{
  const struct inventory *inventory = pruning->inventory;
  GArray *files = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 0; i < inventory->files->len; i++) {
    const struct inventory_file *file = inventory->files->pdata[i];
    if (pruning->kept[file->partition])
      g_array_append_val(files, i);
  }
  struct plan_input *input = plan_input_new(inventory, index, files);
  g_strfreev(input->columns);
  input->columns = columns_read(root, inventory);
  if (files->len == inventory->files->len)
    return input;
  g_ptr_array_add(pruning->predicates, NULL);
  g_strfreev(input->predicates);
  input->predicates = g_strdupv((char **)pruning->predicates->pdata);
  return input;
}

bool
prune_inputs(struct duck_connection *connection, struct query *root, GPtrArray *inventories,
             GHashTable *volatiles, GPtrArray **ret_inputs, GError **error)
{
  g_autoptr(GPtrArray) inputs =
      g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)plan_input_free);
  for (guint i = 0; i < inventories->len; i++) {
    const struct inventory *inventory = inventories->pdata[i];
    g_autoptr(GPtrArray) predicates = g_ptr_array_new_with_free_func(g_free);
    g_autofree bool *kept = g_new0(bool, inventory->partitions->len + 1);
    struct pruning pruning = {.connection = connection,
                              .inventory = inventory,
                              .volatiles = volatiles,
                              .kept = kept,
                              .predicates = predicates};
    if (!apply_all(&pruning, root, inventories, error))
      return false;
    if (pruning.referenced)
      g_ptr_array_add(inputs, input_of(&pruning, i, root));
  }
  *ret_inputs = g_steal_pointer(&inputs);
  return true;
}
