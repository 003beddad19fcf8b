/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/thrift.h"

static void
put_byte(struct parquet_thrift *thrift, unsigned byte)
{
  uint8_t value = (uint8_t)byte;
  parquet_bytes_append(thrift->out, &value, 1);
}

static void
put_zigzag(struct parquet_thrift *thrift, int64_t value)
{
  parquet_bytes_append_varint(thrift->out, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static void
put_field(struct parquet_thrift *thrift, int id, unsigned type)
{
  int step = id - thrift->last[thrift->depth];
  if (step >= 1 && step <= 15) {
    put_byte(thrift, (unsigned)step << 4 | type);
  } else {
    put_byte(thrift, type);
    put_zigzag(thrift, id);
  }
  thrift->last[thrift->depth] = id;
}

void
parquet_thrift_bool(struct parquet_thrift *thrift, int id, bool value)
{
  put_field(thrift, id, value ? PARQUET_THRIFT_TRUE : PARQUET_THRIFT_FALSE);
}

void
parquet_thrift_byte(struct parquet_thrift *thrift, int id, int8_t value)
{
  put_field(thrift, id, PARQUET_THRIFT_BYTE);
  put_byte(thrift, (uint8_t)value);
}

void
parquet_thrift_i32(struct parquet_thrift *thrift, int id, int32_t value)
{
  put_field(thrift, id, PARQUET_THRIFT_I32);
  put_zigzag(thrift, value);
}

void
parquet_thrift_i64(struct parquet_thrift *thrift, int id, int64_t value)
{
  put_field(thrift, id, PARQUET_THRIFT_I64);
  put_zigzag(thrift, value);
}

static void
put_binary(struct parquet_thrift *thrift, const void *bytes, size_t size)
{
  parquet_bytes_append_varint(thrift->out, size);
  parquet_bytes_append(thrift->out, bytes, size);
}

void
parquet_thrift_binary(struct parquet_thrift *thrift, int id, const void *bytes, size_t size)
{
  put_field(thrift, id, PARQUET_THRIFT_BINARY);
  put_binary(thrift, bytes, size);
}

void
parquet_thrift_text(struct parquet_thrift *thrift, int id, const char *text)
{
  parquet_thrift_binary(thrift, id, text, strlen(text));
}

void
parquet_thrift_begin(struct parquet_thrift *thrift, int id)
{
  put_field(thrift, id, PARQUET_THRIFT_STRUCT);
  parquet_thrift_element_begin(thrift);
}

void
parquet_thrift_end(struct parquet_thrift *thrift)
{
  put_byte(thrift, 0);
  if (thrift->depth > 0)
    thrift->depth--;
}

void
parquet_thrift_list(struct parquet_thrift *thrift, int id, enum parquet_thrift_type type,
                    uint32_t count)
{
  put_field(thrift, id, PARQUET_THRIFT_LIST);
  if (count < 15) {
    put_byte(thrift, count << 4 | type);
    return;
  }
  put_byte(thrift, 0xf0 | type);
  parquet_bytes_append_varint(thrift->out, count);
}

void
parquet_thrift_element_begin(struct parquet_thrift *thrift)
{
  thrift->depth++;
  thrift->last[thrift->depth] = 0;
}

void
parquet_thrift_element_bool(struct parquet_thrift *thrift, bool value)
{
  put_byte(thrift, value ? PARQUET_THRIFT_TRUE : PARQUET_THRIFT_FALSE);
}

void
parquet_thrift_element_i32(struct parquet_thrift *thrift, int32_t value)
{
  put_zigzag(thrift, value);
}

void
parquet_thrift_element_i64(struct parquet_thrift *thrift, int64_t value)
{
  put_zigzag(thrift, value);
}

void
parquet_thrift_element_binary(struct parquet_thrift *thrift, const void *bytes, size_t size)
{
  put_binary(thrift, bytes, size);
}

void
parquet_thrift_element_text(struct parquet_thrift *thrift, const char *text)
{
  put_binary(thrift, text, strlen(text));
}
