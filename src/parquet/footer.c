/* SPDX-License-Identifier: Apache-2.0
 *
 * The numbers are the fields' ids in parquet.thrift.
 */
#include "parquet/footer.h"
#include "parquet/page.h"

enum {
  FORMAT_VERSION = 1,
  REPETITION_OPTIONAL = 1,
  FIXED_BYTES = 16,
  PAGE_DATA = 0,
  PAGE_DICTIONARY = 2
};

/* ---- A column chunk */

static void
put_page_count(struct parquet_thrift *thrift, int type, int encoding, uint32_t count)
{
  parquet_thrift_element_begin(thrift);
  parquet_thrift_i32(thrift, 1, type);
  parquet_thrift_i32(thrift, 2, encoding);
  parquet_thrift_i32(thrift, 3, (int32_t)count);
  parquet_thrift_end(thrift);
}

static void
put_encodings(struct parquet_thrift *thrift, bool has_dictionary)
{
  parquet_thrift_list(thrift, 2, PARQUET_THRIFT_I32, has_dictionary ? 3 : 2);
  parquet_thrift_element_i32(thrift, PARQUET_ENCODING_PLAIN);
  parquet_thrift_element_i32(thrift, PARQUET_ENCODING_RLE);
  if (has_dictionary)
    parquet_thrift_element_i32(thrift, PARQUET_ENCODING_RLE_DICTIONARY);
}

static int32_t
codec_of(enum parquet_codec codec)
{
  static const uint8_t numbers[] = {
      [PARQUET_UNCOMPRESSED] = 0, [PARQUET_SNAPPY] = 1, [PARQUET_ZSTD] = 6};
  return numbers[codec];
}

/* All of a ColumnChunk but for the end of the struct, before which the place of its index is told. */
static void
put_chunk(struct parquet_thrift *thrift, const struct parquet_column *column,
          const struct parquet_group *group, unsigned index, uint64_t offset)
{
  const struct parquet_chunk *chunk = &group->chunks[index];
  const struct parquet_facts *facts = parquet_facts_of(column->type);
  const struct parquet_told told = parquet_told_of(&group->statistics[index], facts->shape);
  bool has_dictionary = chunk->dictionary_size > 0;
  uint64_t start = offset + chunk->start;
  parquet_thrift_element_begin(thrift);
  parquet_thrift_i64(thrift, 2, 0); /* file_offset, deprecated */
  parquet_thrift_begin(thrift, 3);
  parquet_thrift_i32(thrift, 1, (int32_t)facts->physical);
  put_encodings(thrift, has_dictionary);
  parquet_thrift_list(thrift, 3, PARQUET_THRIFT_BINARY, 1);
  parquet_thrift_element_text(thrift, column->name);
  parquet_thrift_i32(thrift, 4, codec_of(chunk->codec));
  parquet_thrift_i64(thrift, 5, group->rows);
  parquet_thrift_i64(thrift, 6, (int64_t)chunk->raw_bytes);
  parquet_thrift_i64(thrift, 7, (int64_t)chunk->bytes);
  parquet_thrift_i64(thrift, 9, (int64_t)(start + chunk->dictionary_size));
  if (has_dictionary)
    parquet_thrift_i64(thrift, 11, (int64_t)start);
  parquet_told_put(thrift, 12, &told);
  parquet_thrift_list(thrift, 13, PARQUET_THRIFT_STRUCT, has_dictionary ? 2 : 1);
  if (has_dictionary)
    put_page_count(thrift, PAGE_DICTIONARY, PARQUET_ENCODING_PLAIN, 1);
  put_page_count(thrift, PAGE_DATA,
                 has_dictionary ? PARQUET_ENCODING_RLE_DICTIONARY : PARQUET_ENCODING_PLAIN,
                 chunk->pages);
  parquet_thrift_end(thrift);
}

