/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/hash.h"
#include "rollup/kernel.h"
#include <stdlib.h>
#include <string.h>

/* The sample's rows by the runs that are to be found. */
struct sampled {
  struct rollup_pass *pass;
  const struct rollup_batch *sample;
  uint16_t *codes; /* of the column at hand */
  uint64_t *keys;  /* of each row: the codes of its run columns; then the run's number */
  uint32_t runs;
  uint32_t *first; /* by run: a row of it */
  uint32_t *owner; /* by code: a row with it + 1 */
};

static bool
find_keys(struct sampled *sampled)
{
  uint32_t values;
  for (unsigned i = 0; i < sampled->pass->run_column_count; i++) {
    if (!sample_codes(sampled->pass, sampled->sample, sampled->pass->run_columns[i], sampled->codes,
                      &values))
      return false;
    for (uint32_t row = 0; row < sampled->sample->rows; row++)
      sampled->keys[row] |= (uint64_t)sampled->codes[row] << 16 * i;
  }
  return true;
}

/* Keys become numbers of runs. */
static bool
number_runs(struct sampled *sampled)
{
  uint64_t mask = 15;
  while (mask < sampled->sample->rows * UINT64_C(2))
    mask = mask * 2 + 1;
  struct {
    uint64_t key;
    uint32_t run;
  } *slots = calloc(mask + 1, sizeof *slots);
  for (uint32_t row = 0; slots != NULL && row < sampled->sample->rows; row++) {
    uint64_t key = sampled->keys[row], at = hash_words(&key, 1);
    while (slots[at & mask].run != 0 && slots[at & mask].key != key)
      at++;
    if (slots[at & mask].run == 0) {
      sampled->first[sampled->runs++] = row;
      slots[at & mask].key = key;
      slots[at & mask].run = sampled->runs;
    }
    sampled->keys[row] = slots[at & mask].run - 1;
  }
  free(slots);
  return slots != NULL;
}

/* Whether each run has one value of the column, and no other run has it. */
static bool
is_kept_to_runs(const struct sampled *sampled)
{
  const uint16_t *codes = sampled->codes;
  memset(sampled->owner, 0, (SMALL_VALUES + 1) * sizeof *sampled->owner);
  for (uint32_t row = 0; row < sampled->sample->rows; row++) {
    uint32_t *owner = &sampled->owner[codes[row]];
    if (codes[sampled->first[sampled->keys[row]]] != codes[row] ||
        (*owner != 0 && sampled->keys[*owner - 1] != sampled->keys[row]))
      return false;
    *owner = row + 1;
  }
  return true;
}

static bool
check_columns(struct sampled *sampled)
{
  struct rollup_pass *pass = sampled->pass;
  struct column_use use[COLUMNS_MOST];
  columns_use(pass, use);
  for (unsigned c = 0; c < pass->spec.column_count; c++) {
    struct column_knowledge *known = &pass->knowledge.columns[c];
    if (!use[c].is_key || known->is_large || is_run_column(pass, c))
      continue;
    uint32_t values;
    if (!sample_codes(pass, sampled->sample, c, sampled->codes, &values))
      return false;
    known->is_scattered |= values > SMALL_VALUES || !is_kept_to_runs(sampled);
  }
  return true;
}

bool
sample_scattered(struct rollup_pass *pass, const struct rollup_batch *sample)
{
  struct sampled sampled = {.pass = pass,
                            .sample = sample,
                            .codes = calloc(sample->rows + 1, sizeof(uint16_t)),
                            .keys = calloc(sample->rows + 1, sizeof(uint64_t)),
                            .first = calloc(sample->rows + 1, sizeof(uint32_t)),
                            .owner = calloc(SMALL_VALUES + 1, sizeof(uint32_t))};
  bool done = sampled.codes != NULL && sampled.keys != NULL && sampled.first != NULL &&
              sampled.owner != NULL && find_keys(&sampled) && number_runs(&sampled) &&
              check_columns(&sampled);
  free(sampled.codes);
  free(sampled.keys);
  free(sampled.first);
  free(sampled.owner);
  return done;
}
