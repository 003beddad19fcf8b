/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/fault.h"
#include "duck/fault_words.h"
#include "duck/handle.h"
#include "util/error.h"
#include "util/interrupt.h"
#include "util/json.h"
#include "util/text.h"
#include <errno.h>
#include <string.h>

#define DAMAGED     "damaged data: "
#define UNSUPPORTED "not supported: "

enum { DEEPEST_NESTING = 4 };

void
duck_fault_free(struct duck_fault *fault)
{
  if (fault == NULL)
    return;
  g_free(fault->message);
  g_free(fault->name);
  g_strfreev(fault->candidates);
  g_free(fault);
}

static bool
is_any_of(const char *word, const char *const *words)
{
  return word != NULL && g_strv_contains(words, word);
}

static enum duck_fault_kind
kind_of_catalog(struct json_object *json)
{
  const char *type = json_get_text(json, "type");
  if (type != NULL && g_str_has_suffix(type, "Function"))
    return DUCK_FAULT_FUNCTION;
  static const char *const tables[] = {"Table", "View", "Table or View", NULL};
  return is_any_of(type, tables) ? DUCK_FAULT_TABLE : DUCK_FAULT_BIND;
}

static enum duck_fault_kind
kind_of_binder(struct json_object *json, const char *message)
{
  const char *subtype = json_get_text(json, "error_subtype");
  if (g_strcmp0(subtype, "COLUMN_NOT_FOUND") == 0 ||
      strstr(message, "does not have a column named") != NULL)
    return DUCK_FAULT_COLUMN;
  if (g_strcmp0(subtype, "NO_MATCHING_FUNCTION") == 0)
    return DUCK_FAULT_FUNCTION;
  if (g_str_has_prefix(message, "Referenced table "))
    return DUCK_FAULT_TABLE;
  return DUCK_FAULT_BIND;
}

static enum duck_fault_kind
kind_of_io(struct json_object *json)
{
  const char *number = json_get_text(json, "errno");
  gint64 code = number == NULL ? 0 : g_ascii_strtoll(number, NULL, 10);
  if (code == ENOSPC || code == EDQUOT)
    return DUCK_FAULT_LIMIT;
  if (code == EACCES || code == EPERM || code == EROFS)
    return DUCK_FAULT_ACCESS;
  return DUCK_FAULT_RUN;
}

/* "Invalid" is what DuckDB calls a plain C++ runtime_error: of all parts, only its Parquet reader throws them. */
static bool
is_damage(const char *type, const char *message)
{
  return g_strcmp0(type, "Invalid") == 0 || g_str_has_prefix(message, "Failed to read file ") ||
         g_str_has_prefix(message, "Invalid string encoding found in Parquet file ");
}

/* Of what the Parquet reader says of a file: it may be whole, but is written in a way that DuckDB does not read. */
static const char *
what_is_wrong(const char *message)
{
  static const char *const ways[] = {"Unsupported page encoding", "Unsupported compression codec",
                                     " encoding is only supported for "};
  for (gsize i = 0; i < G_N_ELEMENTS(ways); i++)
    if (strstr(message, ways[i]) != NULL)
      return UNSUPPORTED;
  return DAMAGED;
}

