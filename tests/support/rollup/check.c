/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rollup/check.h"
#include "support/rollup/drive.h"
#include "support/rollup/random_rollup.h"
#include "support/rollup/reference.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLENTY (UINT64_C(1) << 30)

/* Which of several equal zeros or NaNs the first value is, nothing decides. Against the reference that holds for keys and extremes
 * as well. */
static bool
is_bitwise(const struct rollup_spec *spec, const struct result *result, unsigned column, bool exact)
{
  bool real = result->types[column] == ROLLUP_FLOAT || result->types[column] == ROLLUP_DOUBLE;
  bool aggregate = column >= spec->key_count && column < spec->key_count + spec->aggregate_count;
  if (!aggregate)
    return exact || !real;
  enum rollup_function function = spec->aggregates[column - spec->key_count].function;
  bool extreme = function == ROLLUP_MIN || function == ROLLUP_MAX;
  return !real || (function != ROLLUP_FIRST && (exact || !extreme));
}

static void
describe_row(const struct result *result, size_t row, char *text, size_t size)
{
  size_t at = 0;
  for (unsigned c = 0; c < result->column_count && at + 40 < size; c++) {
    cell_print(result->types[c], &result->cells[row * result->column_count + c], text + at,
               size - at);
    at += strlen(text + at);
    at += (size_t)snprintf(text + at, size - at, " | ");
  }
}

static bool
differ(const struct rollup_spec *spec, const struct result *ours, const struct result *wanted,
       bool exact, char *fault, size_t fault_size)
{
  size_t rows = ours->rows < wanted->rows ? ours->rows : wanted->rows;
  for (size_t i = 0; i < rows; i++) {
    const struct cell *a = ours->cells + i * ours->column_count;
    const struct cell *b = wanted->cells + i * ours->column_count;
    for (unsigned c = 0; c < ours->column_count; c++) {
      bool same = is_bitwise(spec, ours, c, exact)
                      ? cell_same(ours->types[c], &a[c], &b[c])
                      : cell_compare(ours->types[c], &a[c], &b[c]) == 0;
      if (same)
        continue;
      char mine[600], other[600];
      describe_row(ours, i, mine, sizeof mine);
      describe_row(wanted, i, other, sizeof other);
      (void)snprintf(fault, fault_size,
                     "column %u of group %zu\n    ours   %s\n    wanted %s\n"
                     "    (%zu groups, wanted %zu)",
                     c, i, mine, other, ours->rows, wanted->rows);
      return true;
    }
  }
  if (ours->rows == wanted->rows)
    return false;
  (void)snprintf(fault, fault_size, "%zu groups, wanted %zu", ours->rows, wanted->rows);
  return true;
}

static void
tally_reason(struct tally *tally, const char *reason)
{
  for (unsigned i = 0; i < sizeof tally->reasons / sizeof *tally->reasons; i++) {
    struct reason *known = &tally->reasons[i];
    if (known->count == 0)
      (void)snprintf(known->text, sizeof known->text, "%s", reason);
    if (strcmp(known->text, reason) != 0)
      continue;
    known->count++;
    return;
  }
}

static void
tally_driven(struct tally *tally, const struct driven *driven, bool is_tiny)
{
  tally->again += driven->attempts - 1;
  tally->found += driven->found;
  tally->cut += driven->ranges > 0;
  tally->shared += driven->range_workers > 1;
  for (unsigned r = 0; r < driven->rollup_count; r++) {
    const struct drive_rollup *rollup = &driven->rollups[r];
    tally->rollups += !is_tiny;
    tally->tiny += is_tiny;
    tally->tiny_gave_up += is_tiny && !rollup->has_result;
    tally->gave_up += !is_tiny && !rollup->has_result;
    tally->results += rollup->has_result;
    tally->streamed += rollup->was_streamed;
    tally->found_streamed += driven->found && rollup->was_streamed;
    tally->cut_streamed += driven->ranges > 0 && rollup->was_streamed;
    tally->shared_streamed += driven->range_workers > 1 && rollup->was_streamed;
    tally->ordered += rollup->was_ordered;
    if (!is_tiny && !rollup->has_result)
      tally_reason(tally, rollup->reason);
  }
}

struct case_state {
  const struct random_pass *pass;
  struct reference *references;
  uint32_t small;
  struct tally *tally;
  char *fault;
  size_t fault_size;
};

static bool
check_rollup(const struct case_state *state, unsigned r, const struct drive_rollup *ours,
             bool is_tiny, char *why, size_t why_size)
{
  const struct rollup_spec *spec = &state->pass->spec.rollups[r];
  const struct reference *reference = &state->references[r];
  if (!ours->has_result) {
    bool excused =
        is_tiny || reference->overflows || !random_rollup_is_core(state->pass, spec, state->small);
    if (!excused)
      (void)snprintf(why, why_size, "gave up without need: %s", ours->reason);
    return excused;
  }
  if (reference->overflows) {
    (void)snprintf(why, why_size, "a sum that does not fit was given");
    return false;
  }
  return !differ(spec, &ours->result, &reference->result, false, why, why_size);
}

