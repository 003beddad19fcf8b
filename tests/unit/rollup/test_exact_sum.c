/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/exact_sum.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "rollup/values_kit.h"
#include <cmocka.h>

static struct rollup_budget budget = {.limit_bytes = UINT64_MAX};
static struct exact_sum_memory memory = {.budget = &budget};

struct vector {
  size_t count;
  double values[12];
  double sum;
};

static const struct vector vectors[] = {
    /* Correctly rounded by exact rational arithmetic (Python's fractions). */
    {10,
     {0x1.999999999999ap-4, 0x1.999999999999ap-4, 0x1.999999999999ap-4, 0x1.999999999999ap-4,
      0x1.999999999999ap-4, 0x1.999999999999ap-4, 0x1.999999999999ap-4, 0x1.999999999999ap-4,
      0x1.999999999999ap-4, 0x1.999999999999ap-4},
     0x1.0000000000000p+0},
    {3,
     {0x1.1c37937e08000p+53, 0x1.0000000000000p+0, -0x1.1c37937e08000p+53},
     0x1.0000000000000p+0},
    {2, {0x1.0000000000000p+0, 0x1.0000000000000p-53}, 0x1.0000000000000p+0},
    {3,
     {0x1.0000000000000p+0, 0x1.0000000000000p-53, 0x1.0000000000000p-106},
     0x1.0000000000001p+0},
    {2, {0x1.0000000000000p+0, -0x1.0000000000000p-54}, 0x1.0000000000000p+0},
    {2, {0x1.0000000000001p+0, 0x1.0000000000000p-53}, 0x1.0000000000002p+0},
    {3,
     {0x1.fffffffffffffp+1023, 0x1.fffffffffffffp+1023, -0x1.fffffffffffffp+1023},
     0x1.fffffffffffffp+1023},
    {2, {0x1.fffffffffffffp+1023, 0x1.fffffffffffffp+1023}, HUGE_VAL},
    {2, {-0x1.fffffffffffffp+1023, -0x1.fffffffffffffp+1023}, -HUGE_VAL},
    {2, {0x1.fffffffffffffp+1023, 0x1.0000000000000p+969}, 0x1.fffffffffffffp+1023},
    {2, {0x1.fffffffffffffp+1023, 0x1.0000000000000p+970}, HUGE_VAL},
    {3,
     {0x1.fffffffffffffp+1023, 0x1.0000000000000p+970, -0x0.0000000000001p-1022},
     0x1.fffffffffffffp+1023},
    {3,
     {0x0.0000000000001p-1022, 0x0.0000000000001p-1022, 0x0.0000000000001p-1022},
     0x0.0000000000003p-1022},
    {2, {0x0.0000000000001p-1022, -0x0.0000000000001p-1022}, 0x0.0p+0},
    {2, {0x1.0000000000000p-1022, -0x0.0000000000001p-1022}, 0x0.fffffffffffffp-1022},
    {2, {0x1.0000000000000p-1022, 0x0.0000000000001p-1022}, 0x1.0000000000001p-1022},
    {3,
     {0x1.fffffffffffffp+1023, 0x0.0000000000001p-1022, -0x1.fffffffffffffp+1023},
     0x0.0000000000001p-1022},
    {3,
     {0x1.1ccf385ebc8a0p+1023, 0x0.730d67819e8d2p-1022, -0x1.1ccf385ebc8a0p+1023},
     0x0.730d67819e8d2p-1022},
    {4,
     {0x1.249ad2594c37dp+332, 0x1.0000000000000p+0, -0x1.249ad2594c37dp+332,
      0x1.bff2ee48e0530p-333},
     0x1.0000000000000p+0},
    {3, {0x1.47ae147ae147bp-7, 0x1.47ae147ae147bp-6, 0x1.0f0cf064dd592p+73}, 0x1.0f0cf064dd592p+73},
    {3,
     {-0x1.999999999999ap-4, -0x1.999999999999ap-3, 0x1.3333333333333p-2},
     -0x1.0000000000000p-55},
    {3,
     {0x1.0000000000000p+1023, -0x1.0000000000000p+970, 0x0.0000000000001p-1022},
     0x1.fffffffffffffp+1022},
    {2, {0x1.0000000000001p+52, 0x1.0000000000000p-1}, 0x1.0000000000002p+52},
    {2, {0x1.0000000000002p+52, 0x1.0000000000000p-1}, 0x1.0000000000002p+52},
    {3,
     {0x1.0000000000000p+53, 0x1.0000000000000p+0, 0x1.0000000000000p-1000},
     0x1.0000000000001p+53},
    {2, {0x1.0000000000000p+53, 0x1.0000000000000p+0}, 0x1.0000000000000p+53},
    {3,
     {-0x1.0000000000000p+53, -0x1.0000000000000p+0, -0x0.0000000000001p-1022},
     -0x1.0000000000001p+53},
    {5,
     {0x1.ca9d37934f068p-193, 0x1.351d220c5c7fcp-854, 0x1.48fc20c497c80p-809,
      -0x1.1311b06ace67cp-884, 0x1.a3897640f3a76p-562},
     0x1.ca9d37934f068p-193},
    {3,
     {-0x1.a7fd72c87e4c6p-145, -0x1.b877d1e131f48p-816, 0x1.a22dd9b2b5280p-883},
     -0x1.a7fd72c87e4c6p-145},
    {9,
     {0x1.0c192c3f62f80p+937, -0x1.1b673eaf47a68p+283, 0x1.53f48fe53a1b0p-877,
      0x1.3bd04d2bcc158p-191, -0x1.cd3875830a12ap-549, -0x1.d04ca138bf348p+757,
      -0x1.77a1055aee154p-143, -0x1.6c48653acace2p-760, 0x1.2276649df1540p+144},
     0x1.0c192c3f62f80p+937},
    {9,
     {0x1.74bdd42e44158p-791, 0x1.4e3bf92474e68p+305, -0x1.3f9ebcd055470p-802,
      0x1.871f66d933900p-876, 0x1.07a70c1e840b0p+264, -0x1.2d1928c0757d8p+392,
      0x1.03da2db5dac10p+587, -0x1.7ca06888ce510p+197, 0x1.b19a9e3a01f20p-261},
     0x1.03da2db5dac10p+587},
    {5,
     {-0x1.019c761a51c60p-633, 0x1.978a64c7a2ea0p-503, -0x1.ac2e33367948cp-387,
      0x1.9cd1cbf5ff900p+787, -0x1.408fd14543130p-83},
     0x1.9cd1cbf5ff900p+787},
    {5,
     {0x1.be4bcff5d97a0p-854, -0x1.8719c3be78fc4p-145, -0x1.57142c9f1601ap-301,
      -0x1.645e2a888a9a2p+0, -0x1.40b939ebed070p+967},
     -0x1.40b939ebed070p+967},
    {8,
     {0x1.d23851eb851ecp+7, 0x1.2c75c28f5c28fp+7, 0x1.3c28f5c28f5c3p+1, 0x1.5b47ae147ae14p+5,
      0x1.f666666666666p+2, 0x1.6d75c28f5c28fp+8, 0x1.24a3d70a3d70ap+5, 0x1.1cf0a3d70a3d7p+7},
     0x1.eaca3d70a3d70p+9},
    {8,
     {0x1.81eb851eb851fp+2, 0x1.227ae147ae148p+5, 0x1.1266666666666p+4, 0x1.ce66666666666p+5,
      0x1.3666666666666p+2, 0x1.b47ae147ae148p+3, 0x1.c5851eb851eb8p+6, 0x1.98a3d70a3d70ap+3},
     0x1.05ee147ae147bp+8},
    {8,
     {0x1.2c28f5c28f5c3p+2, 0x1.8333333333333p+2, 0x1.1b851eb851eb8p+4, 0x1.9d70a3d70a3d7p+3,
      0x1.41b6666666666p+11, 0x1.359999999999ap+6, 0x1.1751eb851eb85p+6, 0x1.aff5c28f5c28fp+6},
     0x1.66c9999999999p+11},
    {8,
     {0x1.b47ae147ae148p+3, 0x1.06a3d70a3d70ap+5, 0x1.8a3d70a3d70a4p+1, 0x1.bc28f5c28f5c3p+1,
      0x1.8dc28f5c28f5cp+3, 0x1.1800000000000p+9, 0x1.0000000000000p+2, 0x1.1a3d70a3d70a4p+3},
     0x1.3f228f5c28f5cp+9},
    {8,
     {0x1.2e66666666666p+4, 0x1.428f5c28f5c29p+1, 0x1.70a3d70a3d70ap-3, 0x1.0aea3d70a3d71p+9,
      0x1.68f5c28f5c28fp+0, 0x1.47ae147ae147bp-1, 0x1.8f9999999999ap+5, 0x1.7333333333333p+3},
     0x1.3583d70a3d70bp+9},
    {9,
     {0x1.1676e41c84790p+7, 0x1.5484931dc0900p+0, -0x1.5cd8995d12248p-34, 0x1.cfc8659f7e668p+37,
      -0x1.1676e41c84790p+7, -0x1.5484931dc0900p+0, 0x1.5cd8995d12248p-34, -0x1.cfc8659f7e668p+37,
      0x0.0000000004000p-1022},
     0x0.0000000004000p-1022},
    {9,
     {0x1.f090746110b58p+48, -0x1.382ba398d26acp-31, 0x1.45f9123349a00p+33, 0x1.369b1b9d05ccap-36,
      -0x1.f090746110b58p+48, 0x1.382ba398d26acp-31, -0x1.45f9123349a00p+33, -0x1.369b1b9d05ccap-36,
      0x0.0000000004000p-1022},
     0x0.0000000004000p-1022},
    {9,
     {0x1.20fe2bf1379a0p-20, 0x1.d9189f076b3e0p-59, 0x1.2913ae23c3fc8p-1, -0x1.ed35fdce6d490p+26,
      -0x1.20fe2bf1379a0p-20, -0x1.d9189f076b3e0p-59, -0x1.2913ae23c3fc8p-1, 0x1.ed35fdce6d490p+26,
      0x0.0000000004000p-1022},
     0x0.0000000004000p-1022},
    {9,
     {0x1.aea643e9bc580p-19, -0x1.b04f94c407580p+55, 0x1.c8f74ffcf00fcp-18, 0x1.d1ebaf7cbce82p-15,
      -0x1.aea643e9bc580p-19, 0x1.b04f94c407580p+55, -0x1.c8f74ffcf00fcp-18, -0x1.d1ebaf7cbce82p-15,
      0x0.0000000004000p-1022},
     0x0.0000000004000p-1022},
};

