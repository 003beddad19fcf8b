/* SPDX-License-Identifier: Apache-2.0
 *
 * The parts of the driver for local folders (storage_driver.h); nothing outside this folder includes it.
 *
 * All paths are built as text below the root, which need not exist: an output folder is made by the first write.
 */
#pragma once

#include "storage/storage_driver.h"

#define LOCAL_DEPTH_LIMIT 64 /* folders below each other */
#define LOCAL_ENTRY_LIMIT                                                                          \
  20000000u /* entries of one listing: a tree of links can name a file 2^64 times */
#define LOCAL_ASIDE_LENGTH 32

struct local {
  char *root;  /* absolute, no trailing slash but for "/" itself */
  GMutex lock; /* the one below */
  /* Folders whose names in the folders above are on disk -> guint64, the inode's number. */
  GHashTable *anchored;
};

/* Owned by the caller. */
char *local_full(const struct local *local, const char *path);
/* "cannot <verb> '<full>': no such file or directory"; INPUT for what is not there, else FAILED, unless errno says
 * ACCESS or LIMIT. Returns false. */
bool local_fail(GError **error, int number, const char *verb, const char *full);
/* Opens, fsyncs, closes a file or folder. */
bool local_sync_full(const char *full, GError **error);
/* mkdir -p. Folders made above the root are made durable at once. */
bool local_make_full(const struct local *local, const char *full, GError **error);
/* Makes the folder that the file is in. */
bool local_make_parent(const struct local *local, const char *full, GError **error);

bool local_list(gpointer self, const char *folder, GPtrArray **ret_entries, GError **error);
bool local_list_tree(gpointer self, const char *folder, storage_skip skip, gpointer user,
                     GPtrArray **ret_entries, GError **error);

bool local_put_if_absent(gpointer self, const char *path, GBytes *bytes, bool *ret_created,
                         GError **error);
bool local_put(gpointer self, const char *path, GBytes *bytes, GError **error);

bool local_delete(gpointer self, const char *path, GError **error);
bool local_delete_tree(gpointer self, const char *path, GError **error);

gpointer local_lock(gpointer self, const char *path, GError **error);
void local_unlock(gpointer lock);
