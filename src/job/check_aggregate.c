/* SPDX-License-Identifier: Apache-2.0 */
#include "job/check.h"
#include "util/error.h"
#include <string.h>

#define FROM_SUMS                                                                                  \
  "It adds up doubles in the order in which rows come; sums and averages are exact here, so "      \
  "write "                                                                                         \
  "it from sums: var_pop(x) is avg(x * x) - avg(x) * avg(x)."
#define EXACT_SUM "Write sum(x): sums and averages of doubles are exact here."

struct aggregate_row {
  const char *name;
  enum aggregate_rule rule;
  const char *hint; /* AGGREGATE_NEVER */
};

static const struct aggregate_row rows[] = {
    {"count", AGGREGATE_ANY_ORDER, NULL},
    {"count_star", AGGREGATE_ANY_ORDER, NULL},
    {"count_if", AGGREGATE_ANY_ORDER, NULL},
    {"countif", AGGREGATE_ANY_ORDER, NULL},
    {"sum", AGGREGATE_ANY_ORDER, NULL},
    {"avg", AGGREGATE_ANY_ORDER, NULL},
    {"mean", AGGREGATE_ANY_ORDER, NULL},
    {"min", AGGREGATE_ANY_ORDER, NULL},
    {"max", AGGREGATE_ANY_ORDER, NULL},
    {"bool_and", AGGREGATE_ANY_ORDER, NULL},
    {"bool_or", AGGREGATE_ANY_ORDER, NULL},
    {"bit_and", AGGREGATE_ANY_ORDER, NULL},
    {"bit_or", AGGREGATE_ANY_ORDER, NULL},
    {"bit_xor", AGGREGATE_ANY_ORDER, NULL},
    {"bitstring_agg", AGGREGATE_ANY_ORDER, NULL},
    {"median", AGGREGATE_ANY_ORDER, NULL},
    {"quantile", AGGREGATE_ANY_ORDER, NULL},
    {"quantile_cont", AGGREGATE_ANY_ORDER, NULL},
    {"quantile_disc", AGGREGATE_ANY_ORDER, NULL},
    {"mad", AGGREGATE_ANY_ORDER, NULL},
    {"histogram", AGGREGATE_ANY_ORDER, NULL},
    {"histogram_exact", AGGREGATE_ANY_ORDER, NULL},
    {"approx_count_distinct", AGGREGATE_ANY_ORDER, NULL},
    {"regr_count", AGGREGATE_ANY_ORDER, NULL},
    {"first", AGGREGATE_PICKS, NULL},
    {"last", AGGREGATE_PICKS, NULL},
    {"any_value", AGGREGATE_PICKS, NULL},
    {"arbitrary", AGGREGATE_PICKS, NULL},
    {"min_by", AGGREGATE_BY, NULL},
    {"max_by", AGGREGATE_BY, NULL},
    {"argmin", AGGREGATE_BY, NULL},
    {"argmax", AGGREGATE_BY, NULL},
    {"arg_min", AGGREGATE_BY, NULL},
    {"arg_max", AGGREGATE_BY, NULL},
    {"arg_min_null", AGGREGATE_BY, NULL},
    {"arg_max_null", AGGREGATE_BY, NULL},
    {"arg_min_nulls_last", AGGREGATE_BY, NULL},
    {"arg_max_nulls_last", AGGREGATE_BY, NULL},
    {"list", AGGREGATE_LISTS, NULL},
    {"array_agg", AGGREGATE_LISTS, NULL},
    {"string_agg", AGGREGATE_LISTS, NULL},
    {"group_concat", AGGREGATE_LISTS, NULL},
    {"listagg", AGGREGATE_LISTS, NULL},
    {"mode", AGGREGATE_NEVER,
     "Count the values in a sub-query and write first(x ORDER BY n DESC NULLS LAST, x NULLS "
     "LAST)."},
    {"fsum", AGGREGATE_NEVER, EXACT_SUM},
    {"kahan_sum", AGGREGATE_NEVER, EXACT_SUM},
    {"sumkahan", AGGREGATE_NEVER, EXACT_SUM},
    {"sum_no_overflow", AGGREGATE_NEVER, EXACT_SUM},
    {"favg", AGGREGATE_NEVER, "Write avg(x): sums and averages of doubles are exact here."},
    {"regr_avgx", AGGREGATE_NEVER, "Write avg(x) FILTER (WHERE y IS NOT NULL)."},
    {"regr_avgy", AGGREGATE_NEVER, "Write avg(y) FILTER (WHERE x IS NOT NULL)."},
    {"product", AGGREGATE_NEVER, "Write exp(sum(ln(x))) for numbers above zero."},
    {"approx_quantile", AGGREGATE_NEVER, "Write quantile_cont(x, 0.5)."},
    {"reservoir_quantile", AGGREGATE_NEVER, "Write quantile_cont(x, 0.5)."},
    {"approx_top_k", AGGREGATE_NEVER,
     "Count the values with GROUP BY, and ORDER BY count(*) DESC, x NULLS LAST LIMIT k."},
    {"entropy", AGGREGATE_NEVER,
     "Count the values in a sub-query: -sum(p * log2(p)), p being the share of a value."},
    {"stddev", AGGREGATE_NEVER,
     "It adds up doubles in the order in which rows come; sums and averages are exact here, so "
     "write it from sums: stddev_pop(x) is sqrt(avg(x * x) - avg(x) * avg(x))."},
};

static const struct aggregate_row *
find(const char *function)
{
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (g_str_equal(rows[i].name, function))
      return &rows[i];
  return NULL;
}

/* An aggregate that is not in the table is refused: stddev, corr, skewness and what DuckDB will add. */
enum aggregate_rule
aggregate_rule_of(const char *function)
{
  const struct aggregate_row *row = find(function);
  return row == NULL ? AGGREGATE_NEVER : row->rule;
}

char *
check_order_sql(const struct checker *checker, const struct order *order)
{
  g_autofree char *sql = check_sql(checker, order->expr);
  const char *nulls = order->nulls == NULLS_FIRST ? " NULLS FIRST" : " NULLS LAST";
  return g_strconcat(sql, order->descending ? " DESC" : "", nulls, NULL);
}

/* "x, ','": the arguments of a call as SQL, first ones only. */
static char *
arguments_sql(const struct checker *checker, const struct expr *call, guint count)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < call->children->len && i < count; i++) {
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
  struct expr *key = call->children->len > 1 ? g_ptr_array_index(call->children, 1) : NULL;
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
  if (call->children->len == 0)
    return true;
  return total_determines(selection, keys, g_ptr_array_index(call->children, 0)) ||
         total_rows(selection, keys);
}

static bool
refuse_never(const struct checker *checker, const struct expr *call)
{
  const struct aggregate_row *row = find(call->function);
  return job_refuse_hint(checker->job, check_place(checker, call),
                         row == NULL ? FROM_SUMS : row->hint, checker->error,
                         "%s() depends on row order", call->function);
}

bool
check_aggregate(struct checker *checker, const struct selection *selection, const struct expr *call)
{
  g_autoptr(GPtrArray) keys = deciding_keys(selection, call);
  switch (aggregate_rule_of(call->function)) {
  case AGGREGATE_ANY_ORDER:
    return true;
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
