/* SPDX-License-Identifier: Apache-2.0
 *
 * What DuckDB says when it refuses a text, as a value: message, place, candidates.
 *
 * DuckDB gives these as JSON (SET errors_as_json = true, which duck_open does): the position of a syntax error counts
 * characters, that of a binder or catalogue error counts bytes; both count from the start of the text. Here all are
 * bytes.
 */
#pragma once

#include "util/auto.h"
#include <glib.h>
#include <stdbool.h>

enum duck_fault_kind {
  DUCK_FAULT_SYNTAX,   /* the parser */
  DUCK_FAULT_COLUMN,   /* no such column; name and candidates are set where DuckDB gives them */
  DUCK_FAULT_TABLE,    /* no such table or view */
  DUCK_FAULT_FUNCTION, /* no such function, or none for these argument types */
  DUCK_FAULT_BIND,     /* any other refusal before running */
  DUCK_FAULT_LIMIT,    /* out of memory or temp space */
  DUCK_FAULT_ACCESS,   /* no right to read or write something */
  DUCK_FAULT_STOPPED,  /* interrupted */
  /* What was read is damaged, or written in a way that DuckDB does not read; it may not have said which file: duck_blame_damage. */
  DUCK_FAULT_DAMAGED,
  DUCK_FAULT_DATA, /* a value that cannot be computed with: a cast, an overflow */
  DUCK_FAULT_RUN,  /* failed while running in another way: a file that went away */
};

struct duck_fault {
  enum duck_fault_kind kind;
  /* One line, lower case start, without DuckDB's prefix, LINE/caret picture and stack; INTEGER, not INT32. */
  char *message;
  gssize at;         /* byte offset into the text; -1 when unknown */
  char *name;        /* the name concerned, or NULL */
  char **candidates; /* NULL-terminated, or NULL */
};

void duck_fault_free(struct duck_fault *fault);
AUTO_DEFINE(struct duck_fault, duck_fault_free)

/* From a DuckDB error text; text is the SQL it speaks about (for characters -> bytes), or NULL. Never NULL. */
struct duck_fault *duck_fault_parse(const char *duckdb_error, const char *text);
/* As a GError of the kind that fits (see duck.h). Returns false. */
bool duck_fault_raise(const struct duck_fault *fault, GError **error);
