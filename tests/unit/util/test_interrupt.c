/* SPDX-License-Identifier: Apache-2.0 */
#include "util/error.h"
#include "util/interrupt.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void
a_signal_becomes_an_error(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  assert_true(interrupt_check(&error));
  interrupt_pretend(SIGINT);
  assert_false(interrupt_check(&error));
  assert_true(error_is(error, ERROR_INTERRUPTED));
  g_clear_error(&error);
  interrupt_pretend(SIGTERM);
  assert_false(interrupt_check(&error));
  assert_true(error_is(error, ERROR_TERMINATED));
  interrupt_pretend(0);
}

static int
child_status(int first, int second)
{
  pid_t child = fork();
  if (child == 0) {
    interrupt_install();
    (void)raise(first);
    if (interrupt_signal() != first)
      _exit(9);
    if (second != 0)
      (void)raise(second);
    _exit(5);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  return status;
}

static void
the_first_signal_only_sets_the_flag(void **state)
{
  (void)state;
  int status = child_status(SIGINT, 0);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 5);
}

static void
the_second_signal_ends_the_process(void **state)
{
  (void)state;
  static const int pairs[][2] = {{SIGINT, SIGINT}, {SIGINT, SIGTERM}, {SIGTERM, SIGINT}};
  for (gsize i = 0; i < G_N_ELEMENTS(pairs); i++) {
    int status = child_status(pairs[i][0], pairs[i][1]);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), pairs[i][1]);
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_signal_becomes_an_error),
      cmocka_unit_test(the_first_signal_only_sets_the_flag),
      cmocka_unit_test(the_second_signal_ends_the_process),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
