/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: rows of one run, collected by one worker in the forms that grouping needs.
 *
 *     words     order-preserving words of entity columns, and which bits of them vary
 *     codes     dictionary codes of small columns; while all rows have the same one it is kept once
 *     numbers   arguments: doubles as they are, integers widened, or ordered words (words.h); 128-bit integers are two
 *     valids    which values of an argument are not NULL, a byte a row; kept only once there is a NULL
 */
#pragma once

#include "rollup/batch.h"
#include "rollup/budget.h"

enum number_form {
  NUMBER_REAL,
  NUMBER_INTEGER, /* of up to 64 bits */
  NUMBER_ORDERED, /* of 128 bits: of the high word */
  NUMBER_LOW,     /* the low word of 128 bits, which orders what NUMBER_ORDERED leaves equal */
};

struct piece_words {
  unsigned column, first, count; /* slots [first, first + count) */
};
struct piece_number {
  unsigned column;
  enum number_form form;
};
/* What all pieces of a pass hold. */
struct piece_layout {
  const enum rollup_type *types; /* by column */
  struct piece_words *words;
  unsigned words_count, word_slots;
  unsigned *codes; /* columns */
  unsigned code_count;
  struct piece_number *numbers;
  unsigned number_count;
  unsigned *valids; /* columns */
  unsigned valid_count;
  bool plain;
};

struct piece {
  struct piece *next;
  uint32_t rows, capacity;
  void *block;
  size_t block_bytes, own_bytes;
  void **other_pointers;       /* room for those below while the block is replaced */
  uint64_t **words, **numbers; /* by slot */
  uint16_t **codes;
  uint8_t **valids;
  uint64_t *first_word, *vary; /* by word slot */
  uint16_t *constant;          /* by code slot: the code of all rows, when it does not vary */
  bool *varies;
  bool *has_null; /* by valid slot */
};

/* The code of a row. */
static inline uint16_t
piece_code(const struct piece *piece, unsigned slot, uint32_t row)
{
  return piece->varies[slot] ? piece->codes[slot][row] : piece->constant[slot];
}
/* Arrays by slot, of numbers or of words. */
static inline uint64_t *const *
piece_values(const struct piece *piece, bool is_text)
{
  return is_text ? piece->words : piece->numbers;
}
static inline bool
piece_is_valid(const struct piece *piece, int slot, uint32_t row)
{
  return slot < 0 || !piece->has_null[slot] || piece->valids[slot][row] != 0;
}

/* NULL: out of memory. */
struct piece *piece_new(struct rollup_budget *budget, const struct piece_layout *layout);
void piece_free(struct rollup_budget *budget, struct piece *piece);
/* Without rows, its memory kept. */
void piece_empty(const struct piece_layout *layout, struct piece *piece);
/* Room for rows more. */
bool piece_reserve(struct rollup_budget *budget, const struct piece_layout *layout,
                   struct piece *piece, uint64_t rows);

enum piece_status { PIECE_OK, PIECE_NO_MEMORY, PIECE_TEXT_TOO_LONG };
/* Appends a batch; codes: by column, those of the batch's small columns. ret_column: with PIECE_TEXT_TOO_LONG, which. */
enum piece_status piece_append(struct rollup_budget *budget, const struct piece_layout *layout,
                               struct piece *piece, const struct rollup_batch *batch,
                               uint16_t *const *codes, unsigned *ret_column);
/* Appends another piece's rows. */
bool piece_join(struct rollup_budget *budget, const struct piece_layout *layout,
                struct piece *piece, const struct piece *other);

/* piece_runs.c: a piece's rows by the runs that they are of. */

/* Bytes that a row takes, at most. */
uint64_t piece_row_bytes(const struct piece_layout *layout);
/* All rows of another piece in an order, into an empty one. False: out of memory. */
bool piece_gather(struct rollup_budget *budget, const struct piece_layout *layout,
                  struct piece *piece, const struct piece *from, const uint32_t *order);
/* Appends rows [first, first + rows) of another piece; there must be room (piece_reserve). */
void piece_join_slice(const struct piece_layout *layout, struct piece *piece,
                      const struct piece *from, uint32_t first, uint32_t rows);
/* Codes of rows that are about to be appended, one or all the same. */
void piece_add_codes(struct piece *piece, unsigned slot, const uint16_t *codes, uint32_t rows);
void piece_add_code(struct piece *piece, unsigned slot, uint16_t code, uint32_t rows);
