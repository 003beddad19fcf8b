/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/inventory_parts.h"
#include "util/error.h"
#include <string.h>

/* Names that were passed over, for the message when nothing else is there. */
struct skipped {
  guint64 count;
  char *first;
};

/* "_x=1" is a partition folder, as in Spark; "_temporary", "_delta_log", ".crc" are other programs' own. */
static bool
skip_hidden(const char *name, bool is_folder, gpointer user)
{
  bool hidden = name[0] == '.' || (name[0] == '_' && !(is_folder && strchr(name, '=') != NULL));
  struct skipped *skipped = user;
  if (hidden && skipped->count++ == 0)
    skipped->first = g_strdup(name);
  return hidden;
}

static bool
is_parquet(const char *path)
{
  static const char *const endings[] = {".parquet", ".parq"};
  gsize length = strlen(path);
  for (gsize i = 0; i < G_N_ELEMENTS(endings); i++) {
    gsize ending = strlen(endings[i]);
    if (length > ending && g_ascii_strcasecmp(path + length - ending, endings[i]) == 0)
      return true;
  }
  return false;
}

static bool
refuse_nothing(const struct storage *storage, const struct found *found, const char *first_other,
               const struct skipped *skipped, GError **error)
{
  const char *uri = storage_uri(storage);
  if (found->other > 0)
    error_set(error, ERROR_INPUT,
              "no Parquet file in '%s', but %" G_GUINT64_FORMAT " other file%s, such as '%s'", uri,
              found->other, found->other == 1 ? "" : "s", first_other);
  else if (skipped->count > 0)
    error_set(error, ERROR_INPUT,
              "no Parquet file in '%s', only names that start with '_' or '.', such as '%s'", uri,
              skipped->first);
  else
    error_set(error, ERROR_INPUT, "no Parquet file in '%s': the folder is empty", uri);
  return error_hint(error, "Files must end in .parquet or .parq; names that start with '_' or '.' "
                           "are ignored.");
}

static bool
check_file(const struct storage *storage, const struct storage_entry *entry, GError **error)
{
  g_autofree char *full = storage_path(storage, entry->path);
  if (!g_utf8_validate(full, -1, NULL)) {
    g_autofree char *shown = g_utf8_make_valid(full, -1);
    error_set(error, ERROR_INPUT, "the name of '%s' is no UTF-8", shown);
    return error_hint(error, "Rename the file or folder.");
  }
  if (strchr(full, '\\') != NULL && strpbrk(full, "*?[") != NULL) {
    error_set(error, ERROR_INPUT,
              "cannot read '%s': the engine takes no path with a backslash beside '*', '?' or '['",
              full);
    return error_hint(error, "Rename the file or folder.");
  }
  if (entry->size_bytes > 0)
    return true;
  error_set(error, ERROR_INPUT, "'%s' is no Parquet file: it is empty (0 bytes)", full);
  return error_hint(error, "Delete it or write it again; it may be what a failed upload left.");
}

static bool
sort_out(struct storage *storage, GPtrArray *entries, const struct skipped *skipped,
         struct found *found, GError **error)
{
  g_autofree char *first_other = NULL;
  for (guint i = 0; i < entries->len; i++) {
    struct storage_entry *entry = entries->pdata[i];
    if (!is_parquet(entry->path)) {
      if (found->other++ == 0)
        first_other = g_utf8_make_valid(entry->path, -1);
      continue;
    }
    if (!check_file(storage, entry, error))
      return false;
    g_ptr_array_add(found->files, entry);
    entries->pdata[i] = NULL;
  }
  return found->files->len > 0 || refuse_nothing(storage, found, first_other, skipped, error);
}

void
inventory_found_clear(struct found *found)
{
  g_clear_pointer(&found->files, g_ptr_array_unref);
}

static void
keep_wanted(GPtrArray *entries, GHashTable *wanted)
{
  guint kept = 0;
  for (guint i = 0; i < entries->len; i++) {
    struct storage_entry *entry = entries->pdata[i];
    entries->pdata[i] = NULL;
    if (g_hash_table_contains(wanted, entry->path))
      entries->pdata[kept++] = entry;
    else
      storage_entry_free(entry);
  }
  g_ptr_array_set_size(entries, (gint)kept);
}

static bool
check_wanted(const struct storage *storage, const GPtrArray *files, GHashTable *wanted,
             GError **error)
{
  g_autoptr(GHashTable) found = g_hash_table_new(g_str_hash, g_str_equal);
  for (guint i = 0; i < files->len; i++)
    (void)g_hash_table_add(found, ((struct storage_entry *)files->pdata[i])->path);
  GHashTableIter each;
  gpointer path;
  g_hash_table_iter_init(&each, wanted);
  while (g_hash_table_iter_next(&each, &path, NULL)) {
    if (g_hash_table_contains(found, path))
      continue;
    g_autofree char *full = storage_path(storage, path);
    error_set(error, ERROR_INPUT, "the file '%s' of the table is not there", full);
    return error_hint(error, "Run the job that publishes the table again, or roll the table back.");
  }
  return true;
}

static bool
list_folder(struct storage *storage, GHashTable *wanted, struct found *found, GError **error)
{
  struct skipped skipped = {0};
  g_autoptr(GPtrArray) entries = NULL;
  bool done = storage_list_tree(storage, "", skip_hidden, &skipped, &entries, error);
  if (done && wanted != NULL) {
    keep_wanted(entries, wanted);
    done = check_wanted(storage, entries, wanted, error);
  }
  done = done && sort_out(storage, entries, &skipped, found, error);
  g_free(skipped.first);
  return done;
}

bool
inventory_list(struct storage *storage, GHashTable *wanted, struct found *ret_found, GError **error)
{
  struct storage_entry *root = NULL;
  g_autoptr(GError) failed = NULL;
  if (!storage_stat(storage, "", &root, &failed)) {
    if (failed != NULL) {
      g_propagate_error(error, g_steal_pointer(&failed));
      return false;
    }
    error_set(error, ERROR_INPUT, "cannot read '%s': no such file or folder", storage_uri(storage));
    return error_hint(error, "Give --input the folder that holds the Parquet files, or one file.");
  }
  struct found found = {.files =
                            g_ptr_array_new_with_free_func((GDestroyNotify)storage_entry_free)};
  bool done;
  if (root->is_folder) {
    storage_entry_free(root);
    done = list_folder(storage, wanted, &found, error);
  } else {
    g_ptr_array_add(found.files, root);
    done = check_file(storage, root, error);
  }
  if (done)
    *ret_found = found;
  else
    inventory_found_clear(&found);
  return done;
}
