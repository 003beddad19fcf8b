/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/kernel_stream.h"
#include <string.h>

enum {
  ROWS_LEAST = 2000,    /* fewer groups are sorted in no time */
  ROWS_OF_PART = 60000, /* about */
  PARTS_MOST = 64,      /* key ranges of the kernel's tables */
  VALIDITY_WORDS = ROLLUP_CURSOR_ROWS / 64,
};

struct ordered {
  struct kernel_stream *stream;
  struct stream_part *part;
};

/* A thread's: the part of the kernel's groups that it reads, whose rows become row groups. */
struct ordered_worker {
  struct ordered *ordered;
  gint64 at;       /* the part; -1: none */
  gint64 place;    /* of the last row */
  GPtrArray *rows; /* struct stream_rows */
  guint64 row_count;
  GPtrArray *groups; /* struct parquet_group, of the part's rows before */
  struct parquet_values *values;
  uint64_t *validity; /* VALIDITY_WORDS a column */
};

static void
begin_part(struct ordered_worker *worker, gint64 part)
{
  worker->at = part;
  worker->rows = g_ptr_array_new();
  worker->row_count = 0;
  worker->groups = stream_groups_new();
}

static bool
encode_rows(struct ordered_worker *worker)
{
  struct kernel_stream *stream = worker->ordered->stream;
  if (worker->row_count > 0 && !stream_rows_encode(stream, worker->rows, worker->groups))
    return stream_run_out(stream, "no memory is left for the Parquet pages of its rows");
  stream_rows_free_all(stream, worker->rows);
  worker->row_count = 0;
  return true;
}

/* Few rows wait for those of the next part. */
static bool
end_part(struct ordered_worker *worker)
{
  const struct ordered *ordered = worker->ordered;
  bool few = worker->groups->len == 0 && worker->row_count < STREAM_SMALL_ROWS;
  if (!few && !encode_rows(worker))
    return false;
  GPtrArray *groups = g_steal_pointer(&worker->groups), *rows = g_steal_pointer(&worker->rows);
  g_clear_pointer(few ? &groups : &rows, g_ptr_array_unref);
  guint slot = (guint)worker->at;
  worker->at = -1;
  return stream_part_take(ordered->part, slot, NULL, groups, rows);
}

static gpointer
ordered_begin(gpointer user)
{
  struct ordered *ordered = user;
  guint columns = ordered->stream->columns->len;
  struct ordered_worker *worker = g_new0(struct ordered_worker, 1);
  worker->ordered = ordered;
  worker->at = worker->place = -1;
  worker->values = g_new0(struct parquet_values, columns + 1);
  worker->validity = g_new(uint64_t, columns * VALIDITY_WORDS);
  return worker;
}

/* Rows [first, first + rows) of a batch, all of one part. */
static bool
take_rows(struct ordered_worker *worker, const struct duck_batch *batch, guint first, guint rows)
{
  struct kernel_stream *stream = worker->ordered->stream;
  if (worker->row_count + rows > STREAM_GROUP_ROWS && !encode_rows(worker))
    return false;
  for (guint i = 0; i < stream->columns->len; i++) {
    const struct parquet_values whole = {batch->values[i], batch->validity[i]};
    worker->values[i] =
        stream_values_from(&whole, g_array_index(stream->columns, struct stream_column, i).bytes,
                           first, rows, worker->validity + (gsize)i * VALIDITY_WORDS);
  }
  struct stream_rows *copy = stream_rows_copy(stream, worker->values, rows);
  if (copy == NULL)
    return stream_run_out(stream, "no memory is left to write its rows");
  g_ptr_array_add(worker->rows, copy);
  worker->row_count += rows;
  return true;
}

/* The end of the rows from first on that are of one part; first itself when a place is not after the one before it. */
static guint
end_of_part(struct ordered_worker *worker, const gint64 *places, guint first, guint count)
{
  guint end = first;
  while (end < count && places[end] >> KERNEL_PLACE_BITS == places[first] >> KERNEL_PLACE_BITS) {
    if (places[end] <= worker->place)
      return first;
    worker->place = places[end++];
  }
  return end;
}

/* A thread reads one part after the other; a batch may hold rows of several. */
static bool
ordered_take(gpointer user, const struct duck_batch *batch)
{
  struct ordered_worker *worker = user;
  struct kernel_stream *stream = worker->ordered->stream;
  const gint64 *places = batch->values[stream->columns->len];
  guint count = (guint)batch->rows;
  for (guint first = 0, end; first < count; first = end) {
    gint64 part = places[first] >> KERNEL_PLACE_BITS;
    end = end_of_part(worker, places, first, count);
    if (end == first)
      return stream_give_up(stream, "DuckDB gave its rows in another order");
    if (worker->at != part) {
      if (worker->at >= 0 && !end_part(worker))
        return false;
      begin_part(worker, part);
    }
    if (!take_rows(worker, batch, first, end - first))
      return false;
  }
  return g_atomic_int_get(&stream->stopped) == 0;
}

