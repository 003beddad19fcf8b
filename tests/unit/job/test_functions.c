/* SPDX-License-Identifier: Apache-2.0
 * Our sets of functions are those of the DuckDB that is linked: a new version with a new aggregate fails here first. */
#include "duck/describe.h"
#include "job/fixture.h"
#include "job/functions.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void
compare(GHashTable *ours, GHashTable *engine)
{
  GHashTableIter iter;
  gpointer name = NULL;
  g_hash_table_iter_init(&iter, engine);
  while (g_hash_table_iter_next(&iter, &name, NULL))
    if (!g_str_has_prefix(name, "kindling_") && !g_hash_table_contains(ours, name))
      fail_msg("%s is not in our table", (const char *)name);
  g_hash_table_iter_init(&iter, ours);
  while (g_hash_table_iter_next(&iter, &name, NULL))
    if (!g_hash_table_contains(engine, name))
      fail_msg("%s is no function of DuckDB", (const char *)name);
}

static void
aggregates_are_those_of_duckdb(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  g_autoptr(GHashTable) engine = duck_aggregate_names(fixture_connection(), &error);
  assert_non_null(engine);
  compare(functions_aggregates(), engine);
}

static void
volatiles_are_those_of_duckdb(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  g_autoptr(GHashTable) engine = duck_volatile_names(fixture_connection(), &error);
  assert_non_null(engine);
  compare(functions_volatiles(), engine);
}

static void
rules_are_strict(void **state)
{
  (void)state;
  assert_int_equal(functions_rule("sum"), AGGREGATE_ANY_ORDER);
  assert_int_equal(functions_rule("first"), AGGREGATE_PICKS);
  assert_int_equal(functions_rule("min_by"), AGGREGATE_BY);
  assert_int_equal(functions_rule("string_agg"), AGGREGATE_LISTS);
  assert_int_equal(functions_rule("stddev"), AGGREGATE_NEVER);
  assert_int_equal(functions_rule("an_aggregate_of_tomorrow"), AGGREGATE_NEVER);
  assert_non_null(functions_hint("an_aggregate_of_tomorrow"));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(aggregates_are_those_of_duckdb),
      cmocka_unit_test(volatiles_are_those_of_duckdb),
      cmocka_unit_test(rules_are_strict),
  };
  return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
