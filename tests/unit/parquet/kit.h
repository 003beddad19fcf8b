/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of src/parquet and its fuzzer share: an allocator that counts, checks and fails on demand, and the round trip:
 * written by src/parquet, read by reader.h, compared with what went in, bounds with those found one by one.
 */
#pragma once

#include "parquet/outline.h"
#include "parquet/parquet.h"
#include "parquet/reader.h"
#include <errno.h>
#include <unistd.h>

/* ---- Memory */

struct kit_memory {
  uint64_t live_blocks, calls;
  uint64_t fails_at; /* the call that fails, from 1; 0: none */
  struct parquet_allocator allocator;
};

static inline void *
kit_resize(void *user, void *old, size_t old_bytes, size_t new_bytes)
{
  struct kit_memory *memory = user;
  size_t *block = old == NULL ? NULL : (size_t *)old - 2;
  READER_MUST(old == NULL ? old_bytes == 0 : block[0] == old_bytes);
  if (new_bytes == 0) {
    memory->live_blocks -= old != NULL;
    free(block);
    return NULL;
  }
  if (++memory->calls == memory->fails_at)
    return NULL;
  size_t *made = malloc(2 * sizeof *made + new_bytes);
  READER_MUST(made != NULL);
  made[0] = new_bytes;
  if (block != NULL)
    memcpy(made + 2, old, old_bytes < new_bytes ? old_bytes : new_bytes);
  free(block);
  memory->live_blocks += old == NULL;
  return made + 2;
}

static inline void
kit_memory_init(struct kit_memory *memory)
{
  *memory = (struct kit_memory){.live_blocks = 0};
  memory->allocator = (struct parquet_allocator){kit_resize, memory};
}

/* ---- Values */

static inline struct parquet_string
kit_string(const char *text, uint32_t length)
{
  struct parquet_string string = {.length = length};
  if (length <= sizeof string.inlined) {
    if (length > 0)
      memcpy(string.inlined, text, length);
  } else {
    memcpy(string.pointer.prefix, text, 4);
    string.pointer.address = text;
  }
  return string;
}

static inline const char *
kit_text(const struct parquet_string *string)
{
  return string->length <= sizeof string->inlined ? string->inlined : string->pointer.address;
}

static inline bool
kit_is_null(const struct parquet_values *values, uint32_t row)
{
  return values->validity != NULL && (values->validity[row / 64] >> (row % 64) & 1) == 0;
}

/* The value as PLAIN has it; to holds 16 bytes, texts are not copied. */
static inline struct reader_value
kit_plain(enum parquet_type type, const struct parquet_values *values, uint32_t row, uint8_t *to)
{
  static const uint8_t sizes[] = {1, 1, 2, 4, 8, 4, 8, 4, 8, 8, 2, 4, 8, 16, 16};
  const uint8_t *from = (const uint8_t *)values->values + (size_t)sizes[type] * row;
  struct reader_value plain = {to, sizes[type]};
  memcpy(to, from, sizes[type]);
  if (type == PARQUET_INT8 || type == PARQUET_INT16 || type == PARQUET_DECIMAL16) {
    int16_t narrow;
    memcpy(&narrow, from, 2 * (type != PARQUET_INT8));
    int32_t wide = type == PARQUET_INT8 ? (int8_t)from[0] : narrow;
    memcpy(to, &wide, 4);
    plain.size = 4;
  } else if (type == PARQUET_DECIMAL128) {
    for (unsigned i = 0; i < 16; i++)
      to[i] = from[15 - i];
  } else if (type == PARQUET_STRING) {
    const struct parquet_string *string = (const struct parquet_string *)values->values + row;
    plain = (struct reader_value){(const uint8_t *)kit_text(string), string->length};
  }
  return plain;
}

static inline void
kit_compare(const struct reader_chunk *chunk, enum parquet_type type,
            const struct parquet_values *values, uint32_t rows)
{
  READER_MUST(chunk->rows == rows);
  for (uint32_t row = 0; row < rows; row++) {
    const struct reader_value *got = &chunk->values[row];
    READER_MUST((got->bytes == NULL) == kit_is_null(values, row));
    if (got->bytes == NULL)
      continue;
    uint8_t memory[16];
    struct reader_value wanted = kit_plain(type, values, row, memory);
    READER_MUST(got->size == wanted.size);
    READER_MUST(wanted.size == 0 || memcmp(got->bytes, wanted.bytes, wanted.size) == 0);
  }
}

