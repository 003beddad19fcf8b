/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/scan.h"
#include "plan/kernel.h"
#include "plan/tree.h"
#include <string.h>

enum { MOST_KEYS = 64 /* those of counted rows too */ };

static const struct kernel_function functions[] = {
    {"count_star", PLAN_COUNT_ROWS, KERNEL_NO_ORDER, false, false},
    {"count", PLAN_COUNT, KERNEL_NO_ORDER, false, false},
    {"sum", PLAN_SUM, KERNEL_NO_ORDER, false, false},
    {"avg", PLAN_AVERAGE, KERNEL_NO_ORDER, false, false},
    {"mean", PLAN_AVERAGE, KERNEL_NO_ORDER, false, false},
    {"min", PLAN_MIN, KERNEL_NO_ORDER, false, false},
    {"max", PLAN_MAX, KERNEL_NO_ORDER, false, false},
    {"bool_and", PLAN_MIN, KERNEL_NO_ORDER, false, false},
    {"bool_or", PLAN_MAX, KERNEL_NO_ORDER, false, false},
    {"first", PLAN_FIRST, KERNEL_OWN, false, false},
    {"arbitrary", PLAN_FIRST, KERNEL_OWN, false, false},
    {"any_value", PLAN_FIRST, KERNEL_OWN, true, false},
    {"last", PLAN_FIRST, KERNEL_OWN_REVERSED, false, false},
    {"arg_min", PLAN_FIRST, KERNEL_BY, true, true},
    {"argmin", PLAN_FIRST, KERNEL_BY, true, true},
    {"min_by", PLAN_FIRST, KERNEL_BY, true, true},
    {"arg_min_null", PLAN_FIRST, KERNEL_BY, false, true},
    {"arg_max", PLAN_FIRST, KERNEL_BY_DESCENDING, true, true},
    {"argmax", PLAN_FIRST, KERNEL_BY_DESCENDING, true, true},
    {"max_by", PLAN_FIRST, KERNEL_BY_DESCENDING, true, true},
    {"arg_max_null", PLAN_FIRST, KERNEL_BY_DESCENDING, false, true},
};

const struct kernel_function *
kernel_function_of(const struct plan_aggregate *aggregate)
{
  for (gsize i = 0; i < G_N_ELEMENTS(functions); i++)
    if (g_str_equal(functions[i].name, aggregate->function))
      return &functions[i];
  return NULL;
}

bool
kernel_is_float(const char *type)
{
  return g_str_equal(type, "DOUBLE") || g_str_equal(type, "FLOAT");
}

bool
kernel_has_layout(const char *type)
{
  return duck_value_of(type) != DUCK_VALUE_NONE;
}

const char *
kernel_type_of(GHashTable *types, const struct expr *expr)
{
  g_autofree char *text = ast_canonical_expr(expr, NULL);
  return g_hash_table_lookup(types, text);
}

static const char *
input_type(const struct plan_rollup *rollup, GHashTable *types, guint input)
{
  const char *type = kernel_type_of(types, rollup->scan->select->pdata[input]);
  return type == NULL ? "UNKNOWN" : type;
}

/* "ENUM" of an ENUM with all its texts; "STRUCT" of one with all its fields. */
static char *
short_type(const char *type)
{
  bool is_long = g_str_has_prefix(type, "ENUM(") || g_str_has_prefix(type, "STRUCT(") ||
                 g_str_has_prefix(type, "UNION(") || g_str_has_prefix(type, "MAP(");
  if (!is_long)
    return g_strdup(type);
  return g_strndup(type, (gsize)(strchr(type, '(') - type));
}

static bool
is_wide(const char *type)
{
  return duck_value_of(type) == DUCK_VALUE_INT128;
}

static char *
refuse_type(const char *what, const char *text, const char *type)
{
  g_autofree char *name = short_type(type);
  return g_strdup_printf("%s %s is of type %s, which the kernel does not hold", what, text, name);
}

static char *
refuse_argument(const struct plan_aggregate *aggregate, const char *type)
{
  g_autofree char *name = short_type(type);
  return g_strdup_printf("%s: %s() of type %s is not one of the kernel's aggregates",
                         aggregate->text, aggregate->function, name);
}

static bool
is_number(const char *type)
{
  static const char *const others[] = {"BOOLEAN", "VARCHAR", "DATE"};
  for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
    if (g_str_equal(others[i], type))
      return false;
  return kernel_has_layout(type) && !g_str_has_prefix(type, "TIMESTAMP");
}

bool
kernel_is_row(const struct expr *expr)
{
  return expr->class == EXPR_FUNCTION && g_str_equal(expr->function, "row") &&
         expr->children->len > 0;
}

/* "STRUCT(INTEGER, DECIMAL(9,2))", as DuckDB writes a row's type. */
static bool
has_row_layout(const char *type)
{
  const char *begin = strchr(type, '('), *end = strrchr(type, ')');
  if (begin == NULL || end == NULL)
    return false;
  unsigned depth = 0;
  for (const char *at = ++begin; at <= end; at++) {
    bool is_end = depth == 0 && (*at == ',' || at == end);
    depth += *at == '(' ? 1 : 0;
    depth -= *at == ')' && at < end ? 1 : 0;
    if (!is_end)
      continue;
    g_autofree char *field = g_strstrip(g_strndup(begin, (gsize)(at - begin)));
    if (!kernel_has_layout(field))
      return false;
    begin = at + 1;
  }
  return true;
}

