/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: pages compressed. Pages are below 2^31 bytes.
 */
#pragma once

#include "parquet/snappy.h"

/* Scratch of the codecs; begins with the allocator set. */
struct parquet_codec_scratch {
  const struct parquet_allocator *allocator;
  struct parquet_bytes table;
  void *zstd;
};
void parquet_codec_scratch_clear(struct parquet_codec_scratch *scratch);

/* The most that size bytes may take, with what is written beyond the end and overwritten. */
size_t parquet_codec_bound(enum parquet_codec codec, size_t size);
/* to has room for the bound. 0: no memory. The size is at least 1. */
size_t parquet_codec_compress(struct parquet_codec_scratch *scratch, enum parquet_codec codec,
                              int zstd_level, const struct parquet_raw *raw, uint8_t *to);
