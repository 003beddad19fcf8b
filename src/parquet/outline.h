/* SPDX-License-Identifier: Apache-2.0
 *
 * What a Parquet footer says in short, from its bytes: no memory is asked for, nothing is read but these bytes, the cost is linear in
 * them (some 3 us for a file of eight columns). Anything unusual is not understood rather than guessed at; the caller then
 * asks a full reader, whose errors speak of what is wrong. Source: Apache Parquet format 2.10, parquet.thrift; Apache Thrift,
 * thrift-compact-protocol.md.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PARQUET_OUTLINE_NO_CODEC = -1, PARQUET_OUTLINE_MIXED = -2 };

struct parquet_outline {
  uint64_t rows;
  uint32_t row_groups;
  int codec; /* CompressionCodec of all column chunks (0 to 7), or one of the two above */
  /* The list of schema elements as it stands in the footer: equal bytes are equal schemas. Points into the footer. */
  const uint8_t *schema;
  size_t schema_bytes;
};

/* footer: the FileMetaData alone, without its length and the magic bytes. False when it is damaged, encrypted, lacks what a
 * reader needs, or goes beyond parquet.thrift in a way that a reader may refuse. */
bool parquet_outline_read(const uint8_t *footer, size_t bytes, struct parquet_outline *ret_outline);

/* "SNAPPY", as parquet.thrift names it; NULL for none of its codecs. */
const char *parquet_codec_name(int codec);
