/* SPDX-License-Identifier: Apache-2.0 */
#include "util/error.h"
#include "util/fault.h"
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void
nothing_planted_nothing_happens(void **state)
{
  (void)state;
  g_unsetenv("KINDLING_FAULT");
  assert_true(fault_here("table.commit", NULL));
  assert_false(fault_planted("fail", "table.commit"));
}

static void
only_the_named_step_fails(void **state)
{
  (void)state;
  g_setenv("KINDLING_FAULT", "wrong:engine.value,fail:table.commit", TRUE);
  g_autoptr(GError) error = NULL;
  assert_true(fault_here("table.stage", &error));
  assert_true(fault_here("table.commit2", &error));
  assert_false(fault_here("table.commit", &error));
  assert_true(error_is(error, ERROR_FAILED));
  assert_true(fault_planted("wrong", "engine.value"));
  assert_false(fault_planted("wrong", "engine"));
  g_unsetenv("KINDLING_FAULT");
}

static void
kill_ends_the_process_there(void **state)
{
  (void)state;
  pid_t child = fork();
  if (child == 0) {
    g_setenv("KINDLING_FAULT", "kill:table.commit", TRUE);
    (void)fault_here("table.commit", NULL);
    _exit(5);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFSIGNALED(status));
  assert_int_equal(WTERMSIG(status), SIGKILL);
}

static void
stop_waits_there_and_goes_on(void **state)
{
  (void)state;
  pid_t child = fork();
  if (child == 0) {
    g_setenv("KINDLING_FAULT", "stop:table.commit", TRUE);
    _exit(fault_here("table.commit", NULL) ? 5 : 6);
  }
  int status = 0;
  assert_int_equal(waitpid(child, &status, WUNTRACED), child);
  assert_true(WIFSTOPPED(status));
  assert_int_equal(kill(child, SIGCONT), 0);
  assert_int_equal(waitpid(child, &status, 0), child);
  assert_true(WIFEXITED(status));
  assert_int_equal(WEXITSTATUS(status), 5);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_planted_nothing_happens),
      cmocka_unit_test(only_the_named_step_fails),
      cmocka_unit_test(kill_ends_the_process_there),
      cmocka_unit_test(stop_waits_there_and_goes_on),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
