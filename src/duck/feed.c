/* SPDX-License-Identifier: Apache-2.0
 *
 * One table function for the whole database, kindling_feed(number); an offer is a number and a temporary view. */
#include "duck/feed.h"
#include "duck/handle.h"
#include "util/error.h"
#include "util/text.h"
#include <duckdb.h>
#include <string.h>

#define FUNCTION "kindling_feed"

/* Bound queries hold it too, so it may outlive its feed. */
struct offer {
  gint references; /* atomic */
  gint withdrawn;  /* atomic */
  guint64 number;
  const struct duck_connection *connection;
  char *name;
  const struct duck_feed *feed;
};

struct duck_feeds {
  GMutex lock;
  GPtrArray *offers; /* under lock, as all below; few, so they are searched in turn */
  guint64 next_number;
};

/* One read of the table by a query, by all its threads. */
struct reading {
  struct offer *offer; /* borrowed from the bound query */
  guint column_count;
  guint *columns; /* wanted ones, as indexes into the feed's */
  gint next_part; /* atomic, as all below */
  gint parts_read;
  guint64 rows;
};

/* What one thread of a reading is at. */
struct reader {
  const struct duck_feed *feed;
  gpointer part; /* NULL: none is open */
};

static struct offer *
offer_ref(struct offer *offer)
{
  g_atomic_int_inc(&offer->references);
  return offer;
}

static void
offer_unref(gpointer data)
{
  struct offer *offer = data;
  if (!g_atomic_int_dec_and_test(&offer->references))
    return;
  g_free(offer->name);
  g_free(offer);
}

static void
reading_free(gpointer data)
{
  struct reading *reading = data;
  g_free(reading->columns);
  g_free(reading);
}

static void
close_part(struct reader *reader)
{
  if (reader->part != NULL)
    reader->feed->close(reader->part);
  reader->part = NULL;
}

static void
reader_free(gpointer data)
{
  close_part(data);
  g_free(data);
}

static struct offer *
find_number(struct duck_feeds *feeds, guint64 number)
{
  struct offer *found = NULL;
  g_mutex_lock(&feeds->lock);
  for (guint i = 0; i < feeds->offers->len && found == NULL; i++) {
    struct offer *offer = g_ptr_array_index(feeds->offers, i);
    if (offer->number == number)
      found = offer_ref(offer);
  }
  g_mutex_unlock(&feeds->lock);
  return found;
}

static void
bind(duckdb_bind_info info)
{
  duckdb_value value = duckdb_bind_get_parameter(info, 0);
  guint64 number = duckdb_is_null_value(value) ? G_MAXUINT64 : duckdb_get_uint64(value);
  duckdb_destroy_value(&value);
  struct offer *offer = find_number(duckdb_bind_get_extra_info(info), number);
  if (offer == NULL) {
    duckdb_bind_set_error(info, "these rows were withdrawn");
    return;
  }
  duckdb_bind_set_bind_data(info, offer, offer_unref);
  const struct duck_feed *feed = offer->feed;
  for (guint i = 0; i < feed->column_count; i++) {
    TYPE_AUTO type = type_new(feed->columns[i].type);
    duckdb_bind_add_result_column(info, feed->columns[i].name, type);
  }
  duckdb_bind_set_cardinality(info, feed->rows, true);
}

static void
init(duckdb_init_info info)
{
  struct offer *offer = duckdb_init_get_bind_data(info);
  if (g_atomic_int_get(&offer->withdrawn)) {
    duckdb_init_set_error(info, "these rows were withdrawn");
    return;
  }
  struct reading *reading = g_new0(struct reading, 1);
  guint count = (guint)duckdb_init_get_column_count(info);
  reading->offer = offer;
  reading->columns = g_new0(guint, count);
  reading->column_count = count;
  for (guint i = 0; i < count; i++)
    reading->columns[i] = (guint)duckdb_init_get_column_index(info, i);
  duckdb_init_set_max_threads(info, offer->feed->parts);
  duckdb_init_set_init_data(info, reading, reading_free);
}