/* ---- Bounds */

/* Below 0, 0, above 0; values in PLAIN. NaN must not come. */
static inline int
kit_order(enum parquet_type type, struct reader_value a, struct reader_value b)
{
  int64_t integers[2] = {0, 0};
  double reals[2];
  if (type == PARQUET_STRING || type == PARQUET_DECIMAL128) {
    uint32_t least = a.size < b.size ? a.size : b.size;
    if (type == PARQUET_DECIMAL128 && (a.bytes[0] ^ b.bytes[0]) >= 128)
      return a.bytes[0] >= 128 ? -1 : 1;
    int order = least == 0 ? 0 : memcmp(a.bytes, b.bytes, least);
    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
  }
  if (type == PARQUET_DOUBLE || type == PARQUET_FLOAT) {
    float narrow[2];
    memcpy(&narrow[0], a.bytes, 4);
    memcpy(&narrow[1], b.bytes, 4);
    reals[0] = narrow[0];
    reals[1] = narrow[1];
    if (type == PARQUET_DOUBLE) {
      memcpy(&reals[0], a.bytes, 8);
      memcpy(&reals[1], b.bytes, 8);
    }
    return (reals[0] > reals[1]) - (reals[0] < reals[1]);
  }
  const struct reader_value *both[2] = {&a, &b};
  for (unsigned k = 0; k < 2; k++) {
    int32_t narrow;
    memcpy(&integers[k], both[k]->bytes, both[k]->size);
    memcpy(&narrow, both[k]->bytes, both[k]->size == 1 ? 1 : 4);
    if (both[k]->size == 4)
      integers[k] = narrow;
  }
  return (integers[0] > integers[1]) - (integers[0] < integers[1]);
}

static inline bool
kit_is_nan(enum parquet_type type, struct reader_value value)
{
  double real = 0;
  float narrow = 0;
  if (type == PARQUET_DOUBLE)
    memcpy(&real, value.bytes, 8);
  if (type == PARQUET_FLOAT)
    memcpy(&narrow, value.bytes, 4);
  return real != real || narrow != narrow;
}

/* The bounds of rows [row, row + rows) of a chunk, found one by one. */
struct kit_bounds {
  struct reader_value low, high; /* bytes == NULL: there is no value but NaN */
  int64_t nulls;
  bool is_told; /* whether a file tells them */
};

static inline struct kit_bounds
kit_bounds_of(const struct reader_chunk *chunk, uint32_t row, uint32_t rows, enum parquet_type type)
{
  struct kit_bounds bounds = {.nulls = 0};
  bool has_nan = false;
  for (uint32_t end = row + rows; row < end; row++) {
    struct reader_value value = chunk->values[row];
    bounds.nulls += value.bytes == NULL;
    if (value.bytes == NULL)
      continue;
    if (kit_is_nan(type, value)) {
      has_nan = true;
      continue;
    }
    if (bounds.low.bytes == NULL || kit_order(type, value, bounds.low) < 0)
      bounds.low = value;
    if (bounds.high.bytes == NULL || kit_order(type, value, bounds.high) > 0)
      bounds.high = value;
  }
  bounds.is_told =
      bounds.low.bytes != NULL && !has_nan && bounds.low.size <= 64 && bounds.high.size <= 64;
  return bounds;
}

/* Real zeros: the minimum is told as -0.0, the maximum as 0.0. */
static inline void
kit_check_bound(struct reader_span told, struct reader_value wanted, enum parquet_type type,
                bool is_min)
{
  struct reader_value value = {told.at, (uint32_t)(told.end - told.at)};
  READER_MUST(value.size == wanted.size && kit_order(type, value, wanted) == 0);
  if (type != PARQUET_FLOAT && type != PARQUET_DOUBLE)
    return;
  bool is_zero = true;
  for (uint32_t i = 0; i < value.size; i++)
    is_zero &= value.bytes[i] == 0 || (i + 1 == value.size && value.bytes[i] == 128);
  READER_MUST(!is_zero || (value.bytes[value.size - 1] == 128) == is_min);
}

/* The struct Statistics of a column chunk or a page. */
static inline void
kit_check_statistics(struct reader_span told, const struct kit_bounds *bounds,
                     enum parquet_type type)
{
  READER_MUST(told.at != NULL && reader_number(told, 3) == bounds->nulls);
  struct reader_span max = reader_binary(told, 5), min = reader_binary(told, 6);
  READER_MUST((min.at != NULL) == bounds->is_told && (max.at != NULL) == bounds->is_told);
  if (!bounds->is_told)
    return;
  kit_check_bound(min, bounds->low, type, /* is_min= */ true);
  kit_check_bound(max, bounds->high, type, /* is_min= */ false);
}

