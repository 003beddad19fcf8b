/* SPDX-License-Identifier: Apache-2.0 */
#include "job/ast_json.h"
#include "job/check.h"
#include "job/functions.h"
#include "util/error.h"
#include <string.h>

char *
check_order_sql(const struct checker *checker, const struct order *order)
{
  g_autofree char *sql = check_sql(checker, order->expr);
  const char *nulls = order->nulls == NULLS_FIRST ? " NULLS FIRST" : " NULLS LAST";
  return g_strconcat(sql, order->descending ? " DESC" : "", nulls, NULL);
}

/* Behind the arguments of a window call its frame's bounds stand among the children. */
static guint
argument_count(const struct expr *call)
{
  return call->class == EXPR_WINDOW ? (guint)ast_length(json_get(call->raw, "children"))
                                    : call->children->len;
}

/* "x, ','": the arguments of a call as SQL, first ones only. */
static char *
arguments_sql(const struct checker *checker, const struct expr *call, guint count)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < argument_count(call) && i < count; i++) {
    g_autofree char *sql = check_sql(checker, g_ptr_array_index(call->children, i));
    g_string_append_printf(text, "%s%s", i == 0 ? "" : ", ", sql);
  }
  return g_strdup(text->str);
}

static GPtrArray *
own_order(const struct expr *call)
{
  return call->class == EXPR_WINDOW ? call->argument_order : call->order;
}

static char *
written_order(const struct checker *checker, const struct expr *call)
{
  g_autoptr(GString) text = g_string_new(NULL);
  GPtrArray *order = own_order(call);
  for (guint i = 0; i < order->len; i++) {
    g_autofree char *sql = check_order_sql(checker, g_ptr_array_index(order, i));
    g_string_append_printf(text, "%s, ", sql);
  }
  return g_strdup(text->str);
}

static bool
refuse_pick(const struct checker *checker, const struct expr *call)
{
  g_autofree char *value = arguments_sql(checker, call, 1);
  g_autofree char *order = written_order(checker, call);
  bool ordered = *order != '\0';
  (void)job_refuse(checker->job, check_place(checker, call), checker->error,
                   ordered ? "%s(%s) depends on row order where its sort keys are equal"
                           : "%s(%s) depends on row order",
                   call->function, value);
  return error_hint(checker->error,
                    "Write %s(%s ORDER BY %s%s NULLS LAST): %sthe value itself "
                    "decides ties.",
                    call->function, value, ordered ? order : "key NULLS LAST, ", value,
                    ordered ? "" : "the key says which row comes first, ");
}

static bool
refuse_by(const struct checker *checker, const struct expr *call)
{
  g_autofree char *value = arguments_sql(checker, call, 1);
  g_autofree char *key = call->children->len > 1
                             ? check_sql(checker, g_ptr_array_index(call->children, 1))
                             : g_strdup("key");
  bool most = strstr(call->function, "max") != NULL;
  (void)job_refuse(checker->job, check_place(checker, call), checker->error,
                   "%s(%s, %s) depends on row order where %s is equal", call->function, value, key,
                   key);
  return error_hint(checker->error,
                    "Write first(%s ORDER BY %s%s NULLS LAST, %s NULLS LAST): the value itself "
                    "decides ties.",
                    value, key, most ? " DESC" : "", value);
}

static bool
refuse_list(const struct checker *checker, const struct expr *call)
{
  g_autofree char *value = arguments_sql(checker, call, 1);
  g_autofree char *arguments = arguments_sql(checker, call, 2);
  g_autofree char *order = written_order(checker, call);
  (void)job_refuse(checker->job, check_place(checker, call), checker->error,
                   *order != '\0' ? "%s(%s) depends on row order where its sort keys are equal"
                                  : "%s(%s) depends on row order",
                   call->function, value);
  return error_hint(checker->error, "Write %s(%s%s ORDER BY %s%s NULLS LAST).", call->function,
                    call->distinct ? "DISTINCT " : "", arguments, order, value);
}

static void
add_orders(GPtrArray *keys, GPtrArray *orders)
{
  for (guint i = 0; i < orders->len; i++)
    g_ptr_array_add(keys, ((struct order *)g_ptr_array_index(orders, i))->expr);
}

static void
add_all(GPtrArray *keys, GPtrArray *exprs)
{
  for (guint i = 0; i < exprs->len; i++)
    g_ptr_array_add(keys, g_ptr_array_index(exprs, i));
}

