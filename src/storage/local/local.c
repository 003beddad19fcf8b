/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/local/local.h"
#include "util/error.h"
#include "util/fault.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

char *
local_full(const struct local *local, const char *path)
{
  if (*path == '\0')
    return g_strdup(local->root);
  bool slash = g_str_has_suffix(local->root, "/");
  return g_strconcat(local->root, slash ? "" : "/", path, NULL);
}

bool
local_fail(GError **error, int number, const char *verb, const char *full)
{
  bool absent = number == ENOENT || number == ENOTDIR || number == ELOOP || number == ENAMETOOLONG;
  enum error_kind kind = absent ? ERROR_INPUT : ERROR_FAILED;
  error_set_errno(error, kind, number, "cannot %s '%s'", verb, full);
  return number == ENOTDIR ? error_hint(error, "A part of this path is a file.") : false;
}

/* The kernel resolves ".." after links, text cannot: so the part up to the last ".." is asked of the kernel. */
static char *
resolve_dots(const char *absolute)
{
  const char *last = NULL;
  for (const char *at = strstr(absolute, "/.."); at != NULL; at = strstr(at + 1, "/.."))
    if (at[3] == '/' || at[3] == '\0')
      last = at + 3;
  if (last == NULL)
    return g_strdup(absolute);
  g_autofree char *head = g_strndup(absolute, (gsize)(last - absolute));
  char *real = realpath(head, NULL);
  if (real == NULL)
    return g_canonicalize_filename(absolute, NULL);
  char *whole = g_strconcat(real, last, NULL);
  free(real);
  return whole;
}

static char *
squeeze(const char *absolute)
{
  g_auto(GStrv) parts = g_strsplit(absolute, "/", -1);
  GString *clean = g_string_new(NULL);
  for (char **part = parts; *part != NULL; part++)
    if (**part != '\0' && !g_str_equal(*part, "."))
      g_string_append_printf(clean, "/%s", *part);
  if (clean->len == 0)
    g_string_append_c(clean, '/');
  return g_string_free(clean, FALSE);
}

static gpointer
local_open(const char *uri, char **ret_absolute_uri, GError **error)
{
  g_autofree char *path = NULL;
  if (g_ascii_strncasecmp(uri, "file://", 7) == 0)
    path = g_filename_from_uri(uri, NULL, NULL);
  else
    path = g_strdup(uri);
  if (path == NULL) {
    error_set(error, ERROR_INPUT, "cannot open '%s': not of the form file:///path", uri);
    return NULL;
  }
  g_autofree char *here = g_get_current_dir();
  g_autofree char *absolute =
      g_path_is_absolute(path) ? g_strdup(path) : g_strconcat(here, "/", path, NULL);
  g_autofree char *resolved = resolve_dots(absolute);
  struct local *local = g_new0(struct local, 1);
  local->root = squeeze(resolved);
  g_mutex_init(&local->lock);
  local->anchored = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
  *ret_absolute_uri = g_strdup(local->root);
  return local;
}

static void
local_close(gpointer self)
{
  struct local *local = self;
  g_mutex_clear(&local->lock);
  g_hash_table_unref(local->anchored);
  g_free(local->root);
  g_free(local);
}

static bool
local_stat(gpointer self, const char *path, struct storage_entry **ret_entry, GError **error)
{
  g_autofree char *full = local_full(self, path);
  struct stat found;
  if (stat(full, &found) != 0)
    return errno == ENOENT || errno == ENOTDIR ? false : local_fail(error, errno, "read", full);
  if (ret_entry == NULL)
    return true;
  struct storage_entry *entry = g_new0(struct storage_entry, 1);
  *entry = (struct storage_entry){
      .path = g_strdup(path),
      .size_bytes = S_ISDIR(found.st_mode) ? 0 : (guint64)found.st_size,
      .modified_ms = (gint64)found.st_mtim.tv_sec * 1000 + found.st_mtim.tv_nsec / 1000000,
      .is_folder = S_ISDIR(found.st_mode),
  };
  *ret_entry = entry;
  return true;
}

/* At most limit + 1 bytes, so that a longer file shows. */
static bool
read_all(int fd, const char *full, gsize limit, GByteArray *bytes, GError **error)
{
  guint8 block[65536];
  while (bytes->len <= limit) {
    gsize want = MIN(sizeof block, limit + 1 - bytes->len);
    gssize count = read(fd, block, want);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      return local_fail(error, errno, "read", full);
    if (count == 0)
      return true;
    g_byte_array_append(bytes, block, (guint)count);
  }
  return error_set(error, ERROR_FAILED,
                   "cannot read '%s': it is larger than %" G_GSIZE_FORMAT " bytes", full, limit);
}