static void
ordered_end(gpointer user)
{
  struct ordered_worker *worker = user;
  struct kernel_stream *stream = worker->ordered->stream;
  if (worker->at >= 0 && g_atomic_int_get(&stream->stopped) == 0)
    (void)end_part(worker);
  if (worker->rows != NULL)
    stream_rows_free_all(stream, worker->rows);
  g_clear_pointer(&worker->rows, g_ptr_array_unref);
  g_clear_pointer(&worker->groups, g_ptr_array_unref);
  g_free(worker->values);
  g_free(worker->validity);
  g_free(worker);
}

static bool
scan_rows(struct writer *writer, struct ordered *ordered, GError **error)
{
  const struct plan_output *output = writer->output;
  g_autofree const char **types = g_new0(const char *, output->columns->len + 2);
  for (guint i = 0; i < output->columns->len; i++)
    types[i] = ((const struct plan_column *)g_ptr_array_index(output->columns, i))->stored_type;
  types[output->columns->len] = "BIGINT";
  const struct duck_sink sink = {.begin = ordered_begin,
                                 .take = ordered_take,
                                 .end = ordered_end,
                                 .user = ordered,
                                 .types = types};
  GError *problem = NULL;
  bool scanned = writer_scan(writer, output->ordered_sql, &sink, 0, 1, &problem);
  if (problem != NULL) {
    g_propagate_error(error, problem);
    return false;
  }
  if (!scanned && ordered->stream->reason == NULL)
    (void)stream_give_up(ordered->stream, "its rows could not be read in order");
  kernel_stream_finish(ordered->stream);
  return true;
}

/* The number of the output's only rollup in the pass. */
static bool
find_rollup(const struct kernel_pass *pass, guint output, guint *ret_number)
{
  for (guint i = 0; i < pass->spec->numbers->len; i++) {
    *ret_number = i;
    if (kernel_pass_output_of(pass, i) == output)
      return true;
  }
  return false;
}

/* Whether the kernel has the output's groups in its order, and enough of them. */
static bool
find_order(const struct writer *writer, const struct kernel_pass *pass,
           struct kernel_order *ret_order)
{
  const struct plan_output *output = writer->output;
  guint number;
  if (writer->local->parquet_writer != ENGINE_WRITER_KINDLING || output->ordered_sql == NULL ||
      writer->run->mode != ENGINE_OPTIMISED || !find_rollup(pass, writer->run->output, &number))
    return false;
  guint64 groups = rollup_pass_outcome(pass->rollups, number).groups;
  const GArray *keys = output->ordered_keys;
  ret_order->keys = (const unsigned *)(gconstpointer)keys->data;
  ret_order->key_count = keys->len;
  ret_order->parts = (guint)CLAMP(groups / ROWS_OF_PART, 2 * writer->local->threads, PARTS_MOST);
  return groups >= ROWS_LEAST &&
         rollup_pass_can_order(pass->rollups, number, ret_order->keys, ret_order->key_count);
}

/* DuckDB holds small batches back behind a filter, and lets others overtake them, unless it is told not to. */
static bool
hold_back(struct local *local, bool allowed, GError **error)
{
  return duck_exec(local->work,
                   allowed ? "SET enable_caching_operators = true"
                           : "SET enable_caching_operators = false",
                   error);
}

static bool
write_in_order(struct writer *writer, const struct kernel_pass *pass,
               const struct kernel_order *order, struct kernel_stream *stream, GError **error)
{
  struct ordered ordered = {stream, g_ptr_array_index(stream->parts, 0)};
  struct kernel_feeds *feeds =
      kernel_feeds_offer(writer->local, pass, writer->run->output, order, error);
  if (feeds == NULL)
    return false;
  bool done = hold_back(writer->local, false, error) && scan_rows(writer, &ordered, error);
  done = hold_back(writer->local, true, done ? error : NULL) && done;
  if (!kernel_feeds_withdraw(feeds, done ? error : NULL) || !done)
    return false;
  return stream->reason != NULL || kernel_stream_publish(stream, writer, error);
}

bool
kernel_ordered_write(struct writer *writer, const struct kernel_pass *pass, bool *ret_done,
                     GError **error)
{
  struct kernel_order order;
  *ret_done = false;
  if (!find_order(writer, pass, &order))
    return true;
  struct kernel_stream *stream = stream_of_run(writer);
  bool written =
      !stream_fit_rows(stream, order.parts) || write_in_order(writer, pass, &order, stream, error);
  *ret_done = written && stream->parquet != NULL && stream->reason == NULL;
  if (*ret_done)
    writer->result->way = ENGINE_IN_ORDER;
  kernel_stream_free(stream);
  return written;
}
