/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: dictionary codes as a data page has them: the bit width, then runs and bit-packed groups of 8.
 * Source: Encodings.md, "Run Length Encoding / Bit-Packing Hybrid" and "Dictionary Encoding".
 */
#pragma once

#include "parquet/memory.h"

enum {
  PARQUET_CODES_PADDING = 8, /* codes readable behind the last one; below 2^width as well */
  PARQUET_CODES_WIDTH_MOST = 16,
};

/* Bits for codes below `count`; at least 1, since some readers know no width of 0. */
unsigned parquet_codes_width(uint32_t count);

/* Packs groups * 8 codes, groups * width bytes; writes up to 16 bytes beyond. */
void parquet_codes_pack(uint8_t *to, const uint16_t *codes, uint32_t groups, unsigned width);

/* `count` codes. With seek_runs, 16 and more equal codes become a run; without, all is packed in one go. */
void parquet_codes_append(struct parquet_bytes *page, const uint16_t *codes, uint32_t count,
                          unsigned width, bool seek_runs);
/* `count` times code 0. */
void parquet_codes_append_constant(struct parquet_bytes *page, uint32_t count);
