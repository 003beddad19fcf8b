/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/local/local.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* The lock belongs to the open file, so the kernel releases it when the process dies, and two of one process exclude
 * each other. */
struct held {
  int fd;
};

/* The file may have been deleted by its last owner between our open and our lock: then nobody else will see this lock. */
static bool
still_there(int fd, const char *full)
{
  struct stat opened, named;
  return fstat(fd, &opened) == 0 && stat(full, &named) == 0 && opened.st_dev == named.st_dev &&
         opened.st_ino == named.st_ino;
}

gpointer
local_lock(gpointer self, const char *path, GError **error)
{
  g_autofree char *full = local_full(self, path);
  for (;;) {
    if (!local_make_parent(self, full, error))
      return NULL;
    int fd = open(full, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (fd < 0) {
      local_fail(error, errno, "lock", full);
      return NULL;
    }
    int failed = flock(fd, LOCK_EX | LOCK_NB) == 0 ? 0 : errno;
    if (failed == 0 && still_there(fd, full)) {
      struct held *held = g_new0(struct held, 1);
      held->fd = fd;
      return held;
    }
    (void)close(fd);
    if (failed == EWOULDBLOCK)
      return NULL;
    if (failed != 0 && failed != EINTR) {
      local_fail(error, failed, "lock", full);
      return NULL;
    }
  }
}

void
local_unlock(gpointer lock)
{
  struct held *held = lock;
  (void)close(held->fd);
  g_free(held);
}
