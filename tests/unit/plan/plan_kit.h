/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of this room share: an open database with stand-ins for the engine's exact sums, and queries that are
 * planned without a job.
 */
#pragma once

#include "duck/aggregate.h"
#include "duck/duck.h"
#include "plan/compose.h"
#include "plan/exact_sums.h"
#include "plan/names.h"
#include "plan/plan.h"
#include "plan/separate.h"
#include "plan/tree.h"
#include "util/error.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct kit {
  struct duck *duck;
  struct duck_connection *connection;
  GHashTable *aggregates, *volatiles;
};

/* A compensated sum. DuckDB aligns states to 8 bytes: no long double in here. */
struct kit_sum {
  double sum, rest;
  guint64 count;
};

static inline void
kit_sum_add(struct kit_sum *state, double value)
{
  double sum = state->sum + value;
  double part = sum - state->sum;
  state->rest += (state->sum - (sum - part)) + (value - part);
  state->sum = sum;
}

static inline bool
kit_sum_update(void *user, void *const *states, const void *values, gsize count)
{
  (void)user;
  const double *numbers = values;
  for (gsize i = 0; i < count; i++) {
    kit_sum_add(states[i], numbers[i]);
    ((struct kit_sum *)states[i])->count++;
  }
  return true;
}

static inline bool
kit_sum_combine(void *user, void *const *source, void *const *target, gsize count)
{
  (void)user;
  for (gsize i = 0; i < count; i++) {
    const struct kit_sum *from = source[i];
    struct kit_sum *to = target[i];
    kit_sum_add(to, from->sum);
    to->rest += from->rest;
    to->count += from->count;
  }
  return true;
}

static inline enum duck_aggregate_result
kit_sum_finalize(void *user, const void *state, void *ret_value)
{
  (void)user;
  const struct kit_sum *sum = state;
  *(double *)ret_value = sum->sum + sum->rest;
  return sum->count > 0 ? DUCK_AGGREGATE_VALUE : DUCK_AGGREGATE_NULL;
}

static inline enum duck_aggregate_result
kit_avg_finalize(void *user, const void *state, void *ret_value)
{
  (void)user;
  const struct kit_sum *sum = state;
  *(double *)ret_value = sum->count == 0 ? 0 : (sum->sum + sum->rest) / (double)sum->count;
  return sum->count > 0 ? DUCK_AGGREGATE_VALUE : DUCK_AGGREGATE_NULL;
}

/* Of 128-bit numbers, which stay small here: the low half is the number. */
static inline bool
kit_wide_update(void *user, void *const *states, const void *values, gsize count)
{
  (void)user;
  const gint64 *halves = values;
  for (gsize i = 0; i < count; i++) {
    ((gint64 *)states[i])[0] += halves[2 * i];
    ((gint64 *)states[i])[1]++;
  }
  return true;
}

static inline bool
kit_wide_combine(void *user, void *const *source, void *const *target, gsize count)
{
  (void)user;
  for (gsize i = 0; i < count; i++)
    for (guint half = 0; half < 2; half++)
      ((gint64 *)target[i])[half] += ((const gint64 *)source[i])[half];
  return true;
}

static inline enum duck_aggregate_result
kit_wide_finalize(void *user, const void *state, void *ret_value)
{
  (void)user;
  const gint64 *sum = state;
  const gint64 value[2] = {sum[0], sum[0] < 0 ? -1 : 0};
  memcpy(ret_value, value, sizeof value);
  return sum[1] > 0 ? DUCK_AGGREGATE_VALUE : DUCK_AGGREGATE_NULL;
}

static inline enum duck_aggregate_result
kit_wide_average(void *user, const void *state, void *ret_value)
{
  (void)user;
  const gint64 *sum = state;
  *(double *)ret_value = sum[1] == 0 ? 0 : (double)sum[0] / (double)sum[1];
  return sum[1] > 0 ? DUCK_AGGREGATE_VALUE : DUCK_AGGREGATE_NULL;
}

