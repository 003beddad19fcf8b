/* SPDX-License-Identifier: Apache-2.0 */
#include "run/temp.h"
#include "storage/storage.h"
#include "util/clock.h"
#include <glib/gstdio.h>
#include <string.h>

#define PREFIX "kindling-"
#define TRIES  16

struct temp {
  char *name, *path;
  struct storage *storage; /* the parent; NULL when it cannot be opened */
  struct storage_lock *lock;
};

/* "kindling-20261125T030111Z-1f3a9c04" */
static bool
is_name_of_run(const char *name)
{
  static const char shape[] = PREFIX "00000000T000000Z-xxxxxxxx";
  if (strlen(name) != sizeof shape - 1 || !g_str_has_prefix(name, PREFIX))
    return false;
  for (gsize i = sizeof PREFIX - 1; shape[i] != '\0'; i++) {
    bool fits = shape[i] == '0'   ? g_ascii_isdigit(name[i])
                : shape[i] == 'x' ? g_ascii_isxdigit(name[i])
                                  : name[i] == shape[i];
    if (!fits)
      return false;
  }
  return true;
}

static void
sweep_folder(struct storage *storage, const char *name)
{
  g_autofree char *owner = g_strconcat(name, "/owner", NULL);
  if (!storage_stat(storage, owner, /* ret_entry= */ NULL, /* error= */ NULL)) {
    /* Its run died before it locked it, or is about to: then it makes the folder again. */
    bool deleted UNUSED = storage_delete(storage, name, /* error= */ NULL);
    return;
  }
  AUTO(storage_unlock) struct storage_lock *lock = storage_lock(storage, owner, /* error= */ NULL);
  if (lock != NULL) {
    bool deleted UNUSED = storage_delete_tree(storage, name, /* error= */ NULL);
  }
}

static void
sweep(struct storage *storage)
{
  g_autoptr(GDir) dir = g_dir_open(storage_uri(storage), 0, /* error= */ NULL);
  const char *name = NULL;
  while (dir != NULL && (name = g_dir_read_name(dir)) != NULL)
    if (is_name_of_run(name))
      sweep_folder(storage, name);
}

static bool
claim(struct temp *temp)
{
  g_autofree char *owner = g_strconcat(temp->name, "/owner", NULL);
  if (g_mkdir(temp->path, 0700) != 0)
    return false;
  temp->lock = storage_lock(temp->storage, owner, /* error= */ NULL);
  return temp->lock != NULL;
}

struct temp *
temp_new(const char *parent)
{
  struct temp *temp = g_new0(struct temp, 1);
  const char *folder = parent != NULL ? parent : g_get_tmp_dir();
  temp->storage = storage_open(folder, /* error= */ NULL);
  if (temp->storage != NULL)
    sweep(temp->storage);
  bool can_claim = temp->storage != NULL && g_mkdir_with_parents(folder, 0777) == 0;
  for (guint try = 0; try < TRIES; try++) {
    g_autofree char *id = clock_run_id();
    g_free(temp->name);
    g_free(temp->path);
    temp->name = g_strconcat(PREFIX, id, NULL);
    temp->path = g_build_filename(folder, temp->name, NULL);
    if (!can_claim || claim(temp))
      break;
  }
  return temp;
}

void
temp_free(struct temp *temp)
{
  if (temp->storage != NULL) {
    bool deleted UNUSED = storage_delete_tree(temp->storage, temp->name, /* error= */ NULL);
    storage_unlock(temp->lock);
    storage_close(temp->storage);
  }
  g_free(temp->name);
  g_free(temp->path);
  g_free(temp);
}

const char *
temp_path(const struct temp *temp)
{
  return temp->path;
}
