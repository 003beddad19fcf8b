/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/help.h"
#include "report/colour.h"
#include "report/width.h"
#include <string.h>

#define HEAD_COLUMNS  26
#define LEAST_COLUMNS 40
#define NARROW        70 /* below, what is said of an option stands under it, not beside it */

static void
append_spaces(GString *text, gsize count)
{
  for (gsize i = 0; i < count; i++)
    g_string_append_c(text, ' ');
}

/* Words of body from column at on, broken before columns, each further line indented. */
static void
append_wrapped(GString *text, const char *body, gsize at, gsize indent, gsize columns)
{
  g_auto(GStrv) words = g_strsplit(body, " ", -1);
  bool first = true;
  for (gsize i = 0; words[i] != NULL; i++) {
    gsize width = width_of(words[i]);
    if (!first && at + 1 + width > columns) {
      g_string_append_c(text, '\n');
      append_spaces(text, indent);
      at = indent;
      first = true;
    }
    if (!first) {
      g_string_append_c(text, ' ');
      at++;
    }
    g_string_append(text, words[i]);
    at += width;
    first = false;
  }
  g_string_append_c(text, '\n');
}

static void
append_heading(GString *text, const char *heading, bool colour)
{
  g_string_append_printf(text, "\n%s%s%s\n", colour_code(colour, COLOUR_BOLD), heading,
                         colour_code(colour, COLOUR_END));
}

static void
append_pair(GString *text, const char *head, const char *body, guint columns)
{
  gsize width = 2 + width_of(head);
  g_string_append_printf(text, "  %s", head);
  if (columns >= NARROW && width + 2 <= HEAD_COLUMNS) {
    append_spaces(text, HEAD_COLUMNS - width);
    append_wrapped(text, body, HEAD_COLUMNS, HEAD_COLUMNS, columns);
    return;
  }
  gsize indent = columns >= NARROW ? HEAD_COLUMNS : 6;
  g_string_append_c(text, '\n');
  append_spaces(text, indent);
  append_wrapped(text, body, indent, indent, columns);
}

char *
help_option_head(const struct option *option)
{
  g_autofree char *letter =
      option->letter == '\0' ? g_strdup("") : g_strdup_printf("-%c, ", option->letter);
  if (option->argument == NULL)
    return g_strdup_printf("%s--%s", letter, option->name);
  return g_strdup_printf("%s--%s %s", letter, option->name, option->argument);
}

char *
help_option_body(const struct option *option)
{
  GString *body = g_string_new(option->help);
  const char *otherwise = option->otherwise != NULL ? option->otherwise : option->otherwise_text;
  if (option->choices != NULL) {
    g_autofree char *choices = g_strjoinv(", ", (char **)(gintptr)option->choices);
    g_string_append_printf(body, " One of: %s.", choices);
  }
  if (otherwise != NULL)
    g_string_append_printf(body, " Default: %s.", otherwise);
  if (option->environment != NULL)
    g_string_append_printf(body, " Environment: %s.", option->environment);
  return g_string_free(body, FALSE);
}

char *
help_usage(const struct command *command)
{
  GString *usage = g_string_new("kindling ");
  g_string_append(usage, command->name);
  if (command->arguments != NULL)
    g_string_append_printf(usage, " %s", command->arguments);
  for (guint i = 0; i < OPTION_IDS; i++) {
    if (((command->required | command->usual) & OPTION_BIT(i)) != 0) {
      g_autofree char *head = help_option_head(&option_table[i]);
      g_string_append_printf(usage, " %s", head);
    }
  }
  g_string_append(usage, " [options]");
  return g_string_free(usage, FALSE);
}

static void
append_examples(GString *text, const struct command_example *examples, gsize count, bool colour)
{
  append_heading(text, "Examples", colour);
  for (gsize i = 0; i < count && examples[i].line != NULL; i++)
    g_string_append_printf(text, "%s  # %s\n  %s\n", i == 0 ? "" : "\n", examples[i].what,
                           examples[i].line);
}

static void
append_options(GString *text, guint64 options, guint columns)
{
  for (guint i = 0; i < OPTION_IDS; i++) {
    if ((options & OPTION_BIT(i)) == 0)
      continue;
    g_autofree char *head = help_option_head(&option_table[i]);
    g_autofree char *body = help_option_body(&option_table[i]);
    append_pair(text, head, body, columns);
  }
}

char *
help_command(const struct command *command, guint columns, bool colour)
{
  columns = MAX(columns, LEAST_COLUMNS);
  GString *text = g_string_new(NULL);
  g_autofree char *usage = help_usage(command);
  g_autofree char *title = g_strdup_printf("kindling %s: %s", command->name, command->summary);
  append_wrapped(text, title, 0, 2, columns);
  append_examples(text, command->examples, G_N_ELEMENTS(command->examples), colour);
  append_heading(text, "Usage", colour);
  g_string_append(text, "  ");
  append_wrapped(text, usage, 2, 6, columns);
  g_auto(GStrv) paragraphs = g_strsplit(command->description, "\n\n", -1);
  for (gsize i = 0; paragraphs[i] != NULL; i++) {
    g_string_append(text, "\n  ");
    append_wrapped(text, paragraphs[i], 2, 2, columns);
  }
  append_heading(text, "Options", colour);
  append_options(text, command->options, columns);
  return g_string_free(text, FALSE);
}

char *
help_program(guint columns, bool colour)
{
  static const struct command_example examples[] = {
      {"Sample data, what it holds, both shipped jobs, what was published",
       "kindling generate --output data/events --rows 1000000\n"
       "  kindling inspect --input data/events\n"
       "  kindling run batch-processing advanced-analysis --input data/events --output out\n"
       "  kindling history --output out"},
  };
  columns = MAX(columns, LEAST_COLUMNS);
  GString *text = g_string_new(NULL);
  append_wrapped(text,
                 "kindling: batch rollups over Hive-partitioned Parquet, from plain SQL scripts, "
                 "published as atomic Delta tables",
                 0, 2, columns);
  append_examples(text, examples, G_N_ELEMENTS(examples), colour);
  append_heading(text, "Usage", colour);
  g_string_append(text, "  kindling COMMAND [arguments] [options]\n");
  append_heading(text, "Commands", colour);
  for (guint i = 0; i < COMMAND_IDS; i++)
    append_pair(text, command_table[i].name, command_table[i].summary, columns);
  append_heading(text, "Options", colour);
  append_options(text, OPTION_BIT(OPTION_HELP) | OPTION_BIT(OPTION_VERSION), columns);
  g_string_append(text, "\n");
  append_wrapped(text, "'kindling COMMAND --help' shows the options and examples of a command.", 0,
                 0, columns);
  return g_string_free(text, FALSE);
}
