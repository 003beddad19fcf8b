/* SPDX-License-Identifier: Apache-2.0 */
#include "job_kit.h"
#include "kernel_kit.h"

static void
test_many_keys(void **state)
{
  for (guint keys = 64; keys <= 65; keys++) {
    g_autoptr(GString) query = g_string_new("SELECT count(*) AS n FROM events GROUP BY ");
    for (guint i = 0; i < keys; i++)
      g_string_append_printf(query, "%sid + %u", i == 0 ? "" : ", ", i);
    const struct plan_output *output = job_kit_plan_query(*state, query->str, "");
    assert_string_equal(output->kernel_reason, keys == 64 ? "64 keys and 1 aggregate in pass 1"
                                                          : "it has 65 keys, more than 64");
  }
}

/* Whatever takes an order, and the last of the keys decides every tie. */
static void
test_many_order_keys(void **state)
{
  static const char *const functions[] = {"first", "last", "any_value"};
  for (gsize i = 0; i < G_N_ELEMENTS(functions); i++) {
    for (guint keys = 12; keys <= 13; keys++) {
      g_autoptr(GString) query = g_string_new(NULL);
      g_string_append_printf(query, "SELECT category, %s(id ORDER BY ", functions[i]);
      for (guint k = 1; k < keys; k++)
        g_string_append_printf(query, "id %% %u, ", k + 1);
      g_string_append(query, "id) AS x FROM events GROUP BY category");
      const struct plan_output *output = job_kit_plan_query(*state, query->str, "");
      g_autofree char *refusal =
          g_strdup_printf("%s() has an ORDER BY of 13 keys, more than 12", functions[i]);
      assert_string_equal(output->kernel_reason,
                          keys == 12 ? "1 key and 1 aggregate in pass 1" : refusal);
      assert_int_equal(output->is_kernel, keys == 12);
    }
  }
}

static void
test_many_columns_of_counted_rows(void **state)
{
  for (guint columns = 63; columns <= 64; columns++) {
    g_autoptr(GString) query = g_string_new("SELECT category, count(DISTINCT (id");
    for (guint i = 1; i < columns; i++)
      g_string_append_printf(query, ", id + %u", i);
    g_string_append(query, ")) AS n FROM events GROUP BY category");
    const struct plan_output *output = job_kit_plan_query(*state, query->str, "");
    assert_string_equal(output->kernel_reason,
                        columns == 63 ? "1 key and 1 aggregate in pass 1"
                                      : "it counts distinct rows of 64 columns, with its keys 65, "
                                        "more than 64");
    assert_int_equal(output->is_kernel, columns == 63);
  }
}

/* A COPY of maxima of id + from, id + from + 1, ..., each an expression of its own. */
static void
append_wide(GString *script, const char *name, guint from, guint maxima)
{
  g_string_append(script, "COPY (SELECT category");
  for (guint i = from; i < from + maxima; i++)
    g_string_append_printf(script, ", max(id + %u) AS m%u", i, i);
  g_string_append_printf(script, " FROM events GROUP BY category) TO '%s' (FORMAT parquet);\n",
                         name);
}

/* category, year and month are columns of the scan too. */
static void
test_many_columns(void **state)
{
  static const char *const reasons[] = {
      "1 key and 100 aggregates in pass 1",
      "its scan has 513 columns, more than 512",
      "its scan has 413 columns, with the outputs before it 513, more than 512",
      "1 key and 509 aggregates in pass 1",
      "1 key and 1 aggregate in pass 1",
      "its scan has 4 columns, with the outputs before it 513, more than 512",
  };
  g_autoptr(GString) script = g_string_new(NULL);
  append_wide(script, "a", 0, 100);
  append_wide(script, "too-many", 1000, 510);
  append_wide(script, "beside-others", 100, 410);
  append_wide(script, "shared", 0, 509);
  append_wide(script, "fits", 7, 1);
  append_wide(script, "last", 2000, 1);
  struct job_kit *kit = *state;
  const struct plan *plan = job_kit_plan(kit, script->str);
  const struct plan_pass *pass = plan->passes->pdata[0];
  assert_int_equal(pass->scan_columns->len, PLAN_SCAN_COLUMNS_MOST);
  assert_int_equal(pass->kernel_rollups->len, 3);
  for (guint i = 0; i < plan->outputs->len; i++) {
    const struct plan_output *output = job_kit_output(kit, i);
    assert_string_equal(output->kernel_reason, reasons[i]);
    assert_int_equal(output->is_kernel, g_str_has_prefix(reasons[i], "1 key"));
    assert_int_equal(output->direct != NULL, output->is_kernel);
  }
  kernel_kit_run(kit->kit, plan);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup_teardown(test_many_keys, job_kit_open_events, job_kit_close),
      cmocka_unit_test_setup_teardown(test_many_order_keys, job_kit_open_events, job_kit_close),
      cmocka_unit_test_setup_teardown(test_many_columns_of_counted_rows, job_kit_open_events,
                                      job_kit_close),
      cmocka_unit_test_setup_teardown(test_many_columns, job_kit_open_events, job_kit_close),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
