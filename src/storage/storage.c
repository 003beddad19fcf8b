/* SPDX-License-Identifier: Apache-2.0 */
#include "storage/storage.h"
#include "storage/storage_driver.h"
#include "util/error.h"
#include <string.h>

struct storage {
  const struct storage_driver *driver;
  gpointer self;
  char *uri;
};

struct storage_lock {
  const struct storage_driver *driver;
  gpointer held;
};

/* The first row takes what names no scheme. */
static const struct storage_driver *const drivers[] = {&storage_local};

void
storage_entry_free(struct storage_entry *entry)
{
  if (entry == NULL)
    return;
  g_free(entry->path);
  g_free(entry);
}

/* "s3" of "s3://bucket/x"; NULL for a plain path. Owned by the caller. */
static char *
scheme_of(const char *uri)
{
  const char *colon = strstr(uri, "://");
  if (colon == NULL || colon == uri)
    return NULL;
  for (const char *at = uri; at < colon; at++)
    if (!g_ascii_isalnum(*at) && strchr("+.-", *at) == NULL)
      return NULL;
  return g_ascii_strdown(uri, colon - uri);
}

static const struct storage_driver *
driver_find(const char *uri, GError **error)
{
  g_autofree char *scheme = scheme_of(uri);
  if (scheme == NULL)
    return drivers[0];
  for (gsize i = 0; i < G_N_ELEMENTS(drivers); i++)
    if (g_str_equal(drivers[i]->scheme, scheme))
      return drivers[i];
  error_set(error, ERROR_INPUT, "cannot open '%s': this build reads and writes local folders only",
            uri);
  error_hint(error, "Copy the data to a local folder and give its path, or write ./ in front of a "
                    "path that contains '://'.");
  return NULL;
}

struct storage *
storage_open(const char *uri, GError **error)
{
  if (*uri == '\0') {
    error_set(error, ERROR_INPUT, "the path is empty");
    return NULL;
  }
  const struct storage_driver *driver = driver_find(uri, error);
  if (driver == NULL)
    return NULL;
  char *absolute = NULL;
  gpointer self = driver->open(uri, &absolute, error);
  if (self == NULL)
    return NULL;
  if (!g_utf8_validate(absolute, -1, NULL)) { /* it goes into logs and to the engine */
    error_set(error, ERROR_INPUT, "the path '%s' is no UTF-8", absolute);
    driver->close(self);
    g_free(absolute);
    return NULL;
  }
  struct storage *storage = g_new0(struct storage, 1);
  *storage = (struct storage){.driver = driver, .self = self, .uri = absolute};
  return storage;
}

void
storage_close(struct storage *storage)
{
  if (storage == NULL)
    return;
  storage->driver->close(storage->self);
  g_free(storage->uri);
  g_free(storage);
}

guint
storage_features(const struct storage *storage)
{
  return storage->driver->features;
}

const char *
storage_uri(const struct storage *storage)
{
  return storage->uri;
}

char *
storage_path(const struct storage *storage, const char *path)
{
  if (*path == '\0')
    return g_strdup(storage->uri);
  bool slash = g_str_has_suffix(storage->uri, "/");
  return g_strconcat(storage->uri, slash ? "" : "/", path, NULL);
}

bool
storage_path_is_clean(const char *path)
{
  if (*path == '\0' || strlen(path) > STORAGE_PATH_LIMIT)
    return false;
  for (const char *at = path;;) {
    gsize length = strcspn(at, "/");
    bool dots = (length == 1 && at[0] == '.') || (length == 2 && at[0] == '.' && at[1] == '.');
    if (length == 0 || dots)
      return false;
    if (at[length] == '\0')
      return true;
    at += length + 1;
  }
}

static bool
check(const struct storage *storage, const char *path, bool root_allowed, GError **error)
{
  if ((root_allowed && *path == '\0') || storage_path_is_clean(path))
    return true;
  return error_set(error, ERROR_INPUT, "'%s' is no path below '%s'", path, storage->uri);
}

static bool
need(const struct storage *storage, guint feature, const char *what, GError **error)
{
  if (storage->driver->features & feature)
    return true;
  return error_set(error, ERROR_FAILED, "'%s' cannot %s", storage->uri, what);
}

bool
storage_stat(struct storage *storage, const char *path, struct storage_entry **ret_entry,
             GError **error)
{
  return check(storage, path, true, error) &&
         storage->driver->stat(storage->self, path, ret_entry, error);
}

static int
by_path(gconstpointer a, gconstpointer b)
{
  const struct storage_entry *const *left = a;
  const struct storage_entry *const *right = b;
  return strcmp((*left)->path, (*right)->path);
}

bool
storage_list(struct storage *storage, const char *folder, GPtrArray **ret_entries, GError **error)
{
  g_autoptr(GPtrArray) entries = NULL;
  if (!check(storage, folder, true, error) ||
      !storage->driver->list(storage->self, folder, &entries, error))
    return false;
  g_ptr_array_sort(entries, by_path);
  *ret_entries = g_steal_pointer(&entries);
  return true;
}

