/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/kernel_stream.h"
#include <string.h>

static const struct stream_column *
column_at(const struct kernel_stream *stream, guint i)
{
  return &g_array_index(stream->columns, struct stream_column, i);
}

guint
stream_narrowed(const struct kernel_stream *stream)
{
  guint count = 0;
  for (guint i = 0; i < stream->columns->len; i++)
    count += column_at(stream, i)->narrowed;
  return count;
}

static bool
is_valid(const struct parquet_values *values, uint32_t row)
{
  return values->validity == NULL || (values->validity[row / 64] >> (row % 64) & 1) != 0;
}

/* 128-bit numbers to 64 bits; false when one does not fit. */
static bool
narrow_values(const struct parquet_values *wide, uint32_t rows, int64_t *ret_values)
{
  const uint64_t *words = wide->values;
  for (uint32_t i = 0; i < rows; i++) {
    int64_t low = (int64_t)words[2 * (gsize)i], high = (int64_t)words[2 * (gsize)i + 1];
    bool fits = high == (low < 0 ? -1 : 0);
    if (!fits && is_valid(wide, i))
      return false;
    ret_values[i] = low;
  }
  return true;
}

bool
stream_slice(const struct kernel_stream *stream, const struct rollup_batch *batch, uint32_t first,
             uint32_t rows, int64_t *narrow, struct parquet_values *ret_values,
             const struct stream_column **ret_column)
{
  for (guint i = 0; i < stream->columns->len; i++) {
    const struct stream_column *column = column_at(stream, i);
    const struct rollup_column *from = &batch->columns[column->from];
    gsize bytes = column->narrowed ? 2 * sizeof(int64_t) : column->bytes;
    struct parquet_values values = {
        .values = (const char *)from->values + first * bytes,
        .validity = from->validity == NULL ? NULL : from->validity + first / 64,
    };
    if (column->narrowed) {
      if (!narrow_values(&values, rows, narrow)) {
        *ret_column = column;
        return false;
      }
      values.values = narrow;
      narrow += rows;
    }
    ret_values[i] = values;
  }
  return true;
}

static gsize
validity_bytes(uint64_t rows)
{
  return (gsize)((rows + 63) / 64) * sizeof(uint64_t);
}

static gsize
text_bytes_of(const struct parquet_values *values, uint32_t rows)
{
  const struct parquet_string *strings = values->values;
  gsize bytes = 0;
  for (uint32_t i = 0; i < rows; i++)
    if (is_valid(values, i) && strings[i].length > sizeof strings[i].inlined)
      bytes += strings[i].length;
  return bytes;
}

static gsize
copy_bytes(const struct stream_column *column, const struct parquet_values *values, uint32_t rows)
{
  gsize bytes = ((gsize)rows * column->bytes + 15) / 16 * 16;
  bytes += values->validity == NULL ? 0 : validity_bytes(rows);
  if (column->parquet.type == PARQUET_STRING)
    bytes += text_bytes_of(values, rows);
  return (bytes + 15) / 16 * 16;
}

/* Texts behind the column's values, and the values' addresses to them. */
static void
copy_texts(const struct parquet_values *values, uint32_t rows, struct parquet_string *strings,
           char *text)
{
  for (uint32_t i = 0; i < rows; i++) {
    if (!is_valid(values, i) || strings[i].length <= sizeof strings[i].inlined)
      continue;
    memcpy(text, strings[i].pointer.address, strings[i].length);
    strings[i].pointer.address = text;
    text += strings[i].length;
  }
}

static struct parquet_values
copy_column(const struct stream_column *column, const struct parquet_values *values, uint32_t rows,
            char *to)
{
  memcpy(to, values->values, (gsize)rows * column->bytes);
  struct parquet_values copy = {.values = to};
  char *end = to + ((gsize)rows * column->bytes + 15) / 16 * 16;
  if (values->validity != NULL) {
    memcpy(end, values->validity, validity_bytes(rows));
    copy.validity = (const uint64_t *)(gpointer)end;
    end += validity_bytes(rows);
  }
  if (column->parquet.type == PARQUET_STRING)
    copy_texts(values, rows, (struct parquet_string *)(gpointer)to, end);
  return copy;
}

