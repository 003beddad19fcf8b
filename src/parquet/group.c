/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/group.h"
#include "parquet/bounds.h"

static struct parquet_group *
group_new(const struct parquet_column *columns, unsigned column_count, uint32_t rows,
          const struct parquet_allocator *allocator)
{
  struct parquet_group *group = parquet_allocate(allocator, sizeof *group);
  if (group == NULL)
    return NULL;
  *group = (struct parquet_group){
      .allocator = allocator,
      .column_count = column_count,
      .rows = rows,
      .shapes = parquet_allocate(allocator, column_count * sizeof *group->shapes),
      .chunks = parquet_allocate(allocator, column_count * sizeof *group->chunks),
      .statistics = parquet_allocate(allocator, column_count * sizeof *group->statistics),
  };
  if (group->statistics != NULL)
    memset(group->statistics, 0, column_count * sizeof *group->statistics);
  if (group->shapes != NULL)
    for (unsigned i = 0; i < column_count; i++)
      group->shapes[i] = parquet_facts_of(columns[i].type)->shape;
  if (group->shapes == NULL || group->chunks == NULL || group->statistics == NULL) {
    parquet_group_free(group);
    return NULL;
  }
  return group;
}

/* Blocks of just the right size: a group waits for its file, and the scratch goes on to the next. */
static bool
keep_bytes(struct parquet_group *group, const struct parquet_bytes *made,
           const struct parquet_bytes *pages)
{
  group->bytes = parquet_allocate(group->allocator, made->size);
  group->size = made->size;
  group->pages = parquet_allocate(group->allocator, pages->size);
  group->page_count = (uint32_t)(pages->size / sizeof *group->pages);
  if (group->bytes == NULL || group->pages == NULL)
    return false;
  memcpy(group->bytes, made->at, made->size);
  memcpy(group->pages, pages->at, pages->size);
  return true;
}

static struct parquet_group *
encode(const struct parquet_column *columns, unsigned column_count,
       const struct parquet_values *values, uint32_t rows, const struct parquet_options *options,
       struct parquet_scratch *scratch)
{
  struct parquet_group *group = group_new(columns, column_count, rows, options->allocator);
  if (group == NULL)
    return NULL;
  bool is_whole = parquet_bytes_clear(&scratch->group, 1) != NULL &&
                  parquet_bytes_clear(&scratch->pages, sizeof(struct parquet_page)) != NULL;
  for (unsigned i = 0; is_whole && i < column_count; i++)
    is_whole = parquet_chunk_encode(&columns[i], &values[i], rows, options, scratch,
                                    &group->chunks[i], &group->statistics[i]);
  if (!is_whole || !keep_bytes(group, &scratch->group, &scratch->pages)) {
    parquet_group_free(group);
    return NULL;
  }
  return group;
}

struct parquet_group *
parquet_encode(const struct parquet_column *columns, unsigned column_count,
               const struct parquet_values *values, uint32_t rows,
               const struct parquet_options *options)
{
  if (options->scratch != NULL)
    return encode(columns, column_count, values, rows, options, options->scratch);
  struct parquet_scratch scratch;
  parquet_scratch_init(&scratch, options->allocator);
  struct parquet_group *group = encode(columns, column_count, values, rows, options, &scratch);
  parquet_scratch_clear(&scratch);
  return group;
}

void
parquet_group_free(struct parquet_group *group)
{
  if (group == NULL)
    return;
  const struct parquet_allocator *allocator = group->allocator;
  unsigned count = group->column_count;
  if (group->statistics != NULL && group->shapes != NULL)
    for (unsigned i = 0; i < count; i++)
      parquet_bounds_clear(&group->statistics[i], group->shapes[i], allocator);
  parquet_release(allocator, group->shapes, count * sizeof *group->shapes);
  parquet_release(allocator, group->chunks, count * sizeof *group->chunks);
  parquet_release(allocator, group->statistics, count * sizeof *group->statistics);
  parquet_release(allocator, group->bytes, group->size);
  parquet_release(allocator, group->pages, group->page_count * sizeof *group->pages);
  parquet_release(allocator, group, sizeof *group);
}

uint64_t
parquet_group_bytes(const struct parquet_group *group)
{
  return group->size;
}

uint32_t
parquet_group_rows(const struct parquet_group *group)
{
  return group->rows;
}

const struct parquet_statistics *
parquet_group_statistics(const struct parquet_group *group)
{
  return group->statistics;
}
