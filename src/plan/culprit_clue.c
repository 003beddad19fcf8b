/* SPDX-License-Identifier: Apache-2.0 */
#include "plan/culprit_clue.h"
#include "plan/tree.h"
#include "util/text.h"
#include <string.h>

#define SOURCE " when casting from source column "
#define ANY_ROW                                                                                    \
  "Write TRY(...) around what fails: it gives NULL for such values. Or leave them out by CASE."

enum clue_kind { CLUE_CAST, CLUE_NO_CAST, CLUE_OVERFLOW, CLUE_CALL, CLUE_SUBQUERY, CLUE_UNKNOWN };

enum { MOST_FUNCTIONS = 8 };

struct clue_row {
  const char *part; /* of the message */
  enum clue_kind kind;
  const char *type;                      /* of a cast whose message does not say it */
  const char *functions[MOST_FUNCTIONS]; /* that give such errors */
  const char *hint;                      /* NULL: depends on the types */
};

/* That row counts whose part is met first in the message: what comes later may be the value's. */
static const struct clue_row rows[] = {
    {"unimplemented type for cast",
     CLUE_NO_CAST,
     NULL,
     {NULL},
     "There is no such cast: convert by a function that says how, as epoch(t) or strftime(t, "
     "'%Y')."},
    {"could not parse string",
     CLUE_CALL,
     NULL,
     {"strptime"},
     "Write try_strptime(...), which gives NULL for such values."},
    {"overflow in addition", CLUE_OVERFLOW, NULL, {"+"}, NULL},
    {"overflow in subtraction", CLUE_OVERFLOW, NULL, {"-"}, NULL},
    {"overflow in multiplication", CLUE_OVERFLOW, NULL, {"*"}, NULL},
    {"overflow in division", CLUE_OVERFLOW, NULL, {"//", "divide"}, NULL},
    {"overflow in negation", CLUE_OVERFLOW, NULL, {"-"}, NULL},
    {"date out of range",
     CLUE_CALL,
     NULL,
     {"+", "-", "make_date", "date_add", "make_timestamp"},
     ANY_ROW},
    {"unknown TimeZone",
     CLUE_CALL,
     NULL,
     {"timezone", "strftime"},
     "Write a name such as 'Asia/Seoul' or 'UTC'."},
    {"square root", CLUE_CALL, NULL, {"sqrt"}, ANY_ROW},
    {"logarithm", CLUE_CALL, NULL, {"ln", "log", "log2", "log10"}, ANY_ROW},
    {"shift", CLUE_CALL, NULL, {"<<", ">>"}, ANY_ROW},
    {"extract specifier",
     CLUE_CALL,
     NULL,
     {"date_part", "datepart", "date_trunc", "datetrunc", "date_diff", "datediff", "date_sub",
      "datesub"},
     ANY_ROW},
    {"invalid UTF8 Codepoint", CLUE_CALL, NULL, {"chr"}, ANY_ROW},
    {"hex digit", CLUE_CALL, NULL, {"from_hex", "unhex"}, ANY_ROW},
    {"failure in decode", CLUE_CALL, NULL, {"decode"}, ANY_ROW},
    {"more than one row returned by a subquery",
     CLUE_SUBQUERY,
     NULL,
     {NULL},
     "Make it one row: aggregate in the sub-query, or join it."},
    {": cast its argument to DOUBLE",
     CLUE_CALL,
     NULL,
     {"sum", "avg", "mean"},
     "Cast its argument to DOUBLE."},
    {"date field value out of range", CLUE_CAST, "DATE", {NULL}, NULL},
    {"timestamp field value out of range", CLUE_CAST, "TIMESTAMP", {NULL}, NULL},
    {"invalid date field", CLUE_CAST, "DATE", {NULL}, NULL},
    {"invalid timestamp field", CLUE_CAST, "TIMESTAMP", {NULL}, NULL},
    {"time field value", CLUE_CAST, "TIME", {NULL}, NULL},
    {"malformed JSON", CLUE_CAST, "JSON", {NULL}, NULL},
    {"could not convert Timestamp", CLUE_CALL, NULL, {"epoch_ms", "make_timestamp_ms"}, ANY_ROW},
    {"could not convert ", CLUE_CAST, NULL, {NULL}, NULL},
    {"could not cast ", CLUE_CAST, NULL, {NULL}, NULL},
    {" with value ", CLUE_CAST, NULL, {NULL}, NULL},
    {SOURCE, CLUE_CAST, NULL, {NULL}, NULL},
};