static enum duck_fault_kind
kind_of(const char *type, struct json_object *json, const char *message)
{
  if (is_damage(type, message))
    return DUCK_FAULT_DAMAGED;
  static const struct {
    const char *type;
    enum duck_fault_kind kind;
  } rows[] = {
      {"Parser", DUCK_FAULT_SYNTAX},
      {"Syntax", DUCK_FAULT_SYNTAX},
      {"Out of Memory", DUCK_FAULT_LIMIT},
      {"INTERRUPT", DUCK_FAULT_STOPPED},
      {"Permission", DUCK_FAULT_ACCESS},
      {"Parameter Not Resolved", DUCK_FAULT_BIND},
      {"Parameter Not Allowed", DUCK_FAULT_BIND},
      {"Conversion", DUCK_FAULT_DATA},
      {"Out of Range", DUCK_FAULT_DATA},
      {"Invalid Input", DUCK_FAULT_DATA},
      {"Mismatch Type", DUCK_FAULT_DATA},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (g_strcmp0(type, rows[i].type) == 0)
      return rows[i].kind;
  if (g_str_has_prefix(message, "Unknown TimeZone "))
    return DUCK_FAULT_DATA;
  if (g_strcmp0(type, "Binder") == 0)
    return kind_of_binder(json, message);
  if (g_strcmp0(type, "Catalog") == 0)
    return kind_of_catalog(json);
  return g_strcmp0(type, "IO") == 0 ? kind_of_io(json) : DUCK_FAULT_RUN;
}

static gssize
byte_of_character(const char *text, gint64 characters)
{
  if (!g_utf8_validate(text, -1, NULL) || characters > g_utf8_strlen(text, -1))
    return -1;
  return g_utf8_offset_to_pointer(text, (glong)characters) - text;
}

static gssize
place_of(struct json_object *json, enum duck_fault_kind kind, const char *text)
{
  const char *position = json_get_text(json, "position");
  guint64 at = 0;
  if (position == NULL || text == NULL ||
      !g_ascii_string_to_unsigned(position, 10, 0, G_MAXINT32, &at, NULL))
    return -1;
  if (kind == DUCK_FAULT_SYNTAX)
    return byte_of_character(text, (gint64)at);
  return at <= strlen(text) ? (gssize)at : -1;
}

/* "Parser Error: ..." -> type "Parser" and the rest; false when there is no such prefix. */
static bool
split_prefix(const char *text, char **ret_type, const char **ret_rest)
{
  const char *mark = strstr(text, " Error: ");
  if (mark == NULL || (gsize)(mark - text) > 40)
    return false;
  for (const char *c = text; c < mark; c++)
    if (!g_ascii_isalpha(*c) && *c != ' ' && *c != '/')
      return false;
  *ret_type = g_strndup(text, (gsize)(mark - text));
  *ret_rest = mark + strlen(" Error: ");
  return true;
}

static bool
is_inside(const char *type)
{
  static const char *const inside[] = {"INTERNAL", "Internal",     "FATAL",
                                       "Fatal",    "NULL_POINTER", NULL};
  return is_any_of(type, inside);
}

/* DuckDB wraps: a prefix around JSON, JSON around a prefix, an error text quoted inside another. The innermost
 * speaks. */
static struct duck_fault *
parse(const char *duckdb_error, const char *text, guint depth)
{
  g_autofree char *prefix = NULL;
  const char *body = duckdb_error;
  (void)split_prefix(duckdb_error, &prefix, &body);
  JSON_AUTO(json) = *body == '{' ? json_parse(body, strlen(body), NULL) : NULL;
  const char *message = json_get_text(json, "exception_message");
  const char *type = json_get_text(json, "exception_type");
  if (message == NULL)
    message = body;
  if (type == NULL)
    type = prefix;
  const char *inner = strstr(message, "{\"exception_type\":");
  if (inner != NULL && (json != NULL || inner != message) && depth < DEEPEST_NESTING)
    return parse(inner, text, depth + 1);

  struct duck_fault *fault = g_new0(struct duck_fault, 1);
  fault->kind = kind_of(type, json, message);
  fault->at = place_of(json, fault->kind, text);
  fault->name = fault_name(json, message);
  fault->candidates = fault_candidates(json, message);
  g_autofree char *words = fault_reword(message);
  if (is_inside(type))
    fault->message = g_strdup_printf("DuckDB failed inside: %s", words);
  else if (fault->kind == DUCK_FAULT_DAMAGED)
    fault->message = g_strconcat(what_is_wrong(message), words, NULL);
  else
    fault->message = *words == '\0' ? g_strdup("DuckDB gives no reason") : g_steal_pointer(&words);
  return fault;
}

struct duck_fault *
duck_fault_parse(const char *duckdb_error, const char *text)
{
  return parse(duckdb_error == NULL ? "" : duckdb_error, text, 0);
}

static enum error_kind
kind_of_error(enum duck_fault_kind kind)
{
  if (kind == DUCK_FAULT_LIMIT)
    return ERROR_LIMIT;
  if (kind == DUCK_FAULT_ACCESS)
    return ERROR_ACCESS;
  return kind == DUCK_FAULT_DATA ? ERROR_DATA : ERROR_FAILED;
}

bool
duck_fault_raise(const struct duck_fault *fault, GError **error)
{
  if (fault->kind == DUCK_FAULT_STOPPED) {
    if (interrupt_check(error))
      error_set(error, ERROR_INTERRUPTED, "stopped");
    return false;
  }
  error_set(error, kind_of_error(fault->kind), "%s", fault->message);
  const char *near = NULL;
  if (fault->name != NULL && fault->candidates != NULL && fault->kind != DUCK_FAULT_FUNCTION)
    near = text_nearest(fault->name, (const char *const *)fault->candidates);
  return near == NULL ? false : error_hint(error, "Did you mean '%s'?", near);
}

struct duck_fault *
fault_new(enum duck_fault_kind kind, const char *format, ...)
{
  struct duck_fault *fault = g_new0(struct duck_fault, 1);
  va_list args;
  va_start(args, format);
  fault->message = g_strdup_vprintf(format, args);
  va_end(args);
  fault->kind = kind;
  fault->at = -1;
  return fault;
}

bool
fault_is_damage(const GError *error)
{
  return error_is(error, ERROR_FAILED) && (g_str_has_prefix(error->message, DAMAGED) ||
                                           g_str_has_prefix(error->message, UNSUPPORTED));
}

bool
fault_consume(struct duck_fault *fault, GError **error)
{
  (void)duck_fault_raise(fault, error);
  duck_fault_free(fault);
  return false;
}
