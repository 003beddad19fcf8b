/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbers are the fields' ids in parquet.thrift.
 */
#include "parquet/index.h"

enum { ORDER_UNORDERED = 0, ORDER_ASCENDING = 1 };

void
parquet_index_init(struct parquet_index *index, const struct parquet_allocator *allocator)
{
  const struct parquet_bytes none = {.allocator = allocator};
  *index = (struct parquet_index){.columns = none, .offsets = none, .places = none};
}

void
parquet_index_clear(struct parquet_index *index)
{
  parquet_bytes_free(&index->columns);
  parquet_bytes_free(&index->offsets);
  parquet_bytes_free(&index->places);
}

bool
parquet_index_is_broken(const struct parquet_index *index)
{
  return index->columns.is_broken || index->offsets.is_broken || index->places.is_broken;
}

static bool
is_null_page(const struct parquet_page *page)
{
  return page->told.null_count == page->rows;
}

static bool
are_bounds_told(const struct parquet_page *pages, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++)
    if (!pages[i].told.has_bounds && !is_null_page(&pages[i]))
      return false;
  return true;
}

static void
put_columns(struct parquet_bytes *to, const struct parquet_page *pages,
            const struct parquet_chunk *chunk)
{
  struct parquet_thrift thrift = {.out = to};
  parquet_thrift_list(&thrift, 1, PARQUET_THRIFT_TRUE, chunk->pages);
  for (uint32_t i = 0; i < chunk->pages; i++)
    parquet_thrift_element_bool(&thrift, is_null_page(&pages[i]));
  parquet_thrift_list(&thrift, 2, PARQUET_THRIFT_BINARY, chunk->pages);
  for (uint32_t i = 0; i < chunk->pages; i++)
    parquet_thrift_element_binary(&thrift, pages[i].told.min, pages[i].told.min_size);
  parquet_thrift_list(&thrift, 3, PARQUET_THRIFT_BINARY, chunk->pages);
  for (uint32_t i = 0; i < chunk->pages; i++)
    parquet_thrift_element_binary(&thrift, pages[i].told.max, pages[i].told.max_size);
  parquet_thrift_i32(&thrift, 4, chunk->is_ascending ? ORDER_ASCENDING : ORDER_UNORDERED);
  parquet_thrift_list(&thrift, 5, PARQUET_THRIFT_I64, chunk->pages);
  for (uint32_t i = 0; i < chunk->pages; i++)
    parquet_thrift_element_i64(&thrift, (int64_t)pages[i].told.null_count);
  parquet_thrift_end(&thrift);
}

static void
put_offsets(struct parquet_bytes *to, const struct parquet_page *pages,
            const struct parquet_chunk *chunk, uint64_t offset)
{
  struct parquet_thrift thrift = {.out = to};
  parquet_thrift_list(&thrift, 1, PARQUET_THRIFT_STRUCT, chunk->pages);
  for (uint32_t i = 0; i < chunk->pages; i++) {
    parquet_thrift_element_begin(&thrift);
    parquet_thrift_i64(&thrift, 1, (int64_t)(offset + pages[i].start));
    parquet_thrift_i32(&thrift, 2, (int32_t)pages[i].bytes);
    parquet_thrift_i64(&thrift, 3, pages[i].row);
    parquet_thrift_end(&thrift);
  }
  parquet_thrift_end(&thrift);
}

void
parquet_index_add(struct parquet_index *index, const struct parquet_group *group,
                  const struct parquet_chunk *chunk, uint64_t offset, uint64_t cut)
{
  const struct parquet_page *pages = group->pages + chunk->first_page;
  size_t columns = index->columns.size, offsets = index->offsets.size;
  index->is_wanted |= chunk->pages > 1;
  if (are_bounds_told(pages, chunk->pages))
    put_columns(&index->columns, pages, chunk);
  put_offsets(&index->offsets, pages, chunk, offset);
  const struct parquet_index_place place = {cut, (uint32_t)(index->columns.size - columns),
                                            (uint32_t)(index->offsets.size - offsets)};
  parquet_bytes_append(&index->places, &place, sizeof place);
}
