/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/dictionary.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "rollup/values_kit.h"
#include <cmocka.h>

enum { ROWS = 400, LIMIT = 4096 };

static struct rollup_budget budget = {.limit_bytes = 1 << 30};

/* The code is that of a value equal to the row's. */
static void
check_code(const struct dictionary *dictionary, const struct kit_column *kit, uint32_t row,
           uint16_t code)
{
  union value value = kit_value(kit, row), kept = {.words = {0, 0}};
  assert_true(code < dictionary_count(dictionary));
  bool is_valid = dictionary_value(dictionary, code, &kept);
  assert_int_equal(is_valid, rollup_is_valid(&kit->column, row));
  if (!is_valid)
    return;
  assert_int_equal(compare_values(kit->type, &kept, &value), 0);
  if (kit->type == ROLLUP_DOUBLE && kept.number == 0)
    assert_false(signbit(kept.number));
  if (kit->type == ROLLUP_FLOAT && kept.single == 0)
    assert_false(signbit(kept.single));
}

static void
check_codes(struct dictionary *dictionary, const struct kit_column *kit, const uint16_t *codes)
{
  const uint16_t *ranks = dictionary_ranks(dictionary);
  assert_non_null(ranks);
  for (uint32_t a = 0; a < kit->rows; a++) {
    check_code(dictionary, kit, a, codes[a]);
    for (uint32_t b = 0; b < a; b++) {
      int order = kit_compare(kit, a, b);
      assert_int_equal(codes[a] == codes[b], order == 0);
      assert_int_equal((ranks[codes[a]] > ranks[codes[b]]) - (ranks[codes[a]] < ranks[codes[b]]),
                       order);
    }
  }
}

static void
test_codes_of_every_type(void **state)
{
  static const struct {
    unsigned null_percent;
    uint32_t distinct, longest;
  } shapes[] = {{0, 0, 30}, {30, 20, 12}, {100, 0, 0}, {0, 1, 60}, {2, 3, 200}, {0, 20, 11}};
  uint64_t random = 21;
  uint16_t codes[ROWS];
  (void)state;
  for (unsigned t = 0; t < TYPES; t++) {
    struct dictionary *dictionary = dictionary_new(&budget, every_type[t], LIMIT);
    struct dictionary_memo *memo = dictionary_memo_new(dictionary);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
      struct kit_column kit = kit_column_new(&random, every_type[t], ROWS, shapes[s].longest,
                                             shapes[s].null_percent, shapes[s].distinct);
      assert_int_equal(dictionary_codes(memo, &kit.column, ROWS, codes), DICTIONARY_OK);
      check_codes(dictionary, &kit, codes);
      kit_column_free(&kit);
    }
    dictionary_memo_free(memo);
    dictionary_free(dictionary);
  }
  assert_true(budget.used_bytes == 0);
}

static void
test_a_batch_of_one_value(void **state)
{
  static const uint32_t rows[] = {0, 1, 2, 63, 64, 65, 200, 1000};
  int64_t values[1000];
  uint16_t codes[1001];
  (void)state;
  struct dictionary *dictionary = dictionary_new(&budget, ROLLUP_INT64, LIMIT);
  struct dictionary_memo *memo = dictionary_memo_new(dictionary);
  for (uint32_t r = 0; r < 8; r++) {
    for (uint32_t other = 0; other <= rows[r]; other++) { /* one row may differ, or none */
      for (uint32_t i = 0; i < 1000; i++)
        values[i] = i == other && other < rows[r] ? 8 : 7;
      struct rollup_column column = {values, NULL};
      codes[rows[r]] = 12345;
      assert_int_equal(dictionary_codes(memo, &column, rows[r], codes), DICTIONARY_OK);
      assert_int_equal(codes[rows[r]], 12345);
      for (uint32_t i = 0; i < rows[r]; i++) {
        int64_t kept;
        assert_true(dictionary_value(dictionary, codes[i], &kept));
        assert_int_equal(kept, values[i]);
      }
    }
  }
  assert_int_equal(dictionary_count(dictionary), 2);
  dictionary_memo_free(memo);
  dictionary_free(dictionary);
}

