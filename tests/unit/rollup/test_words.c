/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/words.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "rollup/values_kit.h"
#include <cmocka.h>

struct encoded {
  unsigned count;
  uint64_t *block; /* word w of a row stands at w * rows + row */
  uint64_t *words[WORDS_STRING_MOST], first[WORDS_STRING_MOST], vary[WORDS_STRING_MOST];
};

static struct encoded
encoded_of(const struct kit_column *kit, unsigned more_words, bool plain)
{
  struct encoded encoded = {
      .count =
          more_words + words_of_type(kit->type, words_longest(kit->type, &kit->column, kit->rows))};
  assert_in_range(encoded.count, 1, WORDS_STRING_MOST);
  encoded.block = malloc(encoded.count * kit->rows * sizeof *encoded.block);
  for (unsigned w = 0; w < encoded.count; w++)
    encoded.words[w] = encoded.block + w * kit->rows;
  assert_true(words_encode(kit->type, &kit->column, kit->rows, encoded.count, encoded.words,
                           encoded.first, false, encoded.vary, plain));
  return encoded;
}

static int
compare_words(const struct encoded *encoded, uint32_t a, uint32_t b)
{
  for (unsigned w = 0; w < encoded->count; w++) {
    if (encoded->words[w][a] != encoded->words[w][b])
      return encoded->words[w][a] < encoded->words[w][b] ? -1 : 1;
  }
  return 0;
}

static void
check_order(const struct kit_column *kit, const struct encoded *encoded)
{
  for (uint32_t a = 0; a < kit->rows; a++) {
    for (uint32_t b = 0; b < kit->rows; b++)
      assert_int_equal(compare_words(encoded, a, b), kit_compare(kit, a, b));
  }
}

static void
check_vary(const struct kit_column *kit, const struct encoded *encoded)
{
  for (unsigned w = 0; w < encoded->count; w++) {
    uint64_t vary = 0;
    for (uint32_t row = 0; row < kit->rows; row++)
      vary |= encoded->words[w][row] ^ encoded->words[w][0];
    assert_true(encoded->first[w] == encoded->words[w][0]);
    assert_true(encoded->vary[w] == vary);
  }
}

static void
check_decoded(const struct kit_column *kit, const struct encoded *encoded)
{
  for (uint32_t row = 0; row < kit->rows; row++) {
    char text[WORDS_STRING_MOST * 8];
    union value value = kit_value(kit, row), decoded = {.words = {0, 0}};
    bool is_valid = words_decode(kit->type, encoded->block + row, kit->rows, encoded->count,
                                 decoded.bytes, text);
    assert_int_equal(is_valid, rollup_is_valid(&kit->column, row));
    if (!is_valid)
      continue;
    assert_int_equal(compare_values(kit->type, &decoded, &value), 0);
    if (kit->type == ROLLUP_STRING) { /* as rollup_string_of makes it, byte by byte */
      struct rollup_string again =
          rollup_string_of(rollup_string_text(&decoded.string), decoded.string.length);
      assert_memory_equal(&again, &decoded, sizeof again);
    }
    if (kit->type == ROLLUP_DOUBLE && decoded.number == 0)
      assert_false(signbit(decoded.number));
    if (kit->type == ROLLUP_FLOAT && decoded.single == 0)
      assert_false(signbit(decoded.single));
  }
}

static void
check_column(const struct kit_column *kit, unsigned more_words)
{
  struct encoded encoded = encoded_of(kit, more_words, false);
  struct encoded plain = encoded_of(kit, more_words, true);
  assert_memory_equal(encoded.block, plain.block,
                      encoded.count * kit->rows * sizeof *encoded.block);
  assert_memory_equal(encoded.vary, plain.vary, sizeof plain.vary);
  check_order(kit, &encoded);
  check_vary(kit, &encoded);
  check_decoded(kit, &encoded);
  free(encoded.block);
  free(plain.block);
}

static void
test_order_of_every_type(void **state)
{
  static const unsigned null_percent[] = {0, 30, 100};
  uint64_t random = 1;
  (void)state;
  for (unsigned t = 0; t < TYPES; t++) {
    for (unsigned n = 0; n < 3; n++) {
      struct kit_column kit =
          kit_column_new(&random, every_type[t], 300, 20, null_percent[n], n == 1 ? 60 : 0);
      check_column(&kit, 0);
      kit_column_free(&kit);
    }
  }
}

static void
test_texts_of_every_length(void **state)
{
  uint64_t random = 2;
  (void)state;
  for (uint32_t longest = 0; longest < WORDS_STRING_MOST * 8; longest++) {
    struct kit_column kit =
        kit_column_new(&random, ROLLUP_STRING, 90, longest, longest % 3 == 0 ? 10 : 0, 0);
    check_column(&kit, longest < 80 && longest % 5 == 0 ? 3 : 0);
    kit_column_free(&kit);
  }
}

