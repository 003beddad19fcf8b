/* SPDX-License-Identifier: Apache-2.0
 *
 * Inside src/rollup only: the hash of a key of words. Not for adversaries: a bad hash costs time, never a result.
 */
#pragma once

#include <stdint.h>

static inline uint64_t
hash_pair(uint64_t a, uint64_t b)
{
  __extension__ typedef unsigned __int128 uint128;
  uint128 product =
      (uint128)(a ^ UINT64_C(0x9E3779B97F4A7C15)) * (b ^ UINT64_C(0xD1B54A32D192ED03));
  return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t
hash_words(const uint64_t *words, unsigned count)
{
  uint64_t hash = UINT64_C(0xA0761D6478BD642F);
  for (unsigned i = 0; i < count; i++)
    hash = hash_pair(hash ^ words[i], UINT64_C(0xE7037ED1A0B428DB));
  return hash;
}
