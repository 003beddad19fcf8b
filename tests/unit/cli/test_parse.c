/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/values.h"
#include "util/error.h"
#include "util/machine.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct cli_values *
read_line(const char *line, GError **error)
{
  g_auto(GStrv) words = NULL;
  if (*line == '\0')
    words = g_new0(char *, 1);
  else
    assert_true(g_shell_parse_argv(line, NULL, &words, NULL));
  /* texts are borrowed: they live until the program ends */
  static GPtrArray *kept;
  if (kept == NULL)
    kept = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
  g_ptr_array_add(kept, g_strdupv(words));
  return cli_values_read(g_ptr_array_index(kept, kept->len - 1), error);
}

struct refusal {
  const char *line;
  const char *message;
};

static const struct refusal refusals[] = {
    {"rnu",
     "unknown command 'rnu'\nHINT: Did you mean 'run'?\nHINT: Run 'kindling --help' for usage."},
    {"frobnicate", "unknown command 'frobnicate'\nHINT: Run 'kindling --help' for usage."},
    {"submit job", "command 'submit' needs submission, which this build does not have yet"},
    {"run", "missing argument: kindling run JOB..."},
    {"inspect", "'inspect' needs --input [NAME=]PATH\nHINT: Or set KINDLING_INPUT."},
    {"run j --inptu x", "unknown option '--inptu'\nHINT: Did you mean '--input'?\nHINT: Run "
                        "'kindling run --help' for usage."},
    {"run j --zzzzzzzz", "unknown option '--zzzzzzzz'\nHINT: Run"},
    {"run j -x", "unknown option '-x'\nHINT: Options have long names"},
    {"run j -qx", "unknown option '-qx'"},
    {"run j --input", "--input needs a value: --input [NAME=]PATH\nHINT: Run"},
    {"run j --input --output o",
     "--input needs a value: --input [NAME=]PATH\nHINT: Write --input=--output if the value"},
    {"run j --input=", "--input: the value is empty"},
    {"run j --input ''", "--input: the value is empty"},
    {"run j --input '\xff'", "--input: '\xff' is no UTF-8"},
    {"run j --app-name 'a\xc3'", "--app-name: 'a\xc3' is no UTF-8"},
    {"run ''", "argument: the value is empty"},
    {"run '\xff'", "argument: '\xff' is no UTF-8"},
    {"run j --quiet=yes", "--quiet takes no value"},
    {"run j --output a --output b", "--output is given twice"},
    {"run j -q --quiet", "--quiet is given twice"},
    {"run j --threads 0", "--threads: '0' is not a whole number from 1 to 1024"},
    {"run j --threads -1", "--threads: '-1' is not a whole number from 1 to 1024"},
    {"run j --threads 1025", "--threads: '1025' is not"},
    {"run j --threads four", "--threads: 'four' is not"},
    {"run j --memory-limit 4g", "--memory-limit: '4g' is not a size: unknown unit"},
    {"run j --memory-limit 0", "--memory-limit: '0' is not a size: it is zero"},
    {"run j --retain 7", "--retain: '7' is not a duration"},
    {"run j --retain -7d", "--retain: '-7d' is not a duration"},
    {"run j --runs 0", "--runs: '0' is not a whole number from 1 to 100"},
    {"run j --progress ttx",
     "--progress: 'ttx' is none of auto, tty, plain, none\nHINT: Did you mean "
     "'tty'?"},
    {"run j --color red", "--color: 'red' is none of auto, always, never"},
    {"run j --engine spark", "--engine spark: this build has no Spark engine yet"},
    {"run j --engine flink", "--engine: 'flink' is none of local, spark"},
    {"run j --master yarn", "--master needs Spark, which this build does not have yet"},
    {"run j --region us-east-1", "--region needs S3, which this build does not have yet"},
    {"run j --detach", "--detach needs submission, which this build does not have yet"},
    {"run j --rows 5 --input i", "command 'run' takes no --rows\nHINT: It belongs to: generate."},
    {"--rows 5 run j --input i", "command 'run' takes no --rows"},
    {"inspect x", "'inspect' takes no argument 'x'\nHINT: Did you mean '--input x'?"},
    {"inspect --input i -- -x", "'inspect' takes no argument '-x'"},
    {"compare a", "missing argument: kindling compare A B"},
    {"compare a b c", "'compare' takes no argument 'c'"},
    {"compare a b --tolerance 2", "--tolerance: '2' is not a number from 0 to 1"},
    {"compare a b --tolerance -1", "--tolerance: '-1' is not a number from 0 to 1"},
    {"compare a b --tolerance nan", "--tolerance: 'nan' is not a number from 0 to 1"},
    {"compare a b --tolerance 1e-12x", "--tolerance: '1e-12x' is not a number from 0 to 1"},
    {"compare a b --tolerance 0x1p-3", "--tolerance: '0x1p-3' is not a number from 0 to 1"},
    {"generate --output o --start 2024-02-30",
     "--start: '2024-02-30' is not a date like 2024-01-31"},
    {"generate --output o --start 2024-2-3", "--start: '2024-2-3' is not a date"},
    {"generate --output o --start today", "--start: 'today' is not a date"},
    {"generate --output o --rows 1e6", "--rows: '1e6' is not a whole number"},
    {"rollback --output o", "'rollback' needs --to VERSION\nHINT: Run"},
    {"rollback --output o --to -1", "--to: '-1' is not a whole number from 0 to"},
    {"gc", "'gc' needs --output PATH\nHINT: Or set KINDLING_OUTPUT."},
    {"completion", "missing argument: kindling completion SHELL"},
    {"completion bash --json", "command 'completion' takes no --json"},
    {"doctor --json=1", "--json takes no value"},
};

