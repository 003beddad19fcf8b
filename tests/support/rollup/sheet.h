/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows in memory for tests of the kernel: columns as the kernel takes them, values as cells, and how DuckDB compares them, written
 * down once more and without any cleverness.
 */
#pragma once

#include "rollup/batch.h"
#include "support/rollup/arena.h"
#include <stddef.h>

/* A sheet's columns all have a validity; texts live in the arena. What stands at a NULL is arbitrary. */
struct sheet {
  uint32_t rows;
  unsigned column_count;
  enum rollup_type *types;
  void **values;
  uint64_t **validity;
  struct arena arena;
};

/* All rows NULL. */
void sheet_init(struct sheet *sheet, unsigned columns, const enum rollup_type *types,
                uint32_t rows);
void sheet_clear(struct sheet *sheet);
struct rollup_column sheet_column(const struct sheet *sheet, unsigned column);
/* value is an element of the column's type, or NULL; texts are not copied. */
void sheet_set(struct sheet *sheet, unsigned column, uint32_t row, const void *value);

/* A value: an element of its type, texts as struct rollup_string. */
struct cell {
  bool is_null;
  _Alignas(8) uint8_t bytes[16];
};

struct cell cell_of(enum rollup_type type, const struct rollup_column *column, uint32_t row);
/* By value, as batch.h says; NULL last and equal to NULL. */
int cell_compare(enum rollup_type type, const struct cell *a, const struct cell *b);
/* Bit for bit, texts by content. */
bool cell_same(enum rollup_type type, const struct cell *a, const struct cell *b);
void cell_print(enum rollup_type type, const struct cell *cell, char *text, size_t size);

/* Groups of a rollup as rows of cells: keys, aggregates, and in the last column which keys are rolled up. */
struct result {
  unsigned key_count, column_count;
  enum rollup_type *types;
  struct cell *cells; /* row * column_count + column */
  size_t rows, capacity;
  struct arena arena;
};

void result_init(struct result *result, unsigned keys, unsigned columns,
                 const enum rollup_type *types);
void result_clear(struct result *result);
void result_empty(struct result *result);
/* A new row of NULLs; valid until the next one. */
struct cell *result_add(struct result *result);
/* Copies rows, texts too; the batch may have fewer columns, the others are NULL. */
void result_add_batch(struct result *result, const struct rollup_batch *batch, unsigned columns);
void result_sort(struct result *result);
