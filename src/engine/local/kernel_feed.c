/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/feed.h"
#include "engine/local/kernel.h"
#include "util/text.h"

/* One rollup's groups as a table. */
struct kernel_feed {
  struct duck_feed feed;
  struct duck_feed_column *columns;  /* the feed's */
  const struct rollup_pass *rollups; /* NULL: the table is for planning only */
  unsigned rollup;
  const char *name; /* the plan's */
  char *fed_name;   /* what is offered: the name itself, or a table below a view that casts */
  bool is_offered, has_view;
  const unsigned *order; /* keys that each part is ordered by, borrowed; NULL: in any order */
  unsigned order_count;
  GPtrArray *names, *types, *wanted; /* char *, of its columns: name, type fed, the plan's type */
};

struct kernel_feeds {
  struct local *local;
  GPtrArray *feeds; /* struct kernel_feed */
};

struct reader {
  struct rollup_cursor *cursor;
  gint64 *places; /* of a batch's rows: the last column of a feed in order; NULL otherwise */
  gint64 next_place;
  guint place_column;
  const void **values;
  const guint64 **validity;
};

static gpointer
feed_open(gpointer user, guint part, guint parts)
{
  const struct kernel_feed *feed = user;
  if (feed->rollups == NULL)
    return NULL;
  struct rollup_cursor *cursor =
      feed->order == NULL ? rollup_cursor_new(feed->rollups, feed->rollup, part, parts)
                          : rollup_cursor_new_in_order(feed->rollups, feed->rollup, feed->order,
                                                       feed->order_count, part, parts);
  if (cursor == NULL)
    return NULL;
  struct reader *reader = g_new0(struct reader, 1);
  reader->cursor = cursor;
  if (feed->order != NULL)
    reader->places = g_new(gint64, ROLLUP_CURSOR_ROWS);
  reader->next_place = (gint64)part << KERNEL_PLACE_BITS;
  reader->place_column = feed->names->len - 1;
  reader->values = g_new0(const void *, feed->names->len + 1);
  reader->validity = g_new0(const guint64 *, feed->names->len + 1);
  return reader;
}

static bool
feed_next(gpointer user, const guint *columns, guint column_count, struct duck_batch *ret_batch)
{
  struct reader *reader = user;
  const struct rollup_batch *batch = rollup_cursor_next(reader->cursor);
  if (batch == NULL)
    return false;
  for (guint i = 0; reader->places != NULL && i < batch->rows; i++)
    reader->places[i] = reader->next_place++;
  for (guint i = 0; i < column_count && batch->rows > 0; i++) {
    bool is_place = reader->places != NULL && columns[i] == reader->place_column;
    reader->values[i] = is_place ? reader->places : batch->columns[columns[i]].values;
    reader->validity[i] = is_place ? NULL : batch->columns[columns[i]].validity;
  }
  *ret_batch = (struct duck_batch){
      .rows = batch->rows, .values = reader->values, .validity = reader->validity};
  return true;
}

static void
feed_close(gpointer user)
{
  struct reader *reader = user;
  rollup_cursor_free(reader->cursor);
  g_free(reader->places);
  g_free(reader->values);
  g_free(reader->validity);
  g_free(reader);
}

static void
feed_free(gpointer data)
{
  struct kernel_feed *feed = data;
  g_free(feed->columns);
  g_ptr_array_unref(feed->names);
  g_ptr_array_unref(feed->types);
  g_ptr_array_unref(feed->wanted);
  g_free(feed->fed_name);
  g_free(feed);
}

/* DuckDB's plainest type of a layout. */
static const char *
plain_type(enum rollup_type layout)
{
  static const char *const types[] = {
      [ROLLUP_BOOL] = "BOOLEAN",   [ROLLUP_INT8] = "TINYINT",     [ROLLUP_INT16] = "SMALLINT",
      [ROLLUP_INT32] = "INTEGER",  [ROLLUP_INT64] = "BIGINT",     [ROLLUP_INT128] = "HUGEINT",
      [ROLLUP_UINT8] = "UTINYINT", [ROLLUP_UINT16] = "USMALLINT", [ROLLUP_UINT32] = "UINTEGER",
      [ROLLUP_UINT64] = "UBIGINT", [ROLLUP_FLOAT] = "FLOAT",      [ROLLUP_DOUBLE] = "DOUBLE",
      [ROLLUP_STRING] = "VARCHAR",
  };
  return types[layout];
}

/* A column of the feed: in the wanted type where its layout is the kernel's, else in the type that the kernel gives. */
static void
add_column(struct kernel_feed *feed, char *name, enum rollup_type given, const char *given_type,
           const char *wanted)
{
  enum rollup_type layout;
  bool fits = kernel_layout_of(wanted, &layout) && layout == given;
  g_ptr_array_add(feed->names, name);
  g_ptr_array_add(feed->types, g_strdup(fits ? wanted : given_type));
  g_ptr_array_add(feed->wanted, g_strdup(wanted));
}

