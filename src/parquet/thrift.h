/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: the part of Thrift's compact protocol that page headers and footers need, written onto bytes that
 * grow. Fields of a struct are given in increasing order of their ids; a struct is closed by parquet_thrift_end. Out of
 * memory is remembered by the bytes. Source: Apache Thrift, thrift-compact-protocol.md.
 */
#pragma once

#include "parquet/memory.h"

enum parquet_thrift_type {
  PARQUET_THRIFT_TRUE = 1,
  PARQUET_THRIFT_FALSE = 2,
  PARQUET_THRIFT_BYTE = 3,
  PARQUET_THRIFT_I16 = 4,
  PARQUET_THRIFT_I32 = 5,
  PARQUET_THRIFT_I64 = 6,
  PARQUET_THRIFT_DOUBLE = 7,
  PARQUET_THRIFT_BINARY = 8,
  PARQUET_THRIFT_LIST = 9,
  PARQUET_THRIFT_SET = 10,
  PARQUET_THRIFT_STRUCT = 12,
};

enum { PARQUET_THRIFT_DEPTH = 8 };

/* Begins as {.out = bytes}, inside the outermost struct. */
struct parquet_thrift {
  struct parquet_bytes *out;
  int last[PARQUET_THRIFT_DEPTH]; /* id of the last field of each open struct */
  unsigned depth;
};

void parquet_thrift_bool(struct parquet_thrift *thrift, int id, bool value);
void parquet_thrift_byte(struct parquet_thrift *thrift, int id, int8_t value);
void parquet_thrift_i32(struct parquet_thrift *thrift, int id, int32_t value);
void parquet_thrift_i64(struct parquet_thrift *thrift, int id, int64_t value);
void parquet_thrift_binary(struct parquet_thrift *thrift, int id, const void *bytes, size_t size);
void parquet_thrift_text(struct parquet_thrift *thrift, int id, const char *text);
/* A field that is a struct; all that follows is in it until its end. */
void parquet_thrift_begin(struct parquet_thrift *thrift, int id);
/* Also ends the outermost struct. */
void parquet_thrift_end(struct parquet_thrift *thrift);

/* A field that is a list of count elements; then come just these, by the functions below. */
void parquet_thrift_list(struct parquet_thrift *thrift, int id, enum parquet_thrift_type type,
                         uint32_t count);
void parquet_thrift_element_begin(struct parquet_thrift *thrift);
void parquet_thrift_element_bool(struct parquet_thrift *thrift, bool value); /* of type TRUE */
void parquet_thrift_element_i32(struct parquet_thrift *thrift, int32_t value);
void parquet_thrift_element_i64(struct parquet_thrift *thrift, int64_t value);
void parquet_thrift_element_binary(struct parquet_thrift *thrift, const void *bytes, size_t size);
void parquet_thrift_element_text(struct parquet_thrift *thrift, const char *text);
