/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/scratch.h"

void
parquet_scratch_init(struct parquet_scratch *scratch, const struct parquet_allocator *allocator)
{
  const struct parquet_bytes none = {.allocator = allocator};
  *scratch = (struct parquet_scratch){
      .allocator = allocator,
      .dense = none,
      .page = none,
      .header = none,
      .group = none,
      .pages = none,
      .dictionary = {.slots = none, .entry_bytes = none, .code_bytes = none},
      .codec = {.allocator = allocator, .table = none},
  };
}

void
parquet_scratch_clear(struct parquet_scratch *scratch)
{
  parquet_bytes_free(&scratch->dense);
  parquet_bytes_free(&scratch->page);
  parquet_bytes_free(&scratch->header);
  parquet_bytes_free(&scratch->group);
  parquet_bytes_free(&scratch->pages);
  parquet_bytes_free(&scratch->dictionary.slots);
  parquet_bytes_free(&scratch->dictionary.entry_bytes);
  parquet_bytes_free(&scratch->dictionary.code_bytes);
  parquet_codec_scratch_clear(&scratch->codec);
}

struct parquet_scratch *
parquet_scratch_new(const struct parquet_allocator *allocator)
{
  struct parquet_scratch *scratch = parquet_allocate(allocator, sizeof *scratch);
  if (scratch != NULL)
    parquet_scratch_init(scratch, allocator);
  return scratch;
}

void
parquet_scratch_free(struct parquet_scratch *scratch)
{
  if (scratch == NULL)
    return;
  parquet_scratch_clear(scratch);
  parquet_release(scratch->allocator, scratch, sizeof *scratch);
}
