/* SPDX-License-Identifier: Apache-2.0 */
#include "report/envelope.h"
#include "util/error.h"
#include <string.h>

#define HINT_MARK "HINT: "

struct json_object *
envelope_new(const char *command)
{
  struct json_object *envelope = json_object_new_object();
  json_add_int(envelope, "schema_version", ENVELOPE_SCHEMA_VERSION);
  if (command != NULL)
    json_add_text(envelope, "command", command);
  return envelope;
}

static void
append_line(GString *text, const char *line)
{
  if (text->len > 0)
    g_string_append_c(text, '\n');
  g_string_append(text, line);
}

void
envelope_split_message(const char *text, char **ret_message, char **ret_hint)
{
  g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
  GString *message = g_string_new(NULL);
  GString *hint = g_string_new(NULL);
  for (gsize i = 0; lines[i] != NULL; i++) {
    if (g_str_has_prefix(lines[i], HINT_MARK))
      append_line(hint, lines[i] + strlen(HINT_MARK));
    else
      append_line(message, lines[i]);
  }
  *ret_message = g_string_free(message, FALSE);
  *ret_hint = g_string_free(hint, hint->len == 0);
}

struct json_object *
envelope_error(const char *command, const GError *error)
{
  const struct error_kind_row *row = error_row(error);
  g_autofree char *valid = g_utf8_make_valid(error->message, -1);
  g_autofree char *message = NULL;
  g_autofree char *hint = NULL;
  envelope_split_message(valid, &message, &hint);
  struct json_object *object = json_object_new_object();
  json_add_text(object, "kind", row->name);
  json_add_int(object, "exit_code", row->exit_code);
  json_add_text(object, "message", message);
  json_add_text(object, "hint", hint);
  struct json_object *envelope = envelope_new(command);
  json_add_object(envelope, "error", object);
  return envelope;
}
