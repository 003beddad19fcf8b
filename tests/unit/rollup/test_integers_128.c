/* SPDX-License-Identifier: Apache-2.0
 *
 * What random passes meet seldom in 128-bit integers: the ends of the type, values that differ in their low words alone, sums that
 * do not fit, by each way of grouping. */
#include "rollup/integer_sum.h"
#include "rollup/rollup.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 6000, BATCH_ROWS = 2000, DAYS = 2, KEY = 0, DAY = 1, VALUE = 2, COLUMNS = 3 };
enum { SUM, AVERAGE, LEAST, MOST, LAST, AGGREGATES };

/* Which keys and days there are, and how groups come out. */
struct way {
  int64_t keys; /* rows have keys 0, 1, ... in turns */
  unsigned key_count;
  bool streams;
  const char *strategy;
};
static const struct way ways[] = {
    {3, 1, false, "cells"},
    {3000, 1, false, "table of entities"},
    {1500, 2, false, "table of groups"},
    {1500, 2, true, "runs in order"},
};

static struct integer_128 values[ROWS];

static struct integer_128
power_of_two(unsigned power)
{
  return power < 64 ? (struct integer_128){.low = UINT64_C(1) << power}
                    : (struct integer_128){.high = (int64_t)(UINT64_C(1) << (power - 64))};
}

/* Groups of a stream, or of a cursor: all have the same values here, but for the one of key 0 on day 0. */
struct seen {
  unsigned key_count;
  uint64_t groups;
  struct integer_128 sum, least, most, last;
  double average;
};

static void
see(struct seen *seen, const struct rollup_batch *batch)
{
  const struct rollup_column *columns = batch->columns + seen->key_count;
  for (uint32_t i = 0; i < batch->rows; i++) {
    bool is_first = ((const int64_t *)batch->columns[0].values)[i] == 0 &&
                    (seen->key_count == 1 || ((const int64_t *)batch->columns[1].values)[i] == 0);
    seen->groups++;
    if (!is_first)
      continue;
    seen->sum = ((const struct integer_128 *)columns[SUM].values)[i];
    seen->average = ((const double *)columns[AVERAGE].values)[i];
    seen->least = ((const struct integer_128 *)columns[LEAST].values)[i];
    seen->most = ((const struct integer_128 *)columns[MOST].values)[i];
    seen->last = ((const struct integer_128 *)columns[LAST].values)[i];
  }
}

static bool
see_block(void *user, const struct rollup_block *block)
{
  if (block->batch.rows > 0)
    see(user, &block->batch);
  return true;
}

static void
see_nothing(void *user)
{
  struct seen *seen = user;
  *seen = (struct seen){.key_count = seen->key_count};
}

static void
see_cursor(const struct rollup_pass *pass, struct seen *seen)
{
  struct rollup_cursor *cursor = rollup_cursor_new(pass, 0, 0, 1);
  assert_non_null(cursor);
  const struct rollup_batch *batch = rollup_cursor_next(cursor);
  for (; batch != NULL && batch->rows > 0; batch = rollup_cursor_next(cursor))
    see(seen, batch);
  assert_non_null(batch);
  rollup_cursor_free(cursor);
}

static struct rollup_pass *
make_pass(const struct way *way, bool is_decimal, struct seen *seen, struct rollup_budget *budget)
{
  static const enum rollup_type types[COLUMNS] = {ROLLUP_INT64, ROLLUP_INT64, ROLLUP_INT128};
  static const unsigned keys[] = {KEY, DAY}, stream_order[] = {1, 0}, run_columns[] = {DAY};
  static const int64_t days[DAYS] = {0, 1};
  static const struct rollup_column run_values[] = {{.values = days}};
  static const uint64_t run_rows[DAYS] = {ROWS / DAYS, ROWS / DAYS};
  static const struct rollup_order descending = {.column = VALUE, .descending = true};
  const struct rollup_aggregate count = {
      .function = ROLLUP_COUNT_ROWS, .argument = -1, .filter = -1};
  struct rollup_aggregate aggregates[AGGREGATES];
  static const enum rollup_function functions[AGGREGATES] = {ROLLUP_SUM, ROLLUP_AVERAGE, ROLLUP_MIN,
                                                             ROLLUP_MAX, ROLLUP_FIRST};
  for (unsigned a = 0; a < AGGREGATES; a++)
    aggregates[a] = (struct rollup_aggregate){.function = functions[a],
                                              .argument = VALUE,
                                              .filter = -1,
                                              .scale = 1,
                                              .is_decimal = is_decimal,
                                              .order = &descending,
                                              .order_count = functions[a] == ROLLUP_FIRST ? 1 : 0};
  const uint64_t set = (UINT64_C(1) << way->key_count) - 1;
  struct rollup_spec rollups[2] = {{.keys = keys,
                                    .key_count = way->key_count,
                                    .sets = &set,
                                    .set_count = 1,
                                    .where = -1,
                                    .aggregates = aggregates,
                                    .aggregate_count = AGGREGATES}};
  rollups[1] = rollups[0];
  rollups[1].aggregates = &count;
  rollups[1].aggregate_count = 1;
  if (way->streams) {
    rollups[0].stream = see_block;
    rollups[0].stream_restart = see_nothing;
    rollups[0].stream_user = seen;
    rollups[0].stream_order = stream_order;
    rollups[0].stream_order_count = 2;
  }
  struct rollup_pass_spec spec = {.columns = types,
                                  .column_count = COLUMNS,
                                  .rollups = rollups,
                                  .rollup_count = 2,
                                  .budget = budget,
                                  .threads = 1};
  if (way->streams)
    spec.runs = (struct rollup_runs){.columns = run_columns,
                                     .column_count = 1,
                                     .values = {.rows = DAYS, .columns = run_values},
                                     .rows = run_rows};
  struct rollup_pass *pass = rollup_pass_new(&spec);
  assert_non_null(pass);
  return pass;
}

