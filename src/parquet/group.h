/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: the inside of struct parquet_group.
 */
#pragma once

#include "parquet/chunk.h"

struct parquet_group {
  const struct parquet_allocator *allocator;
  unsigned column_count;
  uint32_t rows;
  enum parquet_shape *shapes;
  struct parquet_chunk *chunks;
  struct parquet_statistics *statistics;
  uint8_t *bytes;
  size_t size;
  struct parquet_page *pages; /* of all columns, in order */
  uint32_t page_count;
};
