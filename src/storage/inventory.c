/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/inventory.h"
#include "storage/inventory_parts.h"
#include "util/hash.h"
#include <string.h>

const struct inventory_column *
inventory_find_column(const GPtrArray *columns, const char *name)
{
  for (guint i = 0; i < columns->len; i++) {
    const struct inventory_column *column = columns->pdata[i];
    if (g_ascii_strcasecmp(column->name, name) == 0)
      return column;
  }
  return NULL;
}

struct inventory_column *
inventory_column_new(const char *name, const char *type)
{
  struct inventory_column *column = g_new(struct inventory_column, 1);
  *column = (struct inventory_column){.name = g_strdup(name), .type = g_strdup(type)};
  return column;
}

void
inventory_column_free(struct inventory_column *column)
{
  if (column == NULL)
    return;
  g_free(column->name);
  g_free(column->type);
  g_free(column);
}

static void
file_free(gpointer data)
{
  struct inventory_file *file = data;
  g_free(file->path);
  g_free(file->relative);
  g_free(file->compression);
  g_clear_pointer(&file->columns, g_ptr_array_unref);
  g_free(file);
}

void
inventory_partition_free(const struct inventory *inventory, struct inventory_partition *partition)
{
  for (guint i = 0; i < inventory->partition_columns->len; i++)
    g_free(partition->values[i]);
  g_free(partition->values);
  g_free(partition->folder);
  g_free(partition->fingerprint);
  g_free(partition);
}

static GPtrArray *
columns_new(void)
{
  return g_ptr_array_new_with_free_func((GDestroyNotify)inventory_column_free);
}

static struct inventory *
inventory_new(const char *name, const char *uri)
{
  struct inventory *inventory = g_new0(struct inventory, 1);
  inventory->name = g_strdup(name);
  inventory->uri = g_strdup(uri);
  inventory->partition_columns = columns_new();
  inventory->partitions = g_ptr_array_new();
  inventory->files = g_ptr_array_new_with_free_func(file_free);
  inventory->columns = columns_new();
  inventory->drift = g_ptr_array_new_with_free_func(g_free);
  inventory->partial = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  return inventory;
}

void
inventory_free(struct inventory *inventory)
{
  if (inventory == NULL)
    return;
  for (guint i = 0; i < inventory->partitions->len; i++)
    inventory_partition_free(inventory, inventory->partitions->pdata[i]);
  g_ptr_array_unref(inventory->partitions);
  g_ptr_array_unref(inventory->partition_columns);
  g_ptr_array_unref(inventory->files);
  g_ptr_array_unref(inventory->columns);
  g_ptr_array_unref(inventory->drift);
  g_hash_table_unref(inventory->partial);
  g_free(inventory->name);
  g_free(inventory->uri);
  g_free(inventory);
}

/* Files come ordered by partition, then path. NUL cannot be in a path: no two lists give one text. */
static void
take_fingerprints(struct inventory *inventory)
{
  guint at = 0;
  for (guint i = 0; i < inventory->partitions->len; i++) {
    g_autoptr(GString) text = g_string_new(NULL);
    for (; at < inventory->files->len; at++) {
      const struct inventory_file *file = inventory->files->pdata[at];
      if (file->partition != i)
        break;
      g_string_append_len(text, file->relative, (gssize)strlen(file->relative) + 1);
      g_string_append_printf(text, "%" G_GUINT64_FORMAT " %" G_GINT64_FORMAT "\n", file->size_bytes,
                             file->modified_ms);
    }
    struct inventory_partition *partition = inventory->partitions->pdata[i];
    partition->fingerprint = hash_text(text->str, (gssize)text->len);
  }
}

struct inventory *
inventory_read(const char *name, const char *uri, GError **error)
{
  return inventory_read_files(name, uri, NULL, error);
}

struct inventory *
inventory_read_files(const char *name, const char *uri, GHashTable *wanted, GError **error)
{
  AUTO(storage_close) struct storage *storage = storage_open(uri, error);
  struct found found = {0};
  if (storage == NULL || !inventory_list(storage, wanted, &found, error))
    return NULL;
  struct inventory *inventory = inventory_new(name, storage_uri(storage));
  const struct storage_entry *first = found.files->pdata[0];
  inventory->single_file = *first->path == '\0';
  inventory->ignored_files = found.other;
  bool done = inventory_arrange(inventory, storage, found.files, error);
  inventory_found_clear(&found);
  if (!done) {
    inventory_free(inventory);
    return NULL;
  }
  take_fingerprints(inventory);
  return inventory;
}

void
inventory_set_footer(struct inventory *inventory, gsize index, guint64 rows, guint row_groups,
                     const char *compression, GPtrArray *columns)
{
  struct inventory_file *file = inventory->files->pdata[index];
  file->rows = rows;
  file->row_groups = row_groups;
  g_free(file->compression);
  file->compression = g_strdup(compression);
  g_ptr_array_ref(columns);
  g_clear_pointer(&file->columns, g_ptr_array_unref);
  file->columns = columns;
}

char *
inventory_fingerprint(const struct inventory *inventory)
{
  g_autoptr(GString) text = g_string_new(NULL);
  for (guint i = 0; i < inventory->partitions->len; i++) {
    const struct inventory_partition *partition = inventory->partitions->pdata[i];
    g_string_append(text, partition->fingerprint);
  }
  return hash_text(text->str, (gssize)text->len);
}
