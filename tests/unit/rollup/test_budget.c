/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/budget.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "rollup/values_kit.h"
#include <cmocka.h>

#define MIB ((size_t)1 << 20)

static void
assert_filled(const unsigned char *bytes, size_t begin, size_t end, unsigned char with)
{
  for (size_t i = begin; i < end; i++) {
    if (bytes[i] != with)
      fail_msg("byte %zu of [%zu, %zu) is %u", i, begin, end, bytes[i]);
  }
}

static void
test_blocks_are_zeroed_and_counted(void **state)
{
  static const size_t sizes[] = {0, 1, 4096, MIB - 1, MIB, MIB + 1, 2 * MIB, 5 * MIB + 77};
  struct rollup_budget budget = {.limit_bytes = 64 * MIB};
  (void)state;
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    unsigned char *block = budget_alloc(&budget, sizes[s]);
    assert_non_null(block);
    assert_true(budget.used_bytes == sizes[s]);
    assert_filled(block, 0, sizes[s], 0);
    memset(block, 0xa5, sizes[s]);
    budget_free(&budget, block, sizes[s]);
    assert_true(budget.used_bytes == 0);
  }
  assert_true(budget.peak_bytes == 5 * MIB + 77);
  budget_free(&budget, NULL, 17);
  assert_true(budget.used_bytes == 0);
}

/* Blocks grow and shrink, by a little and by much, over the border between the heap and maps of their own. */
static void
test_resized_blocks_keep_what_they_hold(void **state)
{
  struct rollup_budget budget = {.limit_bytes = 64 * MIB};
  uint64_t random = 11;
  size_t bytes = 0;
  unsigned char *block = NULL;
  (void)state;
  for (unsigned i = 0; i < 300; i++) {
    size_t most = i % 3 == 0 ? 3 * MIB : i % 3 == 1 ? MIB + 9000 : 20000;
    size_t new_bytes =
        i % 5 == 0 ? bytes + random_below(&random, 5000) : random_below(&random, (uint32_t)most);
    size_t kept = bytes < new_bytes ? bytes : new_bytes;
    block = budget_resize(&budget, block, bytes, new_bytes);
    assert_non_null(block);
    assert_filled(block, 0, kept, 0x5a);
    assert_filled(block, kept, new_bytes, 0);
    assert_true(budget.used_bytes == new_bytes);
    memset(block, 0x5a, new_bytes);
    bytes = new_bytes;
  }
  budget_free(&budget, block, bytes);
  assert_true(budget.used_bytes == 0);
}

static void
test_nothing_comes_back_after_shrinking(void **state)
{
  static const size_t sizes[][3] = {
      {3 * MIB, 2 * MIB - 100, 5 * MIB / 2},
      {3 * MIB, 2 * MIB - 100, 2 * MIB - 7},
      {MIB + 4096, MIB + 1, MIB + 4000},
      {5 * MIB, MIB, 9 * MIB},
      {40000, 333, 20000},
      {2 * MIB, 100, 3 * MIB},
  };
  struct rollup_budget budget = {.limit_bytes = 64 * MIB};
  (void)state;
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
    unsigned char *block = budget_alloc(&budget, sizes[s][0]);
    assert_non_null(block);
    memset(block, 0x5a, sizes[s][0]);
    block = budget_resize(&budget, block, sizes[s][0], sizes[s][1]);
    assert_non_null(block);
    block = budget_resize(&budget, block, sizes[s][1], sizes[s][2]);
    assert_non_null(block);
    assert_filled(block, 0, sizes[s][1], 0x5a);
    assert_filled(block, sizes[s][1], sizes[s][2], 0);
    budget_free(&budget, block, sizes[s][2]);
  }
  assert_true(budget.used_bytes == 0);
}

static void
test_the_limit_holds(void **state)
{
  struct rollup_budget budget = {.limit_bytes = 3 * MIB};
  (void)state;
  unsigned char *block = budget_alloc(&budget, 2 * MIB);
  assert_non_null(block);
  block[0] = block[2 * MIB - 1] = 7;
  assert_null(budget_alloc(&budget, MIB + 1));
  assert_null(budget_alloc(&budget, SIZE_MAX));
  assert_null(budget_resize(&budget, block, 2 * MIB, 3 * MIB + 1));
  assert_null(budget_resize(&budget, block, 2 * MIB, SIZE_MAX / 2));
  assert_true(budget.used_bytes == 2 * MIB);
  assert_true(block[0] == 7 && block[2 * MIB - 1] == 7);
  block = budget_resize(&budget, block, 2 * MIB, 3 * MIB);
  assert_non_null(block);
  assert_null(budget_alloc(&budget, 1));
  budget_free(&budget, block, 3 * MIB);
  void *all = budget_alloc(&budget, 3 * MIB);
  assert_non_null(all);
  budget_free(&budget, all, 3 * MIB);
  assert_true(budget.used_bytes == 0 && budget.peak_bytes == 3 * MIB);
}

struct hammer {
  struct rollup_budget *budget;
  uint64_t random;
  unsigned refused;
};

static void *
hammer_run(void *data)
{
  struct hammer *hammer = data;
  void *blocks[8] = {NULL};
  size_t bytes[8] = {0};
  for (unsigned i = 0; i < 3000; i++) {
    unsigned b = random_below(&hammer->random, 8);
    size_t wanted = random_below(&hammer->random, i % 50 == 0 ? 2 * MIB : 30000);
    void *block = budget_resize(hammer->budget, blocks[b], bytes[b], wanted);
    hammer->refused += block == NULL;
    if (block == NULL)
      continue;
    blocks[b] = block;
    bytes[b] = wanted;
    if (wanted > 0)
      ((unsigned char *)block)[wanted - 1] = 1;
  }
  for (unsigned b = 0; b < 8; b++)
    budget_free(hammer->budget, blocks[b], bytes[b]);
  return NULL;
}

static void
test_threads_share_a_limit(void **state)
{
  struct rollup_budget budget = {.limit_bytes = 2 * MIB};
  struct hammer hammers[4];
  pthread_t threads[4];
  (void)state;
  for (unsigned t = 0; t < 4; t++) {
    hammers[t] = (struct hammer){&budget, t + 1, 0};
    assert_int_equal(pthread_create(&threads[t], NULL, hammer_run, &hammers[t]), 0);
  }
  unsigned refused = 0;
  for (unsigned t = 0; t < 4; t++) {
    pthread_join(threads[t], NULL);
    refused += hammers[t].refused;
  }
  assert_true(refused > 0);
  assert_true(budget.used_bytes == 0);
  assert_in_range(budget.peak_bytes, 1, budget.limit_bytes);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_blocks_are_zeroed_and_counted),
      cmocka_unit_test(test_resized_blocks_keep_what_they_hold),
      cmocka_unit_test(test_nothing_comes_back_after_shrinking),
      cmocka_unit_test(test_the_limit_holds),
      cmocka_unit_test(test_threads_share_a_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
