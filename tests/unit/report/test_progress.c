/* SPDX-License-Identifier: Apache-2.0 */
#include "report/progress.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct line_case {
  struct progress_state state;
  const char *line;
  const char *summary;
};

static const struct line_case cases[] = {
    {{"daily", 1, 7, -1, 0, 0}, "[1/7] daily", "[1/7] daily   0.00 s"},
    {{"daily", 0, 0, -1, 0, 3}, "daily   3.0 s", "daily   3.0 s"},
    {{"daily", 1, 7, 0.43, 5200000, 10},
     "[1/7] daily   43 %   520,000 rows/s   13.3 s left",
     "[1/7] daily   5,200,000 rows   10.0 s"},
    {{"daily", 1, 7, 0.005, 1000, 2},
     "[1/7] daily   0 %   500 rows/s   2.0 s",
     "[1/7] daily   1,000 rows   2.0 s"},
    {{"daily", 1, 1, 1.7, 10, 2},
     "[1/1] daily   100 %   5 rows/s   2.0 s",
     "[1/1] daily   10 rows   2.0 s"},
    {{"daily", 1, 1, 0.5, 10, 0.5},
     "[1/1] daily   50 %   20 rows/s   0.50 s",
     "[1/1] daily   10 rows   0.50 s"},
};

static void
lines_say_what_is_known(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
    g_autofree char *line = progress_line(&cases[i].state);
    assert_string_equal(line, cases[i].line);
    g_autofree char *summary = progress_summary(&cases[i].state);
    assert_string_equal(summary, cases[i].summary);
  }
}

struct sink {
  FILE *out;
  char *text;
  size_t length;
};

static void
sink_open(struct sink *sink)
{
  *sink = (struct sink){0};
  sink->out = open_memstream(&sink->text, &sink->length);
  assert_non_null(sink->out);
}

static void
sink_close(struct sink *sink)
{
  (void)fclose(sink->out);
  free(sink->text);
}

static void
plain_lines_come_at_begin_interval_and_end(void **state)
{
  (void)state;
  struct sink sink;
  sink_open(&sink);
  struct progress_options options = {
      .out = sink.out, .mode = PROGRESS_PLAIN, .interval_seconds = 3600};
  struct progress *progress = progress_new(&options);
  progress_begin(progress, "a", 1, 2);
  assert_string_equal(sink.text, "[1/2] a\n");
  for (int i = 0; i < 100; i++)
    progress_update(progress, i / 100.0, 1);
  assert_string_equal(sink.text, "[1/2] a\n");
  progress_note(progress, "'%s' runs\nplain", "a");
  assert_string_equal(sink.text, "[1/2] a\n'a' runs\\nplain\n");
  progress_end(progress, 5);
  progress_end(progress, 6); /* ended already */
  assert_string_equal(sink.text, "[1/2] a\n'a' runs\\nplain\n[1/2] a   5 rows   0.00 s\n");
  progress_free(progress);
  sink_close(&sink);
}

static void
interval_is_kept(void **state)
{
  (void)state;
  struct sink sink;
  sink_open(&sink);
  struct progress_options options = {
      .out = sink.out, .mode = PROGRESS_PLAIN, .interval_seconds = 0.2};
  AUTO(progress_free) struct progress *progress = progress_new(&options);
  progress_begin(progress, "a", 0, 0);
  progress_update(progress, 0.25, 0);
  assert_null(strchr(sink.text, '%'));
  g_usleep(220000);
  progress_update(progress, 0.5, 0);
  assert_true(g_str_has_prefix(sink.text, "a\na   50 %"));
  g_clear_pointer(&progress, progress_free);
  sink_close(&sink);
}

static void
terminal_line_is_rewritten_and_taken_back(void **state)
{
  (void)state;
  struct sink sink;
  sink_open(&sink);
  struct progress_options options = {.out = sink.out, .mode = PROGRESS_TTY, .columns = 12};
  struct progress *progress = progress_new(&options);
  progress_begin(progress, "monthly-summary", 1, 9);
  assert_string_equal(sink.text, "\r[1/9] mont…\033[K");
  progress_note(progress, "note");
  assert_string_equal(sink.text, "\r[1/9] mont…\033[K\r\033[Knote\n\r[1/9] mont…\033[K");
  progress_free(progress);
  assert_true(g_str_has_suffix(sink.text, "\r\033[K"));
  sink_close(&sink);
}

static void
silence_is_null(void **state)
{
  (void)state;
  struct progress_options options = {.mode = PROGRESS_NONE};
  assert_null(progress_new(&options));
  progress_begin(NULL, "a", 1, 1);
  progress_update(NULL, 0.5, 1);
  progress_note(NULL, "x");
  progress_end(NULL, 1);
  progress_free(NULL);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(lines_say_what_is_known),
      cmocka_unit_test(plain_lines_come_at_begin_interval_and_end),
      cmocka_unit_test(interval_is_kept),
      cmocka_unit_test(terminal_line_is_rewritten_and_taken_back),
      cmocka_unit_test(silence_is_null),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
