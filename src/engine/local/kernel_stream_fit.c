/* SPDX-License-Identifier: Apache-2.0 */
#include "duck/type.h"
#include "engine/local/kernel_stream.h"
#include <stdlib.h>

/* An output against what streams can give. */
struct fit {
  struct kernel_stream *stream;
  struct kernel_spec *spec;
  struct rollup_spec *rollup;
};

static bool
fit_codec(struct kernel_stream *stream)
{
  static const struct {
    const char *name;
    enum parquet_codec codec;
  } codecs[] = {
      {"snappy", PARQUET_SNAPPY}, {"zstd", PARQUET_ZSTD}, {"uncompressed", PARQUET_UNCOMPRESSED}};
  for (gsize i = 0; i < G_N_ELEMENTS(codecs); i++) {
    if (!g_str_equal(codecs[i].name, stream->output->spec->compression))
      continue;
    stream->options.codec = codecs[i].codec;
    return true;
  }
  return false;
}

/* All keys of the only set. */
static bool
fit_keys(const struct fit *fit)
{
  const struct rollup_spec *rollup = fit->rollup;
  uint64_t all = rollup->key_count >= 64 ? UINT64_MAX : (UINT64_C(1) << rollup->key_count) - 1;
  return rollup->set_count == 1 && rollup->sets[0] == all;
}

static const struct plan_direct *
direct_of(const struct fit *fit, guint column)
{
  return &g_array_index(fit->stream->output->direct, struct plan_direct, column);
}

static bool
is_partition_column(const struct plan_output *output, guint column)
{
  for (guint i = 0; i < output->partition_by->len; i++)
    if (g_array_index(output->partition_by, guint, i) == column)
      return true;
  return false;
}

/* The columns that the files are partitioned by are keys. */
static bool
fit_partitions(const struct fit *fit)
{
  const GArray *partition_by = fit->stream->output->partition_by;
  for (guint i = 0; i < partition_by->len; i++) {
    const struct plan_direct *direct = direct_of(fit, g_array_index(partition_by, guint, i));
    if (!direct->is_key)
      return false;
    g_array_append_val(fit->stream->partition_columns, fit->rollup->keys[direct->index]);
  }
  return true;
}

static void
add_once(unsigned *keys, unsigned *count, unsigned key)
{
  for (unsigned i = 0; i < *count; i++)
    if (keys[i] == key)
      return;
  keys[(*count)++] = key;
}

/* A partition's files hold one value of its columns: to order by them first changes nothing in a file. */
static bool
fit_order(const struct fit *fit)
{
  const struct plan_output *output = fit->stream->output;
  if (output->direct_order == NULL)
    return false;
  guint room = output->direct_order->len + output->partition_by->len + 1;
  unsigned *order = kernel_spec_alloc(fit->spec, room * sizeof *order), count = 0;
  for (guint i = 0; i < output->partition_by->len; i++)
    add_once(order, &count, direct_of(fit, g_array_index(output->partition_by, guint, i))->index);
  fit->rollup->stream_fixed = count;
  for (guint i = 0; i < output->direct_order->len; i++)
    add_once(order, &count, g_array_index(output->direct_order, guint, i));
  fit->rollup->stream_order = order;
  fit->rollup->stream_order_count = count;
  return true;
}

/* What the array's elements are, by the type that is stored. */
static bool
parquet_type_of(const char *stored, struct parquet_column *column, enum rollup_type *ret_layout)
{
  static const struct {
    const char *name;
    enum parquet_type type;
    enum rollup_type layout;
  } types[] = {
      {"BOOLEAN", PARQUET_BOOL, ROLLUP_BOOL},
      {"TINYINT", PARQUET_INT8, ROLLUP_INT8},
      {"SMALLINT", PARQUET_INT16, ROLLUP_INT16},
      {"INTEGER", PARQUET_INT32, ROLLUP_INT32},
      {"BIGINT", PARQUET_INT64, ROLLUP_INT64},
      {"FLOAT", PARQUET_FLOAT, ROLLUP_FLOAT},
      {"DOUBLE", PARQUET_DOUBLE, ROLLUP_DOUBLE},
      {"DATE", PARQUET_DATE, ROLLUP_INT32},
      {"TIMESTAMP", PARQUET_TIMESTAMP, ROLLUP_INT64},
      {"TIMESTAMP WITH TIME ZONE", PARQUET_TIMESTAMP_UTC, ROLLUP_INT64},
      {"VARCHAR", PARQUET_STRING, ROLLUP_STRING},
  };
  for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
    if (!g_str_equal(types[i].name, stored))
      continue;
    column->type = types[i].type;
    *ret_layout = types[i].layout;
    return true;
  }
  if (!duck_decimal_of(stored, &column->precision, &column->scale) ||
      !kernel_layout_of(stored, ret_layout))
    return false;
  column->type = *ret_layout == ROLLUP_INT16   ? PARQUET_DECIMAL16
                 : *ret_layout == ROLLUP_INT32 ? PARQUET_DECIMAL32
                 : *ret_layout == ROLLUP_INT64 ? PARQUET_DECIMAL64
                                               : PARQUET_DECIMAL128;
  return true;
}

