/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: the inside of struct parquet_scratch.
 */
#pragma once

#include "parquet/codec.h"
#include "parquet/dictionary.h"

struct parquet_scratch {
  const struct parquet_allocator *allocator;
  struct parquet_bytes dense; /* a column without its NULLs */
  struct parquet_bytes page;  /* not yet compressed */
  size_t values_at;           /* in the page: what the codec may know of it (snappy.h) */
  enum parquet_content content;
  struct parquet_bytes header; /* of a page */
  struct parquet_bytes group;  /* the row group so far */
  struct parquet_bytes pages;  /* struct parquet_page: its data pages */
  struct parquet_dictionary dictionary;
  struct parquet_codec_scratch codec;
};

void parquet_scratch_init(struct parquet_scratch *scratch,
                          const struct parquet_allocator *allocator);
void parquet_scratch_clear(struct parquet_scratch *scratch);
