/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: the page index, by which readers pass over data pages: for each column chunk an OffsetIndex (where its
 * pages are) and, unless a page's bounds are not told, a ColumnIndex (what they hold). All of it stands between the last row
 * group and the footer, for every chunk of the file or for none: one page a chunk is told by the chunk's own statistics. Made
 * as row groups come; where it stands is known at the end only. Out of memory is remembered by the bytes.
 * Source: PageIndex.md, parquet.thrift.
 */
#pragma once

#include "parquet/group.h"

/* A chunk's. */
struct parquet_index_place {
  uint64_t cut; /* in the descriptions: here the footer tells where the index is */
  uint32_t column_bytes, offset_bytes; /* column_bytes 0: no ColumnIndex */
};

struct parquet_index {
  struct parquet_bytes columns, offsets; /* of all chunks, in their order */
  struct parquet_bytes places;           /* struct parquet_index_place */
  bool is_wanted;                        /* a chunk has several pages */
};

void parquet_index_init(struct parquet_index *index, const struct parquet_allocator *allocator);
void parquet_index_clear(struct parquet_index *index);
bool parquet_index_is_broken(const struct parquet_index *index);

/* Adds that of a chunk of a row group whose bytes stand at `offset` of the file. */
void parquet_index_add(struct parquet_index *index, const struct parquet_group *group,
                       const struct parquet_chunk *chunk, uint64_t offset, uint64_t cut);