static bool
fit_column(const struct fit *fit, guint index)
{
  const struct plan_column *column = g_ptr_array_index(fit->stream->output->columns, index);
  const struct plan_direct *direct = direct_of(fit, index);
  const struct rollup_pass_spec *pass = &fit->spec->pass;
  enum rollup_type given = direct->is_key
                               ? pass->columns[fit->rollup->keys[direct->index]]
                               : rollup_result_type(pass, &fit->rollup->aggregates[direct->index]);
  struct stream_column stored = {.name = column->name, .parquet = {.name = column->name}};
  enum rollup_type layout;
  if (!parquet_type_of(column->stored_type, &stored.parquet, &layout))
    return false;
  stored.from = direct->is_key ? direct->index : fit->rollup->key_count + direct->index;
  stored.narrowed =
      given == ROLLUP_INT128 && layout == ROLLUP_INT64 && stored.parquet.type == PARQUET_INT64;
  stored.bytes = rollup_type_bytes(layout);
  g_array_append_val(fit->stream->columns, stored);
  return stored.narrowed || given == layout;
}

/* The columns as the writer takes them. */
static bool
tell_columns(struct kernel_stream *stream)
{
  stream->parquet = g_new0(struct parquet_column, stream->columns->len + 1);
  for (guint i = 0; i < stream->columns->len; i++)
    stream->parquet[i] = g_array_index(stream->columns, struct stream_column, i).parquet;
  return stream->columns->len > 0;
}

static bool
fit_columns(const struct fit *fit)
{
  const struct plan_output *output = fit->stream->output;
  for (guint i = 0; i < output->columns->len; i++)
    if (!is_partition_column(output, i) && !fit_column(fit, i))
      return false;
  return tell_columns(fit->stream);
}

bool
stream_fit(struct kernel_stream *stream, struct kernel_spec *spec, guint rollup)
{
  stream->spec = spec;
  stream->rollup = rollup;
  const struct fit fit = {.stream = stream, .spec = spec, .rollup = &spec->rollups[rollup]};
  if (stream->output->direct == NULL || !fit_codec(stream) || !fit_keys(&fit) ||
      !fit_partitions(&fit) || !fit_order(&fit) || !fit_columns(&fit))
    return false;
  stream_lay_out_told(stream, fit.rollup);
  return true;
}

bool
stream_fit_columns(struct kernel_stream *stream)
{
  for (guint i = 0; i < stream->output->columns->len; i++) {
    if (is_partition_column(stream->output, i))
      continue;
    const struct plan_column *column = g_ptr_array_index(stream->output->columns, i);
    struct stream_column stored = {
        .name = column->name, .parquet = {.name = column->name}, .from = i};
    enum rollup_type layout;
    if (!parquet_type_of(column->stored_type, &stored.parquet, &layout))
      return false;
    stored.bytes = rollup_type_bytes(layout);
    g_array_append_val(stream->columns, stored);
  }
  return fit_codec(stream) && tell_columns(stream);
}

bool
stream_fit_rows(struct kernel_stream *stream, guint slots)
{
  static char *no_values[] = {NULL};
  struct stream_part *part = stream_part_new(stream, no_values, 0);
  part->slot_count = slots;
  part->slots = g_new0(struct stream_slot, slots + 1);
  g_ptr_array_add(stream->parts, part);
  return stream_fit_columns(stream);
}