static void
test_full(void **state)
{
  static const uint32_t limits[] = {0, 1, 3, 64, 65535, 65536};
  int32_t values[70000];
  static uint16_t codes[70000];
  uint64_t null_at_end[70000 / 64 + 1];
  (void)state;
  for (int32_t i = 0; i < 70000; i++)
    values[i] = i;
  for (size_t l = 0; l < 6; l++) {
    uint32_t limit = limits[l] < 65535 ? limits[l] : 65535;
    struct dictionary *dictionary = dictionary_new(&budget, ROLLUP_INT32, limits[l]);
    struct dictionary_memo *memo = dictionary_memo_new(dictionary);
    struct rollup_column column = {values, NULL};
    assert_int_equal(dictionary_codes(memo, &column, limit, codes), DICTIONARY_OK);
    assert_int_equal(dictionary_count(dictionary), limit);
    const uint16_t *ranks = dictionary_ranks(dictionary);
    for (uint32_t i = 0; i < limit; i++)
      assert_int_equal(ranks[codes[i]], i);
    assert_int_equal(dictionary_codes(memo, &column, limit + 1, codes), DICTIONARY_FULL);
    memset(null_at_end, 0, sizeof null_at_end);
    column.validity = null_at_end;
    assert_int_equal(dictionary_codes(memo, &column, 1, codes), DICTIONARY_FULL);
    column.validity = NULL;
    assert_int_equal(dictionary_codes(memo, &column, limit, codes), DICTIONARY_OK);
    assert_int_equal(dictionary_count(dictionary), limit);
    dictionary_memo_free(memo);
    dictionary_free(dictionary);
  }
  assert_true(budget.used_bytes == 0);
}

static void
test_null_takes_a_place(void **state)
{
  const int32_t values[] = {5, 6, 7};
  const uint64_t second_is_null = 5;
  uint16_t codes[3];
  (void)state;
  struct dictionary *dictionary = dictionary_new(&budget, ROLLUP_INT32, 3);
  struct dictionary_memo *memo = dictionary_memo_new(dictionary);
  struct rollup_column column = {values, &second_is_null};
  assert_int_equal(dictionary_codes(memo, &column, 3, codes), DICTIONARY_OK);
  assert_int_equal(dictionary_count(dictionary), 3);
  assert_int_equal(dictionary_ranks(dictionary)[codes[1]], 2);
  column.validity = NULL;
  assert_int_equal(dictionary_codes(memo, &column, 3, codes), DICTIONARY_FULL);
  dictionary_memo_free(memo);
  dictionary_free(dictionary);
}

/* Every step that needs memory is refused once; nothing is lost and nothing leaks. */
static void
test_out_of_memory(void **state)
{
  uint64_t random = 22;
  struct kit_column kit = kit_column_new(&random, ROLLUP_STRING, ROWS, 200, 10, 0);
  uint16_t codes[ROWS];
  unsigned refused[4] = {0};
  bool is_checked = false;
  (void)state;
  for (uint64_t limit = 0; limit < 200000; limit += 500) {
    struct rollup_budget little = {.limit_bytes = limit};
    struct dictionary *dictionary = dictionary_new(&little, ROLLUP_STRING, 1000);
    struct dictionary_memo *memo = dictionary != NULL ? dictionary_memo_new(dictionary) : NULL;
    if (memo == NULL) {
      refused[dictionary != NULL]++;
    } else if (dictionary_codes(memo, &kit.column, ROWS, codes) != DICTIONARY_OK) {
      refused[2]++;
    } else if (dictionary_ranks(dictionary) == NULL) {
      refused[3]++;
    } else if (!is_checked) {
      check_codes(dictionary, &kit, codes);
      is_checked = true;
    }
    dictionary_memo_free(memo);
    dictionary_free(dictionary);
    assert_true(little.used_bytes == 0);
    assert_true(little.peak_bytes <= limit);
  }
  for (unsigned r = 0; r < 4; r++)
    assert_true(refused[r] > 0);
  assert_true(is_checked);
  kit_column_free(&kit);
}

/* Texts whose last 8 bytes are the hash's own constant all have the hash 0. */
static void
test_texts_of_one_hash(void **state)
{
  char texts[50][25];
  struct rollup_string strings[100];
  uint16_t codes[100];
  (void)state;
  for (unsigned i = 0; i < 50; i++)
    snprintf(texts[i], sizeof texts[i], "text of one hash%s", "\x03\xed\x92\xd1\x32\x4a\xb5\xd1");
  for (unsigned i = 0; i < 50; i++)
    texts[i][5] = (char)('A' + i);
  for (unsigned i = 0; i < 100; i++)
    strings[i] = rollup_string_of(texts[i % 50], 24);
  struct dictionary *dictionary = dictionary_new(&budget, ROLLUP_STRING, LIMIT);
  struct dictionary_memo *memo = dictionary_memo_new(dictionary);
  struct rollup_column column = {strings, NULL};
  assert_int_equal(dictionary_codes(memo, &column, 100, codes), DICTIONARY_OK);
  assert_int_equal(dictionary_count(dictionary), 50);
  for (unsigned i = 0; i < 100; i++)
    assert_int_equal(codes[i], i % 50);
  dictionary_memo_free(memo);
  dictionary_free(dictionary);
}

