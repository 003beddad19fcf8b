/* SPDX-License-Identifier: Apache-2.0
 *
 * Private to src/parquet: what each type is in memory and in the file.
 */
#pragma once

#include "parquet/parquet.h"

/* parquet.thrift, enum Type. */
enum parquet_physical {
  PARQUET_PHYSICAL_BOOLEAN = 0,
  PARQUET_PHYSICAL_INT32 = 1,
  PARQUET_PHYSICAL_INT64 = 2,
  PARQUET_PHYSICAL_FLOAT = 4,
  PARQUET_PHYSICAL_DOUBLE = 5,
  PARQUET_PHYSICAL_BYTE_ARRAY = 6,
  PARQUET_PHYSICAL_FIXED = 7,
};

/* How values are held from the moment they are dense: narrow integers have become 32 bits wide. */
enum parquet_shape {
  PARQUET_SHAPE_BOOL,   /* uint8_t */
  PARQUET_SHAPE_INT32,  /* int32_t */
  PARQUET_SHAPE_INT64,  /* int64_t */
  PARQUET_SHAPE_FLOAT,  /* float */
  PARQUET_SHAPE_DOUBLE, /* double */
  PARQUET_SHAPE_WIDE,   /* two uint64_t, low first */
  PARQUET_SHAPE_STRING, /* struct parquet_string */
};

struct parquet_facts {
  enum parquet_physical physical;
  enum parquet_shape shape;
  uint8_t element_bytes; /* of the caller's array */
  /* Of a dense value, but for the shapes that are packed or have a length in the file: plain too. */
  uint8_t shape_bytes;
};

const struct parquet_facts *parquet_facts_of(enum parquet_type type);

static inline const char *
parquet_string_text(const struct parquet_string *string)
{
  return string->length <= sizeof string->inlined ? string->inlined : string->pointer.address;
}
