/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/levels.h"

/* Up to 64 bits from bit `first` on; the ones above are zero. Reads no word that holds none of them. */
static uint64_t
bits_at(const uint64_t *validity, uint32_t first, uint32_t count)
{
  uint32_t shift = first % 64;
  uint64_t bits = validity[first / 64] >> shift;
  if (shift + count > 64)
    bits |= validity[first / 64 + 1] << (64 - shift);
  return count == 64 ? bits : bits & ((1ull << count) - 1);
}

/* How many of the low `count` bits stand before the set bit number `most` (from 0). */
static uint32_t
rows_before(uint64_t bits, uint32_t count, uint32_t most)
{
  for (; most > 0 && bits != 0; most--)
    bits &= bits - 1;
  uint32_t at = bits == 0 ? 64 : (uint32_t)__builtin_ctzll(bits);
  return at < count ? at : count;
}

struct parquet_stretch
parquet_stretch_next(const uint64_t *validity, uint32_t rows, const struct parquet_stretch *last,
                     uint32_t most, uint32_t most_rows)
{
  struct parquet_stretch next = {.row = last->row + last->rows, .value = last->value + last->count};
  uint32_t left = rows - next.row;
  if (left > most_rows)
    left = most_rows;
  if (validity == NULL) {
    next.rows = next.count = left < most ? left : most;
    return next;
  }
  while (next.rows < left) {
    uint32_t step = left - next.rows < 64 ? left - next.rows : 64;
    uint64_t bits = bits_at(validity, next.row + next.rows, step);
    uint32_t set = (uint32_t)__builtin_popcountll(bits);
    if (next.count + set > most) {
      next.rows += rows_before(bits, step, most - next.count);
      next.count = most;
      return next;
    }
    next.rows += step;
    next.count += set;
  }
  return next;
}

static void
put_run(struct parquet_bytes *page, uint32_t rows, uint8_t level)
{
  parquet_bytes_append_varint(page, (uint64_t)rows << 1);
  parquet_bytes_append(page, &level, 1);
}

static void
put_bits(struct parquet_bytes *page, const uint64_t *validity, uint32_t row, uint32_t rows)
{
  uint32_t groups = (rows + 7) / 8;
  parquet_bytes_append_varint(page, (uint64_t)groups << 1 | 1);
  if (!parquet_bytes_reserve(page, (size_t)groups + 8))
    return;
  uint8_t *to = page->at + page->size;
  for (uint32_t done = 0; done < rows; done += 64) {
    uint64_t bits = bits_at(validity, row + done, rows - done < 64 ? rows - done : 64);
    memcpy(to + done / 8, &bits, 8);
  }
  page->size += groups;
}

enum kind { ALL_NULL, NO_NULL, MIXED };

static enum kind
kind_of(uint64_t bits, uint32_t count)
{
  if (bits == 0)
    return ALL_NULL;
  return (uint32_t)__builtin_popcountll(bits) == count ? NO_NULL : MIXED;
}

static void
put_levels(struct parquet_bytes *page, const uint64_t *validity, uint32_t row, uint32_t rows)
{
  enum kind kind = MIXED;
  uint32_t start = 0;
  for (uint32_t at = 0; at < rows; at += 64) {
    uint32_t count = rows - at < 64 ? rows - at : 64;
    enum kind next = kind_of(bits_at(validity, row + at, count), count);
    if (at > start && next != kind) {
      if (kind == MIXED)
        put_bits(page, validity, row + start, at - start);
      else
        put_run(page, at - start, kind == NO_NULL);
      start = at;
    }
    kind = next;
  }
  if (kind == MIXED)
    put_bits(page, validity, row + start, rows - start);
  else
    put_run(page, rows - start, kind == NO_NULL);
}

void
parquet_levels_append(struct parquet_bytes *page, const uint64_t *validity,
                      const struct parquet_stretch *stretch)
{
  size_t start = page->size;
  uint32_t length = 0;
  parquet_bytes_append(page, &length, sizeof length);
  if (stretch->count == stretch->rows || stretch->count == 0)
    put_run(page, stretch->rows, stretch->count > 0);
  else
    put_levels(page, validity, stretch->row, stretch->rows);
  if (page->is_broken)
    return;
  length = (uint32_t)(page->size - start - sizeof length);
  memcpy(page->at + start, &length, sizeof length);
}
