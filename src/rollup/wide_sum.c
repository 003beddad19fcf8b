/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/wide_sum.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_BITS    32
#define CHUNK_MASK    UINT32_MAX
#define LOWEST_BIT    (-1074)
#define INFINITE      (UINT64_C(0x7ff) << 52)
#define MANTISSA_BITS 53
#define PENDING_LIMIT (1 << 20) /* additions of less than 2^32 to a chunk below 2^32 */

/* chunks[i] is worth chunks[i] * 2^(32 * (first + i)) units. After normalising all but the highest chunk are in
 * [0, 2^32), the highest is in (-2^32, 2^32). */
struct wide_sum {
  int first;
  int count;
  int pending;
  int64_t *chunks;
};

static void *
checked(void *memory)
{
  if (memory == NULL)
    abort();
  return memory;
}

struct wide_sum *
wide_sum_new(void)
{
  return checked(calloc(1, sizeof(struct wide_sum)));
}

void
wide_sum_free(struct wide_sum *sum)
{
  if (sum == NULL)
    return;
  free(sum->chunks);
  free(sum);
}

/* Makes chunks [first, end) exist. */
static void
cover(struct wide_sum *sum, int first, int end)
{
  if (sum->count == 0)
    sum->first = first;
  int new_first = first < sum->first ? first : sum->first;
  int old_end = sum->first + sum->count;
  int new_end = end > old_end ? end : old_end;
  if (new_end - new_first == sum->count)
    return;
  int64_t *chunks = checked(calloc((size_t)(new_end - new_first), sizeof *chunks));
  if (sum->count > 0)
    memcpy(chunks + (sum->first - new_first), sum->chunks, (size_t)sum->count * sizeof *chunks);
  free(sum->chunks);
  sum->chunks = chunks;
  sum->first = new_first;
  sum->count = new_end - new_first;
}

static void
normalise(struct wide_sum *sum)
{
  sum->pending = 0;
  if (sum->count == 0)
    return;
  for (int i = 0; i + 1 < sum->count; i++) {
    sum->chunks[i + 1] += sum->chunks[i] >> CHUNK_BITS;
    sum->chunks[i] &= CHUNK_MASK;
  }
  int64_t *top = &sum->chunks[sum->count - 1];
  int64_t carry = *top >> CHUNK_BITS;
  if (carry == 0 || carry == -1)
    return;
  *top &= CHUNK_MASK;
  int end = sum->first + sum->count;
  cover(sum, sum->first, end + 1);
  sum->chunks[sum->count - 1] = carry;
}

static void
add_part(struct wide_sum *sum, int chunk, int64_t part)
{
  sum->chunks[chunk - sum->first] += part;
}

void
wide_sum_add(struct wide_sum *sum, bool negative, uint64_t magnitude, unsigned position)
{
  int chunk = (int)(position / CHUNK_BITS);
  unsigned shift = position % CHUNK_BITS;
  if (sum->count == 0 || chunk < sum->first || chunk + 3 > sum->first + sum->count)
    cover(sum, chunk, chunk + 3);
  uint64_t upper = magnitude >> (CHUNK_BITS - shift);
  int64_t low = (int64_t)((magnitude << shift) & CHUNK_MASK);
  int64_t middle = (int64_t)(upper & CHUNK_MASK);
  int64_t high = (int64_t)(upper >> CHUNK_BITS);
  add_part(sum, chunk, negative ? -low : low);
  add_part(sum, chunk + 1, negative ? -middle : middle);
  add_part(sum, chunk + 2, negative ? -high : high);
  if (++sum->pending >= PENDING_LIMIT)
    normalise(sum);
}

static struct wide_sum *
normalised_copy(const struct wide_sum *sum)
{
  struct wide_sum *copy = wide_sum_new();
  copy->first = sum->first;
  copy->count = sum->count;
  copy->chunks = checked(calloc((size_t)(sum->count > 0 ? sum->count : 1), sizeof *copy->chunks));
  if (sum->count > 0)
    memcpy(copy->chunks, sum->chunks, (size_t)sum->count * sizeof *copy->chunks);
  normalise(copy);
  return copy;
}

void
wide_sum_merge(struct wide_sum *target, const struct wide_sum *source)
{
  if (source->count == 0)
    return;
  struct wide_sum *copy = normalised_copy(source);
  cover(target, copy->first, copy->first + copy->count);
  for (int i = 0; i < copy->count; i++)
    add_part(target, copy->first + i, copy->chunks[i]);
  normalise(target);
  wide_sum_free(copy);
}

double
wide_sum_round(bool negative, uint64_t magnitude, int position, bool sticky)
{
  int top = position + 63;
  if (top < MANTISSA_BITS - 1) {
    double exact = ldexp((double)(magnitude >> -position), LOWEST_BIT);
    return negative ? -exact : exact;
  }
  const unsigned dropped = 64 - MANTISSA_BITS;
  uint64_t mantissa = magnitude >> dropped;
  uint64_t rest = magnitude & ((UINT64_C(1) << dropped) - 1);
  uint64_t half = UINT64_C(1) << (dropped - 1);
  if (rest > half || (rest == half && (sticky || (mantissa & 1) != 0)))
    mantissa++;
  /* A mantissa that was rounded up to the next power of two raises the exponent by itself. */
  uint64_t exponent = (uint64_t)(top - (MANTISSA_BITS - 2));
  uint64_t bits =
      (exponent << (MANTISSA_BITS - 1)) + (mantissa - (UINT64_C(1) << (MANTISSA_BITS - 1)));
  bits = bits < INFINITE ? bits : INFINITE;
  bits |= (uint64_t)negative << 63;
  double rounded;
  memcpy(&rounded, &bits, sizeof rounded);
  return rounded;
}

/* The 64 bits below and with the highest set bit; lower chunks only decide ties. */
static double
round_chunks(const struct wide_sum *sum, bool negative)
{
  int top = sum->count - 1;
  while (top >= 0 && sum->chunks[top] == 0)
    top--;
  if (top < 0)
    return 0.0;
  uint64_t parts[3] = {0};
  for (int i = 0; i < 3 && top - i >= 0; i++)
    parts[i] = (uint64_t)sum->chunks[top - i];
  unsigned empty = (unsigned)__builtin_clzll(parts[0]) - CHUNK_BITS;
  uint64_t magnitude = (parts[0] << CHUNK_BITS | parts[1]) << empty;
  bool sticky = false;
  if (empty > 0) {
    magnitude |= parts[2] >> (CHUNK_BITS - empty);
    sticky = (uint32_t)(parts[2] << empty) != 0;
  } else {
    sticky = parts[2] != 0;
  }
  for (int i = top - 3; i >= 0 && !sticky; i--)
    sticky = sum->chunks[i] != 0;
  int position = CHUNK_BITS * (sum->first + top - 1) - (int)empty;
  return wide_sum_round(negative, magnitude, position, sticky);
}

double
wide_sum_result(const struct wide_sum *sum)
{
  if (sum->count == 0)
    return 0.0;
  struct wide_sum *copy = normalised_copy(sum);
  bool negative = copy->chunks[copy->count - 1] < 0;
  if (negative) {
    for (int i = 0; i < copy->count; i++)
      copy->chunks[i] = -copy->chunks[i];
    normalise(copy);
  }
  double result = round_chunks(copy, negative);
  wide_sum_free(copy);
  return result;
}