static inline void
kit_check_offsets(struct reader_span offsets, const struct reader_chunk *chunk)
{
  READER_MUST(reader_count(offsets, 1) == chunk->pages);
  for (uint32_t i = 0; i < chunk->pages; i++) {
    const struct reader_page_facts *page = &chunk->page_facts[i];
    struct reader_span place = reader_element(offsets, 1, i);
    READER_MUST(reader_number(place, 1) == page->offset);
    READER_MUST(reader_number(place, 2) == page->bytes);
    READER_MUST(reader_number(place, 3) == page->row);
  }
}

/* A binary of a list. */
static inline struct reader_span
kit_item(struct reader_span columns, int id, uint32_t index)
{
  struct reader_span span = reader_item(columns, id, index, 8);
  uint64_t size = reader_varint(&span);
  READER_MUST((uint64_t)(span.end - span.at) >= size);
  return (struct reader_span){span.at, span.at + size};
}

/* pages: the bounds of each. */
static inline void
kit_check_columns(struct reader_span columns, const struct kit_bounds *pages,
                  const struct reader_chunk *chunk, enum parquet_type type)
{
  const struct kit_bounds *last = NULL;
  bool ascends = true;
  for (int id = 1; id <= 5; id += id == 3 ? 2 : 1)
    READER_MUST(reader_count(columns, id) == chunk->pages);
  for (uint32_t i = 0; i < chunk->pages; i++) {
    const struct kit_bounds *page = &pages[i];
    struct reader_span min = kit_item(columns, 2, i), max = kit_item(columns, 3, i);
    struct reader_span nulls = reader_item(columns, 5, i, 6);
    READER_MUST(reader_zigzag(&nulls) == page->nulls);
    READER_MUST(*reader_item(columns, 1, i, 1).at == (page->low.bytes == NULL ? 1 : 2));
    if (page->low.bytes == NULL) {
      READER_MUST(min.at == min.end && max.at == max.end);
      continue;
    }
    kit_check_bound(min, page->low, type, /* is_min= */ true);
    kit_check_bound(max, page->high, type, /* is_min= */ false);
    ascends &= last == NULL || (kit_order(type, last->low, page->low) <= 0 &&
                                kit_order(type, last->high, page->high) <= 0);
    last = page;
  }
  READER_MUST(reader_number(columns, 4) == (ascends ? 1 : 0));
}

/* All that is told of a chunk and its pages against the values, found one by one. */
static inline void
kit_check_bounds(const struct reader_file *file, uint32_t group, uint32_t column,
                 const struct reader_chunk *chunk, enum parquet_type type, bool has_index)
{
  struct kit_bounds whole = kit_bounds_of(chunk, 0, chunk->rows, type);
  struct kit_bounds *pages = calloc(chunk->pages, sizeof *pages);
  READER_MUST(pages != NULL);
  kit_check_statistics(reader_find(reader_column(file, group, column), 12, NULL), &whole, type);
  bool are_told = true;
  for (uint32_t i = 0; i < chunk->pages; i++) {
    const struct reader_page_facts *page = &chunk->page_facts[i];
    pages[i] = kit_bounds_of(chunk, page->row, page->rows, type);
    kit_check_statistics(page->statistics, &pages[i], type);
    are_told &= pages[i].is_told || pages[i].nulls == page->rows;
  }
  struct reader_span offsets = reader_index_offsets(file, group, column);
  struct reader_span columns = reader_index_columns(file, group, column);
  READER_MUST((offsets.at != NULL) == has_index);
  READER_MUST((columns.at != NULL) == (has_index && are_told));
  if (offsets.at != NULL)
    kit_check_offsets(offsets, chunk);
  if (columns.at != NULL)
    kit_check_columns(columns, pages, chunk, type);
  free(pages);
}

/* ---- The round trip */

static char kit_folder[40], kit_file[64];

static inline void
kit_drop_path(void)
{
  (void)unlink(kit_file);
  (void)rmdir(kit_folder);
}