#define KIT_DOUBLES(name, finalize)                                                                \
  {                                                                                                \
    name, sizeof(struct kit_sum), kit_sum_update, kit_sum_combine, finalize, NULL, NULL,           \
        DUCK_AGGREGATE_DOUBLE, DUCK_AGGREGATE_DOUBLE, 0                                            \
  }
#define KIT_WIDE(name, finalize, type, result, scale)                                              \
  {                                                                                                \
    name, 16, kit_wide_update, kit_wide_combine, finalize, NULL, NULL, type, result, scale         \
  }

static const struct duck_aggregate kit_aggregates[] = {
    KIT_DOUBLES(EXACT_SUM, kit_sum_finalize),
    KIT_DOUBLES(EXACT_AVG, kit_avg_finalize),
    KIT_WIDE(EXACT_SUM "_hugeint", kit_wide_finalize, DUCK_AGGREGATE_HUGEINT,
             DUCK_AGGREGATE_HUGEINT, 0),
    KIT_WIDE(EXACT_AVG "_hugeint", kit_wide_average, DUCK_AGGREGATE_HUGEINT, DUCK_AGGREGATE_DOUBLE,
             0),
    KIT_WIDE(EXACT_SUM "_decimal_2", kit_wide_finalize, DUCK_AGGREGATE_DECIMAL,
             DUCK_AGGREGATE_DECIMAL, 2),
    KIT_WIDE(EXACT_SUM "_decimal_4", kit_wide_finalize, DUCK_AGGREGATE_DECIMAL,
             DUCK_AGGREGATE_DECIMAL, 4),
    KIT_WIDE(EXACT_AVG "_decimal_4", kit_wide_average, DUCK_AGGREGATE_DECIMAL,
             DUCK_AGGREGATE_DOUBLE, 4),
};

static inline int
kit_open(void **state)
{
  GError *error = NULL;
  struct kit *kit = g_new0(struct kit, 1);
  struct duck_options options = {
      .threads = 2, .memory_limit_bytes = 1000 * 1000 * 1000, .keep_insertion_order = true};
  *state = kit;
  kit->duck = duck_open(&options, &error);
  if (kit->duck != NULL)
    kit->connection = duck_connect(kit->duck, &error);
  bool known = error == NULL;
  for (gsize i = 0; known && i < G_N_ELEMENTS(kit_aggregates); i++)
    known = duck_register_aggregate(kit->connection, &kit_aggregates[i], &error);
  if (error == NULL)
    kit->aggregates = duck_aggregate_names(kit->connection, &error);
  if (error == NULL)
    kit->volatiles = duck_volatile_names(kit->connection, &error);
  if (error != NULL)
    print_error("%s\n", error->message);
  return error == NULL ? 0 : -1;
}

static inline int
kit_close(void **state)
{
  struct kit *kit = *state;
  g_hash_table_unref(kit->aggregates);
  g_hash_table_unref(kit->volatiles);
  duck_disconnect(kit->connection);
  duck_close(kit->duck);
  g_free(kit);
  return 0;
}

static inline void
kit_exec(struct kit *kit, const char *sql)
{
  GError *error = NULL;
  if (!duck_exec(kit->connection, sql, &error))
    fail_msg("%s: %s", sql, error->message);
}

static inline struct duck_result *
kit_query(struct kit *kit, const char *sql)
{
  GError *error = NULL;
  struct duck_result *result = duck_query(kit->connection, sql, NULL, NULL, &error);
  if (result == NULL)
    fail_msg("%s: %s", sql, error->message);
  return result;
}

static inline struct query *
kit_parse(struct kit *kit, const char *sql)
{
  GError *error = NULL;
  struct duck_fault *fault = NULL;
  struct query *query = ast_parse(kit->connection, sql, &fault, &error);
  if (query == NULL)
    fail_msg("%s: %s", sql, fault != NULL ? fault->message : error->message);
  return query;
}

