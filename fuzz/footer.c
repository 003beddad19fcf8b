/* SPDX-License-Identifier: Apache-2.0
 *
 * The short reader of Parquet footers. The input is a footer's metadata; what must hold whatever it says: what it tells lies within the
 * bytes; a footer that is understood is not any more when it is cut anywhere, or when a byte follows.
 */
#include "parquet/outline.h"
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CUTS_MOST = 512 };

static void
must(bool holds)
{
  if (!holds)
    abort();
}

/* In a block of just that size, so that a byte too many is seen. */
static bool
reads(const uint8_t *data, size_t size)
{
  struct parquet_outline outline;
  uint8_t *copy = malloc(size + (size == 0));
  must(copy != NULL);
  if (size > 0)
    memcpy(copy, data, size);
  bool understood = parquet_outline_read(copy, size, &outline);
  if (understood) {
    must(outline.schema >= copy && outline.schema_bytes > 0);
    must(outline.schema_bytes <= size - (size_t)(outline.schema - copy));
    must(outline.codec == PARQUET_OUTLINE_MIXED || outline.codec == PARQUET_OUTLINE_NO_CODEC ||
         parquet_codec_name(outline.codec) != NULL);
  }
  free(copy);
  return understood;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  if (!reads(data, size))
    return 0;
  for (size_t cut = size > CUTS_MOST ? size - CUTS_MOST : 0; cut < size; cut++)
    must(!reads(data, cut));
  uint8_t *longer = calloc(size + 1, 1);
  must(longer != NULL);
  memcpy(longer, data, size);
  must(!reads(longer, size + 1));
  free(longer);
  return 0;
}