static void
test_signs_and_specials(void **state)
{
  const double doubles[] = {-INFINITY, -1e300, -0x1p-1074, 0.0, 0x1p-1074, 1e300, INFINITY, NAN};
  const int64_t integers[] = {INT64_MIN, -1, 0, 1, INT64_MAX};
  const double zero_and_nan[] = {-0.0, -NAN};
  (void)state;
  for (uint32_t i = 1; i < 8; i++)
    assert_true(words_ordered(ROLLUP_DOUBLE, doubles, i - 1) <
                words_ordered(ROLLUP_DOUBLE, doubles, i));
  for (uint32_t i = 1; i < 5; i++)
    assert_true(words_ordered(ROLLUP_INT64, integers, i - 1) <
                words_ordered(ROLLUP_INT64, integers, i));
  assert_true(words_ordered(ROLLUP_DOUBLE, zero_and_nan, 0) ==
              words_ordered(ROLLUP_DOUBLE, doubles, 3));
  assert_true(words_ordered(ROLLUP_DOUBLE, zero_and_nan, 1) ==
              words_ordered(ROLLUP_DOUBLE, doubles, 7));
}

static void
test_ordered_values_and_back(void **state)
{
  uint64_t random = 3;
  (void)state;
  for (unsigned t = 0; t < TYPES; t++) {
    enum rollup_type type = every_type[t];
    for (unsigned i = 0; i < 2000 && type != ROLLUP_STRING && type != ROLLUP_INT128; i++) {
      union value value = random_number(&random, type), back = {.words = {0, 0}};
      words_ordered_value(type, words_ordered(type, &value, 0), &back);
      assert_int_equal(compare_values(type, &value, &back), 0);
    }
  }
}

static void
test_vary_goes_on_from_batch_to_batch(void **state)
{
  const int32_t batches[2][2] = {{5, 4}, {5, 1 << 20}};
  uint64_t words[2][2], first[2], vary[2] = {0, 0};
  uint64_t *const arrays[] = {words[0], words[1]};
  (void)state;
  for (unsigned b = 0; b < 2; b++) {
    struct rollup_column column = {batches[b], NULL};
    assert_true(words_encode(ROLLUP_INT32, &column, 2, 2, arrays, first, b > 0, vary, false));
  }
  assert_true(first[1] == (5u ^ 0x80000000u));
  assert_true(vary[0] == 0 && vary[1] == (1u | 5u | 1u << 20));
  struct rollup_column none = {NULL, NULL};
  assert_true(words_encode(ROLLUP_INT32, &none, 0, 2, arrays, first, true, vary, false));
  assert_true(vary[1] == (1u | 5u | 1u << 20));
}

static void
test_too_long(void **state)
{
  static const char text[300] = "a";
  uint64_t words[WORDS_STRING_MOST][3], first[WORDS_STRING_MOST] = {7},
                                        vary[WORDS_STRING_MOST] = {9};
  uint64_t *arrays[WORDS_STRING_MOST];
  (void)state;
  for (unsigned w = 0; w < WORDS_STRING_MOST; w++)
    arrays[w] = words[w];
  for (uint32_t length = 0; length < sizeof text; length++) {
    unsigned needed = words_of_type(ROLLUP_STRING, length);
    assert_int_equal(needed, length >= WORDS_STRING_MOST * 8 ? 0 : length / 8 + 1);
    for (unsigned count = 1; count <= WORDS_STRING_MOST; count++) {
      struct rollup_string strings[] = {rollup_string_of("b", 1), rollup_string_of(text, length)};
      struct rollup_column column = {strings, NULL};
      assert_int_equal(words_longest(ROLLUP_STRING, &column, 2), length > 1 ? length : 1);
      bool fits = words_encode(ROLLUP_STRING, &column, 2, count, arrays, first, true, vary, false);
      assert_int_equal(fits, needed > 0 && needed <= count);
      if (needed == 0)
        continue;
      memset(first, 0, sizeof first);
      memset(vary, 0, sizeof vary);
    }
  }
  struct rollup_string last = rollup_string_of(text, WORDS_STRING_MOST * 8);
  struct rollup_column column = {&last, NULL};
  vary[0] = 9;
  assert_false(words_encode(ROLLUP_STRING, &column, 1, WORDS_STRING_MOST, arrays, first, false,
                            vary, false));
  assert_true(vary[0] == 9 && first[0] == 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_order_of_every_type),
      cmocka_unit_test(test_texts_of_every_length),
      cmocka_unit_test(test_signs_and_specials),
      cmocka_unit_test(test_ordered_values_and_back),
      cmocka_unit_test(test_vary_goes_on_from_batch_to_batch),
      cmocka_unit_test(test_too_long),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
