/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/parse.h"
#include "util/error.h"
#include "util/text.h"
#include <string.h>

static bool
refuse_unknown_option(const struct cli_values *values, const char *name, GError **error)
{
  const char *names[OPTION_IDS + 1];
  guint count = 0;
  for (guint i = 0; i < OPTION_IDS; i++) {
    bool taken = values->command == NULL || (values->command->options & OPTION_BIT(i)) != 0;
    if (taken && option_table[i].needs == NULL)
      names[count++] = option_table[i].name;
  }
  names[count] = NULL;
  error_set(error, ERROR_USAGE, "unknown option '--%s'", name);
  const char *nearest = text_nearest(name, names);
  return nearest == NULL ? false : error_hint(error, "Did you mean '--%s'?", nearest);
}

static bool
refuse_missing_value(const struct option *option, const char *next, GError **error)
{
  error_set(error, ERROR_USAGE, "--%s needs a value: --%s %s", option->name, option->name,
            option->argument);
  if (next == NULL)
    return false;
  return error_hint(error, "Write --%s=%s if the value really begins with dashes.", option->name,
                    next);
}

/* Reads the option at *at, moves *at to the last word that belongs to it. */
static bool
read_long(struct cli_values *values, char ***at, GError **error)
{
  const char *word = **at + 2;
  const char *equals = strchr(word, '=');
  gsize length = equals == NULL ? strlen(word) : (gsize)(equals - word);
  enum option_id id = option_find(word, length);
  if (id == OPTION_IDS) {
    g_autofree char *name = g_strndup(word, length);
    return refuse_unknown_option(values, name, error);
  }
  const struct option *option = &option_table[id];
  if (option->type == OPTION_TYPE_FLAG) {
    if (equals != NULL)
      return error_set(error, ERROR_USAGE, "--%s takes no value", option->name);
    return values_give(values, id, "", error);
  }
  if (equals != NULL)
    return values_give(values, id, equals + 1, error);
  const char *next = (*at)[1];
  if (next == NULL || g_str_has_prefix(next, "--"))
    return refuse_missing_value(option, next, error);
  (*at)++;
  return values_give(values, id, next, error);
}

static bool
read_short(struct cli_values *values, const char *letters, GError **error)
{
  for (const char *letter = letters; *letter != '\0'; letter++) {
    enum option_id id = option_find_letter(*letter);
    if (id == OPTION_IDS) {
      error_set(error, ERROR_USAGE, "unknown option '-%s'", letters);
      return error_hint(error, "Options have long names: --input, --output. Only -h, -q, -v and -V "
                               "are short.");
    }
    if (!values_give(values, id, "", error))
      return false;
  }
  return true;
}

static bool
read_command(struct cli_values *values, const char *name, GError **error)
{
  enum command_id id = command_find(name);
  if (id != COMMAND_IDS) {
    values->command = &command_table[id];
    return true;
  }
  const char *needs = command_needs(name);
  if (needs != NULL)
    return error_set(error, ERROR_USAGE,
                     "command '%s' needs %s, which this build does not have yet", name, needs);
  error_set(error, ERROR_USAGE, "unknown command '%s'", name);
  const char *nearest = text_nearest(name, command_names());
  return nearest == NULL ? false : error_hint(error, "Did you mean '%s'?", nearest);
}

static bool
read_words(struct cli_values *values, char **arguments, GError **error)
{
  bool options_ended = false;
  for (char **at = arguments; *at != NULL; at++) {
    const char *word = *at;
    if (!options_ended && strcmp(word, "--") == 0) {
      options_ended = true;
    } else if (!options_ended && g_str_has_prefix(word, "--")) {
      if (!read_long(values, &at, error))
        return false;
    } else if (!options_ended && word[0] == '-' && word[1] != '\0') {
      if (!read_short(values, word + 1, error))
        return false;
    } else if (values->command == NULL) {
      if (!read_command(values, word, error))
        return false;
    } else if (!values_check_text(word, VALUES_PATH_LIMIT, error)) {
      return error_prefix(error, "argument: ");
    } else {
      g_ptr_array_add(values->arguments, *at);
    }
  }
  return true;
}

static bool
refuse_foreign_option(const struct command *command, enum option_id id, GError **error)
{
  GString *takers = g_string_new(NULL);
  for (guint i = 0; i < COMMAND_IDS; i++) {
    if ((command_table[i].options & OPTION_BIT(id)) != 0)
      g_string_append_printf(takers, "%s%s", takers->len == 0 ? "" : ", ", command_table[i].name);
  }
  g_autofree char *list = g_string_free(takers, FALSE);
  error_set(error, ERROR_USAGE, "command '%s' takes no --%s", command->name, option_table[id].name);
  return error_hint(error, "It belongs to: %s.", list);
}

