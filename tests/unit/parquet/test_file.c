/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/kit.h"
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct kit_memory memory;
static struct parquet_options options;

static const struct parquet_column columns[2] = {{"i", PARQUET_INT64, 0, 0},
                                                 {"s", PARQUET_STRING, 0, 0}};

static int
begin(void **state)
{
  (void)state;
  kit_memory_init(&memory);
  options = (struct parquet_options){.codec = PARQUET_SNAPPY, .allocator = &memory.allocator};
  return 0;
}

static struct parquet_group *
group_of(int64_t integer, const char *text)
{
  struct parquet_string string = kit_string(text, (uint32_t)strlen(text));
  const struct parquet_values values[2] = {{&integer, NULL}, {&string, NULL}};
  struct parquet_group *group = parquet_encode(columns, 2, values, 1, &options);
  assert_non_null(group);
  return group;
}

static void
test_size_rows_and_statistics(void **state)
{
  (void)state;
  const char *path = kit_path();
  struct parquet_file *file = parquet_file_open(path, columns, 2, "a test", &options);
  assert_non_null(file);
  assert_int_equal(parquet_file_bytes(file), 4);
  uint64_t group_bytes = 0, bytes = 0;
  for (int64_t i = 0; i < 20; i++) {
    struct parquet_group *group = group_of(i - 7, i == 3 ? "first" : i == 5 ? "zulu" : "middle");
    group_bytes += parquet_group_bytes(group);
    assert_true(parquet_file_add(file, group));
  }
  assert_int_equal(parquet_file_bytes(file), 4 + group_bytes);
  assert_int_equal(parquet_file_rows(file), 20);
  const struct parquet_statistics *told = parquet_file_statistics(file);
  assert_int_equal(told[0].min.integer, -7);
  assert_int_equal(told[0].max.integer, 12);
  assert_memory_equal(told[1].min.string.text, "first", 5);
  assert_memory_equal(told[1].max.string.text, "zulu", 4);
  assert_true(parquet_file_close(file, &bytes));
  struct stat facts;
  assert_int_equal(stat(path, &facts), 0);
  assert_int_equal(facts.st_size, bytes);
  struct reader_file read = reader_open(path);
  struct reader_span by = reader_binary(read.footer, 6);
  assert_int_equal(by.end - by.at, 6);
  assert_memory_equal(by.at, "a test", 6);
  assert_int_equal(reader_count(read.footer, 4), 20);
  reader_close(&read);
  assert_int_equal(memory.live_blocks, 0);
}

/* Offsets and sizes of the footer, added up. */
static void
test_places(void **state)
{
  (void)state;
  const char *path = kit_path();
  struct parquet_file *file = parquet_file_open(path, columns, 2, "", &options);
  uint64_t bytes;
  for (int64_t i = 0; i < 3; i++)
    assert_true(parquet_file_add(file, group_of(i, "text")));
  assert_true(parquet_file_close(file, &bytes));
  struct reader_file read = reader_open(path);
  int64_t at = 4;
  for (uint32_t i = 0; i < 3; i++) {
    struct reader_span group = reader_group(&read, i);
    int64_t raw = 0, packed = 0;
    assert_int_equal(reader_number(group, 5), at);
    for (uint32_t k = 0; k < 2; k++) {
      struct reader_span column = reader_column(&read, i, k);
      assert_int_equal(reader_number(column, 9), at);
      at += reader_number(column, 7);
      packed += reader_number(column, 7);
      raw += reader_number(column, 6);
    }
    assert_int_equal(reader_number(group, 2), raw);
    assert_int_equal(reader_number(group, 6), packed);
  }
  assert_ptr_equal(read.bytes + at, read.footer.at);
  reader_close(&read);
}

static void
test_no_rows(void **state)
{
  (void)state;
  const char *path = kit_path();
  uint64_t bytes;
  struct parquet_file *file = parquet_file_open(path, columns, 2, "", &options);
  assert_true(parquet_file_close(file, &bytes));
  struct reader_file read = reader_open(path);
  assert_int_equal(reader_number(read.footer, 3), 0);
  assert_int_equal(reader_count(read.footer, 4), 0);
  reader_close(&read);
}

static void
test_file_that_exists(void **state)
{
  (void)state;
  const char *path = kit_path();
  int fd = open(path, O_WRONLY | O_CREAT, 0600);
  assert_int_equal(write(fd, "mine", 4), 4);
  assert_int_equal(close(fd), 0);
  assert_null(parquet_file_open(path, columns, 2, "", &options));
  assert_int_equal(errno, EEXIST);
  struct stat facts;
  assert_int_equal(stat(path, &facts), 0);
  assert_int_equal(facts.st_size, 4);
  assert_null(parquet_file_open("/tmp/no such folder/x", columns, 2, "", &options));
  assert_int_equal(errno, ENOENT);
  assert_int_equal(memory.live_blocks, 0);
}

static void
test_abandoned(void **state)
{
  (void)state;
  struct parquet_file *file = parquet_file_open(kit_path(), columns, 2, "", &options);
  assert_true(parquet_file_add(file, group_of(1, "a text that is not inlined")));
  parquet_file_abandon(file);
  assert_int_equal(memory.live_blocks, 0);
}

/* A write that fails is told, and told again by all that follows: no footer says that the file is whole. */
static void
test_write_that_fails(void **state)
{
  (void)state;
  struct rlimit before, small = {200, RLIM_INFINITY};
  assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
  small.rlim_max = before.rlim_max;
  (void)signal(SIGXFSZ, SIG_IGN);
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
  const char *path = kit_path();
  struct parquet_file *file = parquet_file_open(path, columns, 2, "", &options);
  bool added = true;
  for (int64_t i = 0; i < 10 && added; i++)
    added = parquet_file_add(file, group_of(i, "a text of some length, to fill the file"));
  int error = errno;
  assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
  assert_false(added);
  assert_int_equal(error, EFBIG);
  assert_false(parquet_file_add(file, group_of(1, "room again, but too late")));
  assert_int_equal(errno, EFBIG);
  uint64_t bytes = 77;
  assert_false(parquet_file_close(file, &bytes));
  assert_int_equal(errno, EFBIG);
  assert_int_equal(bytes, 77);
  assert_int_equal(memory.live_blocks, 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test_setup(test_size_rows_and_statistics, begin),
      cmocka_unit_test_setup(test_places, begin),
      cmocka_unit_test_setup(test_no_rows, begin),
      cmocka_unit_test_setup(test_file_that_exists, begin),
      cmocka_unit_test_setup(test_abandoned, begin),
      cmocka_unit_test_setup(test_write_that_fails, begin),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
