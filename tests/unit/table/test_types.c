/* SPDX-License-Identifier: Apache-2.0 */
#include "table/types.h"
#include "util/error.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct accepted {
  const char *duck, *stored, *delta;
};

static void
test_accepted(void **state)
{
  (void)state;
  static const struct accepted rows[] = {
      {"BOOLEAN", "BOOLEAN", "boolean"},
      {"TINYINT", "TINYINT", "byte"},
      {"SMALLINT", "SMALLINT", "short"},
      {"INTEGER", "INTEGER", "integer"},
      {"BIGINT", "BIGINT", "long"},
      {"HUGEINT", "BIGINT", "long"},
      {"FLOAT", "FLOAT", "float"},
      {"DOUBLE", "DOUBLE", "double"},
      {"DECIMAL(18,2)", "DECIMAL(18,2)", "decimal(18,2)"},
      {"DECIMAL(38,0)", "DECIMAL(38,0)", "decimal(38,0)"},
      {"VARCHAR", "VARCHAR", "string"},
      {"JSON", "VARCHAR", "string"},
      {"BLOB", "BLOB", "binary"},
      {"DATE", "DATE", "date"},
      {"TIMESTAMP", "TIMESTAMP", "timestamp_ntz"},
      {"TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE", "timestamp"},
      {"ENUM('a', 'b[]', 'it''s, ok')", "VARCHAR", "string"},
      {"HUGEINT[]", "BIGINT[]",
       "{\"type\":\"array\",\"elementType\":\"long\",\"containsNull\":true}"},
      {"INTEGER[3]", "INTEGER[]",
       "{\"type\":\"array\",\"elementType\":\"integer\",\"containsNull\":true}"},
      {"MAP(VARCHAR, DECIMAL(5,1))", "MAP(VARCHAR, DECIMAL(5,1))",
       "{\"type\":\"map\",\"keyType\":\"string\",\"valueType\":\"decimal(5,1)\","
       "\"valueContainsNull\":true}"},
      {"STRUCT(a INTEGER, \"b, \"\"c\" DATE[])", "STRUCT(\"a\" INTEGER, \"b, \"\"c\" DATE[])",
       "{\"type\":\"struct\",\"fields\":[{\"name\":\"a\",\"type\":\"integer\",\"nullable\":true,"
       "\"metadata\":{}},{\"name\":\"b, \\\"c\",\"type\":{\"type\":\"array\",\"elementType\":"
       "\"date\",\"containsNull\":true},\"nullable\":true,\"metadata\":{}}]}"},
      {"ENUM('x')[]", "VARCHAR[]",
       "{\"type\":\"array\",\"elementType\":\"string\",\"containsNull\":true}"},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *stored = NULL, *delta = NULL;
    g_autoptr(GError) error = NULL;
    assert_true(table_type(rows[i].duck, &stored, &delta, &error));
    assert_string_equal(stored, rows[i].stored);
    assert_string_equal(delta, rows[i].delta);
    assert_true(table_type(rows[i].duck, NULL, NULL, NULL));
  }
}

static void
test_refused(void **state)
{
  (void)state;
  static const struct accepted rows[] = {
      {"UBIGINT", "AS DECIMAL(20, 0))", NULL},
      {"UTINYINT", "AS SMALLINT)", NULL},
      {"UUID", "AS VARCHAR)", NULL},
      {"TIME", "AS VARCHAR)", NULL},
      {"INTERVAL", "AS VARCHAR)", NULL},
      {"BIT", "AS VARCHAR)", NULL},
      {"TIMESTAMP_NS", "AS TIMESTAMP)", NULL},
      {"\"NULL\"", "AS VARCHAR)", NULL},
      {"UNION(a INTEGER, b VARCHAR)", "AS VARCHAR)", NULL},
      {"DECIMAL(18,2)x", "AS VARCHAR)", NULL},
      {"STRUCT(INTEGER)", "AS VARCHAR)", NULL},
      {"STRUCT(INTEGER)", "{'a': ..., 'b': ...}", NULL},
      {"MAP(INTEGER)", "AS VARCHAR)", NULL},
      {"", "AS VARCHAR)", NULL},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    g_autofree char *stored = NULL;
    g_autoptr(GError) error = NULL;
    assert_false(table_type(rows[i].duck, &stored, NULL, &error));
    assert_null(stored);
    assert_true(error_is(error, ERROR_OUTPUT));
    g_autofree char *start = g_strdup_printf("type %s cannot be stored in a table", rows[i].duck);
    assert_true(g_str_has_prefix(error->message, start));
    assert_non_null(strstr(error->message, rows[i].stored));
  }
}

static void
test_refused_inside_nested(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  assert_false(table_type("STRUCT(a MAP(VARCHAR, UUID[]))", NULL, NULL, &error));
  assert_true(g_str_has_prefix(error->message, "type UUID cannot be stored"));
  assert_true(g_str_has_suffix(error->message,
                               "\nHINT: It is a part of STRUCT(a MAP(VARCHAR, UUID[])): cast it "
                               "there, or the whole to VARCHAR."));
}

static void
test_depth_is_limited(void **state)
{
  (void)state;
  g_autoptr(GString) type = g_string_new("INTEGER");
  g_autoptr(GError) error = NULL;
  for (guint i = 0; i < 33; i++)
    g_string_append(type, "[]");
  assert_false(table_type(type->str, NULL, NULL, &error));
  assert_non_null(strstr(error->message, "32 levels"));
}

static void
test_partition_types(void **state)
{
  (void)state;
  static const char *const good[] = {"INTEGER", "VARCHAR",   "DATE",
                                     "HUGEINT", "ENUM('a')", "TIMESTAMP"};
  static const char *const bad[] = {"BLOB", "INTEGER[]", "STRUCT(a INTEGER)", "UUID",
                                    "TIMESTAMP WITH TIME ZONE"};
  for (gsize i = 0; i < G_N_ELEMENTS(good); i++)
    assert_true(table_partition_type(good[i], NULL));
  for (gsize i = 0; i < G_N_ELEMENTS(bad); i++) {
    g_autoptr(GError) error = NULL;
    assert_false(table_partition_type(bad[i], &error));
    assert_true(error_is(error, ERROR_OUTPUT));
    assert_non_null(strstr(error->message, "HINT: "));
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_accepted),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_refused_inside_nested),
      cmocka_unit_test(test_depth_is_limited),
      cmocka_unit_test(test_partition_types),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
