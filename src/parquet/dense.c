/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/dense.h"

struct wide {
  uint64_t words[2];
};

uint32_t
parquet_count_valid(const uint64_t *validity, uint32_t rows)
{
  if (validity == NULL)
    return rows;
  uint32_t count = 0;
  for (uint32_t i = 0; i < rows / 64; i++)
    count += (uint32_t)__builtin_popcountll(validity[i]);
  if (rows % 64 != 0)
    count += (uint32_t)__builtin_popcountll(validity[rows / 64] & ((1ull << rows % 64) - 1));
  return count;
}

/* Every value is stored where the next valid one belongs and is overwritten if it was not: no branch, so that scattered
 * NULLs cost no more than rows of them. Needs room for one value more. */
#define PACK(in_type, out_type)                                                                    \
  do {                                                                                             \
    const in_type *in = values->values;                                                            \
    out_type *out = to;                                                                            \
    for (uint32_t row = 0, n = 0; row < rows; row++) {                                             \
      out[n] = (out_type)in[row];                                                                  \
      n += (uint32_t)(values->validity[row / 64] >> (row % 64)) & 1;                               \
    }                                                                                              \
  } while (0)

static void
pack_wide(const struct parquet_values *values, uint32_t rows, struct wide *out)
{
  const char *in = values->values;
  for (uint32_t row = 0, n = 0; row < rows; row++) {
    memcpy(&out[n], in + 16ull * row, 16);
    n += (uint32_t)(values->validity[row / 64] >> (row % 64)) & 1;
  }
}

static void
pack_valid(const struct parquet_facts *facts, const struct parquet_values *values, uint32_t rows,
           void *to)
{
  switch (facts->element_bytes) {
  case 1:
    if (facts->shape_bytes == 1)
      PACK(uint8_t, uint8_t);
    else
      PACK(int8_t, int32_t);
    break;
  case 2:
    PACK(int16_t, int32_t);
    break;
  case 4:
    PACK(uint32_t, uint32_t);
    break;
  case 8:
    PACK(uint64_t, uint64_t);
    break;
  default:
    pack_wide(values, rows, to);
  }
}

static void
widen(const struct parquet_facts *facts, const void *from, uint32_t rows, int32_t *to)
{
  const int8_t *bytes = from;
  const int16_t *halves = from;
  if (facts->element_bytes == 1)
    for (uint32_t row = 0; row < rows; row++)
      to[row] = bytes[row];
  else
    for (uint32_t row = 0; row < rows; row++)
      to[row] = halves[row];
}

bool
parquet_dense_make(const struct parquet_facts *facts, const struct parquet_values *values,
                   uint32_t rows, struct parquet_bytes *scratch, struct parquet_dense *ret_dense)
{
  uint32_t count = parquet_count_valid(values->validity, rows);
  const void *from = values->values;
  if (count < rows || facts->element_bytes != facts->shape_bytes) {
    void *to = parquet_bytes_clear(scratch, (size_t)facts->shape_bytes * (count + 1ull));
    if (to == NULL)
      return false;
    if (count == rows)
      widen(facts, from, rows, to);
    else if (count > 0)
      pack_valid(facts, values, rows, to);
    from = to;
  }
  *ret_dense = (struct parquet_dense){facts->shape, from, count};
  return true;
}
