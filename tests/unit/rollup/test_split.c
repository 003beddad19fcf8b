/* SPDX-License-Identifier: Apache-2.0
 *
 * When it is seen that rollups have too many combinations of small keys to be computed together. */
#include "rollup/budget.h"
#include "rollup/rollup.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { BATCH_ROWS = 2048, KEYS = 2, RUN_ROWS = 65535 };

static struct rollup_pass *
count_by_each_key(struct rollup_budget *budget)
{
  static const enum rollup_type types[KEYS] = {ROLLUP_INT64, ROLLUP_INT64};
  static const unsigned keys[KEYS] = {0, 1};
  static const uint64_t one_set = 1;
  static const struct rollup_aggregate rows = {
      .function = ROLLUP_COUNT_ROWS, .argument = -1, .filter = -1};
  struct rollup_spec rollups[KEYS];
  for (unsigned i = 0; i < KEYS; i++)
    rollups[i] = (struct rollup_spec){.keys = &keys[i],
                                      .key_count = 1,
                                      .sets = &one_set,
                                      .set_count = 1,
                                      .where = -1,
                                      .aggregates = &rows,
                                      .aggregate_count = 1};
  const struct rollup_pass_spec spec = {.columns = types,
                                        .column_count = KEYS,
                                        .rollups = rollups,
                                        .rollup_count = KEYS,
                                        .budget = budget,
                                        .threads = 1};
  return rollup_pass_new(&spec);
}

/* Rows that a worker takes of the most given, whose keys have so many values each. */
static uint64_t
rows_taken(struct rollup_pass *pass, uint64_t values, uint64_t most)
{
  struct rollup_worker *worker = rollup_worker_new(pass);
  uint64_t taken = 0, state = 1;
  while (taken < most) {
    int64_t keys[KEYS][BATCH_ROWS];
    for (unsigned i = 0; i < BATCH_ROWS; i++)
      for (unsigned k = 0; k < KEYS; k++) {
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        keys[k][i] = (int64_t)((state >> 33) % values);
      }
    const struct rollup_column columns[KEYS] = {{.values = keys[0]}, {.values = keys[1]}};
    const struct rollup_batch batch = {.rows = BATCH_ROWS, .columns = columns};
    if (rollup_worker_add(worker, &batch) != ROLLUP_DONE)
      break;
    taken += BATCH_ROWS;
  }
  assert_true(rollup_worker_finish(worker) != ROLLUP_FAILED);
  return taken;
}

static void
too_many_combinations_are_seen_in_a_quarter_of_a_run(void **state)
{
  (void)state;
  struct rollup_budget budget = {.limit_bytes = 1 << 30};
  struct rollup_pass *pass = count_by_each_key(&budget);
  assert_true(rows_taken(pass, 200, 2 * RUN_ROWS) < RUN_ROWS / 3);
  assert_int_equal(rollup_pass_finish(pass), ROLLUP_AGAIN);
  assert_true(rows_taken(pass, 200, 2 * RUN_ROWS) >= 2 * RUN_ROWS);
  assert_int_equal(rollup_pass_finish(pass), ROLLUP_DONE);
  rollup_pass_free(pass);
}

/* As many of them as one in eight of a run's rows are no reason to start again, not in the first quarter of a run, not in the
 * last rows of a pass. */
static void
few_combinations_are_kept_together(void **state)
{
  (void)state;
  struct rollup_budget budget = {.limit_bytes = 1 << 30};
  struct rollup_pass *pass = count_by_each_key(&budget);
  assert_true(rows_taken(pass, 80, 2 * RUN_ROWS) >= 2 * RUN_ROWS);
  assert_int_equal(rollup_pass_finish(pass), ROLLUP_DONE);
  rollup_pass_free(pass);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(too_many_combinations_are_seen_in_a_quarter_of_a_run),
      cmocka_unit_test(few_combinations_are_kept_together),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
