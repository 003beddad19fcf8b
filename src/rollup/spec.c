/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include <stdlib.h>
#include <string.h>

static void *
copy_array(const void *array, size_t count, size_t bytes, bool *ok)
{
  void *copy = calloc(count + 1, bytes);
  *ok = *ok && copy != NULL;
  if (copy != NULL && count > 0)
    memcpy(copy, array, count * bytes);
  return copy;
}

static void
copy_aggregates(struct rollup_spec *rollup, bool *ok)
{
  struct rollup_aggregate *aggregates =
      copy_array(rollup->aggregates, rollup->aggregate_count, sizeof *aggregates, ok);
  rollup->aggregates = aggregates;
  for (unsigned a = 0; aggregates != NULL && a < rollup->aggregate_count; a++) {
    struct rollup_aggregate *aggregate = &aggregates[a];
    aggregate->order =
        copy_array(aggregate->order, aggregate->order_count, sizeof *aggregate->order, ok);
    aggregate->others =
        copy_array(aggregate->others, aggregate->other_count, sizeof *aggregate->others, ok);
  }
}

static void
copy_rollup(struct rollup_spec *rollup, bool *ok)
{
  rollup->keys = copy_array(rollup->keys, rollup->key_count, sizeof *rollup->keys, ok);
  rollup->sets = copy_array(rollup->sets, rollup->set_count, sizeof *rollup->sets, ok);
  rollup->stream_order = copy_array(rollup->stream_order, rollup->stream_order_count,
                                    sizeof *rollup->stream_order, ok);
  copy_aggregates(rollup, ok);
}

/* Texts of the runs' values go with them. */
static void
copy_values(const struct rollup_pass_spec *spec, unsigned index, struct rollup_column *column,
            bool *ok)
{
  uint32_t rows = spec->runs.values.rows;
  enum rollup_type type = spec->columns[spec->runs.columns[index]];
  const struct rollup_column old = *column;
  column->values = copy_array(old.values, rows, rollup_type_bytes(type), ok);
  if (old.validity != NULL)
    column->validity = copy_array(old.validity, (rows + 63) / 64, sizeof(uint64_t), ok);
  if (type != ROLLUP_STRING || column->values == NULL)
    return;
  struct rollup_string *strings = (struct rollup_string *)(uintptr_t)column->values;
  for (uint32_t i = 0; i < rows; i++)
    if (rollup_is_valid(&old, i) && strings[i].length > sizeof strings[i].inlined)
      strings[i].pointer.address = copy_array(strings[i].pointer.address, strings[i].length, 1, ok);
}

static void
copy_runs(struct rollup_pass_spec *spec, bool *ok)
{
  struct rollup_runs *runs = &spec->runs;
  runs->columns = copy_array(runs->columns, runs->column_count, sizeof *runs->columns, ok);
  runs->rows = copy_array(runs->rows, runs->values.rows, sizeof *runs->rows, ok);
  struct rollup_column *columns =
      copy_array(runs->values.columns, runs->column_count, sizeof *columns, ok);
  runs->values.columns = columns;
  for (unsigned i = 0; columns != NULL && i < runs->column_count; i++)
    copy_values(spec, i, &columns[i], ok);
}

bool
spec_copy(struct rollup_pass_spec *to, const struct rollup_pass_spec *from)
{
  bool ok = true;
  *to = *from;
  to->columns = copy_array(from->columns, from->column_count, sizeof *from->columns, &ok);
  struct rollup_spec *rollups = copy_array(from->rollups, from->rollup_count, sizeof *rollups, &ok);
  to->rollups = rollups;
  if (!ok) {
    free((void *)(uintptr_t)to->columns);
    free(rollups);
    *to = (struct rollup_pass_spec){0};
    return false;
  }
  for (unsigned r = 0; r < from->rollup_count; r++)
    copy_rollup(&rollups[r], &ok);
  copy_runs(to, &ok);
  return ok;
}

static void
release(const void *array)
{
  free((void *)(uintptr_t)array);
}

static void
clear_runs(struct rollup_pass_spec *spec)
{
  const struct rollup_runs *runs = &spec->runs;
  for (unsigned i = 0; runs->values.columns != NULL && i < runs->column_count; i++) {
    const struct rollup_column *column = &runs->values.columns[i];
    const struct rollup_string *strings = column->values;
    bool text = spec->columns[runs->columns[i]] == ROLLUP_STRING && strings != NULL;
    for (uint32_t k = 0; text && k < runs->values.rows; k++)
      if (rollup_is_valid(column, k) && strings[k].length > sizeof strings[k].inlined)
        release(strings[k].pointer.address);
    release(column->values);
    release(column->validity);
  }
  release(runs->values.columns);
  release(runs->columns);
  release(runs->rows);
}

void
spec_clear(struct rollup_pass_spec *spec)
{
  for (unsigned r = 0; spec->rollups != NULL && r < spec->rollup_count; r++) {
    const struct rollup_spec *rollup = &spec->rollups[r];
    for (unsigned a = 0; rollup->aggregates != NULL && a < rollup->aggregate_count; a++) {
      release(rollup->aggregates[a].order);
      release(rollup->aggregates[a].others);
    }
    release(rollup->aggregates);
    release(rollup->keys);
    release(rollup->sets);
    release(rollup->stream_order);
  }
  clear_runs(spec);
  release(spec->rollups);
  release(spec->columns);
}