static bool
check_options(const struct cli_values *values, GError **error)
{
  const struct command *command = values->command;
  for (guint i = 0; i < OPTION_IDS; i++) {
    bool taken = (command->options & OPTION_BIT(i)) != 0;
    if (values->options[i].given && !taken)
      return refuse_foreign_option(command, (enum option_id)i, error);
  }
  return true;
}

static bool
refuse_argument(const struct command *command, const char *argument, GError **error)
{
  error_set(error, ERROR_USAGE, "'%s' takes no argument '%s'", command->name, argument);
  for (guint i = 0; i < OPTION_IDS; i++) {
    bool wants_path =
        (command->required & OPTION_BIT(i)) != 0 && option_table[i].environment != NULL;
    if (command->arguments_max == 0 && wants_path)
      return error_hint(error, "Did you mean '--%s %s'?", option_table[i].name, argument);
  }
  return false;
}

static bool
check_arguments(const struct cli_values *values, GError **error)
{
  const struct command *command = values->command;
  guint count = values->arguments->len;
  if (count < command->arguments_min)
    return error_set(error, ERROR_USAGE, "missing argument: kindling %s %s", command->name,
                     command->arguments);
  if (count <= command->arguments_max)
    return true;
  return refuse_argument(command, values->arguments->pdata[command->arguments_max], error);
}

static bool
check_required(const struct cli_values *values, GError **error)
{
  for (guint i = 0; i < OPTION_IDS; i++) {
    const struct option *option = &option_table[i];
    if ((values->command->required & OPTION_BIT(i)) == 0 || values->options[i].given)
      continue;
    error_set(error, ERROR_USAGE, "'%s' needs --%s %s", values->command->name, option->name,
              option->argument);
    if (option->environment != NULL)
      error_hint(error, "Or set %s.", option->environment);
    return false;
  }
  return true;
}

/* --help and --version win over whatever else is wrong on the line. */
static bool
asks_for_help(struct cli_values *values, char **arguments)
{
  bool asked = false;
  for (char **at = arguments; *at != NULL && strcmp(*at, "--") != 0; at++) {
    asked = asked || strcmp(*at, "--help") == 0 || strcmp(*at, "-h") == 0;
    enum command_id id = command_find(*at);
    if (values->command == NULL && id != COMMAND_IDS)
      values->command = &command_table[id];
  }
  if (asked)
    return values_give(values, OPTION_HELP, "", NULL);
  values->command = NULL;
  return false;
}

static bool
read_all(struct cli_values *values, char **arguments, GError **error)
{
  if (!read_words(values, arguments, error))
    return false;
  if (values->command == NULL || cli_flag(values, OPTION_VERSION))
    return values_complete(values, OPTION_BIT(OPTION_COLOR), error);
  return check_options(values, error) && check_arguments(values, error) &&
         values_complete(values, values->command->options, error) && check_required(values, error);
}

/* An error before --json or --color was reached must still be printed as they say. */
static void
note_manner(struct cli_values *values, char **arguments)
{
  for (char **at = arguments; *at != NULL && strcmp(*at, "--") != 0; at++) {
    if (strcmp(*at, "--json") == 0)
      values->options[OPTION_JSON].given = true;
    if (g_str_has_prefix(*at, "--color=") && values->options[OPTION_COLOR].texts == NULL)
      (void)values_give(values, OPTION_COLOR, *at + strlen("--color="), NULL);
  }
  (void)values_complete(values, OPTION_BIT(OPTION_COLOR), NULL);
}

struct cli_values *
cli_values_read(char **arguments, GError **error)
{
  struct cli_values *values = g_new0(struct cli_values, 1);
  values->arguments = g_ptr_array_new();
  if (asks_for_help(values, arguments)) {
    note_manner(values, arguments);
  } else if (!read_all(values, arguments, error)) {
    note_manner(values, arguments);
    (void)error_hint(error, "Run 'kindling %s%s--help' for usage.",
                     values->command == NULL ? "" : values->command->name,
                     values->command == NULL ? "" : " ");
  }
  g_ptr_array_add(values->arguments, NULL);
  g_ptr_array_set_size(values->arguments, (gint)values->arguments->len - 1);
  return values;
}
