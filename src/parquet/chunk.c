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
  unsigned dense_bytes; /* of a value of it */
  uint64_t plain_bytes;
  struct parquet_statistics all, last; /* of the pages so far; of the last one with bounds */
};

/* What a page of these values (or entries) tells; its statistics are the chunk's as well. */
static bool
tell_page(struct work *work, struct parquet_chunk *chunk, const struct parquet_stretch *at,
          const struct parquet_dense *values, struct parquet_page *ret_page)
{
  const struct parquet_allocator *allocator = work->options->allocator;
  enum parquet_shape shape = values->shape;
  struct parquet_statistics page;
  if (!parquet_bounds_make(values, at->rows - at->count, allocator, &page))
    return false;
  *ret_page = (struct parquet_page){.row = at->row, .rows = at->rows};
  ret_page->told = parquet_told_of(&page, shape);
  if (at->rows == work->rows) {
    work->all = page;
    return true;
  }
  bool is_merged = parquet_bounds_merge(&work->all, &page, shape, allocator);
  if (page.min.is_known) {
    if (work->last.min.is_known)
      chunk->is_ascending &= parquet_bounds_ascend(&work->last, &page, shape);
    parquet_bounds_clear(&work->last, shape, allocator);
    work->last = page;
  }
  return is_merged;
}

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
plain_pages(struct work *work, struct parquet_chunk *chunk)
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
    const struct parquet_dense values = {
        work->dense.shape, (const char *)work->dense.values + (size_t)work->dense_bytes * at.value,
        at.count};
    struct parquet_page page;
    if (!tell_page(work, chunk, &at, &values, &page) ||
        !parquet_page_begin(work->scratch, LEVELS_ROOM))
      return false;
    parquet_levels_append(&work->scratch->page, work->validity, &at);
    tell_content(work->scratch, work->dense.shape);
    parquet_plain_append(&work->scratch->page, &work->dense, at.value, at.count, bytes);
    if (!parquet_page_data(work->scratch, chunk, work->options, PARQUET_ENCODING_PLAIN, &page))
      return false;
  }
  return true;
}

/* All entries of the dictionary are in the only page. */
static bool
tell_code_page(struct work *work, struct parquet_chunk *chunk, const struct parquet_stretch *at,
               struct parquet_page *ret_page)
{
  struct parquet_dictionary *dictionary = &work->scratch->dictionary;
  struct parquet_dense used = dictionary->entries;
  if (at->rows < work->rows && !parquet_dictionary_used(dictionary, at->value, at->count, &used))
    return false;
  return tell_page(work, chunk, at, &used, ret_page);
}

static bool
code_pages(struct work *work, struct parquet_chunk *chunk)
{
  const struct parquet_dictionary *dictionary = &work->scratch->dictionary;
  unsigned width = parquet_codes_width(dictionary->entries.count);
  bool seek_runs = work->dense.count / dictionary->runs >= RUNS_WORTH_SEEKING;
  struct parquet_stretch at = {0, 0, 0, 0};
  while (at.row + at.rows < work->rows) {
    at = parquet_stretch_next(work->validity, work->rows, &at, 8 * PARQUET_PAGE_BYTES / width,
                              PARQUET_PAGE_ROWS);
    struct parquet_bytes *body = &work->scratch->page;
    struct parquet_page page;
    if (!tell_code_page(work, chunk, &at, &page) || !parquet_page_begin(work->scratch, LEVELS_ROOM))
      return false;
    parquet_levels_append(body, work->validity, &at);
    if (dictionary->codes == NULL)
      parquet_codes_append_constant(body, at.count);
    else
      parquet_codes_append(body, dictionary->codes + at.value, at.count, width, seek_runs);
    if (!parquet_page_data(work->scratch, chunk, work->options, PARQUET_ENCODING_RLE_DICTIONARY,
                           &page))
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
encode(struct work *work, struct parquet_chunk *chunk)
{
  enum parquet_dictionary_outcome outcome = PARQUET_DICTIONARY_NO;
  work->plain_bytes = parquet_plain_bytes(&work->dense);
  if (work->plain_bytes == UINT64_MAX)
    return false;
  if (work->dense.shape != PARQUET_SHAPE_BOOL)
    outcome = parquet_dictionary_make(&work->scratch->dictionary, &work->dense, work->plain_bytes);
  if (outcome == PARQUET_DICTIONARY_NO_MEMORY)
    return false;
  return outcome == PARQUET_DICTIONARY_YES ? dictionary_page(work, chunk) && code_pages(work, chunk)
                                           : plain_pages(work, chunk);
}

bool
parquet_chunk_encode(const struct parquet_column *column, const struct parquet_values *values,
                     uint32_t rows, const struct parquet_options *options,
                     struct parquet_scratch *scratch, struct parquet_chunk *ret_chunk,
                     struct parquet_statistics *ret_statistics)
{
  const struct parquet_facts *facts = parquet_facts_of(column->type);
  struct work work = {
      .scratch = scratch, .options = options, .rows = rows, .dense_bytes = facts->shape_bytes};
  struct parquet_chunk chunk = {.start = scratch->group.size,
                                .first_page =
                                    (uint32_t)(scratch->pages.size / sizeof(struct parquet_page)),
                                .is_ascending = true,
                                .codec = options->codec};
  if (!parquet_dense_make(facts, values, rows, &scratch->dense, &work.dense))
    return false;
  work.validity = work.dense.count < rows ? values->validity : NULL;
  bool is_encoded = encode(&work, &chunk);
  parquet_bounds_clear(&work.last, facts->shape, options->allocator);
  if (!is_encoded) {
    parquet_bounds_clear(&work.all, facts->shape, options->allocator);
    return false;
  }
  chunk.bytes = scratch->group.size - chunk.start;
  *ret_chunk = chunk;
  *ret_statistics = work.all;
  return true;
}