void
parquet_footer_group(struct parquet_bytes *descriptions, struct parquet_index *index,
                     const struct parquet_column *columns, const struct parquet_group *group,
                     uint64_t offset)
{
  struct parquet_thrift thrift = {.out = descriptions};
  uint64_t raw_bytes = 0;
  parquet_thrift_list(&thrift, 1, PARQUET_THRIFT_STRUCT, group->column_count);
  for (unsigned i = 0; i < group->column_count; i++) {
    put_chunk(&thrift, &columns[i], group, i, offset);
    parquet_index_add(index, group, &group->chunks[i], offset, descriptions->size);
    parquet_thrift_end(&thrift);
    raw_bytes += group->chunks[i].raw_bytes;
  }
  parquet_thrift_i64(&thrift, 2, (int64_t)raw_bytes);
  parquet_thrift_i64(&thrift, 3, group->rows);
  parquet_thrift_i64(&thrift, 5, (int64_t)offset);
  parquet_thrift_i64(&thrift, 6, (int64_t)group->size);
  parquet_thrift_end(&thrift);
}

/* ---- The schema: what a type is to new readers (LogicalType) and to old ones (ConvertedType) */

enum converted {
  CONVERTED_NONE = -1,
  CONVERTED_UTF8 = 0,
  CONVERTED_DECIMAL = 5,
  CONVERTED_DATE = 6,
  CONVERTED_TIMESTAMP_MICROS = 10,
  CONVERTED_INT_8 = 15,
  CONVERTED_INT_16 = 16,
};

static enum converted
converted_of(enum parquet_type type)
{
  switch (type) {
  case PARQUET_INT8:
    return CONVERTED_INT_8;
  case PARQUET_INT16:
    return CONVERTED_INT_16;
  case PARQUET_DATE:
    return CONVERTED_DATE;
  case PARQUET_TIMESTAMP_UTC:
    return CONVERTED_TIMESTAMP_MICROS;
  case PARQUET_DECIMAL16:
  case PARQUET_DECIMAL32:
  case PARQUET_DECIMAL64:
  case PARQUET_DECIMAL128:
    return CONVERTED_DECIMAL;
  case PARQUET_STRING:
    return CONVERTED_UTF8;
  default:
    return CONVERTED_NONE;
  }
}

static void
put_timestamp(struct parquet_thrift *thrift, bool is_utc)
{
  parquet_thrift_begin(thrift, 8);
  parquet_thrift_bool(thrift, 1, is_utc);
  parquet_thrift_begin(thrift, 2);
  parquet_thrift_begin(thrift, 2); /* MICROS */
  parquet_thrift_end(thrift);
  parquet_thrift_end(thrift);
  parquet_thrift_end(thrift);
}

static void
put_integer(struct parquet_thrift *thrift, int8_t bits)
{
  parquet_thrift_begin(thrift, 10);
  parquet_thrift_byte(thrift, 1, bits);
  parquet_thrift_bool(thrift, 2, true); /* isSigned */
  parquet_thrift_end(thrift);
}

static void
put_empty(struct parquet_thrift *thrift, int id)
{
  parquet_thrift_begin(thrift, id);
  parquet_thrift_end(thrift);
}

/* The union LogicalType. */
static void
put_logical(struct parquet_thrift *thrift, const struct parquet_column *column)
{
  switch (column->type) {
  case PARQUET_INT8:
    put_integer(thrift, 8);
    break;
  case PARQUET_INT16:
    put_integer(thrift, 16);
    break;
  case PARQUET_DATE:
    put_empty(thrift, 6);
    break;
  case PARQUET_TIMESTAMP:
  case PARQUET_TIMESTAMP_UTC:
    put_timestamp(thrift, column->type == PARQUET_TIMESTAMP_UTC);
    break;
  case PARQUET_DECIMAL16:
  case PARQUET_DECIMAL32:
  case PARQUET_DECIMAL64:
  case PARQUET_DECIMAL128:
    parquet_thrift_begin(thrift, 5);
    parquet_thrift_i32(thrift, 1, column->scale);
    parquet_thrift_i32(thrift, 2, column->precision);
    parquet_thrift_end(thrift);
    break;
  case PARQUET_STRING:
    put_empty(thrift, 1);
    break;
  default:
    break;
  }
}

