/* SPDX-License-Identifier: Apache-2.0 */
#include "job/functions.h"

#define FROM_SUMS                                                                                  \
  "It adds up doubles in the order in which rows come; sums and averages are exact here, so "      \
  "write "                                                                                         \
  "it from sums: var_pop(x) is avg(x * x) - avg(x) * avg(x)."
#define STDDEV_FROM_SUMS                                                                           \
  "It adds up doubles in the order in which rows come; sums and averages are exact here, so "      \
  "write "                                                                                         \
  "it from sums: stddev_pop(x) is sqrt(avg(x * x) - avg(x) * avg(x))."
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
    {"list", AGGREGATE_LISTS, NULL},
    {"array_agg", AGGREGATE_LISTS, NULL},
    {"string_agg", AGGREGATE_LISTS, NULL},
    {"group_concat", AGGREGATE_LISTS, NULL},
    {"listagg", AGGREGATE_LISTS, NULL},
    {"mode", AGGREGATE_NEVER,
     "Count the values in a sub-query and write first(x ORDER BY n DESC NULLS LAST, x NULLS "
     "LAST)."},
    {"arg_min_nulls_last", AGGREGATE_NEVER,
     "DuckDB 1.5 gives other values of it with several threads. Write first(x ORDER BY k NULLS "
     "LAST, x NULLS LAST)."},
    {"arg_max_nulls_last", AGGREGATE_NEVER,
     "DuckDB 1.5 gives other values of it with several threads. Write first(x ORDER BY k DESC "
     "NULLS LAST, x NULLS LAST)."},
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
    {"stddev", AGGREGATE_NEVER, STDDEV_FROM_SUMS},
    {"stddev_pop", AGGREGATE_NEVER, STDDEV_FROM_SUMS},
    {"stddev_samp", AGGREGATE_NEVER, STDDEV_FROM_SUMS},
    {"corr", AGGREGATE_NEVER, FROM_SUMS},
    {"covar_pop", AGGREGATE_NEVER, FROM_SUMS},
    {"covar_samp", AGGREGATE_NEVER, FROM_SUMS},
    {"kurtosis", AGGREGATE_NEVER, FROM_SUMS},
    {"kurtosis_pop", AGGREGATE_NEVER, FROM_SUMS},
    {"regr_intercept", AGGREGATE_NEVER, FROM_SUMS},
    {"regr_r2", AGGREGATE_NEVER, FROM_SUMS},
    {"regr_slope", AGGREGATE_NEVER, FROM_SUMS},
    {"regr_sxx", AGGREGATE_NEVER, FROM_SUMS},
    {"regr_sxy", AGGREGATE_NEVER, FROM_SUMS},
    {"regr_syy", AGGREGATE_NEVER, FROM_SUMS},
    {"sem", AGGREGATE_NEVER, FROM_SUMS},
    {"skewness", AGGREGATE_NEVER, FROM_SUMS},
    {"var_pop", AGGREGATE_NEVER, FROM_SUMS},
    {"var_samp", AGGREGATE_NEVER, FROM_SUMS},
    {"variance", AGGREGATE_NEVER, FROM_SUMS},
};

static const struct aggregate_row *
find(const char *function)
{
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (g_str_equal(rows[i].name, function))
      return &rows[i];
  return NULL;
}

enum aggregate_rule
functions_rule(const char *aggregate)
{
  const struct aggregate_row *row = find(aggregate);
  return row == NULL ? AGGREGATE_NEVER : row->rule;
}

const char *
functions_hint(const char *aggregate)
{
  const struct aggregate_row *row = find(aggregate);
  return row == NULL || row->hint == NULL ? FROM_SUMS : row->hint;
}

static const char *const windows[] = {
    "cume_dist", "dense_rank", "fill",         "first_value", "lag",        "last_value", "lead",
    "nth_value", "ntile",      "percent_rank", "rank",        "rank_dense", "row_number"};

static const char *const volatiles[] = {"current_connection_id",
                                        "current_database",
                                        "current_date",
                                        "current_query",
                                        "current_query_id",
                                        "current_schema",
                                        "current_schemas",
                                        "current_transaction_id",
                                        "currval",
                                        "error",
                                        "gen_random_uuid",
                                        "get_current_time",
                                        "get_current_timestamp",
                                        "in_search_path",
                                        "nextval",
                                        "now",
                                        "random",
                                        "setseed",
                                        "sleep_ms",
                                        "stats",
                                        "today",
                                        "transaction_timestamp",
                                        "txid_current",
                                        "uuid",
                                        "uuidv4",
                                        "uuidv7",
                                        "write_log"};

static gpointer
make_aggregates(gpointer data)
{
  (void)data;
  GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    g_hash_table_add(names, g_strdup(rows[i].name));
  for (gsize i = 0; i < G_N_ELEMENTS(windows); i++)
    g_hash_table_add(names, g_strdup(windows[i]));
  return names;
}

static gpointer
make_volatiles(gpointer data)
{
  (void)data;
  GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS(volatiles); i++)
    g_hash_table_add(names, g_strdup(volatiles[i]));
  return names;
}

GHashTable *
functions_aggregates(void)
{
  static GOnce once = G_ONCE_INIT;
  return g_once(&once, make_aggregates, NULL);
}

GHashTable *
functions_volatiles(void)
{
  static GOnce once = G_ONCE_INIT;
  return g_once(&once, make_volatiles, NULL);
}
