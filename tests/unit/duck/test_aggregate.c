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

static void
update(void *const *states, const double *values, gsize count)
{
  for (gsize i = 0; i < count; i++) {
    struct state *state = states[i];
    block_of(state)->sum += values[i];
    state->count++;
  }
}

static void
combine(void *const *source, void *const *target, gsize count)
{
  for (gsize i = 0; i < count; i++) {
    const struct state *from = source[i];
    struct state *to = target[i];
    if (from->block == NULL)
      continue;
    block_of(to)->sum += from->block->sum;
    to->count += from->count;
  }
}

static bool
finalize(const void *state, double *ret_value)
{
  const struct state *from = state;
  if (from->count == 0)
    return false;
  *ret_value = from->block->sum;
  return true;
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

static void
flat_update(void *const *states, const double *values, gsize count)
{
  for (gsize i = 0; i < count; i++) {
    struct flat *state = states[i];
    state->sum += values[i];
    state->count++;
  }
}

static void
flat_combine(void *const *source, void *const *target, gsize count)
{
  for (gsize i = 0; i < count; i++) {
    const struct flat *from = source[i];
    struct flat *to = target[i];
    to->sum += from->sum;
    to->count += from->count;
  }
}

static bool
flat_finalize(const void *state, double *ret_value)
{
  const struct flat *from = state;
  *ret_value = from->sum;
  return from->count > 0;
}

static const struct duck_aggregate aggregates[] = {
    {"block_sum", sizeof(struct state), update, combine, finalize, destroy},
    {"flat_sum", sizeof(struct flat), flat_update, flat_combine, flat_finalize, NULL},
};

static int
open_registered(void **state)
{
  int opened = kit_open(state);
  struct kit *kit = *state;
  for (gsize i = 0; opened == 0 && i < G_N_ELEMENTS(aggregates); i++)
    opened = duck_register_aggregate(kit->connection, &aggregates[i], NULL) ? 0 : -1;
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
      cmocka_unit_test(test_type_refused),
      cmocka_unit_test(test_twice),
  };
  return cmocka_run_group_tests(tests, open_registered, kit_close);
}
