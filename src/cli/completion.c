/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/completion.h"
#include "cli/commands.h"
#include "util/error.h"
#include <string.h>

static bool
takes_jobs(const struct command *command)
{
  return g_strcmp0(command->arguments, "JOB...") == 0;
}

static bool
names_files(enum option_type type)
{
  return type == OPTION_TYPE_PATH;
}

static char *
join_options(const struct command *command)
{
  GString *list = g_string_new(NULL);
  for (guint i = 0; i < OPTION_IDS; i++) {
    if ((command->options & OPTION_BIT(i)) != 0)
      g_string_append_printf(list, "%s--%s", list->len == 0 ? "" : " ", option_table[i].name);
  }
  return g_string_free(list, FALSE);
}

static char *
join_commands(void)
{
  return g_strjoinv(" ", (char **)(gintptr)command_names());
}

static void
append_bash_values(GString *script)
{
  for (guint i = 0; i < OPTION_IDS; i++) {
    const struct option *option = &option_table[i];
    if (option->needs != NULL || option->argument == NULL)
      continue;
    g_string_append_printf(script, "    --%s)\n", option->name);
    if (option->choices != NULL) {
      g_autofree char *choices = g_strjoinv(" ", (char **)(gintptr)option->choices);
      g_string_append_printf(script, "      COMPREPLY=($(compgen -W '%s' -- \"$word\"))\n",
                             choices);
    } else if (names_files(option->type)) {
      g_string_append(script, "      compopt -o filenames\n"
                              "      COMPREPLY=($(compgen -f -- \"${word#*=}\"))\n");
    }
    g_string_append(script, "      return ;;\n");
  }
}

static void
append_bash_commands(GString *script, const char *jobs)
{
  for (guint i = 0; i < COMMAND_IDS; i++) {
    const struct command *command = &command_table[i];
    g_autofree char *options = join_options(command);
    const char *words = takes_jobs(command) ? jobs : i == COMMAND_COMPLETION ? "bash zsh fish" : "";
    g_autofree char *commands = i == COMMAND_HELP ? join_commands() : NULL;
    g_string_append_printf(script, "    %s) options='%s'; words='%s'; files=%d ;;\n", command->name,
                           options, commands == NULL ? words : commands,
                           takes_jobs(command) || i == COMMAND_COMPARE);
  }
}

static char *
bash_script(const char *jobs)
{
  GString *script = g_string_new("# bash completion for kindling\n"
                                 "_kindling() {\n"
                                 "  local word=\"${COMP_WORDS[COMP_CWORD]}\"\n"
                                 "  local previous=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
                                 "  local command='' options='' words='' files=0 i\n"
                                 "  COMPREPLY=()\n"
                                 "  case \"$previous\" in\n");
  g_autofree char *commands = join_commands();
  append_bash_values(script);
  g_string_append_printf(script,
                         "  esac\n"
                         "  for ((i = 1; i < COMP_CWORD; i++)); do\n"
                         "    case \" %s \" in\n"
                         "      *\" ${COMP_WORDS[i]} \"*) command=\"${COMP_WORDS[i]}\"; break ;;\n"
                         "    esac\n"
                         "  done\n"
                         "  case \"$command\" in\n",
                         commands);
  append_bash_commands(script, jobs);
  g_string_append_printf(script,
                         "    *) options='--help --version'; words='%s' ;;\n"
                         "  esac\n"
                         "  if [[ \"$word\" == -* ]]; then\n"
                         "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
                         "    return\n"
                         "  fi\n"
                         "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
                         "  if [[ $files == 1 ]]; then\n"
                         "    compopt -o filenames\n"
                         "    COMPREPLY+=($(compgen -f -- \"$word\"))\n"
                         "  fi\n"
                         "}\n"
                         "complete -F _kindling kindling\n",
                         commands);
  return g_string_free(script, FALSE);
}

/* For single quotes in sh, zsh and fish alike: a quote ends the text, stands escaped, and begins it again. */
static char *
quoted(const char *text)
{
  g_auto(GStrv) parts = g_strsplit(text, "'", -1);
  return g_strjoinv("'\\''", parts);
}

static char *
first_sentence(const char *text)
{
  const char *end = strstr(text, ". ");
  gsize length = end == NULL ? strlen(text) : (gsize)(end - text);
  if (length > 0 && text[length - 1] == '.')
    length--;
  return g_strndup(text, length);
}

/* _arguments takes ':' and brackets for itself. */
static char *
zsh_help(const char *text)
{
  g_autofree char *sentence = first_sentence(text);
  g_autofree char *safe = g_strdelimit(g_steal_pointer(&sentence), ":[]", ' ');
  return quoted(safe);
}

static void
append_zsh_option(GString *script, const struct option *option)
{
  g_autofree char *help = zsh_help(option->help);
  g_string_append_printf(script, "        '%s--%s[%s]", option->repeats ? "*" : "", option->name,
                         help);
  if (option->choices != NULL) {
    g_autofree char *choices = g_strjoinv(" ", (char **)(gintptr)option->choices);
    g_string_append_printf(script, ":%s:(%s)", option->name, choices);
  } else if (option->argument != NULL) {
    g_string_append_printf(script, ":%s:%s", option->name,
                           names_files(option->type) ? "_files" : "");
  }
  g_string_append(script, "' \\\n");
}

