/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/describe.h"
#include "duck/duck_kit.h"
#include <string.h>

struct probe_case {
  const char *query;
  const char *types[4]; /* of the marks 0 to 3 */
};

/* T(n, x): a mark, written as Kindling writes it. */
#define T(n, x) "kindling_type_of(" #n ", " x ")"

static const struct probe_case probes[] = {
    {"SELECT g, sum(v) FILTER (WHERE " T(0, "v") ") FROM t GROUP BY g",
     {"DECIMAL(9,2)", NULL, NULL, NULL}},
    {"SELECT g, sum(v) FILTER (WHERE g = 'a' AND " T(0, "v * 2") "), count(*) FILTER (WHERE " T(
         1, "g") ") FROM t GROUP BY g",
     {NULL /* below */, "VARCHAR", NULL, NULL}},
    {"SELECT sum(v) FILTER (WHERE " T(
         0, "v") ") OVER (PARTITION BY g ORDER BY ts ROWS 2 PRECEDING) FROM t",
     {"DECIMAL(9,2)", NULL, NULL, NULL}},
    {"SELECT sum(sum(v)) FILTER (WHERE " T(0, "sum(v)") ") OVER (ORDER BY g) FROM t GROUP BY g",
     {"DECIMAL(38,2)", NULL, NULL, NULL}},
    {"WITH c AS (SELECT ts::DATE AS d, sum(v) FILTER (WHERE " T(
         0, "v") ") AS s FROM t GROUP BY 1) "
                 "SELECT d, avg(s) FILTER (WHERE " T(1, "s") ") FROM c GROUP BY CUBE (d)",
     {"DECIMAL(9,2)", "DECIMAL(38,2)", NULL, NULL}},
    {"WITH c AS (SELECT sum(v) FILTER (WHERE " T(0, "v") ") AS s FROM t) SELECT a.s FROM c a, c b",
     {"DECIMAL(9,2)", NULL, NULL, NULL}},
    {"SELECT (SELECT max(u.v) FILTER (WHERE " T(0,
                                                "u.v + t.v") ") FROM t u WHERE u.g = t.g) FROM t",
     {"DECIMAL(10,2)", NULL, NULL, NULL}},
    {"SELECT * FROM view_with_mark", {NULL, NULL, "TIMESTAMP", NULL}},
    {"SELECT g FROM t GROUP BY g HAVING " T(0, "count(*)") " ORDER BY " T(1, "g"),
     {"BIGINT", "VARCHAR", NULL, NULL}},
    {"SELECT g FROM t QUALIFY " T(0, "row_number() OVER (ORDER BY v)"),
     {"BIGINT", NULL, NULL, NULL}},
    {"SELECT a.g FROM t a JOIN t b ON a.g = b.g AND " T(0, "a.v + b.v") " WHERE " T(1, "[a.ts]"),
     {"DECIMAL(10,2)", "TIMESTAMP[]", NULL, NULL}},
    {"SELECT count(*) FILTER (WHERE " T(0, "NULL") "), count(*) FILTER (WHERE " T(
         1, "{'a': v}") ") FROM t",
     {"\"NULL\"", "STRUCT(a DECIMAL(9,2))", NULL, NULL}},
    {"SELECT count(*) FILTER (WHERE " T(0, "v") "), count(*) FILTER (WHERE " T(0, "ts") ") FROM t",
     {"TIMESTAMP", NULL, NULL, NULL}},
    {"SELECT count(*) FILTER (WHERE " T(7, "v") "), count(*) FILTER (WHERE " T(-1, "v") ") FROM t",
     {NULL, NULL, NULL, NULL}},
    {"SELECT count(*) FILTER (WHERE kindling_type_of(NULL, v) AND kindling_type_of(i, v)) FROM t",
     {NULL, NULL, NULL, NULL}},
    {"SELECT count(*) FILTER (WHERE kindling_type_of(1 + 1, v)) FROM t",
     {NULL, NULL, "DECIMAL(9,2)", NULL}},
    {"SELECT 1", {NULL, NULL, NULL, NULL}},
};

