/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
#include "engine/local/kernel_stream.h"
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* What another thread does the next time that a lock is given back: it has waited for it. */
static void (*waiting)(struct kernel_stream *stream);
static struct kernel_stream *waited_for;

/* GLib's, with that thread's turn behind it. */
void
g_mutex_unlock(GMutex *mutex)
{
  static void (*real)(GMutex *);
  if (real == NULL)
    *(void **)&real = dlsym(RTLD_NEXT, "g_mutex_unlock");
  real(mutex);
  void (*turn)(struct kernel_stream *) = waiting;
  waiting = NULL;
  if (turn != NULL)
    turn(waited_for);
}

static void
other_gives_up(struct kernel_stream *stream)
{
  assert_false(stream_give_up(stream, "the other's"));
}

static void
other_runs_out(struct kernel_stream *stream)
{
  assert_false(stream_run_out(stream, "the other's"));
}

/* Whichever thread is first: the reason and whether it is want of memory are of the same. */
static void
a_reason_and_its_kind_are_told_together(void **state)
{
  (void)state;
  static const struct {
    bool (*own)(struct kernel_stream *stream, const char *reason);
    void (*other)(struct kernel_stream *stream);
    bool own_ran_out, other_ran_out;
  } cases[] = {{stream_run_out, other_gives_up, true, false},
               {stream_give_up, other_runs_out, false, true},
               {stream_run_out, other_runs_out, true, true}};
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    struct kernel_stream stream = {.stopped = 0};
    g_mutex_init(&stream.mutex);
    waited_for = &stream;
    waiting = cases[i].other;
    assert_false(cases[i].own(&stream, "its own"));
    assert_null(waiting);
    bool is_own = g_str_equal(kernel_stream_reason(&stream), "its own");
    assert_int_equal(kernel_stream_ran_out(&stream),
                     is_own ? cases[i].own_ran_out : cases[i].other_ran_out);
    assert_int_equal(stream.stopped, 1);
    g_mutex_clear(&stream.mutex);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_reason_and_its_kind_are_told_together),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
