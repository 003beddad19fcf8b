/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/chunk.h"
#include "parquet/bounds.h"
#include "parquet/codes.h"
#include "parquet/levels.h"
#include "parquet/page.h"
#include "parquet/plain.h"

enum { LEVELS_ROOM = 64, RUNS_WORTH_SEEKING = 8 };

struct work {
  struct parquet_scratch *scratch;
  const struct parquet_options *options;
  const uint64_t *validity; /* NULL: no row is NULL */
  uint32_t rows;
  struct parquet_dense dense;
  uint64_t plain_bytes;
};

/* The values come next: the codec is told what they are. */
static void
tell_content(struct parquet_scratch *scratch, enum parquet_shape shape)
{
  scratch->values_at = scratch->page.size;
  if (shape == PARQUET_SHAPE_STRING)
    scratch->content = PARQUET_CONTENT_TEXTS;
  else if (shape == PARQUET_SHAPE_INT64 || shape == PARQUET_SHAPE_DOUBLE)
    scratch->content = PARQUET_CONTENT_WORDS;
}

static bool
plain_pages(const struct work *work, struct parquet_chunk *chunk)
{
  struct parquet_stretch at = {0, 0, 0, 0};
  while (at.row + at.rows < work->rows) {
    uint32_t fitting = work->dense.count;
    uint64_t bytes = work->plain_bytes;
    if (bytes > PARQUET_PAGE_BYTES)
      fitting =
          parquet_plain_fitting(&work->dense, at.value + at.count, PARQUET_PAGE_BYTES, &bytes);
    at = parquet_stretch_next(work->validity, work->rows, &at, fitting > 0 ? fitting : 1,
                              PARQUET_PAGE_ROWS);
    if (!parquet_page_begin(work->scratch, LEVELS_ROOM))
      return false;
    parquet_levels_append(&work->scratch->page, work->validity, &at);
    tell_content(work->scratch, work->dense.shape);
    parquet_plain_append(&work->scratch->page, &work->dense, at.value, at.count, bytes);
    if (!parquet_page_data(work->scratch, chunk, work->options, at.rows, PARQUET_ENCODING_PLAIN))
      return false;
  }
  return true;
}

static bool
code_pages(const struct work *work, struct parquet_chunk *chunk)
{
  const struct parquet_dictionary *dictionary = &work->scratch->dictionary;
  unsigned width = parquet_codes_width(dictionary->entries.count);
  bool seek_runs = work->dense.count / dictionary->runs >= RUNS_WORTH_SEEKING;
  struct parquet_stretch at = {0, 0, 0, 0};
  while (at.row + at.rows < work->rows) {
    at = parquet_stretch_next(work->validity, work->rows, &at, 8 * PARQUET_PAGE_BYTES / width,
                              PARQUET_PAGE_ROWS);
    struct parquet_bytes *page = &work->scratch->page;
    if (!parquet_page_begin(work->scratch, LEVELS_ROOM))
      return false;
    parquet_levels_append(page, work->validity, &at);
    if (dictionary->codes == NULL)
      parquet_codes_append_constant(page, at.count);
    else
      parquet_codes_append(page, dictionary->codes + at.value, at.count, width, seek_runs);
    if (!parquet_page_data(work->scratch, chunk, work->options, at.rows,
                           PARQUET_ENCODING_RLE_DICTIONARY))
      return false;
  }
  return true;
}

static bool
dictionary_page(const struct work *work, struct parquet_chunk *chunk)
{
  const struct parquet_dense *entries = &work->scratch->dictionary.entries;
  if (!parquet_page_begin(work->scratch, 1))
    return false;
  tell_content(work->scratch, entries->shape);
  parquet_plain_append(&work->scratch->page, entries, 0, entries->count,
                       work->scratch->dictionary.bytes);
  return parquet_page_dictionary(work->scratch, chunk, work->options, entries->count);
}

static bool
encode(struct work *work, struct parquet_chunk *chunk, struct parquet_statistics *statistics)
{
  enum parquet_dictionary_outcome outcome = PARQUET_DICTIONARY_NO;
  work->plain_bytes = parquet_plain_bytes(&work->dense);
  if (work->plain_bytes == UINT64_MAX)
    return false;
  if (work->dense.shape != PARQUET_SHAPE_BOOL)
    outcome = parquet_dictionary_make(&work->scratch->dictionary, &work->dense, work->plain_bytes);
  if (outcome == PARQUET_DICTIONARY_NO_MEMORY)
    return false;
  bool has_dictionary = outcome == PARQUET_DICTIONARY_YES;
  const struct parquet_dense *all =
      has_dictionary ? &work->scratch->dictionary.entries : &work->dense;
  uint64_t nulls = work->rows - work->dense.count;
  if (!parquet_bounds_make(all, nulls, work->options->allocator, statistics))
    return false;
  return has_dictionary ? dictionary_page(work, chunk) && code_pages(work, chunk)
                        : plain_pages(work, chunk);
}

bool
parquet_chunk_encode(const struct parquet_column *column, const struct parquet_values *values,
                     uint32_t rows, const struct parquet_options *options,
                     struct parquet_scratch *scratch, struct parquet_chunk *ret_chunk,
                     struct parquet_statistics *ret_statistics)
{
  const struct parquet_facts *facts = parquet_facts_of(column->type);
  struct work work = {scratch, options, NULL, rows, {facts->shape, NULL, 0}, 0};
  struct parquet_statistics statistics = {.null_count = 0};
  struct parquet_chunk chunk = {.start = scratch->group.size, .codec = options->codec};
  if (!parquet_dense_make(facts, values, rows, &scratch->dense, &work.dense))
    return false;
  work.validity = work.dense.count < rows ? values->validity : NULL;
  if (!encode(&work, &chunk, &statistics)) {
    parquet_bounds_clear(&statistics, facts->shape, options->allocator);
    return false;
  }
  chunk.bytes = scratch->group.size - chunk.start;
  *ret_chunk = chunk;
  *ret_statistics = statistics;
  return true;
}
