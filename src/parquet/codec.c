/* SPDX-License-Identifier: Apache-2.0 */
#define ZSTD_STATIC_LINKING_ONLY /* an allocator of our own */
#include "parquet/codec.h"
#include <snappy-c.h>
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
    return snappy_max_compressed_length(size);
  case PARQUET_ZSTD:
    return ZSTD_compressBound(size);
  case PARQUET_UNCOMPRESSED:
    break;
  }
  return size;
}

static size_t
compress_zstd(struct parquet_codec_scratch *scratch, int level, const uint8_t *from, size_t size,
              uint8_t *to)
{
  if (scratch->zstd == NULL) {
    ZSTD_customMem memory = {block_allocate, block_free, (void *)(uintptr_t)scratch->allocator};
    scratch->zstd = ZSTD_createCCtx_advanced(memory);
    if (scratch->zstd == NULL)
      return 0;
  }
  size_t bound = ZSTD_compressBound(size);
  size_t packed =
      ZSTD_compressCCtx(scratch->zstd, to, bound, from, size, level == 0 ? LEVEL_DEFAULT : level);
  return ZSTD_isError(packed) ? 0 : packed;
}

size_t
parquet_codec_compress(struct parquet_codec_scratch *scratch, enum parquet_codec codec,
                       int zstd_level, const uint8_t *from, size_t size, uint8_t *to)
{
  size_t packed = parquet_codec_bound(codec, size);
  switch (codec) {
  case PARQUET_SNAPPY:
    return snappy_compress((const char *)from, size, (char *)to, &packed) == SNAPPY_OK ? packed : 0;
  case PARQUET_ZSTD:
    return compress_zstd(scratch, zstd_level, from, size, to);
  case PARQUET_UNCOMPRESSED:
    break;
  }
  memcpy(to, from, size);
  return size;
}
