/* SPDX-License-Identifier: Apache-2.0
 * A feed that makes rows out of their numbers, counts what is asked of it, and can be told to fail. */
#pragma once

#include "duck/duck_kit.h"
#include "duck/feed.h"
#include <string.h>

enum { BATCH = 2048, MOST_BYTES = 16, TEXT_BYTES = 48, COLUMNS = 13 };

/* Column n is a function of the row's number, which SQL can give too: `expression`, of i. */
static const struct made_column {
  struct duck_feed_column column;
  const char *expression;
} made[COLUMNS] = {
    {{"number", "BIGINT"}, "i"},
    {{"text", "VARCHAR"}, "'text ' || i || repeat('x', (i % 20)::INTEGER)"},
    {{"big", "HUGEINT"}, "i::HUGEINT * 18446744073709551616 - i"},
    {{"real", "DOUBLE"}, "i / 4"},
    {{"money", "DECIMAL(38,2)"}, "(i::DECIMAL(38,2) / 100)::DECIMAL(38,2)"},
    {{"flag", "BOOLEAN"}, "i % 2 = 1"},
    {{"tiny", "TINYINT"}, "(i % 100)::TINYINT"},
    {{"small", "DECIMAL(4,1)"}, "((i % 1000) / 10)::DECIMAL(4,1)"},
    {{"day", "DATE"}, "DATE '1970-01-01' + (i % 20000)::INTEGER"},
    {{"at", "TIMESTAMP"}, "make_timestamp(i * 1000003)"},
    {{"at_zone", "TIMESTAMP WITH TIME ZONE"}, "make_timestamptz(i * 1000003)"},
    {{"less", "FLOAT"}, "(i / 4)::FLOAT"},
    {{"select", "UBIGINT"}, "i::UBIGINT"},
};

static struct duck_feed_column columns[COLUMNS];

static inline bool
is_null(guint64 row, guint column)
{
  return column != 0 && (row + column) % 9 == 4;
}

struct maker {
  guint64 rows;
  guint64 batch_rows;
  guint64 fail_at;             /* row; G_MAXUINT64: never */
  guint refuse_part;           /* that open refuses; G_MAXUINT: none */
  guint64 too_many;            /* rows claimed in a batch; 0: as they are */
  bool waits;                  /* the first part, for a second reader */
  gint opened, closed, wanted; /* atomic; wanted: columns made */
};

struct making {
  struct maker *maker;
  guint64 at, end;
  char *values[COLUMNS];
  char *texts;
  guint64 validity[COLUMNS][BATCH / 64];
  const void *value_list[COLUMNS];
  const guint64 *validity_list[COLUMNS];
};

static inline gpointer
make_open(gpointer user, guint part, guint parts)
{
  struct maker *maker = user;
  if (part == maker->refuse_part)
    return NULL;
  struct making *making = g_new0(struct making, 1);
  making->maker = maker;
  making->at = maker->rows * part / parts;
  making->end = maker->rows * (part + 1) / parts;
  for (guint i = 0; i < COLUMNS; i++)
    making->values[i] = g_malloc(BATCH * MOST_BYTES);
  making->texts = g_malloc(BATCH * TEXT_BYTES);
  g_atomic_int_inc(&maker->opened);
  for (guint i = 0; maker->waits && g_atomic_int_get(&maker->opened) < 2 && i < 10000; i++)
    g_usleep(1000);
  return making;
}

static inline void
make_close(gpointer data)
{
  struct making *making = data;
  g_atomic_int_inc(&making->maker->closed);
  for (guint i = 0; i < COLUMNS; i++)
    g_free(making->values[i]);
  g_free(making->texts);
  g_free(making);
}

static inline void
put_text(struct making *making, guint64 row, guint64 place)
{
  char *start = making->texts + place * TEXT_BYTES;
  guint32 length = (guint32)g_snprintf(start, TEXT_BYTES, "text %" G_GUINT64_FORMAT "%.*s", row,
                                       (int)(row % 20), "xxxxxxxxxxxxxxxxxxxx");
  char *value = making->values[1] + place * 16;
  memset(value, 0, 16);
  memcpy(value, &length, 4);
  memcpy(value + 4, start, MIN(length, 12));
  if (length > 12)
    memcpy(value + 8, &start, sizeof start);
}