bool
storage_list_tree(struct storage *storage, const char *folder, storage_skip skip, gpointer user,
                  GPtrArray **ret_entries, GError **error)
{
  g_autoptr(GPtrArray) entries = NULL;
  if (!check(storage, folder, true, error) ||
      !storage->driver->list_tree(storage->self, folder, skip, user, &entries, error))
    return false;
  g_ptr_array_sort(entries, by_path);
  *ret_entries = g_steal_pointer(&entries);
  return true;
}

bool
storage_read(struct storage *storage, const char *path, gsize limit_bytes, GBytes **ret_bytes,
             GError **error)
{
  return check(storage, path, true, error) &&
         storage->driver->read(storage->self, path, limit_bytes, ret_bytes, error);
}

bool
storage_put_if_absent(struct storage *storage, const char *path, GBytes *bytes, bool *ret_created,
                      GError **error)
{
  return check(storage, path, false, error) &&
         need(storage, STORAGE_PUT_IF_ABSENT, "create a file only if it is absent", error) &&
         storage->driver->put_if_absent(storage->self, path, bytes, ret_created, error);
}

bool
storage_put(struct storage *storage, const char *path, GBytes *bytes, GError **error)
{
  return check(storage, path, false, error) &&
         storage->driver->put(storage->self, path, bytes, error);
}

bool
storage_make_folder(struct storage *storage, const char *path, GError **error)
{
  return check(storage, path, true, error) &&
         storage->driver->make_folder(storage->self, path, error);
}

bool
storage_move(struct storage *storage, const char *from, const char *to, bool *ret_found,
             GError **error)
{
  return check(storage, from, false, error) && check(storage, to, false, error) &&
         need(storage, STORAGE_MOVE, "move files", error) &&
         storage->driver->move(storage->self, from, to, ret_found, error);
}

bool
storage_sync(struct storage *storage, const char *path, GError **error)
{
  return check(storage, path, true, error) && storage->driver->sync(storage->self, path, error);
}

bool
storage_sync_folders(struct storage *storage, GPtrArray *folders, GError **error)
{
  for (guint i = 0; i < folders->len; i++)
    if (!check(storage, folders->pdata[i], true, error))
      return false;
  return storage->driver->sync_folders(storage->self, folders, error);
}

bool
storage_delete(struct storage *storage, const char *path, GError **error)
{
  return check(storage, path, false, error) && storage->driver->delete (storage->self, path, error);
}

bool
storage_delete_tree(struct storage *storage, const char *path, GError **error)
{
  return check(storage, path, true, error) &&
         storage->driver->delete_tree(storage->self, path, error);
}

static bool
is_empty(struct storage *storage, const char *folder, bool *ret_empty, GError **error)
{
  g_autoptr(GPtrArray) entries = NULL;
  if (!storage->driver->list(storage->self, folder, &entries, error))
    return false;
  *ret_empty = entries->len == 0;
  return true;
}

/* Another process may put a file into the folder between the look and the delete: that is no error. */
static bool
delete_if_empty(struct storage *storage, const char *folder, bool *ret_deleted, GError **error)
{
  bool empty = false;
  if (!is_empty(storage, folder, &empty, error))
    return false;
  *ret_deleted = false;
  if (!empty)
    return true;
  g_autoptr(GError) refused = NULL;
  *ret_deleted = storage->driver->delete (storage->self, folder, &refused);
  if (*ret_deleted)
    return true;
  if (!is_empty(storage, folder, &empty, error))
    return false;
  if (empty)
    g_propagate_error(error, g_steal_pointer(&refused));
  return !empty;
}

bool
storage_prune_folders(struct storage *storage, const char *folder, GError **error)
{
  if (!check(storage, folder, true, error))
    return false;
  g_autofree char *at = g_strdup(folder);
  while (*at != '\0') {
    bool deleted = false;
    if (!delete_if_empty(storage, at, &deleted, error))
      return false;
    if (!deleted)
      return true;
    char *slash = strrchr(at, '/');
    *(slash != NULL ? slash : at) = '\0';
  }
  return true;
}

struct storage_lock *
storage_lock(struct storage *storage, const char *path, GError **error)
{
  if (!check(storage, path, false, error) || !need(storage, STORAGE_LOCK, "lock files", error))
    return NULL;
  gpointer held = storage->driver->lock(storage->self, path, error);
  if (held == NULL)
    return NULL;
  struct storage_lock *lock = g_new0(struct storage_lock, 1);
  *lock = (struct storage_lock){.driver = storage->driver, .held = held};
  return lock;
}

void
storage_unlock(struct storage_lock *lock)
{
  if (lock == NULL)
    return;
  lock->driver->unlock(lock->held);
  g_free(lock);
}
