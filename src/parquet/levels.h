/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: definition levels of an optional flat column (1: there is a value, 0: NULL) for one page, which
 * is a stretch of rows with the values in it. Parquet packs levels of one bit in the order of a validity bitmap, so that mixed
 * stretches are copied; 64 rows and more of one kind become a run. Source: Encodings.md, RLE.
 */
#pragma once

#include "parquet/memory.h"

struct parquet_stretch {
  uint32_t row, rows;    /* [row, row + rows) of the column */
  uint32_t value, count; /* the dense values in it */
};

/* The next stretch behind `last`, of at most `most` values (at least 1) and `most_rows` rows, whichever ends it first. Rows are
 * those of the whole column. */
struct parquet_stretch parquet_stretch_next(const uint64_t *validity, uint32_t rows,
                                            const struct parquet_stretch *last, uint32_t most,
                                            uint32_t most_rows);

/* Appends the levels with their length in front, as a data page of version 1 has them. */
void parquet_levels_append(struct parquet_bytes *page, const uint64_t *validity,
                           const struct parquet_stretch *stretch);
