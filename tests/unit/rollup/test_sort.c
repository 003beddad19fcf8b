/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/radix.h"
#include "rollup/sort.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rollup/values_kit.h"
#include <cmocka.h>

enum { WORDS_MOST = 9 };

/* Entities come from so many, whose words vary under the masks; the others are copies of them. */
struct rows_case {
  const char *name;
  unsigned word_count;
  uint64_t masks[WORDS_MOST];
  uint32_t entities;
  uint32_t minor_count; /* 0: no minor */
};

#define ALL UINT64_MAX
static const struct rows_case cases[] = {
    {"one entity, no minor", 2, {0, 0}, 1, 0},
    {"one entity", 2, {0, 0}, 1, 7},
    {"no words", 0, {0}, 1, 300},
    {"a bit", 1, {1}, 2, 1},
    {"digits of a text", 2, {0x0f0f0f, 0x0f0f0f0f00000000}, 100000, 6},
    {"the top bit", 3, {0, (uint64_t)1 << 63, 0}, 5, 3},
    {"one full word", 1, {ALL}, 100000, 0},
    {"a full word, few entities", 1, {ALL}, 20, 65535},
    {"entities fit, minors do not", 1, {0xffffffffffff}, 20, 65535},
    {"all words", 5, {ALL, ALL, ALL, ALL, ALL}, 3000, 12},
    {"all words, hot entities", 5, {ALL, ALL, ALL, ALL, ALL}, 3, 12},
    {"all words, one hot entity", 5, {ALL, ALL, ALL, ALL, ALL}, 1, 40000},
    {"long common beginning", 9, {0, 0, 0, 0, 0, 0, 0xff, 0xf, ALL}, 100000, 2},
    {"few leading values", 9, {1, 2, 0, 4, 0xf0, ALL, 0, ALL, 3}, 100000, 2},
    {"leading words alike", 4, {(uint64_t)3 << 60, 0, ALL, ALL}, 500, 0},
    {"every other bit", 2, {0x5555555555555555, 0xaaaaaaaaaaaaaaaa}, 900, 4},
};
static const uint32_t sizes[] = {0, 1, 2, 3, 24, 25, 26, 60, 1000, 4096, 20000};

struct rows {
  uint32_t count;
  uint64_t *words[WORDS_MOST], vary[WORDS_MOST];
  uint16_t *minor;
};

static struct rows
rows_of_case(uint64_t *random, const struct rows_case *c, uint32_t count)
{
  struct rows rows = {.count = count};
  uint64_t seed = random_next(random);
  for (unsigned w = 0; w < c->word_count; w++)
    rows.words[w] = malloc((count + 1) * sizeof **rows.words);
  rows.minor = c->minor_count > 0 ? malloc((count + 1) * sizeof *rows.minor) : NULL;
  for (uint32_t row = 0; row < count; row++) {
    uint64_t entity = seed ^ random_below(random, c->entities) * 0x9e3779b97f4a7c15u;
    entity = entity != 0 ? entity : 1;
    for (unsigned w = 0; w < c->word_count; w++) {
      /* A third of the entities differ from others in late words only. */
      uint64_t varying = random_next(&entity);
      rows.words[w][row] = (0x1234567890abcdefu & ~c->masks[w]) |
                           (w + 2 < c->word_count && entity % 3 == 0 ? 0 : varying & c->masks[w]);
      rows.vary[w] |= rows.words[w][row] ^ rows.words[w][0];
    }
    if (rows.minor != NULL)
      rows.minor[row] = (uint16_t)random_below(random, c->minor_count);
  }
  return rows;
}

static void
rows_clear(struct rows *rows)
{
  for (unsigned w = 0; w < WORDS_MOST; w++)
    free(rows->words[w]);
  free(rows->minor);
}

static const struct sort_input *sorted_input; /* of compare_rows */

static int
compare_entities(const struct sort_input *input, uint32_t a, uint32_t b)
{
  for (unsigned w = 0; w < input->word_count; w++) {
    if (input->words[w][a] != input->words[w][b])
      return input->words[w][a] < input->words[w][b] ? -1 : 1;
  }
  return 0;
}

static int
compare_rows(const void *a, const void *b)
{
  uint32_t of_a = *(const uint32_t *)a, of_b = *(const uint32_t *)b;
  const struct sort_input *input = sorted_input;
  int order = compare_entities(input, of_a, of_b);
  if (order == 0 && input->minor != NULL)
    order = (input->minor[of_a] > input->minor[of_b]) - (input->minor[of_a] < input->minor[of_b]);
  return order != 0 ? order : (of_a > of_b) - (of_a < of_b);
}

static enum sort_break
naive_break(const struct sort_input *input, uint32_t before, uint32_t row)
{
  if (compare_entities(input, before, row) != 0)
    return SORT_NEW_ENTITY;
  return input->minor != NULL && input->minor[before] != input->minor[row] ? SORT_NEW_MINOR
                                                                           : SORT_SAME;
}

