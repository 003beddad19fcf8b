/* SPDX-License-Identifier: Apache-2.0 */
#include "job/ast_json.h"
#include "job/check.h"
#include <string.h>

struct shape *
shape_new(GPtrArray *columns, char **key)
{
  struct shape *shape = g_new0(struct shape, 1);
  shape->columns = columns;
  shape->key = key;
  return shape;
}

static GPtrArray *
copy_names(GPtrArray *names)
{
  if (names == NULL)
    return NULL;
  GPtrArray *copy = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < names->len; i++)
    g_ptr_array_add(copy, g_strdup(g_ptr_array_index(names, i)));
  return copy;
}

struct shape *
shape_copy(const struct shape *shape)
{
  return shape_new(copy_names(shape->columns), g_strdupv(shape->key));
}

void
shape_free(struct shape *shape)
{
  if (shape == NULL)
    return;
  g_clear_pointer(&shape->columns, g_ptr_array_unref);
  g_strfreev(shape->key);
  g_free(shape);
}

static void
rename_key(struct shape *shape, const char *from, const char *to)
{
  for (char **name = shape->key; name != NULL && *name != NULL; name++)
    if (g_str_equal(*name, from)) {
      g_free(*name);
      *name = g_strdup(to);
    }
}

void
shape_rename(struct shape *shape, struct json_object *names)
{
  gsize count = ast_length(names);
  if (count == 0)
    return;
  if (shape->columns == NULL || shape->columns->len < count) {
    g_clear_pointer(&shape->key, g_strfreev);
    return;
  }
  g_auto(GStrv) texts = ast_texts(names);
  for (gsize i = 0; i < count; i++) {
    char *name = g_utf8_strdown(texts[i], -1);
    rename_key(shape, g_ptr_array_index(shape->columns, i), name);
    g_free(g_ptr_array_index(shape->columns, i));
    shape->columns->pdata[i] = name;
  }
}

static struct shape *
shape_of_base(const struct checker *checker, const struct env *env, const struct table_ref *table)
{
  g_autofree char *lower = g_utf8_strdown(table->name, -1);
  for (; env != NULL; env = env->outer)
    if (g_str_equal(env->name, lower))
      return shape_copy(env->shape);
  const struct shape *known = g_hash_table_lookup(checker->tables, lower);
  return known == NULL ? shape_new(NULL, NULL) : shape_copy(known);
}

/* range(n) and generate_series(n) give every value once. */
static struct shape *
shape_of_function(const struct table_ref *table)
{
  const char *name = table->function == NULL ? NULL : table->function->function;
  if (g_strcmp0(name, "range") != 0 && g_strcmp0(name, "generate_series") != 0)
    return shape_new(NULL, NULL);
  GPtrArray *columns = g_ptr_array_new_with_free_func(g_free);
  char **key = g_new0(char *, 2);
  g_ptr_array_add(columns, g_strdup(name));
  key[0] = g_strdup(name);
  return shape_new(columns, key);
}

static struct shape *
shape_of_values(const struct table_ref *table)
{
  struct json_object *rows = json_get(table->raw, "values");
  gsize width = ast_length(rows) == 0 ? 0 : ast_length(json_object_array_get_idx(rows, 0));
  GPtrArray *columns = g_ptr_array_new_with_free_func(g_free);
  for (gsize i = 0; i < width; i++)
    g_ptr_array_add(columns, g_strdup_printf("col%" G_GSIZE_FORMAT, i));
  return shape_new(columns, NULL);
}

struct shape *
shape_of_table(const struct checker *checker, const struct env *env, const struct table_ref *table)
{
  struct shape *shape = NULL;
  if (table->class == TABLE_BASE)
    shape = shape_of_base(checker, env, table);
  else if (table->class == TABLE_FUNCTION)
    shape = shape_of_function(table);
  else if (table->class == TABLE_VALUES)
    shape = shape_of_values(table);
  else
    shape = shape_new(NULL, NULL);
  shape_rename(shape, json_get(table->raw, "column_name_alias"));
  return shape;
}

