/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/table only: the state of a run that publishes; publish_begin.c makes it, publish.c uses it.
 */
#pragma once

#include "storage/hive.h"
#include "table/publish.h"

struct publish_staged {
  const char *caller_name; /* as in the options */
  char *name, *job, *job_hash;
  char *staging;                         /* full path */
  struct json_object *schema;            /* Delta's struct type */
  struct json_object *partition_columns; /* array of text */
  struct json_object *adds;              /* as in the job log */
  struct delta_snapshot *snapshot;       /* at begin */
  gint64 begin_version;
  guint64 rows, size_bytes;
};

struct publish {
  struct storage *storage;
  struct storage_lock *lock;
  struct delta_reader reader;
  char *run_id, *app_name, *scratch;
  gint64 begun_ms, retain_ms;
  struct json_object *input;
  struct publish_staged *outputs;  /* in the caller's order */
  struct publish_staged **by_name; /* the same in name order */
  gsize output_count;
  gint64 first_number; /* of the first entry, while the job log is empty */
  gint64 entry_number; /* of the entry that is written but not complete; else -1 */
};

void publish_output_clear(struct publish_staged *output);
