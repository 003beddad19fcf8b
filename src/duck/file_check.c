/* SPDX-License-Identifier: Apache-2.0
 *
 * A Parquet file is "PAR1" ... footer, length of the footer (4 bytes, little endian), "PAR1". Source: Apache Parquet,
 * "File Format". */
#include "duck/file_check.h"
#include "util/error.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAGIC = 4, TAIL = 8, SMALLEST = 12 };

struct look {
  guint64 size;
  char head[MAGIC];
  char tail[TAIL];
};

static bool
read_at(int file, char *bytes, gsize count, guint64 offset)
{
  return pread(file, bytes, count, (off_t)offset) == (ssize_t)count;
}

static bool
take_look(int file, struct look *look)
{
  struct stat status;
  if (fstat(file, &status) != 0)
    return false;
  if (S_ISDIR(status.st_mode)) {
    errno = EISDIR;
    return false;
  }
  look->size = (guint64)status.st_size;
  if (look->size < SMALLEST)
    return true;
  return read_at(file, look->head, MAGIC, 0) && read_at(file, look->tail, TAIL, look->size - TAIL);
}

static bool
is_magic(const char *bytes, const char *magic)
{
  return memcmp(bytes, magic, MAGIC) == 0;
}

static guint64
footer_length(const struct look *look)
{
  guint32 length;
  memcpy(&length, look->tail, sizeof length);
  return GUINT32_FROM_LE(length);
}

/* NULL: nothing wrong to be seen from outside. */
static const char *
what_is_wrong(const struct look *look)
{
  if (look->size == 0)
    return "the file is empty (0 bytes)";
  if (look->size < SMALLEST)
    return "the file is too short to be Parquet";
  if (is_magic(look->head, "PARE") || is_magic(look->tail + MAGIC, "PARE"))
    return "the file is encrypted, which is not supported";
  if (!is_magic(look->head, "PAR1"))
    return "the file is not Parquet";
  if (!is_magic(look->tail + MAGIC, "PAR1"))
    return "the file is cut off: it does not end with a Parquet footer";
  if (footer_length(look) > look->size - SMALLEST)
    return "the file is damaged: its Parquet footer does not fit in it";
  return NULL;
}

static bool
keeps_kind(const GError *failure)
{
  return failure != NULL &&
         (error_is(failure, ERROR_LIMIT) || error_is(failure, ERROR_INTERRUPTED) ||
          error_is(failure, ERROR_TERMINATED));
}

bool
file_blame(const char *path, enum error_kind kind, GError *failure, GError **error)
{
  struct look look = {0};
  if (keeps_kind(failure)) {
    g_propagate_error(error, failure);
    return false;
  }
  int file = g_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
  bool seen = file >= 0 && take_look(file, &look);
  int number = errno;
  if (file >= 0)
    (void)close(file);
  const char *wrong = seen ? what_is_wrong(&look) : NULL;
  if (failure != NULL && error_is(failure, ERROR_ACCESS))
    kind = ERROR_ACCESS;
  if (!seen)
    error_set_errno(error, kind, number, "cannot read '%s'", path);
  else if (wrong != NULL)
    error_set(error, kind, "cannot read '%s': %s", path, wrong);
  else
    error_set(error, kind, "cannot read '%s': %s", path,
              failure == NULL ? "DuckDB gives no reason" : failure->message);
  if (seen && kind == ERROR_INPUT)
    error_hint(error, "Replace it or move it out of its folder.");
  g_clear_error(&failure);
  return false;
}
