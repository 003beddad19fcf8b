/* SPDX-License-Identifier: Apache-2.0 */
#include "job/ast_json.h"
#include "job/check.h"
#include "job/functions.h"
#include "util/error.h"

/* How a window function depends on the order of tied rows. */
enum window_rule {
  WINDOW_PEERS, /* tied rows get the same: rank() */
  WINDOW_ROWS,  /* tied rows get different values: row_number(), lag() */
  WINDOW_VALUE, /* a value of the frame: first_value() */
  WINDOW_FRAME, /* an aggregate of the frame */
};

static enum window_rule
rule_of(const struct expr *call)
{
  static const struct {
    const char *type;
    enum window_rule rule;
  } rows[] = {
      {"WINDOW_RANK", WINDOW_PEERS},         {"WINDOW_RANK_DENSE", WINDOW_PEERS},
      {"WINDOW_PERCENT_RANK", WINDOW_PEERS}, {"WINDOW_CUME_DIST", WINDOW_PEERS},
      {"WINDOW_FIRST_VALUE", WINDOW_VALUE},  {"WINDOW_LAST_VALUE", WINDOW_VALUE},
      {"WINDOW_NTH_VALUE", WINDOW_VALUE},    {"WINDOW_AGGREGATE", WINDOW_FRAME},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(rows); i++)
    if (g_str_equal(rows[i].type, call->type))
      return rows[i].rule;
  return WINDOW_ROWS;
}

static bool
ends_with_rows(const struct expr *call, const char *key)
{
  const char *bound = json_get_text(call->raw, key);
  return bound != NULL && g_str_has_suffix(bound, "_ROWS");
}

/* A ROWS frame cuts between tied rows; RANGE and GROUPS keep them together. */
static bool
cuts_ties(const struct expr *call)
{
  return ends_with_rows(call, "start") || ends_with_rows(call, "end");
}

static GPtrArray *
window_keys(const struct selection *selection, const struct expr *call)
{
  GPtrArray *keys = g_ptr_array_new();
  GPtrArray *order = call->argument_order->len > 0 && rule_of(call) == WINDOW_ROWS
                         ? call->argument_order
                         : call->order;
  for (guint i = 0; i < call->partitions->len; i++)
    g_ptr_array_add(keys, g_ptr_array_index(call->partitions, i));
  for (guint i = 0; i < order->len; i++)
    g_ptr_array_add(keys, ((struct order *)g_ptr_array_index(order, i))->expr);
  guint written = keys->len;
  for (guint i = 0; i < written; i++) {
    struct expr *key = g_ptr_array_index(keys, i);
    struct expr *entry = selection_resolve(selection, key, /* alias_first= */ false);
    if (entry != NULL && key->class == EXPR_COLUMN)
      g_ptr_array_add(keys, entry);
  }
  return keys;
}

static bool
refuse_ties(struct checker *checker, const struct selection *selection, const struct expr *call,
            GPtrArray *keys)
{
  g_autofree char *missing = total_missing(checker, selection, keys);
  bool ordered = call->order->len > 0 || call->argument_order->len > 0;
  const char *frame =
      rule_of(call) == WINDOW_FRAME || rule_of(call) == WINDOW_VALUE ? " over a ROWS frame" : "";
  (void)job_refuse(checker->job, check_place(checker, call), checker->error,
                   "%s()%s depends on row order: %s", call->function, frame,
                   ordered ? "its ORDER BY leaves ties" : "it has no ORDER BY");
  if (*missing == '\0')
    return error_hint(checker->error,
                      "Order by columns that together occur once, and name columns instead of *.");
  return error_hint(checker->error, "%s the ORDER BY of OVER (...): %s.",
                    ordered ? "Add to" : "Write as", missing);
}

static bool
check_rows(struct checker *checker, const struct selection *selection, const struct expr *call)
{
  g_autoptr(GPtrArray) keys = window_keys(selection, call);
  return total_order(selection, keys) || total_covers_uses(selection, keys) ||
         refuse_ties(checker, selection, call, keys);
}

/* first_value(x) of a frame that keeps ties together: x must be decided by the order. */
static bool
check_value(struct checker *checker, const struct selection *selection, const struct expr *call)
{
  g_autoptr(GPtrArray) keys = window_keys(selection, call);
  for (guint i = 0; i < call->argument_order->len; i++)
    g_ptr_array_add(keys, ((struct order *)g_ptr_array_index(call->argument_order, i))->expr);
  const struct expr *value = g_ptr_array_index(call->children, 0);
  if (total_order(selection, keys) || total_determines(selection, keys, value))
    return true;
  g_autofree char *sql = check_sql(checker, value);
  (void)job_refuse(checker->job, check_place(checker, call), checker->error,
                   "%s(%s) depends on row order: %s", call->function, sql,
                   call->order->len > 0 ? "its ORDER BY leaves ties" : "it has no ORDER BY");
  return error_hint(checker->error, "Add to the ORDER BY of OVER (...): %s NULLS LAST.", sql);
}

bool
check_window(struct checker *checker, const struct selection *selection, const struct expr *call)
{
  switch (rule_of(call)) {
  case WINDOW_PEERS:
    return true;
  case WINDOW_ROWS:
    return check_rows(checker, selection, call);
  case WINDOW_VALUE:
    if (cuts_ties(call))
      return check_rows(checker, selection, call);
    return call->children->len == 0 || check_value(checker, selection, call);
  case WINDOW_FRAME:
    break;
  }
  if (cuts_ties(call) && !check_rows(checker, selection, call))
    return false;
  g_autoptr(GPtrArray) keys = window_keys(selection, call);
  enum aggregate_rule rule = functions_rule(call->function);
  bool total =
      rule != AGGREGATE_NEVER && rule != AGGREGATE_ANY_ORDER && total_order(selection, keys);
  return total || check_aggregate(checker, selection, call);
}