static void
append_zsh_command(GString *script, const struct command *command, const char *jobs)
{
  g_string_append_printf(script, "    %s)\n      _arguments \\\n", command->name);
  for (guint i = 0; i < OPTION_IDS; i++) {
    if ((command->options & OPTION_BIT(i)) != 0)
      append_zsh_option(script, &option_table[i]);
  }
  g_autofree char *commands = join_commands();
  if (takes_jobs(command))
    g_string_append_printf(script, "        '*:job:{ compadd -- %s; _files }'\n", jobs);
  else if (command == &command_table[COMMAND_COMPARE])
    g_string_append(script, "        '*:folder:_files'\n");
  else if (command == &command_table[COMMAND_COMPLETION])
    g_string_append(script, "        '1:shell:(bash zsh fish)'\n");
  else if (command == &command_table[COMMAND_HELP])
    g_string_append_printf(script, "        '1:command:(%s)'\n", commands);
  else
    g_string_append(script, "        && return\n");
  g_string_append(script, "      ;;\n");
}

static char *
zsh_script(const char *jobs)
{
  GString *script = g_string_new("#compdef kindling\n"
                                 "_kindling() {\n"
                                 "  local -a commands\n"
                                 "  commands=(\n");
  for (guint i = 0; i < COMMAND_IDS; i++) {
    g_autofree char *help = zsh_help(command_table[i].summary);
    g_string_append_printf(script, "    '%s:%s'\n", command_table[i].name, help);
  }
  g_string_append(script, "  )\n"
                          "  if (( CURRENT == 2 )); then\n"
                          "    _describe command commands\n"
                          "    return\n"
                          "  fi\n"
                          "  local command=$words[2]\n"
                          "  shift words\n"
                          "  (( CURRENT-- ))\n"
                          "  case $command in\n");
  for (guint i = 0; i < COMMAND_IDS; i++)
    append_zsh_command(script, &command_table[i], jobs);
  g_string_append(script, "  esac\n"
                          "}\n"
                          "compdef _kindling kindling\n");
  return g_string_free(script, FALSE);
}

static void
append_fish_option(GString *script, const struct command *command, const struct option *option)
{
  g_autofree char *sentence = first_sentence(option->help);
  g_autofree char *help = quoted(sentence);
  g_string_append_printf(script, "complete -c kindling -n '__fish_seen_subcommand_from %s' -l %s",
                         command->name, option->name);
  if (option->letter != '\0')
    g_string_append_printf(script, " -s %c", option->letter);
  if (option->choices != NULL) {
    g_autofree char *choices = g_strjoinv(" ", (char **)(gintptr)option->choices);
    g_string_append_printf(script, " -x -a '%s'", choices);
  } else if (option->argument != NULL) {
    g_string_append(script, names_files(option->type) ? " -r -F" : " -x");
  }
  g_string_append_printf(script, " -d '%s'\n", help);
}

static void
append_fish_arguments(GString *script, const struct command *command, const char *jobs)
{
  g_autofree char *commands = join_commands();
  const char *words = takes_jobs(command) ? jobs : "";
  if (command == &command_table[COMMAND_COMPLETION])
    words = "bash zsh fish";
  if (command == &command_table[COMMAND_HELP])
    words = commands;
  bool files = takes_jobs(command) || command == &command_table[COMMAND_COMPARE];
  if (*words != '\0' || files)
    g_string_append_printf(script,
                           "complete -c kindling -n '__fish_seen_subcommand_from %s' %s -a '%s'\n",
                           command->name, files ? "-F" : "-f", words);
}

static char *
fish_script(const char *jobs)
{
  GString *script = g_string_new("# fish completion for kindling\n"
                                 "complete -c kindling -f\n");
  for (guint i = 0; i < COMMAND_IDS; i++) {
    g_autofree char *help = quoted(command_table[i].summary);
    g_string_append_printf(script, "complete -c kindling -n __fish_use_subcommand -a %s -d '%s'\n",
                           command_table[i].name, help);
  }
  for (guint i = 0; i < COMMAND_IDS; i++) {
    append_fish_arguments(script, &command_table[i], jobs);
    for (guint j = 0; j < OPTION_IDS; j++) {
      if ((command_table[i].options & OPTION_BIT(j)) != 0)
        append_fish_option(script, &command_table[i], &option_table[j]);
    }
  }
  return g_string_free(script, FALSE);
}

char *
completion_script(const char *shell, const char *const *jobs, GError **error)
{
  g_autofree char *list = g_strjoinv(" ", (char **)(gintptr)jobs);
  if (strcmp(shell, "bash") == 0)
    return bash_script(list);
  if (strcmp(shell, "zsh") == 0)
    return zsh_script(list);
  if (strcmp(shell, "fish") == 0)
    return fish_script(list);
  error_set(error, ERROR_USAGE, "no completion for shell '%s': only bash, zsh and fish", shell);
  return NULL;
}
