/* SPDX-License-Identifier: Apache-2.0
 *
 * A small Parquet reader for the tests and the fuzzer, written against the format and not against src/parquet: flat optional
 * columns, data pages of version 1, PLAIN and RLE_DICTIONARY, Snappy and zstd. It checks what it reads; where something is not
 * as the format wants it, the program ends, saying where.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define READER_MUST(holds)                                                                         \
  do {                                                                                             \
    if (!(holds)) {                                                                                \
      (void)fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #holds);                    \
      abort();                                                                                     \
    }                                                                                              \
  } while (0)

struct reader_span {
  const uint8_t *at, *end;
};

/* ---- Thrift, compact protocol */

static inline uint64_t
reader_varint(struct reader_span *span)
{
  uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    READER_MUST(span->at < span->end && shift < 64);
    uint8_t byte = *span->at++;
    value |= (uint64_t)(byte & 127) << shift;
    if (byte < 128)
      return value;
  }
}

static inline int64_t
reader_zigzag(struct reader_span *span)
{
  uint64_t value = reader_varint(span);
  return (int64_t)(value >> 1 ^ -(value & 1));
}

struct reader_list {
  uint32_t count;
  unsigned type;
};

static inline struct reader_list
reader_list(struct reader_span *span)
{
  READER_MUST(span->at < span->end);
  uint8_t head = *span->at++;
  struct reader_list list = {head >> 4, head & 15};
  if (list.count == 15)
    list.count = (uint32_t)reader_varint(span);
  return list;
}

static inline void reader_skip_struct(struct reader_span *span);
static inline void reader_skip(struct reader_span *span, unsigned type);

/* An element of a list: a boolean takes a byte there, and none as a field. */
static inline void
reader_skip_element(struct reader_span *span, unsigned type)
{
  if (type == 1 || type == 2)
    span->at++;
  else
    reader_skip(span, type);
  READER_MUST(span->at <= span->end);
}

static inline void
reader_skip(struct reader_span *span, unsigned type)
{
  if (type == 3)
    span->at++;
  else if (type == 5 || type == 6 || type == 4)
    (void)reader_varint(span);
  else if (type == 8) {
    uint64_t size = reader_varint(span);
    READER_MUST((uint64_t)(span->end - span->at) >= size);
    span->at += size;
  } else if (type == 9) {
    struct reader_list list = reader_list(span);
    for (uint32_t i = 0; i < list.count; i++)
      reader_skip_element(span, list.type);
  } else if (type == 12)
    reader_skip_struct(span);
  else
    READER_MUST(type == 1 || type == 2);
  READER_MUST(span->at <= span->end);
}

/* The next field of a struct; false at its end. */
static inline bool
reader_field(struct reader_span *span, int *id, unsigned *type)
{
  READER_MUST(span->at < span->end);
  uint8_t head = *span->at++;
  if (head == 0)
    return false;
  *type = head & 15;
  *id = head >> 4 != 0 ? *id + (head >> 4) : (int)reader_zigzag(span);
  return true;
}

static inline void
reader_skip_struct(struct reader_span *span)
{
  int id = 0;
  unsigned type;
  while (reader_field(span, &id, &type))
    reader_skip(span, type);
}

/* The span from the value of a field on; at == NULL: the struct does not have it. ret_type may be NULL. */
static inline struct reader_span
reader_find(struct reader_span span, int wanted, unsigned *ret_type)
{
  int id = 0;
  unsigned type;
  while (reader_field(&span, &id, &type)) {
    if (id == wanted) {
      if (ret_type != NULL)
        *ret_type = type;
      return span;
    }
    reader_skip(&span, type);
  }
  return (struct reader_span){NULL, NULL};
}

static inline int64_t
reader_number(struct reader_span of, int id)
{
  struct reader_span span = reader_find(of, id, NULL);
  READER_MUST(span.at != NULL);
  return reader_zigzag(&span);
}

static inline struct reader_span
reader_binary(struct reader_span of, int id)
{
  struct reader_span span = reader_find(of, id, NULL);
  if (span.at == NULL)
    return span;
  uint64_t size = reader_varint(&span);
  READER_MUST((uint64_t)(span.end - span.at) >= size);
  return (struct reader_span){span.at, span.at + size};
}

/* Element `index` of a list of structs. */
static inline struct reader_span
reader_element(struct reader_span of, int id, uint32_t index)
{
  struct reader_span span = reader_find(of, id, NULL);
  READER_MUST(span.at != NULL);
  struct reader_list list = reader_list(&span);
  READER_MUST(index < list.count && list.type == 12);
  for (uint32_t i = 0; i < index; i++)
    reader_skip_struct(&span);
  return span;
}

static inline uint32_t
reader_count(struct reader_span of, int id)
{
  struct reader_span span = reader_find(of, id, NULL);
  READER_MUST(span.at != NULL);
  return reader_list(&span).count;
}

