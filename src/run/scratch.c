/* SPDX-License-Identifier: Apache-2.0 */
#include "run/scratch.h"
#include "storage/storage.h"
#include "util/error.h"
#include <errno.h>

bool
scratch_delete(const char *path, GError **error)
{
  g_autofree char *parent = g_path_get_dirname(path);
  g_autofree char *name = g_path_get_basename(path);
  AUTO(storage_close) struct storage *storage = storage_open(parent, error);
  return storage != NULL && storage_delete_tree(storage, name, error);
}

bool
scratch_make(const char *path, GError **error)
{
  if (!scratch_delete(path, error))
    return false;
  if (g_mkdir_with_parents(path, 0777) != 0)
    return error_set_errno(error, ERROR_FAILED, errno, "cannot make the folder '%s'", path);
  return true;
}
