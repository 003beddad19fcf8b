/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: the footer, FileMetaData of parquet.thrift. Row groups are described as they come, so that nothing of
 * them need be kept. Out of memory is remembered by the bytes.
 */
#pragma once

#include "parquet/index.h"

/* Appends the description of a row group whose bytes stand at `offset` of the file, and its page index. */
void parquet_footer_group(struct parquet_bytes *descriptions, struct parquet_index *index,
                          const struct parquet_column *columns, const struct parquet_group *group,
                          uint64_t offset);

struct parquet_footer {
  const struct parquet_column *columns;
  unsigned column_count;
  const char *created_by;
  uint64_t rows;
  uint32_t group_count;
  const struct parquet_bytes *descriptions; /* of all groups */
  const struct parquet_index *index;
  uint64_t offset; /* in the file, of what is appended */
};
/* Appends the whole end of a file: page index if one is wanted, metadata, its length, the magic bytes. */
void parquet_footer_append(struct parquet_bytes *to, const struct parquet_footer *footer);