static void
init_thread(duckdb_init_info info)
{
  const struct offer *offer = duckdb_init_get_bind_data(info);
  struct reader *reader = g_new0(struct reader, 1);
  reader->feed = offer->feed;
  duckdb_init_set_init_data(info, reader, reader_free);
}

/* Whoever reads the last part sees all rows counted: a feed that gives others than it said would go unnoticed. */
static bool
finish_part(struct reading *reading, struct reader *reader)
{
  if (reader->part == NULL)
    return true;
  close_part(reader);
  guint read = (guint)g_atomic_int_add(&reading->parts_read, 1) + 1;
  return read < reader->feed->parts ||
         __atomic_load_n(&reading->rows, __ATOMIC_SEQ_CST) == reader->feed->rows;
}

/* False when it cannot be read; *ret_batch has no rows when all parts are read. */
static bool
next_batch(struct reading *reading, struct reader *reader, struct duck_batch *ret_batch)
{
  const struct duck_feed *feed = reader->feed;
  ret_batch->rows = 0;
  for (;;) {
    if (reader->part != NULL &&
        !feed->next(reader->part, reading->columns, reading->column_count, ret_batch))
      return false;
    if (ret_batch->rows > 0) {
      __atomic_add_fetch(&reading->rows, ret_batch->rows, __ATOMIC_SEQ_CST);
      return true;
    }
    if (!finish_part(reading, reader))
      return false;
    guint part = (guint)g_atomic_int_add(&reading->next_part, 1);
    if (part >= feed->parts)
      return true;
    reader->part = feed->open(feed->user, part, feed->parts);
    if (reader->part == NULL)
      return false;
  }
}

static gsize
bytes_of(enum duck_value value)
{
  static const guint8 bytes[] = {
      [DUCK_VALUE_BOOL] = 1,    [DUCK_VALUE_INT8] = 1,   [DUCK_VALUE_INT16] = 2,
      [DUCK_VALUE_INT32] = 4,   [DUCK_VALUE_INT64] = 8,  [DUCK_VALUE_INT128] = 16,
      [DUCK_VALUE_UINT8] = 1,   [DUCK_VALUE_UINT16] = 2, [DUCK_VALUE_UINT32] = 4,
      [DUCK_VALUE_UINT64] = 8,  [DUCK_VALUE_FLOAT] = 4,  [DUCK_VALUE_DOUBLE] = 8,
      [DUCK_VALUE_STRING] = 16,
  };
  return bytes[value];
}

/* Long texts stay where they are: DuckDB copies what it keeps before it asks for the next batch, as it fills its own
 * array of values again then. */
static void
copy_column(duckdb_vector vector, const char *type, const struct duck_batch *batch, guint column)
{
  gsize words = (batch->rows + 63) / 64;
  memcpy(duckdb_vector_get_data(vector), batch->values[column],
         batch->rows * bytes_of(duck_value_of(type)));
  if (batch->validity[column] == NULL)
    return;
  duckdb_vector_ensure_validity_writable(vector);
  memcpy(duckdb_vector_get_validity(vector), batch->validity[column], words * sizeof(guint64));
}

static void
read_rows(duckdb_function_info info, duckdb_data_chunk output)
{
  struct reading *reading = duckdb_function_get_init_data(info);
  struct reader *reader = duckdb_function_get_local_init_data(info);
  struct duck_batch batch = {0};
  if (!next_batch(reading, reader, &batch) || batch.rows > duckdb_vector_size()) {
    g_autofree char *refusal =
        g_strdup_printf("the rows of '%s' cannot be read", reading->offer->name);
    duckdb_function_set_error(info, refusal);
    return;
  }
  for (guint i = 0; batch.rows > 0 && i < reading->column_count; i++)
    copy_column(duckdb_data_chunk_get_vector(output, i),
                reader->feed->columns[reading->columns[i]].type, &batch, i);
  duckdb_data_chunk_set_size(output, batch.rows);
}

