/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/page.h"

enum { HEADER_ROOM = 64 + 2 * PARQUET_BOUND_TEXT_MOST, PAGE_DATA = 0, PAGE_DICTIONARY = 2 };

bool
parquet_page_begin(struct parquet_scratch *scratch, size_t room)
{
  scratch->values_at = 0;
  scratch->content = PARQUET_CONTENT_BYTES;
  return parquet_bytes_clear(&scratch->page, room) != NULL;
}

struct page {
  int type;
  uint32_t values;
  enum parquet_encoding encoding;
  const struct parquet_told *told; /* of a data page */
};

static bool
write_header(struct parquet_scratch *scratch, const struct page *page, size_t packed)
{
  if (parquet_bytes_clear(&scratch->header, HEADER_ROOM) == NULL)
    return false;
  struct parquet_thrift thrift = {.out = &scratch->header};
  parquet_thrift_i32(&thrift, 1, page->type);
  parquet_thrift_i32(&thrift, 2, (int32_t)scratch->page.size);
  parquet_thrift_i32(&thrift, 3, (int32_t)packed);
  parquet_thrift_begin(&thrift, page->type == PAGE_DATA ? 5 : 7);
  parquet_thrift_i32(&thrift, 1, (int32_t)page->values);
  parquet_thrift_i32(&thrift, 2, (int32_t)page->encoding);
  if (page->type == PAGE_DATA) {
    parquet_thrift_i32(&thrift, 3, PARQUET_ENCODING_RLE);
    parquet_thrift_i32(&thrift, 4, PARQUET_ENCODING_RLE);
    parquet_told_put(&thrift, 5, page->told);
  }
  parquet_thrift_end(&thrift);
  parquet_thrift_end(&thrift);
  return !scratch->header.is_broken && scratch->header.size <= HEADER_ROOM;
}

/* Less than an eighth gained is not worth what every reader pays. */
static bool
is_futile(size_t packed, size_t size)
{
  return packed > size - size / 8;
}

/* The body is compressed to where it stands at last but for the header, whose size depends on it. */
static bool
append_page(struct parquet_scratch *scratch, struct parquet_chunk *chunk,
            const struct parquet_options *options, const struct page *page)
{
  struct parquet_bytes *raw = &scratch->page, *group = &scratch->group;
  if (raw->is_broken || raw->size > INT32_MAX ||
      !parquet_bytes_reserve(group, HEADER_ROOM + parquet_codec_bound(chunk->codec, raw->size)))
    return false;
  uint8_t *start = group->at + group->size;
  size_t packed = raw->size;
  if (chunk->codec != PARQUET_UNCOMPRESSED) {
    const struct parquet_raw told = {raw->at, raw->size, scratch->values_at, scratch->content};
    packed = parquet_codec_compress(&scratch->codec, chunk->codec, options->zstd_level, &told,
                                    start + HEADER_ROOM);
    if (packed == 0)
      return false;
    if (chunk->pages == 0 && page->encoding == PARQUET_ENCODING_PLAIN && page->type == PAGE_DATA &&
        is_futile(packed, raw->size)) {
      chunk->codec = PARQUET_UNCOMPRESSED;
      packed = raw->size;
    }
  }
  if (packed > INT32_MAX || !write_header(scratch, page, packed))
    return false;
  size_t header = scratch->header.size;
  memcpy(start, scratch->header.at, header);
  if (chunk->codec == PARQUET_UNCOMPRESSED)
    memcpy(start + header, raw->at, packed);
  else
    memmove(start + header, start + HEADER_ROOM, packed);
  group->size += header + packed;
  chunk->raw_bytes += header + raw->size;
  return true;
}

bool
parquet_page_data(struct parquet_scratch *scratch, struct parquet_chunk *chunk,
                  const struct parquet_options *options, enum parquet_encoding encoding,
                  struct parquet_page *page)
{
  const struct page data = {PAGE_DATA, page->rows, encoding, &page->told};
  page->start = scratch->group.size;
  if (!append_page(scratch, chunk, options, &data))
    return false;
  page->bytes = (uint32_t)(scratch->group.size - page->start);
  chunk->pages++;
  parquet_bytes_append(&scratch->pages, page, sizeof *page);
  return !scratch->pages.is_broken;
}

bool
parquet_page_dictionary(struct parquet_scratch *scratch, struct parquet_chunk *chunk,
                        const struct parquet_options *options, uint32_t entries)
{
  const struct page page = {PAGE_DICTIONARY, entries, PARQUET_ENCODING_PLAIN, NULL};
  uint64_t before = scratch->group.size;
  if (!append_page(scratch, chunk, options, &page))
    return false;
  chunk->dictionary_size = scratch->group.size - before;
  return true;
}
