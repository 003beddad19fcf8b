/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: scratch->page becomes a page of the chunk: header and compressed body behind scratch->group.
 */
#pragma once

#include "parquet/chunk.h"

enum { PARQUET_PAGE_BYTES = 1 << 20, PARQUET_PAGE_ROWS = 1 << 20 };

/* parquet.thrift, enum Encoding. */
enum parquet_encoding {
  PARQUET_ENCODING_PLAIN = 0,
  PARQUET_ENCODING_RLE = 3,
  PARQUET_ENCODING_RLE_DICTIONARY = 8,
};

/* An empty scratch->page of no special content, with room for `room` bytes. False: no memory. */
bool parquet_page_begin(struct parquet_scratch *scratch, size_t room);
/* A data page of page->rows rows with page->told in its header; where it stands becomes known, and page is appended to
 * scratch->pages. The first one without a dictionary may set chunk->codec to PARQUET_UNCOMPRESSED for good. False: no memory. */
bool parquet_page_data(struct parquet_scratch *scratch, struct parquet_chunk *chunk,
                       const struct parquet_options *options, enum parquet_encoding encoding,
                       struct parquet_page *page);
bool parquet_page_dictionary(struct parquet_scratch *scratch, struct parquet_chunk *chunk,
                             const struct parquet_options *options, uint32_t entries);
