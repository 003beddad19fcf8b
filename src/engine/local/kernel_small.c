/* SPDX-License-Identifier: Apache-2.0
 *
 * A small result is fetched in its order by one thread, dealt out to its partitions and written by our own writer: planning a COPY
 * for each file would take longer than all the rest. */
#include "engine/local/kernel_stream.h"
#include "util/clock.h"
#include "util/parallel.h"
#include "util/text.h"
#include <string.h>

enum {
  GROUPS_MOST = 50000, /* of the output's rollups; what is made of them may be more, or less */
  ROWS_MOST = STREAM_GROUP_ROWS - 1,
  PARTS_MOST = 2000,
  BATCH_ROWS = 2048, /* DuckDB's vectors */
};

/* Rows of one partition. */
struct small_part {
  struct stream_part *part; /* the stream's */
  char **values;            /* one a partition column, NULL for NULL */
  GPtrArray *rows;          /* struct stream_rows */
  gsize bytes;
  guint32 *picked; /* rows of the batch at hand */
  guint picked_count;
};

struct small {
  struct kernel_stream *stream;
  guint value_count;  /* partition columns */
  GPtrArray *parts;   /* struct small_part, in the order of their first rows */
  GHashTable *by_key; /* their values as one text */
  GPtrArray *touched; /* those with rows of the batch at hand */
  guint64 rows;
  char *gathered; /* a column's values, BATCH_ROWS of 16 bytes, for each column */
  guint64 *bits;  /* its validity likewise */
};

static void
part_free(gpointer data)
{
  struct small_part *part = data;
  const struct kernel_stream *stream = part->part->stream;
  if (part->rows != NULL)
    stream_rows_free_all(stream, part->rows);
  g_clear_pointer(&part->rows, g_ptr_array_unref);
  for (guint i = 0; i < stream->output->partition_by->len; i++)
    g_free(part->values[i]);
  g_free(part->values);
  g_free(part->picked);
  g_free(part);
}

static bool
is_valid(const guint64 *validity, guint row)
{
  return validity == NULL || (validity[row / 64] >> row % 64 & 1) != 0;
}

/* The partition columns' texts stand behind the columns that are written. False: one holds a NUL. */
static bool
append_key(const struct small *small, const struct duck_batch *batch, guint row, GString *key)
{
  guint first = small->stream->columns->len;
  for (guint i = first; i < first + small->value_count; i++) {
    if (!is_valid(batch->validity[i], row)) {
      g_string_append_c(key, '-');
      continue;
    }
    const struct parquet_string *text = (const struct parquet_string *)batch->values[i] + row;
    bool is_long = text->length > sizeof text->inlined;
    const char *start = is_long ? text->pointer.address : text->inlined;
    if (memchr(start, '\0', text->length) != NULL)
      return false;
    g_string_append_printf(key, "%u:", text->length);
    g_string_append_len(key, start, text->length);
  }
  return true;
}

/* Back from the key: count entries, any of which may be NULL. */
static char **
values_of(const char *key, guint count)
{
  char **values = g_new0(char *, count + 1);
  for (guint i = 0; i < count; i++) {
    if (*key == '-') {
      key++;
      continue;
    }
    char *text = NULL;
    gsize length = g_ascii_strtoull(key, &text, 10);
    values[i] = g_strndup(text + 1, length);
    key = text + 1 + length;
  }
  return values;
}

static struct small_part *
add_part(struct small *small, const char *key)
{
  struct kernel_stream *stream = small->stream;
  struct small_part *part = g_new0(struct small_part, 1);
  part->values = values_of(key, small->value_count);
  part->part = stream_part_new(stream, part->values, stream->parts->len);
  part->part->slot_count = 1;
  part->part->slots = g_new0(struct stream_slot, 2);
  part->rows = g_ptr_array_new();
  part->picked = g_new(guint32, BATCH_ROWS);
  g_ptr_array_add(stream->parts, part->part);
  g_ptr_array_add(small->parts, part);
  g_hash_table_insert(small->by_key, g_strdup(key), part);
  return part;
}