/* A path in a folder of the process's own, gone at its end; in memory if there is such a place, since every file is forced to disk. */
static inline const char *
kit_path_made(void)
{
  if (kit_file[0] == '\0') {
    (void)snprintf(kit_folder, sizeof kit_folder, "%s/kindling-parquet-XXXXXX",
                   access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    READER_MUST(mkdtemp(kit_folder) != NULL);
    (void)snprintf(kit_file, sizeof kit_file, "%s/test.parquet", kit_folder);
    (void)atexit(kit_drop_path);
  }
  return kit_file;
}

/* The same, and the file is not there. */
static inline const char *
kit_path(void)
{
  (void)unlink(kit_path_made());
  return kit_path_made();
}

/* values: those of group 0's columns, of group 1's, ... */
struct kit_table {
  const struct parquet_column *columns;
  unsigned column_count;
  const struct parquet_values *values;
  const uint32_t *rows;
  unsigned group_count;
};

/* False: out of memory, and nothing else. */
static inline bool
kit_write(const struct kit_table *table, const struct parquet_options *options, const char *path)
{
  struct parquet_file *file =
      parquet_file_open(path, table->columns, table->column_count, "a test", options);
  if (file == NULL) {
    READER_MUST(errno == ENOMEM);
    return false;
  }
  for (unsigned i = 0; i < table->group_count; i++) {
    struct parquet_group *group =
        parquet_encode(table->columns, table->column_count,
                       table->values + (size_t)i * table->column_count, table->rows[i], options);
    if (group == NULL || !parquet_file_add(file, group)) {
      READER_MUST(group == NULL || errno == ENOMEM);
      parquet_file_abandon(file);
      return false;
    }
  }
  uint64_t before = parquet_file_bytes(file), bytes = 0;
  if (!parquet_file_close(file, &bytes)) {
    READER_MUST(errno == ENOMEM);
    return false;
  }
  READER_MUST(bytes > before);
  return true;
}

/* Whether a chunk has several data pages, by encoding_stats: then all have a page index. */
static inline bool
kit_has_several_pages(const struct reader_file *file, const struct kit_table *table)
{
  bool has = false;
  for (unsigned i = 0; i < table->group_count; i++)
    for (unsigned k = 0; k < table->column_count; k++) {
      struct reader_span facts = reader_column(file, i, k);
      struct reader_span pages = reader_element(facts, 13, reader_count(facts, 13) - 1);
      READER_MUST(reader_number(pages, 1) == 0);
      has |= reader_number(pages, 3) > 1;
    }
  return has;
}

static inline void
kit_check_outline(const struct reader_file *file, const struct kit_table *table)
{
  struct parquet_outline outline;
  uint64_t rows = 0;
  for (unsigned i = 0; i < table->group_count; i++)
    rows += table->rows[i];
  READER_MUST(parquet_outline_read(file->footer.at, (size_t)(file->footer.end - file->footer.at),
                                   &outline));
  READER_MUST(outline.rows == rows && outline.row_groups == table->group_count);
}

static inline void
kit_check(const struct kit_table *table, const char *path)
{
  struct reader_file file = reader_open(path);
  uint64_t rows = 0;
  READER_MUST(reader_count(file.footer, 4) == table->group_count);
  READER_MUST(reader_count(file.footer, 2) == table->column_count + 1);
  kit_check_outline(&file, table);
  READER_MUST(reader_count(file.footer, 7) == table->column_count);
  bool has_index = kit_has_several_pages(&file, table);
  for (unsigned i = 0; i < table->group_count; i++) {
    rows += table->rows[i];
    for (unsigned k = 0; k < table->column_count; k++) {
      struct reader_chunk *chunk = reader_read(&file, i, k);
      enum parquet_type type = table->columns[k].type;
      kit_compare(chunk, type, &table->values[(size_t)i * table->column_count + k], table->rows[i]);
      kit_check_bounds(&file, i, k, chunk, type, has_index);
      reader_chunk_free(chunk);
    }
  }
  READER_MUST((uint64_t)reader_number(file.footer, 3) == rows);
  reader_close(&file);
}

/* Written with each codec, read, compared; nothing leaks. */
static inline void
kit_round_trip(const struct kit_table *table)
{
  for (int codec = PARQUET_UNCOMPRESSED; codec <= PARQUET_ZSTD; codec++) {
    struct kit_memory memory;
    kit_memory_init(&memory);
    struct parquet_options options = {.codec = (enum parquet_codec)codec,
                                      .allocator = &memory.allocator};
    const char *path = kit_path();
    READER_MUST(kit_write(table, &options, path));
    READER_MUST(memory.live_blocks == 0);
    kit_check(table, path);
    (void)unlink(path);
  }
}