/* ---- Snappy, by its format_description.txt */

static inline void
reader_snappy(struct reader_span from, uint8_t *to, size_t size)
{
  size_t done = 0;
  READER_MUST(reader_varint(&from) == size);
  while (from.at < from.end) {
    uint32_t tag = *from.at++, kind = tag & 3, length, offset = 0;
    uint32_t extra = kind == 0 ? (tag >> 2 >= 60 ? (tag >> 2) - 59 : 0) : kind == 3 ? 4 : kind;
    READER_MUST((size_t)(from.end - from.at) >= extra);
    memcpy(&offset, from.at, extra);
    from.at += extra;
    length = (tag >> 2) + 1;
    if (kind == 0) {
      length = extra > 0 ? offset + 1 : length;
      READER_MUST((size_t)(from.end - from.at) >= length && size - done >= length);
      memcpy(to + done, from.at, length);
      from.at += length;
      done += length;
      continue;
    }
    if (kind == 1) {
      length = (tag >> 2 & 7) + 4;
      offset |= tag >> 5 << 8;
    }
    READER_MUST(offset > 0 && offset <= done && size - done >= length);
    for (uint32_t i = 0; i < length; i++, done++)
      to[done] = to[done - offset];
  }
  READER_MUST(done == size);
}

/* ---- Pages */

/* Levels or codes: runs and packed groups until `count` values are there. Returns the end. */
static inline const uint8_t *
reader_hybrid(struct reader_span span, unsigned width, uint32_t *values, uint32_t count)
{
  uint32_t done = 0;
  while (done < count) {
    uint64_t head = reader_varint(&span);
    uint32_t groups = (uint32_t)(head >> 1);
    READER_MUST(groups > 0);
    if ((head & 1) == 0) {
      uint32_t value = 0;
      READER_MUST((size_t)(span.end - span.at) >= (width + 7) / 8 && count - done >= groups);
      memcpy(&value, span.at, (width + 7) / 8);
      span.at += (width + 7) / 8;
      for (uint32_t i = 0; i < groups; i++)
        values[done++] = value;
      continue;
    }
    READER_MUST((size_t)(span.end - span.at) >= (size_t)groups * width);
    for (uint64_t i = 0; i < 8ull * groups && done < count; i++, done++) {
      values[done] = 0;
      for (unsigned bit = 0; bit < width; bit++) {
        uint64_t at = i * width + bit;
        values[done] |= (uint32_t)(span.at[at / 8] >> (at % 8) & 1) << bit;
      }
    }
    span.at += (size_t)groups * width;
  }
  return span.at;
}

/* A value as PLAIN has it, without a length in front; a boolean is one byte. */
struct reader_value {
  const uint8_t *bytes; /* NULL: the value is NULL */
  uint32_t size;
};

/* A data page: its rows, where it stands in the file, what its header says of it. */
struct reader_page_facts {
  uint32_t row, rows;
  int64_t offset, bytes;
  struct reader_span statistics;
};

enum { READER_PAGES_MOST = 4096 };

struct reader_chunk {
  uint32_t rows;
  struct reader_value *values;
  bool has_dictionary;
  uint32_t pages; /* of data */
  struct reader_page_facts page_facts[READER_PAGES_MOST];
  int codec;
  uint8_t *pages_memory[READER_PAGES_MOST]; /* decompressed pages, freed with the chunk */
  uint32_t memory_count;
  struct reader_value *dictionary;
  uint32_t dictionary_count;
};

static inline void
reader_chunk_free(struct reader_chunk *chunk)
{
  for (uint32_t i = 0; i < chunk->memory_count; i++)
    free(chunk->pages_memory[i]);
  free(chunk->dictionary);
  free(chunk->values);
  free(chunk);
}

/* Values in PLAIN; returns how many bytes they took. */
static inline size_t
reader_plain(struct reader_chunk *chunk, struct reader_span span, int physical, uint32_t count,
             struct reader_value *values)
{
  static const uint8_t sizes[] = {0, 4, 8, 12, 4, 8, 0, 16};
  static const uint8_t booleans[2] = {0, 1};
  const uint8_t *start = span.at;
  (void)chunk;
  for (uint32_t i = 0; i < count; i++) {
    uint32_t size = sizes[physical];
    if (physical == 0) {
      READER_MUST(span.at + i / 8 < span.end);
      values[i] = (struct reader_value){&booleans[span.at[i / 8] >> (i % 8) & 1], 1};
      continue;
    }
    if (physical == 6) {
      READER_MUST(span.end - span.at >= 4);
      memcpy(&size, span.at, 4);
      span.at += 4;
    }
    READER_MUST((size_t)(span.end - span.at) >= size);
    values[i] = (struct reader_value){span.at, size};
    span.at += size;
  }
  return physical == 0 ? (count + 7) / 8 : (size_t)(span.at - start);
}

