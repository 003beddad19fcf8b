/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/describe.h"
#include "duck/duck_kit.h"
#include "duck/type.h"

static void
test_decimals(void **state)
{
  (void)state;
  static const struct {
    const char *type;
    guint8 width, scale;
  } cases[] = {{"DECIMAL(1,0)", 1, 0},   {"DECIMAL(1,1)", 1, 1},     {"DECIMAL(9,3)", 9, 3},
               {"DECIMAL(18,2)", 18, 2}, {"DECIMAL(10,10)", 10, 10}, {"DECIMAL(38,0)", 38, 0},
               {"DECIMAL(38,9)", 38, 9}, {"DECIMAL(38,38)", 38, 38}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    guint8 width = 77, scale = 77;
    assert_true(duck_decimal_of(cases[i].type, &width, &scale));
    assert_int_equal(width, cases[i].width);
    assert_int_equal(scale, cases[i].scale);
    assert_true(duck_decimal_of(cases[i].type, NULL, &scale));
    assert_true(duck_decimal_of(cases[i].type, &width, NULL));
    assert_true(duck_decimal_of(cases[i].type, NULL, NULL));
  }
}

static void
test_no_decimals(void **state)
{
  (void)state;
  static const char *const texts[] = {
      "",
      "D",
      "BIGINT",
      "DECIMAL",
      "DECIMAL(",
      "DECIMAL()",
      "DECIMAL(3",
      "DECIMAL(3)",
      "DECIMAL(3,",
      "DECIMAL(3,)",
      "DECIMAL(,2)",
      "DECIMAL(,)",
      "DECIMAL(3,2",
      "DECIMAL(3;2)",
      "DECIMAL(0,0)",
      "DECIMAL(39,2)",
      "DECIMAL(99,99)",
      "DECIMAL(10,11)",
      "DECIMAL(100,2)",
      "DECIMAL(274,2)",
      "DECIMAL(18,258)",
      "DECIMAL(4294967314,2)",
      "DECIMAL(18,2) ",
      "DECIMAL(18,2)[]",
      "DECIMAL(18,2)[3]",
      "DECIMAL(18,2))",
      "DECIMAL(18,2,1)",
      "DECIMAL(18,2)\n",
      " DECIMAL(18,2)",
      "DECIMAL (18,2)",
      "DECIMAL( 18,2)",
      "DECIMAL(18 ,2)",
      "DECIMAL(18, 2)",
      "DECIMAL(+18,2)",
      "DECIMAL(18,-2)",
      "DECIMAL(18,0x2)",
      "DECIMAL(1e1,2)",
      "DECIMAL(18,2.0)",
      "DECIMAL(\xd9\xa1,0)",
      "decimal(18,2)",
      "NUMERIC(18,2)",
      "STRUCT(a DECIMAL(18,2))",
  };
  for (gsize i = 0; i < G_N_ELEMENTS(texts); i++) {
    guint8 width = 77, scale = 78;
    if (duck_decimal_of(texts[i], &width, &scale))
      fail_msg("'%s': width %u, scale %u", texts[i], width, scale);
    assert_int_equal(width, 77);
    assert_int_equal(scale, 78);
    assert_false(duck_decimal_of(texts[i], NULL, NULL));
  }
}

/* DuckDB's own names of all its decimals. */
static void
test_names_of_duckdb(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GString) sql = g_string_new("SELECT 0");
  for (guint wide = 1; wide <= 38; wide++)
    for (guint behind = 0; behind <= wide; behind++)
      g_string_append_printf(sql, ", NULL::DECIMAL(%u,%u)", wide, behind);
  g_autoptr(GError) error = NULL;
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  g_autoptr(GPtrArray) columns = duck_describe(kit->connection, sql->str, &fault, &error);
  assert_non_null(columns);
  guint at = 0;
  for (guint8 wide = 1; wide <= 38; wide++)
    for (guint8 behind = 0; behind <= wide; behind++) {
      const struct duck_column *column = g_ptr_array_index(columns, ++at);
      guint8 width = 0, scale = 0;
      assert_true(duck_decimal_of(column->type, &width, &scale));
      assert_int_equal(width, wide);
      assert_int_equal(scale, behind);
    }
  assert_int_equal(at + 1, columns->len);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_decimals),
      cmocka_unit_test(test_no_decimals),
      cmocka_unit_test(test_names_of_duckdb),
  };
  return cmocka_run_group_tests(tests, kit_open, kit_close);
}
