/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: a column of a row group, encoded: pages one behind the other, and what the footer says of them.
 */
#pragma once

#include "parquet/scratch.h"

struct parquet_chunk {
  uint64_t start;           /* in the row group's bytes */
  uint64_t bytes;           /* with page headers */
  uint64_t raw_bytes;       /* the same, before compression */
  uint64_t dictionary_size; /* of its page, with header; 0: PLAIN */
  uint32_t pages;           /* of data */
  enum parquet_codec codec;
};

/* Appends the column's pages to scratch->group. False: no memory. ret_statistics then owns nothing. */
bool parquet_chunk_encode(const struct parquet_column *column, const struct parquet_values *values,
                          uint32_t rows, const struct parquet_options *options,
                          struct parquet_scratch *scratch, struct parquet_chunk *ret_chunk,
                          struct parquet_statistics *ret_statistics);