/* What a call asks of its argument's type; the result is of the type that the kernel gives. */
static bool
takes_argument(const struct plan_aggregate *aggregate, enum plan_function function,
               const struct expr *argument, const char *type)
{
  switch (function) {
  case PLAN_COUNT_ROWS:
    return true;
  case PLAN_COUNT:
    return !aggregate->distinct || kernel_has_layout(type) ||
           (kernel_is_row(argument) && has_row_layout(type));
  case PLAN_COUNT_DISTINCT:
    return kernel_has_layout(type);
  case PLAN_SUM:
    return (is_number(type) || g_str_equal(type, "BOOLEAN")) &&
           (g_str_equal(aggregate->type, kernel_is_float(type) ? "DOUBLE" : "HUGEINT") ||
            g_str_has_prefix(aggregate->type, "DECIMAL(38,"));
  case PLAN_AVERAGE:
    return is_number(type) && g_str_equal(aggregate->type, "DOUBLE");
  case PLAN_MIN:
  case PLAN_MAX:
  case PLAN_FIRST:
    break;
  }
  return kernel_has_layout(type) && g_str_equal(aggregate->type, type);
}

static char *
check_order(const struct plan_rollup *rollup, GHashTable *types,
            const struct plan_aggregate *aggregate, enum kernel_order order)
{
  bool by = order == KERNEL_BY || order == KERNEL_BY_DESCENDING;
  if (by && aggregate->order->len > 0)
    return g_strdup_printf("%s: ORDER BY inside %s()", aggregate->text, aggregate->function);
  if (by) {
    const char *type = input_type(rollup, types, g_array_index(aggregate->arguments, guint, 1));
    return kernel_has_layout(type) ? NULL : refuse_type("the order of", aggregate->text, type);
  }
  if (order != KERNEL_NO_ORDER && aggregate->order->len > PLAN_ORDER_MOST)
    return g_strdup_printf("%s() has an ORDER BY of %u keys, more than %d", aggregate->function,
                           aggregate->order->len, PLAN_ORDER_MOST);
  for (guint i = 0; order != KERNEL_NO_ORDER && i < aggregate->order->len; i++) {
    const struct plan_aggregate_order *term = aggregate->order->pdata[i];
    const char *type = input_type(rollup, types, term->input);
    if (!kernel_has_layout(type))
      return refuse_type("the order of", aggregate->text, type);
  }
  return NULL;
}

static char *
check_counted_rows(const struct plan_rollup *rollup, const struct plan_aggregate *aggregate,
                   const struct expr *argument)
{
  if (!aggregate->distinct || !kernel_is_row(argument))
    return NULL;
  guint columns = MAX(argument->children->len, 2), keys = rollup->groups->len;
  if (keys + columns <= MOST_KEYS)
    return NULL;
  return g_strdup_printf("it counts distinct rows of %u columns, with its keys %u, more than %d",
                         argument->children->len, keys + columns, MOST_KEYS);
}

static char *
check_aggregate(const struct plan_rollup *rollup, GHashTable *types,
                const struct plan_aggregate *aggregate)
{
  const struct kernel_function *function = kernel_function_of(aggregate);
  if (function == NULL)
    return g_strdup_printf("%s() is not one of the kernel's aggregates", aggregate->function);
  if (aggregate->arguments->len == 0)
    return NULL;
  guint input = g_array_index(aggregate->arguments, guint, 0);
  const char *type = input_type(rollup, types, input);
  const struct expr *argument = rollup->scan->select->pdata[input];
  if (!takes_argument(aggregate, function->function, argument, type))
    return refuse_argument(aggregate, type);
  char *too_many = check_counted_rows(rollup, aggregate, argument);
  if (too_many != NULL)
    return too_many;
  bool adds = function->function == PLAN_SUM || function->function == PLAN_AVERAGE;
  if (adds && (kernel_is_float(type) || is_wide(type)) && aggregate->exact_function == NULL)
    return g_strdup_printf("%s adds up %s as DuckDB does, not exactly", aggregate->text,
                           is_wide(type) ? "128-bit numbers" : "doubles");
  return check_order(rollup, types, aggregate, function->order);
}

static bool
is_collation(const struct expr *expr, gpointer user)
{
  (void)user;
  return expr->class == EXPR_OTHER && g_str_equal(expr->type, "COLLATE");
}

/* The type of a text does not tell its collation. */
static bool
compares_by_collation(const struct plan_rollup *rollup)
{
  for (guint i = 0; i < rollup->scan->select->len; i++)
    if (tree_find(rollup->scan->select->pdata[i], is_collation, NULL) != NULL)
      return true;
  return false;
}

static char *
find_reason(const struct plan_rollup *rollup, GHashTable *types)
{
  if (rollup->groups->len + rollup->aggregates->len == 0)
    return g_strdup("it has neither keys nor aggregates");
  if (rollup->groups->len > MOST_KEYS)
    return g_strdup_printf("it has %u keys, more than %d", rollup->groups->len, MOST_KEYS);
  if (compares_by_collation(rollup))
    return g_strdup("it compares text by a collation");
  for (guint i = 0; i < rollup->groups->len; i++)
    if (!kernel_has_layout(rollup->group_types[i]))
      return refuse_type("key", rollup->group_texts[i], rollup->group_types[i]);
  char *reason = NULL;
  for (guint i = 0; reason == NULL && i < rollup->aggregates->len; i++)
    reason = check_aggregate(rollup, types, rollup->aggregates->pdata[i]);
  return reason;
}

void
kernel_check(struct plan_rollup *rollup, GHashTable *types)
{
  g_free(rollup->kernel_reason);
  rollup->kernel_reason = find_reason(rollup, types);
}
