/* SPDX-License-Identifier: Apache-2.0
 *
 * Texts are compared by rank, and ranks take memory: where it ends just there, a pass fails; it never compares by code.
 */
#include "rollup/rollup.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Runs are cut at 65,535 rows; each of these brings new texts, and so new ranks. */
enum { VALUES = 3000, TEXT_BYTES = 8, ROWS = 3 * 65535, STEP = 500 };

struct texts {
  char text[VALUES][TEXT_BYTES];
  struct rollup_string strings[ROWS];
};

/* In an order in which neither the first nor the last one is the least or the greatest. */
static void
make_texts(struct texts *texts)
{
  for (unsigned i = 0; i < VALUES; i++) {
    unsigned number = (i * 1009 + 500) % VALUES;
    (void)snprintf(texts->text[i], TEXT_BYTES, "t%04u", number);
  }
  for (unsigned i = 0; i < ROWS; i++) {
    const char *text = texts->text[i % 1000 + i / 65535 * 1000];
    texts->strings[i] = rollup_string_of(text, (uint32_t)strlen(text));
  }
}

static bool
is_text(const struct rollup_column *column, const char *wanted)
{
  const struct rollup_string *string = column->values;
  return rollup_is_valid(column, 0) && string->length == strlen(wanted) &&
         memcmp(rollup_string_text(string), wanted, string->length) == 0;
}

/* False: the pass failed. */
static bool
run(const struct texts *texts, struct rollup_budget *budget)
{
  const enum rollup_type type = ROLLUP_STRING;
  const uint64_t set = 0;
  const struct rollup_aggregate aggregates[] = {
      {.function = ROLLUP_MIN, .argument = 0, .filter = -1, .scale = 1},
      {.function = ROLLUP_MAX, .argument = 0, .filter = -1, .scale = 1}};
  const struct rollup_spec rollup = {
      .sets = &set, .set_count = 1, .where = -1, .aggregates = aggregates, .aggregate_count = 2};
  const struct rollup_pass_spec spec = {.columns = &type,
                                        .column_count = 1,
                                        .rollups = &rollup,
                                        .rollup_count = 1,
                                        .budget = budget,
                                        .threads = 1};
  struct rollup_pass *pass = rollup_pass_new(&spec);
  assert_non_null(pass);
  enum rollup_status status = ROLLUP_AGAIN;
  while (status == ROLLUP_AGAIN) {
    struct rollup_worker *worker = rollup_worker_new(pass);
    const struct rollup_column column = {texts->strings, NULL};
    (void)rollup_worker_add(worker, &(struct rollup_batch){ROWS, &column});
    (void)rollup_worker_finish(worker);
    status = rollup_pass_finish(pass);
  }
  struct rollup_cursor *cursor = status == ROLLUP_DONE ? rollup_cursor_new(pass, 0, 0, 1) : NULL;
  const struct rollup_batch *batch = cursor == NULL ? NULL : rollup_cursor_next(cursor);
  if (batch != NULL && (batch->rows != 1 || !is_text(&batch->columns[0], "t0000") ||
                        !is_text(&batch->columns[1], "t2999")))
    fail_msg("another least or greatest text with %llu bytes",
             (unsigned long long)budget->limit_bytes);
  rollup_cursor_free(cursor);
  rollup_pass_free(pass);
  return batch != NULL;
}

static void
little_memory_gives_no_other_text(void **state)
{
  (void)state;
  static struct texts texts;
  make_texts(&texts);
  struct rollup_budget plenty = {.limit_bytes = UINT64_C(1) << 30};
  assert_true(run(&texts, &plenty));
  unsigned failed = 0;
  for (unsigned less = 0; less < 40; less++) {
    struct rollup_budget little = {.limit_bytes = plenty.peak_bytes - less * STEP};
    failed += !run(&texts, &little);
  }
  assert_true(failed > 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(little_memory_gives_no_other_text)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
