/* SPDX-License-Identifier: Apache-2.0
 * A sink that writes every row down as text and counts what happens to it. */
#pragma once

#include "duck/duck_kit.h"
#include "duck/scan.h"
#include <stdlib.h>
#include <string.h>

struct recorder {
  const enum duck_value *values;
  guint columns;
  guint64 stop_after; /* rows; 0: never */
  guint refuse_after; /* workers; 0: never */
  bool counts_only;
  GMutex lock;
  GPtrArray *rows; /* char *, under lock */
  GHashTable *threads;
  gint begun, ended, clashes; /* atomic */
  guint64 row_count, batches;
  guint64 largest_batch, null_masks;
};

struct recorder_worker {
  struct recorder *recorder;
  GThread *thread;
};

static inline gpointer
recorder_begin(gpointer user)
{
  struct recorder *recorder = user;
  if (recorder->refuse_after != 0 &&
      (guint)g_atomic_int_get(&recorder->begun) >= recorder->refuse_after)
    return NULL;
  g_atomic_int_inc(&recorder->begun);
  struct recorder_worker *worker = g_new0(struct recorder_worker, 1);
  worker->recorder = recorder;
  worker->thread = g_thread_self();
  return worker;
}

static inline char *
recorder_wide(const guint64 *words)
{
  /* decimal digits of a 128-bit integer */
  unsigned __int128 value = (unsigned __int128)words[1] << 64 | words[0];
  bool negative = (words[1] >> 63) != 0;
  char digits[48];
  gsize at = sizeof digits - 1;
  digits[at] = '\0';
  if (negative)
    value = -value;
  do {
    digits[--at] = (char)('0' + (int)(value % 10));
    value /= 10;
  } while (value != 0);
  if (negative)
    digits[--at] = '-';
  return g_strdup(&digits[at]);
}

struct recorder_text {
  guint32 length;
  char inlined[12];
};

static inline char *
recorder_string(const struct recorder_text *text)
{
  const char *start = text->inlined;
  if (text->length > 12)
    memcpy(&start, text->inlined + 4, sizeof start);
  if (text->length > 12)
    assert_memory_equal(start, text->inlined, 4);
  return g_strndup(start, text->length);
}

static inline char *
recorder_cell(enum duck_value value, const void *values, guint64 row)
{
  switch (value) {
  case DUCK_VALUE_BOOL:
    return g_strdup(((const guint8 *)values)[row] ? "true" : "false");
  case DUCK_VALUE_INT8:
    return g_strdup_printf("%d", ((const gint8 *)values)[row]);
  case DUCK_VALUE_INT16:
    return g_strdup_printf("%d", ((const gint16 *)values)[row]);
  case DUCK_VALUE_INT32:
    return g_strdup_printf("%d", ((const gint32 *)values)[row]);
  case DUCK_VALUE_INT64:
    return g_strdup_printf("%" G_GINT64_FORMAT, ((const gint64 *)values)[row]);
  case DUCK_VALUE_INT128:
    return recorder_wide((const guint64 *)values + 2 * row);
  case DUCK_VALUE_UINT8:
    return g_strdup_printf("%u", ((const guint8 *)values)[row]);
  case DUCK_VALUE_UINT16:
    return g_strdup_printf("%u", ((const guint16 *)values)[row]);
  case DUCK_VALUE_UINT32:
    return g_strdup_printf("%u", ((const guint32 *)values)[row]);
  case DUCK_VALUE_UINT64:
    return g_strdup_printf("%" G_GUINT64_FORMAT, ((const guint64 *)values)[row]);
  case DUCK_VALUE_FLOAT:
    return g_strdup_printf("%.9g", (double)((const float *)values)[row]);
  case DUCK_VALUE_DOUBLE:
    return g_strdup_printf("%.17g", ((const double *)values)[row]);
  case DUCK_VALUE_STRING:
    return recorder_string((const struct recorder_text *)values + row);
  case DUCK_VALUE_NONE:
    break;
  }
  fail_msg("a column without a layout");
  return NULL;
}

