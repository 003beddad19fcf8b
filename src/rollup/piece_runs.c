/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/piece.h"
#include <string.h>

uint64_t
piece_row_bytes(const struct piece_layout *layout)
{
  return (layout->word_slots + layout->number_count) * UINT64_C(8) +
         layout->code_count * UINT64_C(2) + layout->valid_count;
}

static void
gather_words(uint64_t *to, const uint64_t *from, const uint32_t *order, uint32_t rows)
{
  for (uint32_t i = 0; i < rows; i++)
    to[i] = from[order[i]];
}

static void
gather_codes(struct piece *piece, unsigned slot, const struct piece *from, const uint32_t *order)
{
  piece->constant[slot] = from->constant[slot];
  piece->varies[slot] = from->varies[slot];
  for (uint32_t i = 0; from->varies[slot] && i < from->rows; i++)
    piece->codes[slot][i] = from->codes[slot][order[i]];
}

static void
gather_valids(struct piece *piece, unsigned slot, const struct piece *from, const uint32_t *order)
{
  piece->has_null[slot] = from->has_null[slot];
  for (uint32_t i = 0; from->has_null[slot] && i < from->rows; i++)
    piece->valids[slot][i] = from->valids[slot][order[i]];
}

bool
piece_gather(struct rollup_budget *budget, const struct piece_layout *layout, struct piece *piece,
             const struct piece *from, const uint32_t *order)
{
  if (!piece_reserve(budget, layout, piece, from->rows))
    return false;
  for (unsigned i = 0; i < layout->word_slots; i++) {
    gather_words(piece->words[i], from->words[i], order, from->rows);
    piece->first_word[i] = from->first_word[i];
    piece->vary[i] = from->vary[i];
  }
  for (unsigned i = 0; i < layout->number_count; i++)
    gather_words(piece->numbers[i], from->numbers[i], order, from->rows);
  for (unsigned i = 0; i < layout->code_count; i++)
    gather_codes(piece, i, from, order);
  for (unsigned i = 0; i < layout->valid_count; i++)
    gather_valids(piece, i, from, order);
  piece->rows = from->rows;
  return true;
}

static void
join_valids(struct piece *piece, unsigned slot, const struct piece *from, uint32_t first,
            uint32_t rows)
{
  if (!piece->has_null[slot] && !from->has_null[slot])
    return;
  if (!piece->has_null[slot])
    memset(piece->valids[slot], 1, piece->rows);
  if (from->has_null[slot])
    memcpy(piece->valids[slot] + piece->rows, from->valids[slot] + first, rows);
  else
    memset(piece->valids[slot] + piece->rows, 1, rows);
  piece->has_null[slot] = true;
}

/* Bits of words that vary in all rows of the other piece may not do so in these: that costs the sort, nothing else. */
void
piece_join_slice(const struct piece_layout *layout, struct piece *piece, const struct piece *from,
                 uint32_t first, uint32_t rows)
{
  uint32_t at = piece->rows;
  for (unsigned i = 0; i < layout->word_slots; i++) {
    memcpy(piece->words[i] + at, from->words[i] + first, rows * sizeof(uint64_t));
    if (at == 0)
      piece->first_word[i] = from->first_word[i];
    piece->vary[i] |= from->vary[i] | (piece->first_word[i] ^ from->first_word[i]);
  }
  for (unsigned i = 0; i < layout->number_count; i++)
    memcpy(piece->numbers[i] + at, from->numbers[i] + first, rows * sizeof(uint64_t));
  for (unsigned i = 0; i < layout->code_count; i++)
    if (from->varies[i])
      piece_add_codes(piece, i, from->codes[i] + first, rows);
    else
      piece_add_code(piece, i, from->constant[i], rows);
  for (unsigned i = 0; i < layout->valid_count; i++)
    join_valids(piece, i, from, first, rows);
  piece->rows += rows;
}