static const struct clue_row *
row_of(const char *message)
{
  static const struct clue_row unknown = {"", CLUE_UNKNOWN, NULL, {NULL}, ANY_ROW};
  const struct clue_row *row = &unknown;
  const char *first = NULL;
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
    const char *met = strstr(message, rows[i].part);
    if (met == NULL || (first != NULL && met >= first))
      continue;
    first = met;
    row = &rows[i];
  }
  return row;
}

/* "... destination type INTEGER", "... '' to INTEGER", "overflow in addition of INTEGER (1 + 2)". */
static char *
type_in(const char *message)
{
  static const char *const lead[] = {"the destination type ", "' to ", " to ", " of "};
  for (gsize i = 0; i < G_N_ELEMENTS(lead); i++) {
    const char *found = g_strrstr(message, lead[i]);
    if (found == NULL)
      continue;
    const char *type = found + strlen(lead[i]);
    gsize length = strlen(type);
    const char *values = strstr(type, " (");
    return g_strndup(type, values != NULL ? (gsize)(values - type) : length);
  }
  return NULL;
}

/* "string 'x' to INTEGER", "field format: 'x', expected ..."; NULL when it is told in part only. */
static char *
value_in(const char *message)
{
  const char *value = strchr(message, '\'');
  if (value == NULL)
    return NULL;
  value++;
  const char *end = strstr(message, "string '") != NULL ? g_strrstr(value, "' to ") : NULL;
  if (end == NULL)
    end = strchr(value, '\'');
  if (end == NULL || (end - value >= 3 && strncmp(end - 3, "...", 3) == 0))
    return NULL;
  return g_strndup(value, (gsize)(end - value));
}

struct clue *
clue_new(const char *message)
{
  struct clue *clue = g_new0(struct clue, 1);
  const char *source = g_strrstr(message, SOURCE);
  clue->row = row_of(message);
  clue->message =
      source != NULL ? g_strndup(message, (gsize)(source - message)) : g_strdup(message);
  clue->column = source != NULL ? g_strdup(source + strlen(SOURCE)) : NULL;
  clue->type = clue->row->type != NULL ? g_strdup(clue->row->type) : type_in(clue->message);
  clue->value = clue->row->kind == CLUE_CAST ? value_in(clue->message) : NULL;
  clue->is_empty = strstr(message, "string '' to ") != NULL;
  return clue;
}

void
clue_free(struct clue *clue)
{
  if (clue == NULL)
    return;
  g_free(clue->message);
  g_free(clue->type);
  g_free(clue->column);
  g_free(clue->value);
  g_free(clue);
}

static bool
is_try_cast(const struct expr *expr)
{
  struct json_object *flag = NULL;
  return g_str_equal(expr->type, "OPERATOR_TRY_CAST") ||
         (json_object_object_get_ex(expr->raw, "try_cast", &flag) && json_object_get_boolean(flag));
}

/* A UUID is told as the number that it is inside, an instant as a TIMESTAMP. */
static bool
is_type(const char *told, const char *cast)
{
  if (told == NULL || g_ascii_strcasecmp(told, cast) == 0)
    return true;
  return (g_str_equal(told, "HUGEINT") && g_str_equal(cast, "UUID")) ||
         (g_str_equal(told, "TIMESTAMP") && g_str_has_prefix(cast, "TIMESTAMP"));
}

void
clue_set_type(struct clue *clue, const char *type)
{
  if (g_strcmp0(clue->type, "HUGEINT") == 0 && g_str_has_suffix(clue->message, "HUGEINT")) {
    clue->message[strlen(clue->message) - strlen("HUGEINT")] = '\0';
    char *message = g_strconcat(clue->message, type, NULL);
    g_free(clue->message);
    clue->message = message;
  }
  g_free(clue->type);
  clue->type = g_strdup(type);
}

