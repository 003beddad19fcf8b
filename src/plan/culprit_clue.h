/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/plan/ only: what DuckDB's message about a value says of the expression that failed.
 */
#pragma once

#include "job/ast.h"
#include "util/auto.h"

struct clue_row;
struct clue {
  char *message;              /* without what is said of the column */
  const struct clue_row *row; /* what kind of message it is; never NULL */
  char *type;                 /* of a cast: what it casts to, or NULL */
  char *column;               /* of a cast: the column that is cast, or NULL */
  bool is_made;               /* the column is an expression's text */
  char *value;                /* the text that is no value of the type, or NULL */
  bool is_constant;           /* it stands so in the script */
  bool is_empty;              /* the value is an empty text */
};

struct clue *clue_new(const char *message);
void clue_free(struct clue *clue);
AUTO_DEFINE(struct clue, clue_free)

/* Whether this is a constant of the script that such an error tells of. */
bool clue_is_constant(const struct clue *clue, const struct expr *expr);
/* Whether such an error can come from this expression itself. any_column: whatever it casts. */
bool clue_fits(const struct clue *clue, const struct expr *expr, bool any_column);
/* What the cast that failed is to in the script: DuckDB tells of a UUID as the number that it is inside. */
void clue_set_type(struct clue *clue, const char *type);
/* The message for the user, and what to write instead; owned by the caller. */
char *clue_text(const struct clue *clue);
char *clue_hint(const struct clue *clue);
