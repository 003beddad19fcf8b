/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows that are kept until their runs are known may be too many for the memory there is: the pass then takes them again without
 * finding runs, however many threads meet the end at once.
 */
#include "rollup/kernel.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { ROWS = 4096, DAYS = 4, ROOM = 64 << 20 };

struct rows {
  int32_t day[ROWS], user[ROWS];
  struct rollup_column columns[2];
  struct rollup_batch batch;
};

/* Days in turn: no run is whole before the last row. */
static void
make_rows(struct rows *rows)
{
  for (int32_t i = 0; i < ROWS; i++) {
    rows->day[i] = i % DAYS;
    rows->user[i] = i;
  }
  rows->columns[0] = (struct rollup_column){rows->day, NULL};
  rows->columns[1] = (struct rollup_column){rows->user, NULL};
  rows->batch = (struct rollup_batch){ROWS, rows->columns};
}

static bool
never_streamed(void *user, const struct rollup_block *block)
{
  (void)user;
  (void)block;
  fail_msg("no run is whole, and none is to be found");
  return false;
}

/* Linked in place of calloc (tests/CMakeLists.txt). */
void *__wrap_calloc(size_t count, size_t bytes);
void *__real_calloc(size_t count, size_t bytes);
static bool is_exhausted;

void *
__wrap_calloc(size_t count, size_t bytes)
{
  return is_exhausted ? NULL : __real_calloc(count, bytes);
}

static struct rollup_pass *
pass_of_days(struct rollup_budget *budget, bool find_runs)
{
  static const enum rollup_type types[] = {ROLLUP_INT32, ROLLUP_INT32};
  static const unsigned keys[] = {0, 1};
  static const uint64_t set = 3;
  static const struct rollup_aggregate count = {
      .function = ROLLUP_COUNT_ROWS, .argument = -1, .filter = -1, .scale = 1};
  static const struct rollup_spec rollup = {.keys = keys,
                                            .key_count = 2,
                                            .sets = &set,
                                            .set_count = 1,
                                            .where = -1,
                                            .aggregates = &count,
                                            .aggregate_count = 1,
                                            .stream = never_streamed,
                                            .stream_order = keys,
                                            .stream_order_count = 2};
  const struct rollup_pass_spec spec = {.columns = types,
                                        .column_count = 2,
                                        .rollups = &rollup,
                                        .rollup_count = 1,
                                        .find_runs = find_runs,
                                        .rows = ROWS,
                                        .budget = budget,
                                        .threads = 2};
  struct rollup_pass *pass = rollup_pass_new(&spec);
  assert_non_null(pass);
  return pass;
}

/* Two workers, a batch each, until the pass finds runs. */
static void
begin(struct rollup_pass *pass, const struct rows *rows, struct rollup_worker *workers[2])
{
  bool is_finding = false;
  for (unsigned attempt = 0; attempt < 4 && !is_finding; attempt++) {
    for (unsigned w = 0; w < 2; w++) {
      workers[w] = rollup_worker_new(pass);
      (void)rollup_worker_add(workers[w], &rows->batch);
    }
    uint64_t grouped;
    is_finding = rollup_pass_keeps_rows(pass, &grouped);
    if (!is_finding)
      assert_int_equal(rollup_pass_finish(pass), ROLLUP_AGAIN);
  }
  assert_true(is_finding);
}

static uint64_t
count_groups(struct rollup_pass *pass)
{
  struct rollup_cursor *cursor = rollup_cursor_new(pass, 0, 0, 1);
  uint64_t groups = 0;
  const struct rollup_batch *batch;
  while ((batch = rollup_cursor_next(cursor)) != NULL && batch->rows > 0)
    groups += batch->rows;
  rollup_cursor_free(cursor);
  return groups;
}

static void
take_all_again(struct rollup_pass *pass, const struct rows *rows)
{
  struct rollup_worker *worker = rollup_worker_new(pass);
  assert_int_equal(rollup_worker_add(worker, &rows->batch), ROLLUP_DONE);
  assert_int_equal(rollup_worker_finish(worker), ROLLUP_DONE);
  assert_int_equal(rollup_pass_finish(pass), ROLLUP_DONE);
  assert_int_equal(rollup_pass_outcome(pass, 0).kind, ROLLUP_RESULT);
  assert_int_equal(count_groups(pass), ROWS);
}

/* A thread that runs out says first that no runs are to be found, and then that the pass starts again. In between is another one's
 * turn: so it is here, where one thread is both of them. */
static void
threads_that_run_out_at_once_start_again(void **state)
{
  (void)state;
  struct rows *rows = test_malloc(sizeof *rows);
  make_rows(rows);
  for (unsigned said = 0; said < 2; said++) {
    struct rollup_budget budget = {.limit_bytes = ROOM};
    struct rollup_pass *pass = pass_of_days(&budget, true);
    struct rollup_worker *workers[2];
    begin(pass, rows, workers);
    budget.limit_bytes = budget.used_bytes;
    atomic_store(&pass->knowledge.ignore_found, said == 1);
    for (unsigned w = 0; w < 2; w++)
      assert_int_equal(rollup_worker_finish(workers[w]), ROLLUP_AGAIN);
    assert_int_equal(rollup_pass_finish(pass), ROLLUP_AGAIN);
    budget.limit_bytes = ROOM;
    take_all_again(pass, rows);
    rollup_pass_free(pass);
  }
  test_free(rows);
}

/* Its rows are missing: the pass starts again or fails, as for any other want of memory. */
static void
a_thread_without_a_worker_is_not_left_out(void **state)
{
  (void)state;
  struct rows *rows = test_malloc(sizeof *rows);
  make_rows(rows);
  struct rollup_budget budget = {.limit_bytes = ROOM};
  struct rollup_pass *pass = pass_of_days(&budget, true);
  struct rollup_worker *workers[2];
  begin(pass, rows, workers);
  is_exhausted = true;
  assert_null(rollup_worker_new(pass));
  is_exhausted = false;
  for (unsigned w = 0; w < 2; w++)
    assert_int_equal(rollup_worker_finish(workers[w]), ROLLUP_AGAIN);
  assert_int_equal(rollup_pass_finish(pass), ROLLUP_AGAIN);
  take_all_again(pass, rows);
  rollup_pass_free(pass);
  pass = pass_of_days(&budget, false);
  is_exhausted = true;
  assert_null(rollup_worker_new(pass));
  is_exhausted = false;
  assert_int_equal(rollup_pass_finish(pass), ROLLUP_FAILED);
  assert_string_equal(rollup_pass_reason(pass), "its groups need more memory than the kernel has");
  rollup_pass_free(pass);
  test_free(rows);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(threads_that_run_out_at_once_start_again),
      cmocka_unit_test(a_thread_without_a_worker_is_not_left_out),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