#define PUT(type, value)                                                                           \
  do {                                                                                             \
    type put = (type)(value);                                                                      \
    memcpy(making->values[column] + place * sizeof put, &put, sizeof put);                         \
  } while (0)

static inline void
put_value(struct making *making, guint column, guint64 row, guint64 place)
{
  unsigned __int128 wide = column == 2 ? ((unsigned __int128)row << 64) - row : row;
  guint64 words[] = {(guint64)wide, (guint64)(wide >> 64)};
  switch (column) {
  case 1:
    put_text(making, row, place);
    return;
  case 2:
  case 4:
    memcpy(making->values[column] + place * 16, words, 16);
    return;
  case 3:
    PUT(double, (double)row / 4);
    return;
  case 5:
    PUT(guint8, row % 2);
    return;
  case 6:
    PUT(gint8, row % 100);
    return;
  case 7:
    PUT(gint16, row % 1000);
    return;
  case 8:
    PUT(gint32, row % 20000);
    return;
  case 9:
  case 10:
    PUT(gint64, row * 1000003);
    return;
  case 11:
    PUT(float, (float)row / 4);
    return;
  default:
    PUT(gint64, row);
  }
}

/* Of NULLs the value is rubbish, as it may be. */
static inline void
make_column(struct making *making, guint column, guint64 count)
{
  memset(making->validity[column], 0, sizeof making->validity[column]);
  for (guint64 i = 0; i < count; i++) {
    if (is_null(making->at + i, column))
      continue;
    put_value(making, column, making->at + i, i);
    making->validity[column][i / 64] |= (guint64)1 << (i % 64);
  }
}

/* What the last batch lent is spoiled first. */
static inline void
spoil(struct making *making)
{
  for (guint i = 0; i < COLUMNS; i++)
    memset(making->values[i], 0xee, BATCH * MOST_BYTES);
  memset(making->texts, '#', BATCH * TEXT_BYTES);
}

static inline bool
make_next(gpointer data, const guint *wanted, guint count, struct duck_batch *ret_batch)
{
  struct making *making = data;
  struct maker *maker = making->maker;
  guint64 rows = MIN(making->end - making->at, maker->batch_rows);
  spoil(making);
  if (maker->fail_at >= making->at && maker->fail_at < making->at + rows)
    return false;
  for (guint i = 0; i < count; i++) {
    make_column(making, wanted[i], rows);
    making->value_list[i] = making->values[wanted[i]];
    making->validity_list[i] = wanted[i] == 0 ? NULL : making->validity[wanted[i]];
    g_atomic_int_or((guint *)&maker->wanted, 1u << wanted[i]);
  }
  making->at += rows;
  *ret_batch = (struct duck_batch){.rows = maker->too_many != 0 ? maker->too_many : rows,
                                   .values = making->value_list,
                                   .validity = making->validity_list};
  return true;
}

static inline struct duck_feed
make_feed(struct maker *maker, guint64 rows, guint parts)
{
  *maker = (struct maker){
      .rows = rows, .batch_rows = BATCH, .fail_at = G_MAXUINT64, .refuse_part = G_MAXUINT};
  for (guint i = 0; i < COLUMNS; i++)
    columns[i] = made[i].column;
  return (struct duck_feed){.columns = columns,
                            .column_count = COLUMNS,
                            .rows = rows,
                            .parts = parts,
                            .open = make_open,
                            .next = make_next,
                            .close = make_close,
                            .user = maker};
}

static inline void
offer(struct kit *kit, const char *name, const struct duck_feed *feed)
{
  g_autoptr(GError) error = NULL;
  if (!duck_feed_offer(kit->connection, name, feed, &error))
    fail_msg("%s", error->message);
}

static inline void
withdraw(struct kit *kit, const char *name)
{
  g_autoptr(GError) error = NULL;
  if (!duck_feed_withdraw(kit->connection, name, &error))
    fail_msg("%s", error->message);
}
