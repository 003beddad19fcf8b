/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/table only: the actions of our commits, made from a snapshot and what a run wants. Pure.
 * Source: Delta protocol, sections "Actions" and "Table Features".
 */
#pragma once

#include "table/delta.h"

/* The application id of our txn actions; its version is the job log's entry. */
#define ACTIONS_APP_ID "kindling"
#define ACTIONS_RETAIN "kindling.retain"

/* What a table shall be after the commit. All borrowed. */
struct actions_table {
  struct json_object *schema;            /* Delta's struct type */
  struct json_object *partition_columns; /* array of text */
  gint64 retain_ms;                      /* -1: as the table says; 0: none */
};

/* Adds "protocol" and "metaData" to the array where the table must change, and both to a new one. */
void actions_add_table(struct json_object *actions, const struct delta_snapshot *snapshot,
                       const struct actions_table *table, gint64 now_ms);
/* The protocol as it must be for this schema: NULL when the snapshot's is enough. Never takes a feature away. */
struct json_object *actions_protocol(const struct delta_snapshot *snapshot,
                                     struct json_object *schema);

/* Adds a "remove" for a live file. */
void actions_add_remove(struct json_object *actions, struct json_object *add, gint64 now_ms);
/* Adds {"<name>": value}; takes the reference over. */
void actions_add(struct json_object *actions, const char *name, struct json_object *value);
/* Adds "txn" of our application. */
void actions_add_txn(struct json_object *actions, gint64 entry, gint64 now_ms);

/* How long replaced files of the table are kept after a run that asks for retain_ms: 0 for not at all. */
gint64 actions_retain_ms(const struct delta_snapshot *snapshot, gint64 retain_ms);
