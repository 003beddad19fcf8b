/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/aggregate.h"
#include "duck/duck_kit.h"

/* The sum, kept in a block of its own, so that a state not destroyed or destroyed twice shows. */
struct block {
  double sum;
};
struct state {
  struct block *block;
  guint64 count;
};

static gint blocks;

static struct block *
block_of(struct state *state)
{
  if (state->block == NULL) {
    state->block = g_new0(struct block, 1);
    g_atomic_int_inc(&blocks);
  }
  return state->block;
}

static bool
update(void *user, void *const *states, const void *values, gsize count)
{
  (void)user;
  for (gsize i = 0; i < count; i++) {
    struct state *state = states[i];
    block_of(state)->sum += ((const double *)values)[i];
    state->count++;
  }
  return true;
}

static bool
combine(void *user, void *const *source, void *const *target, gsize count)
{
  (void)user;
  for (gsize i = 0; i < count; i++) {
    const struct state *from = source[i];
    struct state *to = target[i];
    if (from->block == NULL)
      continue;
    block_of(to)->sum += from->block->sum;
    to->count += from->count;
  }
  return true;
}

static enum duck_aggregate_result
finalize(void *user, const void *state, void *ret_value)
{
  (void)user;
  const struct state *from = state;
  if (from->count == 0)
    return DUCK_AGGREGATE_NULL;
  *(double *)ret_value = from->block->sum;
  return DUCK_AGGREGATE_VALUE;
}

static void
destroy(void *state)
{
  struct state *from = state;
  if (from->block == NULL)
    return;
  g_free(from->block);
  from->block = NULL;
  (void)g_atomic_int_add(&blocks, -1);
}

struct flat {
  double sum;
  guint64 count;
};

static bool
flat_update(void *user, void *const *states, const void *values, gsize count)
{
  (void)user;
  for (gsize i = 0; i < count; i++) {
    struct flat *state = states[i];
    state->sum += ((const double *)values)[i];
    state->count++;
  }
  return true;
}

static bool
flat_combine(void *user, void *const *source, void *const *target, gsize count)
{
  (void)user;
  for (gsize i = 0; i < count; i++) {
    const struct flat *from = source[i];
    struct flat *to = target[i];
    to->sum += from->sum;
    to->count += from->count;
  }
  return true;
}

static enum duck_aggregate_result
flat_finalize(void *user, const void *state, void *ret_value)
{
  (void)user;
  const struct flat *from = state;
  *(double *)ret_value = from->sum;
  return from->count > 0 ? DUCK_AGGREGATE_VALUE : DUCK_AGGREGATE_NULL;
}

static const struct duck_aggregate aggregates[] = {
    {"block_sum", sizeof(struct state), update, combine, finalize, destroy, NULL,
     DUCK_AGGREGATE_DOUBLE, DUCK_AGGREGATE_DOUBLE, 0},
    {"flat_sum", sizeof(struct flat), flat_update, flat_combine, flat_finalize, NULL, NULL,
     DUCK_AGGREGATE_DOUBLE, DUCK_AGGREGATE_DOUBLE, 0},
};

/* Memory ends with more than 1000 values in a state. */
static bool
few_update(void *user, void *const *states, const void *values, gsize count)
{
  const guint64 *most = user;
  bool fits = update(NULL, states, values, count);
  for (gsize i = 0; i < count; i++)
    fits = fits && ((const struct state *)states[i])->count <= *most;
  return fits;
}

/* What DuckDB was at work on when a function fails it does not destroy (duck/aggregate.h): these states hold nothing. */
static bool
full_update(void *user, void *const *states, const void *values, gsize count)
{
  (void)flat_update(user, states, values, count);
  return false;
}

static bool
full_combine(void *user, void *const *source, void *const *target, gsize count)
{
  (void)flat_combine(user, source, target, count);
  return false;
}

static enum duck_aggregate_result
full_finalize(void *user, const void *state, void *ret_value)
{
  return flat_finalize(user, state, ret_value) == DUCK_AGGREGATE_NULL ? DUCK_AGGREGATE_NULL
                                                                      : DUCK_AGGREGATE_NO_MEMORY;
}

