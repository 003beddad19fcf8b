/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/kernel_stream.h"
#include "storage/hive.h"
#include <stdlib.h>
#include <string.h>

/* An output against what runs can give. */
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

/* Index of the run column that a key is; -1: it is none. */
static gint
run_column_of(const struct fit *fit, guint key)
{
  const struct rollup_runs *runs = &fit->spec->pass.runs;
  for (guint i = 0; i < runs->column_count; i++)
    if (fit->rollup->keys[key] == runs->columns[i])
      return (gint)i;
  return -1;
}

/* Groups of a run are final with the run when all run columns are keys of the only set. */
static bool
fit_keys(const struct fit *fit)
{
  const struct rollup_spec *rollup = fit->rollup;
  guint found = 0;
  for (guint i = 0; i < rollup->key_count; i++)
    found += run_column_of(fit, i) >= 0;
  uint64_t all = rollup->key_count >= 64 ? UINT64_MAX : (UINT64_C(1) << rollup->key_count) - 1;
  return fit->spec->pass.runs.column_count > 0 && found >= fit->spec->pass.runs.column_count &&
         rollup->set_count == 1 && rollup->sets[0] == all;
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

static bool
is_partition_key(const struct fit *fit, guint key)
{
  const struct plan_output *output = fit->stream->output;
  for (guint i = 0; i < output->partition_by->len; i++) {
    const struct plan_direct *direct =
        direct_of(fit, g_array_index(output->partition_by, guint, i));
    if (direct->is_key && fit->rollup->keys[direct->index] == fit->rollup->keys[key])
      return true;
  }
  return false;
}

static bool
fit_partitions(const struct fit *fit)
{
  const struct plan_output *output = fit->stream->output;
  for (guint i = 0; i < output->partition_by->len; i++) {
    const struct plan_direct *direct =
        direct_of(fit, g_array_index(output->partition_by, guint, i));
    if (!direct->is_key || run_column_of(fit, direct->index) < 0)
      return false;
  }
  return true;
}

static void
add_once(GArray *numbers, guint number)
{
  for (guint i = 0; i < numbers->len; i++)
    if (g_array_index(numbers, guint, i) == number)
      return;
  g_array_append_val(numbers, number);
}

/* The wanted order as one of runs (their columns, in order_runs) and one within a run. Partition columns are the same all
 * over a file. A key inside a run may only follow when every run has a place of its own by then. */
static bool
fit_order(const struct fit *fit, GArray *order_runs)
{
  const GArray *wanted = fit->stream->output->direct_order;
  if (wanted == NULL)
    return false;
  const struct rollup_runs *runs = &fit->spec->pass.runs;
  for (guint i = 0; i < runs->column_count; i++)
    for (guint key = 0; key < fit->rollup->key_count; key++)
      if (run_column_of(fit, key) == (gint)i && is_partition_key(fit, key))
        add_once(order_runs, i);
  unsigned *inside = kernel_spec_alloc(fit->spec, (wanted->len + 1) * sizeof *inside);
  guint inside_count = 0;
  for (guint i = 0; i < wanted->len; i++) {
    guint key = g_array_index(wanted, guint, i);
    gint column = run_column_of(fit, key);
    if (column < 0 && order_runs->len < runs->column_count)
      return false;
    if (column < 0)
      inside[inside_count++] = key;
    else
      add_once(order_runs, (guint)column);
  }
  fit->rollup->stream_order = inside;
  fit->rollup->stream_order_count = inside_count;
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
  const char *comma = strchr(stored, ',');
  if (!g_str_has_prefix(stored, "DECIMAL(") || comma == NULL ||
      !kernel_layout_of(stored, ret_layout))
    return false;
  column->precision = (uint8_t)g_ascii_strtoull(stored + strlen("DECIMAL("), NULL, 10);
  column->scale = (uint8_t)g_ascii_strtoull(comma + 1, NULL, 10);
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

static bool
fit_columns(const struct fit *fit)
{
  struct kernel_stream *stream = fit->stream;
  for (guint i = 0; i < stream->output->columns->len; i++)
    if (!is_partition_column(stream->output, i) && !fit_column(fit, i))
      return false;
  stream->parquet = g_new0(struct parquet_column, stream->columns->len + 1);
  for (guint i = 0; i < stream->columns->len; i++)
    stream->parquet[i] = g_array_index(stream->columns, struct stream_column, i).parquet;
  return stream->columns->len > 0;
}

/* Runs in the output's order. */
struct run_order {
  const struct kernel_spec *spec;
  const GArray *columns; /* guint: indexes into the run columns */
};

static gint
compare_runs(gconstpointer a, gconstpointer b, gpointer user)
{
  const struct run_order *order = user;
  guint left = *(const guint *)a, right = *(const guint *)b;
  char *const *left_values = g_ptr_array_index(order->spec->run_values, left);
  char *const *right_values = g_ptr_array_index(order->spec->run_values, right);
  for (guint i = 0; i < order->columns->len; i++) {
    guint column = g_array_index(order->columns, guint, i);
    const struct inventory_column *known =
        g_ptr_array_index(order->spec->inventory->partition_columns, column);
    int compared = hive_compare(known->type, left_values[column], right_values[column]);
    if (compared != 0)
      return compared;
  }
  return left < right ? -1 : left > right;
}

/* The partition values of a run, one a PARTITION_BY column. */
static char **
partition_values(const struct fit *fit, guint run)
{
  const GArray *partition_by = fit->stream->output->partition_by;
  char **values = kernel_spec_alloc(fit->spec, (partition_by->len + 1) * sizeof *values);
  char **run_values = g_ptr_array_index(fit->spec->run_values, run);
  for (guint i = 0; i < partition_by->len; i++)
    values[i] = run_values[run_column_of(
        fit, direct_of(fit, g_array_index(partition_by, guint, i))->index)];
  return values;
}

static bool
same_values(char *const *left, char *const *right, guint count)
{
  for (guint i = 0; i < count; i++)
    if (g_strcmp0(left[i], right[i]) != 0)
      return false;
  return true;
}

/* Runs sorted by partition first, so that a partition's runs are neighbours. */
static void
assign_parts(const struct fit *fit, const GArray *order_runs)
{
  struct kernel_stream *stream = fit->stream;
  guint count = fit->spec->run_values->len;
  g_autofree guint *sorted = g_new(guint, count + 1);
  for (guint i = 0; i < count; i++)
    sorted[i] = i;
  struct run_order order = {.spec = fit->spec, .columns = order_runs};
  g_qsort_with_data(sorted, (gint)count, sizeof *sorted, compare_runs, &order);
  stream->run_count = count;
  stream->run_part = g_new0(struct stream_part *, count + 1);
  stream->run_slot = g_new0(guint, count + 1);
  struct stream_part *part = NULL;
  for (guint i = 0; i < count; i++) {
    char **values = partition_values(fit, sorted[i]);
    if (part == NULL || !same_values(part->values, values, stream->output->partition_by->len)) {
      part = stream_part_new(stream, values, stream->parts->len);
      g_ptr_array_add(stream->parts, part);
    }
    stream->run_part[sorted[i]] = part;
    stream->run_slot[sorted[i]] = part->slot_count++;
  }
  for (guint i = 0; i < stream->parts->len; i++) {
    part = g_ptr_array_index(stream->parts, i);
    part->slots = g_new0(struct stream_slot, part->slot_count + 1);
  }
}

bool
stream_fit(struct kernel_stream *stream, struct kernel_spec *spec, guint rollup)
{
  const struct fit fit = {.stream = stream, .spec = spec, .rollup = &spec->rollups[rollup]};
  g_autoptr(GArray) order_runs = g_array_new(FALSE, FALSE, sizeof(guint));
  if (stream->output->direct == NULL || !fit_codec(stream) || !fit_keys(&fit) ||
      !fit_partitions(&fit) || !fit_order(&fit, order_runs) || !fit_columns(&fit))
    return false;
  assign_parts(&fit, order_runs);
  return true;
}
