/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes a Parquet file of the values in another file, for the tests that read it back with other people's readers:
 *
 *     write_parquet FROM TO none|snappy|zstd
 *
 * FROM, little-endian: u32 columns; for each u8 type (enum parquet_type), precision, scale, length of the name, the name; then
 * row groups until the end: u32 rows; for each column u64 validity words if the u8 in front of them is 1, then the
 * values, packed; a string as u32 length and text. Prints the statistics of the file, a line a column.
 */
#include "parquet/parquet.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const unsigned element_bytes[] = {1, 1, 2, 4, 8, 4, 8, 4, 8, 8, 2, 4, 8, 16, 16};

struct input {
  uint8_t *bytes;
  size_t size, at;
};

static void *
resize(void *user, void *old, size_t old_bytes, size_t new_bytes)
{
  (void)user;
  (void)old_bytes;
  if (new_bytes != 0)
    return realloc(old, new_bytes);
  free(old);
  return NULL;
}

static void
die(const char *what)
{
  (void)fprintf(stderr, "write_parquet: %s: %s\n", what, strerror(errno));
  exit(1);
}

static const void *
take(struct input *input, size_t size)
{
  if (input->size - input->at < size) {
    errno = EINVAL;
    die("input is too short");
  }
  input->at += size;
  return input->bytes + input->at - size;
}

static uint32_t
take_number(struct input *input)
{
  uint32_t number;
  memcpy(&number, take(input, sizeof number), sizeof number);
  return number;
}

static struct input
read_input(const char *path)
{
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0)
    die(path);
  struct input input = {.size = (size_t)ftell(file)};
  rewind(file);
  input.bytes = malloc(input.size + 1);
  if (input.bytes == NULL || fread(input.bytes, 1, input.size, file) != input.size)
    die(path);
  (void)fclose(file);
  return input;
}

static struct parquet_column
take_column(struct input *input)
{
  const uint8_t *facts = take(input, 4);
  struct parquet_column column = {NULL, facts[0], facts[1], facts[2]};
  char *name = calloc(1, facts[3] + 1u);
  if (name == NULL)
    die("name");
  memcpy(name, take(input, facts[3]), facts[3]);
  column.name = name;
  return column;
}

static void *
copy_of(struct input *input, size_t size)
{
  void *copy = malloc(size + 1);
  if (copy == NULL)
    die("values");
  memcpy(copy, take(input, size), size);
  return copy;
}

static void *
take_strings(struct input *input, uint32_t rows)
{
  struct parquet_string *strings = calloc(rows, sizeof *strings);
  if (strings == NULL)
    die("strings");
  for (uint32_t i = 0; i < rows; i++) {
    strings[i].length = take_number(input);
    const char *text = take(input, strings[i].length);
    if (strings[i].length <= sizeof strings[i].inlined) {
      memcpy(strings[i].inlined, text, strings[i].length);
    } else {
      memcpy(strings[i].pointer.prefix, text, 4);
      strings[i].pointer.address = text;
    }
  }
  return strings;
}

static struct parquet_values
take_values(struct input *input, enum parquet_type type, uint32_t rows)
{
  struct parquet_values values = {NULL, NULL};
  if (*(const uint8_t *)take(input, 1) == 1)
    values.validity = copy_of(input, (rows + 63) / 64 * 8ull);
  values.values = type == PARQUET_STRING ? take_strings(input, rows)
                                         : copy_of(input, (size_t)element_bytes[type] * rows);
  return values;
}

static void
print_bound(const struct parquet_bound *bound, enum parquet_type type)
{
  if (!bound->is_known)
    (void)printf("\tunknown");
  else if (type == PARQUET_FLOAT || type == PARQUET_DOUBLE)
    (void)printf("\t%.17g", bound->real);
  else if (type == PARQUET_DECIMAL128)
    (void)printf("\t%016" PRIx64 "%016" PRIx64, bound->wide[1], bound->wide[0]);
  else if (type != PARQUET_STRING)
    (void)printf("\t%" PRId64, bound->integer);
  else {
    (void)printf("\t'");
    for (uint32_t i = 0; i < bound->string.length; i++)
      (void)printf("%02x", (unsigned char)bound->string.text[i]);
  }
}

static void
add_groups(struct input *input, struct parquet_file *file, const struct parquet_column *columns,
           uint32_t count, const struct parquet_options *options)
{
  struct parquet_values *values = calloc(count + 1ull, sizeof *values);
  if (values == NULL)
    die("values");
  while (input->at < input->size) {
    uint32_t rows = take_number(input);
    for (uint32_t i = 0; i < count; i++)
      values[i] = take_values(input, columns[i].type, rows);
    struct parquet_group *group = parquet_encode(columns, count, values, rows, options);
    if (group == NULL || !parquet_file_add(file, group))
      die("row group");
  }
}

int
main(int argc, char **argv)
{
  if (argc != 4) {
    (void)fprintf(stderr, "usage: write_parquet FROM TO none|snappy|zstd\n");
    return 2;
  }
  const struct parquet_allocator allocator = {resize, NULL};
  struct parquet_options options = {.allocator = &allocator, .codec = PARQUET_UNCOMPRESSED};
  if (strcmp(argv[3], "none") != 0)
    options.codec = strcmp(argv[3], "zstd") == 0 ? PARQUET_ZSTD : PARQUET_SNAPPY;
  struct input input = read_input(argv[1]);
  uint32_t count = take_number(&input);
  struct parquet_column *columns = calloc(count + 1ull, sizeof *columns);
  if (columns == NULL)
    die("columns");
  for (uint32_t i = 0; i < count; i++)
    columns[i] = take_column(&input);
  struct parquet_file *file = parquet_file_open(argv[2], columns, count, "write_parquet", &options);
  if (file == NULL)
    die(argv[2]);
  add_groups(&input, file, columns, count, &options);
  for (uint32_t i = 0; i < count; i++) {
    const struct parquet_statistics *told = &parquet_file_statistics(file)[i];
    (void)printf("%" PRIu64 "\t%d", told->null_count, told->has_nan);
    print_bound(&told->min, columns[i].type);
    print_bound(&told->max, columns[i].type);
    (void)printf("\n");
  }
  uint64_t bytes = 0;
  if (!parquet_file_close(file, &bytes))
    die(argv[2]);
  return 0;
}