static void
bad_lines_are_refused(void **state)
{
  (void)state;
  for (gsize i = 0; i < G_N_ELEMENTS(refusals); i++) {
    g_autoptr(GError) error = NULL;
    AUTO(cli_values_free) struct cli_values *values = read_line(refusals[i].line, &error);
    assert_non_null(values);
    if (error == NULL)
      fail_msg("'%s' was accepted", refusals[i].line);
    assert_true(error_is(error, ERROR_USAGE));
    if (!g_str_has_prefix(error->message, refusals[i].message))
      fail_msg("'%s': %s", refusals[i].line, error->message);
    assert_non_null(strstr(error->message, "--help' for usage."));
  }
}

static struct cli_values *
read_good(const char *line)
{
  g_autoptr(GError) error = NULL;
  struct cli_values *values = read_line(line, &error);
  if (error != NULL)
    fail_msg("'%s': %s", line, error->message);
  return values;
}

static void
values_have_their_types(void **state)
{
  (void)state;
  AUTO(cli_values_free)
  struct cli_values *values =
      read_good("run a --input x=1 b --input=y -qv --output 'o p' --threads 3 --memory-limit=4GiB "
                "--retain 7d --progress none --json -- --c");
  assert_ptr_equal(values->command, &command_table[COMMAND_RUN]);
  assert_int_equal(values->arguments->len, 3);
  assert_string_equal(values->arguments->pdata[0], "a");
  assert_string_equal(values->arguments->pdata[1], "b");
  assert_string_equal(values->arguments->pdata[2], "--c");
  assert_null(values->arguments->pdata[3]);
  assert_int_equal(cli_count(values, OPTION_INPUT), 2);
  assert_string_equal(cli_nth(values, OPTION_INPUT, 0), "x=1");
  assert_string_equal(cli_nth(values, OPTION_INPUT, 1), "y");
  assert_null(cli_nth(values, OPTION_INPUT, 2));
  assert_string_equal(cli_text(values, OPTION_OUTPUT), "o p");
  assert_int_equal(cli_number(values, OPTION_THREADS), 3);
  assert_int_equal(cli_number(values, OPTION_MEMORY_LIMIT), 4ull << 30);
  assert_int_equal(cli_ms(values, OPTION_RETAIN), 7ll * 86400000);
  assert_int_equal(cli_number(values, OPTION_PROGRESS), 3);
  assert_true(cli_flag(values, OPTION_JSON));
  assert_true(cli_flag(values, OPTION_QUIET));
  assert_true(cli_flag(values, OPTION_VERBOSE));
  assert_false(cli_flag(values, OPTION_DRY_RUN));
}

static void
defaults_come_from_the_table(void **state)
{
  (void)state;
  AUTO(cli_values_free) struct cli_values *values = read_good("run a --input x");
  assert_string_equal(cli_text(values, OPTION_ENGINE), "local");
  assert_int_equal(cli_number(values, OPTION_RUNS), 3);
  assert_false(cli_flag(values, OPTION_RUNS));
  assert_int_equal(cli_number(values, OPTION_THREADS), 0);
  assert_int_equal(cli_ms(values, OPTION_RETAIN), -1);
  assert_null(cli_text(values, OPTION_OUTPUT));
  AUTO(cli_values_free) struct cli_values *generate = read_good("generate --output x");
  assert_int_equal(cli_number(generate, OPTION_ROWS), 1000000);
  assert_string_equal(cli_text(generate, OPTION_START), "2024-01-01");
}

static void
share_of_memory_is_of_the_machine(void **state)
{
  (void)state;
  AUTO(cli_values_free)
  struct cli_values *values = read_good("run a --input x --memory-limit 50%");
  assert_int_equal(cli_number(values, OPTION_MEMORY_LIMIT), machine_memory_bytes() / 2);
}

