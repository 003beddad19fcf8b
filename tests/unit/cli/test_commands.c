/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/commands.h"
#include "cli/completion.h"
#include "cli/help.h"
#include "cli/values.h"
#include "report/width.h"
#include "util/error.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void
every_option_is_whole(void **state)
{
  (void)state;
  guint64 taken = 0;
  for (guint i = 0; i < COMMAND_IDS; i++)
    taken |= command_table[i].options;
  for (guint i = 0; i < OPTION_IDS; i++) {
    const struct option *option = &option_table[i];
    assert_non_null(option->name);
    assert_true(option->needs != NULL || g_str_has_suffix(option->help, "."));
    assert_int_equal(option_find(option->name, strlen(option->name)), i);
    assert_int_equal(option->argument == NULL, option->type == OPTION_TYPE_FLAG);
    assert_int_equal(option->choices != NULL, option->type == OPTION_TYPE_CHOICE);
    /* what this build lacks is taken, and so shown, by no command; all else by one at least */
    if (((taken & OPTION_BIT(i)) != 0) == (option->needs != NULL))
      fail_msg("--%s", option->name);
  }
}

static void
every_command_is_whole(void **state)
{
  (void)state;
  for (guint i = 0; i < COMMAND_IDS; i++) {
    const struct command *command = &command_table[i];
    assert_int_equal(command_find(command->name), i);
    assert_null(command_needs(command->name));
    assert_non_null(command->examples[0].line);
    assert_int_equal(command->required & ~command->options, 0);
    assert_false(g_str_has_suffix(command->summary, "."));
    assert_true(g_str_has_suffix(command->description, "."));
    assert_true((command->options & OPTION_BIT(OPTION_HELP)) != 0);
  }
}

/* What an example shows must be a line that the parser takes. */
static void
examples_are_accepted(void **state)
{
  (void)state;
  for (guint i = 0; i < COMMAND_IDS; i++) {
    const struct command *command = &command_table[i];
    if (i == COMMAND_COMPLETION)
      continue; /* lines for a shell */
    for (gsize j = 0; j < G_N_ELEMENTS(command->examples) && command->examples[j].line != NULL;
         j++) {
      g_auto(GStrv) words = NULL;
      g_autoptr(GError) error = NULL;
      assert_true(g_shell_parse_argv(command->examples[j].line, NULL, &words, NULL));
      assert_string_equal(words[0], "kindling");
      AUTO(cli_values_free) struct cli_values *values = cli_values_read(words + 1, &error);
      if (error != NULL)
        fail_msg("'%s': %s", command->examples[j].line, error->message);
      assert_ptr_equal(values->command, command);
    }
  }
}

static void
help_keeps_to_the_width(void **state)
{
  (void)state;
  static const guint widths[] = {60, 80, 100};
  for (gsize w = 0; w < G_N_ELEMENTS(widths); w++) {
    for (guint i = 0; i < COMMAND_IDS; i++) {
      g_autofree char *text = help_command(&command_table[i], widths[w], false);
      g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
      for (gsize j = 0; lines[j] != NULL; j++) {
        bool example =
            g_str_has_prefix(lines[j], "  kindling ") || g_str_has_prefix(lines[j], "  # ");
        if (!example && width_of(lines[j]) > widths[w])
          fail_msg("%u columns: '%s'", widths[w], lines[j]);
        assert_false(g_str_has_suffix(lines[j], " "));
      }
    }
  }
}

static void
help_names_what_the_command_takes(void **state)
{
  (void)state;
  g_autofree char *text = help_command(&command_table[COMMAND_GC], 80, false);
  assert_non_null(strstr(text, "--older-than DURATION"));
  assert_null(strstr(text, "--threads"));
  assert_null(strstr(text, "--master"));
  assert_true(strstr(text, "Examples") < strstr(text, "Usage"));
  assert_null(strchr(text, '\033'));
  g_autofree char *coloured = help_command(&command_table[COMMAND_GC], 80, true);
  assert_non_null(strchr(coloured, '\033'));
}

static void
completion_knows_all_commands(void **state)
{
  (void)state;
  static const char *const shells[] = {"bash", "zsh", "fish"};
  static const char *const jobs[] = {"batch-processing", NULL};
  for (gsize i = 0; i < G_N_ELEMENTS(shells); i++) {
    g_autofree char *script = completion_script(shells[i], jobs, NULL);
    assert_non_null(script);
    for (guint j = 0; j < COMMAND_IDS; j++)
      assert_non_null(strstr(script, command_table[j].name));
    assert_non_null(strstr(script, "batch-processing"));
    assert_non_null(strstr(script, "older-than"));
    assert_null(strstr(script, "cluster-id"));
  }
  g_autoptr(GError) error = NULL;
  assert_null(completion_script("fihs", jobs, &error));
  assert_true(error_is(error, ERROR_USAGE));
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_option_is_whole),
      cmocka_unit_test(every_command_is_whole),
      cmocka_unit_test(examples_are_accepted),
      cmocka_unit_test(help_keeps_to_the_width),
      cmocka_unit_test(help_names_what_the_command_takes),
      cmocka_unit_test(completion_knows_all_commands),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
