/* SPDX-License-Identifier: Apache-2.0
 *
 * The Delta log of one table: reading a snapshot, writing a commit. Knows JSON and storage, not Parquet.
 * Source: Delta protocol, sections "Actions", "Checkpoints", "Writer Requirements".
 *
 * A version is one file _delta_log/<20 digits>.json with an action a line. Checkpoints are Parquet: they are read
 * through a callback, since this room knows no engine.
 *
 * Limits: a log file 256 MiB, a line 64 MiB.
 */
#pragma once

#include "storage/storage.h"
#include "util/auto.h"
#include "util/json.h"

/* Reads a checkpoint file (full path or URI): one JSON object a row, with members txn, add, remove, metaData, protocol, as
 * in the protocol; ret_rows: GPtrArray of struct json_object that frees its elements. May be NULL where given: then a
 * table whose log needs a checkpoint is refused. */
typedef bool (*delta_read_checkpoint)(const char *path, gpointer user, GPtrArray **ret_rows,
                                      GError **error);
/* Writes a checkpoint: rows (struct json_object, one member each: txn, add, remove, metaData, protocol) as one Parquet
 * file of the protocol's schema at a full path that does not exist yet. May be NULL: then no checkpoint is written. */
typedef bool (*delta_write_checkpoint)(const char *path, GPtrArray *rows, gpointer user,
                                       GError **error);

struct delta_reader {
  delta_read_checkpoint read_checkpoint;
  delta_write_checkpoint write_checkpoint;
  gpointer user;
};

struct delta_snapshot {
  gint64 version;   /* -1: no table */
  GHashTable *live; /* decoded path -> struct json_object (the add action's object) */
  /* Decoded path -> struct json_object (the remove action's object), when not live again. */
  GHashTable *removed;
  struct json_object *metadata; /* or NULL */
  struct json_object *protocol; /* or NULL */
  GHashTable *txns;             /* app id -> gint64 * */
};
/* An empty one: version -1. */
struct delta_snapshot *delta_snapshot_new(void);
void delta_snapshot_free(struct delta_snapshot *snapshot);
AUTO_DEFINE(struct delta_snapshot, delta_snapshot_free)
/* The last version that this application recorded; -1 for none. */
gint64 delta_snapshot_txn(const struct delta_snapshot *snapshot, const char *app_id);
/* A table property; NULL when absent. Borrowed. */
const char *delta_snapshot_property(const struct delta_snapshot *snapshot, const char *key);

/* Lines of files that a later commit of ours has replaced are not read: damage there goes unnoticed, and does no harm.
 * table: the table's folder, relative to storage's root. version: -1 for the newest. Errors: FAILED, worded with file and
 * line, when the log is damaged or has a gap, or when there is no such version. */
bool delta_read(struct storage *storage, const char *table, gint64 version,
                const struct delta_reader *reader, struct delta_snapshot **ret_snapshot,
                GError **error) WARN_UNUSED;
/* Brings a snapshot up to the newest version; reads only the commits after its own. After an error its contents are
 * undefined. */
bool delta_update(struct storage *storage, const char *table, const struct delta_reader *reader,
                  struct delta_snapshot *snapshot, GError **error) WARN_UNUSED;
/* The newest version by listing alone; -1 for none. */
bool delta_newest(struct storage *storage, const char *table, gint64 *ret_version,
                  GError **error) WARN_UNUSED;

/* Applies one commit file's text to a snapshot (version is left alone). Pure; fuzzed (fuzz/delta.c). file is for messages. */
bool delta_replay(struct delta_snapshot *snapshot, const char *file, const char *text, gsize length,
                  GError **error) WARN_UNUSED;
/* Calls take for each line's action object of a commit file's text; stops when it returns false. */
typedef bool (*delta_take)(struct json_object *action, gpointer user, GError **error);
bool delta_parse(const char *file, const char *text, gsize length, delta_take take, gpointer user,
                 GError **error) WARN_UNUSED;

/* May we write to a table in this state? Refuses what this program does not understand: unknown reader or writer
 * features, column mapping, append-only tables, constraints, invariants. Errors: OUTPUT. */
bool delta_may_write(const struct delta_snapshot *snapshot, const char *table,
                     GError **error) WARN_UNUSED;

/* Writes actions (an array of action objects, one line each) as the version given. ret_created false: that version
 * exists, nothing was written. */
bool delta_commit(struct storage *storage, const char *table, gint64 version,
                  struct json_object *actions, bool *ret_created, GError **error) WARN_UNUSED;
/* Writes a checkpoint of the snapshot, and _last_checkpoint, when its version is a multiple of 20 above 0, the reader can
 * write, and the table keeps replaced files. The others are read by plain readers too, and a checkpoint is a Parquet file:
 * a glob that asks for .parquet files at any depth takes it for data. The JSON commits stay. A checkpoint is never
 * needed for being right. */
bool delta_checkpoint(struct storage *storage, const char *table,
                      const struct delta_snapshot *snapshot, const struct delta_reader *reader,
                      GError **error);

/* Path of a data file in the log: the relative path, percent-encoded once (protocol: "add file and remove file"). And
 * back; NULL for text that is not of this form. Owned by the caller. */
char *delta_encode_path(const char *relative);
char *delta_decode_path(const char *encoded);

/* The commit file of a version, relative to the storage's root; owned by the caller. */
char *delta_commit_path(const char *table, gint64 version);
/* "daily-activity/_delta_log"; "_delta_log" for the table "", which is the storage's root itself. */
char *delta_log_folder(const char *table);

struct delta_version {
  gint64 version;
  gint64 time_ms;
  char *operation;
  struct json_object *info;        /* the commitInfo object, or NULL */
  guint64 files, rows, size_bytes; /* live after this version; 0 where the log does not say */
};
/* The versions whose JSON is still there, newest first; at most limit (0: all). GPtrArray of struct delta_version. */
bool delta_history(struct storage *storage, const char *table, guint limit,
                   GPtrArray **ret_versions, GError **error) WARN_UNUSED;
void delta_version_free(struct delta_version *version);
