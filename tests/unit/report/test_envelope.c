/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* posix_openpt */
#include "report/colour.h"
#include "report/envelope.h"
#include "report/timings.h"
#include "util/error.h"
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
expect_json(struct json_object *object, const char *line)
{
  JSON_AUTO(owned) = object;
  g_autofree char *actual = json_line(owned);
  assert_string_equal(actual, line);
}

static void
errors_keep_message_and_hint_apart(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  error_set(&error, ERROR_SCRIPT, "line 1\n  detail");
  error_hint(&error, "Do this.");
  error_hint(&error, "Or that.");
  expect_json(
      envelope_error("run", error),
      "{\"schema_version\":1,\"command\":\"run\",\"error\":{\"kind\":\"script\","
      "\"exit_code\":2,\"message\":\"line 1\\n  detail\",\"hint\":\"Do this.\\nOr that.\"}}");
}

static void
foreign_errors_are_failures(void **state)
{
  (void)state;
  g_autoptr(GError) error = g_error_new_literal(G_FILE_ERROR, G_FILE_ERROR_IO, "bad \xff byte");
  expect_json(envelope_error(NULL, error),
              "{\"schema_version\":1,\"error\":{\"kind\":\"failed\",\"exit_code\":1,"
              "\"message\":\"bad \xef\xbf\xbd byte\",\"hint\":null}}");
}

static void
timings_add_up(void **state)
{
  (void)state;
  AUTO(timings_free) struct timings *timings = timings_new();
  timings_add(timings, "plan", 0.75);
  timings_add(timings, "publish", 0.75);
  timings_add(timings, "plan", 1.5);
  assert_int_equal(timings_count(timings), 2);
  g_autofree char *text = timings_text(timings, false);
  assert_string_equal(text,
                      "stage      time  share\nplan      2.2 s   75 %\npublish  0.75 s   25 %\n");
  expect_json(timings_json(timings), "[{\"stage\":\"plan\",\"seconds\":2.25,\"share\":0.75},"
                                     "{\"stage\":\"publish\",\"seconds\":0.75,\"share\":0.25}]");
}

static void
a_stage_begun_ends_the_one_before(void **state)
{
  (void)state;
  AUTO(timings_free) struct timings *timings = timings_new();
  double first;
  double second;
  timings_begin(timings, "a");
  g_usleep(20000);
  timings_begin(timings, "b");
  timings_end(timings);
  timings_end(timings);
  assert_string_equal(timings_stage(timings, 0, &first), "a");
  assert_string_equal(timings_stage(timings, 1, &second), "b");
  assert_true(first >= 0.02 && first < 10);
  assert_true(second < first);
  timings_begin(NULL, "a");
  timings_end(NULL);
  assert_int_equal(timings_count(NULL), 0);
}

static void
colour_needs_a_terminal_that_wants_it(void **state)
{
  (void)state;
  FILE *terminal = fdopen(posix_openpt(O_RDWR | O_NOCTTY), "w");
  assert_non_null(terminal);
  g_unsetenv("NO_COLOR");
  g_setenv("TERM", "xterm", TRUE);
  assert_true(colour_allowed(COLOUR_AUTO, terminal));
  assert_false(colour_allowed(COLOUR_NEVER, terminal));
  g_setenv("NO_COLOR", "1", TRUE);
  assert_false(colour_allowed(COLOUR_AUTO, terminal));
  assert_true(colour_allowed(COLOUR_ALWAYS, terminal));
  g_setenv("NO_COLOR", "", TRUE);
  assert_true(colour_allowed(COLOUR_AUTO, terminal));
  g_setenv("TERM", "dumb", TRUE);
  assert_false(colour_allowed(COLOUR_AUTO, terminal));
  (void)fclose(terminal);
  g_setenv("TERM", "xterm", TRUE);
  FILE *file = fopen("/dev/null", "w");
  assert_false(colour_allowed(COLOUR_AUTO, file));
  (void)fclose(file);
  assert_string_equal(colour_code(false, COLOUR_RED), "");
  assert_string_equal(colour_code(true, COLOUR_RED), "\033[31m");
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(errors_keep_message_and_hint_apart),
      cmocka_unit_test(foreign_errors_are_failures),
      cmocka_unit_test(timings_add_up),
      cmocka_unit_test(a_stage_begun_ends_the_one_before),
      cmocka_unit_test(colour_needs_a_terminal_that_wants_it),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
