/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/batch.h"
#include <string.h>

unsigned
rollup_type_bytes(enum rollup_type type)
{
  switch (type) {
  case ROLLUP_BOOL:
  case ROLLUP_INT8:
  case ROLLUP_UINT8:
    return 1;
  case ROLLUP_INT16:
  case ROLLUP_UINT16:
    return 2;
  case ROLLUP_INT32:
  case ROLLUP_UINT32:
  case ROLLUP_FLOAT:
    return 4;
  case ROLLUP_INT64:
  case ROLLUP_UINT64:
  case ROLLUP_DOUBLE:
    return 8;
  case ROLLUP_INT128:
  case ROLLUP_STRING:
    break;
  }
  return 16;
}

struct rollup_string
rollup_string_of(const char *text, uint32_t length)
{
  struct rollup_string string = {.length = length};
  if (length == 0)
    return string;
  if (length <= sizeof string.inlined) {
    memcpy(string.inlined, text, length);
    return string;
  }
  memcpy(string.pointer.prefix, text, sizeof string.pointer.prefix);
  string.pointer.address = text;
  return string;
}

uint32_t
rollup_validity_end(const struct rollup_column *column, uint32_t row, uint32_t rows)
{
  if (column->validity == NULL)
    return rows;
  uint64_t same = rollup_is_valid(column, row) ? UINT64_MAX : 0;
  uint64_t seen = UINT64_MAX << (row % 64);
  for (uint32_t word = row / 64; (uint64_t)word * 64 < rows; word++) {
    uint64_t others = (column->validity[word] ^ same) & seen;
    if (others != 0) {
      uint64_t end = (uint64_t)word * 64 + (unsigned)__builtin_ctzll(others);
      return end < rows ? (uint32_t)end : rows;
    }
    seen = UINT64_MAX;
  }
  return rows;
}
