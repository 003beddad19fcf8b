/* SPDX-License-Identifier: Apache-2.0
 *
 * Places that hold files: a local folder now, S3 later, behind one table of operations (storage_driver.h).
 *
 * A struct storage is rooted at a URI: a path ("/data/raw", "out", "file:///data") or, later, "s3://bucket/prefix"
 * (until then refused with INPUT, as all other schemes are, and as a path that is no UTF-8 is). The root need not exist: the first write makes it. It may
 * also be one file: then storage_stat(storage, "") tells its size, and nothing lies below it.
 * All paths given to it are relative to that root, use '/', and hold no empty, "." or ".." segment: others are refused
 * with INPUT, so that a path read from a log or a script cannot leave the root.
 *
 * Errors: INPUT for what is not there, ACCESS for rights, LIMIT for a full disk, else FAILED; each names the full path.
 * Threads: a struct storage may be used by all threads.
 * Files that are being written have names that start with '.', also when a killed process left them behind: whoever lists
 * skips such names, and storage_delete_tree sweeps them.
 * Steps for fault injection (util/fault.h): storage.put (all is written, nothing shows), storage.linked (it shows, its
 * folder is not yet durable), storage.move.
 */
#pragma once

#include "util/auto.h"
#include "util/compiler.h"
#include <glib.h>
#include <stdbool.h>

#define STORAGE_PATH_LIMIT 4096u      /* bytes of a relative path */
#define STORAGE_READ_LIMIT (1u << 30) /* most that storage_read gives, whatever its caller allows */

enum storage_features {
  STORAGE_MOVE = 1 << 0,        /* storage_move is atomic and cheap */
  STORAGE_LOCK = 1 << 1,        /* storage_lock: held by the process, released by its death */
  STORAGE_LOCAL_PATHS = 1 << 2, /* storage_path gives paths that open(2) takes */
  STORAGE_PUT_IF_ABSENT = 1 << 3,
};

struct storage;
struct storage_lock;

struct storage_entry {
  char *path; /* relative to the root */
  guint64 size_bytes;
  gint64 modified_ms; /* since 1970, UTC */
  bool is_folder;
};
void storage_entry_free(struct storage_entry *entry);

struct storage *storage_open(const char *uri, GError **error) WARN_UNUSED;
void storage_close(struct storage *storage);
AUTO_DEFINE(struct storage, storage_close)

guint storage_features(const struct storage *storage);
const char *storage_uri(const struct storage *storage); /* absolute, without a trailing slash */
/* Full path or URI of a relative path ("" for the root); owned by the caller. */
char *storage_path(const struct storage *storage, const char *path);

/* True for what the functions below take as a path (but for "", the root). */
bool storage_path_is_clean(const char *path);

/* What the path is; links are followed. ret_entry may be NULL. False without error when nothing is there. */
bool storage_stat(struct storage *storage, const char *path, struct storage_entry **ret_entry,
                  GError **error) WARN_UNUSED;

/* Entries directly below a folder ("" for the root), sorted by path (byte order): GPtrArray of struct storage_entry that
 * frees its elements. An absent folder gives an empty list. */
bool storage_list(struct storage *storage, const char *folder, GPtrArray **ret_entries,
                  GError **error) WARN_UNUSED;
/* All files at any depth below a folder, sorted by path (byte order). skip (may be NULL) is asked for each folder and
 * file name and keeps the walk out of those it returns true for. Symbolic links are followed. Refused, with INPUT: a link
 * to a folder that it is in, a link to nothing, what is neither file nor folder, more than 64 folders below each other,
 * more than 20 million entries. A signal (util/interrupt.h) stops it. Cost: one stat an entry; 10,000 files take a few hundredths of a second. */
typedef bool (*storage_skip)(const char *name, bool is_folder, gpointer user);
bool storage_list_tree(struct storage *storage, const char *folder, storage_skip skip,
                       gpointer user, GPtrArray **ret_entries, GError **error) WARN_UNUSED;

/* Whole small files: at most limit_bytes. */
bool storage_read(struct storage *storage, const char *path, gsize limit_bytes, GBytes **ret_bytes,
                  GError **error) WARN_UNUSED;
/* Writes a new object whole and durably (fsync of file and folder), making folders on the way. ret_created is false when
 * the path exists already: then nothing was changed. A reader sees all or nothing. */
bool storage_put_if_absent(struct storage *storage, const char *path, GBytes *bytes,
                           bool *ret_created, GError **error) WARN_UNUSED;
/* The same, replacing what is there, atomically. */
bool storage_put(struct storage *storage, const char *path, GBytes *bytes,
                 GError **error) WARN_UNUSED;
bool storage_make_folder(struct storage *storage, const char *path, GError **error) WARN_UNUSED;
/* Needs STORAGE_MOVE. Makes the target's folder; replaces a file at the target. ret_found is false when the source is
 * not there (then nothing happens). Durable after storage_sync of the target's folder. */
bool storage_move(struct storage *storage, const char *from, const char *to, bool *ret_found,
                  GError **error) WARN_UNUSED;
/* fsync of a file, or of a folder and the folders that lead to it from the root. */
bool storage_sync(struct storage *storage, const char *path, GError **error) WARN_UNUSED;
/* storage_sync of many folders (char *), each folder on the way to them once. Folders on the way that this storage has
 * found durable before are not flushed for them again. */
bool storage_sync_folders(struct storage *storage, GPtrArray *folders, GError **error) WARN_UNUSED;
/* A file or link, or an empty folder (else FAILED); absent is no error. */
bool storage_delete(struct storage *storage, const char *path, GError **error) WARN_UNUSED;
/* A file, or a folder and all below it ("" for the root); absent is no error. Removes links, never what they lead to. */
bool storage_delete_tree(struct storage *storage, const char *path, GError **error) WARN_UNUSED;
/* Removes the folder and its parents up to, not including, the root, as long as they are empty. */
bool storage_prune_folders(struct storage *storage, const char *folder, GError **error) WARN_UNUSED;

/* Needs STORAGE_LOCK. Makes the file if absent and locks it without waiting; NULL without error when another process
 * (or another lock of this one) holds it. */
struct storage_lock *storage_lock(struct storage *storage, const char *path,
                                  GError **error) WARN_UNUSED;
void storage_unlock(struct storage_lock *lock);
AUTO_DEFINE(struct storage_lock, storage_unlock)
