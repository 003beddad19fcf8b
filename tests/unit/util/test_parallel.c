/* SPDX-License-Identifier: Apache-2.0 */
#include "util/error.h"
#include "util/interrupt.h"
#include "util/parallel.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define ITEMS   1000
#define WORKERS 8

struct record {
  atomic_int seen[ITEMS];
  atomic_int busy[WORKERS];
  atomic_int clashes;
  atomic_size_t next;
  gsize fail_from;
  gsize fail_step;
  gsize signal_at;
};

static bool
note(guint worker, gsize i, gpointer user, GError **error)
{
  struct record *record = user;
  if (atomic_fetch_add(&record->busy[worker], 1) != 0)
    (void)atomic_fetch_add(&record->clashes, 1);
  (void)atomic_fetch_add(&record->seen[i], 1);
  (void)atomic_fetch_add(&record->next, 1);
  if (i == record->signal_at)
    interrupt_pretend(SIGINT);
  (void)atomic_fetch_sub(&record->busy[worker], 1);
  if (i >= record->fail_from && (i - record->fail_from) % record->fail_step == 0) {
    g_usleep(i == record->fail_from ? 2000 : 0); /* the lowest failure comes last */
    return error_set(error, ERROR_INPUT, "item %zu", i);
  }
  return true;
}

static struct record *
new_record(void)
{
  struct record *record = g_new0(struct record, 1);
  record->fail_from = G_MAXSIZE;
  record->signal_at = G_MAXSIZE;
  record->fail_step = 1;
  return record;
}

static void
every_item_is_done_once(void **state)
{
  (void)state;
  for (guint threads = 1; threads <= WORKERS; threads++) {
    g_autofree struct record *record = new_record();
    g_autoptr(GError) error = NULL;
    assert_true(parallel_for(threads, ITEMS, note, record, &error));
    for (gsize i = 0; i < ITEMS; i++)
      assert_int_equal(record->seen[i], 1);
    assert_int_equal(record->clashes, 0);
  }
}

static bool
in_order(guint worker, gsize i, gpointer user, GError **error)
{
  struct record *record = user;
  if (worker != 0 || atomic_fetch_add(&record->next, 1) != i)
    return error_set(error, ERROR_FAILED, "item %zu out of order", i);
  return true;
}

static void
one_thread_keeps_the_order(void **state)
{
  (void)state;
  g_autofree struct record *record = new_record();
  g_autoptr(GError) error = NULL;
  assert_true(parallel_for(1, ITEMS, in_order, record, &error));
  assert_int_equal(record->next, ITEMS);
}

static void
lowest_failure_is_returned_and_ends_the_loop(void **state)
{
  (void)state;
  for (guint threads = 1; threads <= WORKERS; threads++) {
    g_autofree struct record *record = new_record();
    record->fail_from = 100;
    g_autoptr(GError) error = NULL;
    assert_false(parallel_for(threads, ITEMS, note, record, &error));
    assert_string_equal(error->message, "item 100");
    assert_true(error_is(error, ERROR_INPUT));
    assert_true(record->next < ITEMS);
  }
}

static void
a_signal_ends_the_loop(void **state)
{
  (void)state;
  g_autofree struct record *record = new_record();
  record->signal_at = 10;
  g_autoptr(GError) error = NULL;
  bool done = parallel_for(2, ITEMS, note, record, &error);
  interrupt_pretend(0);
  assert_false(done);
  assert_true(error_is(error, ERROR_INTERRUPTED));
  assert_true(record->next < ITEMS);
}

static void
nothing_to_do_is_done(void **state)
{
  (void)state;
  g_autofree struct record *record = new_record();
  g_autoptr(GError) error = NULL;
  assert_true(parallel_for(4, 0, note, record, &error));
  assert_int_equal(record->next, 0);
  assert_true(parallel_for(0, 3, note, record, &error));
  assert_int_equal(record->next, 3);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_item_is_done_once),
      cmocka_unit_test(one_thread_keeps_the_order),
      cmocka_unit_test(lowest_failure_is_returned_and_ends_the_loop),
      cmocka_unit_test(a_signal_ends_the_loop),
      cmocka_unit_test(nothing_to_do_is_done),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
