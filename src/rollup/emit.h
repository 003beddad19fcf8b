/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: groups as columns, for streams and cursors: first the keys, then the aggregates, then the grouping bits.
 *
 *     emitter_place -> emit_*, emitter_advance -> ... -> emit_*, emitter_finish
 */
#pragma once

#include "rollup/batch.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rollup_pass;
struct rollup_spec;
struct unit;
struct family;
struct measure;
struct piece;

struct emitter {
  const struct rollup_pass *pass;
  const struct unit *unit;
  const struct rollup_spec *spec;
  struct rollup_column *columns; /* keys, aggregates, grouping bits */
  void **values;                 /* the same memory, to write */
  uint64_t **validity;
  bool *has_null;
  char **texts;       /* by column: room for decoded texts */
  size_t *text_bytes; /* of a row; 0 where there are none */
  uint32_t rows;      /* room */
  uint32_t first;     /* rows that are there already: row 0 is the next one */
};

unsigned emitter_columns(const struct rollup_spec *spec);
/* Bytes that emitter_place needs for rows of a unit. */
size_t emitter_bytes(const struct rollup_pass *pass, const struct unit *unit, uint32_t rows);
/* Keys that the unit's set rolls up are NULL; all else is not until emit_null says so. */
void emitter_place(struct emitter *emitter, const struct rollup_pass *pass, const struct unit *unit,
                   void *memory, uint32_t rows);
void emit_code(struct emitter *emitter, unsigned key, uint32_t row, uint16_t code);
void emit_words(struct emitter *emitter, unsigned key, uint32_t row, const uint64_t *words,
                size_t stride, unsigned count);
/* Where the rows of groups are counted, a uint64_t every stride bytes. */
struct emit_rows {
  const char *base;
  size_t stride;
};
/* Element i is at base + index[i] * stride; index NULL: i. Its group's rows likewise. Not FIRST of a run. */
void emit_elements(struct emitter *emitter, unsigned aggregate, const void *base, size_t stride,
                   const uint32_t *index, uint32_t count, const struct emit_rows *rows);
/* FIRST of a run: rows of a piece. */
void emit_rows(struct emitter *emitter, unsigned aggregate, const struct measure *measure,
               const struct piece *piece, const uint32_t *rows, uint32_t count);
void emit_null(struct emitter *emitter, unsigned column, uint32_t row);
/* So many rows have been written; what is written next comes behind them. */
void emitter_advance(struct emitter *emitter, uint32_t rows);
/* The last rows; all are columns now: with grouping bits, and validity only where there is a NULL. */
void emitter_finish(struct emitter *emitter, uint32_t count);

/* The position of a column's words in a family's key, and their number. */
unsigned entity_word(const struct rollup_pass *pass, const struct family *family, unsigned column,
                     unsigned *ret_count);
