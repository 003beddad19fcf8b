/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include <stdlib.h>
#include <string.h>

bool
is_run_column(const struct rollup_pass *pass, unsigned column)
{
  return columns_have(pass->run_columns, pass->run_column_count, column);
}

static bool
is_large(const struct rollup_pass *pass, unsigned column)
{
  return pass->knowledge.columns[column].is_large;
}

/* Of a rollup's only set: its keys that are run columns, and its large keys. */
static unsigned
count_keys(const struct rollup_pass *pass, const struct rollup_spec *spec, const unsigned *columns,
           unsigned count, unsigned *ret_large)
{
  unsigned runs = 0, large = 0;
  for (unsigned c = 0; c < count; c++)
    for (unsigned k = 0; k < spec->key_count; k++)
      if ((spec->sets[0] >> k & 1) != 0 && spec->keys[k] == columns[c]) {
        runs++;
        break;
      }
  for (unsigned k = 0; k < spec->key_count; k++)
    large += (spec->sets[0] >> k & 1) != 0 && is_large(pass, spec->keys[k]);
  *ret_large = large;
  return runs;
}

/* The order must begin with the run columns and go on with all large keys; only then are a run's groups in order. */
bool
stream_fits(const struct rollup_pass *pass, const struct rollup_spec *spec, const unsigned *columns,
            unsigned count, bool in_sequence)
{
  if (spec->stream == NULL || spec->set_count != 1 || count == 0)
    return false;
  unsigned large, wanted = count_keys(pass, spec, columns, count, &large), led = 0, seen = 0;
  if (large == 0 || (in_sequence && wanted != count))
    return false;
  for (unsigned i = 0; i < spec->stream_order_count; i++) {
    unsigned column = spec->keys[spec->stream_order[i]];
    if (columns_have(columns, count, column)) {
      if (led != i || (in_sequence && columns[i] != column))
        return false;
      led++;
      continue;
    }
    if (led < wanted || i < spec->stream_fixed || is_large(pass, column) != (seen < large))
      return false;
    seen += seen < large;
  }
  return seen == 0 || seen == large;
}

/* The keys that lead a rollup's order, up to the first large one. */
static unsigned
leading_columns(const struct rollup_pass *pass, unsigned rollup, unsigned *ret_columns)
{
  const struct rollup_spec *spec = &pass->spec.rollups[rollup];
  if (spec->stream == NULL || spec->set_count != 1 || pass->knowledge.gave_up[rollup] != NULL)
    return 0;
  unsigned count = 0;
  for (unsigned i = 0; i < spec->stream_order_count; i++) {
    unsigned column = spec->keys[spec->stream_order[i]];
    if (is_large(pass, column))
      break;
    if (count == FOUND_COLUMNS)
      return 0;
    ret_columns[count++] = column;
  }
  return stream_fits(pass, spec, ret_columns, count, true) ? count : 0;
}

static bool
tells_runs_apart(const struct rollup_pass *pass, const struct rollup_spec *spec)
{
  uint64_t columns = 0;
  for (unsigned k = 0; k < spec->key_count; k++)
    if ((spec->sets[0] >> k & 1) != 0 && spec->keys[k] < 64)
      columns |= UINT64_C(1) << spec->keys[k];
  return runs_tell_apart(pass, columns);
}

/* found: the columns are of runs to be found, not of those that were told. */
static unsigned
count_streams(const struct rollup_pass *pass, const unsigned *columns, unsigned count, bool found)
{
  unsigned streams = 0;
  for (unsigned r = 0; r < pass->spec.rollup_count; r++) {
    const struct rollup_spec *spec = &pass->spec.rollups[r];
    streams += pass->knowledge.gave_up[r] == NULL &&
               stream_fits(pass, spec, columns, count, found) &&
               (found || tells_runs_apart(pass, spec));
  }
  return streams;
}

static void
use_told(struct rollup_pass *pass)
{
  pass->run_column_count = pass->run_count == 0 ? 0 : pass->spec.runs.column_count;
  if (pass->run_column_count > 0)
    memcpy(pass->run_columns, pass->spec.runs.columns,
           pass->run_column_count * sizeof *pass->run_columns);
}