/* What decides among the rows of one group (or frame): the call's own order, else that of OVER, within rows that agree
 * on the group's (or partition's) keys. */
static GPtrArray *
deciding_keys(const struct selection *selection, const struct expr *call)
{
  GPtrArray *keys = g_ptr_array_new();
  add_orders(keys, own_order(call));
  if (call->class != EXPR_WINDOW) {
    add_all(keys, selection->group_keys);
    return keys;
  }
  add_all(keys, call->partitions);
  add_orders(keys, call->order);
  return keys;
}

/* min_by(x, row(k1, k2)) compares k1, then k2. */
static void
add_by_keys(GPtrArray *keys, const struct expr *call)
{
  struct expr *key = argument_count(call) > 1 ? g_ptr_array_index(call->children, 1) : NULL;
  if (key == NULL)
    return;
  g_ptr_array_add(keys, key);
  bool row = key->class == EXPR_FUNCTION &&
             (g_str_equal(key->function, "row") || g_str_equal(key->function, "struct_pack"));
  if (row)
    add_all(keys, key->children);
}

static bool
decided(const struct selection *selection, const struct expr *call, GPtrArray *keys)
{
  if (argument_count(call) == 0)
    return true;
  return total_determines(selection, keys, g_ptr_array_index(call->children, 0)) ||
         total_rows(selection, keys);
}

static bool
refuse_never(const struct checker *checker, const struct expr *call)
{
  return job_refuse_hint(checker->job, check_place(checker, call), functions_hint(call->function),
                         checker->error, "%s() depends on row order", call->function);
}

/* max(x, n) and max_by(x, k, n) take n from whichever row comes first. */
static bool
check_count(const struct checker *checker, const struct selection *selection,
            const struct expr *call)
{
  bool extreme = g_str_equal(call->function, "min") || g_str_equal(call->function, "max");
  guint index = functions_rule(call->function) == AGGREGATE_BY ? 2 : 1;
  if ((!extreme && index == 1) || argument_count(call) <= index)
    return true;
  const struct expr *count = g_ptr_array_index(call->children, index);
  GPtrArray *keys = call->class == EXPR_WINDOW ? call->partitions : selection->group_keys;
  if (total_determines(selection, keys, count))
    return true;
  g_autofree char *sql = check_sql(checker, count);
  return job_refuse_hint(
      checker->job, check_place(checker, count), "Write a number, or a group key.", checker->error,
      "%s() of %s values depends on row order: %s differs between rows", call->function, sql, sql);
}

static bool
find_star(struct expr *expr, gpointer user)
{
  bool *found = user;
  *found |= expr->class == EXPR_STAR;
  return !*found;
}

static bool
stay_out(struct query *query, gpointer user)
{
  (void)query, (void)user;
  return false;
}

/* sum(COLUMNS(...)) is many calls of as many types: the plan, which makes sums of doubles exact, cannot tell which. */
static bool
check_exact(const struct checker *checker, const struct expr *call)
{
  static const char *const sums[] = {"sum", "avg", "mean", NULL};
  bool found = false;
  const struct ast_visitor visitor = {.expr = find_star, .query = stay_out, .user = &found};
  if (!g_strv_contains(sums, call->function))
    return true;
  for (guint i = 0; i < argument_count(call); i++)
    ast_walk_expr(g_ptr_array_index(call->children, i), &visitor);
  if (!found)
    return true;
  return job_refuse_hint(
      checker->job, check_place(checker, call), "Write one call for each column.", checker->error,
      "%s(COLUMNS(...)) depends on row order where a column is DOUBLE", call->function);
}

bool
check_aggregate(struct checker *checker, const struct selection *selection, const struct expr *call)
{
  g_autoptr(GPtrArray) keys = deciding_keys(selection, call);
  if (!check_count(checker, selection, call))
    return false;
  switch (functions_rule(call->function)) {
  case AGGREGATE_ANY_ORDER:
    return check_exact(checker, call);
  case AGGREGATE_PICKS:
    return decided(selection, call, keys) || refuse_pick(checker, call);
  case AGGREGATE_BY:
    add_by_keys(keys, call);
    return decided(selection, call, keys) || refuse_by(checker, call);
  case AGGREGATE_LISTS:
    return decided(selection, call, keys) || refuse_list(checker, call);
  case AGGREGATE_NEVER:
    break;
  }
  return refuse_never(checker, call);
}
