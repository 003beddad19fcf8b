/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: statistics as a file tells them, of a column chunk or of a data page. Bounds are left out where they
 * would lie (NaN) or are longer than PARQUET_BOUND_TEXT_MOST bytes; zeros are the widest pair, since readers may take -0.0
 * and 0.0 for two values or for one. Source: parquet.thrift, struct Statistics.
 */
#pragma once

#include "parquet/bounds.h"
#include "parquet/thrift.h"

struct parquet_told {
  uint64_t null_count;
  bool has_bounds;
  uint8_t min_size, max_size;
  uint8_t min[PARQUET_BOUND_TEXT_MOST],
      max[PARQUET_BOUND_TEXT_MOST]; /* in PLAIN, texts without length */
};

/* Owns nothing; statistics are not needed afterwards. */
struct parquet_told parquet_told_of(const struct parquet_statistics *statistics,
                                    enum parquet_shape shape);
/* The struct Statistics as field `id`. */
void parquet_told_put(struct parquet_thrift *thrift, int id, const struct parquet_told *told);
