/* SPDX-License-Identifier: Apache-2.0 */
#define ZSTD_STATIC_LINKING_ONLY /* an allocator of our own */
#include "parquet/codec.h"
#include <zstd.h>

enum { LEVEL_DEFAULT = 3 };

/* zstd does not say how large a block is that it frees. */
struct block {
  _Alignas(16) size_t bytes;
  char memory[];
};

static void *
block_allocate(void *allocator, size_t bytes)
{
  struct block *block = parquet_allocate(allocator, sizeof *block + bytes);
  if (block == NULL)
    return NULL;
  block->bytes = sizeof *block + bytes;
  return block->memory;
}

static void
block_free(void *allocator, void *memory)
{
  if (memory == NULL)
    return;
  struct block *block = (struct block *)(void *)((char *)memory - offsetof(struct block, memory));
  parquet_release(allocator, block, block->bytes);
}

void
parquet_codec_scratch_clear(struct parquet_codec_scratch *scratch)
{
  (void)ZSTD_freeCCtx(scratch->zstd);
  scratch->zstd = NULL;
  parquet_bytes_free(&scratch->table);
}

size_t
parquet_codec_bound(enum parquet_codec codec, size_t size)
{
  switch (codec) {
  case PARQUET_SNAPPY:
    return parquet_snappy_bound(size);
  case PARQUET_ZSTD:
    return ZSTD_compressBound(size);
  case PARQUET_UNCOMPRESSED:
    break;
  }
  return size;
}

static size_t
compress_snappy(struct parquet_codec_scratch *scratch, const struct parquet_raw *raw, uint8_t *to)
{
  void *table = parquet_bytes_clear(&scratch->table, PARQUET_SNAPPY_TABLE_BYTES);
  return table == NULL ? 0 : parquet_snappy_compress(raw, table, to);
}

static size_t
compress_zstd(struct parquet_codec_scratch *scratch, int level, const struct parquet_raw *raw,
              uint8_t *to)
{
  if (scratch->zstd == NULL) {
    ZSTD_customMem memory = {block_allocate, block_free, (void *)(uintptr_t)scratch->allocator};
    scratch->zstd = ZSTD_createCCtx_advanced(memory);
    if (scratch->zstd == NULL)
      return 0;
  }
  size_t packed = ZSTD_compressCCtx(scratch->zstd, to, ZSTD_compressBound(raw->size), raw->bytes,
                                    raw->size, level == 0 ? LEVEL_DEFAULT : level);
  return ZSTD_isError(packed) ? 0 : packed;
}

size_t
parquet_codec_compress(struct parquet_codec_scratch *scratch, enum parquet_codec codec,
                       int zstd_level, const struct parquet_raw *raw, uint8_t *to)
{
  switch (codec) {
  case PARQUET_SNAPPY:
    return compress_snappy(scratch, raw, to);
  case PARQUET_ZSTD:
    return compress_zstd(scratch, zstd_level, raw, to);
  case PARQUET_UNCOMPRESSED:
    break;
  }
  memcpy(to, raw->bytes, raw->size);
  return raw->size;
}
