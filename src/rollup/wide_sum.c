/* SPDX-License-Identifier: Apache-2.0 */
#include "rollup/wide_sum.h"
#include <math.h>
#include <string.h>

#define CHUNK_BITS    32
#define CHUNK_MASK    UINT32_MAX
#define LOWEST_BIT    (-1074)
#define INFINITE      (UINT64_C(0x7ff) << 52)
#define MANTISSA_BITS 53
#define PENDING_LIMIT (1 << 20) /* additions of less than 2^32 to a chunk below 2^32 */
#define CHUNKS_MOST   72 /* of any sum of up to 2^48 doubles, with what is covered above it */

/* chunks[i] is worth chunks[i] * 2^(32 * (first + i)) units. After normalising all but the highest chunk are in
 * [0, 2^32), the highest is in (-2^32, 2^32). */
struct wide_sum {
  int16_t first, count;
  int32_t pending;
  int64_t chunks[];
};

/* A normalised copy, to work on without memory of its own. */
struct copy {
  int first, count;
  int64_t chunks[CHUNKS_MOST + 1];
};

static size_t
bytes_of(int count)
{
  return sizeof(struct wide_sum) + (size_t)count * sizeof(int64_t);
}

void
wide_sum_free(struct rollup_budget *budget, struct wide_sum *sum)
{
  if (sum != NULL)
    budget_free(budget, sum, bytes_of(sum->count));
}

/* Makes chunks [first, end) exist. */
static bool
cover(struct rollup_budget *budget, struct wide_sum **sum, int first, int end)
{
  struct wide_sum *old = *sum;
  if (old != NULL) {
    int old_end = old->first + old->count;
    first = first < old->first ? first : old->first;
    end = end > old_end ? end : old_end;
    if (end - first == old->count)
      return true;
  }
  if (end - first > CHUNKS_MOST)
    return false;
  struct wide_sum *grown = budget_alloc(budget, bytes_of(end - first));
  if (grown == NULL)
    return false;
  grown->first = (int16_t)first;
  grown->count = (int16_t)(end - first);
  if (old != NULL) {
    grown->pending = old->pending;
    memcpy(grown->chunks + (old->first - first), old->chunks,
           (size_t)old->count * sizeof *old->chunks);
    wide_sum_free(budget, old);
  }
  *sum = grown;
  return true;
}

/* Returns what the highest chunk cannot hold, for a chunk above it; 0: it holds all. */
static int64_t
normalise(int64_t *chunks, int count)
{
  for (int i = 0; i + 1 < count; i++) {
    chunks[i + 1] += chunks[i] >> CHUNK_BITS;
    chunks[i] &= CHUNK_MASK;
  }
  int64_t *top = &chunks[count - 1];
  int64_t carry = *top >> CHUNK_BITS;
  if (carry == 0 || carry == -1)
    return 0;
  *top &= CHUNK_MASK;
  return carry;
}

static bool
normalise_sum(struct rollup_budget *budget, struct wide_sum **sum)
{
  struct wide_sum *own = *sum;
  own->pending = 0;
  int64_t carry = normalise(own->chunks, own->count);
  if (carry == 0)
    return true;
  if (!cover(budget, sum, own->first, own->first + own->count + 1))
    return false;
  (*sum)->chunks[(*sum)->count - 1] = carry;
  return true;
}

static void
normalise_copy(struct copy *copy)
{
  int64_t carry = normalise(copy->chunks, copy->count);
  if (carry != 0)
    copy->chunks[copy->count++] = carry;
}

static void
add_part(struct wide_sum *sum, int chunk, int64_t part)
{
  sum->chunks[chunk - sum->first] += part;
}

bool
wide_sum_add(struct rollup_budget *budget, struct wide_sum **sum, bool negative, uint64_t magnitude,
             unsigned position)
{
  int chunk = (int)(position / CHUNK_BITS);
  unsigned shift = position % CHUNK_BITS;
  struct wide_sum *own = *sum;
  if (own == NULL || chunk < own->first || chunk + 3 > own->first + own->count) {
    if (!cover(budget, sum, chunk, chunk + 3))
      return false;
    own = *sum;
  }
  uint64_t upper = magnitude >> (CHUNK_BITS - shift);
  int64_t low = (int64_t)((magnitude << shift) & CHUNK_MASK);
  int64_t middle = (int64_t)(upper & CHUNK_MASK);
  int64_t high = (int64_t)(upper >> CHUNK_BITS);
  add_part(own, chunk, negative ? -low : low);
  add_part(own, chunk + 1, negative ? -middle : middle);
  add_part(own, chunk + 2, negative ? -high : high);
  return ++own->pending < PENDING_LIMIT || normalise_sum(budget, sum);
}

static void
copy_normalised(const struct wide_sum *sum, struct copy *ret_copy)
{
  ret_copy->first = sum->first;
  ret_copy->count = sum->count;
  memcpy(ret_copy->chunks, sum->chunks, (size_t)sum->count * sizeof *sum->chunks);
  normalise_copy(ret_copy);
}

bool
wide_sum_merge(struct rollup_budget *budget, struct wide_sum **target,
               const struct wide_sum *source)
{
  if (source == NULL)
    return true;
  struct copy copy;
  copy_normalised(source, &copy);
  if (!cover(budget, target, copy.first, copy.first + copy.count))
    return false;
  for (int i = 0; i < copy.count; i++)
    add_part(*target, copy.first + i, copy.chunks[i]);
  return normalise_sum(budget, target);
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
round_chunks(const struct copy *sum, bool negative)
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
  if (sum == NULL)
    return 0.0;
  struct copy copy;
  copy_normalised(sum, &copy);
  bool negative = copy.chunks[copy.count - 1] < 0;
  if (negative) {
    for (int i = 0; i < copy.count; i++)
      copy.chunks[i] = -copy.chunks[i];
    normalise_copy(&copy);
  }
  return round_chunks(&copy, negative);
}
