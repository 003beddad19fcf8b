/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/local/kernel.h"
#include <stdio.h>
#include <string.h>

/* Input rows of each partition, of the files that the pass reads. */
static guint64 *
rows_by_partition(const struct inventory *inventory, const struct plan_input *input)
{
  guint64 *rows = g_new0(guint64, inventory->partitions->len + 1);
  for (guint i = 0; i < input->files->len; i++) {
    const struct inventory_file *file =
        g_ptr_array_index(inventory->files, g_array_index(input->files, guint, i));
    rows[file->partition] += file->rows;
  }
  return rows;
}

static bool
put_date(const char *text, gint32 *ret_days)
{
  GDate date, epoch;
  unsigned year, month, day;
  if (sscanf(text, "%4u-%2u-%2u", &year, &month, &day) != 3 ||
      !g_date_valid_dmy((GDateDay)day, (GDateMonth)month, (GDateYear)year))
    return false;
  g_date_clear(&date, 1);
  g_date_clear(&epoch, 1);
  g_date_set_dmy(&date, (GDateDay)day, (GDateMonth)month, (GDateYear)year);
  g_date_set_dmy(&epoch, 1, G_DATE_JANUARY, 1970);
  *ret_days = g_date_days_between(&epoch, &date);
  return true;
}

/* Element `at` of a column's array; the canonical texts of an inventory's types (storage/hive.h). */
static bool
put_value(const char *type, const char *text, gpointer values, guint at)
{
  if (g_str_equal(type, "INTEGER")) {
    ((gint32 *)values)[at] = (gint32)g_ascii_strtoll(text, NULL, 10);
    return true;
  }
  if (g_str_equal(type, "BIGINT")) {
    ((gint64 *)values)[at] = g_ascii_strtoll(text, NULL, 10);
    return true;
  }
  if (g_str_equal(type, "DATE"))
    return put_date(text, &((gint32 *)values)[at]);
  if (!g_str_equal(type, "VARCHAR"))
    return false;
  ((struct rollup_string *)values)[at] = rollup_string_of(text, (uint32_t)strlen(text));
  return true;
}

/* The values of one run column in all runs. */
static bool
fill_column(struct kernel_spec *spec, const char *type, guint index, struct rollup_column *column)
{
  enum rollup_type layout;
  if (!kernel_layout_of(type, &layout))
    return false;
  guint runs = spec->run_values->len;
  gpointer values = kernel_spec_alloc(spec, ((gsize)runs + 1) * rollup_type_bytes(layout));
  uint64_t *validity = kernel_spec_alloc(spec, ((gsize)runs / 64 + 1) * sizeof *validity);
  for (guint i = 0; i < runs; i++) {
    const char *text = ((char **)g_ptr_array_index(spec->run_values, i))[index];
    if (text == NULL)
      continue;
    validity[i / 64] |= UINT64_C(1) << (i % 64);
    if (!put_value(type, text, values, i))
      return false;
  }
  *column = (struct rollup_column){.values = values, .validity = validity};
  return true;
}

static bool
types_agree(const struct inventory *inventory, const struct plan_pass *planned)
{
  if (planned->run_columns->len != inventory->partition_columns->len)
    return false;
  for (guint i = 0; i < planned->run_columns->len; i++) {
    const struct plan_column *scanned =
        g_ptr_array_index(planned->scan_columns, g_array_index(planned->run_columns, guint, i));
    const struct inventory_column *column = g_ptr_array_index(inventory->partition_columns, i);
    if (!g_str_equal(scanned->stored_type, column->type))
      return false;
  }
  return true;
}

static bool
fill_columns(struct kernel_spec *spec, const struct inventory *inventory,
             struct rollup_column *columns)
{
  for (guint i = 0; i < inventory->partition_columns->len; i++) {
    const struct inventory_column *column = g_ptr_array_index(inventory->partition_columns, i);
    if (!fill_column(spec, column->type, i, &columns[i]))
      return false;
  }
  return true;
}

void
kernel_runs_fill(struct kernel_spec *spec, const struct plan *plan, const struct plan_pass *planned)
{
  if (planned->run_columns->len == 0 || planned->inputs->len != 1)
    return;
  const struct plan_input *input = g_ptr_array_index(planned->inputs, 0);
  const struct inventory *inventory = g_ptr_array_index(plan->inventories, input->inventory);
  if (!types_agree(inventory, planned))
    return;
  g_autofree guint64 *by_partition = rows_by_partition(inventory, input);
  uint64_t *rows = kernel_spec_alloc(spec, (inventory->partitions->len + 1) * sizeof *rows);
  for (guint i = 0; i < inventory->partitions->len; i++) {
    const struct inventory_partition *partition = g_ptr_array_index(inventory->partitions, i);
    if (by_partition[i] == 0)
      continue;
    rows[spec->run_values->len] = by_partition[i];
    g_ptr_array_add(spec->run_values, partition->values);
  }
  guint count = planned->run_columns->len;
  struct rollup_column *columns = kernel_spec_alloc(spec, (count + 1) * sizeof *columns);
  if (!fill_columns(spec, inventory, columns)) {
    g_ptr_array_set_size(spec->run_values, 0);
    return;
  }
  unsigned *numbers = kernel_spec_alloc(spec, (count + 1) * sizeof *numbers);
  for (guint i = 0; i < count; i++)
    numbers[i] = g_array_index(planned->run_columns, guint, i);
  spec->inventory = inventory;
  spec->pass.runs = (struct rollup_runs){
      .columns = numbers,
      .column_count = count,
      .values = {.rows = spec->run_values->len, .columns = columns},
      .rows = rows,
  };
}