static inline void
reader_data_page(struct reader_chunk *chunk, struct reader_span body, int physical, uint32_t rows,
                 int64_t encoding)
{
  uint32_t *levels = malloc(sizeof *levels * rows), *codes = malloc(sizeof *codes * rows);
  struct reader_value *dense = malloc(sizeof *dense * rows);
  uint32_t length, present = 0;
  READER_MUST(levels != NULL && codes != NULL && dense != NULL && body.end - body.at >= 4);
  memcpy(&length, body.at, 4);
  body.at += 4;
  READER_MUST((size_t)(body.end - body.at) >= length);
  READER_MUST(reader_hybrid((struct reader_span){body.at, body.at + length}, 1, levels, rows) ==
              body.at + length);
  body.at += length;
  for (uint32_t i = 0; i < rows; i++)
    present += levels[i];
  if (encoding == 0) {
    body.at += reader_plain(chunk, body, physical, present, dense);
  } else {
    READER_MUST(encoding == 8 && body.at < body.end && chunk->dictionary != NULL);
    unsigned width = *body.at++;
    READER_MUST(width <= 32);
    body.at = reader_hybrid(body, width, codes, present);
    for (uint32_t i = 0; i < present; i++) {
      READER_MUST(codes[i] < chunk->dictionary_count);
      dense[i] = chunk->dictionary[codes[i]];
    }
  }
  READER_MUST(body.at == body.end);
  for (uint32_t i = 0, n = 0; i < rows; i++)
    chunk->values[chunk->rows + i] = levels[i] == 1 ? dense[n++] : (struct reader_value){NULL, 0};
  chunk->rows += rows;
  free(levels);
  free(codes);
  free(dense);
}

static inline struct reader_span
reader_decompress(struct reader_chunk *chunk, struct reader_span packed, size_t size)
{
  uint8_t *raw = malloc(size + 1);
  READER_MUST(raw != NULL && chunk->memory_count < READER_PAGES_MOST);
  chunk->pages_memory[chunk->memory_count++] = raw;
  if (chunk->codec == 0) {
    READER_MUST((size_t)(packed.end - packed.at) == size);
    memcpy(raw, packed.at, size);
  } else if (chunk->codec == 1) {
    reader_snappy(packed, raw, size);
  } else {
    READER_MUST(chunk->codec == 6);
    READER_MUST(ZSTD_decompress(raw, size, packed.at, (size_t)(packed.end - packed.at)) == size);
  }
  return (struct reader_span){raw, raw + size};
}

/* A page; returns its end, and adds its size before compression to *raw_bytes. */
static inline const uint8_t *
reader_page(struct reader_chunk *chunk, struct reader_span span, int physical, uint32_t rows,
            uint64_t *raw_bytes)
{
  struct reader_span header = span;
  int64_t type = reader_number(header, 1), size = reader_number(header, 2);
  int64_t packed = reader_number(header, 3);
  struct reader_span inner = reader_find(header, type == 0 ? 5 : 7, NULL);
  READER_MUST((type == 0 || type == 2) && inner.at != NULL && size > 0 && packed > 0);
  uint32_t count = (uint32_t)reader_number(inner, 1);
  int64_t encoding = reader_number(inner, 2);
  const uint8_t *start = span.at;
  reader_skip_struct(&span);
  *raw_bytes += (uint64_t)(span.at - start) + (uint64_t)size;
  READER_MUST(span.end - span.at >= packed);
  struct reader_span body =
      reader_decompress(chunk, (struct reader_span){span.at, span.at + packed}, (size_t)size);
  if (type == 2) {
    READER_MUST(!chunk->has_dictionary && chunk->pages == 0 && encoding == 0);
    chunk->has_dictionary = true;
    chunk->dictionary = calloc(count + 1ull, sizeof *chunk->dictionary);
    chunk->dictionary_count = count;
    READER_MUST(reader_plain(chunk, body, physical, count, chunk->dictionary) == (size_t)size);
  } else {
    READER_MUST(reader_number(inner, 3) == 3 && reader_number(inner, 4) == 3);
    READER_MUST(count > 0 && count <= rows - chunk->rows);
    READER_MUST(chunk->has_dictionary == (encoding == 8));
    chunk->page_facts[chunk->pages++] =
        (struct reader_page_facts){.row = chunk->rows,
                                   .rows = count,
                                   .bytes = span.at + packed - start,
                                   .statistics = reader_find(inner, 5, NULL)};
    reader_data_page(chunk, body, physical, count, encoding);
  }
  return span.at + packed;
}

/* ---- Files */

struct reader_file {
  uint8_t *bytes;
  size_t size;
  struct reader_span footer;
};

