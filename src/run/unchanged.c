/* SPDX-License-Identifier: Apache-2.0 */
#include "run/unchanged.h"
#include "storage/storage.h"
#include "util/error.h"

/* One flag a file: an output reads it. */
static bool *
files_read(const struct plan *plan, guint inventory)
{
  const GPtrArray *files = ((const struct inventory *)plan->inventories->pdata[inventory])->files;
  bool *are_read = g_new0(bool, files->len + 1);
  for (guint o = 0; o < plan->outputs->len; o++) {
    const GPtrArray *inputs = ((const struct plan_output *)plan->outputs->pdata[o])->inputs;
    for (guint i = 0; i < inputs->len; i++) {
      const struct plan_input *input = inputs->pdata[i];
      for (guint f = 0; input->inventory == inventory && f < input->files->len; f++)
        are_read[g_array_index(input->files, guint, f)] = true;
    }
  }
  return are_read;
}

static bool
refuse(const struct inventory *inventory, const struct inventory_file *file, const char *what,
       GError **error)
{
  error_set(error, ERROR_INPUT, "input '%s': '%s' was %s while it was read", inventory->name,
            file->path, what);
  return error_hint(error, "Run it again when nothing writes to the input.");
}

static bool
check_file(struct storage *storage, const struct inventory *inventory,
           const struct inventory_file *file, bool may_be_gone, GError **error)
{
  struct storage_entry *entry = NULL;
  GError *failure = NULL;
  if (!storage_stat(storage, inventory->single_file ? "" : file->relative, &entry, &failure)) {
    if (failure == NULL)
      return may_be_gone || refuse(inventory, file, "deleted", error);
    g_propagate_error(error, failure);
    return false;
  }
  bool is_same = entry->size_bytes == file->size_bytes && entry->modified_ms == file->modified_ms;
  storage_entry_free(entry);
  return is_same || refuse(inventory, file, "changed", error);
}

static bool
check_files(const struct plan *plan, bool may_be_gone, GError **error)
{
  for (guint i = 0; i < plan->inventories->len; i++) {
    const struct inventory *inventory = plan->inventories->pdata[i];
    AUTO(storage_close) struct storage *storage = storage_open(inventory->uri, error);
    if (storage == NULL)
      return false;
    g_autofree bool *are_read = files_read(plan, i);
    for (guint f = 0; f < inventory->files->len; f++)
      if (are_read[f] &&
          !check_file(storage, inventory, inventory->files->pdata[f], may_be_gone, error))
        return false;
  }
  return true;
}

bool
unchanged_conclude(const struct plan *plan, GError *failure, GError **error)
{
  GError *change = NULL;
  bool may_be_change = failure == NULL || error_is(failure, ERROR_INPUT) ||
                       error_is(failure, ERROR_DATA) || error_is(failure, ERROR_FAILED);
  if (may_be_change && !check_files(plan, failure == NULL, &change)) {
    g_clear_error(&failure);
    failure = change;
  }
  if (failure == NULL)
    return true;
  g_propagate_error(error, failure);
  return false;
}
