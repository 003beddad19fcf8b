/* SPDX-License-Identifier: Apache-2.0 */
#include "parquet/kit.h"
#include "parquet/snappy.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { MOST = 300000 };

static uint64_t seed = 1;

static uint32_t
roll(uint32_t sides)
{
  seed = seed * 6364136223846793005ull + 1442695040888963407ull;
  return (uint32_t)((seed >> 32) * sides >> 32);
}

/* Compressed, within the bound, and read again; from memory that ends where it ends. Returns the size. */
static size_t
check(const uint8_t *from, size_t size, size_t values_at, enum parquet_content content)
{
  uint8_t *exact = malloc(size), *back = malloc(size), *packed = malloc(parquet_snappy_bound(size));
  static _Alignas(8) uint8_t table[PARQUET_SNAPPY_TABLE_BYTES];
  assert_true(exact != NULL && back != NULL && packed != NULL);
  memcpy(exact, from, size);
  const struct parquet_raw raw = {exact, size, values_at, content};
  size_t bytes = parquet_snappy_compress(&raw, table, packed);
  assert_true(bytes <= parquet_snappy_bound(size));
  reader_snappy((struct reader_span){packed, packed + bytes}, back, size);
  assert_memory_equal(back, from, size);
  free(exact);
  free(back);
  free(packed);
  return bytes;
}

static void
test_sizes(void **state)
{
  (void)state;
  uint8_t bytes[200];
  for (size_t i = 0; i < sizeof bytes; i++)
    bytes[i] = (uint8_t)roll(256);
  for (size_t size = 1; size <= sizeof bytes; size++)
    for (int content = 0; content <= PARQUET_CONTENT_WORDS; content++)
      (void)check(bytes, size, size / 3, (enum parquet_content)content);
  memset(bytes, 7, sizeof bytes);
  for (size_t size = 1; size <= sizeof bytes; size++)
    (void)check(bytes, size, 0, PARQUET_CONTENT_BYTES);
}

static void
test_bytes(void **state)
{
  (void)state;
  static uint8_t bytes[MOST];
  for (size_t i = 0; i < MOST; i++)
    bytes[i] = (uint8_t)roll(256);
  size_t size = check(bytes, MOST, 0, PARQUET_CONTENT_BYTES);
  assert_true(size < MOST + MOST / 100); /* nothing repeats: hardly longer */
  memset(bytes, 0, sizeof bytes);
  assert_true(check(bytes, MOST, 0, PARQUET_CONTENT_BYTES) < MOST / 18);
  for (unsigned round = 0; round < 30;
       round++) { /* pieces of what came before, with new bytes between */
    for (size_t at = 100; at + 300 < MOST;) {
      size_t length = 1 + roll(200), back = 1 + roll((uint32_t)(at < 70000 ? at : 70000));
      for (size_t i = 0; i < length; i++, at++)
        bytes[at] = round % 2 == 0 || i % 50 != 3 ? bytes[at - back] : (uint8_t)roll(256);
      bytes[at++] = (uint8_t)roll(256);
    }
    (void)check(bytes, 1 + roll(MOST), 0, PARQUET_CONTENT_BYTES);
  }
}

/* Words of few kinds, of many, with two decimals, equal for long, and changing from block to block. */
static void
test_words(void **state)
{
  (void)state;
  static double words[MOST / 8];
  for (unsigned round = 0; round < 40; round++) {
    uint32_t kinds = 1u << roll(20);
    for (size_t i = 0; i < MOST / 8; i++) {
      if (i % 3000 == 0)
        kinds = 1u << roll(20);
      words[i] = roll(kinds) / (round % 2 == 0 ? 100.0 : 1.4142135623730951);
    }
    size_t size = 1 + roll(sizeof words);
    (void)check((const uint8_t *)words, size, size % 8, PARQUET_CONTENT_WORDS);
    (void)check((const uint8_t *)words, sizeof words, roll(100), PARQUET_CONTENT_WORDS);
  }
  for (size_t i = 0; i < MOST / 8; i++)
    words[i] = roll(50000) / 100.0;
  size_t size = check((const uint8_t *)words, sizeof words, 0, PARQUET_CONTENT_WORDS);
  assert_true(size < sizeof words / 10 * 8);
}

static size_t
put_text(uint8_t *to, const char *text, uint32_t length)
{
  memcpy(to, &length, 4);
  memcpy(to + 4, text, length);
  return 4 + length;
}

static void
test_texts(void **state)
{
  (void)state;
  static uint8_t bytes[MOST + 100];
  char text[128];
  for (unsigned round = 0; round < 60; round++) {
    size_t size = roll(20);
    uint32_t user = 0, width = 1 + roll(30), step = 1 + roll(3);
    while (size < MOST) {
      user += roll(2) == 0 ? roll(step * step * step) : 0;
      int length = snprintf(text, sizeof text, "%0*u%s", (int)width, user,
                            round % 3 == 0 && roll(9) == 0 ? "longer" : "");
      if (round % 5 == 4 && roll(50) == 0)
        length = (int)roll((uint32_t)length);
      size += put_text(bytes + size, text, (uint32_t)length);
    }
    (void)check(bytes, size, 0, PARQUET_CONTENT_TEXTS);
  }
}

static void
test_sorted_keys_shrink(void **state)
{
  (void)state;
  static uint8_t bytes[MOST + 100];
  char text[32];
  size_t size = 0;
  for (uint32_t i = 0; size < MOST; i++) {
    int length = snprintf(text, sizeof text, "user_%08u", i / 2 * 3);
    size += put_text(bytes + size, text, (uint32_t)length);
  }
  assert_true(check(bytes, size, 0, PARQUET_CONTENT_TEXTS) < size / 5);
}

/* A text of more than 64 KiB between short ones: no copy reaches over it. */
static void
test_long_text_between_short_ones(void **state)
{
  (void)state;
  static uint8_t bytes[MOST];
  static char text[100000];
  memset(text, 'x', sizeof text);
  size_t size = 0;
  for (unsigned i = 0; i < 9000; i++)
    size += put_text(bytes + size, "user_00001234", 13);
  for (unsigned i = 0; i < 1; i++)
    size += put_text(bytes + size, text, sizeof text);
  for (unsigned i = 0; i < 1000; i++)
    size += put_text(bytes + size, "user_00001234", 13);
  (void)check(bytes, size, 0, PARQUET_CONTENT_TEXTS);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_sizes),
      cmocka_unit_test(test_bytes),
      cmocka_unit_test(test_words),
      cmocka_unit_test(test_texts),
      cmocka_unit_test(test_sorted_keys_shrink),
      cmocka_unit_test(test_long_text_between_short_ones),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
