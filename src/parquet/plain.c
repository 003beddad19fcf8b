/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/plain.h"

enum { TEXT_SLACK = 32 };

static unsigned
bytes_each(enum parquet_shape shape)
{
  switch (shape) {
  case PARQUET_SHAPE_INT32:
  case PARQUET_SHAPE_FLOAT:
    return 4;
  case PARQUET_SHAPE_WIDE:
    return 16;
  default:
    return 8;
  }
}

uint64_t
parquet_plain_bytes(const struct parquet_dense *dense)
{
  if (dense->shape == PARQUET_SHAPE_BOOL)
    return (dense->count + 7ull) / 8;
  if (dense->shape != PARQUET_SHAPE_STRING)
    return (uint64_t)bytes_each(dense->shape) * dense->count;
  const struct parquet_string *strings = dense->values;
  uint64_t bytes = 4ull * dense->count;
  uint32_t longest = 0;
  for (uint32_t i = 0; i < dense->count; i++) {
    bytes += strings[i].length;
    longest = strings[i].length > longest ? strings[i].length : longest;
  }
  return longest > PARQUET_TEXT_MOST ? UINT64_MAX : bytes;
}

uint32_t
parquet_plain_fitting(const struct parquet_dense *dense, uint32_t first, uint32_t page_bytes,
                      uint64_t *ret_bytes)
{
  uint32_t left = dense->count - first;
  if (dense->shape != PARQUET_SHAPE_STRING) {
    bool is_bool = dense->shape == PARQUET_SHAPE_BOOL;
    uint32_t most = is_bool ? 8 * page_bytes : page_bytes / bytes_each(dense->shape);
    uint32_t count = left < most ? left : most;
    *ret_bytes = is_bool ? (count + 7ull) / 8 : (uint64_t)bytes_each(dense->shape) * count;
    return count;
  }
  const struct parquet_string *strings = (const struct parquet_string *)dense->values + first;
  uint64_t bytes = 0;
  uint32_t count = 0;
  for (; count < left; count++) {
    uint64_t more = 4 + (uint64_t)strings[count].length;
    if (count > 0 && bytes + more > page_bytes)
      break;
    bytes += more;
  }
  *ret_bytes = bytes;
  return count;
}

void
parquet_plain_wide(const uint64_t wide[2], uint8_t to[16])
{
  uint64_t high = __builtin_bswap64(wide[1]), low = __builtin_bswap64(wide[0]);
  memcpy(to, &high, 8);
  memcpy(to + 8, &low, 8);
}

static void
append_wide(struct parquet_bytes *page, const char *values, uint32_t count)
{
  if (!parquet_bytes_reserve(page, 16ull * count))
    return;
  for (uint32_t i = 0; i < count; i++, page->size += 16) {
    uint64_t wide[2];
    memcpy(wide, values + 16ull * i, sizeof wide);
    parquet_plain_wide(wide, page->at + page->size);
  }
}

/* 13 bytes and more, without the call that copying a variable size costs. */
static inline void
copy_text(uint8_t *to, const char *text, uint32_t length)
{
  if (length <= 16) {
    memcpy(to, text, 8);
    memcpy(to + length - 8, text + length - 8, 8);
  } else if (length <= 32) {
    memcpy(to, text, 16);
    memcpy(to + length - 16, text + length - 16, 16);
  } else {
    memcpy(to, text, length);
  }
}

static void
append_strings(struct parquet_bytes *page, const struct parquet_string *strings, uint32_t count,
               uint64_t most_bytes)
{
  if (!parquet_bytes_reserve(page, most_bytes + TEXT_SLACK))
    return;
  uint8_t *to = page->at + page->size;
  for (uint32_t i = 0; i < count; i++) {
    /* A short string stands in memory as in the file; what follows its text is overwritten. */
    memcpy(to, &strings[i], 16);
    uint32_t length = strings[i].length;
    if (length > sizeof strings[i].inlined)
      copy_text(to + 4, strings[i].pointer.address, length);
    to += 4 + (size_t)length;
  }
  page->size = (size_t)(to - page->at);
}

/* 0 or 1 in each of 8 bytes, gathered by one multiplication. */
static void
append_bools(struct parquet_bytes *page, const uint8_t *values, uint32_t count)
{
  uint32_t bytes = (count + 7) / 8;
  if (!parquet_bytes_reserve(page, bytes))
    return;
  for (uint32_t i = 0; i < bytes; i++) {
    uint64_t eight = 0;
    memcpy(&eight, values + 8ull * i, count - 8 * i < 8 ? count - 8 * i : 8);
    page->at[page->size++] =
        (uint8_t)((eight & 0x0101010101010101ull) * 0x0102040810204080ull >> 56);
  }
}

void
parquet_plain_append(struct parquet_bytes *page, const struct parquet_dense *dense, uint32_t first,
                     uint32_t count, uint64_t most_bytes)
{
  const char *values = dense->values;
  if (count == 0)
    return;
  switch (dense->shape) {
  case PARQUET_SHAPE_BOOL:
    append_bools(page, (const uint8_t *)dense->values + first, count);
    break;
  case PARQUET_SHAPE_WIDE:
    append_wide(page, values + 16ull * first, count);
    break;
  case PARQUET_SHAPE_STRING:
    append_strings(page, (const struct parquet_string *)dense->values + first, count, most_bytes);
    break;
  default: {
    unsigned each = bytes_each(dense->shape);
    parquet_bytes_append(page, values + (size_t)each * first, (size_t)each * count);
  }
  }
}
