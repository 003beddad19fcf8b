/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/conjuncts.h"
#include "plan/guard.h"
#include "plan/kernel.h"
#include "plan/sources.h"
#include "plan/tree.h"
#include "util/error.h"

struct scan {
  struct plan_pass *pass;
  GHashTable *types;
  struct query *query;
  GHashTable *known; /* canonical text -> index + 1 */
  GPtrArray *common; /* char *: canonical texts of the conjuncts of the scan's WHERE */
};

/* One rollup whose inputs become columns of the scan. */
struct taking {
  struct scan *scan;
  const struct plan_rollup *rollup;
  const struct expr *condition; /* what guards expressions; NULL: nothing need be */
};

static void
aggregate_free(gpointer pointer)
{
  struct plan_kernel_aggregate *aggregate = pointer;
  g_array_unref(aggregate->others);
  g_array_unref(aggregate->order);
  g_free(aggregate);
}

void
plan_kernel_rollup_free(struct plan_kernel_rollup *rollup)
{
  if (rollup == NULL)
    return;
  g_array_unref(rollup->keys);
  g_ptr_array_unref(rollup->aggregates);
  g_free(rollup);
}

/* Takes expr over. */
static guint
need(struct scan *scan, struct expr *expr)
{
  char *text = ast_canonical_expr(expr, NULL);
  gpointer found = g_hash_table_lookup(scan->known, text);
  if (found != NULL) {
    g_free(text);
    ast_expr_free(expr);
    return GPOINTER_TO_UINT(found) - 1;
  }
  guint index = scan->query->select->len;
  g_hash_table_insert(scan->known, text, GUINT_TO_POINTER(index + 1));
  g_autofree char *alias = g_strdup_printf("c%u", index);
  tree_set_alias(expr, alias);
  g_ptr_array_add(scan->query->select, expr);
  return index;
}

static struct expr *
input_copy(const struct taking *taking, guint input)
{
  struct expr *copy = ast_expr_copy(taking->rollup->scan->select->pdata[input]);
  tree_set_alias(copy, "");
  return copy;
}

static guint
take(const struct taking *taking, struct expr *expr)
{
  return need(taking->scan, guard_expr(taking->condition, expr));
}

static bool
is_value(const struct expr *expr)
{
  return expr->class == EXPR_CONSTANT && !json_get_flag(json_get(expr->raw, "value"), "is_null");
}

/* What the kernel adds up or counts, in a type that it takes. */
static struct expr *
adapt(const struct taking *taking, enum plan_function function, struct expr *expr)
{
  const char *type = kernel_type_of(taking->scan->types, expr);
  bool adds = function == PLAN_SUM || function == PLAN_AVERAGE;
  if (adds && g_strcmp0(type, "FLOAT") == 0)
    return ast_cast(expr, "DOUBLE");
  if (adds && g_strcmp0(type, "BOOLEAN") == 0)
    return ast_cast(expr, "TINYINT");
  if (function != PLAN_COUNT || (type != NULL && kernel_has_layout(type)))
    return expr;
  /* of what cannot be handed over, only whether it is NULL is asked for */
  return ast_call("constant_or_null", false, ast_integer(1), expr, NULL);
}

static void
add_order(const struct taking *taking, struct plan_kernel_aggregate *result, guint input,
          bool descending, bool nulls_first)
{
  struct plan_kernel_order order = {.column = take(taking, input_copy(taking, input)),
                                    .descending = descending,
                                    .nulls_first = nulls_first};
  g_array_append_val(result->order, order);
}

static void
take_order(const struct taking *taking, struct plan_kernel_aggregate *result,
           const struct plan_aggregate *aggregate, enum kernel_order order)
{
  if (order == KERNEL_BY || order == KERNEL_BY_DESCENDING)
    add_order(taking, result, g_array_index(aggregate->arguments, guint, 1),
              order == KERNEL_BY_DESCENDING, /* nulls_first= */ false);
  bool reversed = order == KERNEL_OWN_REVERSED;
  for (guint i = 0; (order == KERNEL_OWN || reversed) && i < aggregate->order->len; i++) {
    const struct plan_aggregate_order *term = aggregate->order->pdata[i];
    add_order(taking, result, term->input, term->descending != reversed,
              (term->nulls == NULLS_FIRST) != reversed);
  }
}

