/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/console.h"
#include "report/colour.h"
#include "report/envelope.h"
#include "report/width.h"
#include "util/error.h"
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define DEFAULT_COLUMNS 80
#define MOST_COLUMNS    100

bool
console_colour(const struct cli_values *values, FILE *out)
{
  enum colour_choice choice = (enum colour_choice)cli_number(values, OPTION_COLOR);
  return colour_allowed(choice, out);
}

guint
console_columns(void)
{
  struct winsize size;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
    return DEFAULT_COLUMNS;
  return MIN(size.ws_col, MOST_COLUMNS);
}

bool
console_text(const char *text, GError **error)
{
  gsize length = strlen(text);
  errno = 0;
  bool written = fwrite(text, 1, length, stdout) == length && fflush(stdout) == 0;
  if (written || errno == EPIPE)
    return true;
  return error_set_errno(error, ERROR_FAILED, errno, "cannot write to stdout");
}

bool
console_json(struct json_object *object, GError **error)
{
  g_autofree char *text = json_pretty(object);
  return console_text(text, error) && console_text("\n", error);
}

/* A message may have several lines, and hold names and values from anywhere. */
static void
print_lines(const char *text, const char *head, bool colour, enum colour head_colour)
{
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  for (gsize i = 0; lines[i] != NULL; i++) {
    g_autofree char *line = width_printable(lines[i]);
    if (i == 0)
      (void)fprintf(stderr, "%s%s%s", colour_code(colour, head_colour), head,
                    colour_code(colour, COLOUR_END));
    (void)fprintf(stderr, "%s\n", line);
  }
}

void
console_error(const struct cli_values *values, const GError *error)
{
  bool colour = console_colour(values, stderr);
  g_autofree char *message = NULL;
  g_autofree char *hint = NULL;
  if (cli_flag(values, OPTION_JSON)) {
    const char *command = values->command == NULL ? NULL : values->command->name;
    JSON_AUTO(object) = envelope_error(command, error);
    (void)console_json(object, NULL);
  }
  envelope_split_message(error->message, &message, &hint);
  print_lines(message, "kindling: ", colour, COLOUR_RED);
  g_auto(GStrv) hints = hint == NULL ? NULL : g_strsplit(hint, "\n", -1);
  for (gsize i = 0; hints != NULL && hints[i] != NULL; i++)
    print_lines(hints[i], "HINT: ", colour, COLOUR_YELLOW);
}

bool
console_either(const struct cli_values *values, const char *text, struct json_object *object,
               GError **error)
{
  if (cli_flag(values, OPTION_JSON))
    return console_json(object, error);
  bool ended = *text == '\0' || g_str_has_suffix(text, "\n");
  return console_text(text, error) && (ended || console_text("\n", error));
}

struct progress *
console_progress(const struct cli_values *values)
{
  struct progress_options options = {
      .mode = cli_flag(values, OPTION_QUIET)
                  ? PROGRESS_NONE
                  : (enum progress_mode)cli_number(values, OPTION_PROGRESS),
      .colour = console_colour(values, stderr),
  };
  return progress_new(&options);
}

bool
console_asks(const struct cli_values *values)
{
  return !cli_flag(values, OPTION_YES) && !cli_flag(values, OPTION_NO_INPUT) &&
         isatty(STDIN_FILENO) == 1 && isatty(STDERR_FILENO) == 1;
}

bool
console_confirm(const char *what, const char *question, GError **error)
{
  char answer[8] = "";
  (void)fprintf(stderr, "%s%s [y/N] ", what, question);
  (void)fflush(stderr);
  if (fgets(answer, sizeof answer, stdin) != NULL &&
      (g_ascii_strcasecmp(answer, "y\n") == 0 || g_ascii_strcasecmp(answer, "yes\n") == 0))
    return true;
  return error_set(error, ERROR_FAILED, "not confirmed: nothing was changed");
}
