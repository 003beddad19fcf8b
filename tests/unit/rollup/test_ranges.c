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

static const struct rollup_aggregate count_rows = {
    .function = ROLLUP_COUNT_ROWS, .argument = -1, .filter = -1};

/* Columns: an entity, and a day that is the same in all rows; told as a run or to be found. */
static struct rollup_pass *
pass_of_a_day(const struct rollup_spec *rollup, bool is_told, unsigned threads,
              struct rollup_budget *budget)
{
  static const enum rollup_type types[] = {ROLLUP_INT64, ROLLUP_INT64};
  static const unsigned run_keys[] = {1};
  static const uint64_t run_rows[] = {ROWS};
  static const int64_t day = 0;
  static const struct rollup_column run_values[] = {{.values = &day}};
  struct rollup_pass_spec spec = {.columns = types,
                                  .column_count = 2,
                                  .rollups = rollup,
                                  .rollup_count = 1,
                                  .find_runs = !is_told,
                                  .rows = ROWS,
                                  .budget = budget,
                                  .threads = threads};
  if (is_told)
    spec.runs = (struct rollup_runs){.columns = run_keys,
                                     .column_count = 1,
                                     .values = {.rows = 1, .columns = run_values},
                                     .rows = run_rows};
  return rollup_pass_new(&spec);
}

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
  const unsigned keys[] = {0}, order[] = {0};
  const uint64_t sets[] = {1};
  const struct rollup_spec rollup = {.keys = keys,
                                     .key_count = 1,
                                     .sets = sets,
                                     .set_count = 1,
                                     .where = -1,
                                     .aggregates = &count_rows,
                                     .aggregate_count = 1};
  struct rollup_budget budget = {.limit_bytes = UINT64_C(1) << 30};
  struct rollup_pass *pass = pass_of_a_day(&rollup, true, 1, &budget);
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

enum { PARTS_MOST = 64 };
struct streamed {
  unsigned parts;
  int64_t first[PARTS_MOST], last[PARTS_MOST]; /* entities of each part */
  bool ended[PARTS_MOST];
  uint64_t groups, rows;
};

/* Of the only run; a part has all its groups in one block here. */
static bool
take_block(void *user, const struct rollup_block *block)
{
  struct streamed *streamed = user;
  assert_int_equal(block->run, 0);
  assert_in_range(block->parts, 2, PARTS_MOST);
  assert_in_range(block->part, 0, block->parts - 1);
  assert_true(streamed->parts == 0 || streamed->parts == block->parts);
  assert_false(streamed->ended[block->part] || block->more);
  assert_true(block->batch.rows > 0);
  streamed->parts = block->parts;
  streamed->ended[block->part] = true;
  const int64_t *entities = block->batch.columns[1].values;
  const int64_t *rows = block->batch.columns[2].values;
  for (uint32_t i = 0; i < block->batch.rows; i++) {
    assert_true(i == 0 || entities[i] > entities[i - 1]);
    streamed->rows += (uint64_t)rows[i];
  }
  streamed->first[block->part] = entities[0];
  streamed->last[block->part] = entities[block->batch.rows - 1];
  streamed->groups += block->batch.rows;
  return true;
}

static void
check_streamed(const struct streamed *streamed)
{
  for (unsigned part = 0; part < streamed->parts; part++) {
    assert_true(streamed->ended[part]);
    assert_true(part == 0 || streamed->first[part] > streamed->last[part - 1]);
  }
  assert_int_equal(streamed->rows, ROWS);
  assert_in_range(streamed->groups, ENTITIES * 9 / 10, ENTITIES);
}

/* Workers take turns, so that each has some items of every step; no worker waits, as no other is busy. */
static void
group_in_turns(struct rollup_pass *pass)
{
  struct rollup_worker *workers[] = {rollup_worker_new(pass), rollup_worker_new(pass),
                                     rollup_worker_new(pass)};
  bool more = true;
  for (unsigned turn = 0; more; turn++)
    assert_int_equal(rollup_worker_group(workers[turn % 3], &more), ROLLUP_DONE);
  assert_false(rollup_pass_holds_rows(pass));
}

/* An input of one day, told as a run or not. */
static void
share_a_run(bool is_told, struct streamed *streamed)
{
  const unsigned keys[] = {1, 0}, order[] = {0, 1};
  const uint64_t sets[] = {3};
  const struct rollup_spec rollup = {.keys = keys,
                                     .key_count = 2,
                                     .sets = sets,
                                     .set_count = 1,
                                     .where = -1,
                                     .aggregates = &count_rows,
                                     .aggregate_count = 1,
                                     .stream = take_block,
                                     .stream_user = streamed,
                                     .stream_order = order,
                                     .stream_order_count = 2};
  struct rollup_budget budget = {.limit_bytes = UINT64_C(1) << 30};
  struct rollup_pass *pass = pass_of_a_day(&rollup, is_told, 3, &budget);
  struct rollup_worker *worker = rollup_worker_new(pass);
  add_rows(worker);
  assert_int_equal(rollup_worker_finish(worker), ROLLUP_DONE);
  assert_true((rollup_pass_found(pass) == NULL) == is_told);
  assert_true(rollup_pass_holds_rows(pass));
  assert_int_equal(streamed->groups, 0);
  group_in_turns(pass);
  assert_int_equal(rollup_pass_finish(pass), ROLLUP_DONE);
  struct rollup_report report = rollup_pass_report(pass);
  assert_int_equal(report.range_workers, 3);
  assert_int_equal(report.ranges, streamed->parts);
  assert_int_equal(report.runs, 1);
  assert_int_equal(rollup_pass_outcome(pass, 0).kind, ROLLUP_STREAMED);
  rollup_pass_free(pass);
  assert_int_equal(budget.used_bytes, 0);
}

static void
a_run_is_shared_by_workers(void **state)
{
  (void)state;
  struct streamed told = {0}, found = {0};
  share_a_run(true, &told);
  check_streamed(&told);
  share_a_run(false, &found);
  check_streamed(&found);
  assert_memory_equal(told.last, found.last, sizeof told.last); /* cut at the same places */
}

int
main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(parts_of_tables_are_alike),
                                     cmocka_unit_test(a_run_is_shared_by_workers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