static double
double_of(uint64_t bits)
{
  double value;
  memcpy(&value, &bits, sizeof value);
  return value;
}

/* The oracle: a two's complement integer in units of 2^-1074, a byte a word, added and rounded bit by bit. */
#define ORACLE_BITS 2304
struct oracle {
  uint8_t bits[ORACLE_BITS];
};

static void
oracle_add(struct oracle *oracle, double value)
{
  uint64_t raw = bits_of(value);
  unsigned exponent = (unsigned)(raw >> 52) & 0x7ff;
  uint64_t mantissa = raw & ((UINT64_C(1) << 52) - 1);
  if (exponent == 0)
    exponent = 1;
  else
    mantissa |= UINT64_C(1) << 52;
  bool negative = raw >> 63 != 0;
  int carry = 0;
  for (unsigned i = exponent - 1; i < ORACLE_BITS; i++) {
    unsigned place = i - (exponent - 1);
    int bit = place < 64 ? (int)(mantissa >> place & 1) : 0;
    int total = oracle->bits[i] + (negative ? -bit : bit) + carry;
    oracle->bits[i] = (uint8_t)(total & 1);
    carry = total >> 1;
    if (place > 64 && carry == 0)
      break;
  }
}

static double
oracle_result(const struct oracle *oracle)
{
  struct oracle copy = *oracle;
  bool negative = copy.bits[ORACLE_BITS - 1] != 0;
  int carry = 1;
  for (unsigned i = 0; negative && i < ORACLE_BITS; i++) {
    int total = (1 - copy.bits[i]) + carry;
    copy.bits[i] = (uint8_t)(total & 1);
    carry = total >> 1;
  }
  int top = ORACLE_BITS - 1;
  while (top >= 0 && copy.bits[top] == 0)
    top--;
  if (top < 0)
    return 0.0;
  int low = top > 52 ? top - 52 : 0;
  uint64_t mantissa = 0;
  for (int i = top; i >= low; i--)
    mantissa = mantissa << 1 | copy.bits[i];
  bool half = low > 0 && copy.bits[low - 1] != 0;
  bool below = false;
  for (int i = low - 2; i >= 0; i--)
    below = below || copy.bits[i] != 0;
  if (half && (below || (mantissa & 1) != 0))
    mantissa++;
  double result = ldexp((double)mantissa, low - 1074);
  return negative ? -result : result;
}

