/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rollup/choose.h"

/* splitmix64. Source: G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014. */
uint64_t
choose_bits(struct choose *choose)
{
  uint64_t z = (choose->state += UINT64_C(0x9e3779b97f4a7c15));
  z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
  z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
  return z ^ z >> 31;
}

struct choose
choose_from_seed(uint64_t seed)
{
  return (struct choose){.state = seed * UINT64_C(0x2545f4914f6cdd1d) + 1};
}

struct choose
choose_from_bytes(const uint8_t *bytes, size_t size)
{
  struct choose choose = {.bytes = bytes, .left = size, .state = size};
  for (size_t i = 0; i < size; i++)
    choose.state = (choose.state ^ bytes[i]) * UINT64_C(0x100000001b3);
  return choose;
}

uint32_t
choose_below(struct choose *choose, uint32_t limit)
{
  if (choose->left == 0)
    return (uint32_t)(choose_bits(choose) % limit);
  uint32_t value = 0;
  for (uint32_t reach = 1; reach < limit && choose->left > 0; reach = reach << 8 | 0xff) {
    value = value << 8 | *choose->bytes++;
    choose->left--;
    if (reach > 0xffffff)
      break;
  }
  return value % limit;
}

bool
choose_percent(struct choose *choose, uint32_t percent)
{
  return choose_below(choose, 100) < percent;
}
