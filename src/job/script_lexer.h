/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/job/script*.c only: tokens as DuckDB's lexer cuts them. It must know quoting, comments and brackets, and
 * nothing of the grammar.
 */
#pragma once

#include "job/script.h"
#include "util/compiler.h"

enum script_token_kind {
  SCRIPT_WORD,    /* unquoted name or keyword */
  SCRIPT_QUOTED,  /* "name" */
  SCRIPT_STRING,  /* 'text' */
  SCRIPT_ESCAPED, /* E'text', $$text$$, $tag$text$tag$ */
  SCRIPT_NUMBER,
  SCRIPT_PARAMETER, /* $name, $1 */
  SCRIPT_PUNCT,     /* one character */
};

/* [at, end) of the text. */
struct script_token {
  enum script_token_kind kind;
  gsize at;
  gsize end;
};

/* Checks the encoding, then returns a GArray of struct script_token without white space and comments; NULL with
 * ret_fault set. */
GArray *script_tokens(const char *text, gsize length, struct script_fault **ret_fault);

/* Sets ret_fault, which takes hint (a static text or NULL) as a copy. Returns false. */
bool script_refuse(struct script_fault **ret_fault, gsize at, const char *hint, const char *format,
                   ...) PRINTF_LIKE(4, 5);

/* The tokens of one statement. */
struct script_cursor {
  const char *text;
  const struct script_token *tokens;
  gsize count;
  gsize next;
  struct script_fault **ret_fault;
};

const struct script_token *script_peek(const struct script_cursor *cursor); /* NULL at the end */
bool script_is_punct(const struct script_cursor *cursor, gsize index, char punct);
bool script_is_word(const struct script_cursor *cursor, gsize index, const char *word);
/* True, and past it, when the next token is the word (any case) or the character. */
bool script_take_word(struct script_cursor *cursor, const char *word);
bool script_take_punct(struct script_cursor *cursor, char punct);
/* Offset to complain about: the next token, or the end of the last one. */
gsize script_place(const struct script_cursor *cursor);
/* The next token as it stands, at most 40 characters, for a message: "'FROM'" or "the end of the statement". */
char *script_found(const struct script_cursor *cursor);
/* Index of the bracket that closes the one at index open; count when none does. Kinds of brackets must agree. */
gsize script_closing(const struct script_cursor *cursor, gsize open);
/* The token without its quotes, doubled quotes made one. */
char *script_unquote(const char *text, const struct script_token *token);

/* COPY (query) TO 'name' (options), behind the word COPY. */
bool script_parse_copy(struct script_cursor *cursor, struct script_statement *statement);
/* Refuses a statement by its first word, with what to write instead. */
bool script_refuse_statement(const struct script_cursor *cursor);
