/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rollup/sheet.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
sheet_init(struct sheet *sheet, unsigned columns, const enum rollup_type *types, uint32_t rows)
{
  *sheet = (struct sheet){.rows = rows, .column_count = columns};
  struct arena *arena = &sheet->arena;
  sheet->types = arena_copy(arena, types, columns * sizeof *types);
  sheet->values = arena_alloc(arena, columns * sizeof *sheet->values);
  sheet->validity = arena_alloc(arena, columns * sizeof *sheet->validity);
  for (unsigned c = 0; c < columns; c++) {
    sheet->values[c] = arena_alloc(arena, (size_t)rows * rollup_type_bytes(types[c]));
    sheet->validity[c] = arena_alloc(arena, (rows + 63) / 64 * sizeof(uint64_t));
  }
}

void
sheet_clear(struct sheet *sheet)
{
  arena_clear(&sheet->arena);
  *sheet = (struct sheet){0};
}

struct rollup_column
sheet_column(const struct sheet *sheet, unsigned column)
{
  return (struct rollup_column){sheet->values[column], sheet->validity[column]};
}

void
sheet_set(struct sheet *sheet, unsigned column, uint32_t row, const void *value)
{
  if (value == NULL)
    return;
  size_t width = rollup_type_bytes(sheet->types[column]);
  memcpy((char *)sheet->values[column] + row * width, value, width);
  sheet->validity[column][row / 64] |= UINT64_C(1) << row % 64;
}

struct cell
cell_of(enum rollup_type type, const struct rollup_column *column, uint32_t row)
{
  struct cell cell = {.is_null = !rollup_is_valid(column, row)};
  size_t width = rollup_type_bytes(type);
  if (!cell.is_null)
    memcpy(cell.bytes, (const char *)column->values + row * width, width);
  return cell;
}

static int
compare_doubles(double a, double b)
{
  if (isnan(a) || isnan(b))
    return (isnan(a) != 0) - (isnan(b) != 0);
  return (a > b) - (a < b);
}

static int
compare_texts(const struct rollup_string *a, const struct rollup_string *b)
{
  uint32_t shorter = a->length < b->length ? a->length : b->length;
  int order = memcmp(rollup_string_text(a), rollup_string_text(b), shorter);
  return order != 0 ? order : (a->length > b->length) - (a->length < b->length);
}

#define COMPARE_AS(ctype)                                                                          \
  do {                                                                                             \
    ctype x, y;                                                                                    \
    memcpy(&x, a->bytes, sizeof x);                                                                \
    memcpy(&y, b->bytes, sizeof y);                                                                \
    return (x > y) - (x < y);                                                                      \
  } while (0)

static int
compare_values(enum rollup_type type, const struct cell *a, const struct cell *b)
{
  float single[2];
  double number[2];
  struct rollup_string text[2];
  switch (type) {
  case ROLLUP_BOOL:
  case ROLLUP_UINT8:
    COMPARE_AS(uint8_t);
  case ROLLUP_INT8:
    COMPARE_AS(int8_t);
  case ROLLUP_INT16:
    COMPARE_AS(int16_t);
  case ROLLUP_INT32:
    COMPARE_AS(int32_t);
  case ROLLUP_INT64:
    COMPARE_AS(int64_t);
  case ROLLUP_INT128:
    COMPARE_AS(__int128);
  case ROLLUP_UINT16:
    COMPARE_AS(uint16_t);
  case ROLLUP_UINT32:
    COMPARE_AS(uint32_t);
  case ROLLUP_UINT64:
    COMPARE_AS(uint64_t);
  case ROLLUP_FLOAT:
    memcpy(&single[0], a->bytes, sizeof single[0]);
    memcpy(&single[1], b->bytes, sizeof single[1]);
    return compare_doubles((double)single[0], (double)single[1]);
  case ROLLUP_DOUBLE:
    memcpy(&number[0], a->bytes, sizeof number[0]);
    memcpy(&number[1], b->bytes, sizeof number[1]);
    return compare_doubles(number[0], number[1]);
  case ROLLUP_STRING:
    memcpy(&text[0], a->bytes, sizeof text[0]);
    memcpy(&text[1], b->bytes, sizeof text[1]);
    return compare_texts(&text[0], &text[1]);
  }
  return 0;
}

