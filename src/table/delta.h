/* SPDX-License-Identifier: Apache-2.0
 *
 * The Delta log of one table: reading a snapshot, writing a commit. Knows JSON and storage, not Parquet.
 * Source: Delta protocol, sections "Actions", "Checkpoints", "Writer Requirements".
 *
 * A version is one file _delta_log/<20 digits>.json with an action a line. Checkpoints are Parquet: they are read
 * through a callback, since this room knows no engine.
 */
#pragma once

#include "storage/storage.h"
#include "util/auto.h"
#include "util/json.h"

/* Reads a checkpoint file (full path or URI): one JSON object a row, with members txn, add, remove, metaData, protocol, as
 * in the protocol; ret_rows: GPtrArray of struct json_object that frees its elements. May be NULL where given: then a
 * table whose log needs a checkpoint is refused. */
typedef bool (*delta_read_checkpoint)(const char *path, gpointer user, GPtrArray **ret_rows, GError **error);

struct delta_reader {
  delta_read_checkpoint read_checkpoint;
  gpointer user;
};

struct delta_snapshot {
  gint64 version;               /* -1: no table */
  GHashTable *live;             /* path as in the log -> struct json_object (the add action's object) */
  struct json_object *metadata; /* or NULL */
  struct json_object *protocol; /* or NULL */
  GHashTable *txns;             /* app id -> gint64 * */
};
void delta_snapshot_free(struct delta_snapshot *snapshot);
AUTO_DEFINE(struct delta_snapshot, delta_snapshot_free)

/* table: the table's folder, relative to storage's root. version: -1 for the newest. Errors: FAILED, worded with file and
 * line, when the log is damaged or has a gap. */
bool delta_read(struct storage *storage, const char *table, gint64 version, const struct delta_reader *reader,
                struct delta_snapshot **ret_snapshot, GError **error) WARN_UNUSED;
/* The newest version by listing alone; -1 for none. */
bool delta_newest(struct storage *storage, const char *table, gint64 *ret_version, GError **error) WARN_UNUSED;

/* May we write to a table in this state? Refuses what this program does not understand: unknown writer features, column
 * mapping, append-only tables, invariants. Errors: OUTPUT. */
bool delta_may_write(const struct delta_snapshot *snapshot, const char *table, GError **error) WARN_UNUSED;

/* Writes actions (an array of action objects, one line each) as the version given. ret_created false: that version
 * exists, nothing was written. */
bool delta_commit(struct storage *storage, const char *table, gint64 version, struct json_object *actions,
                  bool *ret_created, GError **error) WARN_UNUSED;

/* Path of a data file in the log: the relative path, percent-encoded once (protocol: "add file and remove file"). And
 * back. Owned by the caller. */
char *delta_encode_path(const char *relative);
char *delta_decode_path(const char *encoded);

struct delta_version {
  gint64 version;
  gint64 time_ms;
  char *operation;
  struct json_object *info; /* the commitInfo object, or NULL */
  guint64 files, rows, size_bytes; /* live after this version; 0 where the log does not say */
};
/* The versions whose JSON is still there, newest first; at most limit (0: all). GPtrArray of struct delta_version. */
bool delta_history(struct storage *storage, const char *table, guint limit, GPtrArray **ret_versions, GError **error) WARN_UNUSED;
void delta_version_free(struct delta_version *version);