struct stream_rows *
stream_rows_copy(const struct kernel_stream *stream, const struct parquet_values *values,
                 uint32_t rows)
{
  guint count = stream->columns->len;
  gsize head = (sizeof(struct stream_rows) + count * sizeof(struct parquet_values) + 15) / 16 * 16;
  gsize bytes = head;
  for (guint i = 0; i < count; i++)
    bytes += copy_bytes(column_at(stream, i), &values[i], rows);
  struct stream_rows *copy = budget_alloc(stream->budget, bytes);
  if (copy == NULL)
    return NULL;
  copy->rows = rows;
  copy->bytes = bytes;
  char *to = (char *)copy + head;
  for (guint i = 0; i < count; i++) {
    copy->values[i] = copy_column(column_at(stream, i), &values[i], rows, to);
    to += copy_bytes(column_at(stream, i), &values[i], rows);
  }
  return copy;
}

void
stream_rows_free(const struct kernel_stream *stream, struct stream_rows *rows)
{
  if (rows != NULL)
    budget_free(stream->budget, rows, rows->bytes);
}

void
stream_rows_free_all(const struct kernel_stream *stream, GPtrArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    stream_rows_free(stream, g_ptr_array_index(rows, i));
  g_ptr_array_set_size(rows, 0);
}

struct parquet_values
stream_values_from(const struct parquet_values *values, gsize value_bytes, uint32_t first,
                   uint32_t rows, uint64_t *bits)
{
  struct parquet_values from = {.values = (const char *)values->values + first * value_bytes};
  if (values->validity == NULL)
    return from;
  memset(bits, 0, validity_bytes(rows));
  for (uint32_t i = 0; i < rows; i++)
    if (is_valid(values, first + i))
      bits[i / 64] |= UINT64_C(1) << i % 64;
  from.validity = bits;
  return from;
}

static bool
has_nulls(const GPtrArray *rows, guint column)
{
  for (guint i = 0; i < rows->len; i++) {
    const struct stream_rows *one = g_ptr_array_index(rows, i);
    if (one->values[column].validity != NULL)
      return true;
  }
  return false;
}

static void
join_validity(const GPtrArray *rows, guint column, uint64_t *bits)
{
  uint64_t at = 0;
  for (guint i = 0; i < rows->len; i++) {
    const struct stream_rows *one = g_ptr_array_index(rows, i);
    for (uint32_t row = 0; row < one->rows; row++, at++)
      if (is_valid(&one->values[column], row))
        bits[at / 64] |= UINT64_C(1) << (at % 64);
  }
}

static struct parquet_values
join_column(const struct stream_column *column, const GPtrArray *rows, guint index, uint64_t total,
            char *to)
{
  struct parquet_values joined = {.values = to};
  for (guint i = 0; i < rows->len; i++) {
    const struct stream_rows *one = g_ptr_array_index(rows, i);
    memcpy(to, one->values[index].values, (gsize)one->rows * column->bytes);
    to += (gsize)one->rows * column->bytes;
  }
  if (!has_nulls(rows, index))
    return joined;
  uint64_t *bits = (uint64_t *)(gpointer)((char *)(guintptr)joined.values +
                                          ((gsize)total * column->bytes + 15) / 16 * 16);
  join_validity(rows, index, bits);
  joined.validity = bits;
  return joined;
}

/* One row group of all the rows, which are fewer than STREAM_GROUP_ROWS. */
bool
stream_rows_encode(struct kernel_stream *stream, const GPtrArray *rows, GPtrArray *groups)
{
  guint count = stream->columns->len;
  uint64_t total = 0;
  for (guint i = 0; i < rows->len; i++)
    total += ((const struct stream_rows *)g_ptr_array_index(rows, i))->rows;
  gsize bytes = 0;
  for (guint i = 0; i < count; i++)
    bytes += ((gsize)total * column_at(stream, i)->bytes + 15) / 16 * 16 +
             (validity_bytes(total) + 15) / 16 * 16;
  char *block = budget_alloc(stream->budget, bytes);
  if (block == NULL)
    return false;
  g_autofree struct parquet_values *values = g_new0(struct parquet_values, count + 1);
  char *to = block;
  for (guint i = 0; i < count; i++) {
    values[i] = join_column(column_at(stream, i), rows, i, total, to);
    to += ((gsize)total * column_at(stream, i)->bytes + 15) / 16 * 16 +
          (validity_bytes(total) + 15) / 16 * 16;
  }
  struct parquet_group *group = stream_encode(stream, values, (uint32_t)total);
  budget_free(stream->budget, block, bytes);
  if (group != NULL)
    g_ptr_array_add(groups, group);
  return group != NULL;
}
