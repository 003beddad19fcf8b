/* SPDX-License-Identifier: Apache-2.0
 *
 * A Parquet file is "PAR1" ... footer, length of the footer (4 bytes, little endian), "PAR1". Source: Apache Parquet,
 * "File Format". */
#include "duck/footer_local.h"
#include "parquet/outline.h"
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAGIC = 4, TAIL = 8, SMALLEST = 12, FIRST_READ = 8 * 1024, MOST_BYTES = 64 * 1024 * 1024 };

struct part {
  const guint8 *bytes;
  gsize count;
};

static void
make_room(struct footer_buffer *buffer, gsize bytes)
{
  if (buffer->size >= bytes)
    return;
  g_free(buffer->bytes);
  buffer->bytes = g_malloc(bytes);
  buffer->size = bytes;
}

static bool
read_end(int file, guint64 size, gsize count, struct footer_buffer *buffer)
{
  make_room(buffer, count);
  return pread(file, buffer->bytes, count, (off_t)(size - count)) == (ssize_t)count;
}

/* Most footers are in what is read first. */
static bool
read_footer(int file, struct footer_buffer *buffer, struct part *ret_footer)
{
  struct stat status;
  if (fstat(file, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size < SMALLEST)
    return false;
  guint64 size = (guint64)status.st_size;
  gsize count = (gsize)MIN(size, FIRST_READ);
  if (!read_end(file, size, count, buffer) ||
      memcmp(buffer->bytes + count - MAGIC, "PAR1", MAGIC) != 0)
    return false;
  guint32 length;
  memcpy(&length, buffer->bytes + count - TAIL, sizeof length);
  length = GUINT32_FROM_LE(length);
  if (length > size - SMALLEST || length > MOST_BYTES)
    return false;
  if (length + TAIL > count) {
    count = length + TAIL;
    if (!read_end(file, size, count, buffer))
      return false;
  }
  *ret_footer = (struct part){.bytes = buffer->bytes + count - TAIL - length, .count = length};
  return true;
}

static struct duck_footer *
footer_new(const struct parquet_outline *outline)
{
  struct duck_footer *footer = g_new0(struct duck_footer, 1);
  footer->rows = outline->rows;
  footer->row_groups = outline->row_groups;
  footer->compression = g_strdup(
      outline->codec == PARQUET_OUTLINE_MIXED ? "mixed" : parquet_codec_name(outline->codec));
  return footer;
}

struct duck_footer *
footer_read_local(const char *path, struct footer_buffer *buffer, GBytes **ret_schema)
{
  if (!g_path_is_absolute(path))
    return NULL;
  int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0)
    return NULL;
  struct part part;
  struct parquet_outline outline;
  bool good =
      read_footer(file, buffer, &part) && parquet_outline_read(part.bytes, part.count, &outline);
  (void)close(file);
  if (!good)
    return NULL;
  *ret_schema = g_bytes_new(outline.schema, outline.schema_bytes);
  return footer_new(&outline);
}
