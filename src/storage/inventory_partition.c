/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/hive.h"
#include "storage/inventory_parts.h"
#include "util/error.h"
#include <string.h>

/* A folder that holds Parquet files directly. */
struct folder {
  char *path;      /* relative; "" for the root */
  char *file;      /* relative path of its first file, for messages */
  GArray *values;  /* struct hive_value of its "name=value" segments, outermost first */
  guint partition; /* index, once known */
};

static void
value_clear(gpointer value)
{
  hive_value_clear(value);
}

static void
folder_free(gpointer data)
{
  struct folder *folder = data;
  g_free(folder->path);
  g_free(folder->file);
  g_array_unref(folder->values);
  g_free(folder);
}

static const struct hive_value *
value_at(const struct folder *folder, guint column)
{
  return &g_array_index(folder->values, struct hive_value, column);
}

/* "year, month", or "none". */
static char *
names_of(const struct folder *folder)
{
  if (folder->values->len == 0)
    return g_strdup("none");
  GString *names = g_string_new(NULL);
  for (guint i = 0; i < folder->values->len; i++)
    g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", value_at(folder, i)->name);
  return g_string_free(names, FALSE);
}

static bool
check_value(const struct folder *folder, const struct hive_value *value, GError **error)
{
  if (value->invalid) {
    error_set(error, ERROR_INPUT, "the partition folder of '%s' does not decode to UTF-8 text",
              folder->file);
    return error_hint(error, "Encode the UTF-8 bytes of the value, as in 'city=S%%C3%%A3o'.");
  }
  for (guint i = 0; i < folder->values->len; i++)
    if (g_ascii_strcasecmp(value_at(folder, i)->name, value->name) == 0)
      return error_set(error, ERROR_INPUT,
                       "two folders on the way to '%s' name the same partition column '%s'",
                       folder->file, value->name);
  return true;
}

static bool
read_segments(struct folder *folder, GError **error)
{
  for (const char *at = folder->path; *at != '\0';) {
    gsize length = strcspn(at, "/");
    struct hive_value value = {0};
    if (hive_parse(at, length, &value)) {
      bool good = check_value(folder, &value, error);
      g_array_append_val(folder->values, value);
      if (!good)
        return false;
    }
    at += length + (at[length] == '/');
  }
  return true;
}

/* The folder of a file, made when first met. */
static struct folder *
folder_of(GHashTable *by_path, GPtrArray *folders, const char *file, GError **error)
{
  const char *slash = strrchr(file, '/');
  g_autofree char *path = g_strndup(file, slash != NULL ? (gsize)(slash - file) : 0);
  struct folder *folder = g_hash_table_lookup(by_path, path);
  if (folder != NULL)
    return folder;
  folder = g_new0(struct folder, 1);
  folder->path = g_steal_pointer(&path);
  folder->file = g_strdup(file);
  folder->values = g_array_new(FALSE, FALSE, sizeof(struct hive_value));
  g_array_set_clear_func(folder->values, value_clear);
  g_ptr_array_add(folders, folder);
  g_hash_table_insert(by_path, folder->path, folder);
  return read_segments(folder, error) ? folder : NULL;
}

static bool
check_agree(const struct folder *first, const struct folder *other, GError **error)
{
  bool agree = first->values->len == other->values->len;
  for (guint i = 0; agree && i < first->values->len; i++)
    agree = g_ascii_strcasecmp(value_at(first, i)->name, value_at(other, i)->name) == 0;
  if (agree)
    return true;
  g_autofree char *left = names_of(first);
  g_autofree char *right = names_of(other);
  error_set(error, ERROR_INPUT,
            "partition folders do not agree: '%s' has the partition columns %s, '%s' has %s",
            first->file, left, other->file, right);
  return error_hint(error, "Give --input a folder below which all files have the same folders "
                           "name=value, or move the odd files away.");
}

static void
type_columns(struct inventory *inventory, const GPtrArray *folders)
{
  const struct folder *first = folders->pdata[0];
  g_autofree const char **texts = g_new(const char *, folders->len);
  for (guint column = 0; column < first->values->len; column++) {
    for (guint i = 0; i < folders->len; i++)
      texts[i] = value_at(folders->pdata[i], column)->text;
    const char *type = hive_common_type(texts, folders->len);
    g_ptr_array_add(inventory->partition_columns,
                    inventory_column_new(value_at(first, column)->name, type));
  }
}

