/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rollup/groups.h"
#include <stdio.h>

enum { KEYS_MOST = 64 };

static bool
is_among(const unsigned *keys, unsigned count, unsigned key)
{
  for (unsigned i = 0; i < count; i++)
    if (keys[i] == key)
      return true;
  return false;
}

/* As many keys as the kernel can order by: each one that can follow those before it. */
static unsigned
find_order(const struct rollup_pass *kernel, const struct rollup_spec *spec, unsigned rollup,
           struct choose *choose, unsigned *keys)
{
  unsigned count = 0;
  bool found = spec->key_count > 0 && spec->key_count <= KEYS_MOST && choose_bits(choose) % 4 != 0;
  while (found) {
    unsigned start = (unsigned)(choose_bits(choose) % spec->key_count);
    found = false;
    for (unsigned i = 0; i < spec->key_count && !found; i++) {
      keys[count] = (start + i) % spec->key_count;
      found = !is_among(keys, count, keys[count]) &&
              rollup_pass_can_order(kernel, rollup, keys, count + 1);
    }
    count += found;
  }
  return count;
}

static bool
is_ordered(const struct result *result, const unsigned *keys, unsigned key_count, size_t row)
{
  const struct cell *before = &result->cells[(row - 1) * result->column_count];
  const struct cell *after = &result->cells[row * result->column_count];
  for (unsigned k = 0; k < key_count; k++) {
    int order = cell_compare(result->types[keys[k]], &before[keys[k]], &after[keys[k]]);
    if (order != 0)
      return order < 0;
  }
  return true;
}

static bool
read_part(struct rollup_cursor *cursor, struct drive_rollup *ret_rollup, char *fault,
          size_t fault_size)
{
  for (;;) {
    const struct rollup_batch *batch = rollup_cursor_next(cursor);
    if (batch == NULL) {
      ret_rollup->has_result = false;
      (void)snprintf(ret_rollup->reason, sizeof ret_rollup->reason, "no memory to read groups");
      return true;
    }
    if (batch->rows > ROLLUP_CURSOR_ROWS) {
      (void)snprintf(fault, fault_size, "a cursor gave %u rows at once", batch->rows);
      return false;
    }
    if (batch->rows == 0)
      return true;
    result_add_batch(&ret_rollup->result, batch, ret_rollup->result.column_count);
  }
}

bool
groups_read(const struct rollup_pass *kernel, const struct rollup_spec *spec, unsigned rollup,
            struct choose *choose, struct drive_rollup *ret_rollup, char *fault, size_t fault_size)
{
  struct result *result = &ret_rollup->result;
  unsigned keys[KEYS_MOST + 1];
  unsigned key_count = find_order(kernel, spec, rollup, choose, keys);
  unsigned parts = 1 + (unsigned)(choose_bits(choose) % (key_count > 0 ? 70 : 4));
  ret_rollup->was_ordered = key_count > 0;
  for (unsigned part = 0; part < parts && ret_rollup->has_result; part++) {
    struct rollup_cursor *cursor =
        key_count > 0 ? rollup_cursor_new_in_order(kernel, rollup, keys, key_count, part, parts)
                      : rollup_cursor_new(kernel, rollup, part, parts);
    if (cursor == NULL) {
      ret_rollup->has_result = false;
      (void)snprintf(ret_rollup->reason, sizeof ret_rollup->reason, "no memory for a cursor");
      return true;
    }
    bool read = read_part(cursor, ret_rollup, fault, fault_size);
    rollup_cursor_free(cursor);
    if (!read)
      return false;
  }
  struct rollup_outcome outcome = rollup_pass_outcome(kernel, rollup);
  if (ret_rollup->has_result && outcome.groups != result->rows) {
    (void)snprintf(fault, fault_size, "rollup %u: %zu groups by its cursors, %llu by its outcome",
                   rollup, result->rows, (unsigned long long)outcome.groups);
    return false;
  }
  for (size_t row = 1; row < result->rows; row++)
    if (!is_ordered(result, keys, key_count, row)) {
      (void)snprintf(fault, fault_size, "rollup %u: group %zu is out of order", rollup, row);
      return false;
    }
  return true;
}