bool
selection_has_column(const struct selection *selection, const char *name)
{
  g_autofree char *lower = g_utf8_strdown(name, -1);
  for (guint i = 0; i < selection->sources->len; i++) {
    const struct source *source = g_ptr_array_index(selection->sources, i);
    GPtrArray *columns = source->shape->columns;
    for (guint k = 0; columns != NULL && k < columns->len; k++)
      if (g_str_equal(g_ptr_array_index(columns, k), lower))
        return true;
  }
  return false;
}

static bool
in_json_list(struct json_object *list, const char *lower)
{
  for (gsize i = 0; i < ast_length(list); i++) {
    const char *name = json_object_get_string(json_object_array_get_idx(list, i));
    g_autofree char *other = name == NULL ? NULL : g_utf8_strdown(name, -1);
    if (g_strcmp0(other, lower) == 0)
      return true;
  }
  return false;
}

/* * and t.*, with EXCLUDE; false for the forms whose columns are not found out (COLUMNS, RENAME, REPLACE). */
static bool
add_star(const struct selection *selection, const struct expr *star, GPtrArray *columns)
{
  struct json_object *excluded = json_get(star->raw, "exclude_list");
  const char *relation = json_get_text(star->raw, "relation_name");
  g_autofree char *alias = relation == NULL ? g_strdup("") : g_utf8_strdown(relation, -1);
  if (json_get_flag(star->raw, "columns") || star->children->len > 0 ||
      ast_length(json_get(star->raw, "rename_list")) > 0 ||
      ast_length(json_get(star->raw, "qualified_exclude_list")) > 0 || !selection->sources_known)
    return false;
  for (guint i = 0; i < selection->sources->len; i++) {
    const struct source *source = g_ptr_array_index(selection->sources, i);
    if (*alias != '\0' && !g_str_equal(source->alias, alias))
      continue;
    for (guint k = 0; k < source->shape->columns->len; k++) {
      const char *name = g_ptr_array_index(source->shape->columns, k);
      if (!in_json_list(excluded, name))
        g_ptr_array_add(columns, g_strdup(name));
    }
  }
  return true;
}

static GPtrArray *
columns_of(const struct selection *selection)
{
  const struct query *query = selection->query;
  GPtrArray *columns = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < query->select->len; i++) {
    const struct expr *expr = g_ptr_array_index(query->select, i);
    if (expr->class == EXPR_STAR) {
      if (add_star(selection, expr, columns))
        continue;
      g_ptr_array_unref(columns);
      return NULL;
    }
    const char *name = expr->alias;
    if (*name == '\0' && expr->class == EXPR_COLUMN)
      name = expr->names[g_strv_length(expr->names) - 1];
    g_ptr_array_add(columns, g_utf8_strdown(name, -1));
  }
  return columns;
}

/* The output column that holds an expression, or NULL. */
static char *
output_of(const struct selection *selection, const struct expr *wanted)
{
  const struct query *query = selection->query;
  g_autofree char *text = ast_canonical_expr(wanted, selection->qualifiers);
  for (guint i = 0; i < query->select->len; i++) {
    const struct expr *expr = g_ptr_array_index(query->select, i);
    if (expr->class == EXPR_STAR)
      continue;
    g_autofree char *other = ast_canonical_expr(expr, selection->qualifiers);
    if (!g_str_equal(text, other))
      continue;
    if (*expr->alias != '\0')
      return g_utf8_strdown(expr->alias, -1);
    if (expr->class == EXPR_COLUMN)
      return g_utf8_strdown(expr->names[g_strv_length(expr->names) - 1], -1);
  }
  return NULL;
}

static char **
take_names(GPtrArray *names)
{
  g_ptr_array_add(names, NULL);
  return (char **)g_ptr_array_steal(names, NULL);
}

static char **
key_of_exprs(const struct selection *selection, GPtrArray *exprs)
{
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < exprs->len; i++) {
    char *name = output_of(selection, g_ptr_array_index(exprs, i));
    if (name == NULL)
      return NULL;
    g_ptr_array_add(names, name);
  }
  return take_names(names);
}

/* With several grouping sets a key value may be NULL data or a total: GROUPING(...) tells them apart. */
static struct expr *
grouping_entry(const struct selection *selection)
{
  const struct query *query = selection->query;
  for (guint i = 0; i < query->select->len; i++) {
    struct expr *expr = g_ptr_array_index(query->select, i);
    if (expr->class == EXPR_GROUPING && expr->children->len == selection->group_keys->len)
      return expr;
  }
  return NULL;
}

