/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/local/local.h"
#include "util/fault.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static bool
write_all(int fd, GBytes *bytes)
{
  gsize length = 0;
  const char *data = g_bytes_get_data(bytes, &length);
  while (length > 0) {
    gssize count = write(fd, data, length);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return false;
    data += count;
    length -= (gsize)count;
  }
  return true;
}

/* A durable file beside the target under a name that readers skip; ret_aside is owned by the caller. */
static bool
write_aside(const char *full, GBytes *bytes, char **ret_aside, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(full);
  g_autofree char *unique = g_uuid_string_random();
  g_autofree char *aside = g_strdup_printf("%s/.%s.tmp", folder, unique);
  int fd = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (fd < 0)
    return local_fail(error, errno, "write", full);
  bool written = write_all(fd, bytes) && fsync(fd) == 0;
  int failed = errno;
  written = close(fd) == 0 && written;
  if (!written) {
    (void)unlink(aside);
    return local_fail(error, failed, "write", full);
  }
  *ret_aside = g_steal_pointer(&aside);
  return true;
}

static bool
sync_parent(gpointer self, const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname(path);
  return storage_local.sync(self, g_str_equal(folder, ".") ? "" : folder, error);
}

bool
local_put_if_absent(gpointer self, const char *path, GBytes *bytes, bool *ret_created,
                    GError **error)
{
  g_autofree char *full = local_full(self, path);
  g_autofree char *aside = NULL;
  if (!local_make_parent(self, full, error) || !write_aside(full, bytes, &aside, error))
    return false;
  if (!fault_here("storage.put", error)) {
    (void)unlink(aside);
    return false;
  }
  bool created = link(aside, full) == 0;
  int failed = errno;
  (void)unlink(aside);
  if (!created && failed != EEXIST)
    return local_fail(error, failed, "write", full);
  if (!fault_here("storage.linked", error) || (created && !sync_parent(self, path, error)))
    return false;
  *ret_created = created;
  return true;
}

bool
local_put(gpointer self, const char *path, GBytes *bytes, GError **error)
{
  g_autofree char *full = local_full(self, path);
  g_autofree char *aside = NULL;
  if (!local_make_parent(self, full, error) || !write_aside(full, bytes, &aside, error))
    return false;
  if (!fault_here("storage.put", error)) {
    (void)unlink(aside);
    return false;
  }
  if (rename(aside, full) != 0) {
    int failed = errno;
    (void)unlink(aside);
    return local_fail(error, failed, "write", full);
  }
  return fault_here("storage.linked", error) && sync_parent(self, path, error);
}
