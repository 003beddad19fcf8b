/* SPDX-License-Identifier: Apache-2.0
 * Prints a page of docs/reference from the program's tables: print_reference commands|options|exit-codes. */
#include "cli/commands.h"
#include "cli/help.h"
#include "engine/engine.h"
#include "util/error.h"
#include <stdio.h>
#include <string.h>

static void
print_option_links(guint64 options)
{
  const char *between = "";
  for (guint i = 0; i < OPTION_IDS; i++) {
    if ((options & OPTION_BIT(i)) == 0)
      continue;
    printf("%s[`--%s`](options.md#--%s)", between, option_table[i].name, option_table[i].name);
    between = ", ";
  }
  printf("\n");
}

static void
print_command(const struct command *command)
{
  g_autofree char *usage = help_usage(command);
  printf("\n## %s\n\n", command->name);
  printf("%c%s.\n\n", g_ascii_toupper(command->summary[0]), command->summary + 1);
  printf("```\n%s\n```\n\n%s\n\n```sh\n", usage, command->description);
  for (gsize i = 0; i < G_N_ELEMENTS(command->examples) && command->examples[i].line != NULL; i++)
    printf("%s# %s\n%s\n", i == 0 ? "" : "\n", command->examples[i].what,
           command->examples[i].line);
  printf("```\n\nOptions: ");
  print_option_links(command->options);
}

static void
print_commands(void)
{
  printf("# Commands\n\n"
         "One program, `kindling`, with these commands. The result goes to stdout, progress and "
         "errors go to stderr. "
         "Options may stand anywhere; `--` ends them. Options are explained in "
         "[options.md](options.md), exit codes in "
         "[exit-codes.md](exit-codes.md).\n\n"
         "| command | does |\n| --- | --- |\n");
  for (guint i = 0; i < COMMAND_IDS; i++)
    printf("| [`%s`](#%s) | %s |\n", command_table[i].name, command_table[i].name,
           command_table[i].summary);
  for (guint i = 0; i < COMMAND_IDS; i++)
    print_command(&command_table[i]);
}

static void
print_takers(guint option)
{
  const char *between = "";
  for (guint i = 0; i < COMMAND_IDS; i++) {
    if ((command_table[i].options & OPTION_BIT(option)) == 0)
      continue;
    printf("%s[`%s`](commands.md#%s)", between, command_table[i].name, command_table[i].name);
    between = ", ";
  }
}

static void
print_option(guint id)
{
  const struct option *option = &option_table[id];
  g_autofree char *head = help_option_head(option);
  printf("\n## --%s\n\n`%s`\n\n%s\n\n", option->name, head, option->help);
  printf("- Type: %s\n", option_type_name(option->type));
  if (option->type == OPTION_TYPE_COUNT && option->highest == G_MAXUINT64)
    printf("- Range: from %" G_GUINT64_FORMAT "\n", option->lowest);
  else if (option->type == OPTION_TYPE_COUNT)
    printf("- Range: %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT "\n", option->lowest,
           option->highest);
  for (gsize i = 0; option->choices != NULL && option->choices[i] != NULL; i++)
    printf("%s`%s`%s", i == 0 ? "- One of: " : ", ", option->choices[i],
           option->choices[i + 1] == NULL ? "\n" : "");
  if (option->otherwise != NULL)
    printf("- Default: `%s`\n", option->otherwise);
  else if (option->otherwise_text != NULL)
    printf("- Default: %s\n", option->otherwise_text);
  if (option->environment != NULL)
    printf("- Environment: `%s`\n", option->environment);
  if (option->repeats)
    printf("- May be given several times\n");
  printf("- Taken by: ");
  print_takers(id);
  printf("\n");
}

static guint
megabytes(guint64 bytes)
{
  return (guint)(bytes / 1000000);
}

static void
print_memory(void)
{
  printf(
      "- What `--memory-limit` covers: the resident memory of the whole process, as `time -v` and "
      "control groups count it, but no pages of files that the system caches. %u MB and %u MB a "
      "thread of it are for the program itself (code, stacks, what DuckDB does not count); at "
      "least %u MB more are needed. Of the rest the kernel may take %d %% while it reads the "
      "input, and DuckDB what the kernel does not hold. A process at its limit may pass it by "
      "some percent, for moments: leave a tenth to a control group's own limit. DuckDB spills "
      "what it sorts, joins and groups to the temp directory; what cannot be spilled ends the "
      "run with exit code 8, and nothing is published.\n",
      megabytes(ENGINE_OWN_BYTES), megabytes(ENGINE_OWN_THREAD_BYTES),
      megabytes(ENGINE_LEAST_DATA_BYTES), ENGINE_KERNEL_PERCENT);
}

static void
print_options(void)
{
  printf("# Options\n\n"
         "Write `--name value` or `--name=value`. A value on the command line wins over the "
         "environment, the environment "
         "over the default; an empty variable counts as not set.\n\n"
         "- Sizes: `512MB`, `4GiB`, `50%%` (of the memory that the machine or the control group "
         "allows), or bytes. kB, MB, "
         "GB, TB are powers of 1000, KiB, MiB, GiB, TiB of 1024.\n"
         "- Durations: `90s`, `30m`, `12h`, `7d`, `2w`.\n");
  print_memory();
  for (guint i = 0; i < OPTION_IDS; i++) {
    if (option_table[i].needs == NULL)
      print_option(i);
  }
}

static void
print_exit_codes(void)
{
  gsize count;
  const struct error_kind_row *rows = error_kind_rows(&count);
  printf("# Exit codes\n\n"
         "With `--json` an error is printed to stdout too, as "
         "`{\"schema_version\":1,\"command\":...,\"error\":{\"kind\","
         "\"exit_code\",\"message\",\"hint\"}}`.\n\n"
         "| code | kind | meaning |\n| --- | --- | --- |\n"
         "| 0 | | done; `compare`: all is equal |\n");
  for (gsize i = 0; i < count; i++)
    printf("| %d | `%s` | %s |\n", rows[i].exit_code, rows[i].name, rows[i].meaning);
}

int
main(int argc, char **argv)
{
  if (argc == 2 && strcmp(argv[1], "commands") == 0)
    print_commands();
  else if (argc == 2 && strcmp(argv[1], "options") == 0)
    print_options();
  else if (argc == 2 && strcmp(argv[1], "exit-codes") == 0)
    print_exit_codes();
  else
    return 2;
  return 0;
}