static void
check_sorted(const struct sort_scratch *scratch, const struct sort_input *input)
{
  uint32_t *order = malloc((input->rows + 1) * sizeof *order);
  for (uint32_t i = 0; i < input->rows; i++)
    order[i] = i;
  sorted_input = input;
  qsort(order, input->rows, sizeof *order, compare_rows);
  for (uint32_t i = 0; i < input->rows; i++) {
    assert_int_equal(scratch->order[i], order[i]);
    assert_int_equal(scratch->breaks[i],
                     i == 0 ? SORT_NEW_ENTITY : naive_break(input, order[i - 1], order[i]));
  }
  free(order);
}

static void
test_against_a_comparison_sort(void **state)
{
  struct rollup_budget budget = {.limit_bytes = 1 << 30};
  struct sort_scratch scratch = {.budget = &budget};
  uint64_t random = 5;
  (void)state;
  for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
      struct rows rows = rows_of_case(&random, &cases[c], sizes[s]);
      for (unsigned plain = 0; plain < 2; plain++) {
        struct sort_input input = {.words = (const uint64_t *const *)rows.words,
                                   .vary = rows.vary,
                                   .word_count = cases[c].word_count,
                                   .minor = rows.minor,
                                   .minor_count = cases[c].minor_count,
                                   .rows = sizes[s],
                                   .plain = plain != 0};
        assert_true(sort_rows(&scratch, &input));
        check_sorted(&scratch, &input);
      }
      rows_clear(&rows);
    }
  }
  sort_scratch_clear(&scratch);
  assert_int_equal(budget.used_bytes, 0);
}

/* Bits that are said to vary may do so in other runs only. */
static void
test_vary_may_say_too_much(void **state)
{
  const uint64_t words[] = {3, 1, 2, 1}, vary[] = {ALL};
  const uint64_t *arrays[] = {words};
  struct rollup_budget budget = {.limit_bytes = 1 << 20};
  struct sort_scratch scratch = {.budget = &budget};
  struct sort_input input = {.words = arrays, .vary = vary, .word_count = 1, .rows = 4};
  (void)state;
  assert_true(sort_rows(&scratch, &input));
  check_sorted(&scratch, &input);
  sort_scratch_clear(&scratch);
}

static void
test_out_of_memory(void **state)
{
  struct rollup_budget budget = {.limit_bytes = 30 * 1000};
  struct sort_scratch scratch = {.budget = &budget};
  uint64_t random = 6;
  struct rows rows = rows_of_case(&random, &cases[4], 4096);
  struct sort_input input = {.words = (const uint64_t *const *)rows.words,
                             .vary = rows.vary,
                             .word_count = 2,
                             .minor = rows.minor,
                             .minor_count = 6,
                             .rows = 1000};
  (void)state;
  assert_true(sort_rows(&scratch, &input));
  input.rows = 4096;
  assert_false(sort_rows(&scratch, &input));
  assert_true(budget.peak_bytes <= budget.limit_bytes);
  input.rows = 900;
  assert_true(sort_rows(&scratch, &input));
  check_sorted(&scratch, &input);
  sort_scratch_clear(&scratch);
  assert_int_equal(budget.used_bytes, 0);
  rows_clear(&rows);
}

static uint64_t
naive_extract(uint64_t word, uint64_t mask)
{
  uint64_t bits = 0;
  for (unsigned from = 0, to = 0; from < 64; from++) {
    if ((mask >> from & 1) != 0)
      bits |= (word >> from & 1) << to++;
  }
  return bits;
}

static void
test_extracts_bits(void **state)
{
  static const uint64_t masks[] = {0, 1, ALL, (uint64_t)1 << 63, 0x5555555555555555, 0xff00ff00f};
  static const uint32_t rows[] = {2, 0, 1, 2};
  uint64_t random = 7;
  (void)state;
  for (unsigned i = 0; i < 4000; i++) {
    uint64_t mask = i < 6 ? masks[i] : random_next(&random) & random_next(&random);
    uint64_t words[4] = {random_next(&random), random_next(&random), random_next(&random), 0};
    for (unsigned kind = 0; kind < 8; kind++) {
      bool is_first = (kind & 1) != 0, is_plain = (kind & 2) != 0, has_rows = (kind & 4) != 0;
      uint64_t keys[4] = {1, 2, 3, 4};
      unsigned width = (unsigned)__builtin_popcountll(mask);
      radix_append_bits(keys, words, mask, has_rows ? rows : NULL, 4, is_first, is_plain);
      for (uint32_t k = 0; k < 4; k++) {
        uint64_t before = is_first || width == 64 ? 0 : (uint64_t)(k + 1) << width;
        assert_true(keys[k] == (before | naive_extract(words[has_rows ? rows[k] : k], mask)));
      }
    }
  }
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_against_a_comparison_sort),
      cmocka_unit_test(test_vary_may_say_too_much),
      cmocka_unit_test(test_out_of_memory),
      cmocka_unit_test(test_extracts_bits),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
