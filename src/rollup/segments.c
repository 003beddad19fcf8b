/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include <string.h>

#define AHEAD           40u
#define SAMPLE_ENTITIES 4096u

static bool
reserve(struct rollup_worker *worker, uint64_t segments)
{
  struct rollup_budget *budget = worker->pass->spec.budget;
  return scratch_need(budget, &worker->segment_start, (segments + 1) * sizeof(uint32_t)) &&
         scratch_need(budget, &worker->segment_combo, (segments + 1) * sizeof(uint16_t)) &&
         scratch_need(budget, &worker->entity_segment, (segments + 2) * sizeof(uint32_t));
}

/* Without an entity the combinations are the segments, and there is no order of rows. */
static enum rollup_status
segments_of_combos(struct rollup_worker *worker, struct grouping *grouping)
{
  if (!reserve(worker, grouping->combo_count))
    return pass_no_memory(worker->pass);
  grouping->segment_count = grouping->combo_count;
  grouping->segment_combo = worker->segment_combo.data;
  for (uint32_t i = 0; i < grouping->combo_count; i++)
    grouping->segment_combo[i] = (uint16_t)i;
  grouping->entity_count = 0;
  grouping->has_null_entity = false;
  grouping->row_end = grouping->piece->rows;
  return ROLLUP_DONE;
}

/* NULL sorts last, so only the last entity can be one: a single entity column's words say so. */
static bool
last_is_null(const struct rollup_pass *pass, const struct family *family,
             const struct grouping *grouping)
{
  if (family->entity_count != 1)
    return false;
  uint32_t row = grouping->order[grouping->piece->rows - 1];
  bool is_text = pass->spec.columns[family->entity[0]] == ROLLUP_STRING;
  return grouping->piece->words[family->words[0]][row] == (is_text ? UINT64_MAX : 1);
}

/* Whole entities, some thousands of rows if they have not more; what is done for each combination should not be done too often. */
static uint32_t
stretch_end(const struct grouping *grouping, const uint8_t *breaks, uint32_t begin)
{
  uint64_t rows = grouping->combo_count * UINT64_C(8);
  rows = begin + (rows > STRETCH_ROWS ? rows : STRETCH_ROWS);
  uint32_t end = rows < grouping->piece->rows ? (uint32_t)rows : grouping->piece->rows;
  while (end < grouping->piece->rows && breaks[end] != SORT_NEW_ENTITY)
    end++;
  return end;
}

static void
mark_segments(struct grouping *grouping, const uint8_t *breaks, uint32_t begin, uint32_t end)
{
  uint32_t segments = 0, entities = 0;
  const uint16_t *combo = grouping->combo;
  for (uint32_t i = begin; i < end; i++) {
    if (breaks[i] == SORT_SAME && i > begin)
      continue;
    if (breaks[i] == SORT_NEW_ENTITY || i == begin)
      grouping->entity_segment[entities++] = segments;
    if (combo != NULL && i + AHEAD < end)
      __builtin_prefetch(&combo[grouping->order[i + AHEAD]]);
    grouping->segment_start[segments] = i;
    grouping->segment_combo[segments++] = combo == NULL ? 0 : combo[grouping->order[i]];
  }
  grouping->segment_start[segments] = end;
  grouping->entity_segment[entities] = segments;
  grouping->segment_count = segments;
  grouping->entity_count = entities;
}

/* Rows of a run stand in its columns in the order of the input: what comes is fetched some entities ahead. */
static bool
gather_words(struct rollup_worker *worker, const struct family *family, struct grouping *grouping)
{
  unsigned words = family->word_count;
  uint32_t count = grouping->entity_count;
  if (!scratch_need(worker->pass->spec.budget, &worker->entity_words,
                    (size_t)count * words * sizeof(uint64_t)))
    return false;
  grouping->entity_words = worker->entity_words.data;
  for (unsigned w = 0; w < words; w++) {
    const uint64_t *column = grouping->piece->words[family->words[w]];
    uint64_t *out = grouping->entity_words + w;
    for (uint32_t e = 0; e < count; e++) {
      uint32_t ahead = e + AHEAD < count ? e + AHEAD : count - 1;
      __builtin_prefetch(
          &column[grouping->order[grouping->segment_start[grouping->entity_segment[ahead]]]]);
      out[(size_t)e * words] =
          column[grouping->order[grouping->segment_start[grouping->entity_segment[e]]]];
    }
  }
  return true;
}

enum rollup_status
segments_sort(struct rollup_worker *worker, const struct family *family, struct grouping *grouping)
{
  grouping->row_end = 0;
  grouping->order = NULL;
  if (family->entity_count == 0)
    return ROLLUP_DONE;
  struct rollup_pass *pass = worker->pass;
  const struct piece *piece = grouping->piece;
  const uint64_t *words[WORDS_MOST];
  uint64_t vary[WORDS_MOST];
  for (unsigned w = 0; w < family->word_count; w++) {
    words[w] = piece->words[family->words[w]];
    vary[w] = piece->vary[family->words[w]];
  }
  struct sort_input input = {.words = words,
                             .vary = vary,
                             .word_count = family->word_count,
                             .minor = grouping->combo,
                             .minor_count = grouping->combo_count,
                             .rows = piece->rows,
                             .plain = pass->spec.plain};
  if (!sort_rows(&worker->sort, &input))
    return pass_no_memory(pass);
  grouping->order = worker->sort.order;
  return ROLLUP_DONE;
}

enum rollup_status
segments_next(struct rollup_worker *worker, const struct family *family, struct grouping *grouping)
{
  if (family->entity_count == 0)
    return segments_of_combos(worker, grouping);
  const uint8_t *breaks = worker->sort.breaks;
  uint32_t begin = grouping->row_end, end = stretch_end(grouping, breaks, begin);
  if (!reserve(worker, end - begin))
    return pass_no_memory(worker->pass);
  grouping->row_end = end;
  grouping->segment_start = worker->segment_start.data;
  grouping->segment_combo = worker->segment_combo.data;
  grouping->entity_segment = worker->entity_segment.data;
  mark_segments(grouping, breaks, begin, end);
  grouping->has_null_entity =
      end == grouping->piece->rows && last_is_null(worker->pass, family, grouping);
  return gather_words(worker, family, grouping) ? ROLLUP_DONE : pass_no_memory(worker->pass);
}

const uint64_t *
segments_sample(struct rollup_worker *worker, const struct family *family,
                const struct grouping *grouping, uint32_t *ret_count)
{
  unsigned words = family->word_count;
  uint32_t rows = grouping->piece->rows, most = rows < SAMPLE_ENTITIES ? rows : SAMPLE_ENTITIES;
  if (!scratch_need(worker->pass->spec.budget, &worker->entity_words,
                    (size_t)most * words * sizeof(uint64_t)))
    return NULL;
  uint64_t *sample = worker->entity_words.data;
  uint32_t count = 0;
  for (uint32_t i = 0; i < most; i++) {
    uint64_t *key = sample + (size_t)count * words;
    uint32_t row = grouping->order[(uint64_t)rows * i / most];
    for (unsigned w = 0; w < words; w++)
      key[w] = grouping->piece->words[family->words[w]][row];
    if (count == 0 || memcmp(key, key - words, words * sizeof *key) != 0)
      count++;
  }
  *ret_count = count;
  return sample;
}