static void
add_columns(struct kernel_feed *feed, const struct kernel_pass *pass,
            const struct plan_rollup *rollup, const struct rollup_spec *spec)
{
  const struct rollup_pass_spec *pass_spec = &pass->spec->pass;
  for (guint i = 0; i < spec->key_count; i++) {
    const struct plan_column *column =
        g_ptr_array_index(pass->planned->scan_columns, spec->keys[i]);
    add_column(feed, g_strdup_printf("g%u", i), pass_spec->columns[spec->keys[i]],
               column->stored_type, rollup->group_types[i]);
  }
  for (guint i = 0; i < spec->aggregate_count; i++) {
    const struct plan_aggregate *aggregate = g_ptr_array_index(rollup->aggregates, i);
    enum rollup_type given = rollup_result_type(pass_spec, &spec->aggregates[i]);
    add_column(feed, g_strdup_printf("a%u", i), given, plain_type(given), aggregate->type);
  }
  add_column(feed, g_strdup("gs"), ROLLUP_INT64, "BIGINT", "BIGINT");
}

static struct kernel_feed *
feed_new(const struct local *local, const struct kernel_pass *pass, guint number,
         const struct kernel_order *order)
{
  const struct plan_rollup *rollup = kernel_pass_rollup(pass, number);
  struct kernel_feed *feed = g_new0(struct kernel_feed, 1);
  feed->rollups = pass->rollups;
  feed->rollup = number;
  feed->name = rollup->name;
  feed->names = g_ptr_array_new_with_free_func(g_free);
  feed->types = g_ptr_array_new_with_free_func(g_free);
  feed->wanted = g_ptr_array_new_with_free_func(g_free);
  add_columns(feed, pass, rollup, &pass->spec->rollups[number]);
  if (order != NULL) {
    feed->order = order->keys;
    feed->order_count = order->key_count;
    add_column(feed, g_strdup("place"), ROLLUP_INT64, "BIGINT", "BIGINT");
  }
  struct duck_feed_column *columns = g_new0(struct duck_feed_column, feed->names->len + 1);
  for (guint i = 0; i < feed->names->len; i++) {
    columns[i] =
        (struct duck_feed_column){.name = feed->names->pdata[i], .type = feed->types->pdata[i]};
    feed->has_view |= !g_str_equal(feed->types->pdata[i], feed->wanted->pdata[i]);
  }
  feed->fed_name =
      feed->has_view ? g_strconcat(rollup->name, "_fed", NULL) : g_strdup(rollup->name);
  feed->columns = columns;
  feed->feed = (struct duck_feed){
      .columns = columns,
      .column_count = feed->names->len,
      .rows = pass->rollups != NULL ? rollup_pass_outcome(pass->rollups, number).groups : 0,
      .parts = order != NULL ? order->parts : local->threads,
      .open = feed_open,
      .next = feed_next,
      .close = feed_close,
      .user = feed};
  return feed;
}

static bool
make_view(struct local *local, const struct kernel_feed *feed, GError **error)
{
  g_autoptr(GString) sql = g_string_new(NULL);
  g_autofree char *name = text_sql_name(feed->name);
  g_string_append_printf(sql, "CREATE OR REPLACE TEMP VIEW %s AS SELECT ", name);
  for (guint i = 0; i < feed->names->len; i++)
    g_string_append_printf(
        sql, "%sCAST(%s AS %s) AS %s", i == 0 ? "" : ", ", (const char *)feed->names->pdata[i],
        (const char *)feed->wanted->pdata[i], (const char *)feed->names->pdata[i]);
  g_autofree char *from = text_sql_name(feed->fed_name);
  g_string_append_printf(sql, " FROM %s", from);
  return duck_exec(local->work, sql->str, error);
}

static bool
offer(struct local *local, struct kernel_feed *feed, GError **error)
{
  feed->is_offered = duck_feed_offer(local->work, feed->fed_name, &feed->feed, error);
  return feed->is_offered && (!feed->has_view || make_view(local, feed, error));
}

struct kernel_feeds *
kernel_feeds_offer(struct local *local, const struct kernel_pass *pass, guint output,
                   const struct kernel_order *order, GError **error)
{
  struct kernel_feeds *feeds = g_new0(struct kernel_feeds, 1);
  feeds->local = local;
  feeds->feeds = g_ptr_array_new_with_free_func(feed_free);
  for (guint i = 0; i < pass->spec->numbers->len; i++) {
    if (kernel_pass_output_of(pass, i) != output)
      continue;
    struct kernel_feed *feed = feed_new(local, pass, i, order);
    g_ptr_array_add(feeds->feeds, feed);
    if (offer(local, feed, error))
      continue;
    bool withdrawn = kernel_feeds_withdraw(feeds, NULL);
    (void)withdrawn;
    return NULL;
  }
  return feeds;
}

bool
kernel_feeds_withdraw(struct kernel_feeds *feeds, GError **error)
{
  bool done = true;
  for (guint i = 0; i < feeds->feeds->len; i++) {
    const struct kernel_feed *feed = g_ptr_array_index(feeds->feeds, i);
    if (feed->is_offered)
      done &= duck_feed_withdraw(feeds->local->work, feed->fed_name, done ? error : NULL);
  }
  g_ptr_array_unref(feeds->feeds);
  g_free(feeds);
  return done;
}