static void
test_ranks_live_on(void **state)
{
  (void)state;
  struct dictionary *dictionary = dictionary_new(&budget, ROLLUP_INT64, LIMIT);
  struct dictionary_memo *memo = dictionary_memo_new(dictionary);
  const uint16_t *older[50];
  for (int64_t i = 0; i < 50; i++) {
    int64_t value = i % 2 == 0 ? i : -i;
    uint16_t code;
    struct rollup_column column = {&value, NULL};
    assert_int_equal(dictionary_codes(memo, &column, 1, &code), DICTIONARY_OK);
    assert_int_equal(code, i);
    older[i] = dictionary_ranks(dictionary);
    assert_ptr_equal(older[i], dictionary_ranks(dictionary));
  }
  for (uint16_t i = 0; i < 50; i++) {
    for (uint16_t a = 0; a <= i; a++) /* after i + 1 values: odd ones fell, even ones rose */
      assert_int_equal(older[i][a], a % 2 == 0 ? (i + 1) / 2 + a / 2 : (i + 1) / 2 - (a + 1) / 2);
  }
  dictionary_memo_free(memo);
  dictionary_free(dictionary);
}

struct reader {
  struct dictionary *dictionary;
  struct kit_column *kits; /* all threads look the same columns up, each beginning elsewhere */
  unsigned count, begin;
  uint16_t (*codes)[ROWS];
};

static void *
reader_run(void *data)
{
  struct reader *reader = data;
  struct dictionary_memo *memo = dictionary_memo_new(reader->dictionary);
  for (unsigned i = 0; i < reader->count; i++) {
    unsigned k = (reader->begin + i) % reader->count;
    if (dictionary_codes(memo, &reader->kits[k].column, ROWS, reader->codes[k]) != DICTIONARY_OK)
      reader->count = 0;
    const uint16_t *ranks = dictionary_ranks(reader->dictionary);
    if (ranks == NULL || ranks[reader->codes[k][0]] >= LIMIT)
      reader->count = 0;
  }
  dictionary_memo_free(memo);
  return NULL;
}

static void
check_threads(enum rollup_type type, uint64_t *random)
{
  enum { KITS = 12, THREADS = 4 };
  struct kit_column kits[KITS];
  static uint16_t codes[THREADS][KITS][ROWS];
  struct reader readers[THREADS];
  pthread_t threads[THREADS];
  struct dictionary *dictionary = dictionary_new(&budget, type, LIMIT);
  uint64_t pool = random_next(random);
  for (unsigned k = 0; k < KITS; k++) { /* columns with half of their values in common */
    uint64_t same = pool;
    kits[k] = kit_column_new(k % 2 == 0 ? &same : random, type, ROWS, 40, k % 3 * 10, 0);
  }
  for (unsigned t = 0; t < THREADS; t++) {
    readers[t] = (struct reader){dictionary, kits, KITS, t * KITS / THREADS, codes[t]};
    assert_int_equal(pthread_create(&threads[t], NULL, reader_run, &readers[t]), 0);
  }
  for (unsigned t = 0; t < THREADS; t++) {
    pthread_join(threads[t], NULL);
    assert_int_equal(readers[t].count, KITS);
  }
  for (unsigned k = 0; k < KITS; k++) {
    for (unsigned t = 1; t < THREADS; t++)
      assert_memory_equal(codes[0][k], codes[t][k], sizeof codes[0][k]);
    check_codes(dictionary, &kits[k], codes[0][k]);
    kit_column_free(&kits[k]);
  }
  dictionary_free(dictionary);
}

static void
test_threads_agree(void **state)
{
  uint64_t random = 23;
  (void)state;
  for (unsigned round = 0; round < 3; round++) {
    check_threads(ROLLUP_STRING, &random);
    check_threads(ROLLUP_DOUBLE, &random);
    check_threads(ROLLUP_INT128, &random);
  }
  assert_true(budget.used_bytes == 0);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_codes_of_every_type),
      cmocka_unit_test(test_a_batch_of_one_value),
      cmocka_unit_test(test_full),
      cmocka_unit_test(test_null_takes_a_place),
      cmocka_unit_test(test_out_of_memory),
      cmocka_unit_test(test_texts_of_one_hash),
      cmocka_unit_test(test_ranks_live_on),
      cmocka_unit_test(test_threads_agree),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
