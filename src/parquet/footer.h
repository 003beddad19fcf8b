/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: the footer, FileMetaData of parquet.thrift. Row groups are described as they come, so that nothing of
 * them need be kept. Out of memory is remembered by the bytes.
 */
#pragma once

#include "parquet/group.h"

/* Appends the description of a row group whose bytes stand at `offset` of the file. */
void parquet_footer_group(struct parquet_bytes *descriptions, const struct parquet_column *columns,
                          const struct parquet_group *group, uint64_t offset);

struct parquet_footer {
  const struct parquet_column *columns;
  unsigned column_count;
  const char *created_by;
  uint64_t rows;
  uint32_t group_count;
  const struct parquet_bytes *descriptions; /* of all groups */
};
/* Appends the whole end of a file: metadata, its length, the magic bytes. */
void parquet_footer_append(struct parquet_bytes *to, const struct parquet_footer *footer);