static char **
key_of_groups(const struct selection *selection)
{
  g_autoptr(GPtrArray) exprs = g_ptr_array_new();
  for (guint i = 0; i < selection->group_keys->len; i++)
    g_ptr_array_add(exprs, g_ptr_array_index(selection->group_keys, i));
  if (selection->several_sets) {
    struct expr *entry = grouping_entry(selection);
    if (entry == NULL)
      return NULL;
    g_ptr_array_add(exprs, entry);
  }
  return key_of_exprs(selection, exprs);
}

/* The output column that passes a column of a source on: by name, or by a star. */
static char *
passed_on(const struct selection *selection, const struct source *source, const char *column)
{
  const struct query *query = selection->query;
  for (guint i = 0; i < query->select->len; i++) {
    const struct expr *expr = g_ptr_array_index(query->select, i);
    if (expr->class == EXPR_STAR) {
      g_autoptr(GPtrArray) columns = g_ptr_array_new_with_free_func(g_free);
      if (add_star(selection, expr, columns) &&
          g_ptr_array_find_with_equal_func(columns, column, g_str_equal, NULL))
        return g_strdup(column);
      continue;
    }
    guint parts = expr->names == NULL ? 0 : g_strv_length(expr->names);
    if (expr->class != EXPR_COLUMN || parts > 2)
      continue;
    g_autofree char *name = g_utf8_strdown(expr->names[parts - 1], -1);
    g_autofree char *table = parts == 2 ? g_utf8_strdown(expr->names[0], -1) : NULL;
    if (g_str_equal(name, column) && (table == NULL || g_str_equal(table, source->alias)))
      return *expr->alias != '\0' ? g_utf8_strdown(expr->alias, -1) : g_steal_pointer(&name);
  }
  return NULL;
}

static char **
key_of_sources(const struct selection *selection)
{
  if (!selection->sources_keyed)
    return NULL;
  g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
  for (guint i = 0; i < selection->sources->len; i++) {
    const struct source *source = g_ptr_array_index(selection->sources, i);
    for (char **column = source->shape->key; *column != NULL; column++) {
      char *name = passed_on(selection, source, *column);
      if (name == NULL)
        return NULL;
      g_ptr_array_add(names, name);
    }
  }
  return take_names(names);
}

/* QUALIFY row_number() OVER (PARTITION BY p ...) = 1 keeps one row of each p. */
static const struct expr *
first_row_window(const struct selection *selection)
{
  const struct expr *qualify = selection->query->qualify;
  if (qualify == NULL || !g_str_equal(qualify->type, "COMPARE_EQUAL"))
    return NULL;
  const struct expr *left = g_ptr_array_index(qualify->children, 0);
  const struct expr *right = g_ptr_array_index(qualify->children, 1);
  const struct expr *entry = selection_resolve(selection, left, /* alias_first= */ false);
  left = entry == NULL ? left : entry;
  bool one = right->class == EXPR_CONSTANT;
  return one && g_str_equal(left->type, "WINDOW_ROW_NUMBER") ? left : NULL;
}

char **
shape_whole_key(const struct shape *shape)
{
  if (shape->columns == NULL ||
      g_ptr_array_find_with_equal_func(shape->columns, "", g_str_equal, NULL))
    return NULL;
  g_autoptr(GPtrArray) all = copy_names(shape->columns);
  return take_names(all);
}

struct shape *
shape_of_selection(const struct selection *selection)
{
  const struct query *query = selection->query;
  GPtrArray *columns = columns_of(selection);
  const struct expr *window = first_row_window(selection);
  char **key = NULL;
  if (query->distinct_on->len > 0)
    key = key_of_exprs(selection, query->distinct_on);
  else if (window != NULL)
    key = key_of_exprs(selection, window->partitions);
  else
    key = selection->grouped ? key_of_groups(selection) : key_of_sources(selection);
  struct shape *shape = shape_new(columns, key);
  if (key == NULL && query->distinct)
    shape->key = shape_whole_key(shape);
  return shape;
}