static double
sum_in_order(const double *values, size_t count)
{
  struct exact_sum sum = {0};
  for (size_t i = 0; i < count; i++)
    exact_sum_add(&sum, values[i], &memory);
  double result = exact_sum_result(&sum);
  assert_int_equal(exact_sum_count(&sum), count);
  exact_sum_clear(&sum);
  assert_int_equal(exact_sum_count(&sum), 0);
  return result;
}

static void
shuffle(double *values, size_t count, uint64_t *random)
{
  for (size_t i = count; i > 1; i--) {
    size_t j = random_next(random) % i;
    double kept = values[i - 1];
    values[i - 1] = values[j];
    values[j] = kept;
  }
}

/* Every value is a leaf; random pairs are merged until one is left. */
static double
sum_by_random_merges(const double *values, size_t count, uint64_t *random)
{
  struct exact_sum *sums = calloc(count, sizeof *sums);
  for (size_t i = 0; i < count; i++)
    exact_sum_add(&sums[i], values[i], &memory);
  for (size_t left = count; left > 1; left--) {
    size_t a = random_next(random) % left;
    struct exact_sum kept = sums[a];
    sums[a] = sums[left - 1];
    sums[left - 1] = kept;
    size_t b = random_next(random) % (left - 1);
    exact_sum_merge(&sums[b], &sums[left - 1], &memory);
    exact_sum_clear(&sums[left - 1]);
  }
  double result = exact_sum_result(&sums[0]);
  assert_int_equal(exact_sum_count(&sums[0]), count);
  exact_sum_clear(&sums[0]);
  free(sums);
  return result;
}

