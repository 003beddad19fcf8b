/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/kernel_stream.h"
#include "storage/hive.h"
#include <string.h>

/* Runs in the output's order. */
struct run_order {
  const struct kernel_spec *spec;
  const GArray *columns; /* guint: indexes into the run columns */
};

/* Index of the run column that a scan column is; -1: it is none. */
static gint
run_column_of(const struct rollup_runs *runs, unsigned column)
{
  for (guint i = 0; i < runs->column_count; i++)
    if (runs->columns[i] == column)
      return (gint)i;
  return -1;
}

static void
add_once(GArray *numbers, gint number)
{
  guint wanted = (guint)number;
  for (guint i = 0; number >= 0 && i < numbers->len; i++)
    if (g_array_index(numbers, guint, i) == wanted)
      return;
  if (number >= 0)
    g_array_append_val(numbers, wanted);
}

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

static bool
same_values(char *const *left, char *const *right, guint count)
{
  for (guint i = 0; i < count; i++)
    if (g_strcmp0(left[i], right[i]) != 0)
      return false;
  return true;
}

static void
clear_parts(struct kernel_stream *stream, guint runs)
{
  g_ptr_array_set_size(stream->parts, 0);
  g_free(stream->run_part);
  g_free(stream->run_slot);
  stream->run_count = runs;
  stream->run_part = g_new0(struct stream_part *, runs + 1);
  stream->run_slot = g_new0(guint, runs + 1);
}

/* The next run in the output's order, of the partition with these values. */
static void
add_run(struct kernel_stream *stream, guint run, char *const *values)
{
  struct stream_part *part =
      stream->parts->len == 0 ? NULL : g_ptr_array_index(stream->parts, stream->parts->len - 1);
  if (part == NULL || !same_values(part->values, values, stream->partition_columns->len)) {
    part = stream_part_new(stream, values, stream->parts->len);
    g_ptr_array_add(stream->parts, part);
  }
  stream->run_part[run] = part;
  stream->run_slot[run] = part->slot_count++;
}

static void
make_slots(struct kernel_stream *stream)
{
  for (guint i = 0; i < stream->parts->len; i++) {
    struct stream_part *part = g_ptr_array_index(stream->parts, i);
    part->slots = g_new0(struct stream_slot, part->slot_count + 1);
  }
}

/* Whether the partition columns are all run columns. */
static bool
has_partition_columns(const struct kernel_stream *stream, const struct rollup_runs *runs)
{
  for (guint i = 0; i < stream->partition_columns->len; i++)
    if (run_column_of(runs, g_array_index(stream->partition_columns, unsigned, i)) < 0)
      return false;
  return true;
}

/* The partition values of a run that was told, one a PARTITION_BY column. */
static char **
told_values(const struct kernel_stream *stream, guint run)
{
  const GArray *columns = stream->partition_columns;
  char **values = kernel_spec_alloc(stream->spec, (columns->len + 1) * sizeof *values);
  char **run_values = g_ptr_array_index(stream->spec->run_values, run);
  for (guint i = 0; i < columns->len; i++)
    values[i] =
        run_values[run_column_of(&stream->spec->pass.runs, g_array_index(columns, unsigned, i))];
  return values;
}

/* Runs sorted by partition first, so that a partition's runs are neighbours. Without runs that do, no block comes. */
void
stream_lay_out_told(struct kernel_stream *stream, const struct rollup_spec *rollup)
{
  const struct rollup_runs *runs = &stream->spec->pass.runs;
  guint count = stream->spec->run_values->len;
  clear_parts(stream, count);
  if (!has_partition_columns(stream, runs))
    return;
  g_autoptr(GArray) columns = g_array_new(FALSE, FALSE, sizeof(guint));
  for (guint i = 0; i < rollup->stream_order_count; i++)
    add_once(columns, run_column_of(runs, rollup->keys[rollup->stream_order[i]]));
  g_autofree guint *sorted = g_new(guint, count + 1);
  for (guint i = 0; i < count; i++)
    sorted[i] = i;
  struct run_order order = {.spec = stream->spec, .columns = columns};
  g_qsort_with_data(sorted, (gint)count, sizeof *sorted, compare_runs, &order);
  for (guint i = 0; i < count; i++)
    add_run(stream, sorted[i], told_values(stream, sorted[i]));
  make_slots(stream);
}