static guint64 few_values = 1000;
static const struct duck_aggregate limited[] = {
    {"few_sum", sizeof(struct state), few_update, combine, finalize, destroy, &few_values,
     DUCK_AGGREGATE_DOUBLE, DUCK_AGGREGATE_DOUBLE, 0},
    {"full_sum", sizeof(struct flat), full_update, flat_combine, flat_finalize, NULL, NULL,
     DUCK_AGGREGATE_DOUBLE, DUCK_AGGREGATE_DOUBLE, 0},
    {"apart_sum", sizeof(struct flat), flat_update, full_combine, flat_finalize, NULL, NULL,
     DUCK_AGGREGATE_DOUBLE, DUCK_AGGREGATE_DOUBLE, 0},
    {"unfinished_sum", sizeof(struct flat), flat_update, flat_combine, full_finalize, NULL, NULL,
     DUCK_AGGREGATE_DOUBLE, DUCK_AGGREGATE_DOUBLE, 0},
};

static int
open_registered(void **state)
{
  int opened = kit_open(state);
  struct kit *kit = *state;
  for (gsize i = 0; opened == 0 && i < G_N_ELEMENTS(aggregates); i++)
    opened = duck_register_aggregate(kit->connection, &aggregates[i], NULL) ? 0 : -1;
  for (gsize i = 0; opened == 0 && i < G_N_ELEMENTS(limited); i++)
    opened = duck_register_aggregate(kit->connection, &limited[i], NULL) ? 0 : -1;
  return opened;
}

/* Each %s is the aggregate's name; sums of small whole doubles are exact in any order. */
static const char *const queries[] = {
    "SELECT %s(i) FROM range(300000) t(i)",
    "SELECT %s(i) FROM range(0) t(i)",
    "SELECT %s(NULL::DOUBLE) FROM range(10) t(i)",
    "SELECT %s(CASE WHEN i % 3 = 0 THEN i END) FROM range(100000) t(i)",
    "SELECT %s(CASE WHEN i % 64 < 63 THEN NULL ELSE i END) FROM range(10000) t(i)",
    "SELECT %s(i::DECIMAL(10, 1)) FROM range(10) t(i)",
    "SELECT %s(i::HUGEINT) FROM range(10) t(i)",
    "SELECT %s(i) FILTER (WHERE i > 5) FROM range(10) t(i)",
    "SELECT %s(i) FILTER (WHERE i > 50) FROM range(10) t(i)",
    "SELECT %s(DISTINCT i % 7) FROM range(1000) t(i)",
    "SELECT i % 50000 AS k, %s(i) FROM range(300000) t(i) GROUP BY k",
    "SELECT i % 3 AS k, i % 2 AS j, grouping_id(k, j) AS g, %s(i) FROM range(100) t(i) GROUP BY "
    "CUBE (k, j)",
    "SELECT i % 3 AS k, %s(DISTINCT i % 10), %s(i) FILTER (WHERE i > 90) FROM range(100) t(i) "
    "GROUP BY k",
    "SELECT i, %s(i) OVER (ORDER BY i ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM range(20) "
    "t(i)",
    "SELECT i, %s(i) OVER (ORDER BY i ROWS BETWEEN 3000 PRECEDING AND 5 FOLLOWING) FROM "
    "range(20000) t(i)",
    "SELECT i, %s(CASE WHEN i % 2 = 0 THEN i END) OVER (PARTITION BY i % 5) FROM range(3000) "
    "t(i)",
    "SELECT i, %s(i) OVER (PARTITION BY i % 5 ORDER BY i) FROM range(3000) t(i)",
};

static void
check_query(struct kit *kit, const char *query, const char *name)
{
  g_auto(GStrv) parts = g_strsplit(query, "%s", -1);
  g_autofree char *ours = g_strjoinv(name, parts), *theirs = g_strjoinv("sum", parts);
  g_autofree char *sql =
      g_strdup_printf("SELECT count(*) FROM ((SELECT hash(COLUMNS(*)::VARCHAR::DOUBLE) FROM (%s)) "
                      "EXCEPT ALL (SELECT hash(COLUMNS(*)::VARCHAR::DOUBLE) "
                      "FROM (%s)))",
                      ours, theirs);
  g_autofree char *different = kit_ask(kit, sql);
  if (g_strcmp0(different, "0") != 0)
    fail_msg("%s: %s rows differ", sql, different);
}

