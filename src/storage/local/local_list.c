/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/local/local.h"
#include "util/error.h"
#include "util/interrupt.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folder that is being read and those above it. */
struct level {
  const struct level *above;
  guint depth;
  dev_t device;
  ino_t inode;
  const char *path; /* relative to the root */
};

struct walk {
  const struct local *local;
  storage_skip skip;
  gpointer user;
  GPtrArray *entries;
};

static bool read_level(struct walk *walk, int fd, const struct level *level, GError **error);

static DIR *
dir_close(DIR *dir)
{
  if (dir != NULL)
    (void)closedir(dir);
  return NULL;
}

static inline void
dir_auto(DIR **dir)
{
  *dir = dir_close(*dir);
}

static char *
join(const char *folder, const char *name)
{
  return *folder == '\0' ? g_strdup(name) : g_strconcat(folder, "/", name, NULL);
}

static bool
is_dots(const char *name)
{
  return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

static void
add_entry(GPtrArray *entries, char *path, const struct stat *found)
{
  struct storage_entry *entry = g_new0(struct storage_entry, 1);
  bool folder = S_ISDIR(found->st_mode);
  *entry = (struct storage_entry){
      .path = path,
      .size_bytes = folder ? 0 : (guint64)found->st_size,
      .modified_ms = (gint64)found->st_mtim.tv_sec * 1000 + found->st_mtim.tv_nsec / 1000000,
      .is_folder = folder,
  };
  g_ptr_array_add(entries, entry);
}

static bool
refuse(const struct walk *walk, const char *path, const char *what, GError **error)
{
  g_autofree char *full = local_full(walk->local, path);
  return error_set(error, ERROR_INPUT, "cannot read '%s': %s", full, what);
}

static bool
check_loop(const struct walk *walk, const struct level *level, GError **error)
{
  if (level->depth > LOCAL_DEPTH_LIMIT)
    return refuse(walk, level->path,
                  "more than " G_STRINGIFY(LOCAL_DEPTH_LIMIT) " folders below each other", error);
  for (const struct level *up = level->above; up != NULL; up = up->above)
    if (up->device == level->device && up->inode == level->inode) {
      g_autofree char *link = local_full(walk->local, level->path);
      g_autofree char *target = local_full(walk->local, up->path);
      error_set(error, ERROR_INPUT, "cannot read '%s': it is a link to '%s', which it is in", link,
                target);
      return error_hint(error, "Remove the link.");
    }
  return true;
}

static bool
enter(struct walk *walk, const struct level *above, int at, const char *name, const char *path,
      GError **error)
{
  int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat found;
  if (fd < 0 || fstat(fd, &found) != 0) {
    int failed = errno;
    g_autofree char *full = local_full(walk->local, path);
    if (fd >= 0)
      (void)close(fd);
    return (failed == ENOENT && above != NULL) || local_fail(error, failed, "read", full);
  }
  struct level level = {.above = above,
                        .depth = above != NULL ? above->depth + 1 : 0,
                        .device = found.st_dev,
                        .inode = found.st_ino,
                        .path = path};
  if (!check_loop(walk, &level, error)) {
    (void)close(fd);
    return false;
  }
  return read_level(walk, fd, &level, error);
}

static bool
read_name(struct walk *walk, const struct level *level, int fd, const struct dirent *item,
          GError **error)
{
  g_autofree char *path = join(level->path, item->d_name);
  struct stat found;
  if (fstatat(fd, item->d_name, &found, 0) != 0) {
    if (errno == ELOOP || (errno == ENOENT && item->d_type == DT_LNK))
      return refuse(walk, path, "it is a link to nothing", error) ||
             error_hint(error, "Mend the link, or remove it.");
    if (errno == ENOENT)
      return true;
    g_autofree char *full = local_full(walk->local, path);
    return local_fail(error, errno, "read", full);
  }
  bool folder = S_ISDIR(found.st_mode);
  if (walk->skip != NULL && walk->skip(item->d_name, folder, walk->user))
    return true;
  if (folder)
    return enter(walk, level, fd, item->d_name, path, error);
  if (!S_ISREG(found.st_mode))
    return refuse(walk, path, "it is neither a file nor a folder", error);
  if (walk->entries->len >= LOCAL_ENTRY_LIMIT)
    return refuse(walk, path, "more than " G_STRINGIFY(LOCAL_ENTRY_LIMIT) " files", error);
  add_entry(walk->entries, g_steal_pointer(&path), &found);
  return true;
}

/* Takes fd over. */
static bool
read_level(struct walk *walk, int fd, const struct level *level, GError **error)
{
  CLEANUP(dir_auto) DIR *dir = fdopendir(fd);
  for (;;) {
    errno = 0;
    const struct dirent *item = readdir(dir);
    if (item == NULL && errno != 0) {
      g_autofree char *full = local_full(walk->local, level->path);
      return local_fail(error, errno, "read", full);
    }
    if (item == NULL)
      return true;
    if (is_dots(item->d_name))
      continue;
    if (!interrupt_check(error) || !read_name(walk, level, fd, item, error))
      return false;
  }
}

bool
local_list_tree(gpointer self, const char *folder, storage_skip skip, gpointer user,
                GPtrArray **ret_entries, GError **error)
{
  g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)storage_entry_free);
  struct walk walk = {.local = self, .skip = skip, .user = user, .entries = entries};
  g_autofree char *full = local_full(self, folder);
  struct stat found;
  bool absent = stat(full, &found) != 0 && errno == ENOENT;
  if (!absent && !enter(&walk, NULL, AT_FDCWD, full, folder, error))
    return false;
  *ret_entries = g_steal_pointer(&entries);
  return true;
}

/* A link to nothing is listed as the link that it is. */
static bool
list_name(const struct local *local, const char *folder, int fd, const char *name,
          GPtrArray *entries, GError **error)
{
  g_autofree char *path = join(folder, name);
  struct stat found;
  if (fstatat(fd, name, &found, 0) != 0 && fstatat(fd, name, &found, AT_SYMLINK_NOFOLLOW) != 0) {
    g_autofree char *full = local_full(local, path);
    return errno == ENOENT || local_fail(error, errno, "read", full);
  }
  add_entry(entries, g_steal_pointer(&path), &found);
  return true;
}

bool
local_list(gpointer self, const char *folder, GPtrArray **ret_entries, GError **error)
{
  g_autoptr(GPtrArray) entries = g_ptr_array_new_with_free_func((GDestroyNotify)storage_entry_free);
  g_autofree char *full = local_full(self, folder);
  CLEANUP(dir_auto) DIR *dir = opendir(full);
  if (dir == NULL && errno != ENOENT)
    return local_fail(error, errno, "read", full);
  while (dir != NULL) {
    errno = 0;
    const struct dirent *item = readdir(dir);
    if (item == NULL && errno != 0)
      return local_fail(error, errno, "read", full);
    if (item == NULL)
      break;
    if (!is_dots(item->d_name) &&
        !list_name(self, folder, dirfd(dir), item->d_name, entries, error))
      return false;
  }
  *ret_entries = g_steal_pointer(&entries);
  return true;
}
