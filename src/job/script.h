/* SPDX-License-Identifier: Apache-2.0
 *
 * Cutting a script into statements, by a small lexer that knows DuckDB's quoting; the grammar inside a query is DuckDB's.
 * Pure text: no DuckDB, no files. Offsets are bytes in the script. Fuzzed (fuzz/script.c).
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

enum script_statement_kind { SCRIPT_COPY, SCRIPT_VIEW, SCRIPT_TIME_ZONE };

struct script_option {
  char *name;    /* upper case */
  char **values; /* texts, unquoted; NULL-terminated */
  gsize at;
};

struct script_parameter {
  char *name; /* "since", "1" */
  gsize at;   /* of the $ */
  gsize end;
};

struct script_statement {
  enum script_statement_kind kind;
  gsize at;   /* first byte of the statement */
  char *name; /* output name, view name, or zone; unquoted */
  gsize name_at;
  gsize query_at; /* COPY, VIEW: [query_at, query_end) of the script is the query */
  gsize query_end;
  GPtrArray *options; /* COPY: struct script_option; never NULL */
  GArray *parameters; /* struct script_parameter inside the query, in order; never NULL */
};

/* What is wrong, where, and what to write instead. */
struct script_fault {
  gsize at;
  char *message; /* "unknown statement DROP" */
  char *hint;    /* a sentence, or NULL */
};

void script_statement_free(struct script_statement *statement);
void script_fault_free(struct script_fault *fault);

/* Length in bytes; the text need not be UTF-8 (then it is refused). ret_statements: GPtrArray of struct
 * script_statement. False with ret_fault set on the first thing wrong. Linear in length; nesting is bounded. */
bool script_split(const char *text, gsize length, GPtrArray **ret_statements,
                  struct script_fault **ret_fault);