static void
test_equal_to_sum(void **state)
{
  for (gsize i = 0; i < G_N_ELEMENTS(queries); i++)
    for (gsize k = 0; k < G_N_ELEMENTS(aggregates); k++)
      check_query(*state, queries[i], aggregates[k].name);
}

/* The comparison above can fail. */
static void
test_not_equal_to_count(void **state)
{
  struct kit *kit = *state;
  g_autofree char *different =
      kit_ask(kit, "SELECT count(*) FROM ((SELECT hash(flat_sum(i)::DOUBLE) FROM range(10) t(i)) "
                   "EXCEPT ALL (SELECT hash(count(i)::DOUBLE) "
                   "FROM range(10) t(i)))");
  assert_string_equal(different, "1");
}

static void
test_states_destroyed(void **state)
{
  test_equal_to_sum(state);
  assert_int_equal(g_atomic_int_get(&blocks), 0);
}

static void
test_states_destroyed_after_failure(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  assert_null(duck_query(kit->connection,
                         "SELECT i % 100, block_sum(CASE WHEN i < 99999 THEN i ELSE "
                         "error('planted') END) FROM range(100000) t(i) GROUP BY 1",
                         NULL, NULL, &error));
  assert_string_equal(error->message, "planted");
  assert_int_equal(g_atomic_int_get(&blocks), 0);
}

static void
check_out_of_memory(struct kit *kit, const char *sql)
{
  g_autoptr(GError) error = NULL;
  assert_null(duck_query(kit->connection, sql, NULL, NULL, &error));
  assert_true(error_is(error, ERROR_LIMIT));
  assert_string_equal(error->message, "sums of doubles that are very far apart in size need more "
                                      "memory than there is for them");
}

static void
test_out_of_memory(void **state)
{
  struct kit *kit = *state;
  g_autofree char *fits = kit_ask(kit, "SELECT few_sum(1) FROM range(1000) t(i)");
  assert_string_equal(fits, "1000.0");
  check_out_of_memory(kit, "SELECT few_sum(1) FROM range(1001) t(i)");
  check_out_of_memory(kit, "SELECT i % 10 AS k, few_sum(i) FROM range(300000) t(i) GROUP BY k");
  assert_int_equal(g_atomic_int_get(&blocks), 0);
  static const char *const names[] = {"full", "apart", "unfinished"};
  for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
    g_autofree char *grouped = g_strdup_printf(
        "SELECT i %% 10 AS k, %s_sum(i) FROM range(300000) t(i) GROUP BY k", names[i]);
    check_out_of_memory(kit, grouped);
    g_autofree char *window = g_strdup_printf(
        "SELECT i, %s_sum(i) OVER (ORDER BY i ROWS BETWEEN 3000 PRECEDING AND 5 FOLLOWING) FROM "
        "range(20000) t(i)",
        names[i]);
    check_out_of_memory(kit, window);
  }
}

static void
test_type_refused(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  assert_null(duck_query(kit->connection, "SELECT flat_sum('x'::VARCHAR)", NULL, NULL, &error));
  assert_non_null(error);
}

static void
test_twice(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  assert_false(duck_register_aggregate(kit->connection, &aggregates[1], &error));
  assert_string_equal(error->message, "cannot register the aggregate 'flat_sum'");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_equal_to_sum),
      cmocka_unit_test(test_not_equal_to_count),
      cmocka_unit_test(test_states_destroyed),
      cmocka_unit_test(test_states_destroyed_after_failure),
      cmocka_unit_test(test_out_of_memory),
      cmocka_unit_test(test_type_refused),
      cmocka_unit_test(test_twice),
  };
  return cmocka_run_group_tests(tests, open_registered, kit_close);
}
