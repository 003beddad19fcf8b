/* SPDX-License-Identifier: Apache-2.0 */
#include "job/check.h"
#include "util/error.h"
#include <string.h>

/* Sort keys of the query, names and numbers resolved; NULL for ORDER BY ALL, which holds every column. */
static GPtrArray *
order_keys(const struct selection *selection)
{
  GPtrArray *keys = g_ptr_array_new();
  GPtrArray *orders = selection->query->order;
  for (guint i = 0; i < orders->len; i++) {
    struct expr *written = ((struct order *)g_ptr_array_index(orders, i))->expr;
    if (written->class == EXPR_STAR) {
      g_ptr_array_unref(keys);
      return NULL;
    }
    struct expr *entry = selection_resolve(selection, written, /* alias_first= */ true);
    g_ptr_array_add(keys, written);
    if (entry != NULL)
      g_ptr_array_add(keys, entry);
  }
  return keys;
}

static bool
decides_result(const struct selection *selection, GPtrArray *keys)
{
  GPtrArray *select = selection->query->select;
  if (total_order(selection, keys))
    return true;
  for (guint i = 0; i < select->len; i++)
    if (!total_determines(selection, keys, g_ptr_array_index(select, i)))
      return false;
  return true;
}

static bool
refuse_cut(struct checker *checker, const struct selection *selection, GPtrArray *keys,
           const struct expr *place, const char *what)
{
  const struct query *query = selection->query;
  g_autofree char *missing = total_missing(checker, selection, keys);
  (void)job_refuse(checker->job, check_place(checker, place), checker->error, "%s", what);
  if (*missing == '\0')
    return error_hint(checker->error,
                      "Order by columns that together occur once, and name columns instead of *.");
  return query->order->len == 0 ? error_hint(checker->error, "Write ORDER BY %s.", missing)
                                : error_hint(checker->error, "Add to ORDER BY: %s.", missing);
}

static const struct expr *
limit_place(const struct query *query)
{
  return query->limit != NULL ? query->limit : query->offset;
}

static const char *
limit_fault(const struct query *query)
{
  if (query->order->len == 0)
    return query->limit != NULL ? "LIMIT without ORDER BY takes any rows"
                                : "OFFSET without ORDER BY drops any rows";
  return query->limit != NULL ? "LIMIT cuts among the rows that ORDER BY leaves tied"
                              : "OFFSET cuts among the rows that ORDER BY leaves tied";
}

static bool
check_distinct_on(struct checker *checker, const struct selection *selection)
{
  const struct query *query = selection->query;
  g_autoptr(GPtrArray) keys = order_keys(selection);
  if (keys == NULL)
    return true;
  for (guint i = 0; i < query->distinct_on->len; i++)
    g_ptr_array_add(keys, g_ptr_array_index(query->distinct_on, i));
  return decides_result(selection, keys) ||
         refuse_cut(checker, selection, keys, g_ptr_array_index(query->distinct_on, 0),
                    query->order->len == 0
                        ? "DISTINCT ON without ORDER BY keeps any of several rows"
                        : "DISTINCT ON keeps any of the rows that ORDER BY leaves tied");
}

static bool
holds_distinct_on(const struct selection *selection, GPtrArray *keys)
{
  GPtrArray *exprs = selection->query->distinct_on;
  for (guint i = 0; i < exprs->len; i++)
    if (!total_determines(selection, keys, g_ptr_array_index(exprs, i)))
      return false;
  return exprs->len > 0;
}

bool
check_limit(struct checker *checker, const struct selection *selection)
{
  const struct query *query = selection->query;
  if (query->distinct_on->len > 0 && !check_distinct_on(checker, selection))
    return false;
  if (query->limit == NULL && query->offset == NULL)
    return true;
  g_autoptr(GPtrArray) keys = order_keys(selection);
  if (keys == NULL || decides_result(selection, keys) || holds_distinct_on(selection, keys))
    return true;
  const struct expr *place = query->limit != NULL ? query->limit : query->offset;
  return refuse_cut(checker, selection, keys, place,
                    query->order->len == 0 ? "LIMIT without ORDER BY takes any rows"
                                           : "LIMIT cuts among the rows that ORDER BY leaves tied");
}

static bool
order_names(const struct query *query, const struct shape *shape, const char *name, guint index)
{
  for (guint i = 0; i < query->order->len; i++) {
    const struct expr *expr = ((struct order *)g_ptr_array_index(query->order, i))->expr;
    if (expr->class == EXPR_STAR)
      return true;
    if (expr->class == EXPR_CONSTANT &&
        json_get_int(json_get(expr->raw, "value"), "value", 0) == (gint64)index + 1)
      return true;
    if (expr->class != EXPR_COLUMN || g_strv_length(expr->names) != 1)
      continue;
    g_autofree char *lower = g_utf8_strdown(expr->names[0], -1);
    if (g_str_equal(lower, name))
      return true;
  }
  (void)shape;
  return false;
}

static bool
order_holds_key(const struct query *query, const struct shape *shape)
{
  for (char **name = shape->key; name != NULL && *name != NULL; name++) {
    guint index = 0;
    if (!g_ptr_array_find_with_equal_func(shape->columns, *name, g_str_equal, &index) ||
        !order_names(query, shape, *name, index))
      return false;
  }
  return shape->key != NULL;
}

bool
check_set_limit(struct checker *checker, const struct query *query, const struct shape *shape)
{
  if (query->limit == NULL && query->offset == NULL)
    return true;
  g_autoptr(GString) missing = g_string_new(NULL);
  if (shape->columns != NULL && order_holds_key(query, shape))
    return true;
  for (guint i = 0; shape->columns != NULL && i < shape->columns->len; i++) {
    const char *name = g_ptr_array_index(shape->columns, i);
    if (order_names(query, shape, name, i))
      continue;
    g_autofree char *number = g_strdup_printf("%u", i + 1);
    g_string_append_printf(missing, "%s%s NULLS LAST", missing->len == 0 ? "" : ", ",
                           *name == '\0' ? number : name);
  }
  if (shape->columns != NULL && missing->len == 0)
    return true;
  (void)job_refuse(checker->job, check_place(checker, limit_place(query)), checker->error, "%s",
                   limit_fault(query));
  if (missing->len == 0)
    return error_hint(checker->error, "Order by every column, by name.");
  return error_hint(checker->error, "%s %s.",
                    query->order->len == 0 ? "Write ORDER BY" : "Add to ORDER BY:", missing->str);
}