static bool
check_drive(const struct case_state *state, const struct drive_options *options,
            const struct driven *before, struct driven *ret_driven)
{
  char why[2000] = "";
  bool is_tiny = options->limit_bytes < PLENTY;
  bool ok = drive(state->pass, options, ret_driven, why, sizeof why);
  unsigned r = 0;
  for (; ok && r < ret_driven->rollup_count; r++) {
    const struct drive_rollup *ours = &ret_driven->rollups[r];
    ok = check_rollup(state, r, ours, is_tiny, why, sizeof why);
    if (ok && before != NULL && ours->has_result && before->rollups[r].has_result)
      ok = !differ(&state->pass->spec.rollups[r], &ours->result, &before->rollups[r].result, true,
                   why, sizeof why);
  }
  if (ok) {
    tally_driven(state->tally, ret_driven, is_tiny);
    return true;
  }
  (void)snprintf(state->fault, state->fault_size,
                 "rollup %d%s, %u threads, batches of %u, %" PRIu64 " bytes%s: %s", (int)r - 1,
                 before != NULL ? " (second way)" : "", options->threads, options->batch_rows,
                 options->limit_bytes, options->plain ? ", plain" : "", why);
  return false;
}

static bool
check_ways(const struct case_state *state, uint64_t seed)
{
  static const uint32_t batches[] = {1, 7, 64, 2048, 5000};
  struct choose choose = choose_from_seed(seed);
  struct drive_options first = {
      .seed = seed, .threads = 1, .batch_rows = 2048, .limit_bytes = PLENTY};
  struct drive_options second = {.seed = seed + 1,
                                 .threads = 1 + choose_below(&choose, 4),
                                 .batch_rows = batches[choose_below(&choose, 5)],
                                 .limit_bytes = PLENTY,
                                 .plain = true};
  struct drive_options tiny = second;
  tiny.limit_bytes = UINT64_C(1024) << choose_below(&choose, 14);
  tiny.limit_bytes += choose_below(&choose, (uint32_t)tiny.limit_bytes);
  tiny.plain = choose_percent(&choose, 50);
  struct driven one = {0}, other = {0}, little = {0};
  bool ok = check_drive(state, &first, NULL, &one) && check_drive(state, &second, &one, &other) &&
            check_drive(state, &tiny, &one, &little);
  driven_clear(&one);
  driven_clear(&other);
  driven_clear(&little);
  return ok;
}

bool
check_pass(const struct random_pass *pass, uint64_t seed, uint32_t small, struct tally *tally,
           char *fault, size_t fault_size)
{
  unsigned count = pass->spec.rollup_count;
  struct case_state state = {.pass = pass,
                             .references = calloc(count, sizeof(struct reference)),
                             .small = small,
                             .tally = tally,
                             .fault = fault,
                             .fault_size = fault_size};
  for (unsigned r = 0; r < count; r++) {
    reference_compute(&pass->spec, &pass->spec.rollups[r], &pass->rows, &state.references[r]);
    tally->core += random_rollup_is_core(pass, &pass->spec.rollups[r], small);
  }
  bool ok = check_ways(&state, seed);
  for (unsigned r = 0; r < count; r++)
    reference_clear(&state.references[r]);
  free(state.references);
  tally->passes++;
  return ok;
}

void
tally_print(const struct tally *tally)
{
  (void)printf("%" PRIu64 " passes, %" PRIu64 " results right (%" PRIu64 " streamed, %" PRIu64
               " read in order), %" PRIu64 " passes started again\n",
               tally->passes, tally->results, tally->streamed, tally->ordered, tally->again);
  (void)printf("runs found: %" PRIu64 " times, %" PRIu64 " results streamed by them\n",
               tally->found, tally->found_streamed);
  (void)printf("large runs cut: in %" PRIu64 " passes, %" PRIu64 " results streamed by them\n",
               tally->cut, tally->cut_streamed);
  (void)printf("by several threads: in %" PRIu64 " passes, %" PRIu64 " results streamed by them\n",
               tally->shared, tally->shared_streamed);
  (void)printf("gave up: %" PRIu64 " of %" PRIu64 " with memory enough, %" PRIu64 " of %" PRIu64
               " with little\n",
               tally->gave_up, tally->rollups, tally->tiny_gave_up, tally->tiny);
  for (unsigned i = 0; i < 40 && tally->reasons[i].count > 0; i++)
    (void)printf("  %6" PRIu64 " %s\n", tally->reasons[i].count, tally->reasons[i].text);
}
