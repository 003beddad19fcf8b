/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include "rollup/words.h"
#include <stdlib.h>
#include <string.h>

/* A column with more values in the sample than this, and one in so many rows, is taken for large at once. */
#define MANY_VALUES 256u
#define MANY_ONE_IN 4u
/* The same of texts whose codes are better than their words: all but one in so many rows have a value of their own. */
#define MANY_ORDERED 8u
#define INFINITE     0x7ffu /* the exponent of infinities and NaN */
#define SUM_SHIFTS   73u    /* binary orders that a window takes (exact_sum.c) */

void
columns_use(const struct rollup_pass *pass, struct column_use *ret_use)
{
  const struct rollup_pass_spec *spec = &pass->spec;
  memset(ret_use, 0, spec->column_count * sizeof *ret_use);
  for (unsigned i = 0; i < spec->runs.column_count; i++)
    ret_use[spec->runs.columns[i]].is_coded = true;
  for (unsigned r = 0; r < spec->rollup_count; r++) {
    const struct rollup_spec *rollup = &spec->rollups[r];
    for (unsigned k = 0; k < rollup->key_count; k++)
      ret_use[rollup->keys[k]].is_key = true;
    if (rollup->where >= 0)
      ret_use[rollup->where].is_coded = true;
    for (unsigned a = 0; a < rollup->aggregate_count; a++) {
      const struct rollup_aggregate *aggregate = &rollup->aggregates[a];
      if (aggregate->filter >= 0)
        ret_use[aggregate->filter].is_coded = true;
      if (aggregate->function == ROLLUP_COUNT_DISTINCT)
        ret_use[aggregate->argument].is_key = true;
      for (unsigned i = 0; i < aggregate->other_count; i++)
        ret_use[aggregate->others[i]].is_key = true;
      bool ordered = aggregate->function == ROLLUP_MIN || aggregate->function == ROLLUP_MAX ||
                     aggregate->function == ROLLUP_FIRST;
      if (ordered && spec->columns[aggregate->argument] == ROLLUP_STRING)
        ret_use[aggregate->argument].is_ordered = true;
      for (unsigned o = 0; o < aggregate->order_count; o++)
        if (spec->columns[aggregate->order[o].column] == ROLLUP_STRING)
          ret_use[aggregate->order[o].column].is_ordered = true;
    }
  }
}

bool
sample_codes(struct rollup_pass *pass, const struct rollup_batch *sample, unsigned column,
             uint16_t *codes, uint32_t *ret_count)
{
  struct dictionary *dictionary =
      dictionary_new(pass->spec.budget, pass->spec.columns[column], SMALL_VALUES);
  struct dictionary_memo *memo = dictionary == NULL ? NULL : dictionary_memo_new(dictionary);
  enum dictionary_status status = DICTIONARY_NO_MEMORY;
  if (memo != NULL)
    status = dictionary_codes(memo, &sample->columns[column], sample->rows, codes);
  *ret_count = status == DICTIONARY_FULL ? SMALL_VALUES + 1
               : dictionary == NULL      ? 0
                                         : dictionary_count(dictionary);
  if (memo != NULL)
    dictionary_memo_free(memo);
  if (dictionary != NULL)
    dictionary_free(dictionary);
  return status != DICTIONARY_NO_MEMORY;
}

static bool
count_values(struct rollup_pass *pass, const struct rollup_batch *sample, unsigned column,
             uint32_t *ret_count)
{
  uint16_t *codes = calloc(sample->rows + 1, sizeof *codes);
  bool counted = codes != NULL && sample_codes(pass, sample, column, codes, ret_count);
  free(codes);
  return counted;
}

struct exponents {
  unsigned low, high;
  bool has_null;
};