bool
feeds_register(struct duck *duck, struct duck_connection *connection, GError **error)
{
  struct duck_feeds *feeds = g_new0(struct duck_feeds, 1);
  g_mutex_init(&feeds->lock);
  feeds->offers = g_ptr_array_new_with_free_func(offer_unref);
  duck->feeds = feeds;
  duckdb_table_function function = duckdb_create_table_function();
  TYPE_AUTO number = duckdb_create_logical_type(DUCKDB_TYPE_UBIGINT);
  duckdb_table_function_set_name(function, FUNCTION);
  duckdb_table_function_add_parameter(function, number);
  duckdb_table_function_set_extra_info(function, feeds, NULL);
  duckdb_table_function_set_bind(function, bind);
  duckdb_table_function_set_init(function, init);
  duckdb_table_function_set_local_init(function, init_thread);
  duckdb_table_function_set_function(function, read_rows);
  duckdb_table_function_supports_projection_pushdown(function, true);
  bool known = duckdb_register_table_function(connection->handle, function) == DuckDBSuccess;
  duckdb_destroy_table_function(&function);
  return known || error_set(error, ERROR_FAILED, "cannot register the function " FUNCTION);
}

void
feeds_free(struct duck_feeds *feeds)
{
  if (feeds == NULL)
    return;
  g_ptr_array_unref(feeds->offers);
  g_mutex_clear(&feeds->lock);
  g_free(feeds);
}

/* False when there is none. */
static bool
remove_offer(const struct duck_connection *connection, const char *name)
{
  struct duck_feeds *feeds = connection->duck->feeds;
  bool found = false;
  g_mutex_lock(&feeds->lock);
  for (guint i = 0; i < feeds->offers->len && !found; i++) {
    struct offer *offer = g_ptr_array_index(feeds->offers, i);
    found = offer->connection == connection && strcmp(offer->name, name) == 0;
    if (!found)
      continue;
    g_atomic_int_set(&offer->withdrawn, 1);
    g_ptr_array_remove_index_fast(feeds->offers, i);
  }
  g_mutex_unlock(&feeds->lock);
  return found;
}

static guint64
add_offer(const struct duck_connection *connection, const char *name, const struct duck_feed *feed)
{
  struct duck_feeds *feeds = connection->duck->feeds;
  struct offer *offer = g_new0(struct offer, 1);
  offer->references = 1;
  offer->connection = connection;
  offer->name = g_strdup(name);
  offer->feed = feed;
  g_mutex_lock(&feeds->lock);
  offer->number = feeds->next_number++;
  guint64 number = offer->number;
  g_ptr_array_add(feeds->offers, offer);
  g_mutex_unlock(&feeds->lock);
  return number;
}

static bool
check_feed(const char *name, const struct duck_feed *feed, GError **error)
{
  if (feed->column_count == 0 || feed->parts == 0)
    return error_set(error, ERROR_FAILED, "'%s' has no %s", name,
                     feed->parts == 0 ? "parts" : "columns");
  for (guint i = 0; i < feed->column_count; i++)
    if (duck_value_of(feed->columns[i].type) == DUCK_VALUE_NONE)
      return error_set(error, ERROR_FAILED, "column '%s' of '%s' cannot be offered as %s",
                       feed->columns[i].name, name, feed->columns[i].type);
  return true;
}

bool
duck_feed_offer(struct duck_connection *connection, const char *name, const struct duck_feed *feed,
                GError **error)
{
  if (!check_feed(name, feed, error))
    return false;
  (void)remove_offer(connection, name);
  g_autofree char *quoted = text_sql_name(name);
  g_autofree char *sql = g_strdup_printf("CREATE OR REPLACE TEMPORARY VIEW %s AS FROM " FUNCTION
                                         "(%" G_GUINT64_FORMAT "::UBIGINT)",
                                         quoted, add_offer(connection, name, feed));
  if (duck_exec(connection, sql, error))
    return true;
  (void)remove_offer(connection, name);
  return error_prefix(error, "cannot offer the rows '%s': ", name);
}

bool
duck_feed_withdraw(struct duck_connection *connection, const char *name, GError **error)
{
  if (!remove_offer(connection, name))
    return error_set(error, ERROR_FAILED, "no rows are offered as '%s'", name);
  g_autofree char *quoted = text_sql_name(name);
  g_autofree char *sql = g_strdup_printf("DROP VIEW temp.%s", quoted);
  return duck_exec(connection, sql, error);
}
