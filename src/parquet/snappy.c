/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/snappy_parts.h"

enum {
  SAMPLE = 256,         /* values */
  WORDS_LEAST = 64,     /* values, below which it does not matter */
  TEXT_BYTES_MOST = 48, /* on average, with their lengths; longer ones repeat inside */
};

size_t
parquet_snappy_bound(size_t size)
{
  return size + size / 4 + 2 * PARQUET_SNAPPY_SLACK;
}

uint8_t *
parquet_snappy_copies(uint8_t *to, uint32_t offset, size_t length)
{
  while (length > PARQUET_SNAPPY_COPY_MOST + 3) {
    to = parquet_snappy_copy(to, offset, PARQUET_SNAPPY_COPY_MOST);
    length -= PARQUET_SNAPPY_COPY_MOST;
  }
  if (length > PARQUET_SNAPPY_COPY_MOST) {
    to = parquet_snappy_copy(to, offset, PARQUET_SNAPPY_COPY_MOST - 4);
    length -= PARQUET_SNAPPY_COPY_MOST - 4;
  }
  return parquet_snappy_copy(to, offset, (uint32_t)length);
}

uint8_t *
parquet_snappy_literal(uint8_t *to, const uint8_t *from, size_t length)
{
  if (length == 0)
    return to;
  uint32_t told = (uint32_t)(length - 1);
  if (told < 60) {
    *to++ = (uint8_t)(told << 2);
  } else {
    unsigned bytes = told < 1u << 8 ? 1 : told < 1u << 16 ? 2 : told < 1u << 24 ? 3 : 4;
    *to++ = (uint8_t)((59 + bytes) << 2);
    memcpy(to, &told, 4);
    to += bytes;
  }
  memcpy(to, from, length);
  return to + length;
}

/* Numbers whose high halves are their neighbours' share less than a whole value: a matter for the search over bytes. */
static bool
words_share_halves(const uint8_t *from, size_t size)
{
  size_t count = size / 8 < SAMPLE ? size / 8 : SAMPLE;
  size_t shared = 0;
  for (size_t i = 1; i < count; i++) {
    uint64_t differs = parquet_load64(from + 8 * i) ^ parquet_load64(from + 8 * i - 8);
    shared += differs >> 32 == 0 && differs != 0;
  }
  return shared > count / 4;
}

/* Short texts of which most begin as the one before, in the length too: sorted ones. */
static bool
texts_follow(const uint8_t *from, size_t size)
{
  size_t at = 0, last = 0, count = 0, shared = 0;
  for (; count < SAMPLE && at < size; count++) {
    uint32_t length;
    memcpy(&length, from + at, sizeof length);
    if (length >= 4 && at > 0 && at + 8 <= size)
      shared += parquet_load64(from + at) == parquet_load64(from + last);
    last = at;
    at += 4 + (size_t)length;
  }
  return count >= WORDS_LEAST && at / count <= TEXT_BYTES_MOST && shared > count / 4 * 3;
}

size_t
parquet_snappy_compress(const struct parquet_raw *raw, void *table, uint8_t *to)
{
  uint8_t *end = to;
  size_t size = raw->size;
  for (; size > 127; size >>= 7)
    *end++ = (uint8_t)(size | 128);
  *end++ = (uint8_t)size;
  const uint8_t *values = raw->bytes + raw->values_at;
  size = raw->size - raw->values_at;
  bool is_words = raw->content == PARQUET_CONTENT_WORDS && size >= 8 * WORDS_LEAST &&
                  !words_share_halves(values, size);
  bool is_texts = raw->content == PARQUET_CONTENT_TEXTS && texts_follow(values, size);
  if (!is_words && !is_texts)
    return (size_t)(parquet_snappy_bytes(end, raw->bytes, raw->size, table) - to);
  end = parquet_snappy_bytes(end, raw->bytes, raw->values_at, table);
  end = is_words ? parquet_snappy_words(end, values, size, table)
                 : parquet_snappy_texts(end, values, size);
  return (size_t)(end - to);
}