static bool
pick_rows(struct small *small, const struct duck_batch *batch)
{
  g_autoptr(GString) key = g_string_new("");
  g_autoptr(GString) last = g_string_new("");
  struct small_part *part = NULL;
  for (guint row = 0; row < batch->rows; row++) {
    g_string_truncate(key, 0);
    if (!append_key(small, batch, row, key))
      return stream_give_up(small->stream, "a partition's value holds a NUL");
    if (part == NULL || !g_string_equal(key, last)) {
      part = g_hash_table_lookup(small->by_key, key->str);
      part = part != NULL ? part : add_part(small, key->str);
      g_string_assign(last, key->str);
    }
    if (part->picked_count == 0)
      g_ptr_array_add(small->touched, part);
    part->picked[part->picked_count++] = row;
  }
  return true;
}

static struct parquet_values
gather(const struct small *small, const struct small_part *part, const struct duck_batch *batch,
       guint column)
{
  gsize bytes = g_array_index(small->stream->columns, struct stream_column, column).bytes;
  const char *from = batch->values[column];
  char *to = small->gathered + (gsize)column * BATCH_ROWS * sizeof(struct parquet_string);
  for (guint i = 0; i < part->picked_count; i++)
    memcpy(to + i * bytes, from + part->picked[i] * bytes, bytes);
  struct parquet_values values = {.values = to};
  if (batch->validity[column] == NULL)
    return values;
  guint64 *bits = small->bits + (gsize)column * BATCH_ROWS / 64;
  memset(bits, 0, BATCH_ROWS / 8);
  for (guint i = 0; i < part->picked_count; i++)
    if (is_valid(batch->validity[column], part->picked[i]))
      bits[i / 64] |= G_GUINT64_CONSTANT(1) << i % 64;
  values.validity = bits;
  return values;
}

static bool
copy_picked(struct small *small, struct small_part *part, const struct duck_batch *batch)
{
  guint count = small->stream->columns->len;
  g_autofree struct parquet_values *values = g_new(struct parquet_values, count + 1);
  for (guint i = 0; i < count; i++)
    values[i] = gather(small, part, batch, i);
  struct stream_rows *rows = stream_rows_copy(small->stream, values, part->picked_count);
  part->picked_count = 0;
  if (rows == NULL)
    return stream_give_up(small->stream, "no memory is left to write its rows");
  part->bytes += rows->bytes;
  g_ptr_array_add(part->rows, rows);
  return part->bytes <= small->stream->target.target_file_bytes ||
         stream_give_up(small->stream, "it has large rows");
}

static bool
small_take(gpointer user, const struct duck_batch *batch)
{
  struct small *small = user;
  small->rows += batch->rows;
  if (small->rows > ROWS_MOST || batch->rows > BATCH_ROWS)
    return stream_give_up(small->stream, "it has many rows");
  g_ptr_array_set_size(small->touched, 0);
  if (!pick_rows(small, batch))
    return false;
  if (small->parts->len > PARTS_MOST)
    return stream_give_up(small->stream, "it has many partitions");
  bool done = true;
  for (guint i = 0; i < small->touched->len && done; i++)
    done = copy_picked(small, g_ptr_array_index(small->touched, i), batch);
  return done;
}

/* The sink's only worker is the result itself, which its maker frees. */
static gpointer
small_begin(gpointer user)
{
  return user;
}

static void
small_end(gpointer user)
{
  (void)user;
}

static struct small *
small_new(struct kernel_stream *stream)
{
  struct small *small = g_new0(struct small, 1);
  gsize columns = stream->columns->len;
  small->stream = stream;
  small->value_count = stream->output->partition_by->len;
  small->parts = g_ptr_array_new_with_free_func(part_free);
  small->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
  small->touched = g_ptr_array_new();
  small->gathered = g_malloc(columns * BATCH_ROWS * sizeof(struct parquet_string));
  small->bits = g_malloc(columns * BATCH_ROWS / 8);
  return small;
}

static void
small_free(struct small *small)
{
  g_ptr_array_unref(small->parts);
  g_hash_table_unref(small->by_key);
  g_ptr_array_unref(small->touched);
  g_free(small->gathered);
  g_free(small->bits);
  g_free(small);
}
AUTO_DEFINE(struct small, small_free)

