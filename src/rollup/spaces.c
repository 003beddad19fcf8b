/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/hash.h"
#include "rollup/kernel.h"
#include <stdlib.h>
#include <string.h>

/* Units that look at different small columns may share a family: its rows are then sorted and measured once for all of them, but
 * each unit goes through all of its combinations. What that is worth is counted in the rows of a run in which there were too
 * many combinations. */

#define SLOTS (SPACE_ROWS * 2)
#ifndef SPACE_DIRECT
#define SPACE_DIRECT 65536u /* at least SLOTS */
#endif

static void
forget_sample(struct space_sample *sample)
{
  for (unsigned i = 0; i < sample->column_count; i++)
    free(sample->codes[i]);
  free(sample->codes);
  free(sample->columns);
  free(sample->values);
  *sample = (struct space_sample){0};
}

static uint32_t
count_values(const uint16_t *codes, uint32_t rows)
{
  uint32_t most = 0;
  for (uint32_t i = 0; i < rows; i++)
    most = codes[i] > most ? codes[i] : most;
  return most + 1;
}

void
space_clear(struct knowledge *knowledge)
{
  forget_sample(&knowledge->sample);
}

/* Rows at even distances. Of columns that do not vary nothing is kept. */
bool
space_learn(struct rollup_pass *pass, const struct piece *piece)
{
  struct space_sample *sample = &pass->knowledge.sample;
  const struct piece_layout *layout = &pass->layout;
  forget_sample(sample);
  sample->rows = piece->rows < SPACE_ROWS ? piece->rows : SPACE_ROWS;
  sample->columns = calloc(layout->code_count + 1, sizeof *sample->columns);
  sample->codes = calloc(layout->code_count + 1, sizeof *sample->codes);
  sample->values = calloc(layout->code_count + 1, sizeof *sample->values);
  if (sample->columns == NULL || sample->codes == NULL || sample->values == NULL)
    return false;
  for (unsigned slot = 0; slot < layout->code_count; slot++) {
    if (!piece->varies[slot])
      continue;
    uint16_t *codes = malloc((sample->rows + 1) * sizeof *codes);
    if (codes == NULL)
      return false;
    sample->columns[sample->column_count] = layout->codes[slot];
    sample->codes[sample->column_count++] = codes;
    for (uint32_t i = 0; i < sample->rows; i++)
      codes[i] = piece->codes[slot][(uint64_t)i * piece->rows / sample->rows];
    sample->values[sample->column_count - 1] = count_values(codes, sample->rows);
  }
  return true;
}

void
space_add(struct space *space, unsigned column)
{
  space->columns[column / 64] |= UINT64_C(1) << column % 64;
}

static bool
has_column(const struct space *space, unsigned column)
{
  return (space->columns[column / 64] >> column % 64 & 1) != 0;
}

struct space
space_of_sample(const struct knowledge *knowledge, const struct space *space)
{
  struct space own = {{0}};
  for (unsigned i = 0; i < knowledge->sample.column_count; i++)
    if (has_column(space, knowledge->sample.columns[i]))
      space_add(&own, knowledge->sample.columns[i]);
  return own;
}

struct space
space_union(const struct space *a, const struct space *b)
{
  struct space all;
  for (unsigned w = 0; w < COLUMNS_MOST / 64; w++)
    all.columns[w] = a->columns[w] | b->columns[w];
  return all;
}

struct numbering {
  uint16_t map[SPACE_DIRECT]; /* number + 1, by number and code or by place in keys */
  uint32_t keys[SLOTS];
  uint16_t of_row[SPACE_ROWS];
  uint32_t count;
};

static void
refine_directly(struct numbering *numbering, const uint16_t *codes, uint32_t values, uint32_t rows)
{
  memset(numbering->map, 0, numbering->count * values * sizeof *numbering->map);
  numbering->count = 0;
  for (uint32_t i = 0; i < rows; i++) {
    uint16_t *number = &numbering->map[numbering->of_row[i] * values + codes[i]];
    if (*number == 0)
      *number = (uint16_t)++numbering->count;
    numbering->of_row[i] = (uint16_t)(*number - 1);
  }
}

static void
refine_by_hash(struct numbering *numbering, const uint16_t *codes, uint32_t rows)
{
  memset(numbering->map, 0, SLOTS * sizeof *numbering->map);
  numbering->count = 0;
  for (uint32_t i = 0; i < rows; i++) {
    uint32_t key = (uint32_t)numbering->of_row[i] << 16 | codes[i];
    uint64_t at = hash_pair(key, 1) & (SLOTS - 1);
    while (numbering->map[at] != 0 && numbering->keys[at] != key)
      at = (at + 1) & (SLOTS - 1);
    if (numbering->map[at] == 0) {
      numbering->keys[at] = key;
      numbering->map[at] = (uint16_t)++numbering->count;
    }
    numbering->of_row[i] = (uint16_t)(numbering->map[at] - 1);
  }
}

uint32_t
space_combos(const struct knowledge *knowledge, const struct space *space)
{
  const struct space_sample *sample = &knowledge->sample;
  struct numbering numbering;
  memset(numbering.of_row, 0, sizeof numbering.of_row);
  numbering.count = 1;
  for (unsigned i = 0; i < sample->column_count && numbering.count < sample->rows; i++) {
    if (!has_column(space, sample->columns[i]))
      continue;
    if ((uint64_t)numbering.count * sample->values[i] <= SPACE_DIRECT)
      refine_directly(&numbering, sample->codes[i], sample->values[i], sample->rows);
    else
      refine_by_hash(&numbering, sample->codes[i], sample->rows);
  }
  return numbering.count;
}
