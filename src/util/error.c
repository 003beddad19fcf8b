/* SPDX-License-Identifier: Apache-2.0 */
#include "util/error.h"
#include <errno.h>
#include <gio/gio.h>
#include <string.h>

G_DEFINE_QUARK(kindling - error, kindling_error)

static const struct error_kind_row rows[] = {
#define X(kind, code, name, meaning) {name, code, meaning},
    ERROR_KINDS(X)
#undef X
};

const struct error_kind_row *
error_kind_rows(gsize *ret_count)
{
  if (ret_count != NULL)
    *ret_count = G_N_ELEMENTS(rows);
  return rows;
}

const struct error_kind_row *
error_row(const GError *error)
{
  bool ours = error->domain == KINDLING_ERROR && (gsize)error->code < G_N_ELEMENTS(rows);
  return ours ? &rows[error->code] : &rows[ERROR_FAILED];
}

bool
error_is(const GError *error, enum error_kind kind)
{
  return g_error_matches(error, KINDLING_ERROR, (int)kind);
}

bool
error_set(GError **error, enum error_kind kind, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_propagate_error(error, g_error_new_valist(KINDLING_ERROR, (int)kind, format, args));
  va_end(args);
  return false;
}

static bool
is_signal(const GError *error)
{
  return error_is(error, ERROR_INTERRUPTED) || error_is(error, ERROR_TERMINATED);
}

bool
error_prefix(GError **error, const char *format, ...)
{
  if (error == NULL || *error == NULL || is_signal(*error))
    return false;
  va_list args;
  va_start(args, format);
  g_autofree char *prefix = g_strdup_vprintf(format, args);
  va_end(args);
  g_prefix_error_literal(error, prefix);
  return false;
}

bool
error_hint(GError **error, const char *format, ...)
{
  if (error == NULL || *error == NULL)
    return false;
  va_list args;
  va_start(args, format);
  g_autofree char *hint = g_strdup_vprintf(format, args);
  va_end(args);
  char *message = g_strdup_printf("%s\nHINT: %s", (*error)->message, hint);
  g_free((*error)->message);
  (*error)->message = message;
  return false;
}

static bool
is_of_full_disk(const GError *error)
{
  g_autofree char *lower = g_ascii_strdown(error->message, -1);
  return error_is(error, ERROR_LIMIT) && (strstr(lower, "no space left on device") != NULL ||
                                          strstr(lower, "disk quota exceeded") != NULL);
}

bool
error_advise(GError **error)
{
  if (error == NULL || *error == NULL || strstr((*error)->message, "\nHINT: ") != NULL)
    return false;
  if (error_is(*error, ERROR_ACCESS))
    return error_hint(error, "Run it as a user who has the right, or give another path.");
  if (is_of_full_disk(*error))
    return error_hint(error, "Free space on that disk, or use another one.");
  return false;
}

static enum error_kind
kind_of_errno(int number, enum error_kind otherwise)
{
  if (number == EACCES || number == EPERM || number == EROFS)
    return ERROR_ACCESS;
  if (number == ENOSPC || number == EDQUOT || number == ENOMEM)
    return ERROR_LIMIT;
  return otherwise;
}

bool
error_set_errno(GError **error, enum error_kind kind, int number, const char *format, ...)
{
  va_list args;
  va_start(args, format);
  g_autofree char *text = g_strdup_vprintf(format, args);
  va_end(args);
  g_autofree char *reason = g_strdup(g_strerror(number));
  reason[0] = g_ascii_tolower(reason[0]);
  return error_set(error, kind_of_errno(number, kind), "%s: %s", text, reason);
}

static enum error_kind
kind_of_gio(const GError *error, enum error_kind otherwise)
{
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED) ||
      g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_ACCES) ||
      g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_PERM))
    return ERROR_ACCESS;
  if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_NO_SPACE) ||
      g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC))
    return ERROR_LIMIT;
  return otherwise;
}

bool
error_adopt(GError **error, enum error_kind kind)
{
  if (error == NULL || *error == NULL || (*error)->domain == KINDLING_ERROR)
    return false;
  kind = kind_of_gio(*error, kind);
  (*error)->domain = KINDLING_ERROR;
  (*error)->code = (int)kind;
  return false;
}
