/* SPDX-License-Identifier: Apache-2.0
 *
 * first(x) in an order that x is no key of: all of its words come from the row that the order chooses. */
#include "rollup/rollup.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 9000, BATCH_ROWS = 1000, KEY = 0, PLACE = 1, TEXT = 2, WIDE = 3, COLUMNS = 4 };
enum { TEXT_BYTES = 40, ORDERS = 2, AGGREGATES = 2 * ORDERS };

static char texts[ROWS][TEXT_BYTES];
static const enum rollup_type types[COLUMNS] = {ROLLUP_INT64, ROLLUP_INT64, ROLLUP_STRING,
                                                ROLLUP_INT128};

/* Places below it have one of three short texts, and come first. */
static int many_from;

/* Else rows come in an order that has nothing to do with their places. */
static int64_t
place_of(int row)
{
  return many_from > 0 ? row : (int64_t)row * 7919 % ROWS;
}

static void
write_text(int64_t place, char *text)
{
  if (place < many_from) {
    (void)snprintf(text, TEXT_BYTES, "p%d", (int)place % 3);
    return;
  }
  (void)snprintf(text, TEXT_BYTES, "/products/%05d/reviews?page=%d", (int)place, (int)place % 10);
}

static void
add_rows(struct rollup_pass *pass, int64_t keys)
{
  static int64_t key[BATCH_ROWS], place[BATCH_ROWS], wide[BATCH_ROWS][2];
  static struct rollup_string text[BATCH_ROWS];
  struct rollup_worker *worker = rollup_worker_new(pass);
  assert_non_null(worker);
  enum rollup_status status = ROLLUP_DONE;
  for (int first = 0; first < ROWS && status == ROLLUP_DONE; first += BATCH_ROWS) {
    for (int i = 0; i < BATCH_ROWS; i++) {
      key[i] = (first + i) % keys;
      place[i] = place_of(first + i);
      write_text(place[i], texts[first + i]);
      text[i] = rollup_string_of(texts[first + i], (uint32_t)strlen(texts[first + i]));
      wide[i][0] = place[i] * 3;
      wide[i][1] = -place[i];
    }
    const struct rollup_column columns[COLUMNS] = {
        {.values = key}, {.values = place}, {.values = text}, {.values = wide}};
    status =
        rollup_worker_add(worker, &(struct rollup_batch){.rows = BATCH_ROWS, .columns = columns});
  }
  (void)rollup_worker_finish(worker);
}

/* The first or last place of a key's rows. */
static int64_t
end_of(int64_t key, int64_t keys, bool last)
{
  int64_t found = -1;
  for (int64_t row = key; row < ROWS; row += keys) {
    int64_t place = place_of((int)row);
    if (found < 0 || (last ? place > found : place < found))
      found = place;
  }
  return found;
}

static void
check_batch(const struct rollup_batch *batch, int64_t keys)
{
  for (uint32_t i = 0; i < batch->rows; i++)
    for (unsigned o = 0; o < ORDERS; o++) {
      int64_t place = end_of(((const int64_t *)batch->columns[0].values)[i], keys, o == 1);
      const struct rollup_string *text =
          &((const struct rollup_string *)batch->columns[1 + 2 * o].values)[i];
      const int64_t *wide = &((const int64_t *)batch->columns[2 + 2 * o].values)[2 * i];
      char wanted[TEXT_BYTES];
      write_text(place, wanted);
      assert_int_equal(text->length, strlen(wanted));
      assert_memory_equal(rollup_string_text(text), wanted, text->length);
      assert_int_equal(wide[0], place * 3);
      assert_int_equal(wide[1], -place);
    }
}

/* Returns how often the pass began. */
static uint64_t
check_pass(int64_t keys, const char *strategy)
{
  static const struct rollup_order orders[ORDERS] = {{.column = PLACE},
                                                     {.column = PLACE, .descending = true}};
  static const unsigned key = KEY;
  static const uint64_t set = 1;
  struct rollup_aggregate aggregates[AGGREGATES];
  for (unsigned a = 0; a < AGGREGATES; a++)
    aggregates[a] = (struct rollup_aggregate){.function = ROLLUP_FIRST,
                                              .argument = a % 2 == 0 ? TEXT : WIDE,
                                              .filter = -1,
                                              .order = &orders[a / 2],
                                              .order_count = 1};
  const struct rollup_spec rollup = {.keys = &key,
                                     .key_count = 1,
                                     .sets = &set,
                                     .set_count = 1,
                                     .where = -1,
                                     .aggregates = aggregates,
                                     .aggregate_count = AGGREGATES};
  struct rollup_budget budget = {.limit_bytes = 1 << 30};
  struct rollup_pass *pass = rollup_pass_new(&(struct rollup_pass_spec){.columns = types,
                                                                        .column_count = COLUMNS,
                                                                        .rollups = &rollup,
                                                                        .rollup_count = 1,
                                                                        .budget = &budget,
                                                                        .threads = 1});
  assert_non_null(pass);
  enum rollup_status status = ROLLUP_AGAIN;
  while (status == ROLLUP_AGAIN) {
    add_rows(pass, keys);
    status = rollup_pass_finish(pass);
  }
  assert_int_equal(status, ROLLUP_DONE);
  const struct rollup_outcome outcome = rollup_pass_outcome(pass, 0);
  assert_int_equal(outcome.kind, ROLLUP_RESULT);
  assert_string_equal(outcome.strategy, strategy);
  assert_int_equal(outcome.groups, keys);
  struct rollup_cursor *cursor = rollup_cursor_new(pass, 0, 0, 1);
  assert_non_null(cursor);
  const struct rollup_batch *batch = rollup_cursor_next(cursor);
  for (; batch != NULL && batch->rows > 0; batch = rollup_cursor_next(cursor))
    check_batch(batch, keys);
  assert_non_null(batch);
  rollup_cursor_free(cursor);
  uint64_t passes = rollup_pass_report(pass).passes;
  rollup_pass_free(pass);
  return passes;
}

static void
arguments_come_whole(void **state)
{
  (void)state;
  many_from = 0;
  (void)check_pass(3, "cells");
  (void)check_pass(4500, "table of entities");
}

/* Because they are many; not once more because they are long. */
static void
texts_that_become_many_and_long_late_start_again_once(void **state)
{
  (void)state;
  many_from = ROWS - 4500;
  assert_int_equal(check_pass(3, "cells"), 2);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(arguments_come_whole),
      cmocka_unit_test(texts_that_become_many_and_long_late_start_again_once)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
