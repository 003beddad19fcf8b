/* SPDX-License-Identifier: Apache-2.0
 *
 * Random passes against the reference (tests/support/rollup). KINDLING_PASSES: how many (default below); KINDLING_PASS_SEED: the
 * first one. A failing one prints itself; KINDLING_PASS_SEED=<seed> KINDLING_PASSES=1 runs it alone.
 */
#include "support/rollup/check.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Up to so many values a column is certainly a small one. The tiny kernel is built with few. */
#ifdef SMALL_VALUES
#define SMALL SMALL_VALUES
#else
#define SMALL 256
#endif

static uint64_t
number_from(const char *name, uint64_t otherwise)
{
  const char *text = getenv(name);
  return text != NULL ? strtoull(text, NULL, 10) : otherwise;
}

static bool
run_pass(uint64_t seed, const struct random_size *size, struct tally *tally)
{
  struct choose choose = choose_from_seed(seed);
  struct random_pass pass;
  random_pass_make(&choose, size, &pass);
  char fault[4000] = "";
  bool ok = check_pass(&pass, seed, SMALL, tally, fault, sizeof fault);
  if (!ok) {
    (void)printf("KINDLING_PASS_SEED=%llu: %s\n", (unsigned long long)seed, fault);
    random_pass_print(&pass);
  }
  random_pass_clear(&pass);
  return ok;
}

static void
run_passes(uint64_t first, uint64_t count, const struct random_size *size, struct tally *tally)
{
  unsigned faults = 0;
  for (uint64_t seed = first; seed < first + count && faults < 10; seed++)
    faults += !run_pass(seed, size, tally);
  tally_print(tally);
  assert_int_equal(faults, 0);
}

static void
small_passes_are_right(void **state)
{
  (void)state;
  struct tally tally = {0};
  const struct random_size size = {600, 500, 7, 5, false};
  run_passes(number_from("KINDLING_PASS_SEED", 1), number_from("KINDLING_PASSES", 3000), &size,
             &tally);
  assert_true(tally.gave_up * 4 < tally.rollups); /* or it would not have been tested */
#ifdef SMALL_VALUES
  assert_true(tally.found_streamed > tally.passes / 50);
  assert_true(tally.cut_streamed > tally.passes / 50);
  if (tally.passes >= 1000) /* which threads are in time nobody can say */
    assert_true(tally.shared > 0 && tally.shared_streamed > 0);
  assert_true(tally.ordered > tally.passes / 50 && tally.streamed > tally.passes / 50);
#endif
}

/* Few rollups and many rows for the groups of a tiny kernel: distinct counts of more groups than there are presence bits. */
static void
crowds_are_right(void **state)
{
  (void)state;
  struct tally tally = {0};
  const struct random_size size = {3000, 300, 9, 2, true};
  run_passes(number_from("KINDLING_PASS_SEED", 2000001), number_from("KINDLING_PASSES", 600), &size,
             &tally);
#ifdef SMALL_VALUES
  assert_true(tally.found > tally.passes / 100);
#endif
}

static void
large_passes_are_right(void **state)
{
  (void)state;
  struct tally tally = {0};
  const struct random_size size = {30000, 20000, 7, 4, false};
  run_passes(number_from("KINDLING_PASS_SEED", 1000001), number_from("KINDLING_LARGE_PASSES", 20),
             &size, &tally);
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(small_passes_are_right),
      cmocka_unit_test(crowds_are_right),
      cmocka_unit_test(large_passes_are_right),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
