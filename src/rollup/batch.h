/* SPDX-License-Identifier: Apache-2.0
 *
 * Columns in memory, as the kernel takes and gives them: plain arrays, a validity bit a row. The layouts are those of
 * DuckDB's and Arrow's flat vectors, so that whoever feeds the kernel copies nothing.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the values of a column are, and how they are ordered and compared: integers by value, false before true, doubles with
 * -0.0 equal to 0.0 and NaN equal to itself and above all, strings byte by byte. Dates are INT32, timestamps INT64,
 * decimals the integer of their width. */
enum rollup_type {
  ROLLUP_BOOL, /* uint8_t, 0 or 1 */
  ROLLUP_INT8,
  ROLLUP_INT16,
  ROLLUP_INT32,
  ROLLUP_INT64,
  ROLLUP_INT128, /* two uint64_t, low first, 8-byte aligned */
  ROLLUP_UINT8,
  ROLLUP_UINT16,
  ROLLUP_UINT32,
  ROLLUP_UINT64,
  ROLLUP_FLOAT,
  ROLLUP_DOUBLE,
  ROLLUP_STRING, /* struct rollup_string */
};

/* Bytes of a value in a column's array. */
unsigned rollup_type_bytes(enum rollup_type type);

/* 16 bytes: up to 12 bytes of text stand in the value itself (unused ones are 0), longer text is somewhere else and its
 * first 4 bytes are repeated here. Source: T. Neumann, M. Freitag, "Umbra", CIDR 2020, section 3.1. */
struct rollup_string {
  uint32_t length;
  union {
    char inlined[12];
    struct {
      char prefix[4];
      const char *address; /* 4-byte aligned in the layout below */
    } __attribute__((packed)) pointer;
  };
};
_Static_assert(sizeof(struct rollup_string) == 16,
               "the layout is shared with those who feed the kernel");

static inline const char *
rollup_string_text(const struct rollup_string *string)
{
  return string->length <= sizeof string->inlined ? string->inlined : string->pointer.address;
}

/* The text is not copied: it must live as long as the value is used. */
struct rollup_string rollup_string_of(const char *text, uint32_t length);

struct rollup_column {
  const void *values;
  const uint64_t *validity; /* bit i set: row i is not NULL; NULL pointer: no row is NULL */
};

static inline bool
rollup_is_valid(const struct rollup_column *column, uint32_t row)
{
  return column->validity == NULL || (column->validity[row / 64] >> (row % 64) & 1) != 0;
}

/* The end of the rows from row on of which all are NULL or none is; at most rows. */
uint32_t rollup_validity_end(const struct rollup_column *column, uint32_t row, uint32_t rows);

struct rollup_batch {
  uint32_t rows;
  const struct rollup_column *columns; /* as many as the description says */
};