/* A query planned as plan_build does it, without files. */
struct kit_plan {
  struct query *plain, *post;
  GPtrArray *rollups, *refusals, *columns;
  GHashTable *names; /* of our own aggregates, as exact_sums_rewrite gives them */
  char *plain_sql, *sql;
};

static inline void
kit_column_free(gpointer pointer)
{
  struct plan_column *column = pointer;
  g_free(column->name);
  g_free(column->type);
  g_free(column->stored_type);
  g_free(column);
}

static inline GPtrArray *
kit_columns(struct kit *kit, const char *sql)
{
  GPtrArray *columns = g_ptr_array_new_with_free_func(kit_column_free);
  GError *error = NULL;
  struct duck_fault *fault = NULL;
  g_autoptr(GPtrArray) found = duck_describe(kit->connection, sql, &fault, &error);
  if (found == NULL)
    fail_msg("%s: %s", sql, fault != NULL ? fault->message : error->message);
  for (guint i = 0; i < found->len; i++) {
    const struct duck_column *column = found->pdata[i];
    struct plan_column *copy = g_new0(struct plan_column, 1);
    copy->name = g_strdup(column->name);
    copy->type = g_strdup(column->type);
    copy->stored_type = g_strdup(g_str_equal(column->type, "HUGEINT") ? "BIGINT" : column->type);
    g_ptr_array_add(columns, copy);
  }
  return columns;
}

static inline struct kit_plan
kit_plan(struct kit *kit, const char *sql, const struct names_view *views, gsize view_count)
{
  GError *error = NULL;
  struct kit_plan plan = {0};
  AUTO(ast_query_free) struct query *query = kit_parse(kit, sql);
  plan.columns = kit_columns(kit, sql);
  plan.rollups = g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)plan_rollup_free);
  plan.refusals = g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)plan_refusal_free);
  plan.post = names_resolve(query, views, view_count, NULL);
  g_autofree char *doubt = NULL;
  plan.names = tree_set_new();
  bool done = exact_sums_rewrite(kit->connection, plan.post, plan.names, &doubt, &error);
  if (doubt != NULL)
    fail_msg("%s: %s", sql, doubt);
  plan.plain = ast_query_copy(plan.post);
  struct separator separator = {.connection = kit->connection,
                                .aggregates = kit->aggregates,
                                .volatiles = kit->volatiles,
                                .rollups = plan.rollups,
                                .refusals = plan.refusals};
  g_autoptr(GPtrArray) names = g_ptr_array_new();
  for (guint i = 0; i < plan.columns->len; i++)
    g_ptr_array_add(names, ((struct plan_column *)plan.columns->pdata[i])->name);
  g_ptr_array_add(names, NULL);
  g_autofree const char **view_names = g_new0(const char *, view_count + 1);
  for (gsize i = 0; i < view_count; i++)
    view_names[i] = views[i].name;
  done = done && names_inline_views(kit->connection, plan.plain, view_names, &error);
  if (done && separate_query(&separator, plan.post, (const char *const *)names->pdata, &error)) {
    names_drop_unused(plan.post);
    plan.plain_sql =
        compose_sql(kit->connection, plan.plain, plan.rollups, plan.columns, false, &error);
    plan.sql = compose_sql(kit->connection, plan.post, plan.rollups, plan.columns, false, &error);
  }
  if (plan.sql == NULL)
    fail_msg("%s: %s", sql, error->message);
  return plan;
}

static inline void
kit_plan_clear(struct kit_plan *plan)
{
  ast_query_free(plan->plain);
  ast_query_free(plan->post);
  g_ptr_array_unref(plan->rollups);
  g_ptr_array_unref(plan->refusals);
  g_ptr_array_unref(plan->columns);
  g_hash_table_unref(plan->names);
  g_free(plan->plain_sql);
  g_free(plan->sql);
}
