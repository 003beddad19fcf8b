/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: values in the encoding PLAIN. Source: Encodings.md, "Plain".
 */
#pragma once

#include "parquet/dense.h"

/* A longer text is not written: a page's size has 31 bits. */
enum { PARQUET_TEXT_MOST = 1 << 30 };

/* Bytes of all values. UINT64_MAX: a text is too long. */
uint64_t parquet_plain_bytes(const struct parquet_dense *dense);

/* How many values from `first` on make a page of about page_bytes; at least 1 if there is one. ret_bytes: theirs. */
uint32_t parquet_plain_fitting(const struct parquet_dense *dense, uint32_t first,
                               uint32_t page_bytes, uint64_t *ret_bytes);

/* most_bytes: at least what the values take. */
void parquet_plain_append(struct parquet_bytes *page, const struct parquet_dense *dense,
                          uint32_t first, uint32_t count, uint64_t most_bytes);

/* Of a wide value, as the file and its statistics have it: high byte first. */
void parquet_plain_wide(const uint64_t wide[2], uint8_t to[16]);
