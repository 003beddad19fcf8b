/* SPDX-License-Identifier: Apache-2.0 */
#include "run/input.h"
#include "duck/footer.h"
#include "plan/plan.h"
#include "run/input_delta.h"
#include "util/error.h"
#include "util/text.h"
#include <string.h>

static bool
is_identifier(const char *text, gsize length)
{
  if (length == 0 || !(g_ascii_isalpha(text[0]) || text[0] == '_'))
    return false;
  for (gsize i = 1; i < length; i++)
    if (!g_ascii_isalnum(text[i]) && text[i] != '_')
      return false;
  return true;
}

void
input_parse(const char *text, char **ret_name, char **ret_path)
{
  const char *equals = strchr(text, '=');
  bool named = equals != NULL && is_identifier(text, (gsize)(equals - text)) &&
               !g_file_test(text, G_FILE_TEST_EXISTS);
  *ret_name = named ? g_strndup(text, (gsize)(equals - text)) : NULL;
  *ret_path = g_strdup(named ? equals + 1 : text);
}

static bool
same_name(const char *a, const char *b)
{
  return g_ascii_strcasecmp(a, b) == 0;
}

static const struct input_binding *
binding_of(const char *name, const struct input_binding *given, gsize given_count)
{
  for (gsize i = 0; i < given_count; i++)
    if (given[i].name != NULL && same_name(given[i].name, name))
      return &given[i];
  return NULL;
}

static bool
is_needed(char **names, const char *name)
{
  for (gsize i = 0; names[i] != NULL; i++)
    if (same_name(names[i], name))
      return true;
  return false;
}

static bool
refuse_unused(char **names, const struct input_binding *given, gsize given_count, GError **error)
{
  g_autofree char *list = g_strjoinv("', '", names);
  for (gsize i = 0; i < given_count; i++) {
    if (given[i].name == NULL || is_needed(names, given[i].name))
      continue;
    error_set(error, ERROR_USAGE, "--input %s=%s: no job reads a table '%s'", given[i].name,
              given[i].path, given[i].name);
    return error_hint(
        error, names[0] == NULL ? "The jobs read no input at all." : "The jobs read '%s'.", list);
  }
  return true;
}

/* The path without a name stands for the one table that no named path was given for. */
static bool
bare_binding(const struct input_binding *given, gsize given_count, gsize missing,
             const struct input_binding **ret_bare, GError **error)
{
  *ret_bare = NULL;
  for (gsize i = 0; i < given_count; i++) {
    if (given[i].name != NULL)
      continue;
    if (*ret_bare != NULL) {
      error_set(error, ERROR_USAGE, "--input is given twice without a name: '%s' and '%s'",
                (*ret_bare)->path, given[i].path);
      return error_hint(error, "Write --input NAME=PATH for each table of the script.");
    }
    *ret_bare = &given[i];
  }
  if (*ret_bare == NULL || missing == 1)
    return true;
  if (missing == 0)
    return error_set(error, ERROR_USAGE, "--input %s: the jobs read no further table",
                     (*ret_bare)->path);
  error_set(error, ERROR_USAGE,
            "--input %s: the jobs read %" G_GSIZE_FORMAT " tables, one path does not say which",
            (*ret_bare)->path, missing);
  return error_hint(error, "Write --input NAME=PATH for each table of the script.");
}

bool
input_match(char **names, const struct input_binding *given, gsize given_count,
            GPtrArray **ret_inputs, GError **error)
{
  if (!refuse_unused(names, given, given_count, error))
    return false;
  gsize missing = 0;
  for (gsize i = 0; names[i] != NULL; i++)
    missing += binding_of(names[i], given, given_count) == NULL;
  const struct input_binding *bare;
  if (!bare_binding(given, given_count, missing, &bare, error))
    return false;

  g_autoptr(GPtrArray) inputs = g_ptr_array_new_with_free_func(g_free);
  for (gsize i = 0; names[i] != NULL; i++) {
    const struct input_binding *binding = binding_of(names[i], given, given_count);
    if (binding == NULL)
      binding = bare;
    if (binding == NULL) {
      error_set(error, ERROR_USAGE, "no input for the table '%s'", names[i]);
      return error_hint(error, "Give --input %s=PATH.", names[i]);
    }
    struct input_binding *copy = g_new0(struct input_binding, 1);
    *copy = (struct input_binding){.name = names[i], .path = binding->path};
    g_ptr_array_add(inputs, copy);
  }
  *ret_inputs = g_steal_pointer(&inputs);
  return true;
}

/* Footers of one schema share their array of columns: keep the sharing, so that ten thousand files cost one array. */
static GPtrArray *
shared_columns(GHashTable *known, GPtrArray *columns)
{
  GPtrArray *copy = g_hash_table_lookup(known, columns);
  if (copy != NULL)
    return copy;
  copy = g_ptr_array_new_with_free_func((GDestroyNotify)(gpointer)inventory_column_free);
  for (guint i = 0; i < columns->len; i++) {
    const struct duck_column *column = columns->pdata[i];
    g_ptr_array_add(copy, inventory_column_new(column->name, column->type));
  }
  g_hash_table_insert(known, columns, copy);
  return copy;
}

static bool
read_footers(struct duck *duck, struct inventory *inventory, guint threads, GError **error)
{
  gsize count = inventory->files->len;
  g_autofree const char **paths = g_new0(const char *, count + 1);
  for (gsize i = 0; i < count; i++)
    paths[i] = ((const struct inventory_file *)inventory->files->pdata[i])->path;
  g_autoptr(GPtrArray) footers = NULL;
  if (!duck_read_footers(duck, paths, count, threads, &footers, error))
    return false;
  g_autoptr(GHashTable) known =
      g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)(gpointer)g_ptr_array_unref);
  for (gsize i = 0; i < count; i++) {
    const struct duck_footer *footer = footers->pdata[i];
    inventory_set_footer(inventory, i, footer->rows, footer->row_groups, footer->compression,
                         shared_columns(known, footer->columns));
  }
  return true;
}

struct inventory *
input_read(struct duck *duck, const char *name, const char *path, guint threads, GError **error)
{
  AUTO(inventory_free) struct inventory *inventory = input_list(name, path, error);
  if (inventory == NULL)
    return NULL;
  if (!read_footers(duck, inventory, threads, error) || !inventory_check_schema(inventory, error))
    return NULL;
  return g_steal_pointer(&inventory);
}

bool
input_create_view(struct duck_connection *connection, const struct inventory *inventory,
                  GError **error)
{
  g_autofree char *select = plan_view_sql(inventory, NULL, 0);
  g_autofree char *name = text_sql_name(inventory->name);
  g_autofree char *sql = g_strdup_printf("CREATE OR REPLACE TEMP VIEW %s AS %s", name, select);
  if (duck_exec(connection, sql, error))
    return true;
  return error_prefix(error, "cannot read '%s': ", inventory->uri);
}
