/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies of 4 bytes and more, at any place: blocks of 64 KiB, one hash table of places, and larger and larger steps where
 * nothing repeats.
 */
#include "parquet/snappy_parts.h"

enum { BLOCK = 1 << 16, TABLE_BITS = 14, MARGIN = 16, FIRST_STEP = 32 };

static inline uint32_t
load32(const uint8_t *from)
{
  uint32_t word;
  memcpy(&word, from, sizeof word);
  return word;
}

static inline uint32_t
slot_of(uint32_t word, unsigned bits)
{
  return (word * 0x1e35a7bdu) >> (32 - bits);
}

/* How far a and b, which is behind a, are the same; b does not pass end. */
static inline size_t
same_bytes(const uint8_t *a, const uint8_t *b, const uint8_t *end)
{
  size_t same = 0;
  while (b + same + 8 <= end) {
    uint64_t differs = parquet_load64(a + same) ^ parquet_load64(b + same);
    if (differs != 0)
      return same + (size_t)__builtin_ctzll(differs) / 8;
    same += 8;
  }
  while (b + same < end && a[same] == b[same])
    same++;
  return same;
}

/* The next place from `at` on that has appeared before; *ret_earlier is where. NULL: none until limit. */
static inline const uint8_t *
find(const uint8_t *block, const uint8_t *at, const uint8_t *limit, uint16_t *table, unsigned bits,
     const uint8_t **ret_earlier)
{
  for (uint32_t step = FIRST_STEP; at <= limit; at += step++ / FIRST_STEP) {
    uint32_t word = load32(at);
    uint16_t *slot = &table[slot_of(word, bits)];
    const uint8_t *earlier = block + *slot;
    *slot = (uint16_t)(at - block);
    if (load32(earlier) == word) {
      *ret_earlier = earlier;
      return at;
    }
  }
  return NULL;
}

static uint8_t *
block_append(uint8_t *to, const uint8_t *block, size_t size, uint16_t *table)
{
  const uint8_t *end = block + size, *limit = end - MARGIN;
  const uint8_t *literal = block, *at = block + 1, *earlier = NULL;
  unsigned bits = 8;
  if (size <= MARGIN)
    return parquet_snappy_literal(to, block, size);
  while (bits < TABLE_BITS && (1u << bits) < size)
    bits++;
  memset(table, 0, sizeof *table << bits);
  while ((at = find(block, at, limit, table, bits, &earlier)) != NULL) {
    to = parquet_snappy_literal(to, literal, (size_t)(at - literal));
    do {
      size_t same = 4 + same_bytes(earlier + 4, at + 4, end);
      to = parquet_snappy_copies(to, (uint32_t)(at - earlier), same);
      at += same;
      literal = at;
      if (at > limit)
        return parquet_snappy_literal(to, literal, (size_t)(end - literal));
      table[slot_of(load32(at - 1), bits)] = (uint16_t)(at - 1 - block);
      uint16_t *slot = &table[slot_of(load32(at), bits)];
      earlier = block + *slot;
      *slot = (uint16_t)(at - block);
    } while (load32(earlier) == load32(at));
    at++;
  }
  return parquet_snappy_literal(to, literal, (size_t)(end - literal));
}

uint8_t *
parquet_snappy_bytes(uint8_t *to, const uint8_t *from, size_t size, void *table)
{
  for (size_t done = 0; done < size; done += BLOCK)
    to = block_append(to, from + done, size - done < BLOCK ? size - done : BLOCK, table);
  return to;
}