/* "2024-01-31"; NULL: beyond the years that have four digits. */
static char *
date_text(gint32 days)
{
  enum { EPOCH = 719163, LAST = 3652059 }; /* days of 1970-01-01 and 9999-12-31 in GDate's count */
  if (days < 1 - EPOCH || days > LAST - EPOCH)
    return NULL;
  GDate date;
  g_date_clear(&date, 1);
  g_date_set_julian(&date, (guint32)(days + EPOCH));
  return g_strdup_printf("%04d-%02u-%02u", (int)g_date_get_year(&date),
                         (unsigned)g_date_get_month(&date), g_date_get_day(&date));
}

static char *
integer_text(enum rollup_type type, gconstpointer values, guint row)
{
  switch (type) {
  case ROLLUP_INT8:
    return g_strdup_printf("%d", ((const gint8 *)values)[row]);
  case ROLLUP_INT16:
    return g_strdup_printf("%d", ((const gint16 *)values)[row]);
  case ROLLUP_INT32:
    return g_strdup_printf("%d", ((const gint32 *)values)[row]);
  case ROLLUP_INT64:
    return g_strdup_printf("%" G_GINT64_FORMAT, ((const gint64 *)values)[row]);
  default:
    return NULL;
  }
}

static char *
string_text(const struct rollup_string *string)
{
  const char *text =
      string->length > sizeof string->inlined ? string->pointer.address : string->inlined;
  return memchr(text, '\0', string->length) != NULL ? NULL : g_strndup(text, string->length);
}

/* A partition's value as tables name it (storage/hive.h); NULL: there is no such text. Owned by the caller. */
static char *
value_text(const char *duck_type, enum rollup_type type, gconstpointer values, guint row)
{
  static const char *const integers[] = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT"};
  for (gsize i = 0; i < G_N_ELEMENTS(integers); i++)
    if (g_str_equal(duck_type, integers[i]))
      return integer_text(type, values, row);
  if (g_str_equal(duck_type, "BOOLEAN"))
    return g_strdup(((const uint8_t *)values)[row] != 0 ? "true" : "false");
  if (g_str_equal(duck_type, "DATE"))
    return date_text(((const gint32 *)values)[row]);
  return g_str_equal(duck_type, "VARCHAR") ? string_text((const struct rollup_string *)values + row)
                                           : NULL;
}

/* The partition values of a run that was found. NULL: one has no text. */
static char **
found_values(const struct kernel_stream *stream, const struct rollup_runs *runs, guint run)
{
  const GArray *columns = stream->partition_columns;
  char **values = kernel_spec_alloc(stream->spec, (columns->len + 1) * sizeof *values);
  for (guint i = 0; i < columns->len; i++) {
    unsigned column = g_array_index(columns, unsigned, i);
    const struct rollup_column *from = &runs->values.columns[run_column_of(runs, column)];
    if (!rollup_is_valid(from, run))
      continue;
    const struct plan_column *scanned = g_ptr_array_index(stream->planned->scan_columns, column);
    values[i] =
        value_text(scanned->stored_type, stream->spec->pass.columns[column], from->values, run);
    if (values[i] == NULL)
      return NULL;
    g_ptr_array_add(stream->spec->blocks, values[i]);
  }
  return values;
}

/* The kernel numbers them in the order that it streams in. */
void
kernel_stream_found(struct kernel_stream *stream, const struct rollup_runs *runs)
{
  clear_parts(stream, runs->values.rows);
  for (guint run = 0; has_partition_columns(stream, runs) && run < runs->values.rows; run++) {
    char **values = found_values(stream, runs, run);
    if (values == NULL) {
      (void)stream_give_up(stream, "a partition's value is written in a way of its own");
      break; /* what has been laid out needs its slots all the same */
    }
    add_run(stream, run, values);
  }
  make_slots(stream);
}
