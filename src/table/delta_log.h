/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/table only: what the folder _delta_log holds, by listing.
 */
#pragma once

#include "table/delta.h"

#define DELTA_FILE_LIMIT (256u << 20)

struct delta_log_checkpoint {
  gint64 version;
  GPtrArray *paths; /* char *, relative to the storage's root: its parts, all there */
};

struct delta_log {
  GArray *commits;        /* gint64, ascending */
  GPtrArray *checkpoints; /* struct delta_log_checkpoint, ascending; whole ones only */
};

bool delta_log_list(struct storage *storage, const char *table, struct delta_log **ret_log,
                    GError **error) WARN_UNUSED;
void delta_log_free(struct delta_log *log);
AUTO_DEFINE(struct delta_log, delta_log_free)

/* -1 for none. */
gint64 delta_log_newest(const struct delta_log *log);
bool delta_log_has(const struct delta_log *log, gint64 version);
/* "<20 digits><suffix>" -> the number; -1 for any other name. */
gint64 delta_log_number(const char *name, const char *suffix);

/* A commit file's bytes. */
bool delta_log_read(struct storage *storage, const char *table, gint64 version, GBytes **ret_bytes,
                    GError **error) WARN_UNUSED;

/* The snapshot's removed files are kept from now on (delta_read leaves them out: they only grow). */
void delta_snapshot_keep_removed(struct delta_snapshot *snapshot);
/* Applies a checkpoint's rows, whose absent members may be null. */
bool delta_replay_checkpoint(struct delta_snapshot *snapshot, const char *file, GPtrArray *rows,
                             GError **error) WARN_UNUSED;
/* Does the commit with this commitInfo replace all files? Ours do, and it is their first line. */
bool delta_info_replaces_all(struct json_object *info);
bool delta_text_replaces_all(const char *text, gsize length);
/* delta_replay of a commit whose files a later one replaces: lines that begin with an add or a remove are passed over
 * unread, which is nearly all of the cost of a long log. */
bool delta_replay_without_files(struct delta_snapshot *snapshot, const char *file, const char *text,
                                gsize length, GError **error) WARN_UNUSED;
/* delta_read into a new snapshot that the caller has made (to keep removed files). */
bool delta_read_into(struct storage *storage, const char *table, gint64 version,
                     const struct delta_reader *reader, struct delta_snapshot *snapshot,
                     GError **error) WARN_UNUSED;
