/* SPDX-License-Identifier: Apache-2.0 */
#include "run/generate_parts.h"
#include "util/clock.h"
#include "util/error.h"

#define STAGING_INSIDE ".generate-"

/* A new output is staged beside it, so that one rename makes it appear; an empty folder may be a mount point or have
 * rights of its own, so it is kept and staged in. */
struct generate_place {
  struct storage *storage; /* the output's parent, or the output itself */
  char *output;
  char *target;  /* relative; "" when staged in the output */
  char *staging; /* relative */
  struct storage_lock *owner;
};

static bool
check_empty(struct storage *output, GError **error)
{
  g_autoptr(GPtrArray) entries = NULL;
  if (!storage_list(output, "", &entries, error))
    return false;
  for (guint i = 0; i < entries->len; i++) {
    const struct storage_entry *entry = entries->pdata[i];
    if (g_str_has_prefix(entry->path, STAGING_INSIDE))
      continue;
    error_set(error, ERROR_OUTPUT, "the output folder '%s' is not empty: it holds '%s'",
              storage_uri(output), entry->path);
    return error_hint(error, "Give a new folder, or delete this one first.");
  }
  return true;
}

static bool
check_output(struct storage *output, bool *ret_exists, GError **error)
{
  g_autoptr(GError) failed = NULL;
  struct storage_entry *entry = NULL;
  *ret_exists = storage_stat(output, "", &entry, &failed);
  if (failed != NULL) {
    g_propagate_error(error, g_steal_pointer(&failed));
    return false;
  }
  bool folder = *ret_exists && entry->is_folder;
  storage_entry_free(entry);
  if (*ret_exists && !folder)
    error_set(error, ERROR_OUTPUT, "the output '%s' is a file", storage_uri(output));
  if (*ret_exists && !folder)
    return error_hint(error, "Give --output a new folder.");
  return !*ret_exists || check_empty(output, error);
}

static struct storage_lock *
lock_staging(struct storage *storage, const char *staging, GError **error)
{
  g_autofree char *owner = g_strconcat(staging, "/.owner", NULL);
  return storage_lock(storage, owner, error);
}

/* What is not locked has a dead owner. */
static bool
sweep(struct storage *storage, const char *prefix, GError **error)
{
  g_autoptr(GPtrArray) entries = NULL;
  if (!storage_list(storage, "", &entries, error))
    return false;
  for (guint i = 0; i < entries->len; i++) {
    const struct storage_entry *entry = entries->pdata[i];
    if (!entry->is_folder || !g_str_has_prefix(entry->path, prefix))
      continue;
    AUTO(storage_unlock)
    struct storage_lock *lock = lock_staging(storage, entry->path, NULL);
    if (lock != NULL && !storage_delete_tree(storage, entry->path, error))
      return false;
  }
  return true;
}

static bool
open_place(struct generate_place *place, const char *output, char **ret_prefix, GError **error)
{
  AUTO(storage_close) struct storage *storage = storage_open(output, error);
  bool exists = false;
  if (storage == NULL || !check_output(storage, &exists, error))
    return false;
  place->output = g_strdup(storage_uri(storage));
  if (exists) {
    place->storage = g_steal_pointer(&storage);
    place->target = g_strdup("");
    *ret_prefix = g_strdup(STAGING_INSIDE);
    return true;
  }
  g_autofree char *parent = g_path_get_dirname(place->output);
  place->target = g_path_get_basename(place->output);
  *ret_prefix = g_strdup_printf(".%s%s", place->target, STAGING_INSIDE);
  place->storage = storage_open(parent, error);
  return place->storage != NULL;
}

struct generate_place *
generate_place_begin(const char *output, GError **error)
{
  AUTO(generate_place_free) struct generate_place *place = g_new0(struct generate_place, 1);
  g_autofree char *prefix = NULL;
  if (!open_place(place, output, &prefix, error) || !sweep(place->storage, prefix, error))
    return NULL;
  g_autofree char *id = clock_run_id();
  place->staging = g_strconcat(prefix, id, NULL);
  g_autoptr(GError) failed = NULL;
  place->owner = lock_staging(place->storage, place->staging, &failed);
  if (place->owner != NULL)
    return g_steal_pointer(&place);
  if (failed != NULL)
    g_propagate_error(error, g_steal_pointer(&failed));
  else
    error_set(error, ERROR_FAILED, "another process uses '%s'", place->staging);
  return NULL;
}

char *
generate_place_path(const struct generate_place *place, const char *path)
{
  g_autofree char *below = g_strconcat(place->staging, "/", path, NULL);
  return storage_path(place->storage, below);
}

const char *
generate_place_output(const struct generate_place *place)
{
  return place->output;
}

bool
generate_place_make_folder(struct generate_place *place, const char *path, GError **error)
{
  g_autofree char *below = g_strconcat(place->staging, "/", path, NULL);
  return storage_make_folder(place->storage, below, error);
}

static bool
skip_hidden(const char *name, bool is_folder, gpointer user)
{
  (void)is_folder;
  (void)user;
  return name[0] == '.';
}

bool
generate_place_measure(struct generate_place *place, guint64 *ret_files, guint64 *ret_bytes,
                       GError **error)
{
  g_autoptr(GPtrArray) entries = NULL;
  if (!storage_list_tree(place->storage, place->staging, skip_hidden, NULL, &entries, error))
    return false;
  *ret_files = entries->len;
  *ret_bytes = 0;
  for (guint i = 0; i < entries->len; i++)
    *ret_bytes += ((const struct storage_entry *)entries->pdata[i])->size_bytes;
  return true;
}

static bool
move(struct storage *storage, const char *from, const char *to, GError **error)
{
  bool found = false;
  if (!storage_move(storage, from, to, &found, error))
    return false;
  return found || error_set(error, ERROR_FAILED, "'%s' is gone: somebody deleted it", from);
}

static bool
move_content(struct generate_place *place, GError **error)
{
  g_autoptr(GPtrArray) entries = NULL;
  if (!storage_list(place->storage, place->staging, &entries, error))
    return false;
  for (guint i = 0; i < entries->len; i++) {
    const struct storage_entry *entry = entries->pdata[i];
    g_autofree char *name = g_path_get_basename(entry->path);
    if (!move(place->storage, entry->path, name, error))
      return false;
  }
  return storage_delete(place->storage, place->staging, error);
}

bool
generate_place_finish(struct generate_place *place, GError **error)
{
  g_autofree char *owner = g_strconcat(place->staging, "/.owner", NULL);
  if (!storage_delete(place->storage, owner, error))
    return false;
  if (*place->target == '\0')
    return move_content(place, error);
  return move(place->storage, place->staging, place->target, error);
}

void
generate_place_free(struct generate_place *place)
{
  if (place == NULL)
    return;
  if (place->storage != NULL && place->staging != NULL)
    (void)!storage_delete_tree(place->storage, place->staging, NULL);
  storage_unlock(place->owner);
  storage_close(place->storage);
  g_free(place->output);
  g_free(place->target);
  g_free(place->staging);
  g_free(place);
}