static inline bool
recorder_is_null(const guint64 *validity, guint64 row)
{
  return validity != NULL && (validity[row / 64] >> (row % 64) & 1) == 0;
}

static inline char *
recorder_row(const struct recorder *recorder, const struct duck_batch *batch, guint64 row)
{
  GString *text = g_string_new("");
  for (guint i = 0; i < recorder->columns; i++) {
    bool null = recorder_is_null(batch->validity[i], row);
    g_autofree char *cell =
        null ? g_strdup("NULL") : recorder_cell(recorder->values[i], batch->values[i], row);
    g_string_append_printf(text, "%s|", cell);
  }
  return g_string_free(text, FALSE);
}

static inline void
recorder_note(struct recorder *recorder, const struct duck_batch *batch)
{
  g_hash_table_add(recorder->threads, g_thread_self());
  recorder->batches++;
  recorder->row_count += batch->rows;
  recorder->largest_batch = MAX(recorder->largest_batch, batch->rows);
  for (guint i = 0; i < recorder->columns; i++)
    recorder->null_masks += batch->validity[i] == NULL;
  for (guint64 row = 0; !recorder->counts_only && row < batch->rows; row++)
    g_ptr_array_add(recorder->rows, recorder_row(recorder, batch, row));
}

static inline bool
recorder_take(gpointer data, const struct duck_batch *batch)
{
  struct recorder_worker *worker = data;
  struct recorder *recorder = worker->recorder;
  if (worker->thread != g_thread_self() || batch->rows == 0)
    g_atomic_int_inc(&recorder->clashes);
  g_mutex_lock(&recorder->lock);
  recorder_note(recorder, batch);
  bool more = recorder->stop_after == 0 || recorder->row_count < recorder->stop_after;
  g_mutex_unlock(&recorder->lock);
  return more;
}

static inline void
recorder_end(gpointer data)
{
  struct recorder_worker *worker = data;
  g_atomic_int_inc(&worker->recorder->ended);
  g_free(worker);
}

static inline void
recorder_open(struct recorder *recorder, const enum duck_value *values, guint columns)
{
  *recorder = (struct recorder){.values = values, .columns = columns};
  g_mutex_init(&recorder->lock);
  recorder->rows = g_ptr_array_new_with_free_func(g_free);
  recorder->threads = g_hash_table_new(NULL, NULL);
}

static inline void
recorder_close(struct recorder *recorder)
{
  assert_int_equal(recorder->begun, recorder->ended);
  assert_int_equal(recorder->clashes, 0);
  g_ptr_array_unref(recorder->rows);
  g_hash_table_unref(recorder->threads);
  g_mutex_clear(&recorder->lock);
}

static inline struct duck_sink
recorder_sink(struct recorder *recorder)
{
  return (struct duck_sink){
      .begin = recorder_begin, .take = recorder_take, .end = recorder_end, .user = recorder};
}

static enum duck_scan_way way;

static inline bool
scan(struct kit *kit, const char *sql, struct recorder *recorder, GError **error)
{
  struct duck_sink sink = recorder_sink(recorder);
  return duck_scan(kit->connection, sql, way, &sink, NULL, NULL, error);
}

static inline void
remove_tree(const char *folder)
{
  g_autofree char *remove = g_strdup_printf("rm -r %s", folder);
  assert_true(g_spawn_command_line_sync(remove, NULL, NULL, NULL, NULL));
}

static inline int
run_group(enum duck_scan_way which, const char *name, const struct CMUnitTest *tests, gsize count)
{
  way = which;
  return _cmocka_run_group_tests(name, tests, count, kit_open, kit_close);
}

#define run_by_both_ways(tests)                                                                    \
  (run_group(DUCK_SCAN_AGGREGATE, "aggregate", tests, G_N_ELEMENTS(tests)) +                       \
   run_group(DUCK_SCAN_FETCH, "fetch", tests, G_N_ELEMENTS(tests)))