static bool
casts_column(const struct clue *clue, const struct expr *cast)
{
  const struct expr *child = g_ptr_array_index(cast->children, 0);
  if (clue->column == NULL || child->class != EXPR_COLUMN)
    return clue->column == NULL && child->class != EXPR_COLUMN && child->class != EXPR_CONSTANT;
  guint count = g_strv_length(child->names);
  return count > 0 && tree_same_name(child->names[count - 1], clue->column);
}

static bool
is_one_of(const char *function, const char *const *functions)
{
  for (gsize i = 0; i < MOST_FUNCTIONS && functions[i] != NULL; i++)
    if (g_str_equal(function, functions[i]))
      return true;
  return false;
}

bool
clue_is_constant(const struct clue *clue, const struct expr *expr)
{
  if (expr->class != EXPR_CONSTANT || clue->value == NULL || clue->column != NULL)
    return false;
  struct json_object *constant = json_get(expr->raw, "value");
  return g_strcmp0(json_get_text(constant, "value"), clue->value) == 0;
}

bool
clue_fits(const struct clue *clue, const struct expr *expr, bool any_column)
{
  switch (clue->row->kind) {
  case CLUE_CAST:
  case CLUE_NO_CAST:
    return expr->class == EXPR_CAST && expr->children->len == 1 && !is_try_cast(expr) &&
           (clue->row->kind == CLUE_NO_CAST || is_type(clue->type, expr->cast_type)) &&
           (any_column || casts_column(clue, expr));
  case CLUE_OVERFLOW:
  case CLUE_CALL:
    return (expr->class == EXPR_FUNCTION || expr->class == EXPR_WINDOW) &&
           is_one_of(expr->function, clue->row->functions);
  case CLUE_SUBQUERY:
    return expr->class == EXPR_SUBQUERY;
  case CLUE_UNKNOWN:
    break;
  }
  return false;
}

char *
clue_text(const struct clue *clue)
{
  const char *advice = strstr(clue->message, ": cast its argument");
  g_autofree char *text = advice != NULL ? g_strndup(clue->message, (gsize)(advice - clue->message))
                                         : g_strdup(clue->message);
  if (clue->column == NULL)
    return g_steal_pointer(&text);
  return clue->is_made ? g_strdup_printf("%s in %s", text, clue->column)
                       : g_strdup_printf("%s in column '%s'", text, clue->column);
}

static char *
hint_for_overflow(const char *type)
{
  static const char *const narrow[] = {"TINYINT",   "SMALLINT", "INTEGER", "UTINYINT",
                                       "USMALLINT", "UINTEGER", NULL};
  const char *wider = type != NULL && g_strv_contains(narrow, type) ? "BIGINT" : "DOUBLE";
  return g_strdup_printf("Cast an operand to a wider type: CAST(... AS %s).", wider);
}

static char *
operand(const struct clue *clue)
{
  if (clue->column == NULL)
    return g_strdup("...");
  bool is_plain = clue->is_made || strspn(clue->column, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS
                                          "_") == strlen(clue->column);
  return is_plain ? g_strdup(clue->column) : text_sql_name(clue->column);
}

static char *
hint_for_cast(const struct clue *clue)
{
  if (clue->is_constant)
    return g_strdup_printf(
        "The text must be a value of %s: correct it, or cast the other side to VARCHAR.",
        clue->type != NULL ? clue->type : "its type");
  g_autofree char *what = operand(clue);
  const char *type = clue->type != NULL ? clue->type : "...";
  bool is_text = strstr(clue->message, "type VARCHAR ") != NULL;
  if (clue->is_empty)
    return g_strdup_printf("Write CAST(NULLIF(%s, '') AS %s) where an empty text is to be NULL, or "
                           "TRY_CAST(%s AS %s), which gives NULL for all that does not fit.",
                           what, type, what, type);
  return g_strdup_printf(
      "Write TRY_CAST(%s AS %s), which gives NULL for such values%s.", what, type,
      strstr(clue->message, "destination type") != NULL && !is_text ? ", or cast to a wider type"
                                                                    : "");
}

char *
clue_hint(const struct clue *clue)
{
  if (clue->row->hint != NULL)
    return g_strdup(clue->row->hint);
  return clue->row->kind == CLUE_OVERFLOW ? hint_for_overflow(clue->type) : hint_for_cast(clue);
}
