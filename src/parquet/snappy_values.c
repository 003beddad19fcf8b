/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies of whole values of 8 bytes, and of the beginnings of sorted texts. A branch on whether a value repeats would be guessed wrong
 * half of the time, which costs more than all the rest; so both instructions are written, and the one that was wrong is
 * written over.
 */
#include "parquet/snappy_parts.h"

enum {
  WORD = 8,
  LOW = 5, /* the low bytes of a word; doubles with two decimals have few of them, of any size */
  BLOCK_WORDS = 2048,
  TABLE_BITS = 13,
  NEAR = 2048, /* copies from less far have 2 bytes, if they are of 4 to 11 */
};

/* yes if the condition is 1, no if it is 0; by arithmetic, since compilers make branches of what looks like one. */
static inline uint64_t
choose(uint64_t condition, uint64_t yes, uint64_t no)
{
  return no ^ ((yes ^ no) & -condition);
}

/* Where a word stands already. */
struct earlier {
  uint16_t offset;
  uint8_t bytes; /* WORD: all of it; LOW: the low ones; 0: nowhere that is known */
};

struct found {
  uint32_t whole, low;
};

static struct found
find_words(const uint8_t *from, uint32_t first, uint32_t count, uint32_t *table,
           struct earlier *earlier)
{
  struct found found = {0, 0};
  uint32_t *low_table = table + (1 << TABLE_BITS);
  for (uint32_t i = 0; i < count; i++) {
    uint32_t at = first + i;
    uint64_t word = parquet_load64(from + (size_t)WORD * at);
    uint32_t *slot = &table[(word * 0x9e3779b97f4a7c15ull) >> (64 - TABLE_BITS)];
    uint32_t *low_slot =
        &low_table[((word << (64 - 8 * LOW)) * 0x9e3779b97f4a7c15ull) >> (64 - TABLE_BITS)];
    uint32_t whole = *slot, low = *low_slot;
    *slot = *low_slot = at;
    uint32_t whole_offset = WORD * (at - whole), low_offset = WORD * (at - low);
    uint32_t is_whole = (parquet_load64(from + (size_t)WORD * whole) == word) &
                        (whole_offset - 1 < PARQUET_SNAPPY_FAR);
    uint32_t is_low = ((parquet_load64(from + (size_t)WORD * low) ^ word) << (64 - 8 * LOW) == 0) &
                      (low_offset - 1 < PARQUET_SNAPPY_FAR);
    uint64_t offset = choose(is_whole, whole_offset, low_offset);
    uint64_t bytes = choose(is_whole, WORD, LOW & -is_low);
    earlier[i] = (struct earlier){(uint16_t)offset, (uint8_t)bytes};
    found.whole += is_whole;
    found.low += is_low;
  }
  return found;
}

/* Nearly all words are of one kind: branches are guessed right, and copies of neighbours from equally far become one. */
static uint8_t *
append_clear(uint8_t *to, const uint8_t *from, const struct earlier *earlier, uint32_t count)
{
  uint32_t at = 0;
  while (at < count) {
    uint32_t start = at;
    struct earlier now = earlier[at++];
    if (now.bytes == LOW) {
      to = parquet_snappy_copy(to, now.offset, LOW);
      to = parquet_snappy_literal(to, from + (size_t)WORD * start + LOW, WORD - LOW);
      continue;
    }
    while (at < count && earlier[at].bytes == now.bytes &&
           (now.bytes == 0 || earlier[at].offset == now.offset))
      at++;
    size_t bytes = (size_t)WORD * (at - start);
    to = now.bytes == 0 ? parquet_snappy_literal(to, from + (size_t)WORD * start, bytes)
                        : parquet_snappy_copies(to, now.offset, bytes);
  }
  return to;
}

static uint8_t *
append_mixed(uint8_t *to, const uint8_t *from, const struct earlier *earlier, uint32_t count)
{
  for (uint32_t i = 0; i < count; i++) {
    uint64_t word = parquet_load64(from + (size_t)WORD * i);
    uint64_t offset = earlier[i].offset, bytes = earlier[i].bytes;
    uint64_t is_near = offset < NEAR, copies = bytes != 0, has_rest = bytes == LOW;
    uint64_t near_copy = 1 | (bytes - 4) << 2 | offset >> 8 << 5 | (offset & 255) << 8;
    uint64_t far_copy = 2 | (bytes - 1) << 2 | offset << 8;
    uint64_t rest = (WORD - LOW - 1) << 2 | word >> (8 * LOW) << 8;
    uint64_t copy = choose(is_near, near_copy, far_copy) | rest << (24 - 8 * is_near);
    uint64_t copy_bytes = 3 - is_near + has_rest * (1 + WORD - LOW);
    uint64_t literal = (WORD - 1) << 2 | word << 8;
    uint64_t first = choose(copies, copy, literal);
    memcpy(to, &first, sizeof first);
    to[WORD] = (uint8_t)(word >> 56);
    to += choose(copies, copy_bytes, 1 + WORD);
  }
  return to;
}