static bool
local_read(gpointer self, const char *path, gsize limit_bytes, GBytes **ret_bytes, GError **error)
{
  g_autofree char *full = local_full(self, path);
  int fd = open(full, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return local_fail(error, errno, "read", full);
  g_autoptr(GByteArray) bytes = g_byte_array_new();
  bool done = read_all(fd, full, MIN(limit_bytes, STORAGE_READ_LIMIT), bytes, error);
  (void)close(fd);
  if (done)
    *ret_bytes = g_byte_array_free_to_bytes(g_steal_pointer(&bytes));
  return done;
}

bool
local_sync_full(const char *full, GError **error)
{
  int fd = open(full, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return local_fail(error, errno, "sync", full);
  int failed = fsync(fd) == 0 ? 0 : errno;
  (void)close(fd);
  return failed == 0 || local_fail(error, failed, "sync", full);
}

bool
local_make_full(const struct local *local, const char *full, GError **error)
{
  struct stat found;
  if (stat(full, &found) == 0)
    return S_ISDIR(found.st_mode) || local_fail(error, ENOTDIR, "make folder", full);
  if (errno != ENOENT)
    return local_fail(error, errno, "make folder", full);
  g_autofree char *parent = g_path_get_dirname(full);
  if (!local_make_full(local, parent, error))
    return false;
  if (mkdir(full, 0777) != 0 && errno != EEXIST)
    return local_fail(error, errno, "make folder", full);
  return strlen(full) > strlen(local->root) || local_sync_full(parent, error);
}

bool
local_make_parent(const struct local *local, const char *full, GError **error)
{
  g_autofree char *parent = g_path_get_dirname(full);
  return local_make_full(local, parent, error);
}

static bool
local_make_folder(gpointer self, const char *path, GError **error)
{
  g_autofree char *full = local_full(self, path);
  return local_make_full(self, full, error);
}

static bool
local_move(gpointer self, const char *from, const char *to, bool *ret_found, GError **error)
{
  g_autofree char *source = local_full(self, from);
  g_autofree char *target = local_full(self, to);
  struct stat found;
  if (!fault_here("storage.move", error))
    return false;
  if (lstat(source, &found) != 0) {
    if (errno != ENOENT && errno != ENOTDIR)
      return local_fail(error, errno, "move", source);
    *ret_found = false;
    return true;
  }
  if (!local_make_parent(self, target, error))
    return false;
  *ret_found = rename(source, target) == 0;
  if (*ret_found || errno == ENOENT)
    return true;
  int failed = errno;
  return error_set_errno(error, ERROR_FAILED, failed, "cannot move '%s' to '%s'", source, target);
}

static guint64
number_of(const char *full)
{
  struct stat found;
  return stat(full, &found) == 0 ? (guint64)found.st_ino : 0;
}

/* Whether the folder's name in the folder above is on disk, and all above too. One that another process has removed and made
 * again is another one. */
static bool
is_anchored(struct local *local, const char *full)
{
  g_mutex_lock(&local->lock);
  const guint64 *number = g_hash_table_lookup(local->anchored, full);
  bool known = number != NULL && *number != 0 && *number == number_of(full);
  g_mutex_unlock(&local->lock);
  return known;
}

static void
note_anchored(struct local *local, const char *full, guint64 number)
{
  g_mutex_lock(&local->lock);
  g_hash_table_insert(local->anchored, g_strdup(full), g_memdup2(&number, sizeof number));
  g_mutex_unlock(&local->lock);
}

static bool
flush_once(GHashTable *flushed, const char *full, GError **error)
{
  if (g_hash_table_contains(flushed, full))
    return true;
  if (!local_sync_full(full, error))
    return false;
  (void)g_hash_table_add(flushed, g_strdup(full));
  return true;
}

/* A folder is durable only when the folders that lead to it are; those once found so are not flushed again for it. */
static bool
anchor(struct local *local, const char *full, GHashTable *flushed, GError **error)
{
  if (strlen(full) <= strlen(local->root) || is_anchored(local, full))
    return true;
  guint64 number = number_of(full);
  g_autofree char *parent = g_path_get_dirname(full);
  if (!flush_once(flushed, parent, error) || !anchor(local, parent, flushed, error))
    return false;
  note_anchored(local, full, number);
  return true;
}

static GHashTable *
paths_new(void)
{
  return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static bool
local_sync(gpointer self, const char *path, GError **error)
{
  g_autofree char *full = local_full(self, path);
  g_autoptr(GHashTable) flushed = paths_new();
  if (!local_sync_full(full, error))
    return false;
  return !g_file_test(full, G_FILE_TEST_IS_DIR) || anchor(self, full, flushed, error);
}

static bool
local_sync_folders(gpointer self, GPtrArray *folders, GError **error)
{
  g_autoptr(GHashTable) flushed = paths_new();
  for (guint i = 0; i < folders->len; i++) {
    g_autofree char *full = local_full(self, folders->pdata[i]);
    if (!flush_once(flushed, full, error) || !anchor(self, full, flushed, error))
      return false;
  }
  return true;
}

const struct storage_driver storage_local = {
    .scheme = "file",
    .features = STORAGE_MOVE | STORAGE_LOCK | STORAGE_LOCAL_PATHS | STORAGE_PUT_IF_ABSENT,
    .open = local_open,
    .close = local_close,
    .stat = local_stat,
    .list = local_list,
    .list_tree = local_list_tree,
    .read = local_read,
    .put_if_absent = local_put_if_absent,
    .put = local_put,
    .make_folder = local_make_folder,
    .move = local_move,
    .sync = local_sync,
    .sync_folders = local_sync_folders,
    .delete = local_delete,
    .delete_tree = local_delete_tree,
    .lock = local_lock,
    .unlock = local_unlock,
};
