/* SPDX-License-Identifier: Apache-2.0
 *
 * For drivers only: the table behind storage.h. One row a scheme, registered in storage.c.
 *
 * All functions are required except those whose feature bit is absent. Contracts are those of storage.h; paths are
 * already checked to be relative and clean, and error messages are completed with the full path by the driver.
 */
#pragma once

#include "storage/storage.h"

struct storage_driver {
  const char *scheme; /* "file" */
  guint features;
  gpointer (*open)(const char *uri, char **ret_absolute_uri, GError **error);
  void (*close)(gpointer self);
  bool (*stat)(gpointer self, const char *path, struct storage_entry **ret_entry, GError **error);
  bool (*list)(gpointer self, const char *folder, GPtrArray **ret_entries, GError **error);
  bool (*list_tree)(gpointer self, const char *folder, storage_skip skip, gpointer user,
                    GPtrArray **ret_entries, GError **error);
  bool (*read)(gpointer self, const char *path, gsize limit_bytes, GBytes **ret_bytes,
               GError **error);
  bool (*put_if_absent)(gpointer self, const char *path, GBytes *bytes, bool *ret_created,
                        GError **error);
  bool (*put)(gpointer self, const char *path, GBytes *bytes, GError **error);
  bool (*make_folder)(gpointer self, const char *path, GError **error);
  bool (*move)(gpointer self, const char *from, const char *to, bool *ret_found, GError **error);
  bool (*sync)(gpointer self, const char *path, GError **error);
  bool (*sync_folders)(gpointer self, GPtrArray *folders, GError **error);
  bool (*delete)(gpointer self, const char *path, GError **error);
  bool (*delete_tree)(gpointer self, const char *path, GError **error);
  gpointer (*lock)(gpointer self, const char *path, GError **error);
  void (*unlock)(gpointer lock);
};

extern const struct storage_driver storage_local;
