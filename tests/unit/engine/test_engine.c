/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/engine_kit.h"
#include "util/error.h"

static void
an_unknown_engine_is_refused(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  const struct engine_options options = {.temp_dir = "/tmp"};
  assert_null(engine_open("fast", &options, &error));
  assert_true(error_is(error, ERROR_USAGE));
  assert_non_null(strstr(error->message, "there is no engine 'fast'"));
}

static void
the_engine_sums_exactly(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_open(kit, 2);
  g_autoptr(GError) error = NULL;
  AUTO(duck_result_free)
  struct duck_result *result = duck_query(
      engine_connection(kit->engine),
      "SELECT kindling_sum(v), kindling_avg(v), kindling_sum(v) FILTER (WHERE v > 1e300), "
      "kindling_sum(DISTINCT v), kindling_sum(v) FILTER (WHERE NOT isfinite(v)) "
      "FROM (VALUES (1e16::DOUBLE), (1), (-1e16), (NULL), (1)) t(v)",
      NULL, NULL, &error);
  kit_no_error(error);
  assert_string_equal(duck_result_text(result, 0, 0), "2.0");
  assert_string_equal(duck_result_text(result, 1, 0), "0.5");
  assert_null(duck_result_text(result, 2, 0));
  assert_string_equal(duck_result_text(result, 3, 0), "1.0");
  assert_null(duck_result_text(result, 4, 0));
  kit_free(kit);
}

static void
only_the_time_zone_can_be_set(void **state)
{
  (void)state;
  struct kit *kit = kit_new();
  kit_open(kit, 1);
  g_autoptr(GError) error = NULL;
  assert_true(duck_exec(engine_connection(kit->engine), "SET TimeZone = 'Asia/Seoul'", &error));
  assert_false(duck_exec(engine_connection(kit->engine), "SET threads = 7", &error));
  assert_non_null(error);
  kit_free(kit);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(an_unknown_engine_is_refused),
      cmocka_unit_test(the_engine_sums_exactly),
      cmocka_unit_test(only_the_time_zone_can_be_set),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
