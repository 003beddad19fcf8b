/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: a column of a row group, encoded: pages one behind the other, and what footer and page
 * index say of them.
 */
#pragma once

#include "parquet/scratch.h"
#include "parquet/told.h"

struct parquet_chunk {
  uint64_t start;           /* in the row group's bytes */
  uint64_t bytes;           /* with page headers */
  uint64_t raw_bytes;       /* the same, before compression */
  uint64_t dictionary_size; /* of its page, with header; 0: PLAIN */
  uint32_t first_page;      /* in the row group's pages */
  uint32_t pages;           /* of data */
  bool is_ascending;        /* no page's bounds are below those of the page before */
  enum parquet_codec codec;
};

/* A data page. */
struct parquet_page {
  uint64_t start; /* in the row group's bytes */
  uint32_t bytes; /* with its header */
  uint32_t row, rows;
  struct parquet_told told;
};

/* Appends the column's pages to scratch->group, and what they are to scratch->pages. False: no memory. ret_statistics then owns nothing. */
bool parquet_chunk_encode(const struct parquet_column *column, const struct parquet_values *values,
                          uint32_t rows, const struct parquet_options *options,
                          struct parquet_scratch *scratch, struct parquet_chunk *ret_chunk,
                          struct parquet_statistics *ret_statistics);