static void
rational_vectors_are_met(void **state)
{
  (void)state;
  uint64_t random = 99;
  for (size_t i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
    double values[12];
    memcpy(values, vectors[i].values, sizeof values);
    for (int round = 0; round < 20; round++) {
      assert_int_equal(bits_of(sum_in_order(values, vectors[i].count)), bits_of(vectors[i].sum));
      assert_int_equal(bits_of(sum_by_random_merges(values, vectors[i].count, &random)),
                       bits_of(vectors[i].sum));
      shuffle(values, vectors[i].count, &random);
    }
  }
}

/* Values of a kind: exponents in [lowest, lowest + spread], mantissas of the given number of bits. */
struct kind {
  unsigned lowest, spread, mantissa_bits;
};

static const struct kind kinds[] = {
    {1020, 8, 52}, {1015, 20, 52}, {1000, 60, 52}, {1000, 110, 52}, {0, 2, 52},
    {0, 80, 52},   {0, 2046, 52},  {2040, 6, 52},  {1023, 100, 3},  {1023, 0, 52},
    {1, 120, 0},   {900, 300, 5},  {0, 2046, 0},   {1940, 106, 52}, {60, 30, 52},
};

static double
value_of_kind(const struct kind *kind, uint64_t *random)
{
  uint64_t exponent = kind->lowest + random_next(random) % (kind->spread + 1);
  uint64_t fraction = random_next(random) & ((UINT64_C(1) << 52) - 1);
  fraction &= ~((UINT64_C(1) << (52 - kind->mantissa_bits)) - 1);
  return double_of((random_next(random) & 1) << 63 | exponent << 52 | fraction);
}