static void
put_leaf(struct parquet_thrift *thrift, const struct parquet_column *column)
{
  enum parquet_physical physical = parquet_facts_of(column->type)->physical;
  enum converted converted = converted_of(column->type);
  parquet_thrift_element_begin(thrift);
  parquet_thrift_i32(thrift, 1, (int32_t)physical);
  if (physical == PARQUET_PHYSICAL_FIXED)
    parquet_thrift_i32(thrift, 2, FIXED_BYTES);
  parquet_thrift_i32(thrift, 3, REPETITION_OPTIONAL);
  parquet_thrift_text(thrift, 4, column->name);
  if (converted != CONVERTED_NONE)
    parquet_thrift_i32(thrift, 6, (int32_t)converted);
  if (converted == CONVERTED_DECIMAL) {
    parquet_thrift_i32(thrift, 7, column->scale);
    parquet_thrift_i32(thrift, 8, column->precision);
  }
  if (converted != CONVERTED_NONE || column->type == PARQUET_TIMESTAMP) {
    parquet_thrift_begin(thrift, 10);
    put_logical(thrift, column);
    parquet_thrift_end(thrift);
  }
  parquet_thrift_end(thrift);
}

static void
put_schema(struct parquet_thrift *thrift, const struct parquet_footer *footer)
{
  parquet_thrift_list(thrift, 2, PARQUET_THRIFT_STRUCT, footer->column_count + 1);
  parquet_thrift_element_begin(thrift);
  parquet_thrift_text(thrift, 4, "schema");
  parquet_thrift_i32(thrift, 5, (int32_t)footer->column_count);
  parquet_thrift_end(thrift);
  for (unsigned i = 0; i < footer->column_count; i++)
    put_leaf(thrift, &footer->columns[i]);
}

/* ---- The end of a file */

/* The descriptions of all row groups; in each chunk's, behind its field 3, where its page index is. */
static void
put_descriptions(struct parquet_bytes *to, const struct parquet_footer *footer)
{
  const struct parquet_index *index = footer->index;
  uint64_t columns_at = footer->offset, offsets_at = columns_at + index->columns.size, done = 0;
  size_t count = index->is_wanted ? index->places.size / sizeof(struct parquet_index_place) : 0;
  for (size_t i = 0; i < count; i++) {
    struct parquet_index_place place;
    memcpy(&place, index->places.at + i * sizeof place, sizeof place);
    parquet_bytes_append(to, footer->descriptions->at + done, place.cut - done);
    done = place.cut;
    struct parquet_thrift thrift = {.out = to, .last = {3}};
    parquet_thrift_i64(&thrift, 4, (int64_t)offsets_at);
    parquet_thrift_i32(&thrift, 5, (int32_t)place.offset_bytes);
    if (place.column_bytes > 0) {
      parquet_thrift_i64(&thrift, 6, (int64_t)columns_at);
      parquet_thrift_i32(&thrift, 7, (int32_t)place.column_bytes);
    }
    columns_at += place.column_bytes;
    offsets_at += place.offset_bytes;
  }
  if (footer->descriptions->size > done)
    parquet_bytes_append(to, footer->descriptions->at + done, footer->descriptions->size - done);
}

void
parquet_footer_append(struct parquet_bytes *to, const struct parquet_footer *footer)
{
  if (footer->index->is_wanted) {
    parquet_bytes_append(to, footer->index->columns.at, footer->index->columns.size);
    parquet_bytes_append(to, footer->index->offsets.at, footer->index->offsets.size);
  }
  size_t start = to->size;
  struct parquet_thrift thrift = {.out = to};
  parquet_thrift_i32(&thrift, 1, FORMAT_VERSION);
  put_schema(&thrift, footer);
  parquet_thrift_i64(&thrift, 3, (int64_t)footer->rows);
  parquet_thrift_list(&thrift, 4, PARQUET_THRIFT_STRUCT, footer->group_count);
  put_descriptions(to, footer);
  parquet_thrift_text(&thrift, 6, footer->created_by);
  parquet_thrift_list(&thrift, 7, PARQUET_THRIFT_STRUCT, footer->column_count);
  for (unsigned i = 0; i < footer->column_count; i++) {
    parquet_thrift_element_begin(&thrift);
    put_empty(&thrift, 1); /* TypeDefinedOrder */
    parquet_thrift_end(&thrift);
  }
  parquet_thrift_end(&thrift);
  uint32_t size = (uint32_t)(to->size - start);
  parquet_bytes_append(to, &size, sizeof size);
  parquet_bytes_append(to, "PAR1", 4);
}