/* Each column of count(DISTINCT (a, b, c)). A row is never NULL: one of a column alone has it twice, so that NULL is a value. */
static void
take_rows(const struct taking *taking, const struct expr *row, struct plan_kernel_aggregate *result)
{
  for (guint i = 0; i < row->children->len; i++) {
    struct expr *copy = ast_expr_copy(row->children->pdata[i]);
    tree_set_alias(copy, "");
    guint column = take(taking, copy);
    if (i == 0)
      result->argument = (gint)column;
    if (i > 0 || row->children->len == 1)
      g_array_append_val(result->others, column);
  }
}

static struct plan_kernel_aggregate *
take_aggregate(const struct taking *taking, const struct plan_aggregate *aggregate)
{
  const struct kernel_function *function = kernel_function_of(aggregate);
  struct plan_kernel_aggregate *result = g_new0(struct plan_kernel_aggregate, 1);
  result->function = function->function;
  result->argument = -1;
  result->filter = -1;
  result->others = g_array_new(FALSE, FALSE, sizeof(guint));
  result->order = g_array_new(FALSE, FALSE, sizeof(struct plan_kernel_order));
  result->skip_null_argument = function->skip_null_argument;
  result->skip_null_order = function->skip_null_order;
  if (aggregate->filter >= 0) {
    AUTO(ast_expr_free) struct expr *filter = input_copy(taking, (guint)aggregate->filter);
    result->filter = (gint)take(
        taking, kernel_flag(guard_flag(filter), taking->scan->query, taking->scan->types));
  }
  if (aggregate->arguments->len == 0)
    return result;
  struct expr *argument = input_copy(taking, g_array_index(aggregate->arguments, guint, 0));
  if (result->function == PLAN_COUNT && aggregate->distinct)
    result->function = PLAN_COUNT_DISTINCT;
  if (result->function == PLAN_COUNT_DISTINCT && kernel_is_row(argument)) {
    take_rows(taking, argument, result);
    ast_expr_free(argument);
    return result;
  }
  if (result->function == PLAN_COUNT && is_value(argument)) {
    result->function = PLAN_COUNT_ROWS;
    ast_expr_free(argument);
    return result;
  }
  result->argument = (gint)take(taking, adapt(taking, result->function, argument));
  take_order(taking, result, aggregate, function->order);
  return result;
}

static struct plan_kernel_rollup *
take_rollup(struct scan *scan, const struct plan_rollup *rollup)
{
  struct plan_kernel_rollup *result = g_new0(struct plan_kernel_rollup, 1);
  AUTO(ast_expr_free) struct expr *condition = conjuncts_without(rollup->scan->where, scan->common);
  struct taking taking = {.scan = scan, .rollup = rollup, .condition = condition};
  result->where = -1;
  result->keys = g_array_new(FALSE, FALSE, sizeof(guint));
  result->aggregates = g_ptr_array_new_with_free_func(aggregate_free);
  for (guint i = 0; i < rollup->group_inputs->len; i++) {
    guint column =
        take(&taking, input_copy(&taking, g_array_index(rollup->group_inputs, guint, i)));
    g_array_append_val(result->keys, column);
  }
  if (taking.condition != NULL)
    result->where =
        (gint)need(scan, kernel_flag(guard_flag(taking.condition), scan->query, scan->types));
  for (guint i = 0; i < rollup->aggregates->len; i++)
    g_ptr_array_add(result->aggregates, take_aggregate(&taking, rollup->aggregates->pdata[i]));
  return result;
}

typedef void (*rollup_visit)(const struct plan_output *output, guint output_index, guint index,
                             gpointer user);

static void
each_rollup(const struct plan *plan, const GArray *outputs, rollup_visit visit, gpointer user)
{
  for (guint i = 0; i < outputs->len; i++) {
    guint index = g_array_index(outputs, guint, i);
    const struct plan_output *output = plan->outputs->pdata[index];
    for (guint k = 0; k < output->rollups->len; k++)
      visit(output, index, k, user);
  }
}

static void
add_rollup(const struct plan_output *output, guint output_index, guint index, gpointer user)
{
  struct scan *scan = user;
  struct plan_kernel_rollup *rollup = take_rollup(scan, output->rollups->pdata[index]);
  rollup->output = output_index;
  rollup->rollup = index;
  g_ptr_array_add(scan->pass->kernel_rollups, rollup);
}

/* What the rollups of a pass have in common. */
struct survey {
  const struct plan *plan;
  const struct plan_rollup *first;
  GPtrArray *common; /* char *: canonical texts of conjuncts that all their WHEREs have */
  guint most;        /* conjuncts of one */
  bool streams; /* an output could be written as it comes if the rows of each partition are known */
};