static void
hostile_ranges_equal_the_oracle(void **state)
{
  (void)state;
  uint64_t random = 12345;
  for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
    for (int round = 0; round < 30; round++) {
      double values[64];
      size_t count = 1 + random_next(&random) % 64;
      struct oracle oracle = {0};
      for (size_t i = 0; i < count; i++) {
        /* A third cancels a value before it, so that sums come near zero. */
        bool cancels = i > 0 && random_next(&random) % 3 == 0;
        values[i] = cancels ? -values[random_next(&random) % i] : value_of_kind(&kinds[k], &random);
        oracle_add(&oracle, values[i]);
      }
      uint64_t expected = bits_of(oracle_result(&oracle));
      assert_int_equal(bits_of(sum_in_order(values, count)), expected);
      shuffle(values, count, &random);
      assert_int_equal(bits_of(sum_in_order(values, count)), expected);
      assert_int_equal(bits_of(sum_by_random_merges(values, count, &random)), expected);
    }
  }
}

static void
many_values_overflow_the_window_exactly(void **state)
{
  (void)state;
  const size_t count = 3000;
  double *values = calloc(count, sizeof *values);
  uint64_t random = 5;
  struct oracle oracle = {0};
  for (size_t i = 0; i < count; i++) {
    /* Growing, all positive, full mantissas: the window must be moved, then left. */
    uint64_t exponent = 1000 + i / 20;
    values[i] = double_of(exponent << 52 | (random_next(&random) >> 12));
    oracle_add(&oracle, values[i]);
  }
  uint64_t expected = bits_of(oracle_result(&oracle));
  assert_int_equal(bits_of(sum_in_order(values, count)), expected);
  struct exact_sum sum = {0};
  exact_sum_add_many(&sum, values, count, &memory);
  assert_int_equal(bits_of(exact_sum_result(&sum)), expected);
  exact_sum_clear(&sum);
  shuffle(values, count, &random);
  assert_int_equal(bits_of(sum_by_random_merges(values, count, &random)), expected);
  free(values);
}

static void
a_window_fills_up_exactly(void **state)
{
  (void)state;
  struct exact_sum sum = {0};
  /* Doubling by merging with itself: 2^46 values of 2 - 2^-52 each, far beyond the first window. */
  double value = 2.0 - ldexp(1.0, -52);
  exact_sum_add(&sum, value, &memory);
  exact_sum_add(&sum, ldexp(value, -30), &memory);
  for (int i = 0; i < 46; i++)
    exact_sum_merge(&sum, &sum, &memory);
  assert_int_equal(exact_sum_count(&sum), UINT64_C(1) << 47);
  double one[] = {value, ldexp(value, -30)};
  assert_int_equal(bits_of(exact_sum_result(&sum)), bits_of(ldexp(sum_in_order(one, 2), 46)));
  exact_sum_clear(&sum);
}

static void
wide_sums_carry_over_millions(void **state)
{
  (void)state;
  struct exact_sum sum = {0};
  exact_sum_add(&sum, 0x1p-1074, &memory);
  exact_sum_add(&sum, 0x1.fffffffffffffp+1000, &memory);
  const int count = 2200000;
  for (int i = 0; i < count; i++)
    exact_sum_add(&sum, 0x1.fffffffffffffp+31, &memory);
  for (int i = 0; i < count; i++)
    exact_sum_add(&sum, -0x1.fffffffffffffp-31, &memory);
  exact_sum_add(&sum, -0x1.fffffffffffffp+1000, &memory);
  struct exact_sum expected = {0};
  for (int i = 0; i < count; i++) {
    exact_sum_add(&expected, 0x1.fffffffffffffp+31, &memory);
    exact_sum_add(&expected, -0x1.fffffffffffffp-31, &memory);
  }
  assert_int_equal(bits_of(exact_sum_result(&sum)), bits_of(exact_sum_result(&expected)));
  exact_sum_clear(&sum);
  exact_sum_clear(&expected);
}

