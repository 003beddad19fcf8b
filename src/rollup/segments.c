/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/kernel.h"
#include <string.h>

#define AHEAD 16u

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
  grouping->order = NULL;
  grouping->segment_count = grouping->combo_count;
  grouping->segment_combo = worker->segment_combo.data;
  for (uint32_t i = 0; i < grouping->combo_count; i++)
    grouping->segment_combo[i] = (uint16_t)i;
  grouping->entity_count = 0;
  grouping->has_null_entity = false;
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

static void
mark_segments(struct grouping *grouping, const uint8_t *breaks)
{
  uint32_t segments = 0, entities = 0;
  const uint16_t *combo = grouping->combo;
  for (uint32_t i = 0; i < grouping->piece->rows; i++) {
    if (breaks[i] == SORT_SAME && i > 0)
      continue;
    if (breaks[i] == SORT_NEW_ENTITY || i == 0)
      grouping->entity_segment[entities++] = segments;
    grouping->segment_start[segments] = i;
    grouping->segment_combo[segments++] = combo == NULL ? 0 : combo[grouping->order[i]];
  }
  grouping->segment_start[segments] = grouping->piece->rows;
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
segments_find(struct rollup_worker *worker, const struct family *family, struct grouping *grouping)
{
  if (family->entity_count == 0)
    return segments_of_combos(worker, grouping);
  struct rollup_pass *pass = worker->pass;
  const struct piece *piece = grouping->piece;
  if (!reserve(worker, piece->rows))
    return pass_no_memory(pass);
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
  grouping->segment_start = worker->segment_start.data;
  grouping->segment_combo = worker->segment_combo.data;
  grouping->entity_segment = worker->entity_segment.data;
  mark_segments(grouping, worker->sort.breaks);
  grouping->has_null_entity = last_is_null(pass, family, grouping);
  return gather_words(worker, family, grouping) ? ROLLUP_DONE : pass_no_memory(pass);
}