/* The partition columns are keys, and there are more keys. */
static bool
groups_within_partitions(const struct plan_rollup *rollup, const struct inventory *inventory)
{
  guint found = 0;
  for (guint i = 0; i < inventory->partition_columns->len; i++) {
    const struct inventory_column *column = inventory->partition_columns->pdata[i];
    for (guint k = 0; k < rollup->groups->len; k++) {
      const struct expr *group = rollup->groups->pdata[k];
      if (tree_is_name(group) && tree_same_name(group->names[0], column->name)) {
        found++;
        break;
      }
    }
  }
  return found == inventory->partition_columns->len && rollup->groups->len > found;
}

static void
survey_rollup(const struct plan_output *output, guint output_index, guint index, gpointer user)
{
  (void)output_index;
  struct survey *survey = user;
  const struct plan_rollup *rollup = output->rollups->pdata[index];
  g_autoptr(GPtrArray) conjuncts = conjuncts_texts(rollup->scan->where);
  survey->most = MAX(survey->most, conjuncts->len);
  if (survey->first == NULL) {
    survey->first = rollup;
    survey->common = conjuncts_texts(rollup->scan->where);
  }
  conjuncts_keep(survey->common, conjuncts);
  const struct inventory *inventory = kernel_source(survey->plan, rollup);
  survey->streams |=
      output->direct != NULL && inventory != NULL && groups_within_partitions(rollup, inventory);
}

static void
add_run_columns(struct scan *scan, const struct inventory *inventory)
{
  for (guint i = 0; i < inventory->partition_columns->len; i++) {
    const struct inventory_column *column = inventory->partition_columns->pdata[i];
    if (!kernel_has_layout(column->type))
      return;
  }
  for (guint i = 0; i < inventory->partition_columns->len; i++) {
    const struct inventory_column *column = inventory->partition_columns->pdata[i];
    guint index = need(scan, ast_column_named(column->name, ""));
    g_array_append_val(scan->pass->run_columns, index);
  }
}

static bool
describe(struct duck_connection *connection, struct plan_pass *pass, const struct query *query,
         GError **error)
{
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  g_autofree char *sql = ast_to_sql(connection, query, error);
  if (sql == NULL)
    return false;
  g_autoptr(GPtrArray) columns = duck_describe(connection, sql, &fault, error);
  if (columns == NULL) {
    if (fault != NULL)
      (void)duck_fault_raise(fault, error);
    return false;
  }
  pass->scan_sql = g_steal_pointer(&sql);
  pass->scan_columns = g_ptr_array_new_with_free_func(plan_column_free);
  for (guint i = 0; i < columns->len; i++) {
    const struct duck_column *found = columns->pdata[i];
    struct plan_column *column = g_new0(struct plan_column, 1);
    column->name = g_strdup(found->name);
    column->type = g_strdup(found->type);
    column->stored_type = g_strdup(found->type);
    g_ptr_array_add(pass->scan_columns, column);
  }
  return true;
}

/* Fills the pass's rollups and run columns anew. */
static struct query *
build(const struct plan *plan, struct plan_pass *pass, const GArray *outputs, GHashTable *types)
{
  g_ptr_array_set_size(pass->kernel_rollups, 0);
  g_array_set_size(pass->run_columns, 0);
  struct survey survey = {.plan = plan};
  each_rollup(plan, outputs, survey_rollup, &survey);
  g_autoptr(GPtrArray) common = survey.common;
  if (survey.streams)
    g_ptr_array_set_size(common, 0);
  else if (survey.most > common->len)
    conjuncts_drop_failing(survey.first->scan->where, common);
  g_autoptr(GHashTable) known = tree_set_new();
  struct query *query = sources_select(survey.first->scan->from, survey.first->scan->ctes);
  struct scan scan = {
      .pass = pass, .types = types, .query = query, .known = known, .common = common};
  query->where = conjuncts_among(survey.first->scan->where, common);
  each_rollup(plan, outputs, add_rollup, &scan);
  const struct inventory *inventory = kernel_source(plan, survey.first);
  if (inventory != NULL && query->where == NULL)
    add_run_columns(&scan, inventory);
  if (query->select->len == 0)
    (void)need(&scan, ast_integer(1));
  return query;
}

guint
kernel_scan_columns(const struct plan *plan, struct plan_pass *pass, const GArray *outputs,
                    GHashTable *types)
{
  AUTO(ast_query_free) struct query *query = build(plan, pass, outputs, types);
  return query->select->len;
}

bool
kernel_scan(struct duck_connection *connection, const struct plan *plan, struct plan_pass *pass,
            const GArray *outputs, GHashTable *types, GError **error)
{
  AUTO(ast_query_free) struct query *query = build(plan, pass, outputs, types);
  return describe(connection, pass, query, error);
}
