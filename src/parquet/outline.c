/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/outline.h"
#include "parquet/thrift.h"
#include <string.h>

enum { DEPTH_MOST = 16, CODECS = 8 };

/* A struct's field ids as bits: what parquet.thrift requires. */
#define FIELD(id)        (UINT32_C(1) << (id))
#define FILE_REQUIRED    (FIELD(1) | FIELD(2) | FIELD(3) | FIELD(4))
#define FILE_ENCRYPTED   (FIELD(8) | FIELD(9))
#define ELEMENT_REQUIRED FIELD(4)
#define GROUP_REQUIRED   (FIELD(1) | FIELD(2) | FIELD(3))
#define CHUNK_REQUIRED   (FIELD(2) | FIELD(3))
#define CHUNK_ELSEWHERE  (FIELD(1) | FIELD(8) | FIELD(9)) /* in another file, or encrypted */
#define DATA_REQUIRED                                                                              \
  (FIELD(1) | FIELD(2) | FIELD(3) | FIELD(4) | FIELD(5) | FIELD(6) | FIELD(7) | FIELD(9))

struct input {
  const uint8_t *at, *end;
  uint32_t leaves; /* schema elements without children: column chunks of each group */
  struct parquet_outline *outline;
};

static bool
take_byte(struct input *input, uint8_t *ret_byte)
{
  if (input->at == input->end)
    return false;
  *ret_byte = *input->at++;
  return true;
}

static bool
take_varint(struct input *input, uint64_t *ret_value)
{
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    uint8_t byte;
    if (!take_byte(input, &byte))
      return false;
    value |= (uint64_t)(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) {
      *ret_value = value;
      return true;
    }
  }
  return false;
}

static bool
take_whole(struct input *input, int64_t *ret_value)
{
  uint64_t zigzag;
  if (!take_varint(input, &zigzag))
    return false;
  *ret_value = (int64_t)(zigzag >> 1) ^ -(int64_t)(zigzag & 1);
  return true;
}

static bool
take_bytes(struct input *input, uint64_t count)
{
  if (count > (uint64_t)(input->end - input->at))
    return false;
  input->at += count;
  return true;
}

/* The next field of a struct; *ret_type 0 at its end. Ids are those of parquet.thrift, in increasing order, as all writers
 * have them. */
static bool
take_field(struct input *input, int *id, uint8_t *ret_type)
{
  uint8_t header;
  if (!take_byte(input, &header))
    return false;
  *ret_type = header & 0x0f;
  if (header == 0)
    return true;
  int64_t next = *id + (header >> 4);
  if (header >> 4 == 0 && !take_whole(input, &next))
    return false;
  if (next <= *id || next >= 32)
    return false;
  *id = (int)next;
  return *ret_type != 0;
}

/* Every element takes a byte at least, so that a count can be checked against the bytes that are left. */
static bool
take_list(struct input *input, uint8_t *ret_type, uint64_t *ret_count)
{
  uint8_t header;
  if (!take_byte(input, &header))
    return false;
  *ret_type = header & 0x0f;
  *ret_count = header >> 4;
  if (header >> 4 == 15 && !take_varint(input, ret_count))
    return false;
  return *ret_count <= (uint64_t)(input->end - input->at);
}

static bool skip_struct(struct input *input, unsigned depth);

static bool skip_list(struct input *input, unsigned depth);

/* is_element: a Boolean is a byte in a list, and in the field's header otherwise. */
static bool
skip_value(struct input *input, uint8_t type, bool is_element, unsigned depth)
{
  uint64_t number;
  switch (type) {
  case PARQUET_THRIFT_TRUE:
  case PARQUET_THRIFT_FALSE:
    return !is_element || take_bytes(input, 1);
  case PARQUET_THRIFT_BYTE:
    return take_bytes(input, 1);
  case PARQUET_THRIFT_I16:
  case PARQUET_THRIFT_I32:
  case PARQUET_THRIFT_I64:
    return take_varint(input, &number);
  case PARQUET_THRIFT_DOUBLE:
    return take_bytes(input, 8);
  case PARQUET_THRIFT_BINARY:
    return take_varint(input, &number) && take_bytes(input, number);
  case PARQUET_THRIFT_LIST:
  case PARQUET_THRIFT_SET:
    return depth < DEPTH_MOST && skip_list(input, depth + 1);
  case PARQUET_THRIFT_STRUCT:
    return depth < DEPTH_MOST && skip_struct(input, depth + 1);
  default: /* parquet.thrift has no maps */
    return false;
  }
}

static bool
skip_list(struct input *input, unsigned depth)
{
  uint8_t type;
  uint64_t count;
  if (!take_list(input, &type, &count))
    return false;
  for (uint64_t i = 0; i < count; i++)
    if (!skip_value(input, type, true, depth))
      return false;
  return true;
}

static bool
skip_struct(struct input *input, unsigned depth)
{
  int id = 0;
  uint8_t type;
  while (take_field(input, &id, &type)) {
    if (type == 0)
      return true;
    if (!skip_value(input, type, false, depth))
      return false;
  }
  return false;
}

/* Reads the value of field id; *ret_known false: not one that matters here, it is skipped. */
typedef bool (*read_field)(struct input *input, int id, uint8_t type, bool *ret_known);