static void
use_found(struct rollup_pass *pass, const unsigned *columns, unsigned count)
{
  pass->found.is_on = true;
  pass->run_column_count = count;
  memcpy(pass->run_columns, columns, count * sizeof *columns);
}

/* The columns by which most rollups can be streamed, or else most distinct values counted that are too many for presence
 * bits; told runs are better, as they end before the input does. */
void
found_choose(struct rollup_pass *pass)
{
  use_told(pass);
  pass->found.is_on = false;
  if (!pass->spec.find_runs || atomic_load(&pass->knowledge.ignore_found))
    return;
  unsigned columns[FOUND_COLUMNS];
  unsigned most = count_streams(pass, pass->run_columns, pass->run_column_count, false);
  for (unsigned r = 0; r < pass->spec.rollup_count; r++) {
    unsigned count = leading_columns(pass, r, columns);
    unsigned streams = count == 0 ? 0 : count_streams(pass, columns, count, true);
    if (streams <= most)
      continue;
    most = streams;
    use_found(pass, columns, count);
  }
  unsigned count = most > 0 ? 0 : found_by_distinct(pass, columns);
  if (count > 0)
    use_found(pass, columns, count);
  if (pass->found.is_on)
    runs_forget(pass);
}

static bool
counts_in_runs(const struct unit *unit)
{
  bool counts = false;
  for (unsigned a = 0; a < unit->aggregate_count; a++)
    counts |= unit->aggregates[a].in_run;
  return counts || (unit->kind == UNIT_DISTINCT && unit->is_local);
}

static bool
any_needs_runs(const struct rollup_pass *pass)
{
  for (unsigned u = 0; u < pass->unit_count; u++)
    if ((pass->units[u].kind == UNIT_STREAM || counts_in_runs(&pass->units[u])) &&
        pass->knowledge.gave_up[pass->units[u].rollup] == NULL)
      return true;
  return false;
}

/* Kept rows may have half of what is left: groups and pages need the rest. */
enum rollup_status
found_check(struct rollup_pass *pass)
{
  if (!pass->found.is_on)
    return ROLLUP_DONE;
  if (!any_needs_runs(pass)) {
    atomic_store(&pass->knowledge.ignore_found, true);
    return pass_again(pass, "no rollup is better computed by the runs found");
  }
  const struct rollup_budget *budget = pass->spec.budget;
  uint64_t used = atomic_load(&budget->used_bytes);
  uint64_t left = used < budget->limit_bytes ? budget->limit_bytes - used : 0;
  if (pass->spec.rows <= left / 2 / piece_row_bytes(&pass->layout))
    return ROLLUP_DONE;
  atomic_store(&pass->knowledge.ignore_found, true);
  return pass_again(pass, "its rows are too many to be kept until their runs are known");
}

void
found_clear(struct rollup_pass *pass)
{
  struct found *found = &pass->found;
  for (uint32_t i = 0; i < found->kept_count; i++) {
    piece_free(pass->spec.budget, found->kept[i]->piece);
    budget_free(pass->spec.budget, found->kept[i], found->kept[i]->bytes);
  }
  for (unsigned c = 0; found->told.values.columns != NULL && c < found->told.column_count; c++) {
    free((void *)(uintptr_t)found->told.values.columns[c].values);
    free((void *)(uintptr_t)found->told.values.columns[c].validity);
  }
  free((void *)(uintptr_t)found->told.values.columns);
  free((void *)(uintptr_t)found->told.rows);
  free(found->keys);
  free(found->rows);
  free(found->slots);
  free(found->kept);
  free(found->order);
  free(found->queue);
  found->keys = NULL;
  found->rows = NULL;
  found->slots = NULL;
  found->kept = NULL;
  found->order = NULL;
  found->queue = NULL;
  found->told = (struct rollup_runs){0};
  found->count = found->capacity = found->mask = found->kept_count = found->kept_capacity = 0;
  found->next = 0;
  found->is_on = false;
}
