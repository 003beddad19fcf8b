/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: the smallest and the largest value of a column, and statistics put together. Integers and
 * decimals are ordered by value, texts byte by byte, real numbers without NaN; a bound that is a zero is 0.0.
 */
#pragma once

#include "parquet/dense.h"

/* Of the values, which may be a dictionary's entries. False: no memory, and nothing is owned. */
bool parquet_bounds_make(const struct parquet_dense *dense, uint64_t null_count,
                         const struct parquet_allocator *allocator,
                         struct parquet_statistics *ret_statistics);
/* into becomes what both say together. False: no memory; into is whole, and as it was. */
bool parquet_bounds_merge(struct parquet_statistics *into, const struct parquet_statistics *from,
                          enum parquet_shape shape, const struct parquet_allocator *allocator);
/* Whether neither bound of b is below that of a; both have values that are not NaN. */
bool parquet_bounds_ascend(const struct parquet_statistics *a, const struct parquet_statistics *b,
                           enum parquet_shape shape);
void parquet_bounds_clear(struct parquet_statistics *statistics, enum parquet_shape shape,
                          const struct parquet_allocator *allocator);

/* The bound as the footer has it; to holds at least PARQUET_BOUND_BYTES. Texts are not copied: *ret_bytes is where the bound
 * stands. Returns its size. */
enum { PARQUET_BOUND_BYTES = 16, PARQUET_BOUND_TEXT_MOST = 64 };
size_t parquet_bounds_plain(const struct parquet_bound *bound, enum parquet_shape shape,
                            uint8_t *to, const void **ret_bytes);