/* Walks a struct: the fields that it had, as bits. */
static bool
walk_struct(struct input *input, read_field read, uint32_t required, uint32_t refused)
{
  uint32_t fields = 0;
  int id = 0;
  uint8_t type;
  while (take_field(input, &id, &type)) {
    if (type == 0)
      return (fields & required) == required && (fields & refused) == 0;
    fields |= FIELD(id);
    bool known = false;
    if (!read(input, id, type, &known) || (!known && !skip_value(input, type, false, 0)))
      return false;
  }
  return false;
}

static bool
walk_list(struct input *input, uint8_t type, read_field read, uint32_t required, uint32_t refused,
          uint64_t *ret_count)
{
  uint8_t element;
  if (type != PARQUET_THRIFT_LIST || !take_list(input, &element, ret_count) ||
      (*ret_count > 0 && element != PARQUET_THRIFT_STRUCT))
    return false;
  for (uint64_t i = 0; i < *ret_count; i++)
    if (!walk_struct(input, read, required, refused))
      return false;
  return true;
}

static bool
read_element(struct input *input, int id, uint8_t type, bool *ret_known)
{
  int64_t children = 0;
  if (id != 5)
    return id != 4 || type == PARQUET_THRIFT_BINARY;
  *ret_known = true;
  if (type != PARQUET_THRIFT_I32 || !take_whole(input, &children) || children < 0)
    return false;
  input->leaves -= children > 0;
  return true;
}

static bool
read_schema(struct input *input, uint8_t type)
{
  uint64_t elements;
  struct parquet_outline *outline = input->outline;
  outline->schema = input->at;
  if (!walk_list(input, type, read_element, ELEMENT_REQUIRED, 0, &elements) || elements < 2 ||
      elements > INT32_MAX)
    return false;
  outline->schema_bytes = (size_t)(input->at - outline->schema);
  input->leaves += (uint32_t)elements;
  return true;
}

static bool
read_data(struct input *input, int id, uint8_t type, bool *ret_known)
{
  static const uint8_t types[] = {
      [1] = PARQUET_THRIFT_I32, [2] = PARQUET_THRIFT_LIST, [3] = PARQUET_THRIFT_LIST,
      [4] = PARQUET_THRIFT_I32, [5] = PARQUET_THRIFT_I64,  [6] = PARQUET_THRIFT_I64,
      [7] = PARQUET_THRIFT_I64, [8] = PARQUET_THRIFT_LIST, [9] = PARQUET_THRIFT_I64,
  };
  if (id < (int)sizeof types && type != types[id])
    return false;
  if (id != 4)
    return true;
  int64_t codec;
  *ret_known = true;
  if (!take_whole(input, &codec) || codec < 0 || codec >= CODECS)
    return false;
  int *known = &input->outline->codec;
  *known =
      *known == PARQUET_OUTLINE_NO_CODEC || *known == codec ? (int)codec : PARQUET_OUTLINE_MIXED;
  return true;
}

static bool
read_chunk(struct input *input, int id, uint8_t type, bool *ret_known)
{
  if (id == 2)
    return type == PARQUET_THRIFT_I64;
  *ret_known = id == 3;
  return id != 3 ||
         (type == PARQUET_THRIFT_STRUCT && walk_struct(input, read_data, DATA_REQUIRED, 0));
}

static bool
read_group(struct input *input, int id, uint8_t type, bool *ret_known)
{
  uint64_t chunks;
  if (id == 2 || id == 3)
    return type == PARQUET_THRIFT_I64;
  *ret_known = id == 1;
  return id != 1 || (walk_list(input, type, read_chunk, CHUNK_REQUIRED, CHUNK_ELSEWHERE, &chunks) &&
                     chunks == input->leaves);
}

static bool
read_file(struct input *input, int id, uint8_t type, bool *ret_known)
{
  int64_t rows;
  uint64_t groups;
  *ret_known = id >= 2 && id <= 4;
  switch (id) {
  case 1:
    return type == PARQUET_THRIFT_I32;
  case 2:
    return read_schema(input, type);
  case 3:
    if (type != PARQUET_THRIFT_I64 || !take_whole(input, &rows) || rows < 0)
      return false;
    input->outline->rows = (uint64_t)rows;
    return true;
  case 4:
    if (!walk_list(input, type, read_group, GROUP_REQUIRED, 0, &groups) || groups > INT32_MAX)
      return false;
    input->outline->row_groups = (uint32_t)groups;
    return true;
  default:
    return true;
  }
}

bool
parquet_outline_read(const uint8_t *footer, size_t bytes, struct parquet_outline *ret_outline)
{
  struct parquet_outline outline = {.codec = PARQUET_OUTLINE_NO_CODEC};
  struct input input = {.at = footer, .end = footer + bytes, .outline = &outline};
  if (!walk_struct(&input, read_file, FILE_REQUIRED, FILE_ENCRYPTED) || input.at != input.end)
    return false;
  *ret_outline = outline;
  return true;
}

const char *
parquet_codec_name(int codec)
{
  static const char *const names[CODECS] = {"UNCOMPRESSED", "SNAPPY", "GZIP", "LZO",
                                            "BROTLI",       "LZ4",    "ZSTD", "LZ4_RAW"};
  return codec >= 0 && codec < CODECS ? names[codec] : NULL;
}
