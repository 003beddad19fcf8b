/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: Snappy's format, written by encoders that know what a page holds. The format is an instruction
 * list (text to take over, and copies from up to 64 KiB back), so that any way to find copies makes a valid stream. Google's
 * library looks for them byte by byte, which is the largest cost of a page; values repeat as wholes, which is 3 times
 * cheaper to find. It also allocates by itself and ends the program when it cannot.
 * Source: google/snappy, format_description.txt; the search over bytes follows its compressor.
 */
#pragma once

#include "parquet/memory.h"

/* What stands in a page behind its first bytes. */
enum parquet_content {
  PARQUET_CONTENT_BYTES, /* anything */
  PARQUET_CONTENT_WORDS, /* values of 8 bytes */
  PARQUET_CONTENT_TEXTS, /* length in 4 bytes, text */
};

struct parquet_raw {
  const uint8_t *bytes;
  size_t size;
  size_t values_at; /* where the content begins */
  enum parquet_content content;
};

enum { PARQUET_SNAPPY_TABLE_BYTES = 1 << 16 };

/* The most that size bytes may take, with what is written beyond the end and overwritten. */
size_t parquet_snappy_bound(size_t size);
/* table: PARQUET_SNAPPY_TABLE_BYTES of scratch. size is below 2^32. Returns the size. */
size_t parquet_snappy_compress(const struct parquet_raw *raw, void *table, uint8_t *to);
