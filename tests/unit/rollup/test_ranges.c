/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs so large that they are grouped range by range. */
#include "rollup/rollup.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "rollup/values_kit.h"
#include <cmocka.h>

enum { ENTITIES = 120000, ROWS = 600000, BATCH_ROWS = 2000, PARTS = 8 };

/* Columns: an entity, and a day that is the same in all rows. */
static void
add_rows(struct rollup_worker *worker)
{
  static int64_t entities[BATCH_ROWS], days[BATCH_ROWS];
  uint64_t random = 5;
  for (int first = 0; first < ROWS; first += BATCH_ROWS) {
    for (int i = 0; i < BATCH_ROWS; i++)
      entities[i] = (int64_t)(random_next(&random) % ENTITIES);
    const struct rollup_column columns[] = {{.values = entities}, {.values = days}};
    const struct rollup_batch batch = {.rows = BATCH_ROWS, .columns = columns};
    assert_int_equal(rollup_worker_add(worker, &batch), ROLLUP_DONE);
  }
}

static uint64_t
groups_of_part(const struct rollup_pass *pass, const unsigned *keys, unsigned part, uint64_t *rows)
{
  struct rollup_cursor *cursor = rollup_cursor_new_in_order(pass, 0, keys, 1, part, PARTS);
  assert_non_null(cursor);
  uint64_t groups = 0;
  const struct rollup_batch *batch = rollup_cursor_next(cursor);
  for (; batch != NULL && batch->rows > 0; batch = rollup_cursor_next(cursor)) {
    groups += batch->rows;
    for (uint32_t i = 0; i < batch->rows; i++)
      *rows += (uint64_t)((const int64_t *)batch->columns[1].values)[i];
  }
  assert_non_null(batch);
  rollup_cursor_free(cursor);
  return groups;
}

/* Threads share the parts of a table, and each is put in order by itself: none should have much more than the others, though
 * the rows of a range are neighbours. */
static void
parts_of_tables_are_alike(void **state)
{
  (void)state;
  const enum rollup_type types[] = {ROLLUP_INT64, ROLLUP_INT64};
  const unsigned keys[] = {0}, run_keys[] = {1}, order[] = {0};
  const uint64_t sets[] = {1}, run_rows[] = {ROWS};
  const int64_t day = 0;
  const struct rollup_column run_values[] = {{.values = &day}};
  const struct rollup_aggregate count = {
      .function = ROLLUP_COUNT_ROWS, .argument = -1, .filter = -1};
  const struct rollup_spec rollup = {.keys = keys,
                                     .key_count = 1,
                                     .sets = sets,
                                     .set_count = 1,
                                     .where = -1,
                                     .aggregates = &count,
                                     .aggregate_count = 1};
  struct rollup_budget budget = {.limit_bytes = UINT64_C(1) << 30};
  const struct rollup_pass_spec spec = {.columns = types,
                                        .column_count = 2,
                                        .rollups = &rollup,
                                        .rollup_count = 1,
                                        .runs = {.columns = run_keys,
                                                 .column_count = 1,
                                                 .values = {.rows = 1, .columns = run_values},
                                                 .rows = run_rows},
                                        .budget = &budget,
                                        .threads = 1};
  struct rollup_pass *pass = rollup_pass_new(&spec);
  struct rollup_worker *worker = rollup_worker_new(pass);
  add_rows(worker);
  assert_int_equal(rollup_worker_finish(worker), ROLLUP_DONE);
  assert_int_equal(rollup_pass_finish(pass), ROLLUP_DONE);
  assert_true(rollup_pass_report(pass).ranges > 1);
  assert_true(rollup_pass_can_order(pass, 0, order, 1));
  uint64_t groups = 0, rows = 0;
  for (unsigned part = 0; part < PARTS; part++) {
    uint64_t count_of_part = groups_of_part(pass, order, part, &rows);
    assert_in_range(count_of_part, ENTITIES / PARTS / 2, ENTITIES / PARTS * 2);
    groups += count_of_part;
  }
  assert_int_equal(rows, ROWS);
  assert_in_range(groups, ENTITIES * 9 / 10, ENTITIES);
  rollup_pass_free(pass);
  assert_int_equal(budget.used_bytes, 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(parts_of_tables_are_alike)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
