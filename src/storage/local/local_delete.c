/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/local/local.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define DEPTH_LIMIT 256
#define PASS_LIMIT  8 /* of reading a folder in which another process goes on writing */

bool
local_delete(gpointer self, const char *path, GError **error)
{
  g_autofree char *full = local_full(self, path);
  if (unlink(full) == 0 || errno == ENOENT || errno == ENOTDIR)
    return true;
  if (errno == EISDIR && (rmdir(full) == 0 || errno == ENOENT))
    return true;
  return local_fail(error, errno, "delete", full);
}

static int remove_folder(int at, const char *name, guint depth);

static int
remove_name(int at, const char *name, guint depth)
{
  if (unlinkat(at, name, 0) == 0 || errno == ENOENT)
    return 0;
  return errno == EISDIR ? remove_folder(at, name, depth) : errno;
}

static int
empty_folder(int at, const char *name, guint depth)
{
  int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0)
    return errno == ENOENT ? 0 : errno;
  DIR *dir = fdopendir(fd);
  int failed = 0;
  while (failed == 0) {
    errno = 0;
    const struct dirent *item = readdir(dir);
    if (item == NULL) {
      failed = errno;
      break;
    }
    bool dots = item->d_name[0] == '.' &&
                (item->d_name[1] == '\0' || (item->d_name[1] == '.' && item->d_name[2] == '\0'));
    if (!dots)
      failed = remove_name(fd, item->d_name, depth + 1);
  }
  (void)closedir(dir);
  return failed;
}

/* errno, or 0. Opened by name with O_NOFOLLOW, so that a folder replaced by a link meanwhile is not entered. */
static int
remove_folder(int at, const char *name, guint depth)
{
  if (depth > DEPTH_LIMIT)
    return ENAMETOOLONG;
  for (guint pass = 0; pass < PASS_LIMIT; pass++) {
    int failed = empty_folder(at, name, depth);
    if (failed != 0)
      return failed;
    if (unlinkat(at, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
      return 0;
    if (errno != ENOTEMPTY && errno != EEXIST)
      return errno;
  }
  return ENOTEMPTY;
}

bool
local_delete_tree(gpointer self, const char *path, GError **error)
{
  g_autofree char *full = local_full(self, path);
  int failed = remove_name(AT_FDCWD, full, 0);
  return failed == 0 || failed == ENOTDIR || local_fail(error, failed, "delete", full);
}
