/* SPDX-License-Identifier: Apache-2.0 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* qsort_r */
#endif
#include "rollup/hash.h"
#include "rollup/kernel.h"
#include <stdlib.h>
#include <string.h>

static uint64_t
hash_codes(const uint16_t *codes, unsigned count)
{
  uint64_t words[(RUN_COLUMNS + 3) / 4] = {0};
  memcpy(words, codes, count * sizeof *codes);
  return hash_words(words, (RUN_COLUMNS + 3) / 4);
}

static const uint16_t *
codes_of(const struct rollup_pass *pass, uint32_t run)
{
  return pass->run_codes + (size_t)run * pass->spec.runs.column_count;
}

uint32_t
run_find(const struct rollup_pass *pass, const uint16_t *codes)
{
  unsigned count = pass->spec.runs.column_count;
  for (uint64_t at = hash_codes(codes, count);; at++) {
    uint32_t slot = pass->run_slots[at & pass->run_mask];
    if (slot == 0)
      return NO_RUN;
    if (memcmp(codes_of(pass, slot - 1), codes, count * sizeof *codes) == 0)
      return slot - 1;
  }
}

/* Runs of equal values would be one run: then none are known. */
static bool
fill_slots(struct rollup_pass *pass)
{
  for (uint32_t i = 0; i < pass->run_count; i++) {
    const uint16_t *codes = codes_of(pass, i);
    if (run_find(pass, codes) != NO_RUN)
      return false;
    uint64_t at = hash_codes(codes, pass->spec.runs.column_count);
    while (pass->run_slots[at & pass->run_mask] != 0)
      at++;
    pass->run_slots[at & pass->run_mask] = i + 1;
  }
  return true;
}

void
runs_forget(struct rollup_pass *pass)
{
  free(pass->runs);
  free(pass->run_codes);
  free(pass->run_slots);
  pass->runs = NULL;
  pass->run_codes = NULL;
  pass->run_slots = NULL;
  pass->run_count = 0;
  pass->told_rows = 0;
}

static enum dictionary_status
encode_column(struct rollup_pass *pass, unsigned index)
{
  const struct rollup_runs *runs = &pass->spec.runs;
  uint32_t rows = runs->values.rows;
  int slot = slot_of_code(pass, runs->columns[index]);
  if (slot < 0)
    return DICTIONARY_NO_MEMORY;
  struct dictionary_memo *memo = dictionary_memo_new(pass->dictionaries[runs->columns[index]]);
  uint16_t *codes = malloc((rows + 1) * sizeof *codes);
  enum dictionary_status status = DICTIONARY_NO_MEMORY;
  if (memo != NULL && codes != NULL)
    status = dictionary_codes(memo, &runs->values.columns[index], rows, codes);
  for (uint32_t i = 0; status == DICTIONARY_OK && i < rows; i++)
    pass->run_codes[(size_t)i * runs->column_count + index] = codes[i];
  free(codes);
  if (memo != NULL)
    dictionary_memo_free(memo);
  return status;
}

enum rollup_status
runs_lay_out(struct rollup_pass *pass)
{
  runs_forget(pass);
  const struct rollup_runs *runs = &pass->spec.runs;
  uint32_t rows = runs->values.rows;
  if (runs->column_count == 0 || runs->column_count > RUN_COLUMNS || rows == 0 ||
      pass->knowledge.ignore_runs)
    return ROLLUP_DONE;
  pass->run_mask = 15;
  while (pass->run_mask < rows * UINT64_C(2))
    pass->run_mask = pass->run_mask * 2 + 1;
  pass->runs = calloc(rows, sizeof *pass->runs);
  pass->run_codes = calloc((size_t)rows * runs->column_count, sizeof *pass->run_codes);
  pass->run_slots = calloc((size_t)pass->run_mask + 1, sizeof *pass->run_slots);
  if (pass->runs == NULL || pass->run_codes == NULL || pass->run_slots == NULL)
    return pass_no_memory(pass);
  for (unsigned i = 0; i < runs->column_count; i++) {
    enum dictionary_status status = encode_column(pass, i);
    if (status == DICTIONARY_NO_MEMORY)
      return pass_no_memory(pass);
    if (status == DICTIONARY_FULL) {
      pass->knowledge.ignore_runs = true;
      return pass_again(pass, "the input is cut by a column with more than %u values",
                        SMALL_VALUES);
    }
  }
  for (uint32_t i = 0; i < rows; i++) {
    pass->runs[i].rows = runs->rows[i];
    pass->told_rows += runs->rows[i];
  }
  pass->run_count = rows;
  if (!fill_slots(pass))
    runs_forget(pass);
  return ROLLUP_DONE;
}

static int
compare_codes(const void *a, const void *b, void *user)
{
  const struct rollup_pass *pass = ((const void **)user)[0];
  const uint64_t *columns = ((const void **)user)[1];
  const uint16_t *left = codes_of(pass, *(const uint32_t *)a);
  const uint16_t *right = codes_of(pass, *(const uint32_t *)b);
  for (unsigned i = 0; i < pass->spec.runs.column_count; i++) {
    unsigned column = pass->spec.runs.columns[i];
    if (column < 64 && (*columns >> column & 1) != 0 && left[i] != right[i])
      return left[i] < right[i] ? -1 : 1;
  }
  return 0;
}

uint32_t
runs_differing(const struct rollup_pass *pass, uint64_t columns)
{
  uint32_t *order = malloc((pass->run_count + 1) * sizeof *order);
  if (order == NULL || pass->run_count == 0) {
    free(order);
    return 0;
  }
  for (uint32_t i = 0; i < pass->run_count; i++)
    order[i] = i;
  const void *user[] = {pass, &columns};
  qsort_r(order, pass->run_count, sizeof *order, compare_codes, user);
  uint32_t differing = 1;
  for (uint32_t i = 1; i < pass->run_count; i++)
    differing += compare_codes(&order[i - 1], &order[i], user) != 0;
  free(order);
  return differing;
}

/* Whether no two runs have the same values in the run columns among these. */
bool
runs_tell_apart(const struct rollup_pass *pass, uint64_t columns)
{
  return pass->run_count > 0 && runs_differing(pass, columns) == pass->run_count;
}
