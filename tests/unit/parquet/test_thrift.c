/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/kit.h"
#include "parquet/thrift.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

struct fixture {
  struct kit_memory memory;
  struct parquet_bytes bytes;
  struct parquet_thrift thrift;
};

static void
fixture_init(struct fixture *fixture)
{
  kit_memory_init(&fixture->memory);
  fixture->bytes = (struct parquet_bytes){.allocator = &fixture->memory.allocator};
  fixture->thrift = (struct parquet_thrift){.out = &fixture->bytes};
}

static void
fixture_is(struct fixture *fixture, const uint8_t *wanted, size_t size)
{
  assert_false(fixture->bytes.is_broken);
  assert_int_equal(fixture->bytes.size, size);
  assert_memory_equal(fixture->bytes.at, wanted, size);
  parquet_bytes_free(&fixture->bytes);
  assert_int_equal(fixture->memory.live_blocks, 0);
}

static void
test_fields(void **state)
{
  (void)state;
  struct fixture fixture;
  fixture_init(&fixture);
  parquet_thrift_i32(&fixture.thrift, 1, 1);
  parquet_thrift_i64(&fixture.thrift, 3, -65);
  parquet_thrift_bool(&fixture.thrift, 4, true);
  parquet_thrift_bool(&fixture.thrift, 5, false);
  parquet_thrift_byte(&fixture.thrift, 6, -1);
  parquet_thrift_text(&fixture.thrift, 7, "ab");
  parquet_thrift_i32(&fixture.thrift, 23, 0); /* 16 further: the id in full */
  parquet_thrift_end(&fixture.thrift);
  static const uint8_t wanted[] = {0x15, 2, 0x26, 0x81, 1, 0x11, 0x12, 0x13, 0xff,
                                   0x18, 2, 'a',  'b',  5, 46,   0,    0};
  fixture_is(&fixture, wanted, sizeof wanted);
}

static void
test_integers_at_their_limits(void **state)
{
  (void)state;
  static const int64_t numbers[] = {0,   -1,        63,        64,        -64,
                                    -65, INT32_MIN, INT32_MAX, INT64_MIN, INT64_MAX};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    struct fixture fixture;
    fixture_init(&fixture);
    parquet_thrift_i64(&fixture.thrift, 1, numbers[i]);
    parquet_thrift_end(&fixture.thrift);
    struct reader_span span = {fixture.bytes.at, fixture.bytes.at + fixture.bytes.size};
    assert_int_equal(reader_number(span, 1), numbers[i]);
    parquet_bytes_free(&fixture.bytes);
  }
}

static void
test_nested(void **state)
{
  (void)state;
  struct fixture fixture;
  fixture_init(&fixture);
  parquet_thrift_begin(&fixture.thrift, 2);
  parquet_thrift_i32(&fixture.thrift, 5, 7);
  parquet_thrift_end(&fixture.thrift);
  parquet_thrift_list(&fixture.thrift, 3, PARQUET_THRIFT_I32, 2);
  parquet_thrift_element_i32(&fixture.thrift, 1);
  parquet_thrift_element_i32(&fixture.thrift, -1);
  parquet_thrift_list(&fixture.thrift, 4, PARQUET_THRIFT_STRUCT, 1);
  parquet_thrift_element_begin(&fixture.thrift);
  parquet_thrift_i32(&fixture.thrift, 1, 3);
  parquet_thrift_end(&fixture.thrift);
  parquet_thrift_i32(&fixture.thrift, 5, 4);
  parquet_thrift_end(&fixture.thrift);
  static const uint8_t wanted[] = {0x2c, 0x55, 14,   0, 0x19, 0x25, 2, 1,
                                   0x19, 0x1c, 0x15, 6, 0,    0x15, 8, 0};
  fixture_is(&fixture, wanted, sizeof wanted);
}

static void
test_long_list(void **state)
{
  (void)state;
  struct fixture fixture;
  fixture_init(&fixture);
  parquet_thrift_list(&fixture.thrift, 1, PARQUET_THRIFT_BINARY, 300);
  for (unsigned i = 0; i < 300; i++)
    parquet_thrift_element_text(&fixture.thrift, "x");
  parquet_thrift_end(&fixture.thrift);
  static const uint8_t head[] = {0x19, 0xf8, 0xac, 2, 1, 'x', 1, 'x'};
  assert_memory_equal(fixture.bytes.at, head, sizeof head);
  struct reader_span span = {fixture.bytes.at, fixture.bytes.at + fixture.bytes.size};
  assert_int_equal(reader_count(span, 1), 300);
  reader_skip_struct(&span);
  assert_ptr_equal(span.at, span.end);
  parquet_bytes_free(&fixture.bytes);
}

static void
test_out_of_memory_is_remembered(void **state)
{
  (void)state;
  struct fixture fixture;
  fixture_init(&fixture);
  fixture.memory.fails_at = 2;
  for (unsigned i = 0; i < 1000; i++)
    parquet_thrift_text(&fixture.thrift, 1, "some text");
  assert_true(fixture.bytes.is_broken);
  parquet_bytes_free(&fixture.bytes);
  assert_int_equal(fixture.memory.live_blocks, 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_fields),
      cmocka_unit_test(test_integers_at_their_limits),
      cmocka_unit_test(test_nested),
      cmocka_unit_test(test_long_list),
      cmocka_unit_test(test_out_of_memory_is_remembered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