static struct exponents
find_exponents(enum rollup_type type, const struct rollup_batch *sample, unsigned column)
{
  struct exponents found = {.low = INFINITE};
  const struct rollup_column *values = &sample->columns[column];
  for (uint32_t i = 0; i < sample->rows; i++) {
    double value = type == ROLLUP_DOUBLE ? ((const double *)values->values)[i]
                                         : (double)((const float *)values->values)[i];
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    unsigned exponent = (unsigned)(bits >> 52) & 0x7ff;
    if (!rollup_is_valid(values, i)) {
      found.has_null = true;
    } else if (exponent != 0 && exponent != INFINITE) {
      found.low = exponent < found.low ? exponent : found.low;
      found.high = exponent > found.high ? exponent : found.high;
    }
  }
  return found;
}

/* Windows are placed so that as many binary orders fit above the sample's values as below; 0: they do not fit. */
static unsigned
place_window(const struct exponents *found, unsigned shifts)
{
  if (found->high < found->low || found->high - found->low > shifts)
    return 0;
  unsigned below = (shifts - (found->high - found->low)) / 2;
  return found->low > below ? found->low - below : 1;
}

unsigned
set_words_for(uint32_t values)
{
  unsigned words = 1;
  while (values > 32 && words * 16 < values && words * 64 < SMALL_VALUES)
    words *= 2;
  return words;
}

static void
place_sums(struct column_knowledge *known, enum rollup_type type, const struct rollup_batch *sample,
           unsigned column)
{
  struct exponents found = find_exponents(type, sample, column);
  known->sum_base = place_window(&found, SUM_SHIFTS);
  unsigned base = found.has_null ? 0 : place_window(&found, WINDOW_SHIFTS);
  known->window_base = base + WINDOW_SHIFTS < INFINITE ? base : 0;
}

static float
true_share(const struct rollup_batch *sample, unsigned column)
{
  const struct rollup_column *flag = &sample->columns[column];
  uint32_t count = 0;
  for (uint32_t i = 0; i < sample->rows; i++)
    count += rollup_is_valid(flag, i) && ((const uint8_t *)flag->values)[i] != 0;
  return sample->rows == 0 ? 1 : (float)count / (float)sample->rows;
}

static enum rollup_status
sample_column(struct rollup_pass *pass, const struct rollup_batch *sample, unsigned column,
              const struct column_use *use)
{
  struct column_knowledge *known = &pass->knowledge.columns[column];
  enum rollup_type type = pass->spec.columns[column];
  if (type == ROLLUP_DOUBLE || type == ROLLUP_FLOAT)
    place_sums(known, type, sample, column);
  if (type == ROLLUP_BOOL)
    known->true_share = true_share(sample, column);
  known->set_words = 1;
  if (!use->is_key && !use->is_ordered)
    return ROLLUP_DONE;
  uint32_t values, most = sample->rows / MANY_ONE_IN;
  if (!count_values(pass, sample, column, &values))
    return pass_no_memory(pass);
  if (use->is_ordered) /* so many that a dictionary would not do */
    most = sample->rows - sample->rows / MANY_ORDERED;
  known->is_large = !use->is_coded && values > MANY_VALUES && values > most;
  known->sample_values = values;
  known->is_not_local = values > 1;
  known->set_words = set_words_for(values);
  return ROLLUP_DONE;
}

enum rollup_status
sample_columns(struct rollup_pass *pass, const struct rollup_batch *sample)
{
  struct column_use use[COLUMNS_MOST];
  columns_use(pass, use);
  for (unsigned c = 0; c < pass->spec.column_count; c++) {
    if (pass->knowledge.is_sampled)
      break;
    enum rollup_status status = sample_column(pass, sample, c, &use[c]);
    if (status != ROLLUP_DONE)
      return status;
  }
  pass->knowledge.is_sampled = true;
  for (unsigned c = 0; c < pass->spec.column_count; c++) {
    struct column_knowledge *known = &pass->knowledge.columns[c];
    if (known->is_large && known->words == 0 && !known->is_too_long) {
      uint32_t longest = words_longest(pass->spec.columns[c], &sample->columns[c], sample->rows);
      known->words = words_of_type(pass->spec.columns[c], longest);
    }
  }
  return ROLLUP_DONE;
}