static inline struct reader_file
reader_open(const char *path)
{
  FILE *stream = fopen(path, "rb");
  READER_MUST(stream != NULL && fseek(stream, 0, SEEK_END) == 0);
  struct reader_file file = {.size = (size_t)ftell(stream)};
  rewind(stream);
  file.bytes = malloc(file.size);
  READER_MUST(file.size >= 12 && fread(file.bytes, 1, file.size, stream) == file.size);
  (void)fclose(stream);
  uint32_t length;
  memcpy(&length, file.bytes + file.size - 8, 4);
  READER_MUST(memcmp(file.bytes, "PAR1", 4) == 0);
  READER_MUST(memcmp(file.bytes + file.size - 4, "PAR1", 4) == 0 && length <= file.size - 12);
  const uint8_t *end = file.bytes + file.size - 8;
  file.footer = (struct reader_span){end - length, end};
  struct reader_span all = file.footer;
  reader_skip_struct(&all);
  READER_MUST(all.at == all.end);
  return file;
}

static inline void
reader_close(struct reader_file *file)
{
  free(file->bytes);
}

static inline struct reader_span
reader_group(const struct reader_file *file, uint32_t group)
{
  return reader_element(file->footer, 4, group);
}

/* ColumnMetaData. */
static inline struct reader_span
reader_column(const struct reader_file *file, uint32_t group, uint32_t column)
{
  return reader_find(reader_element(reader_group(file, group), 1, column), 3, NULL);
}

static inline struct reader_chunk *
reader_read(const struct reader_file *file, uint32_t group, uint32_t column)
{
  struct reader_span facts = reader_column(file, group, column);
  struct reader_chunk *chunk = calloc(1, sizeof *chunk);
  READER_MUST(chunk != NULL);
  uint32_t rows = (uint32_t)reader_number(facts, 5);
  READER_MUST(reader_number(reader_group(file, group), 3) == rows);
  chunk->values = calloc(rows + 1ull, sizeof *chunk->values);
  chunk->codec = (int)reader_number(facts, 4);
  int64_t data = reader_number(facts, 9), start = data, bytes = reader_number(facts, 7);
  if (reader_find(facts, 11, NULL).at != NULL)
    start = reader_number(facts, 11);
  READER_MUST(start >= 4 && start + bytes <= file->footer.at - file->bytes);
  struct reader_span span = {file->bytes + start, file->bytes + start + bytes};
  uint64_t raw_bytes = 0;
  while (span.at < span.end) {
    READER_MUST((chunk->pages == 0 && start != data && !chunk->has_dictionary) ||
                chunk->pages > 0 || span.at == file->bytes + data);
    const uint8_t *page = span.at;
    span.at = reader_page(chunk, span, (int)reader_number(facts, 1), rows, &raw_bytes);
    if (chunk->pages > 0)
      chunk->page_facts[chunk->pages - 1].offset = page - file->bytes;
  }
  READER_MUST(chunk->rows == rows && raw_bytes == (uint64_t)reader_number(facts, 6));
  READER_MUST(chunk->has_dictionary == (start != data));
  return chunk;
}

/* ---- The page index: a chunk's ColumnIndex and OffsetIndex */

/* at == NULL: there is none. The struct takes all the bytes that the footer says. */
static inline struct reader_span
reader_index(const struct reader_file *file, struct reader_span column_chunk, int offset_id)
{
  if (reader_find(column_chunk, offset_id, NULL).at == NULL)
    return (struct reader_span){NULL, NULL};
  int64_t offset = reader_number(column_chunk, offset_id);
  int64_t bytes = reader_number(column_chunk, offset_id + 1);
  READER_MUST(offset >= 4 && bytes > 0 && offset + bytes <= file->footer.at - file->bytes);
  struct reader_span index = {file->bytes + offset, file->bytes + offset + bytes}, all = index;
  reader_skip_struct(&all);
  READER_MUST(all.at == all.end);
  return index;
}

static inline struct reader_span
reader_index_offsets(const struct reader_file *file, uint32_t group, uint32_t column)
{
  return reader_index(file, reader_element(reader_group(file, group), 1, column), 4);
}

static inline struct reader_span
reader_index_columns(const struct reader_file *file, uint32_t group, uint32_t column)
{
  return reader_index(file, reader_element(reader_group(file, group), 1, column), 6);
}

/* Element `index` of a list whose elements are booleans, numbers or binaries: the span from it on. */
static inline struct reader_span
reader_item(struct reader_span of, int id, uint32_t index, unsigned type)
{
  struct reader_span span = reader_find(of, id, NULL);
  READER_MUST(span.at != NULL);
  struct reader_list list = reader_list(&span);
  READER_MUST(index < list.count && list.type == type);
  for (uint32_t i = 0; i < index; i++)
    reader_skip_element(&span, type);
  READER_MUST(span.at < span.end);
  return span;
}