static int
open_table(void **state)
{
  int opened = kit_open(state);
  if (opened == 0)
    kit_exec(*state,
             "CREATE TABLE t (g VARCHAR, v DECIMAL(9,2), ts TIMESTAMP, i INTEGER);"
             "INSERT INTO t VALUES ('a', 1, '2024-01-01', 0), (NULL, NULL, NULL, NULL), ('b', 3, "
             "'2024-01-02', 1);"
             "CREATE VIEW view_with_mark AS SELECT max(ts) FILTER (WHERE " T(2, "ts") ") FROM t");
  return opened;
}

static void
check_probe(struct kit *kit, const struct probe_case *probe)
{
  g_autoptr(GError) error = NULL;
  g_autoptr(GPtrArray) types = NULL;
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  if (!duck_probe_types(kit->connection, probe->query, 4, &types, &fault, &error))
    fail_msg("%s: %s", probe->query, fault->message);
  for (guint i = 0; i < 4; i++)
    if (g_strcmp0(g_ptr_array_index(types, i), probe->types[i]) != 0)
      fail_msg("%s: mark %u is %s", probe->query, i, (const char *)g_ptr_array_index(types, i));
}

static void
test_probes(void **state)
{
  struct kit *kit = *state;
  g_autofree char *product = kit_ask(kit, "SELECT typeof(v * 2) FROM t LIMIT 1");
  for (gsize i = 0; i < G_N_ELEMENTS(probes); i++) {
    struct probe_case probe = probes[i];
    if (i == 1)
      probe.types[0] = product;
    check_probe(kit, &probe);
  }
}

/* Marked or not, a query means the same. */
static void
test_marks_change_nothing(void **state)
{
  struct kit *kit = *state;
  g_autofree char *marked = kit_ask(
      kit, "SELECT list(s ORDER BY g NULLS LAST)::VARCHAR FROM (SELECT g, sum(v) FILTER (WHERE " T(
               0, "v") ") + count(*) FILTER (WHERE " T(1, "NULL") ") AS s FROM t GROUP BY g)");
  g_autofree char *plain = kit_ask(kit, "SELECT list(s ORDER BY g NULLS LAST)::VARCHAR FROM "
                                        "(SELECT g, sum(v) + count(*) AS s FROM t GROUP BY g)");
  assert_string_equal(marked, plain);
}

static void
test_refused(void **state)
{
  struct kit *kit = *state;
  g_autoptr(GError) error = NULL;
  GPtrArray *types = NULL;
  AUTO(duck_fault_free) struct duck_fault *fault = NULL;
  assert_false(duck_probe_types(kit->connection, "SELECT nosuch, " T(0, "v") " FROM t", 1, &types,
                                &fault, &error));
  assert_null(types);
  assert_null(error);
  assert_string_equal(fault->name, "nosuch");
  assert_false(duck_probe_types(kit->connection, "SELECT 1", G_MAXUINT, &types, &fault, &error));
  assert_true(error_is(error, ERROR_LIMIT));
}

static gpointer
probe_often(gpointer data)
{
  struct kit *kit = data;
  AUTO(duck_disconnect) struct duck_connection *connection = duck_connect(kit->duck, NULL);
  struct kit own = {kit->duck, connection};
  for (guint i = 0; i < 40; i++)
    check_probe(&own, &probes[i % 2 == 0 ? 0 : 3]);
  return NULL;
}

static void
test_threads(void **state)
{
  GThread *threads[3];
  for (guint i = 0; i < 3; i++)
    threads[i] = g_thread_new("probe", probe_often, *state);
  for (guint i = 0; i < 3; i++)
    (void)g_thread_join(threads[i]);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_probes),
      cmocka_unit_test(test_marks_change_nothing),
      cmocka_unit_test(test_refused),
      cmocka_unit_test(test_threads),
  };
  return cmocka_run_group_tests(tests, open_table, kit_close);
}