struct special {
  size_t count;
  double values[4];
  double sum;
};

static void
specials_are_as_in_duckdb(void **state)
{
  (void)state;
  const double inf = HUGE_VAL;
  const double nan_value = (double)NAN;
  const struct special cases[] = {
      {2, {inf, -inf}, nan_value},
      {2, {nan_value, 1}, nan_value},
      {3, {inf, 1, inf}, inf},
      {2, {1, -inf}, -inf},
      {3, {inf, nan_value, -inf}, nan_value},
      {1, {-0.0}, 0.0},
      {2, {-0.0, -0.0}, 0.0},
      {2, {0.0, -0.0}, 0.0},
      {2, {5, -5}, 0.0},
      {0, {0}, 0.0},
      {4, {0x1p-1074, 0x1p1000, inf, -1}, inf},
      {3, {0x1p1023, 0x1p1023, -inf}, -inf},
  };
  uint64_t random = 3;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    double values[4];
    memcpy(values, cases[i].values, sizeof values);
    for (int round = 0; round < 8; round++) {
      assert_int_equal(bits_of(sum_in_order(values, cases[i].count)), bits_of(cases[i].sum));
      if (cases[i].count > 0)
        assert_int_equal(bits_of(sum_by_random_merges(values, cases[i].count, &random)),
                         bits_of(cases[i].sum));
      shuffle(values, cases[i].count, &random);
    }
  }
}

static void
average_is_the_rounded_sum_by_the_count(void **state)
{
  (void)state;
  struct exact_sum sum = {0};
  assert_true(isnan(exact_sum_average(&sum)));
  const double values[] = {0.1, 0.2, 0.3, 0.0};
  exact_sum_add_many(&sum, values, 4, &memory);
  assert_int_equal(bits_of(exact_sum_average(&sum)), bits_of(0.6 / 4));
  exact_sum_clear(&sum);
}

static void
add_each_reaches_every_state(void **state)
{
  (void)state;
  struct exact_sum sums[2] = {{0}};
  struct exact_sum *const places[] = {&sums[0], &sums[1], &sums[0], &sums[0]};
  const double values[] = {1e300, 2.5, 1e-300, -1e300};
  exact_sum_add_each(places, values, 4, &memory);
  assert_int_equal(bits_of(exact_sum_result(&sums[0])), bits_of(1e-300));
  assert_int_equal(bits_of(exact_sum_result(&sums[1])), bits_of(2.5));
  exact_sum_clear(&sums[0]);
  exact_sum_clear(&sums[1]);
}

static void
merging_leaves_the_source_alone(void **state)
{
  (void)state;
  struct exact_sum source = {0};
  struct exact_sum target = {0};
  exact_sum_add(&source, 1e300, &memory);
  exact_sum_add(&source, 1e-300, &memory);
  exact_sum_merge(&target, &source, &memory);
  exact_sum_add(&target, -1e300, &memory);
  assert_int_equal(bits_of(exact_sum_result(&source)), bits_of(1e300));
  assert_int_equal(bits_of(exact_sum_result(&target)), bits_of(1e-300));
  exact_sum_clear(&source);
  exact_sum_clear(&target);
}

static int
check_budget(void **state)
{
  (void)state;
  return budget.used_bytes == 0 && !memory.has_lost ? 0 : -1;
}

int
main(void)
{
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rational_vectors_are_met),
      cmocka_unit_test(hostile_ranges_equal_the_oracle),
      cmocka_unit_test(many_values_overflow_the_window_exactly),
      cmocka_unit_test(a_window_fills_up_exactly),
      cmocka_unit_test(wide_sums_carry_over_millions),
      cmocka_unit_test(specials_are_as_in_duckdb),
      cmocka_unit_test(average_is_the_rounded_sum_by_the_count),
      cmocka_unit_test(add_each_reaches_every_state),
      cmocka_unit_test(merging_leaves_the_source_alone),
  };
  return cmocka_run_group_tests(tests, NULL, check_budget);
}
