/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: a column's values without its NULLs, narrow integers made 32 bits wide.
 */
#pragma once

#include "parquet/memory.h"
#include "parquet/types.h"

struct parquet_dense {
  enum parquet_shape shape;
  const void *values; /* the caller's array if nothing had to be done, else in the scratch */
  uint32_t count;
};

/* Set bits among the first rows; all rows without a bitmap. */
uint32_t parquet_count_valid(const uint64_t *validity, uint32_t rows);
/* scratch holds the values until it is used again. False: no memory. */
bool parquet_dense_make(const struct parquet_facts *facts, const struct parquet_values *values,
                        uint32_t rows, struct parquet_bytes *scratch,
                        struct parquet_dense *ret_dense);
