/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/inventory.h"
#include "util/error.h"
#include <string.h>

#define DRIFT_LIMIT 1000 /* sentences */

/* One set of columns and the first file that has it. */
struct schema {
  const GPtrArray *columns;
  const struct inventory_file *file;
  GHashTable *by_name; /* lower-case name -> struct inventory_column */
};

static void
schema_free(gpointer data)
{
  struct schema *schema = data;
  g_hash_table_unref(schema->by_name);
  g_free(schema);
}

static void
add_drift(struct inventory *inventory, char *sentence)
{
  if (inventory->drift->len < DRIFT_LIMIT)
    g_ptr_array_add(inventory->drift, sentence);
  else
    g_free(sentence);
}

static bool
is_partition_column(const struct inventory *inventory, const char *name)
{
  for (guint i = 0; i < inventory->partition_columns->len; i++) {
    const struct inventory_column *column = inventory->partition_columns->pdata[i];
    if (g_ascii_strcasecmp(column->name, name) == 0)
      return true;
  }
  return false;
}

static struct schema *
schema_new(const struct inventory_file *file, GError **error)
{
  struct schema *schema = g_new0(struct schema, 1);
  schema->columns = file->columns;
  schema->file = file;
  schema->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < file->columns->len; i++) {
    struct inventory_column *column = file->columns->pdata[i];
    if (!g_hash_table_insert(schema->by_name, g_ascii_strdown(column->name, -1), column)) {
      schema_free(schema);
      error_set(error, ERROR_INPUT, "'%s' has two columns named '%s' (case does not count)",
                file->path, column->name);
      return NULL;
    }
  }
  return schema;
}

/* Columns by content: files of one writer rarely share the array. */
static char *
key_of(const GPtrArray *columns)
{
  GString *key = g_string_new(NULL);
  for (guint i = 0; i < columns->len; i++) {
    const struct inventory_column *column = columns->pdata[i];
    g_string_append_printf(key, "%zu %s %s\n", strlen(column->name), column->name, column->type);
  }
  return g_string_free(key, FALSE);
}

/* The different schemas, that of the first file first; NULL with error set. */
static GPtrArray *
schemas_of(const struct inventory *inventory, GError **error)
{
  g_autoptr(GPtrArray) schemas = g_ptr_array_new_with_free_func(schema_free);
  g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  const GPtrArray *last = NULL;
  for (guint i = 0; i < inventory->files->len; i++) {
    const struct inventory_file *file = inventory->files->pdata[i];
    if (file->columns == NULL) {
      error_set(error, ERROR_FAILED, "the footer of '%s' was not read", file->path);
      return NULL;
    }
    if (file->columns == last)
      continue;
    last = file->columns;
    if (!g_hash_table_add(seen, key_of(last)))
      continue;
    struct schema *schema = schema_new(file, error);
    if (schema == NULL)
      return NULL;
    g_ptr_array_add(schemas, schema);
  }
  return g_steal_pointer(&schemas);
}

/* The sentence when the column is not the same in all schemas, else NULL. here is one that has it. */
static char *
difference(const GPtrArray *schemas, const struct schema *here,
           const struct inventory_column *column)
{
  g_autofree char *name = g_ascii_strdown(column->name, -1);
  for (guint i = 0; i < schemas->len; i++) {
    const struct schema *other = schemas->pdata[i];
    const struct inventory_column *twin = g_hash_table_lookup(other->by_name, name);
    if (twin == NULL)
      return g_strdup_printf("column '%s' is in '%s' but not in '%s'", column->name,
                             here->file->path, other->file->path);
    if (!g_str_equal(twin->type, column->type))
      return g_strdup_printf("column '%s' is %s in '%s' but %s in '%s'", column->name, column->type,
                             here->file->path, twin->type, other->file->path);
  }
  return NULL;
}

static void
take_column(struct inventory *inventory, const GPtrArray *schemas, const struct schema *here,
            const struct inventory_column *column)
{
  g_autofree char *name = g_ascii_strdown(column->name, -1);
  if (g_hash_table_contains(inventory->partial, name))
    return;
  if (is_partition_column(inventory, column->name)) {
    if (here == schemas->pdata[0])
      add_drift(inventory,
                g_strdup_printf("column '%s' is in the files and in the names of their folders: "
                                "the folders' value counts",
                                column->name));
    return;
  }
  char *sentence = difference(schemas, here, column);
  if (sentence != NULL) {
    add_drift(inventory, g_strdup(sentence));
    g_hash_table_insert(inventory->partial, g_steal_pointer(&name), sentence);
  } else if (here == schemas->pdata[0]) {
    g_ptr_array_add(inventory->columns, inventory_column_new(column->name, column->type));
  }
}

/* The common columns of a schema come in the first file's order. */
static bool
same_order(const struct inventory *inventory, const struct schema *schema)
{
  guint at = 0;
  for (guint i = 0; i < schema->columns->len && at < inventory->columns->len; i++) {
    const struct inventory_column *column = schema->columns->pdata[i];
    const struct inventory_column *next = inventory->columns->pdata[at];
    at += g_ascii_strcasecmp(column->name, next->name) == 0;
  }
  return at == inventory->columns->len;
}

static void
note_order(struct inventory *inventory, const GPtrArray *schemas)
{
  const struct schema *first = schemas->pdata[0];
  for (guint i = 1; i < schemas->len; i++) {
    const struct schema *schema = schemas->pdata[i];
    if (!same_order(inventory, schema)) {
      add_drift(inventory, g_strdup_printf("columns come in another order in '%s' than in '%s'",
                                           schema->file->path, first->file->path));
      return;
    }
  }
}

static void
take_totals(struct inventory *inventory)
{
  inventory->rows = 0;
  for (guint i = 0; i < inventory->partitions->len; i++)
    ((struct inventory_partition *)inventory->partitions->pdata[i])->rows = 0;
  for (guint i = 0; i < inventory->files->len; i++) {
    const struct inventory_file *file = inventory->files->pdata[i];
    struct inventory_partition *partition = inventory->partitions->pdata[file->partition];
    partition->rows += file->rows;
    inventory->rows += file->rows;
  }
}

static void
start_over(struct inventory *inventory)
{
  g_ptr_array_set_size(inventory->columns, 0);
  g_ptr_array_set_size(inventory->drift, 0);
  g_hash_table_remove_all(inventory->partial);
  inventory->has_footers = false;
}

bool
inventory_check_schema(struct inventory *inventory, GError **error)
{
  g_autoptr(GPtrArray) schemas = schemas_of(inventory, error);
  if (schemas == NULL)
    return false;
  start_over(inventory);
  for (guint i = 0; i < schemas->len; i++) {
    const struct schema *schema = schemas->pdata[i];
    for (guint j = 0; j < schema->columns->len; j++)
      take_column(inventory, schemas, schema, schema->columns->pdata[j]);
  }
  if (inventory->columns->len == 0) {
    const char *why = inventory->drift->len > 0 ? inventory->drift->pdata[0] : "no columns at all";
    return error_set(error, ERROR_INPUT, "no column is common to all files of '%s': %s",
                     inventory->uri, why);
  }
  note_order(inventory, schemas);
  for (guint i = 0; i < inventory->partition_columns->len; i++) {
    const struct inventory_column *column = inventory->partition_columns->pdata[i];
    g_ptr_array_add(inventory->columns, inventory_column_new(column->name, column->type));
  }
  take_totals(inventory);
  inventory->has_footers = true;
  return true;
}