static struct inventory_partition *
partition_new(const struct inventory *inventory, const struct folder *folder)
{
  guint count = inventory->partition_columns->len;
  struct inventory_partition *partition = g_new0(struct inventory_partition, 1);
  partition->values = g_new0(char *, count + 1);
  for (guint i = 0; i < count; i++) {
    const struct inventory_column *column = inventory->partition_columns->pdata[i];
    partition->values[i] = hive_canonical(column->type, value_at(folder, i)->text);
  }
  partition->folder = g_strdup(folder->path);
  return partition;
}

static int
compare_values(const struct inventory *inventory, char **left, char **right)
{
  for (guint i = 0; i < inventory->partition_columns->len; i++) {
    const struct inventory_column *column = inventory->partition_columns->pdata[i];
    int order = hive_compare(column->type, left[i], right[i]);
    if (order != 0)
      return order;
  }
  return 0;
}

struct sorting {
  struct folder *folder;
  struct inventory_partition *partition;
};

static int
by_values(gconstpointer a, gconstpointer b, gpointer user)
{
  const struct sorting *left = a;
  const struct sorting *right = b;
  int order = compare_values(user, left->partition->values, right->partition->values);
  return order != 0 ? order : strcmp(left->folder->path, right->folder->path);
}

/* One partition a folder, then equal neighbours are made one: the first folder in path order gives its name. */
static void
group_folders(struct inventory *inventory, const GPtrArray *folders)
{
  g_autoptr(GArray) items = g_array_new(FALSE, FALSE, sizeof(struct sorting));
  for (guint i = 0; i < folders->len; i++) {
    struct sorting item = {folders->pdata[i], partition_new(inventory, folders->pdata[i])};
    g_array_append_val(items, item);
  }
  g_array_sort_with_data(items, by_values, inventory);
  struct inventory_partition *last = NULL;
  for (guint i = 0; i < items->len; i++) {
    struct sorting *item = &g_array_index(items, struct sorting, i);
    if (last != NULL && compare_values(inventory, last->values, item->partition->values) == 0) {
      inventory_partition_free(inventory, item->partition);
    } else {
      last = item->partition;
      g_ptr_array_add(inventory->partitions, last);
    }
    item->folder->partition = inventory->partitions->len - 1;
  }
}

static int
by_partition(gconstpointer a, gconstpointer b)
{
  const struct inventory_file *left = *(const struct inventory_file *const *)a;
  const struct inventory_file *right = *(const struct inventory_file *const *)b;
  if (left->partition != right->partition)
    return left->partition < right->partition ? -1 : 1;
  return strcmp(left->relative, right->relative);
}

static void
add_file(struct inventory *inventory, const struct storage *storage,
         const struct storage_entry *entry, guint partition)
{
  struct inventory_file *file = g_new0(struct inventory_file, 1);
  *file = (struct inventory_file){
      .path = storage_path(storage, entry->path),
      .relative =
          *entry->path != '\0' ? g_strdup(entry->path) : g_path_get_basename(storage_uri(storage)),
      .size_bytes = entry->size_bytes,
      .modified_ms = entry->modified_ms,
      .partition = partition,
  };
  g_ptr_array_add(inventory->files, file);
  struct inventory_partition *into = inventory->partitions->pdata[partition];
  into->files++;
  into->size_bytes += entry->size_bytes;
  inventory->size_bytes += entry->size_bytes;
}

bool
inventory_arrange(struct inventory *inventory, struct storage *storage, const GPtrArray *entries,
                  GError **error)
{
  g_autoptr(GPtrArray) folders = g_ptr_array_new_with_free_func(folder_free);
  g_autoptr(GHashTable) by_path = g_hash_table_new(g_str_hash, g_str_equal);
  g_autofree struct folder **homes = g_new0(struct folder *, entries->len);
  for (guint i = 0; i < entries->len; i++) {
    const struct storage_entry *entry = entries->pdata[i];
    homes[i] = folder_of(by_path, folders, entry->path, error);
    if (homes[i] == NULL || !check_agree(folders->pdata[0], homes[i], error))
      return false;
  }
  type_columns(inventory, folders);
  group_folders(inventory, folders);
  for (guint i = 0; i < entries->len; i++)
    add_file(inventory, storage, entries->pdata[i], homes[i]->partition);
  g_ptr_array_sort(inventory->files, by_partition);
  return true;
}
