/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/codes.h"

enum { RUN_LEAST = 16, SLACK = 16 };

unsigned
parquet_codes_width(uint32_t count)
{
  return count <= 2 ? 1 : 32 - (unsigned)__builtin_clz(count - 1);
}

/* Four codes of 16 bits to four of `width`, by halving the gaps twice. */
static inline uint64_t
pack_four(uint64_t codes, unsigned width)
{
  uint64_t pairs =
      (codes & 0x0000ffff0000ffffull) | (codes & 0xffff0000ffff0000ull) >> (16 - width);
  return (pairs & 0xffffffffull) | pairs >> 32 << (2 * width);
}

void
parquet_codes_pack(uint8_t *to, const uint16_t *codes, uint32_t groups, unsigned width)
{
  if (width == 16) {
    memcpy(to, codes, 16ull * groups);
    return;
  }
  unsigned half = 4 * width;
  for (uint32_t i = 0; i < groups; i++, to += width, codes += 8) {
    uint64_t words[2];
    memcpy(words, codes, sizeof words);
    uint64_t low = pack_four(words[0], width);
    uint64_t high = pack_four(words[1], width);
    words[0] = low | high << half;
    words[1] = high >> (64 - half);
    memcpy(to, words, sizeof words);
  }
}

static void
put_run(struct parquet_bytes *page, uint16_t code, uint32_t count, unsigned width)
{
  parquet_bytes_append_varint(page, (uint64_t)count << 1);
  parquet_bytes_append(page, &code, (width + 7) / 8);
}

static void
put_groups(struct parquet_bytes *page, const uint16_t *codes, uint32_t count, unsigned width)
{
  if (count == 0)
    return;
  uint32_t groups = (count + 7) / 8;
  parquet_bytes_append_varint(page, (uint64_t)groups << 1 | 1);
  if (!parquet_bytes_reserve(page, (size_t)groups * width + SLACK))
    return;
  parquet_codes_pack(page->at + page->size, codes, groups, width);
  page->size += (size_t)groups * width;
}

static uint32_t
run_length(const uint16_t *codes, uint32_t count)
{
  uint64_t all = 0x0001000100010001ull * codes[0], words[2];
  memcpy(words, codes, sizeof words);
  if (((words[0] ^ all) | (words[1] ^ all)) != 0)
    return 0;
  uint32_t length = 8;
  while (length < count && codes[length] == codes[0])
    length++;
  return length < count ? length : count;
}

/* Packed groups hold whole eights, so that a run is looked for only where an eight begins. */
static void
put_hybrid(struct parquet_bytes *page, const uint16_t *codes, uint32_t count, unsigned width)
{
  uint32_t start = 0, at = 0;
  while (at < count) {
    uint32_t run = run_length(codes + at, count - at);
    if (run < RUN_LEAST) {
      at += 8;
      continue;
    }
    put_groups(page, codes + start, at - start, width);
    put_run(page, codes[at], run, width);
    start = at += run;
  }
  put_groups(page, codes + start, count > start ? count - start : 0, width);
}

void
parquet_codes_append(struct parquet_bytes *page, const uint16_t *codes, uint32_t count,
                     unsigned width, bool seek_runs)
{
  uint8_t bits = (uint8_t)width;
  parquet_bytes_append(page, &bits, 1);
  if (seek_runs)
    put_hybrid(page, codes, count, width);
  else
    put_groups(page, codes, count, width);
}

void
parquet_codes_append_constant(struct parquet_bytes *page, uint32_t count)
{
  uint8_t bits = 1;
  parquet_bytes_append(page, &bits, 1);
  if (count > 0)
    put_run(page, 0, count, bits);
}