static char *
fetching_sql(const struct kernel_stream *stream, const char *sql)
{
  const struct plan_output *output = stream->output;
  g_autoptr(GString) list = g_string_new("");
  for (guint i = 0; i < stream->columns->len; i++) {
    guint from = g_array_index(stream->columns, struct stream_column, i).from;
    const struct plan_column *column = g_ptr_array_index(output->columns, from);
    g_string_append_printf(list, "%sCAST(r%u AS %s)", i == 0 ? "" : ", ", from,
                           column->stored_type);
  }
  for (guint i = 0; i < output->partition_by->len; i++)
    g_string_append_printf(list, ", CAST(r%u AS VARCHAR)",
                           g_array_index(output->partition_by, guint, i));
  g_autoptr(GString) names = g_string_new("");
  for (guint i = 0; i < output->columns->len; i++)
    g_string_append_printf(names, "%sr%u", i == 0 ? "" : ", ", i);
  return g_strdup_printf("SELECT %s FROM (%s) AS result(%s)", list->str, sql, names->str);
}

/* False with an error, or without one when the stream gave up. */
static bool
fetch(struct writer *writer, struct small *small, const char *sql, GError **error)
{
  const struct kernel_stream *stream = small->stream;
  guint columns = stream->columns->len, count = columns + small->value_count;
  g_autofree const char **types = g_new0(const char *, count + 1);
  for (guint i = 0; i < count; i++) {
    guint from = g_array_index(stream->columns, struct stream_column, MIN(i, columns - 1)).from;
    const struct plan_column *column = g_ptr_array_index(stream->output->columns, from);
    types[i] = i < columns ? column->stored_type : "VARCHAR";
  }
  const struct duck_sink sink = {
      .begin = small_begin, .take = small_take, .end = small_end, .user = small, .types = types};
  g_autofree char *fetching = fetching_sql(stream, sql);
  return writer_fetch(writer, fetching, &sink, 0, 1, error);
}

static bool
write_part(guint worker, gsize i, gpointer user, GError **error)
{
  (void)worker;
  (void)error;
  const struct small *small = user;
  struct small_part *part = g_ptr_array_index(small->parts, i);
  return stream_part_take(part->part, 0, NULL, NULL, g_steal_pointer(&part->rows));
}

static bool
write_parts(struct writer *writer, struct small *small, GError **error)
{
  for (guint i = 0; i < small->parts->len; i++) {
    const struct small_part *part = g_ptr_array_index(small->parts, i);
    if (!writer_check_values(writer, part->values, error))
      return false;
  }
  return parallel_for(writer->local->threads, small->parts->len, write_part, small, error) ||
         *error == NULL;
}

static bool
write_small(struct writer *writer, struct kernel_stream *stream, const char *sql, GError **error)
{
  double begin = clock_seconds();
  AUTO(small_free) struct small *small = small_new(stream);
  GError *problem = NULL;
  bool fetched = fetch(writer, small, sql, &problem);
  double computed = clock_seconds();
  bool written = fetched && write_parts(writer, small, &problem);
  if (problem != NULL) {
    g_propagate_error(error, problem);
    return false;
  }
  if (!fetched || !written || stream->reason != NULL)
    return true;
  writer->result->compute_seconds += computed - begin;
  bool published = kernel_stream_publish(stream, writer, error);
  writer->result->write_seconds += clock_seconds() - computed;
  return published;
}

/* Equal values of these have one text, which is what tables want. */
static bool
has_plain_partitions(const struct plan_output *output)
{
  for (guint i = 0; i < output->partition_by->len; i++) {
    const struct plan_column *column =
        g_ptr_array_index(output->columns, g_array_index(output->partition_by, guint, i));
    if (g_str_equal(column->stored_type, "DOUBLE") || g_str_equal(column->stored_type, "FLOAT"))
      return false;
  }
  return true;
}

static bool
is_small(const struct writer *writer, const struct kernel_pass *pass)
{
  guint64 groups = 0;
  for (guint i = 0; i < pass->spec->numbers->len; i++)
    if (kernel_pass_output_of(pass, i) == writer->run->output)
      groups += rollup_pass_outcome(pass->rollups, i).groups;
  return groups <= GROUPS_MOST && writer->local->parquet_writer == ENGINE_WRITER_KINDLING &&
         writer->run->mode == ENGINE_OPTIMISED && has_plain_partitions(writer->output);
}

bool
kernel_small_write(struct writer *writer, const struct kernel_pass *pass, const char *sql,
                   bool *ret_done, GError **error)
{
  *ret_done = false;
  if (!is_small(writer, pass))
    return true;
  struct kernel_stream *stream = stream_of_run(writer);
  bool written = !stream_fit_columns(stream) || write_small(writer, stream, sql, error);
  *ret_done = written && stream->parquet != NULL && stream->reason == NULL;
  kernel_stream_free(stream);
  return written;
}