/* The first half of the rows are of day 0; keys come in turns in each. */
static void
add_rows(struct rollup_pass *pass, const struct way *way)
{
  static int64_t keys[BATCH_ROWS], days[BATCH_ROWS];
  struct rollup_worker *worker = rollup_worker_new(pass);
  assert_non_null(worker);
  enum rollup_status status = ROLLUP_DONE;
  for (int first = 0; first < ROWS && status == ROLLUP_DONE; first += BATCH_ROWS) {
    for (int i = 0; i < BATCH_ROWS; i++) {
      days[i] = (first + i) * DAYS / ROWS;
      keys[i] = (first + i) % (ROWS / DAYS) % way->keys;
    }
    const struct rollup_column columns[COLUMNS] = {
        {.values = keys}, {.values = days}, {.values = values + first}};
    status =
        rollup_worker_add(worker, &(struct rollup_batch){.rows = BATCH_ROWS, .columns = columns});
  }
  (void)rollup_worker_finish(worker);
}

/* Whether the rollup has a result; what key 0 has on day 0. */
static bool
compute(const struct way *way, bool is_decimal, struct seen *ret_seen)
{
  struct rollup_budget budget = {.limit_bytes = 1 << 30};
  *ret_seen = (struct seen){.key_count = way->key_count};
  struct rollup_pass *pass = make_pass(way, is_decimal, ret_seen, &budget);
  enum rollup_status status = ROLLUP_AGAIN;
  while (status == ROLLUP_AGAIN) {
    add_rows(pass, way);
    status = rollup_pass_finish(pass);
  }
  assert_int_equal(status, ROLLUP_DONE);
  assert_int_equal(rollup_pass_outcome(pass, 1).kind, ROLLUP_RESULT);
  const struct rollup_outcome outcome = rollup_pass_outcome(pass, 0);
  bool has_result = outcome.kind != ROLLUP_GAVE_UP;
  if (has_result)
    assert_string_equal(outcome.strategy, way->strategy);
  else
    assert_string_equal(outcome.reason, "a sum has more digits than its type");
  if (outcome.kind == ROLLUP_RESULT)
    see_cursor(pass, ret_seen);
  if (has_result)
    assert_int_equal(ret_seen->groups, (uint64_t)way->keys * (way->key_count == 1 ? 1 : DAYS));
  rollup_pass_free(pass);
  assert_int_equal(budget.used_bytes, 0);
  return has_result;
}

/* The rows of key 0 on day 0. */
static unsigned
rows_of_group(const struct way *way)
{
  return (unsigned)(ROWS / DAYS / way->keys) * (way->key_count == 1 ? DAYS : 1);
}

static void
assert_value(struct integer_128 ours, int64_t high, uint64_t low)
{
  assert_int_equal(ours.high, high);
  assert_int_equal(ours.low, low);
}

#define EACH_WAY(way)                                                                              \
  for (const struct way *way = ways; way < ways + sizeof ways / sizeof *ways; way++)

static void
low_words_decide(void **state)
{
  (void)state;
  EACH_WAY(way)
  {
    struct seen seen;
    for (unsigned i = 0; i < ROWS; i++)
      values[i] = (struct integer_128){.high = 7, .low = UINT64_MAX - 100};
    values[0].low = 5;
    values[way->keys].low = UINT64_MAX;
    assert_true(compute(way, true, &seen));
    assert_value(seen.least, 7, 5);
    assert_value(seen.most, 7, UINT64_MAX);
    assert_value(seen.last, 7, UINT64_MAX);
    uint64_t others = rows_of_group(way) - 2; /* each is 8 * 2^64 - 101 */
    assert_value(seen.sum, (int64_t)(15 + 8 * others) - (others > 0), 4 - 101 * others);
  }
}

static void
ends_of_the_type_are_values(void **state)
{
  (void)state;
  EACH_WAY(way)
  {
    struct seen seen;
    memset(values, 0, sizeof values);
    values[0] = (struct integer_128){.high = INT64_MIN};
    values[way->keys] = (struct integer_128){.high = INT64_MAX, .low = UINT64_MAX};
    assert_true(compute(way, false, &seen));
    assert_value(seen.least, INT64_MIN, 0);
    assert_value(seen.most, INT64_MAX, UINT64_MAX);
    assert_value(seen.last, INT64_MAX, UINT64_MAX);
    assert_value(seen.sum, -1, UINT64_MAX);
    assert_true(seen.average == -1.0 / rows_of_group(way));
  }
}

/* 2^126 twice is 2^127, which 128 bits do not hold; once and 2^125 they do, but it is more than 10^38. */
static void
sums_that_do_not_fit_give_the_rollup_up(void **state)
{
  (void)state;
  EACH_WAY(way)
  {
    struct seen seen;
    memset(values, 0, sizeof values);
    values[0] = values[way->keys] = power_of_two(126);
    assert_false(compute(way, false, &seen));
    values[0] = values[way->keys] = power_of_two(125);
    assert_true(compute(way, true, &seen));
    assert_value(seen.sum, INT64_C(1) << 62, 0);
    values[0] = power_of_two(126);
    assert_true(compute(way, false, &seen));
    assert_value(seen.sum, INT64_C(3) << 61, 0);
    assert_false(compute(way, true, &seen));
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(low_words_decide),
      cmocka_unit_test(ends_of_the_type_are_values),
      cmocka_unit_test(sums_that_do_not_fit_give_the_rollup_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
