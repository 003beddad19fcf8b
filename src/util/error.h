/* SPDX-License-Identifier: Apache-2.0
 *
 * Errors as values: the one list of error kinds, their exit codes, and the helpers that make and extend a GError.
 *
 * A function that can fail returns bool (or a pointer), takes GError **error last, and either succeeds or sets it.
 * Only src/cli prints errors and only src/main.c turns one into an exit code.
 *
 * Wording: lower case, no full stop, cause first, names in single quotes:
 *     cannot read '/data/a.parquet': no such file
 * What to do next stands on a line of its own, added by error_hint: "HINT: Give --input ...". Hints are sentences.
 */
#pragma once

#include "util/compiler.h"
#include <glib.h>
#include <stdbool.h>

/* X(kind, exit code, name in JSON reports, meaning). docs/reference/exit-codes.md is made from this list. */
#define ERROR_KINDS(X)                                                                             \
  X(FAILED, 1, "failed", "the work failed, or compare found a difference")                         \
  X(DATA, 1, "data",                                                                               \
    "the script cannot be computed over a value of the input; nothing was published")              \
  X(USAGE, 2, "usage", "the command line was refused before any work")                             \
  X(SCRIPT, 2, "script", "the job script was refused before any work")                             \
  X(INPUT, 2, "input",                                                                             \
    "the input was refused, before any work or while it was read; nothing was published")          \
  X(OUTPUT, 2, "output", "the output folder or an output's type was refused before any work")      \
  X(CONFLICT, 4, "conflict", "another run published first; nothing was changed")                   \
  X(ACCESS, 6, "access", "credentials or rights are missing")                                      \
  X(REMOTE, 7, "remote", "the remote job failed")                                                  \
  X(LIMIT, 8, "limit", "a memory or disk limit was reached")                                       \
  X(INTERRUPTED, 130, "interrupted", "stopped by SIGINT (Ctrl-C); nothing was published")          \
  X(TERMINATED, 143, "terminated", "stopped by SIGTERM; nothing was published")

enum error_kind {
#define X(kind, code, name, meaning) ERROR_##kind,
  ERROR_KINDS(X)
#undef X
};

struct error_kind_row {
  const char *name;
  int exit_code;
  const char *meaning;
};

#define KINDLING_ERROR (kindling_error_quark())
GQuark kindling_error_quark(void);

/* The rows of ERROR_KINDS in their order; ret_count may be NULL. */
const struct error_kind_row *error_kind_rows(gsize *ret_count);

/* The row of an error: FAILED for an error of another domain (GIO's, say). */
const struct error_kind_row *error_row(const GError *error);

/* Both return false, so that a caller can write: return error_set(error, ERROR_INPUT, "..."). */
bool error_set(GError **error, enum error_kind kind, const char *format, ...) PRINTF_LIKE(3, 4);
/* Puts text in front of the message: error_prefix(error, "job '%s': ", name). Not in front of a signal's: where it came
 * says nothing. */
bool error_prefix(GError **error, const char *format, ...) PRINTF_LIKE(2, 3);
/* Adds the line "HINT: ...". */
bool error_hint(GError **error, const char *format, ...) PRINTF_LIKE(2, 3);
/* Gives an error that has no hint one, where its kind tells what to do next: missing rights, a full disk. */
bool error_advise(GError **error);
/* Sets an error from errno: "<text>: no such file or directory". EACCES and EPERM are ACCESS, ENOSPC and EDQUOT are
 * LIMIT, all else is the kind given. */
bool error_set_errno(GError **error, enum error_kind kind, int number, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* Gives an error of another domain (GIO, GLib) our domain and kind, by the same rule; the message stays. */
bool error_adopt(GError **error, enum error_kind kind);

bool error_is(const GError *error, enum error_kind kind);
