/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/piece.h"
#include "rollup/words.h"
#include <string.h>

#define FIRST_ROWS 2048u
#define ALIGNMENT  64u

static size_t
aligned(size_t bytes)
{
  return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* One block holds all arrays; each begins on a cache line. */
static size_t
block_bytes(const struct piece_layout *layout, uint32_t capacity)
{
  size_t rows = capacity;
  return (layout->word_slots + layout->number_count) * aligned(rows * sizeof(uint64_t)) +
         layout->code_count * aligned(rows * sizeof(uint16_t)) +
         layout->valid_count * aligned(rows) + ALIGNMENT;
}

static char *
take(char **at, size_t bytes)
{
  char *taken = *at;
  *at += aligned(bytes);
  return taken;
}

static void
place_arrays(const struct piece_layout *layout, struct piece *piece)
{
  char *at = (char *)(((uintptr_t)piece->block + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1));
  size_t rows = piece->capacity;
  for (unsigned i = 0; i < layout->word_slots; i++)
    piece->words[i] = (uint64_t *)(void *)take(&at, rows * sizeof(uint64_t));
  for (unsigned i = 0; i < layout->number_count; i++)
    piece->numbers[i] = (uint64_t *)(void *)take(&at, rows * sizeof(uint64_t));
  for (unsigned i = 0; i < layout->code_count; i++)
    piece->codes[i] = (uint16_t *)(void *)take(&at, rows * sizeof(uint16_t));
  for (unsigned i = 0; i < layout->valid_count; i++)
    piece->valids[i] = (uint8_t *)take(&at, rows);
}

static void
point_to(const struct piece_layout *layout, struct piece *piece, void **pointers)
{
  piece->words = (uint64_t **)pointers;
  piece->numbers = piece->words + layout->word_slots;
  piece->codes = (uint16_t **)(void *)(piece->numbers + layout->number_count);
  piece->valids = (uint8_t **)(void *)(piece->codes + layout->code_count);
}

struct piece *
piece_new(struct rollup_budget *budget, const struct piece_layout *layout)
{
  size_t pointers =
      layout->word_slots + layout->number_count + layout->code_count + layout->valid_count;
  size_t bytes = aligned(sizeof(struct piece)) + 2 * aligned(pointers * sizeof(void *)) +
                 aligned(layout->word_slots * 2 * sizeof(uint64_t)) +
                 aligned(layout->code_count * sizeof(uint16_t)) + aligned(layout->code_count) +
                 aligned(layout->valid_count);
  char *at = budget_alloc(budget, bytes);
  if (at == NULL)
    return NULL;
  struct piece *piece = (struct piece *)(void *)take(&at, sizeof(struct piece));
  piece->own_bytes = bytes;
  point_to(layout, piece, (void **)(void *)take(&at, pointers * sizeof(void *)));
  piece->other_pointers = (void **)(void *)take(&at, pointers * sizeof(void *));
  piece->first_word = (uint64_t *)(void *)take(&at, layout->word_slots * 2 * sizeof(uint64_t));
  piece->vary = piece->first_word + layout->word_slots;
  piece->constant = (uint16_t *)(void *)take(&at, layout->code_count * sizeof(uint16_t));
  piece->varies = (bool *)take(&at, layout->code_count);
  piece->has_null = (bool *)take(&at, layout->valid_count);
  return piece;
}

void
piece_free(struct rollup_budget *budget, struct piece *piece)
{
  if (piece == NULL)
    return;
  budget_free(budget, piece->block, piece->block_bytes);
  budget_free(budget, piece, piece->own_bytes);
}

void
piece_empty(const struct piece_layout *layout, struct piece *piece)
{
  piece->rows = 0;
  piece->next = NULL;
  memset(piece->vary, 0, layout->word_slots * sizeof *piece->vary);
  memset(piece->varies, 0, layout->code_count);
  memset(piece->has_null, 0, layout->valid_count);
}

static void
copy_arrays(const struct piece_layout *layout, struct piece *to, uint32_t at,
            const struct piece *from)
{
  if (from->rows == 0)
    return;
  for (unsigned i = 0; i < layout->word_slots; i++)
    memcpy(to->words[i] + at, from->words[i], from->rows * sizeof(uint64_t));
  for (unsigned i = 0; i < layout->number_count; i++)
    memcpy(to->numbers[i] + at, from->numbers[i], from->rows * sizeof(uint64_t));
  for (unsigned i = 0; i < layout->code_count; i++)
    if (from->varies[i])
      memcpy(to->codes[i] + at, from->codes[i], from->rows * sizeof(uint16_t));
  for (unsigned i = 0; i < layout->valid_count; i++)
    if (from->has_null[i])
      memcpy(to->valids[i] + at, from->valids[i], from->rows);
}

bool
piece_reserve(struct rollup_budget *budget, const struct piece_layout *layout, struct piece *piece,
              uint64_t rows)
{
  uint64_t need = piece->rows + rows;
  if (need <= piece->capacity)
    return true;
  if (need > UINT32_MAX / 2)
    return false;
  uint64_t capacity = piece->capacity == 0 ? FIRST_ROWS : piece->capacity * UINT64_C(2);
  capacity = capacity < need ? need : capacity;
  size_t bytes = block_bytes(layout, (uint32_t)capacity);
  void *block = budget_alloc(budget, bytes);
  if (block == NULL)
    return false;
  const struct piece old = *piece;
  point_to(layout, piece, old.other_pointers);
  piece->other_pointers = (void **)old.words;
  piece->block = block;
  piece->block_bytes = bytes;
  piece->capacity = (uint32_t)capacity;
  place_arrays(layout, piece);
  copy_arrays(layout, piece, 0, &old);
  budget_free(budget, old.block, old.block_bytes);
  return true;
}

/* From the first row on that has another code, the codes are kept row by row. */
static void
begin_to_vary(struct piece *piece, unsigned slot, uint32_t rows)
{
  for (uint32_t i = 0; i < rows; i++)
    piece->codes[slot][i] = piece->constant[slot];
  piece->varies[slot] = true;
}

void
piece_add_code(struct piece *piece, unsigned slot, uint16_t code, uint32_t rows)
{
  if (piece->rows == 0)
    piece->constant[slot] = code;
  if (!piece->varies[slot]) {
    if (piece->constant[slot] == code)
      return;
    begin_to_vary(piece, slot, piece->rows);
  }
  for (uint32_t i = 0; i < rows; i++)
    piece->codes[slot][piece->rows + i] = code;
}

static bool
all_equal(const uint16_t *codes, uint32_t rows, uint16_t code)
{
  uint16_t differ = 0;
  for (uint32_t i = 0; i < rows; i++)
    differ |= (uint16_t)(codes[i] ^ code);
  return differ == 0;
}

void
piece_add_codes(struct piece *piece, unsigned slot, const uint16_t *codes, uint32_t rows)
{
  if (piece->rows == 0)
    piece->constant[slot] = codes[0];
  if (!piece->varies[slot]) {
    if (all_equal(codes, rows, piece->constant[slot]))
      return;
    begin_to_vary(piece, slot, piece->rows);
  }
  memcpy(piece->codes[slot] + piece->rows, codes, rows * sizeof *codes);
}

#define WIDEN(type)                                                                                \
  do {                                                                                             \
    const type *values = column->values;                                                           \
    for (uint32_t i = 0; i < rows; i++)                                                            \
      out[i] = (uint64_t)(int64_t)values[i];                                                       \
  } while (0)

static void
append_integers(enum rollup_type type, const struct rollup_column *column, uint32_t rows,
                uint64_t *out)
{
  switch (type) {
  case ROLLUP_BOOL:
  case ROLLUP_UINT8:
    WIDEN(uint8_t);
    break;
  case ROLLUP_INT8:
    WIDEN(int8_t);
    break;
  case ROLLUP_INT16:
    WIDEN(int16_t);
    break;
  case ROLLUP_UINT16:
    WIDEN(uint16_t);
    break;
  case ROLLUP_INT32:
    WIDEN(int32_t);
    break;
  case ROLLUP_UINT32:
    WIDEN(uint32_t);
    break;
  default:
    memcpy(out, column->values, rows * sizeof *out);
    break;
  }
}

static void
append_reals(enum rollup_type type, const struct rollup_column *column, uint32_t rows,
             uint64_t *out)
{
  if (type == ROLLUP_DOUBLE) {
    memcpy(out, column->values, rows * sizeof *out);
    return;
  }
  const float *values = column->values;
  for (uint32_t i = 0; i < rows; i++) {
    double value = (double)values[i];
    memcpy(&out[i], &value, sizeof value);
  }
}

/* Of 128 bits: word 0 is the low one. */
static void
append_half(const struct rollup_column *column, uint32_t rows, unsigned word, uint64_t flipped,
            uint64_t *out)
{
  const uint64_t *values = column->values;
  for (uint32_t i = 0; i < rows; i++)
    out[i] = values[2 * (size_t)i + word] ^ flipped;
}

static void
append_ordered(enum rollup_type type, const struct rollup_column *column, uint32_t rows,
               uint64_t *out)
{
  if (type == ROLLUP_INT128) {
    append_half(column, rows, 1, UINT64_C(1) << 63, out);
    return;
  }
  if (type == ROLLUP_INT64) {
    const uint64_t *values = column->values;
    for (uint32_t i = 0; i < rows; i++)
      out[i] = values[i] ^ UINT64_C(1) << 63;
    return;
  }
  for (uint32_t i = 0; i < rows; i++)
    out[i] = words_ordered(type, column->values, i);
}

static void
append_numbers(const struct piece_layout *layout, struct piece *piece, unsigned slot,
               const struct rollup_batch *batch)
{
  const struct piece_number *number = &layout->numbers[slot];
  const struct rollup_column *column = &batch->columns[number->column];
  enum rollup_type type = layout->types[number->column];
  uint64_t *out = piece->numbers[slot] + piece->rows;
  switch (number->form) {
  case NUMBER_REAL:
    append_reals(type, column, batch->rows, out);
    break;
  case NUMBER_INTEGER:
    append_integers(type, column, batch->rows, out);
    break;
  case NUMBER_ORDERED:
    append_ordered(type, column, batch->rows, out);
    break;
  case NUMBER_LOW:
    append_half(column, batch->rows, 0, 0, out);
    break;
  }
}

static bool
has_null(const struct rollup_column *column, uint32_t rows)
{
  if (column->validity == NULL)
    return false;
  for (uint32_t w = 0; w < rows / 64; w++)
    if (column->validity[w] != UINT64_MAX)
      return true;
  uint64_t rest = rows % 64 == 0 ? 0 : (UINT64_C(1) << rows % 64) - 1;
  return rest != 0 && (column->validity[rows / 64] & rest) != rest;
}

static void
append_valids(struct piece *piece, unsigned slot, const struct rollup_column *column, uint32_t rows)
{
  bool nulls = has_null(column, rows);
  if (!nulls && !piece->has_null[slot])
    return;
  if (!piece->has_null[slot])
    memset(piece->valids[slot], 1, piece->rows);
  piece->has_null[slot] = true;
  uint8_t *out = piece->valids[slot] + piece->rows;
  if (!nulls)
    memset(out, 1, rows);
  else
    for (uint32_t i = 0; i < rows; i++)
      out[i] = rollup_is_valid(column, i);
}

static bool
append_words(const struct piece_layout *layout, struct piece *piece, unsigned index,
             const struct rollup_batch *batch)
{
  const struct piece_words *words = &layout->words[index];
  uint64_t *out[WORDS_STRING_MOST];
  for (unsigned i = 0; i < words->count; i++)
    out[i] = piece->words[words->first + i] + piece->rows;
  return words_encode(layout->types[words->column], &batch->columns[words->column], batch->rows,
                      words->count, out, piece->first_word + words->first, piece->rows > 0,
                      piece->vary + words->first, layout->plain);
}

enum piece_status
piece_append(struct rollup_budget *budget, const struct piece_layout *layout, struct piece *piece,
             const struct rollup_batch *batch, uint16_t *const *codes, unsigned *ret_column)
{
  if (!piece_reserve(budget, layout, piece, batch->rows))
    return PIECE_NO_MEMORY;
  for (unsigned i = 0; i < layout->words_count; i++)
    if (!append_words(layout, piece, i, batch)) {
      *ret_column = layout->words[i].column;
      return PIECE_TEXT_TOO_LONG;
    }
  for (unsigned i = 0; i < layout->code_count; i++)
    piece_add_codes(piece, i, codes[layout->codes[i]], batch->rows);
  for (unsigned i = 0; i < layout->number_count; i++)
    append_numbers(layout, piece, i, batch);
  for (unsigned i = 0; i < layout->valid_count; i++)
    append_valids(piece, i, &batch->columns[layout->valids[i]], batch->rows);
  piece->rows += batch->rows;
  return PIECE_OK;
}

static void
join_codes(struct piece *piece, unsigned slot, const struct piece *other)
{
  bool same = !other->varies[slot] && piece->constant[slot] == other->constant[slot];
  if (!piece->varies[slot]) {
    if (same)
      return;
    begin_to_vary(piece, slot, piece->rows);
  }
  for (uint32_t i = 0; !other->varies[slot] && i < other->rows; i++)
    piece->codes[slot][piece->rows + i] = other->constant[slot];
}

static void
join_valids(struct piece *piece, unsigned slot, const struct piece *other)
{
  if (!piece->has_null[slot] && !other->has_null[slot])
    return;
  if (!piece->has_null[slot])
    memset(piece->valids[slot], 1, piece->rows);
  if (!other->has_null[slot])
    memset(piece->valids[slot] + piece->rows, 1, other->rows);
  piece->has_null[slot] = true;
}

bool
piece_join(struct rollup_budget *budget, const struct piece_layout *layout, struct piece *piece,
           const struct piece *other)
{
  if (!piece_reserve(budget, layout, piece, other->rows))
    return false;
  for (unsigned i = 0; i < layout->code_count; i++)
    join_codes(piece, i, other);
  for (unsigned i = 0; i < layout->valid_count; i++)
    join_valids(piece, i, other);
  for (unsigned i = 0; i < layout->word_slots; i++)
    piece->vary[i] |= other->vary[i] | (piece->first_word[i] ^ other->first_word[i]);
  copy_arrays(layout, piece, piece->rows, other);
  piece->rows += other->rows;
  return true;
}