int
cell_compare(enum rollup_type type, const struct cell *a, const struct cell *b)
{
  if (a->is_null || b->is_null)
    return a->is_null - b->is_null;
  return compare_values(type, a, b);
}

bool
cell_same(enum rollup_type type, const struct cell *a, const struct cell *b)
{
  if (a->is_null || b->is_null || type == ROLLUP_STRING)
    return cell_compare(type, a, b) == 0;
  return memcmp(a->bytes, b->bytes, rollup_type_bytes(type)) == 0;
}

void
cell_print(enum rollup_type type, const struct cell *cell, char *text, size_t size)
{
  struct rollup_string string;
  double number;
  memcpy(&string, cell->bytes, sizeof string);
  memcpy(&number, cell->bytes, sizeof number);
  if (cell->is_null) {
    (void)snprintf(text, size, "NULL");
  } else if (type == ROLLUP_STRING) {
    int shown = string.length < 60 ? (int)string.length : 60;
    (void)snprintf(text, size, "'%.*s' (%u bytes)", shown, rollup_string_text(&string),
                   string.length);
  } else if (type == ROLLUP_DOUBLE) {
    (void)snprintf(text, size, "%a", number);
  } else {
    uint64_t words[2];
    memcpy(words, cell->bytes, sizeof words);
    (void)snprintf(text, size, "0x%llx:%llx", (unsigned long long)words[1],
                   (unsigned long long)words[0]);
  }
}

void
result_init(struct result *result, unsigned keys, unsigned columns, const enum rollup_type *types)
{
  *result = (struct result){.key_count = keys, .column_count = columns};
  result->types = calloc(columns, sizeof *types);
  memcpy(result->types, types, columns * sizeof *types);
}

void
result_empty(struct result *result)
{
  result->rows = 0;
  arena_clear(&result->arena);
}

void
result_clear(struct result *result)
{
  arena_clear(&result->arena);
  free(result->types);
  free(result->cells);
  *result = (struct result){0};
}

struct cell *
result_add(struct result *result)
{
  if (result->rows == result->capacity) {
    result->capacity = result->capacity == 0 ? 16 : result->capacity * 2;
    size_t bytes = result->capacity * result->column_count * sizeof *result->cells;
    result->cells = realloc(result->cells, bytes > 0 ? bytes : 1);
    if (result->cells == NULL)
      abort();
  }
  struct cell *row = result->cells + result->rows++ * result->column_count;
  for (unsigned c = 0; c < result->column_count; c++)
    row[c] = (struct cell){.is_null = true};
  return row;
}

static void
keep_text(struct result *result, struct cell *cell)
{
  struct rollup_string string;
  memcpy(&string, cell->bytes, sizeof string);
  if (string.length <= sizeof string.inlined)
    return;
  string.pointer.address = arena_copy(&result->arena, string.pointer.address, string.length);
  memcpy(cell->bytes, &string, sizeof string);
}

void
result_add_batch(struct result *result, const struct rollup_batch *batch, unsigned columns)
{
  for (uint32_t i = 0; i < batch->rows; i++) {
    struct cell *row = result_add(result);
    for (unsigned c = 0; c < columns; c++) {
      row[c] = cell_of(result->types[c], &batch->columns[c], i);
      if (result->types[c] == ROLLUP_STRING && !row[c].is_null)
        keep_text(result, &row[c]);
    }
  }
}

/* Keys first, then the bits of the grouping set, which stand in the last column, then aggregates. */
static int
compare_rows(const void *a, const void *b, void *user)
{
  const struct result *result = user;
  const struct cell *x = a, *y = b;
  unsigned last = result->column_count - 1;
  for (unsigned i = 0; i <= last; i++) {
    unsigned c = i < result->key_count ? i : i == result->key_count ? last : i - 1;
    int order = cell_compare(result->types[c], &x[c], &y[c]);
    if (order != 0)
      return order;
  }
  return 0;
}

void
result_sort(struct result *result)
{
  if (result->rows > 1)
    qsort_r(result->cells, result->rows, result->column_count * sizeof *result->cells, compare_rows,
            result);
}
