/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/bounds.h"
#include "parquet/footer.h"
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const char magic[4] = {'P', 'A', 'R', '1'};

struct parquet_file {
  const struct parquet_allocator *allocator;
  int fd;
  int error; /* errno of the first failure; the file is worth nothing then */
  struct parquet_column *columns;
  unsigned column_count;
  char *names; /* all names and created_by, one behind the other */
  size_t names_bytes;
  const char *created_by;
  struct parquet_statistics *statistics;
  struct parquet_bytes descriptions;
  struct parquet_index index;
  uint64_t size, rows;
  uint32_t group_count;
};

static bool
write_all(int fd, const void *from, size_t size)
{
  const char *at = from;
  while (size > 0) {
    ssize_t written = write(fd, at, size);
    if (written < 0 && errno == EINTR)
      continue;
    if (written < 0)
      return false;
    at += written;
    size -= (size_t)written;
  }
  return true;
}

static void
file_free(struct parquet_file *file)
{
  const struct parquet_allocator *allocator = file->allocator;
  unsigned count = file->column_count;
  if (file->fd >= 0)
    (void)close(file->fd);
  if (file->statistics != NULL && file->columns != NULL)
    for (unsigned i = 0; i < count; i++)
      parquet_bounds_clear(&file->statistics[i], parquet_facts_of(file->columns[i].type)->shape,
                           allocator);
  parquet_release(allocator, file->columns, count * sizeof *file->columns);
  parquet_release(allocator, file->statistics, count * sizeof *file->statistics);
  parquet_release(allocator, file->names, file->names_bytes);
  parquet_bytes_free(&file->descriptions);
  parquet_index_clear(&file->index);
  parquet_release(allocator, file, sizeof *file);
}

static const char *
keep_name(struct parquet_file *file, size_t *used, const char *name)
{
  size_t bytes = strlen(name) + 1;
  char *kept = file->names + *used;
  memcpy(kept, name, bytes);
  *used += bytes;
  return kept;
}

static bool
keep_columns(struct parquet_file *file, const struct parquet_column *columns,
             const char *created_by)
{
  unsigned count = file->column_count;
  file->names_bytes = strlen(created_by) + 1;
  for (unsigned i = 0; i < count; i++)
    file->names_bytes += strlen(columns[i].name) + 1;
  file->columns = parquet_allocate(file->allocator, count * sizeof *file->columns);
  file->statistics = parquet_allocate(file->allocator, count * sizeof *file->statistics);
  file->names = parquet_allocate(file->allocator, file->names_bytes);
  if (file->statistics != NULL)
    memset(file->statistics, 0, count * sizeof *file->statistics);
  if (file->columns != NULL && count > 0)
    memcpy(file->columns, columns, count * sizeof *columns);
  if (file->columns == NULL || file->statistics == NULL || file->names == NULL)
    return false;
  size_t used = 0;
  for (unsigned i = 0; i < count; i++)
    file->columns[i].name = keep_name(file, &used, columns[i].name);
  file->created_by = keep_name(file, &used, created_by);
  return true;
}

static struct parquet_file *
file_new(const struct parquet_column *columns, unsigned column_count, const char *created_by,
         const struct parquet_allocator *allocator)
{
  struct parquet_file *file = parquet_allocate(allocator, sizeof *file);
  if (file == NULL)
    return NULL;
  *file = (struct parquet_file){.allocator = allocator,
                                .fd = -1,
                                .column_count = column_count,
                                .descriptions = {.allocator = allocator}};
  parquet_index_init(&file->index, allocator);
  if (!keep_columns(file, columns, created_by)) {
    file_free(file);
    return NULL;
  }
  return file;
}

struct parquet_file *
parquet_file_open(const char *path, const struct parquet_column *columns, unsigned column_count,
                  const char *created_by, const struct parquet_options *options)
{
  struct parquet_file *file = file_new(columns, column_count, created_by, options->allocator);
  if (file == NULL) {
    errno = ENOMEM;
    return NULL;
  }
  file->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (file->fd < 0 || !write_all(file->fd, magic, sizeof magic)) {
    int error = errno;
    if (file->fd >= 0)
      (void)unlink(path);
    file_free(file);
    errno = error;
    return NULL;
  }
  file->size = sizeof magic;
  return file;
}

static bool
fail(struct parquet_file *file, int error)
{
  if (file->error == 0)
    file->error = error;
  errno = file->error;
  return false;
}

static bool
add(struct parquet_file *file, const struct parquet_group *group)
{
  if (file->error != 0)
    return fail(file, file->error);
  parquet_footer_group(&file->descriptions, &file->index, file->columns, group, file->size);
  if (file->descriptions.is_broken || parquet_index_is_broken(&file->index))
    return fail(file, ENOMEM);
  for (unsigned i = 0; i < file->column_count; i++)
    if (!parquet_bounds_merge(&file->statistics[i], &group->statistics[i], group->shapes[i],
                              file->allocator))
      return fail(file, ENOMEM);
  if (!write_all(file->fd, group->bytes, group->size))
    return fail(file, errno);
  file->size += group->size;
  file->rows += group->rows;
  file->group_count++;
  return true;
}

bool
parquet_file_add(struct parquet_file *file, struct parquet_group *group)
{
  bool added = add(file, group);
  int error = errno;
  parquet_group_free(group);
  errno = error;
  return added;
}

uint64_t
parquet_file_bytes(const struct parquet_file *file)
{
  return file->size;
}

uint64_t
parquet_file_rows(const struct parquet_file *file)
{
  return file->rows;
}

const struct parquet_statistics *
parquet_file_statistics(const struct parquet_file *file)
{
  return file->statistics;
}

static bool
finish(struct parquet_file *file)
{
  if (file->error != 0)
    return fail(file, file->error);
  const struct parquet_footer footer = {.columns = file->columns,
                                        .column_count = file->column_count,
                                        .created_by = file->created_by,
                                        .rows = file->rows,
                                        .group_count = file->group_count,
                                        .descriptions = &file->descriptions,
                                        .index = &file->index,
                                        .offset = file->size};
  struct parquet_bytes end = {.allocator = file->allocator};
  parquet_footer_append(&end, &footer);
  bool is_whole = !end.is_broken;
  if (!is_whole)
    (void)fail(file, ENOMEM);
  else if (!write_all(file->fd, end.at, end.size) || fsync(file->fd) != 0)
    is_whole = fail(file, errno);
  file->size += end.size;
  parquet_bytes_free(&end);
  return is_whole;
}

bool
parquet_file_close(struct parquet_file *file, uint64_t *ret_bytes)
{
  bool closed = finish(file);
  if (closed && close(file->fd) != 0)
    closed = fail(file, errno);
  else if (!closed)
    (void)close(file->fd);
  file->fd = -1;
  int error = file->error;
  if (closed)
    *ret_bytes = file->size;
  file_free(file);
  errno = error;
  return closed;
}

void
parquet_file_abandon(struct parquet_file *file)
{
  file_free(file);
}