static void
flags_win_over_the_environment(void **state)
{
  (void)state;
  g_setenv("KINDLING_INPUT", "e=env", TRUE);
  g_setenv("KINDLING_OUTPUT", "out", TRUE);
  AUTO(cli_values_free) struct cli_values *values = read_good("run a --output flag");
  AUTO(cli_values_free) struct cli_values *foreign = read_good("compare a b");
  g_setenv("KINDLING_OUTPUT", "", TRUE);
  g_autoptr(GError) error = NULL;
  AUTO(cli_values_free) struct cli_values *empty = read_line("gc", &error);
  g_unsetenv("KINDLING_INPUT");
  g_unsetenv("KINDLING_OUTPUT");
  assert_string_equal(cli_text(values, OPTION_INPUT), "e=env");
  assert_int_equal(cli_count(values, OPTION_INPUT), 1);
  assert_string_equal(cli_text(values, OPTION_OUTPUT), "flag");
  assert_int_equal(cli_count(values, OPTION_OUTPUT), 1);
  assert_int_equal(cli_count(foreign, OPTION_INPUT), 0);
  assert_non_null(empty);
  assert_non_null(error); /* empty counts as not set */
}

static void
help_wins_over_errors(void **state)
{
  (void)state;
  static const char *const lines[] = {"run --bogus --help", "run -h", "--help run",
                                      "run j --threads x -h"};
  for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
    AUTO(cli_values_free) struct cli_values *values = read_good(lines[i]);
    assert_true(cli_flag(values, OPTION_HELP));
    assert_ptr_equal(values->command, &command_table[COMMAND_RUN]);
  }
  AUTO(cli_values_free) struct cli_values *program = read_good("-h");
  assert_true(cli_flag(program, OPTION_HELP));
  assert_null(program->command);
  g_autoptr(GError) error = NULL;
  AUTO(cli_values_free) struct cli_values *ended = read_line("inspect -- --help", &error);
  assert_false(cli_flag(ended, OPTION_HELP));
  assert_non_null(error); /* an argument that inspect does not take */
}

static void
errors_are_printed_as_asked(void **state)
{
  (void)state;
  g_autoptr(GError) error = NULL;
  AUTO(cli_values_free)
  struct cli_values *values = read_line("run --bogus --json --color=always", &error);
  assert_non_null(error);
  assert_true(cli_flag(values, OPTION_JSON));
  assert_string_equal(cli_text(values, OPTION_COLOR), "always");
}

static void
texts_have_limits(void **state)
{
  (void)state;
  g_autofree char *path = g_strnfill(4097, 'x');
  g_autofree char *text = g_strnfill(65537, 'x');
  char *lines[][4] = {{(char *)(gintptr) "gc", (char *)(gintptr) "--output", path, NULL},
                      {(char *)(gintptr) "run", path, NULL, NULL},
                      {(char *)(gintptr) "run", (char *)(gintptr) "--app-name", text, NULL}};
  for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
    g_autoptr(GError) error = NULL;
    AUTO(cli_values_free) struct cli_values *values = cli_values_read(lines[i], &error);
    assert_non_null(values);
    assert_non_null(strstr(error->message, ": the value is longer than "));
  }
}

static void
nothing_and_version_need_no_command(void **state)
{
  (void)state;
  AUTO(cli_values_free) struct cli_values *nothing = read_good("");
  assert_null(nothing->command);
  AUTO(cli_values_free) struct cli_values *version = read_good("--version --json");
  assert_true(cli_flag(version, OPTION_VERSION));
  AUTO(cli_values_free) struct cli_values *letter = read_good("run -V");
  assert_true(cli_flag(letter, OPTION_VERSION));
}

static void
long_and_strange_words_are_survived(void **state)
{
  (void)state;
  g_autofree char *letters = g_strnfill(100000, 'x');
  g_autofree char *option = g_strdup_printf("--%s", letters);
  char *lines[][3] = {{letters, NULL, NULL},
                      {option, NULL, NULL},
                      {(char *)(gintptr) "run", option, NULL},
                      {(char *)(gintptr) "\xff\xfe", NULL, NULL},
                      {(char *)(gintptr) "--", NULL, NULL},
                      {(char *)(gintptr) "-", NULL, NULL},
                      {(char *)(gintptr) "--=", NULL, NULL},
                      {(char *)(gintptr) "", NULL, NULL}};
  for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
    g_autoptr(GError) error = NULL;
    AUTO(cli_values_free) struct cli_values *values = cli_values_read(lines[i], &error);
    assert_true(error != NULL || values->command == NULL);
  }
}

int
main(void)
{
  g_unsetenv("KINDLING_INPUT");
  g_unsetenv("KINDLING_OUTPUT");
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(bad_lines_are_refused),
      cmocka_unit_test(values_have_their_types),
      cmocka_unit_test(defaults_come_from_the_table),
      cmocka_unit_test(share_of_memory_is_of_the_machine),
      cmocka_unit_test(flags_win_over_the_environment),
      cmocka_unit_test(help_wins_over_errors),
      cmocka_unit_test(errors_are_printed_as_asked),
      cmocka_unit_test(texts_have_limits),
      cmocka_unit_test(nothing_and_version_need_no_command),
      cmocka_unit_test(long_and_strange_words_are_survived),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