uint8_t *
parquet_snappy_words(uint8_t *to, const uint8_t *from, size_t size, void *table)
{
  struct earlier earlier[BLOCK_WORDS];
  uint32_t words = (uint32_t)(size / WORD);
  memset(table, 0, 2 * (sizeof(uint32_t) << TABLE_BITS));
  for (uint32_t first = 0; first < words; first += BLOCK_WORDS) {
    uint32_t count = words - first < BLOCK_WORDS ? words - first : BLOCK_WORDS;
    struct found found = find_words(from, first, count, table, earlier);
    bool is_clear = found.low < count / 4 || found.whole > count - count / 8;
    const uint8_t *block = from + (size_t)WORD * first;
    to = is_clear ? append_clear(to, block, earlier, count)
                  : append_mixed(to, block, earlier, count);
  }
  return parquet_snappy_literal(to, from + (size_t)WORD * words, size % WORD);
}

/* The first byte that is not zero, counted from the lowest; `none` if all are. */
static inline uint32_t
first_byte(uint64_t word, uint32_t none)
{
  return (uint32_t)choose(word == 0, none, (uint32_t)__builtin_ctzll(word | 1ull << 63) / 8);
}

/* Bytes that the records at a and b have in common from their beginning; at most `most`, which is at least 8. Between 16 and 24, the
 * usual length of a key, whether they differ is no branch. */
static inline uint32_t
same_beginning(const uint8_t *a, const uint8_t *b, uint32_t most)
{
  uint32_t same = 0;
  uint64_t differs = parquet_load64(a) ^ parquet_load64(b);
  if (differs != 0)
    return first_byte(differs, 8);
  for (same = 8; same + 16 < most; same += 8) {
    differs = parquet_load64(a + same) ^ parquet_load64(b + same);
    if (differs != 0)
      return same + first_byte(differs, 8);
  }
  uint32_t at = most < 16 ? 0 : same;
  uint64_t middle = parquet_load64(a + at) ^ parquet_load64(b + at);
  uint64_t tail = parquet_load64(a + most - 8) ^ parquet_load64(b + most - 8);
  return (uint32_t)choose(middle != 0, at + first_byte(middle, 8), most - 8 + first_byte(tail, 8));
}

/* The copy of a record that is all its predecessor's goes on in the record behind it: a copy is written, but stepped over only
 * when something else follows. */
uint8_t *
parquet_snappy_texts(uint8_t *to, const uint8_t *from, size_t size)
{
  enum { REST_MOST = 16 };
  size_t at = 0;
  uint32_t back = 0,
           open = 0; /* bytes of the record before; of the copy that is not stepped over */
  while (at < size) {
    uint32_t length;
    memcpy(&length, from + at, sizeof length);
    uint32_t bytes = 4 + length;
    uint32_t most = bytes < back ? bytes : back;
    uint32_t same = most < 8 ? 0 : same_beginning(from + at - back, from + at, most);
    uint32_t rest = bytes - same;
    if (same < 4 || rest > REST_MOST || open + same > PARQUET_SNAPPY_COPY_MOST ||
        size - at < bytes + (size_t)REST_MOST) {
      /* Anything goes: first what is open, then this record. */
      if (open > 0)
        to = parquet_snappy_copies(to, back, open);
      if (same >= 4)
        to = parquet_snappy_copies(to, back, same);
      else
        rest = bytes;
      to = parquet_snappy_literal(to, from + at + bytes - rest, rest);
      open = 0;
    } else {
      uint64_t copied = open + same, has_rest = rest > 0;
      uint32_t copy = 2 | (uint32_t)(copied - 1) << 2 | back << 8;
      memcpy(to, &copy, sizeof copy);
      to[3] = (uint8_t)((rest - 1) << 2);
      memcpy(to + 4, from + at + same, REST_MOST);
      to += choose(has_rest, 4 + rest, 0);
      open = (uint32_t)choose(has_rest, 0, copied);
    }
    back = bytes <= PARQUET_SNAPPY_FAR ? bytes : 0;
    at += bytes;
  }
  return open > 0 ? parquet_snappy_copies(to, back, open) : to;
}
